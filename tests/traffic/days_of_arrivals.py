"""Scenarios whose contacts come by a shape, by a recording, or on days that vary."""

from collections import Counter
from itertools import takewhile
from random import Random

from harness.model.arrivals import DAY_S, Arrivals, Days, Recording, Shape
from harness.model.contact import Stream
from harness.model.patience import BUSY
from harness.model.scenario import CallTraffic, Load, Phase, Scenario
from harness.traffic.schedule import PlannedCall, planned
from tests.fakes import FULL, phase, scenario

MIX = {"billing": 0.6, "support": 0.4}
MORNING = Shape(
    "morning", 1800.0, tuple([0.0] * 18 + [0.4, 1.0, 0.8, 0.5] + [0.2] * 8 + [0.0] * 18)
)
"""Open from 09:00 to 15:00; the busiest half hour begins at 09:30."""
NINE_S = 9 * 3600.0


def calls(
    *phases: Phase,
    per_hour: float = 600.0,
    starts_at_s: float = NINE_S,
    seed: str = "2026",
    **arrivals: object,
) -> Scenario:
    """Return a scenario of calls that come as *arrivals* say."""
    traffic = CallTraffic(per_hour, MIX, BUSY, arrivals=Arrivals(**arrivals))  # type: ignore[arg-type]
    return scenario(*phases, calls=traffic, starts_at_s=starts_at_s, seed=seed)


def day_long(days: Days | None = None, *, load: Load = FULL, length_s: float = DAY_S) -> Phase:
    """Return a phase of a day."""
    return phase("day", duration_s=length_s, days=days, load=load)


def placed(plan: Scenario, one: Phase, stream: Stream = Stream.CALLS) -> list[PlannedCall]:
    """Return the calls of *one* itself, without its hold."""
    own = takewhile(lambda each: not each.held, planned(plan, one, stream))
    return [each for each in own if isinstance(each, PlannedCall)]


def due_in(plan: Scenario, one: Phase) -> list[float]:
    """Return when the calls of *one* are due."""
    return [each.due_s for each in placed(plan, one)]


def per_interval(due_s: list[float], count: int, interval_s: float = 1800.0) -> list[int]:
    """Return how many of *due_s* fall into each of *count* intervals."""
    found = Counter(int(each // interval_s) for each in due_s)
    return [found[number] for number in range(count)]


def stamps(count: int, length_s: float, seed: str = "stamps") -> Recording:
    """Return a recording of *count* contacts at odd moments of *length_s*."""
    rng = Random(seed)
    return Recording(
        "past.csv", tuple(sorted(rng.uniform(0, length_s) for _ in range(count))), length_s
    )


def counts(*per_half_hour: int, names: tuple[str, ...] = ()) -> Recording:
    """Return a recording that counted so many contacts in each half hour."""
    starts = tuple(number * 1800.0 for number in range(len(per_half_hour)))
    return Recording("past.csv", starts, len(starts) * 1800.0, per_half_hour, 1800.0, names)
