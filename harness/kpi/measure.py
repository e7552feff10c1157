"""From counted contacts to a measurement with its interval."""

from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean

from harness.kpi.statistics import (
    contacts_to_decide,
    mean_interval,
    percentile,
    percentile_interval,
    share_interval,
    values_to_decide,
    wilson,
)
from harness.model.verdict import Interval, Measurement

EVERYTHING = Interval(float("-inf"), float("inf"))


def share(hits: Sequence[bool], *, census: bool, censored: int = 0) -> Measurement:
    """Measure the share of *hits*, given in order of time; nothing is measured from none."""
    return Measurement(
        sum(hits) / len(hits) if hits else None,
        len(hits),
        interval_at=lambda confidence: share_interval(hits, confidence, census=census),
        needed_at=lambda bound, confidence: contacts_to_decide(
            hits, bound, confidence, census=census
        ),
        censored=censored,
    )


def counted_share(hits: float | None, total: float | None) -> Measurement:
    """Measure the share of two of the provider's counts; nothing is measured from no contacts."""
    if hits is None or not total:
        return Measurement(None, 0)
    hits, n = min(hits, total), round(total)  # two counters are not read at one instant
    flags = [True] * round(hits) + [False] * max(0, n - round(hits))
    return Measurement(
        hits / total,
        n,
        interval_at=lambda confidence: wilson(hits, n, confidence),
        needed_at=lambda bound, confidence: contacts_to_decide(
            flags, bound, confidence, census=True
        ),
    )


def mean(values: Sequence[float]) -> Measurement:
    """Measure the mean of *values* (none negative), given in order of time."""
    if not values:
        return Measurement(None, 0)
    middle = fmean(values)
    return Measurement(
        middle,
        len(values),
        interval_at=lambda confidence: _not_negative(mean_interval(values, confidence)),
        needed_at=lambda bound, confidence: values_to_decide(
            len(values), middle, mean_interval(values, confidence), bound
        ),
    )


def _not_negative(interval: Interval | None) -> Interval:
    return Interval(max(0.0, interval.low), interval.high) if interval else EVERYTHING


def as_wide_as(provider: Measurement, callers: Measurement) -> Measurement:
    """Return *provider*'s measurement, no surer than the *callers*' one of the same calls.

    The provider's counters do not tell how much its calls resemble each other, or how much their
    waits differ; the callers' log of the same calls does.
    """
    value, middle = provider.value, callers.value
    if value is None or middle is None or callers.interval_at is None:
        return provider
    interval_at = callers.interval_at
    most = float("inf") if provider.interval_at is None else 1.0  # a share is never more

    def widened(confidence: float) -> Interval:
        real = interval_at(confidence)
        own = provider.interval_at(confidence) if provider.interval_at else Interval(value, value)
        low, high = value - (middle - real.low), value + (real.high - middle)
        return Interval(max(0.0, min(own.low, low)), min(most, max(own.high, high)))

    return replace(provider, interval_at=widened, needed_at=callers.needed_at)


def quantile(values: Sequence[float], p: float) -> Measurement:
    """Measure the *p* quantile (0..1) of *values*."""
    if not values:
        return Measurement(None, 0)
    ordered = sorted(values)
    return Measurement(
        percentile(ordered, p),
        len(ordered),
        interval_at=lambda confidence: percentile_interval(ordered, p, confidence) or EVERYTHING,
    )
