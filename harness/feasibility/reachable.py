"""Objectives that the declared staffing cannot keep, and goals that contradict each other.

By Erlang A, which is right for a centre that is staffed as declared; so a plan is refused only if
theory falls short by a clear margin (``docs/decisions/015``). A provider that has fewer agents at
work than it declared is found by the run, not here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from harness.errors import Note, Problem
from harness.feasibility.asked import SERVICE_LEVEL, Asked, asked, goal_text
from harness.model.scenario import Scenario
from harness.model.sla import Direction, Sla
from harness.model.target import Target
from harness.model.units import format_duration, format_share
from harness.verdict.expectations import LASTING
from harness.verdict.forecast import (
    TAKE_A_SITE,
    TICKETS,
    Forecast,
    at_work,
    forecast,
    heads_needed,
    skills,
    theory,
)
from harness.verdict.roster import most_heads
from harness.verdict.words import quantity

_OCCUPANCY = "occupancy"
_TICKET_KPIS = frozenset({"ticket_first_reply", "ticket_next_reply", "ticket_resolution"})


def unreachable(scenario: Scenario, target: Target, sla: Sla) -> Iterator[Problem]:
    """Yield a problem for every objective of *sla* that the declared heads clearly cannot keep.

    Nothing of an objective where no handle time is declared: then nothing is known. Where nobody at
    all is left at work, that is the problem: theory has no value for it.
    """
    yield from _nobody_at_work(scenario, target)
    for each in asked(sla, scenario, target):
        if each.kpi.name in _TICKET_KPIS:
            yield from _too_many_tickets(each, scenario, target)
            continue
        found = _forecast(each, scenario, target)
        expected = found.of(each.kpi.name, each.objective.formula) if found is not None else None
        if found is not None and expected is not None and each.missed_clearly_by(expected):
            yield Problem(
                each.where(sla),
                f"{goal_text(each)} asked of {_heads(found, each, target)}, from whom"
                f" {quantity(expected, each.kpi.unit)} can be expected"
                f" ({_load(found, each, scenario, target)})",
                _instead(each, scenario, target),
            )
    yield from (pair.problem(sla) for pair in _pairs(scenario, target, sla) if not pair.kept)


def _nobody_at_work(scenario: Scenario, target: Target) -> Iterator[Problem]:
    """Yield a problem for each skill that is paid for, and nobody of it is at work at any site."""
    for skill in skills(scenario):
        paid = [most_heads(each[skill]) for each in target.staffing.values() if skill in each]
        if any(paid) and not any(at_work(target, heads) for heads in paid):
            yield Problem(
                f"{target.name}: staffing: {skill}",
                f"{sum(paid)} heads paid, of whom with a shrinkage of"
                f" {format_share(target.shrinkage)} nobody is at work",
                "a smaller shrinkage, or more heads at a site: one at least has to answer",
            )


def tensions(scenario: Scenario, target: Target, sla: Sla) -> Iterator[Note]:
    """Yield a note for each two goals of *sla* of which one takes many more heads than the other.

    Only where the declared heads keep both; where they do not, it is a problem.
    """
    for pair in _pairs(scenario, target, sla):
        if pair.kept:
            text = f"{pair.text}; the {pair.heads} heads declared keep both"
            yield Note(f"{sla.path}: {pair.names}", text)


@dataclass(frozen=True, slots=True)
class _Pair:
    """A service level and an occupancy asked of the same agents, which pull apart."""

    names: str
    text: str
    phase: str
    heads: int
    needed: int
    kept: bool

    def problem(self, sla: Sla) -> Problem:
        return Problem(
            f"{sla.path}: {self.names} in {self.phase}",
            f"two goals that contradict each other with {self.heads} heads: {self.text}",
            f"{self.needed} heads, or goals that the same staffing can keep",
        )


def _pairs(scenario: Scenario, target: Target, sla: Sla) -> Iterator[_Pair]:
    """Yield each service level that, with just the heads it takes, breaks an occupancy limit.

    Where load is steady and as high as it gets: only there people work like that for hours.
    """
    everything = [
        each
        for each in asked(sla, scenario, target)
        if each.phase.kind in LASTING and scenario.decides(each.phase)
    ]
    limits = {
        (each.phase.name, each.scope): each
        for each in everything
        if each.kpi.name == _OCCUPANCY and each.kpi.direction is Direction.LESS
    }
    for service in everything:
        if service.kpi.name != SERVICE_LEVEL:
            continue
        limit = limits.get((service.phase.name, service.scope)) or limits.get(
            (service.phase.name, "")
        )
        pair = limit and _pair(service, limit, scenario, target)
        if pair:
            yield pair


def _pair(service: Asked, limit: Asked, scenario: Scenario, target: Target) -> _Pair | None:
    declared = _forecast(service, scenario, target)
    needed = _needed(service, scenario, target)
    if declared is None or needed is None:
        return None
    heads, then = needed
    occupancy, most = then.occupancy, limit.bound.goal
    if occupancy is None or occupancy <= limit.bound.warn:
        return None
    more = _needed(service, scenario, target, also=lambda f: (f.occupancy or 0.0) <= most)
    if more is None:
        return None
    calm_heads, calm = more
    text = (
        f"{service.objective.goal_text} at {declared.per_hour:,.0f} calls an hour means"
        f" {quantity(occupancy, limit.kpi.unit)} occupancy ({heads} heads); at most"
        f" {quantity(most, limit.kpi.unit)} takes {calm_heads} heads, of whom"
        f" {quantity(calm.service_level, service.kpi.unit)} within"
        f" {format_duration(service.threshold_s)} can be expected"
    )
    kept = not any(
        (value := declared.of(each.kpi.name, each.objective.formula)) is not None
        and not each.kpi.direction.is_at_least(value, each.bound.warn)
        for each in (service, limit)
    )
    return _Pair(
        f"{service.name} and {limit.name}",
        text,
        service.phase.name,
        round(declared.heads),
        calm_heads,
        kept,
    )


def _too_many_tickets(each: Asked, scenario: Scenario, target: Target) -> Iterator[Problem]:
    """Yield a problem if tickets of a phase come faster than all the heads can work them."""
    found = forecast(scenario, target, each.phase, TICKETS, threshold_s=each.threshold_s)
    if found is not None and (found.occupancy or 0.0) > 1.0:
        needed = found.heads * (found.occupancy or 0.0)
        yield Problem(
            f"{target.name}: staffing: {TICKETS}",
            f"{found.heads:.0f} heads for {found.per_hour:,.0f} tickets an hour of"
            f" {format_duration(target.handle_s[TICKETS])} each in {each.phase.name}",
            f"more than {needed:.0f}, or the backlog grows for as long as the load lasts,"
            f" and {each.kpi.name} cannot be kept",
        )


def _forecast(each: Asked, scenario: Scenario, target: Target) -> Forecast | None:
    return forecast(scenario, target, each.phase, each.scope, threshold_s=each.threshold_s)


def _needed(
    each: Asked,
    scenario: Scenario,
    target: Target,
    *,
    also: Callable[[Forecast], bool] = lambda found: True,
) -> tuple[int, Forecast] | None:
    """Return how many heads keep the goal of *each*, and *also* that, and what is then expected."""
    met: list[Forecast] = []

    def enough(found: Forecast) -> bool:
        value = found.of(each.kpi.name, each.objective.formula)
        good = value is not None and each.met_by(value) and also(found)
        if good:
            met.append(found)
        return good

    heads = heads_needed(
        scenario, target, each.phase, each.scope, threshold_s=each.threshold_s, enough=enough
    )
    # The last that was good enough is the least that is: the search goes down from above.
    return None if heads is None else (heads, met[-1])


def _instead(each: Asked, scenario: Scenario, target: Target) -> str:
    needed = _needed(each, scenario, target)
    if needed is None:
        return "another goal: no number of heads would do, spread over the sites as these are"
    heads = f"{needed[0]} heads" + (" paid" if target.shrinkage else "")
    return f"{heads} in all, spread over the sites as these are, or a goal that these can keep"


def _heads(found: Forecast, each: Asked, target: Target) -> str:
    text = f"{found.heads:.0f} heads" + (" at work" if target.shrinkage else "")
    return f"{text} on average" if each.phase.faults else text


def _load(found: Forecast, each: Asked, scenario: Scenario, target: Target) -> str:
    """Return what the heads have to do, and without whom: what an expectation rests on."""
    called = [skill for skill in skills(scenario) if skill != TICKETS]
    meant = [queue for queue in called if each.scope in (queue, *scenario.lines[queue])] or called
    times = {target.handle_s[queue] for queue in meant}
    lengths = " to ".join(map(format_duration, sorted({min(times), max(times)})))
    parts = [f"{found.per_hour:,.0f} calls an hour of {lengths}"]
    parts += [
        f"{fault.site} gone for {format_duration(fault.for_s)}"
        for fault in each.phase.faults
        if fault.kind in TAKE_A_SITE
    ]
    return ", ".join([*parts, f"by {theory(scenario)}"])
