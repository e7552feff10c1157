"""Measured and expected side by side, and what is remarkable about it. It decides nothing."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from harness.kpi.catalogue import CATALOGUE, Question
from harness.kpi.evidence import PhaseEvidence
from harness.model.scenario import PhaseKind, Scenario
from harness.model.sla import Direction, Unit
from harness.model.target import Target
from harness.model.units import exact_share, format_share
from harness.model.verdict import Aspect, ObjectiveResult, Status, View
from harness.verdict.evidence import Evidence
from harness.verdict.forecast import KPIS, forecast, skills
from harness.verdict.item import Item
from harness.verdict.words import quantity

LASTING = frozenset({PhaseKind.STEADY, PhaseKind.SOAK})
"""The kinds of phases that last as they are: in the others theory is a rough guess."""
COMFORT = 0.85
"""Occupancy in which people can work for a whole shift (WFM Labs; Call Centre Helper)."""
HARD_LIMIT = 0.90
"""Beyond it quality falls and people quit, whatever the service level says."""
OVER_DELIVERED = "the service level is bought with agents who cannot keep this up"
"""What a kept service level and an occupancy beyond the comfort bound mean together."""
_DEFAULT_THRESHOLD_S = 20.0
_FAR = 0.05
"""So much of a share may lie between an interval and the expectation, and be no surprise."""
_FAR_S = 5.0


def expected_of(run: Evidence, item: Item) -> float | None:
    """Return what theory expects of *item*, from what the target's profile declares.

    None for what it has no value for: most KPIs, a profile without handle times, a scenario of
    another shape than the phases that ran.
    """
    phase = next((each for each in run.scenario.phases if each.name == item.phase), None)
    if phase is None or item.kpi.name not in KPIS:
        return None
    threshold_s = item.objective.threshold_s or _DEFAULT_THRESHOLD_S
    found = forecast(run.scenario, run.target, phase, item.scope, threshold_s=threshold_s)
    if found is None:
        return None
    return found.of(item.kpi.name, item.objective.formula)


def surprise(result: ObjectiveResult) -> str:
    """Return why *result* is far from what theory expects of it; empty if it is not.

    Only where load lasts. Where a target's declared staffing is a promise and its real one is not
    seen, this is the first hint; on the mock, where both are known, one of the two is wrong.
    """
    value, expected = result.value, result.expected
    if value is None or expected is None or result.kind not in LASTING:
        return ""
    far = _FAR if result.unit is Unit.SHARE else max(_FAR_S, expected / 2)
    low = value if result.low is None else result.low
    high = value if result.high is None else result.high
    if low - far <= expected <= high + far:
        return ""
    text = f"theory expects {quantity(expected, result.unit)} of the declared staffing"
    # Less to do shows as lower occupancy, more to do as all else getting worse.
    easier = value < expected if result.direction is Direction.LESS else value > expected
    if easier:
        return f"{text}: fewer or shorter calls, or more agents, than declared"
    return f"{text}: more or longer calls, or fewer agents, than declared"


def beyond_comfort(scenario: Scenario, target: Target) -> Iterator[tuple[str, str, float]]:
    """Yield phase, queue and expected occupancy where agents are busier than they can stay.

    Over a whole phase of steady load; a fault or a peak in between may exceed it.
    """
    for phase in scenario.phases:
        for skill in skills(scenario):
            if phase.kind in LASTING:
                found = forecast(scenario, target, phase, skill, threshold_s=_DEFAULT_THRESHOLD_S)
                if found is not None and (found.occupancy or 0.0) > COMFORT:
                    yield phase.name, skill, found.occupancy or 0.0


def comfort_text(occupancy: float, *, kept: bool = False) -> str:
    """Return what an *occupancy* beyond the comfort bound means; *kept*: the service level was."""
    hard = occupancy > HARD_LIMIT
    beyond, bound = ("hard limit", HARD_LIMIT) if hard else ("comfort bound", COMFORT)
    meaning = (
        OVER_DELIVERED if kept else "the service of day one must be the service of the last day"
    )
    return (
        f"{format_share(occupancy)} of the agents' time is taken, beyond the {beyond} of"
        f" {exact_share(bound)}: {meaning}"
    )


def over_delivered(results: Iterable[ObjectiveResult]) -> list[ObjectiveResult]:
    """Return *results*; an occupancy beyond its goal says so if the service level is kept.

    That is the case which no other objective finds: customers are content, and will be until the
    people who answer them are worn out. Only where load lasts, beyond the comfort bound, and if the
    service level of that phase was decided well for every queue. What the contract allows is not
    marked.
    """
    every = list(results)
    kept = phases_kept(every)
    return [
        replace(each, note="; ".join(filter(None, (each.note, OVER_DELIVERED))), over_delivery=True)
        if each.kpi == "occupancy"
        and each.phase in kept
        and each.status is not Status.PASS
        and each.value is not None
        and each.value > COMFORT
        else each
        for each in every
    ]


def phases_kept(results: Iterable[ObjectiveResult]) -> frozenset[str]:
    """Return the phases of lasting load whose service level was kept, as callers experienced it."""
    asked = [
        each
        for each in results
        if each.kpi == "service_level"
        and each.kind in LASTING
        and each.view is View.CALLERS
        and each.aspect is Aspect.VALUE
    ]
    missed = {each.phase for each in asked if each.status not in (Status.PASS, Status.WARN)}
    return frozenset({each.phase for each in asked} - missed)


def too_busy(evidence: PhaseEvidence, sites: Sequence[str]) -> Iterator[tuple[str, str, float]]:
    """Yield phase, site and measured occupancy if agents were busier than they can stay.

    By the provider's own metrics, whether the contract asks for it or not; of all agents together
    (site empty), or else of each site where they were. Nothing where those metrics do not tell it.
    """
    if evidence.phase.kind not in LASTING:
        return
    told = CATALOGUE["occupancy"].provider
    assert told is not None
    for site in ("", *sites):
        occupancy = told(evidence, Question(site=site or None)).value
        if occupancy is not None and occupancy > COMFORT:
            yield evidence.phase.name, site, occupancy
            if not site:
                return


def comfort_notes(
    run: Evidence,
    results: Sequence[ObjectiveResult],
    overworked: Sequence[tuple[str, str, float]] = (),
    *,
    left_out: frozenset[str] = frozenset(),
) -> Iterator[str]:
    """Yield a remark for each phase that ran in which agents were, or must have been, too busy.

    But for the phases *left_out*. As the contract had it measured where it asks for occupancy;
    else as *overworked* tells (``too_busy``), and as theory expects of each queue.
    """
    measured = [
        result
        for result in results
        if result.kpi == "occupancy" and result.kind in LASTING and result.value is not None
    ]
    kept = phases_kept(results)
    for result in measured:
        if result.value is not None and result.value > COMFORT:
            text = comfort_text(result.value, kept=result.phase in kept)
            yield f"{result.name} in {result.phase}: {text}"
    ran = {phase.name for phase in run.phases()} - {result.phase for result in measured} - left_out
    for phase, site, occupancy in overworked:
        if phase in ran:
            name = f"occupancy[{site}]" if site else "occupancy"
            text = comfort_text(occupancy, kept=phase in kept)
            yield f"{name} in {phase}, measured: {text}"
    for phase, skill, occupancy in beyond_comfort(run.scenario, run.target):
        if phase in ran:
            yield f"{skill} in {phase}, expected: {comfort_text(occupancy)}"
