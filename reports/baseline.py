"""Baseline and progression: the in-house figure, what is asked by now and next, and where it goes.

For every objective that is held against the standard one kept oneself. Its status and its margin
stand among the objectives; here is what they are measured by, and how the runs before went.
"""

from dataclasses import dataclass, replace
from datetime import date

from harness.model.history import RunSummary
from harness.model.review import KpiTrend, Period, day_of
from harness.model.sla import BaselineValue
from harness.model.verdict import Aspect, ObjectiveResult, Verdict
from harness.record.kept import for_trends, summary_of
from harness.record.review import trends
from harness.record.run_record import RunRecord
from harness.verdict import progression as moving
from harness.verdict.progression import Step, required


@dataclass(frozen=True, slots=True)
class Compared:
    """One objective against the baseline: *result*, and *own*, the figure by itself.

    ``in_house`` is None if the baseline has no figure for it; ``next`` is what each of the coming
    steps asks then; ``trend`` is None for a run that has no verdict.
    """

    result: ObjectiveResult
    own: ObjectiveResult | None
    in_house: BaselineValue | None
    next: tuple[float, ...]
    trend: KpiTrend | None


@dataclass(frozen=True, slots=True)
class Standards:
    """How a contract moves: where it stands, the steps to come with their days, and each objective.

    ``before`` is how many runs before this one the trends are drawn from.
    """

    baseline: str
    taken_from: str
    stands: str
    steps: tuple[tuple[Step, date], ...]
    rows: tuple[Compared, ...]
    period: Period
    before: int


def standards(record: RunRecord, verdict: Verdict) -> Standards | None:
    """Return how the run of *record* stands by its baseline; None if its contract does not move."""
    sla = verdict.sla
    if sla.progression is None or sla.baseline is None:
        return None
    day = day_of(record.facts.started_wall)
    steps = moving.next_steps(sla.progression)
    runs = [*record.earlier_runs(), for_trends(summary_of(record, verdict))]
    judged = [run for run in runs if run.judges]
    period = Period(day, day)
    found = {_question(each): each for each in trends(judged, period)}
    if not runs[-1].judges:
        found = {}
    return Standards(
        baseline=sla.baseline.name,
        taken_from=sla.baseline.run,
        stands=moving.step_of(sla.progression),
        steps=tuple((step, moving.day_of(step, sla.progression, today=day)) for step in steps),
        rows=tuple(
            _compared(each, verdict, steps, found, record.scenario.phase(each.phase).planned_as)
            for each in verdict.results
            if each.aspect is Aspect.BASELINE
        ),
        period=_drawn(judged, period),
        before=sum(run.judges for run in runs[:-1]),
    )


def _drawn(runs: list[RunSummary], period: Period) -> Period:
    """Return the days that drawings go to: the last one is that of the run."""
    first = min((day_of(run.started_wall) for run in runs), default=period.first)
    return replace(period, first=min(first, period.first))


def _question(each: KpiTrend | ObjectiveResult) -> object:
    """Return what tells *each* from the others of one contract."""
    return each.name, each.phase, each.threshold_s, each.formula


def _compared(
    result: ObjectiveResult,
    verdict: Verdict,
    steps: tuple[Step, ...],
    found: dict[object, KpiTrend],
    planned_as: str,
) -> Compared:
    sla = verdict.sla
    assert sla.progression is not None
    assert sla.baseline is not None
    own = next(
        (
            each
            for each in verdict.results
            if each.aspect is Aspect.VALUE
            and (each.subject, each.view) == (result.subject, result.view)
        ),
        None,
    )
    in_house: BaselineValue | None = None
    coming: tuple[float, ...] = ()
    if own is not None:
        in_house = sla.baseline.value(own.kpi, own.scope, planned_as, own.threshold_s, own.formula)
    if in_house is not None:
        coming = tuple(
            required(
                in_house.value,
                replace(sla.progression, months=step.from_month),
                result.direction,
                result.unit,
            )
            for step in steps
        )
    trend = found.get(_question(own)) if own is not None else None
    return Compared(
        result,
        own,
        in_house,
        coming,
        trend if trend is not None and trend.view == result.view else None,
    )
