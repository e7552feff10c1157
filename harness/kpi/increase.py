"""How much the provider's counters rose between two borders: exact, and aware of restarts.

Prometheus' ``increase()`` extrapolates (measured: 715.6 for 766 calls in a minute); the difference
between two scrapes does not. A counter that fell was restarted with its process and counts from
zero. What a killed process had counted since its last scrape is gone: that is why the callers' log,
not the provider's page, decides about an outage.
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from harness.kpi.expression import Labels
from harness.model.sample import Scrape, Series

_STARTED = Series("process_start_time_seconds")
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
            found[bound] = found.get(bound, 0.0) + self.by_series.get(series, 0.0)
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


def increases(
    sources: Iterable[Iterable[Scrape]], windows: Sequence[Window]
) -> tuple[Increase, ...]:
    """Return the increase in each of *windows*, in one pass over every source's scrapes.

    Scrapes are in order of time. A window runs from the first scrape at or after its start to the
    first at or after its end: the ones its borders forced; where that one is missing because the
    source was down, what it counted until it was seen again belongs to the window in which it was
    last seen. A series that appears counts from zero; one that vanishes keeps what it had. NaN and
    infinite samples are as good as absent. A gauge's reading at the opening border is of what
    was before. Sources are counted apart, so that a restart of one
    hides nothing of another.
    """
    found = [_Sums() for _ in windows]
    for scrapes in sources:
        _add_source(scrapes, windows, found)
    return tuple(Increase(each.rises, each.peaks, each.lasts) for each in found)


@dataclass(slots=True)
class _Sums:
    """What a window has come to so far."""

    rises: dict[Series, float] = field(default_factory=dict)
    peaks: dict[Series, float] = field(default_factory=dict)
    lasts: dict[Series, float] = field(default_factory=dict)

    def look(self, gauge: Series, value: float) -> None:
        self.peaks[gauge] = max(value, self.peaks.get(gauge, value))
        self.lasts[gauge] = value


def _add_source(
    scrapes: Iterable[Scrape], windows: Sequence[Window], found: Sequence[_Sums]
) -> None:
    last: dict[Series, float] = {}
    seen = False
    last_at_s = -float("inf")
    for scrape in scrapes:
        if not scrape.ok:
            continue
        # A window takes the stretch since the last scrape if that scrape was not before its start.
        open_sums = [
            sums
            for window, sums in zip(windows, found, strict=True)
            if window.start_s <= last_at_s < window.end_s
        ]
        if _restarted(last, scrape.values):
            last = dict.fromkeys(last, 0.0)
        for series, value in scrape.values.items():
            if not math.isfinite(value):
                continue
            if not series.name.endswith(_COUNTERS):
                for sums in open_sums:
                    sums.look(series, value)
            else:
                before = last.get(series, 0.0 if seen else value)
                if value < before:  # behind a process that went on, what it tells of began anew
                    before = 0.0
                for sums in open_sums:
                    sums.rises[series] = sums.rises.get(series, 0.0) + value - before
            last[series] = value
        seen, last_at_s = True, scrape.at_s


def _restarted(last: Mapping[Series, float], now: Mapping[Series, float]) -> bool:
    """Whether the source's process began anew since the last scrape, all its counters with it.

    Told by its start time, or else by any counter that fell: another may be past its old value. A
    start time that stayed is of this process alone: one that only passes on what a centre behind
    it counts sees single counters fall, and each of those counts from zero by itself.
    """
    started = last.get(_STARTED), now.get(_STARTED)
    if None not in started:
        return started[0] != started[1]
    return any(
        series.name.endswith(_COUNTERS) and value < last.get(series, 0.0)
        for series, value in now.items()
    )
