"""What theory expects of a scenario, as a table for people, and what is worth a remark."""

from collections.abc import Iterator

from harness.errors import Note
from harness.feasibility.asked import (
    DEFAULT_THRESHOLD_S,
    SERVICE_LEVEL,
    Asked,
    asked,
    goal_text,
)
from harness.feasibility.reachable import tensions
from harness.kpi.statistics import contacts_to_pass
from harness.model.contact import Stream
from harness.model.scenario import Phase, Scenario
from harness.model.sla import Direction, Sla, Unit
from harness.model.target import Target
from harness.model.units import format_duration, format_share
from harness.traffic.schedule import expected_contacts
from harness.verdict.expectations import beyond_comfort, comfort_text
from harness.verdict.forecast import (
    Forecast,
    Stretch,
    forecast,
    predictable,
    skills,
    stretches,
    theory,
)
from harness.verdict.items import family_size
from harness.verdict.words import NOTHING, plural, roughly, seconds

_OF_CALLS = frozenset({"service_level", "abandonment", "dropped", "blocked"})
_OF_TICKETS = frozenset({"ticket_first_reply"})
_BETTER_BY = 0.05
"""How much better than its goal a provider is taken to be when contacts are planned for it."""
_POWER = 0.8
_ROW = "{:<17.17} {:<12.12} {:>8} {:>6} {:>8} {:>8} {:>7} {:>5}"


def outlook(scenario: Scenario, target: Target, sla: Sla) -> tuple[str, ...]:
    """Return a table of what to expect of each phase and queue, in lines of at most 80 letters.

    A phase in which a site is lost has a second row for the time of the loss. Empty if nothing can
    be predicted.
    """
    rows = list(_rows(scenario, target, sla))
    if not rows:
        return ()
    within = f"in {format_duration(_threshold_s(sla))}"
    head = _ROW.format("phase", "queue", "contacts", "heads", within, "hang up", "answer", "busy")
    return (
        f"Expected of the staffing declared, each site a pool of its own ({theory(scenario)}):",
        head,
        *rows,
    )


def remarks(scenario: Scenario, target: Target, sla: Sla) -> Iterator[Note]:
    """Yield what is worth knowing before *scenario* is run, and stands in nobody's way."""
    yield from _without_handle_time(scenario, target)
    yield from tensions(scenario, target, sla)
    yield from _too_few(scenario, target, sla)
    for phase, scope, occupancy in beyond_comfort(scenario, target):
        yield Note(f"{scenario.path}: {phase}: {scope}", comfort_text(occupancy))


def _rows(scenario: Scenario, target: Target, sla: Sla) -> Iterator[str]:
    threshold_s = _threshold_s(sla)
    for phase in scenario.phases:
        for scope in skills(scenario):
            found = forecast(scenario, target, phase, scope, threshold_s=threshold_s)
            if found is None:
                continue
            yield _row(phase.name, scope, found)
            if any(stretch.gone for stretch in stretches(phase)):
                lost = forecast(
                    scenario, target, phase, scope, threshold_s=threshold_s, only=_with_a_loss
                )
                if lost is not None:
                    yield _row(f"  {_loss(phase)}", scope, lost)


def _row(phase: str, scope: str, found: Forecast) -> str:
    return _ROW.format(
        phase,
        scope,
        f"{found.contacts:,.0f}",
        f"{found.heads:,.0f}",
        _share(found.service_level),
        _share(found.abandonment),
        NOTHING if found.asa_s is None else "0 s" if found.asa_s < 0.05 else seconds(found.asa_s),
        NOTHING if found.occupancy is None else f"{found.occupancy:.0%}",
    ).rstrip()


def _with_a_loss(stretch: Stretch) -> bool:
    return bool(stretch.gone)


def _loss(phase: Phase) -> str:
    gone = sorted({site for stretch in stretches(phase) for site in stretch.gone})
    return f"{' or '.join(gone)} lost"


def _share(share: float | None) -> str:
    return NOTHING if share is None else f"{share * 100:.1f} %"


def _threshold_s(sla: Sla) -> float:
    """Return within which time *sla* counts calls; the shortest if it names several."""
    named = [o.threshold_s for o in sla.objectives if o.kpi == SERVICE_LEVEL and o.threshold_s]
    return min(named, default=DEFAULT_THRESHOLD_S)


def _without_handle_time(scenario: Scenario, target: Target) -> Iterator[Note]:
    unknown = [skill for skill in skills(scenario) if not predictable(target, skill)]
    missing = [skill for skill in unknown if skill not in target.handle_s]
    by_times = [skill for skill in unknown if skill in target.handle_s]
    if missing:
        yield Note(
            f"target {target.name}",
            f"no handle_time for {' and '.join(missing)}, so nothing can be predicted of it;"
            " 'handle_time: 3m' says what a contact takes an agent",
        )
    if by_times:
        yield Note(
            f"target {target.name}",
            f"{' and '.join(by_times)} staffed by times of day, so nothing can be predicted of it",
        )


def _too_few(scenario: Scenario, target: Target, sla: Sla) -> Iterator[Note]:
    """Yield a note for each objective that the planned contacts will probably not decide."""
    family = max(1, family_size(scenario, sla, target))
    confidence = 1 - (1 - sla.confidence) / family
    for each in asked(sla, scenario, target):
        planned = _planned(each, scenario, target)
        must = each.objective.must_pass and each.kpi.unit is Unit.SHARE
        decides = each.phase.load.peak >= scenario.highest_load(each.phase.kind)
        if planned is None or not must or not decides:
            continue
        truth = _truth(each, scenario, target)
        needed = _contacts_to_pass(each, truth, confidence)
        if needed is not None:
            needed = max(needed, each.objective.min_contacts)
        if needed is not None and planned < needed:
            what = "ticket" if each.kpi.name in _OF_TICKETS else "call"
            longer = each.phase.duration_s * (needed / planned - 1) if planned else None
            more = f"about {plural(round(needed - planned) or 1, f'more {what}')}"
            more += f", or {roughly(longer)} longer" if longer is not None else ""
            yield Note(
                f"{sla.path}: {each.name} in {each.phase.name}",
                f"{plural(round(planned), what)} planned; were the truth {format_share(truth)},"
                f" {needed:,} would be needed to pass {goal_text(each)} four times in five"
                f" ({more})",
            )


def _planned(each: Asked, scenario: Scenario, target: Target) -> float | None:
    """Return how many contacts *each* will rest on, None if that is not known beforehand."""
    if each.kpi.name in _OF_TICKETS and scenario.tickets is not None:
        tickets = expected_contacts(scenario, each.phase, Stream.TICKETS)
        return tickets * scenario.tickets.priorities.get(each.scope, 0.0 if each.scope else 1.0)
    if each.kpi.name not in _OF_CALLS or scenario.calls is None:
        return None
    calls = expected_contacts(scenario, each.phase, Stream.CALLS)
    if each.scope in scenario.lines:
        return calls * scenario.calls.mix.get(each.scope, 0.0)
    for queue, numbers in scenario.lines.items():
        if each.scope in numbers:
            return calls * scenario.calls.mix.get(queue, 0.0) / len(numbers)
    return calls / len(target.sites) if each.scope else calls


def _truth(each: Asked, scenario: Scenario, target: Target) -> float:
    """Return how good the provider is taken to be: as theory expects, else better by 5 points.

    Theory counts only where it expects the goal to be met with some room.
    """
    more = each.kpi.direction is Direction.MORE
    goal = each.bound.goal
    better = min(1.0, goal + _BETTER_BY) if more else max(0.0, goal - _BETTER_BY)
    found = forecast(scenario, target, each.phase, each.scope, threshold_s=each.threshold_s)
    expected = found.of(each.kpi.name, each.objective.formula) if found is not None else None
    if expected is not None and each.kpi.direction.is_at_least(expected, better):
        return expected
    return better


def _contacts_to_pass(each: Asked, truth: float, confidence: float) -> int | None:
    goal, warn = each.bound.goal, each.bound.warn
    if each.kpi.direction is Direction.LESS:
        truth, goal, warn = 1 - truth, 1 - goal, 1 - warn
    return contacts_to_pass(truth, goal=goal, warn=warn, confidence=confidence, power=_POWER)
