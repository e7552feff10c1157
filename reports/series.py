"""Chart series from contacts and scrapes: pure functions over windows of centre time.

A window in which nothing could be measured is ``None``, a gap in the line: an empty window is not
a perfect one, nor a zero. Counting is different: where contacts were due and none came, zero is
what was seen.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest
from statistics import median

from harness.kpi.calls import left_queue
from harness.kpi.figures import HOUSEKEEPING_STEPS
from harness.model.contact import Call, Ticket
from harness.model.event import PhaseRun
from harness.model.sample import Scrape

Points = tuple[float | None, ...]

_MOST_WINDOWS = 120
_SLICE_S = 300.0
_SIZES_S = (
    10,
    15,
    20,
    30,
    60,
    120,
    180,
    300,
    600,
    900,
    1800,
    3600,
    7200,
    10800,
    21600,
    43200,
)
_DAY_S = 86400
"""Steps that are no request of a customer's: an event stream is meant to stay open."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Equal windows over [0, ``end_s``) centre seconds; the last one may be shorter."""

    size_s: float
    end_s: float

    @property
    def count(self) -> int:
        """How many windows there are."""
        return math.ceil(self.end_s / self.size_s)

    def index(self, at_s: float | None) -> int | None:
        """Return the number of the window that holds *at_s*; None if no window does."""
        if at_s is None or not 0 <= at_s < self.end_s:
            return None
        return int(at_s // self.size_s)

    def span_s(self, i: int) -> tuple[float, float]:
        """Return where window *i* starts and ends."""
        return i * self.size_s, min((i + 1) * self.size_s, self.end_s)

    def minutes(self, i: int) -> float:
        """Return how many centre minutes window *i* lasts."""
        start_s, end_s = self.span_s(i)
        return (end_s - start_s) / 60


def grid_for(end_s: float, *, at_least_s: float = 0.0) -> Grid:
    """Return a grid of at most 120 windows over *end_s*, each a round length of 10 s or more.

    A last window that the run did not fill is left out: the end of the run in it looks like a fall.
    If it is the only one, it is kept. ``at_least_s`` keeps a window from being shorter than what it
    must hold, such as one scrape.
    """
    want_s = max(end_s / _MOST_WINDOWS, at_least_s)
    size_s: float = next(
        (size for size in _SIZES_S if size >= want_s), math.ceil(want_s / _DAY_S) * _DAY_S
    )
    return Grid(size_s, end_s // size_s * size_s or end_s)


def quantile(values: Sequence[float], share: float) -> float | None:
    """Return the nearest-rank quantile: a value that somebody really waited; None of nothing."""
    if not values:
        return None
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def planned(
    grid: Grid,
    phases: Sequence[PhaseRun],
    rate_per_s: Callable[[PhaseRun, float], float],
    *,
    cuts_s: Sequence[float] = (),
) -> Points:
    """Return the contacts per minute that the scenario wants; None where no phase ran.

    *rate_per_s* tells them for a phase and a share of it (0..1). A held phase keeps its last rate
    until the next one begins: deciding a gate takes its time. At each of *cuts_s* it ended.
    """
    want, covered = [0.0] * grid.count, [0.0] * grid.count
    starts_s = [phase.start_s for phase in phases[1:]]
    for phase, next_s in zip_longest(phases, starts_s):
        length_s = phase.end_s - phase.start_s
        held_until_s = phase.held_until_s if next_s is None else next_s
        held_until_s = min([held_until_s, *(at_s for at_s in cuts_s if at_s >= phase.start_s)])
        pieces = ((phase.start_s, phase.end_s), (phase.end_s, held_until_s))
        for piece in pieces:
            for i, start_s, end_s in _cut(grid, *piece):
                for low_s, high_s in _sliced(start_s, end_s):
                    middle = ((low_s + high_s) / 2 - phase.start_s) / length_s if length_s else 1.0
                    want[i] += rate_per_s(phase, min(1.0, middle)) * (high_s - low_s)
                covered[i] += end_s - start_s
    return tuple(want[i] / grid.minutes(i) if covered[i] > 0 else None for i in range(grid.count))


def _sliced(start_s: float, end_s: float) -> Iterable[tuple[float, float]]:
    """Yield slices of the same length, short enough for a rate that jumps each quarter of an hour.

    One slice is exact for a rate that moves in a straight line.
    """
    count = math.ceil((end_s - start_s) / _SLICE_S)
    step_s = (end_s - start_s) / count
    for number in range(count):
        yield start_s + number * step_s, start_s + (number + 1) * step_s


def _cut(grid: Grid, start_s: float, end_s: float) -> Iterable[tuple[int, float, float]]:
    """Yield the windows that [start_s, end_s) touches, and its part in each."""
    for i in range(grid.count):
        low_s, high_s = grid.span_s(i)
        low_s, high_s = max(low_s, start_s), min(high_s, end_s)
        if low_s < high_s:
            yield i, low_s, high_s


def per_minute(grid: Grid, times_s: Iterable[float | None], *, expected: Points) -> Points:
    """Return how many of *times_s* fall into each window, per minute.

    Zero is a measurement where something was *expected*; elsewhere an empty window is a gap.
    """
    counts = [0] * grid.count
    for at_s in times_s:
        i = grid.index(at_s)
        if i is not None:
            counts[i] += 1
    return tuple(
        counts[i] / grid.minutes(i) if counts[i] or expected[i] else None for i in range(grid.count)
    )


@dataclass(frozen=True, slots=True)
class Threshold:
    """Within how many seconds a call of ``queue`` (empty: of any) should be answered."""

    queue: str
    threshold_s: float


@dataclass(frozen=True, slots=True)
class CallSeries:
    """What the calls of a run look like, window by window; API times in wall milliseconds."""

    started_per_min: Points
    service_level: Mapping[Threshold, Points]
    wait_p50_s: Points
    wait_p95_s: Points
    api_p95_ms: Points


@dataclass(frozen=True, slots=True)
class TicketSeries:
    """What the tickets of a run look like, window by window; API times in wall milliseconds."""

    started_per_min: Points
    created_per_min: Points
    replied_per_min: Points
    api_p95_ms: Points


def call_series(
    grid: Grid,
    calls: Iterable[Call],
    *,
    thresholds: Sequence[Threshold],
    expected: Points,
    by_site_stamps: bool = False,
) -> CallSeries:
    """Return the calls' series, in one pass.

    Service level is "offered", as the KPI of that name: of the calls that left the queue, the share
    answered in time; short abandons count against it, and so does being cut off while waiting. A
    call belongs to the window of its due time. ``by_site_stamps`` takes the site's own times, for
    speeds at which a caller's clock is no longer honest.
    """
    started: list[float] = []
    waits: dict[int, list[float]] = defaultdict(list)
    api: dict[int, list[float]] = defaultdict(list)
    left: dict[Threshold, list[int]] = {each: [0] * grid.count for each in thresholds}
    in_time: dict[Threshold, list[int]] = {each: [0] * grid.count for each in thresholds}
    for call in calls:
        started.append(call.started_s)
        _add_exchanges(api, grid, call)
        i = grid.index(call.due_s)
        if i is None or not left_queue(call):
            continue
        wait_s = call.site_wait_s if by_site_stamps else call.wait_s
        if wait_s is not None:
            waits[i].append(wait_s)
        for each in thresholds:
            if each.queue in ("", call.queue):
                left[each][i] += 1
                in_time[each][i] += wait_s is not None and wait_s <= each.threshold_s
    return CallSeries(
        started_per_min=per_minute(grid, started, expected=expected),
        service_level={each: _shares(in_time[each], left[each]) for each in thresholds},
        wait_p50_s=_quantiles(grid, waits, 0.5),
        wait_p95_s=_quantiles(grid, waits, 0.95),
        api_p95_ms=_quantiles(grid, api, 0.95),
    )


def ticket_series(grid: Grid, tickets: Iterable[Ticket], *, expected: Points) -> TicketSeries:
    """Return the tickets' series, in one pass; what was acknowledged counts as created."""
    started: list[float | None] = []
    created: list[float | None] = []
    replied: list[float | None] = []
    api: dict[int, list[float]] = defaultdict(list)
    for ticket in tickets:
        started.append(ticket.started_s)
        created.append(ticket.acknowledged_s)
        replied.append(ticket.replied_s)
        _add_exchanges(api, grid, ticket)
    return TicketSeries(
        started_per_min=per_minute(grid, started, expected=expected),
        created_per_min=per_minute(grid, created, expected=expected),
        replied_per_min=per_minute(grid, replied, expected=expected),
        api_p95_ms=_quantiles(grid, api, 0.95),
    )


def gauge(scrapes: Iterable[Scrape], *, name: str, end_s: float) -> tuple[Grid, Points]:
    """Return the highest value of *name* in each window, summed over its series.

    The highest, so that no peak is thinned away. A window whose scrapes all failed is a gap, as is
    one in which the metric was absent. Windows are never shorter than scrapes are apart.
    """
    seen: list[tuple[float, float]] = []
    times_s: list[float] = []
    for scrape in scrapes:
        times_s.append(scrape.at_s)
        values = [value for series, value in scrape.values.items() if series.name == name]
        if scrape.ok and values:
            seen.append((scrape.at_s, sum(values)))
    grid = grid_for(end_s, at_least_s=_usual_gap_s(times_s) * 1.5)
    highest: list[float | None] = [None] * grid.count
    for at_s, value in seen:
        i = grid.index(at_s)
        if i is not None:
            highest[i] = max(value, highest[i] or 0.0)
    return grid, tuple(highest)


def _usual_gap_s(times_s: Sequence[float]) -> float:
    gaps = [later - earlier for earlier, later in pairwise(times_s)]
    return median(gaps) if gaps else 0.0


def _add_exchanges(api: dict[int, list[float]], grid: Grid, contact: Call | Ticket) -> None:
    """File the wall milliseconds of a contact's requests under the window it was started in."""
    i = grid.index(contact.started_s)
    if i is not None:
        api[i].extend(
            exchange.wall_s * 1000
            for exchange in contact.exchanges
            if exchange.step not in HOUSEKEEPING_STEPS
        )


def _quantiles(grid: Grid, values: Mapping[int, Sequence[float]], share: float) -> Points:
    return tuple(quantile(values.get(i, ()), share) for i in range(grid.count))


def _shares(part: Sequence[int], whole: Sequence[int]) -> Points:
    return tuple(p / w if w else None for p, w in zip(part, whole, strict=True))
