"""The planned rate of a stream: its full rate × load × shape of the day × how busy the day is.

One knowledge for those who draw contacts and those who say how many to expect. Phases lie one after
the other on the shape's clock, as planned: the time in which a gate is decided does not count, so
that a slow gate moves no customer. A hold keeps the rate of its phase's end.
"""

import math
from collections.abc import Iterator
from itertools import pairwise

from harness.model.arrivals import HALF_HOUR_S, STEADY, Arrivals
from harness.model.contact import Stream
from harness.model.scenario import Phase, Scenario
from harness.traffic.arrivals import Piece
from harness.traffic.days import factor

_JUST_BEFORE_S = 1e-3


def arrivals_of(scenario: Scenario, stream: Stream) -> Arrivals:
    """Return when contacts of *stream* come."""
    traffic = scenario.calls if stream is Stream.CALLS else scenario.tickets
    return traffic.arrivals if traffic else STEADY


def pieces(
    scenario: Scenario, phase: Phase, stream: Stream, *, after_s: float = 0.0
) -> Iterator[Piece]:
    """Yield the planned rate over *phase*, piece by piece; none if it has no length.

    Of its time after *after_s*.
    """
    if phase.duration_s <= after_s:
        return
    first = after_s / phase.duration_s
    later = [share for share in jumps(scenario, phase, stream) if share > first]
    for start, end in pairwise([first, *later, 1.0]):
        level = _level_per_s(scenario, phase, stream, (start + end) / 2 * phase.duration_s)
        length_s = (end - start) * phase.duration_s
        yield Piece(length_s, level * phase.load.at(start), level * phase.load.at(end))


def hold(scenario: Scenario, phase: Phase, stream: Stream) -> Piece:
    """Return the rate that is kept while the gate of *phase* is decided, without end."""
    rate = rate_at(scenario, phase, stream, 1.0)
    return Piece(math.inf, rate, rate)


def rate_at(scenario: Scenario, phase: Phase, stream: Stream, share_of_phase: float) -> float:
    """Return the planned contacts per second at *share_of_phase*; beyond 1, those of the hold."""
    share = min(max(share_of_phase, 0.0), 1.0)
    # At its end a phase is still in the interval before the border.
    at_s = min(share * phase.duration_s, max(0.0, phase.duration_s - _JUST_BEFORE_S))
    return _level_per_s(scenario, phase, stream, at_s) * phase.load.at(share)


def jumps(scenario: Scenario, phase: Phase, stream: Stream) -> tuple[float, ...]:
    """Return where in *phase* (0..1) the rate of *stream* jumps, its border left out.

    A recording jumps all the time: there it is each interval, or each half hour.
    """
    arrivals = arrivals_of(scenario, stream)
    steps_s = set()
    if arrivals.recording is not None:
        clock_s = scenario.starts_s(phase)
        steps_s.add(arrivals.recording.interval_s or HALF_HOUR_S)
    else:
        clock_s = scenario.starts_at_s + scenario.starts_s(phase)
        if not arrivals.shape.steady:
            steps_s.add(arrivals.shape.interval_s)
        if phase.days is not None:
            steps_s.add(HALF_HOUR_S)
    borders_s: set[float] = set()
    for step_s in steps_s:
        first = math.floor(clock_s / step_s) + 1
        count = math.ceil((clock_s + phase.duration_s) / step_s) - first
        borders_s |= {(first + number) * step_s - clock_s for number in range(count)}
    return tuple(at_s / phase.duration_s for at_s in sorted(borders_s) if at_s > 0)


def _level_per_s(scenario: Scenario, phase: Phase, stream: Stream, at_s: float) -> float:
    """Return the rate at *at_s* of *phase* if its load were 100 %."""
    traffic = scenario.calls if stream is Stream.CALLS else scenario.tickets
    if traffic is None:
        return 0.0
    run_s = scenario.starts_s(phase) + at_s
    if traffic.arrivals.recording is not None:
        return traffic.arrivals.recording.rate_per_s(run_s)
    clock_s = scenario.starts_at_s + run_s
    busy = factor(phase.days, f"{scenario.seed}:{stream}", clock_s)
    return traffic.per_hour / 3600 * traffic.arrivals.shape.at(clock_s) * busy
