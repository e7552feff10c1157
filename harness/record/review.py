"""The service review: from the summaries of many runs and the issue log to what a period came to.

Pure: runs and findings are those of a history, the period is an argument. What happened after the
period is not looked at, so that last month's review says next year what it said then. Only figures
of runs that are alike are compared, and few of them are said to be few.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from statistics import median

from harness.kpi.drift import LEAST_BLOCKS, trend
from harness.model.cutover import Release
from harness.model.finding import Finding, Severity, State, What, course, findings_of
from harness.model.history import JudgedObjective, RunSummary
from harness.model.review import (
    Aged,
    Counted,
    FindingsMoved,
    IntervalsKept,
    KpiTrend,
    Moved,
    Nights,
    OpenFinding,
    Period,
    RecoveredIn,
    Rehearsed,
    Review,
    Stands,
    TrendPoint,
    day_of,
)
from harness.model.sla import Bound, Direction, Unit
from harness.model.verdict import Aspect, Decision, Status, Subject, View

OLD_AFTER_DAYS = 7
"""From this age on evidence is called old, unless it is asked otherwise: feedback within a week."""
_MET = (Status.PASS, Status.WARN)
_OTHER_WAY = {Direction.MORE: Direction.LESS, Direction.LESS: Direction.MORE}
_Key = tuple[str, Subject]
"""Scenario, and what was asked."""
_Measured = tuple[RunSummary, JudgedObjective, float | None]
"""A run, one of its objectives that has a figure, and what the progression asked of it."""


def review(
    runs: Sequence[RunSummary],
    findings: Mapping[str, Finding],
    period: Period,
    *,
    nightly: Sequence[str] = (),
    old_after_days: int = OLD_AFTER_DAYS,
    release: Release | None = None,
) -> Review:
    """Return what *period* came to, by *runs* and *findings* of which later ones are left out.

    *nightly* are the scenarios that should run every day; without any, a day is missed on which
    nothing ran at all. *release* is handed on.

    Raises:
        ValueError: none of the runs began before the period was over.
    """
    known = sorted(
        (run for run in runs if run.started_wall < period.end_wall),
        key=lambda run: (run.started_wall, run.run),
    )
    if not known:
        raise ValueError("no run began before the end of the period")
    judged = [run for run in known if run.judges]
    within = [run for run in judged if period.holds(run.started_wall)]
    return Review(
        period=period,
        runs=sum(period.holds(run.started_wall) for run in known),
        first_run=day_of(known[0].started_wall),
        counted=tuple(_counted(known, period)),
        nights=tuple(_missed(known, name, period) for name in nightly or ("",)),
        trends=tuple(trends(judged, period)),
        intervals=tuple(_intervals(within)),
        findings=_findings(findings, period),
        rehearsed=tuple(_rehearsed(known, period)),
        aged=tuple(_aged(judged, period, old_after_days)),
        stands=tuple(_stands(known)),
        old_after_days=old_after_days,
        release=release,
    )


# ---------------------------------------------------------------------- how often, and when not


def _counted(runs: Iterable[RunSummary], period: Period) -> Iterator[Counted]:
    """Yield how often each scenario was run in *period*, also one that was not."""
    found: dict[str, Counted] = {}
    for run in runs:
        now = found.setdefault(run.scenario, Counted(run.scenario))
        if not period.holds(run.started_wall):
            continue
        if run.control:
            now = replace(now, controls=now.controls + 1)
        elif run.decision == Decision.GO:
            now = replace(now, go=now.go + 1)
        elif run.decision == Decision.NO_GO:
            now = replace(now, no_go=now.no_go + 1)
        elif run.decision == Decision.INCONCLUSIVE:
            now = replace(now, inconclusive=now.inconclusive + 1)
        else:
            now = replace(now, explored=now.explored + 1)
        found[run.scenario] = now
    yield from (found[name] for name in sorted(found))


def _missed(runs: Iterable[RunSummary], scenario: str, period: Period) -> Nights:
    """Return the days of *period* on which *scenario* was not run; of those since the first run."""
    ran = {
        day_of(run.started_wall)
        for run in runs
        if not scenario or (run.scenario == scenario and run.judges)
    }
    first = max(period.first, min(ran, default=period.first))
    days = [first + timedelta(days=n) for n in range((period.last - first).days + 1)]
    return Nights(scenario, tuple(day for day in days if day not in ran), len(days))


# ---------------------------------------------------------------------- figures


def trends(runs: Sequence[RunSummary], period: Period) -> Iterator[KpiTrend]:
    """Yield the trend of each objective that was measured in *period*, scenario by scenario.

    *runs* are in the order in which they began, none of them after the period.
    """
    by_key: dict[_Key, list[_Measured]] = defaultdict(list)
    for run in runs:
        asked = _asked(run)
        for each in _one_view(run, Aspect.VALUE):
            if each.value is not None:
                goal = asked.get((each.subject, each.view))
                by_key[run.scenario, each.subject].append((run, each, goal))
    series = {
        key: tuple(_points(by_key[key], period))
        for key in sorted(by_key, key=lambda key: key[0])
        if any(period.holds(run.started_wall) for run, _, _ in by_key[key])
    }
    # Whoever looks at a hundred figures sees one move by chance alone.
    looked_at = sum(len(_alike(points)) >= LEAST_BLOCKS for points in series.values())
    for key, points in series.items():
        yield _trend(key[0], points, by_key[key][-1][1], looked_at=looked_at)


def _one_view(run: RunSummary, aspect: Aspect) -> Iterator[JudgedObjective]:
    """Yield the objectives of *run* of that *aspect*: as callers saw each, else as it was told."""
    found: dict[Subject, JudgedObjective] = {}
    for each in run.objectives:
        if each.aspect is aspect and (each.subject not in found or each.view == View.CALLERS):
            found[each.subject] = each
    yield from found.values()


def _points(found: Sequence[_Measured], period: Period) -> Iterator[TrendPoint]:
    newest, asked_last, _ = found[-1]
    for run, each, asked in found:
        assert each.value is not None
        yield TrendPoint(
            run=run.run,
            at_wall=run.started_wall,
            value=each.value,
            low=each.low,
            high=each.high,
            n=each.n,
            status=each.status,
            goal=each.goal,
            asked=asked,
            alike=_conditions(run) == _conditions(newest) and each.goal == asked_last.goal,
            in_period=period.holds(run.started_wall),
            left_open=each.status is Status.INCONCLUSIVE and not each.decisive,
        )


def _conditions(run: RunSummary) -> tuple[str, str, str, float]:
    return run.scenario_sha256, run.target, run.about, run.speed


def _asked(run: RunSummary) -> dict[tuple[Subject, str], float]:
    """Return what the progression asked in *run*, by what it was asked of, and view."""
    found: dict[tuple[Subject, str], float] = {}
    for each in run.objectives:
        # Without a figure there was no baseline for it.
        if each.aspect is Aspect.BASELINE and each.value is not None:
            found.setdefault((each.subject, each.view), each.goal)
    return found


def _alike(points: Iterable[TrendPoint]) -> list[TrendPoint]:
    return [point for point in points if point.alike]


def _trend(
    scenario: str, points: tuple[TrendPoint, ...], last: JudgedObjective, *, looked_at: int
) -> KpiTrend:
    alike = _alike(points)
    moved, change = _moved(alike, last, looked_at=looked_at)
    within = [point for point in points if point.in_period]
    before = [point.value for point in alike if not point.in_period]
    now = [point.value for point in alike if point.in_period]
    return KpiTrend(
        scenario=scenario,
        name=last.name,
        phase=last.phase,
        view=last.view,
        unit=last.unit,
        direction=last.direction,
        owner=last.owner,
        must_pass=last.must_pass,
        points=points,
        before=median(before) if before else None,
        now=median(now) if now else None,
        before_n=len(before),
        now_n=len(now),
        met=sum(point.status in _MET for point in within),
        failed=sum(point.status is Status.FAIL for point in within),
        undecided=sum(
            point.status is Status.INCONCLUSIVE and not point.left_open for point in within
        ),
        waived=sum(point.status is Status.WAIVED for point in within),
        moved=moved,
        looked_at=len(alike),
        change=change,
        threshold_s=last.threshold_s,
        restored_share=last.restored_share,
        formula=last.formula,
    )


def _moved(
    alike: Sequence[TrendPoint], last: JudgedObjective, *, looked_at: int
) -> tuple[Moved, float | None]:
    """Return where *alike* went, and by how much from the first to the last of them.

    By their order, not their dates: a week without runs is no slope. It has to be surer than chance
    and more than the warning range of the goal.
    """
    found = trend([(float(i), point.value) for i, point in enumerate(alike)])
    if found is None:
        return Moved.TOO_FEW, None
    bound = Bound.around(last.goal, last.unit, last.direction)
    least = abs(bound.goal - bound.warn) or (1.0 if last.unit is Unit.COUNT else 0.0)
    for moved, worse_way in (
        (Moved.WORSE, last.direction),
        (Moved.BETTER, _OTHER_WAY[last.direction]),
    ):
        if found.is_drift(practical=least, direction=worse_way, looked_at=max(1, looked_at)):
            return moved, found.change
    return Moved.STEADY, found.change


def _intervals(runs: Iterable[RunSummary]) -> Iterator[IntervalsKept]:
    """Yield how many intervals met each goal, of all *runs* together."""
    found: dict[_Key, IntervalsKept] = {}
    for run in runs:
        for each in _one_view(run, Aspect.INTERVALS):
            if each.value is None or not each.n:
                continue
            key = run.scenario, each.subject
            so_far = found.get(key)
            found[key] = IntervalsKept(
                scenario=run.scenario,
                name=each.name.removesuffix(f" {Aspect.INTERVALS}"),
                phase=each.phase,
                met=round(each.value * each.n) + (so_far.met if so_far else 0),
                of=each.n + (so_far.of if so_far else 0),
                goal=each.goal,
                runs=1 + (so_far.runs if so_far else 0),
                owner=each.owner,
                threshold_s=each.threshold_s,
                formula=each.formula,
            )
    yield from sorted(found.values(), key=lambda each: (each.scenario, each.name, each.phase))


# ---------------------------------------------------------------------- findings


def _findings(findings: Mapping[str, Finding], period: Period) -> FindingsMoved:
    """Return what the issue log came to, as it stood when *period* was over."""
    then = findings_of(
        each
        for finding in findings.values()
        for each in finding.happened
        if each.at < period.end_wall
    ).values()
    opened = [each for each in then if period.holds(each.first_at)]
    open_ = [
        OpenFinding(each, (period.last - day_of(each.first_at)).days)
        for each in then
        if each.is_open
    ]
    grave = list(Severity)
    return FindingsMoved(
        opened=tuple(opened),
        came_back=tuple(each for each in then if each not in opened and _came_back(each, period)),
        closed=tuple(each for each in then if not each.is_open and _was_closed(each, period)),
        still_open=tuple(
            sorted(
                open_,
                key=lambda e: (grave.index(e.finding.last.severity), -e.age_days, e.finding.id),
            )
        ),
    )


def _came_back(finding: Finding, period: Period) -> bool:
    """Whether it was seen in *period* although somebody had called it fixed, or a run closed it."""
    before = State.OPEN
    for happening, state in course(finding):
        back = happening.what is What.SEEN and before is not State.OPEN
        if back and period.holds(happening.at):
            return True
        before = state
    return False


def _was_closed(finding: Finding, period: Period) -> bool:
    """Whether what closed it for good happened in *period*."""
    closed_at = None
    before = State.OPEN
    for happening, state in course(finding):
        if state is State.CLOSED and before is not State.CLOSED:
            closed_at = happening.at
        before = state
    return closed_at is not None and period.holds(closed_at)


# ---------------------------------------------------------------------- failovers, and ages


def _rehearsed(runs: Iterable[RunSummary], period: Period) -> Iterator[Rehearsed]:
    """Yield every kind of failure that was ever rehearsed, and how that went in *period*."""
    found: dict[tuple[str, str], Rehearsed] = {}
    for run in runs:
        for fault in run.faults:
            key = fault.kind, fault.place
            now = found.get(key) or Rehearsed(
                *key, last=date.min, last_run="", times=0, unproven=0, unhealed=0, unrecovered=0,
                recoveries=(),
            )  # fmt: skip
            if fault.proven:  # what was not shown to be broken was not rehearsed
                now = replace(now, last=day_of(run.started_wall), last_run=run.run)
            if period.holds(run.started_wall):
                seen = fault.recovered_s is not None
                now = replace(
                    now,
                    times=now.times + 1,
                    unproven=now.unproven + (not fault.proven),
                    unhealed=now.unhealed + (not fault.healed),
                    unrecovered=now.unrecovered + (fault.proven and not seen),
                    recoveries=(
                        *now.recoveries,
                        *(
                            [RecoveredIn(run.run, fault.recovered_s, fault.error_s, run.speed)]
                            if fault.recovered_s is not None
                            else []
                        ),
                    ),
                )
            found[key] = now
    yield from (found[key] for key in sorted(found))


def _aged(runs: Iterable[RunSummary], period: Period, old_after_days: int) -> Iterator[Aged]:
    """Yield how old the newest run of each scenario is on the last day of *period*."""
    newest: dict[str, RunSummary] = {}
    newest_go: dict[str, RunSummary] = {}
    for run in runs:
        newest[run.scenario] = run
        if run.is_go:
            newest_go[run.scenario] = run
    for scenario, run in sorted(newest.items()):
        last, go = day_of(run.started_wall), newest_go.get(scenario)
        age = (period.last - last).days
        yield Aged(
            scenario=scenario,
            run=run.run,
            decision=run.decision,
            last=last,
            last_go=day_of(go.started_wall) if go else None,
            age_days=age,
            is_old=age > old_after_days,
        )


def _stands(runs: Iterable[RunSummary]) -> Iterator[Stands]:
    """Yield where the contract of each scenario stood when it was last run, if it moves."""
    found = {
        run.scenario: Stands(run.scenario, day_of(run.started_wall), run.progression)
        for run in runs
        if run.progression is not None
    }
    yield from (found[name] for name in sorted(found))
