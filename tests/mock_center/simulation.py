"""Whole days in virtual time: callers with patience against the pure call distributor."""

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf, sqrt
from random import Random
from statistics import fmean
from typing import NamedTuple

from mock_center.acd.agents import State
from mock_center.acd.engine import BlockedError, Engine
from mock_center.acd.events import Answered, Ended, Event, Reason
from mock_center.acd.floor import Always, Floor
from mock_center.config.centre import QueueRule

_HANDLING = (State.BUSY, State.HOLD, State.WRAP_UP)

Arrival = tuple[float, str, float]
"""When, for which queue, and with how much patience."""


@dataclass
class Day:
    """What became of the callers of one simulated day."""

    offered: int = 0
    blocked: int = 0
    abandoned: int = 0
    waits: list[float] = field(default_factory=list)  # of the answered
    all_waits: list[float] = field(default_factory=list)  # of the answered and the abandoned
    busy_s: float = 0.0  # of all agents, with callers or wrapping up, while arrivals count
    ready_s: float = 0.0  # likewise, waiting for a call

    @property
    def abandon_share(self) -> float:
        return self.abandoned / self.offered

    @property
    def occupancy(self) -> float:
        return self.busy_s / (self.busy_s + self.ready_s)

    @property
    def waited_share(self) -> float:
        return sum(wait > 1e-9 for wait in self.all_waits) / len(self.all_waits)

    @property
    def mean_wait_s(self) -> float:
        return sum(self.all_waits) / len(self.all_waits)


def floor_of(agents: Mapping[str, int], *, channels: int = 10**6, **rules) -> Floor:
    """Return a floor with so many agents at all hours, and every rule as it is by default."""
    queues = rules.pop("queues", {name: QueueRule() for name in agents})
    return Floor(queues, Always(agents), {"carrier": channels}, **rules)


def run_day(engine: Engine, arrivals: Iterable[Arrival], *, warm_up_s: float = 0.0) -> Day:
    """Play *arrivals* (in order of time) against *engine*; return what became of them.

    Callers who come before *warm_up_s* are played but not counted.
    """
    street = _Street(engine)
    at_s = 0.0
    begun = False
    for number, (at_s, queue, patience_s) in enumerate(arrivals):
        street.give_up_until(at_s)
        if not begun and at_s >= warm_up_s:
            street.clock_agents(at_s, -1)
            begun = True
        street.arrive(f"c{number}", at_s, queue, patience_s, counts=at_s >= warm_up_s)
    street.clock_agents(at_s, 1)
    street.give_up_until(inf)
    while (due_s := engine.next_due()) is not None and engine.live():
        street.read(engine.advance(due_s))
    return street.day


class _Street:
    """The callers outside, and what they have heard."""

    def __init__(self, engine: Engine) -> None:
        self.day = Day()
        self._engine = engine
        self._leaving: list[tuple[float, int, str]] = []
        self._counted: set[str] = set()

    def arrive(
        self, name: str, at_s: float, queue: str, patience_s: float, *, counts: bool
    ) -> None:
        if counts:
            self._counted.add(name)
            self.day.offered += 1
        try:
            self.read(self._engine.offer(at_s, call=name, queue=queue, reference=name))
        except BlockedError:
            self.day.blocked += counts
            return
        if patience_s < 1e12 and self._engine.waits(name):
            heapq.heappush(self._leaving, (at_s + patience_s, int(name[1:]), name))

    def clock_agents(self, now_s: float, sign: int) -> None:
        """Add what agents have worked up to *now_s*, or with -1 take it away."""
        self.read(self._engine.advance(now_s))
        for team in self._engine.teams():
            self.day.busy_s += sign * sum(team.seconds(each, now_s) for each in _HANDLING)
            self.day.ready_s += sign * team.seconds(State.AVAILABLE, now_s)

    def give_up_until(self, now_s: float) -> None:
        engine, leaving = self._engine, self._leaving
        while leaving and leaving[0][0] <= now_s:
            leave_s, _, name = heapq.heappop(leaving)
            if engine.waits(name):  # else answered long ago: nothing to ask the engine
                self.read(engine.advance(leave_s))
                if engine.waits(name):
                    self.read(engine.hang_up(leave_s, name))

    def read(self, events: list[Event]) -> None:
        day, counted = self.day, self._counted
        for event in events:
            kind = type(event)
            if kind is Answered and event.leg == 1 and event.call in counted:
                day.waits.append(event.at_s - event.queued_s)
                day.all_waits.append(event.at_s - event.queued_s)
            elif kind is Ended and event.reason is Reason.ABANDONED and event.call in counted:
                day.abandoned += 1
                day.all_waits.append(event.at_s - event.queued_s)


def poisson(
    rng: Random, rate_per_s: float, calls: int, patience: Callable[[], float], queue: str = "q"
) -> list[Arrival]:
    """Return *calls* Poisson arrivals."""
    at_s = 0.0
    found = []
    for _ in range(calls):
        at_s += rng.expovariate(rate_per_s)
        found.append((at_s, queue, patience()))
    return found


class Estimate(NamedTuple):
    """A mean over independent replications, and its standard error."""

    mean: float
    error: float

    def agrees_with(self, published: float, *, uncertain: float = 0.0) -> bool:
        """Return whether *published*, itself known to +- *uncertain*, is within 4 standard errors.

        With 20 replications that happens by chance in 8 of 10,000 tests.
        """
        return abs(self.mean - published) <= 4 * self.error + uncertain


def estimate(
    replications: Sequence[Mapping[str, float]], *, control: str, expected: float
) -> dict[str, Estimate]:
    """Return the estimate of each measure, with *control* as a control variate.

    Much of what differs between replications is luck with the load. The load of each is known, and
    so is its expectation: regressed on it, a measure's error is a half of what it would be.
    """
    n = len(replications)
    excess = [each[control] - expected for each in replications]
    mean_excess = fmean(excess)
    spread = sum((x - mean_excess) ** 2 for x in excess)
    found = {}
    for name in replications[0].keys() - {control}:
        values = [each[name] for each in replications]
        mean = fmean(values)
        slope = sum((x - mean_excess) * (y - mean) for x, y in zip(excess, values, strict=True))
        slope /= spread
        rests = [y - mean - slope * (x - mean_excess) for x, y in zip(excess, values, strict=True)]
        variance = sum(rest * rest for rest in rests) / (n - 2)
        error = sqrt(variance * (1 / n + mean_excess**2 / spread))
        found[name] = Estimate(mean - slope * mean_excess, error)
    return found
