"""How much the provider's counters rose between two borders: exact, and aware of restarts.

Prometheus' ``increase()`` extrapolates (measured: 715.6 for 766 calls in a minute); the difference
between two scrapes does not. A counter that fell was restarted with its process and counts from
zero. What a killed process had counted since its last scrape is gone: that is why the callers' log,
not the provider's page, decides about an outage.
"""

import math
import re
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress, count
from operator import itemgetter, lt

from harness.kpi.expression import Labels
from harness.model.sample import Series, Told

_STARTED = Series("process_start_time_seconds")
_IS_THERE = b"\1"
_COUNTERS = ("_total", "_count", "_sum", "_bucket")


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch between two borders, in centre seconds of the run."""

    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Increase:
    """By how much each counter rose within a window, over all sources; gauges by peak and end."""

    by_series: Mapping[Series, float]
    peak_of: Mapping[Series, float] = field(default_factory=dict)
    last_of: Mapping[Series, float] = field(default_factory=dict)
    _named: dict[str, list[Series]] = field(
        init=False, default_factory=lambda: defaultdict(list), repr=False, compare=False
    )

    def __post_init__(self) -> None:
        for series in (*self.by_series, *self.last_of):
            self._named[series.name].append(series)

    def total(self, name: str, **labels: str) -> float | None:
        """Return the sum over the series called *name* that carry all *labels*; None if none do."""
        return self.rise(name, (), labels)

    def rise(self, name: str, labels: Labels, of: Mapping[str, str]) -> float | None:
        """Return the sum over the series of *name* that fit *labels* and carry *of*; None: none do.

        *labels* are regular expressions for a whole value, *of* are values.
        """
        fitting = self._fitting(name, labels, of)
        found = [self.by_series[series] for series in fitting if series in self.by_series]
        return sum(found) if found else None

    def within(self, name: str, bound: float, **labels: str) -> float | None:
        """Return how many observations of histogram *name* were at most *bound*.

        *bound* must be a bucket's edge: nothing is interpolated. None if there is no such bucket.
        """
        return self.buckets(name, (), labels).get(bound)

    def buckets(self, name: str, labels: Labels, of: Mapping[str, str]) -> dict[float, float]:
        """Return how many observations of histogram *name* were at most each of its bounds.

        An edge is a number, however it is written: ``20`` and ``20.0`` are one.
        """
        found: dict[float, float] = {}
        for series in self._fitting(f"{name}_bucket", labels, of):
            bound = float(series.label("le") or "nan")
            found[bound] = found.get(bound, 0.0) + self.by_series[series]
        return found

    def peaks(self, name: str, labels: Labels, of: Mapping[str, str]) -> list[float]:
        """Return the highest value of every series of gauge *name* that fits."""
        fitting = self._fitting(name, labels, of)
        return [self.peak_of[series] for series in fitting if series in self.peak_of]

    def lasts(self, name: str, labels: Labels, of: Mapping[str, str]) -> list[float]:
        """Return the last value of every series of gauge *name* that fits."""
        fitting = self._fitting(name, labels, of)
        return [self.last_of[series] for series in fitting if series in self.last_of]

    def _fitting(self, name: str, labels: Labels, of: Mapping[str, str]) -> list[Series]:
        return [
            series
            for series in self._named.get(name, ())
            if all(series.label(each) == value for each, value in of.items())
            and all(re.fullmatch(value, series.label(each) or "") for each, value in labels)
        ]


def increases(sources: Iterable[Told], windows: Sequence[Window]) -> tuple[Increase, ...]:
    """Return the increase in each of *windows*, in one pass over every source's pages.

    Pages are in order of time. A window runs from the first page at or after its start to the
    first at or after its end: the ones its borders forced; where that one is missing because the
    source was down, what it counted until it was seen again belongs to the window in which it was
    last seen. A series that appears counts from zero; one that vanishes keeps what it had. NaN and
    infinite samples are as good as absent. A gauge's reading at the opening border is of what
    was before. Sources are counted apart, so that a restart of one
    hides nothing of another.
    """
    found = [_Sums() for _ in windows]
    for told in sources:
        source = _Source(told.series, windows)
        for page in told.pages:
            if page.ok:
                source.take(page.at_s, page.row)
        source.end()
        for stretch, sums in zip(source.stretches, found, strict=True):
            sums.add(told.series, source.counts, stretch)
    return tuple(Increase(each.rises, each.peaks, each.lasts) for each in found)


@dataclass(slots=True)
class _Sums:
    """What a window has come to so far, over all sources."""

    rises: dict[Series, float] = field(default_factory=dict)
    peaks: dict[Series, float] = field(default_factory=dict)
    lasts: dict[Series, float] = field(default_factory=dict)

    def add(self, series: Sequence[Series], counts: Sequence[bool], of: "_Stretch") -> None:
        """Add what one source's *series* came to, of which *counts* says that they are counters."""
        for number in compress(count(), of.told):
            name = series[number]
            if counts[number]:
                rise = of.reached[number] - of.base[number]
                self.rises[name] = self.rises.get(name, 0.0) + rise
            else:
                peak = of.peaks[number]
                self.peaks[name] = max(peak, self.peaks.get(name, peak))
                self.lasts[name] = self.lasts.get(name, 0.0) + of.lasts[number]


@dataclass(slots=True)
class _Stretch:
    """A window in one source: what each series had counted as it opened, and had in the end.

    ``told`` marks those that said anything in it; ``peaks`` and ``lasts`` are those of gauges. The
    four of ``alike`` are of pages that told the same series, and not written down there yet.
    """

    window: Window
    base: Sequence[float] = ()
    reached: Sequence[float] = ()
    told: bytearray = field(default_factory=bytearray)
    peaks: list[float] = field(default_factory=list)
    lasts: list[float] = field(default_factory=list)
    opened: bool = False
    over: bool = False
    alike: "_Alike | None" = None
    alike_peaks: Sequence[float] = ()
    alike_lasts: Sequence[float] = ()

    def open(self, base: Sequence[float]) -> None:
        """It begins, with each series at *base*."""
        size = len(base)
        self.opened, self.base, self.told = True, base, bytearray(size)
        self.peaks, self.lasts = [-math.inf] * size, [math.nan] * size

    def look(self, page: "_Alike", gauges: Sequence[float]) -> None:
        """A page told the series of *page*, of which *gauges* are the gauges."""
        if page is self.alike:
            self.alike_peaks = tuple(map(max, self.alike_peaks, gauges))
        else:
            self.settle()
            self.alike, self.alike_peaks = page, gauges
        self.alike_lasts = gauges

    def settle(self) -> None:
        """Write down what pages alike have told."""
        if self.alike is None:
            return
        for number in self.alike.numbers:
            self.told[number] = 1
        told = zip(self.alike.gauges, self.alike_peaks, self.alike_lasts, strict=True)
        for number, peak, last in told:
            self.peaks[number] = max(self.peaks[number], peak)
            self.lasts[number] = last


class _Alike:
    """Which series a page tells, and how to take its counters and its gauges from a row."""

    def __init__(self, present: bytes, counts: Sequence[bool]) -> None:
        self.present = present
        self.numbers = tuple(compress(count(), present))
        self.gauges = tuple(number for number in self.numbers if not counts[number])
        self.counters_of = _picker([number for number in self.numbers if counts[number]])
        self.gauges_of = _picker(self.gauges)


def _picker(numbers: Sequence[int]) -> Callable[[Sequence[float]], tuple[float, ...]]:
    """Return what takes the values of *numbers* from a row, in one step where there are many."""
    if len(numbers) < 2:
        return lambda row: tuple(row[number] for number in numbers)
    return itemgetter(*numbers)


class _Source:
    """Follows one source page by page.

    Most pages tell the same series as the one before, and no counter fell: then whole rows are
    compared at once, and what was counted is not looked at before a border. Any other page is gone
    through sample by sample.
    """

    def __init__(self, series: Sequence[Series], windows: Sequence[Window]) -> None:
        self.stretches = [_Stretch(window) for window in windows]
        self.counts = [each.name.endswith(_COUNTERS) for each in series]
        self._started = next((n for n, each in enumerate(series) if each == _STARTED), None)
        self._last = [math.nan] * len(series)  # NaN: never told
        self._before = [0.0] * len(series)  # counted by processes that are gone
        self._alike = _Alike(b"", self.counts)
        self._row: Sequence[float] = ()
        self._counters: tuple[float, ...] = ()

    def take(self, at_s: float, row: "array[float]") -> None:
        """Take the page of *at_s*."""
        present = bytes(map(math.isfinite, row))
        if present != self._alike.present or not self._goes_on(row):
            self._settle()
            self._go_through(row, present)
            if present != self._alike.present:
                self._alike = _Alike(present, self.counts)
        self._row, self._counters = row, self._alike.counters_of(row)
        gauges = self._alike.gauges_of(row)
        for each in self.stretches:
            if each.opened and not each.over:
                each.look(self._alike, gauges)
                if at_s >= each.window.end_s:
                    self._close(each)
            elif not each.opened and each.window.start_s <= at_s < each.window.end_s:
                each.open(self._counted())

    def end(self) -> None:
        """There are no more pages."""
        for each in self.stretches:
            if each.opened and not each.over:
                self._close(each)

    def _close(self, stretch: _Stretch) -> None:
        stretch.settle()
        stretch.reached, stretch.over = self._counted(), True

    def _goes_on(self, row: "array[float]") -> bool:
        """Whether the process is the one of the page before, and no counter fell."""
        number = self._started
        there = number is not None and self._alike.present[number : number + 1] == _IS_THERE
        if there and row[number or 0] != self._row[number or 0]:
            return False
        return not any(map(lt, self._alike.counters_of(row), self._counters))

    def _go_through(self, row: "array[float]", present: bytes) -> None:
        """Carry over what counters had when they began anew."""
        last, before = self._last, self._before
        if self._restarted(row, present):
            for number, value in enumerate(last):
                if not math.isnan(value):
                    before[number] += value
                    last[number] = 0.0
        for number in compress(count(), present):
            # Behind a process that went on, what a counter tells that fell began anew.
            if self.counts[number] and row[number] < last[number]:
                before[number] += last[number]

    def _restarted(self, row: "array[float]", present: bytes) -> bool:
        """Whether the process began anew since the last page, all its counters with it.

        Told by its start time, or else by any counter that fell: another may be past its old value.
        A start time that stayed is of this process alone: one that only passes on what a centre
        behind it counts sees single counters fall, and each of those counts from zero by itself.
        """
        number = self._started
        if number is not None and present[number : number + 1] == _IS_THERE:
            was = self._last[number]
            if not math.isnan(was):
                return row[number] != was
        told = compress(count(), present)
        return any(self.counts[each] and row[each] < self._last[each] for each in told)

    def _settle(self) -> None:
        """Write down what pages alike have told."""
        for number in self._alike.numbers:
            self._last[number] = self._row[number]

    def _counted(self) -> list[float]:
        """Return what each series has counted in all; 0 for one that was never told."""
        self._settle()
        return [
            before + (0.0 if math.isnan(last) else last)
            for before, last in zip(self._before, self._last, strict=True)
        ]
