"""How much the provider's counters rose between two borders: exact, and aware of restarts.

Prometheus' ``increase()`` extrapolates (measured: 715.6 for 766 calls in a minute); the difference
between two scrapes does not. A counter that fell was restarted with its process and counts from
zero. What a killed process had counted since its last scrape is gone: that is why the callers' log,
not the provider's page, decides about an outage.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

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
    """By how much each counter rose within a window, over all sources."""

    by_series: Mapping[Series, float]

    def total(self, name: str, **labels: str) -> float | None:
        """Return the sum over the series called *name* that carry all *labels*; None if none do."""
        found = [
            rise
            for series, rise in self.by_series.items()
            if series.name == name and all(series.label(k) == v for k, v in labels.items())
        ]
        return sum(found) if found else None

    def within(self, name: str, bound: float, **labels: str) -> float | None:
        """Return how many observations of histogram *name* were at most *bound*.

        *bound* must be a bucket's edge: nothing is interpolated. None if there is no such bucket.
        """
        found = [
            rise
            for series, rise in self.by_series.items()
            if series.name == f"{name}_bucket"
            and float(series.label("le") or "nan") == bound
            and all(series.label(k) == v for k, v in labels.items())
        ]
        return sum(found) if found else None


def increases(
    sources: Iterable[Iterable[Scrape]], windows: Sequence[Window]
) -> tuple[Increase, ...]:
    """Return the increase in each of *windows*, in one pass over every source's scrapes.

    Scrapes are in order of time. A window runs from the first scrape at or after its start to the
    first at or after its end: the ones its borders forced.
    """
    sums: list[dict[Series, float]] = [{} for _ in windows]
    for scrapes in sources:
        _add_source(scrapes, windows, sums)
    return tuple(Increase(each) for each in sums)


def _add_source(
    scrapes: Iterable[Scrape], windows: Sequence[Window], sums: Sequence[dict[Series, float]]
) -> None:
    last: dict[Series, float] = {}
    seen = False
    last_at_s = -float("inf")
    for scrape in scrapes:
        if not scrape.ok:
            continue
        # A window takes the stretch since the last scrape if that scrape was not before its start.
        open_sums = [
            total
            for window, total in zip(windows, sums, strict=True)
            if window.start_s <= last_at_s < window.end_s
        ]
        if _restarted(last, scrape.values):
            last = dict.fromkeys(last, 0.0)
        for series, value in scrape.values.items():
            before = last.get(series, 0.0 if seen else value)
            for total in open_sums:
                total[series] = total.get(series, 0.0) + value - before
            last[series] = value
        seen, last_at_s = True, scrape.at_s


def _restarted(last: Mapping[Series, float], now: Mapping[Series, float]) -> bool:
    """Whether the source's process began anew since the last scrape, all its counters with it.

    Told by its start time, or else by any counter that fell: another may be past its old value.
    """
    started = last.get(_STARTED), now.get(_STARTED)
    if None not in started:
        return started[0] != started[1]
    return any(
        series.name.endswith(_COUNTERS) and value < last.get(series, 0.0)
        for series, value in now.items()
    )
