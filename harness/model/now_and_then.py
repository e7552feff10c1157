"""When something breaks in a soak: the faults that a seed makes of "now and then".

A failover that everybody expects at 03:00 is rehearsed by people who wait for it. So a soak says
what may break and how often, and its seed says when. Once drawn they are planned faults like any
other.

Pure. Times are centre seconds.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from random import Random

from harness.model.arrivals import DAY_S
from harness.model.scenario import FaultPlan, NowAndThen, Phase, Scenario

FELT_S = 900.0
"""How long a fault may still be felt after it was healed: queues drain, callers come again.

Nothing else is broken meanwhile, and service is not compared with that of other hours.
"""
_SHORTEST, _LONGEST = 0.5, 1.5
"""The shares of the mean between which an interval lies; each is as likely as any other."""


def with_faults_drawn(scenario: Scenario) -> Scenario:
    """Return *scenario* with the faults that its seed draws where something breaks now and then.

    A phase that is longer has the same faults at the same moments, and more after them.
    """
    return replace(scenario, phases=tuple(_drawn(scenario, phase) for phase in scenario.phases))


def least_every_s(faults: tuple[FaultPlan, ...]) -> float:
    """Return the shortest mean interval that leaves room for each of *faults*, and for its end."""
    return (max(fault.for_s for fault in faults) + FELT_S) / _SHORTEST


def needed_s(scenario: Scenario, phase: Phase) -> float:
    """Return how long *phase* has to be for its first fault to strike, and to be got over."""
    first = next(_strikes(scenario, phase), None)
    return 0.0 if first is None else first.end_s + FELT_S


def _drawn(scenario: Scenario, phase: Phase) -> Phase:
    """Return *phase* with its faults; the last strikes so early that it can be got over."""
    if phase.now_and_then is None:
        return phase
    found: list[FaultPlan] = []
    for fault in _strikes(scenario, phase):
        if fault.end_s + FELT_S > phase.duration_s:
            break
        found.append(fault)
    return replace(phase, faults=tuple(found))


def _strikes(scenario: Scenario, phase: Phase) -> Iterator[FaultPlan]:
    """Yield what breaks in *phase*, by when, without end; each once before any comes again.

    The first comes after half a mean interval at the earliest. Every number that is drawn has a
    random stream of its own.
    """
    often = phase.now_and_then
    if often is None:
        return
    key = f"{scenario.seed}:{phase.name}:now-and-then"
    from_s = scenario.starts_at_s + scenario.starts_s(phase)
    turn: list[FaultPlan] = []
    within_s = 0.0
    for number in count():
        turns, place = divmod(number, len(often.faults))
        if place == 0:
            turn = _order(often, f"{key}:order:{turns}", after=turn[-1:])
        share = Random(f"{key}:interval:{number}").uniform(_SHORTEST, _LONGEST)
        within_s += share * often.every_s
        yield replace(turn[place], at_s=float(round(_at_s(often, from_s, within_s))))


def _order(often: NowAndThen, key: str, *, after: list[FaultPlan]) -> list[FaultPlan]:
    """Return the faults in a drawn order that does not begin with the one it comes *after*."""
    order = list(often.faults)
    Random(key).shuffle(order)
    if len(order) > 1 and order[:1] == after:
        order.append(order.pop(0))
    return order


def _at_s(often: NowAndThen, from_s: float, within_s: float) -> float:
    """Return how long after *from_s* (of the week) *within_s* of the hours for faults have passed.

    Outside of those hours the clock by which faults come stands still.
    """
    if often.between is None:
        return within_s
    opens_s, closes_s = often.between
    a_day_s = closes_s - opens_s
    days, of_day_s = divmod(from_s, DAY_S)
    passed_s = days * a_day_s + min(max(of_day_s - opens_s, 0.0), a_day_s)
    days, rest_s = divmod(passed_s + within_s, a_day_s)
    return days * DAY_S + opens_s + rest_s - from_s
