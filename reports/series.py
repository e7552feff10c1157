"""Chart series from contacts and scrapes: pure functions over windows of centre time.

A window in which nothing could be measured is ``None``, a gap in the line: an empty window is not
a perfect one, nor a zero. Counting is different: where contacts were due and none came, zero is
what was seen.
"""

import math
from array import array
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, compress, groupby, pairwise, repeat, zip_longest
from operator import add, floordiv
from statistics import median

from harness.kpi.columns import CallColumns, TicketColumns
from harness.kpi.figures import LEFT_QUEUE, NEVER, Fate
from harness.model.event import PhaseRun

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
_BUCKETS = 600
"""A chart is about so many pixels wide: what is finer nobody sees, but for its peaks."""
_PAUSE = 3
"""So many times as long as usual without a reading: nobody looked."""

_GAVE_UP, _MET = 1, 2
_ENDS = bytes(
    _MET if fate == Fate.ANSWERED else _GAVE_UP if fate in LEFT_QUEUE else 0 for fate in range(256)
)
"""How a call left its queue, by its fate: 0 if it did not."""
_ANSWERED = bytes(end == _MET for end in range(256))

Reading = tuple[float, float | None]
"""When something was read, in centre seconds, and its value; None: it could not be."""


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
    return _rates(grid, counts, expected)


def _rates(grid: Grid, counts: Sequence[int], expected: Points) -> Points:
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
    by_phase: Iterable[CallColumns],
    *,
    thresholds: Sequence[Threshold],
    expected: Points,
    by_site_stamps: bool = False,
) -> CallSeries:
    """Return the calls' series, from their figures phase by phase.

    Service level is "offered", as the KPI of that name: of the calls that left the queue, the share
    answered in time; short abandons count against it, and so does being cut off while waiting. A
    call belongs to the window of its due time. ``by_site_stamps`` takes the site's own times, for
    speeds at which a caller's clock is no longer honest.
    """
    started = [0] * grid.count
    waits, api = defaultdict[int, "array[float]"](_reals), defaultdict[int, "array[float]"](_reals)
    left: dict[Threshold, list[int]] = {each: [0] * grid.count for each in thresholds}
    in_time: dict[Threshold, list[int]] = {each: [0] * grid.count for each in thresholds}
    for calls in by_phase:
        for i, count, took in _started(grid, calls):
            started[i] += count
            api[i].extend(took)
        answers_s = calls.site_wait_s if by_site_stamps else calls.wait_s
        ends, windows = calls.fate.translate(_ENDS), list(_windows(grid, calls.due_s))
        for i, here in windows:
            met = compress(answers_s[here], ends[here].translate(_ANSWERED))
            waits[i].extend(wait_s for wait_s in met if wait_s != NEVER)
        for threshold_s in {each.threshold_s for each in thresholds}:
            judged = _by_queue(each for each in thresholds if each.threshold_s == threshold_s)
            late = bytes(wait_s > threshold_s for wait_s in answers_s)
            for i, here in windows:
                told = Counter(zip(calls.queue[here], ends[here], late[here], strict=True))
                for (queue, end, is_late), count in told.items():
                    for each in judged[queue] if end else ():
                        left[each][i] += count
                        in_time[each][i] += count if end == _MET and not is_late else 0
    in_order = {i: sorted(each) for i, each in waits.items()}
    return CallSeries(
        started_per_min=_rates(grid, started, expected),
        service_level={each: _shares(in_time[each], left[each]) for each in thresholds},
        wait_p50_s=_quantiles(grid, in_order, 0.5),
        wait_p95_s=_quantiles(grid, in_order, 0.95),
        api_p95_ms=_api_p95_ms(grid, api),
    )


def _started(
    grid: Grid, contacts: CallColumns | TicketColumns
) -> Iterator[tuple[int, int, Sequence[float]]]:
    """Yield how many contacts were started in a window, and what their requests took.

    A window again and again where a late one comes between two others of another.
    """
    starts_s = map(add, contacts.due_s, contacts.lag_s)
    low, low_took = 0, 0
    for number, together in groupby(map(floordiv, starts_s, repeat(grid.size_s))):
        i, high = grid.index(number * grid.size_s), low + len(list(together))
        high_took = low_took + sum(contacts.requests[low:high])
        if i is not None:
            yield i, high - low, contacts.api[low_took:high_took]
        low, low_took = high, high_took


def _windows(grid: Grid, times_s: Sequence[float]) -> Iterator[tuple[int, slice]]:
    """Yield each window that holds some of *times_s*, which rise, and where those are."""
    low = bisect_left(times_s, 0.0)
    for i in range(grid.count):
        high = bisect_left(times_s, grid.span_s(i)[1], low)
        if low < high:
            yield i, slice(low, high)
        low = high


def _by_queue(thresholds: Iterable[Threshold]) -> Mapping[str, Sequence[Threshold]]:
    """Return which of *thresholds* are asked of a call of each queue."""
    every = tuple(thresholds)
    of_any = [each for each in every if not each.queue]
    named = {each.queue: [*of_any, each] for each in every if each.queue}
    return defaultdict(lambda: of_any, named)


def ticket_series(
    grid: Grid,
    by_phase: Iterable[TicketColumns],
    *,
    acknowledged_s: Iterable[float | None],
    expected: Points,
) -> TicketSeries:
    """Return the tickets' series, in one pass; what was acknowledged counts as created."""
    started: list[float] = []
    replied: list[float] = []
    api: dict[int, array[float]] = defaultdict(_reals)
    for tickets in by_phase:
        for i, _, took in _started(grid, tickets):
            api[i].extend(took)
        started.extend(map(add, tickets.due_s, tickets.lag_s))
        replied.extend(map(add, tickets.due_s, tickets.first_reply_s))
    return TicketSeries(
        started_per_min=per_minute(grid, started, expected=expected),
        created_per_min=per_minute(grid, acknowledged_s, expected=expected),
        replied_per_min=per_minute(grid, replied, expected=expected),
        api_p95_ms=_api_p95_ms(grid, api),
    )


def extremes(readings: Iterable[Reading], grid: Grid) -> tuple[Points, Points]:
    """Return the lowest and the highest reading of each window; a gap where all of them failed."""
    lowest: list[float | None] = [None] * grid.count
    highest: list[float | None] = [None] * grid.count
    for at_s, value in readings:
        i = grid.index(at_s)
        if i is not None and value is not None:
            low, high = lowest[i], highest[i]
            lowest[i] = value if low is None else min(value, low)
            highest[i] = value if high is None else max(value, high)
    return tuple(lowest), tuple(highest)


def thinned(
    readings: Sequence[Reading], *, end_s: float, buckets: int = _BUCKETS
) -> tuple[Reading, ...]:
    """Return the *readings*, in order of time, that a picture of *buckets* columns needs.

    Of each column the first, the lowest, the highest and the last stay, as they are and when they
    were: what is left out lies between two that are drawn in the same column, so that no peak and
    no dip is lost, however short. A reading that failed breaks the line, and so does a pause of
    more than three times the usual: a ``None`` stands between its neighbours.
    """
    longest_s = _PAUSE * usual_gap_s(readings) or math.inf
    columns: dict[float, list[tuple[float, float]]] = defaultdict(list)
    breaks_s: list[float] = []
    for (at_s, value), (earlier_s, _) in zip(readings, [*readings[:1], *readings], strict=False):
        if at_s - earlier_s > longest_s:
            breaks_s.append((earlier_s + at_s) / 2)
        if value is None:
            breaks_s.append(at_s)
        elif 0 <= at_s <= end_s:
            columns[at_s * buckets // end_s].append((at_s, value))
    kept: list[Reading] = []
    for reading in chain.from_iterable(map(_corners, columns.values())):
        if kept:
            i = bisect_right(breaks_s, kept[-1][0])
            if i < len(breaks_s) and breaks_s[i] < reading[0]:
                kept.append((breaks_s[i], None))
        kept.append(reading)
    return tuple(kept)


def _corners(column: Sequence[tuple[float, float]]) -> Iterable[tuple[float, float]]:
    """Return the first, lowest, highest and last of *column*, each once, in order of time."""
    values = [value for _, value in column]
    places = {0, values.index(min(values)), values.index(max(values)), len(column) - 1}
    return (column[place] for place in sorted(places))


def usual_gap_s(readings: Sequence[Reading]) -> float:
    """Return how far *readings* usually are apart, failed ones too; 0 for fewer than two."""
    gaps = [later - earlier for (earlier, _), (later, _) in pairwise(readings)]
    return median(gaps) if gaps else 0.0


def _reals() -> "array[float]":
    return array("d")


def _api_p95_ms(grid: Grid, took_s: Mapping[int, Iterable[float]]) -> Points:
    """Return the 95th percentile of the wall milliseconds of requests, negative if they failed."""
    found = {i: array("d", map(abs, each)) for i, each in took_s.items()}
    return tuple(each and each * 1000 for each in _quantiles(grid, found, 0.95))


def _quantiles(grid: Grid, values: Mapping[int, Sequence[float]], share: float) -> Points:
    return tuple(quantile(values.get(i, ()), share) for i in range(grid.count))


def _shares(part: Sequence[int], whole: Sequence[int]) -> Points:
    return tuple(p / w if w else None for p, w in zip(part, whole, strict=True))
