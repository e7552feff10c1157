"""From counted contacts to a measurement with its interval."""

from array import array
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache, partial, update_wrapper
from itertools import compress
from statistics import fmean
from typing import Literal

from harness.kpi.evidence import PhaseEvidence
from harness.kpi.question import Question
from harness.kpi.statistics import (
    Tally,
    interval_of_batches,
    mean_interval,
    means_of_batches,
    percentile,
    percentile_interval,
    values_to_decide,
    wilson,
)
from harness.model.sla import Unit
from harness.model.verdict import Interval, Measurement

EVERYTHING = Interval(float("-inf"), float("inf"))

MISS, HIT, SKIP, OPEN = range(4)
"""What a contact counts as in a share: it may be no part of it, or its clock may run still."""
_LEFT_OUT = bytes((SKIP, OPEN))
Columns = Literal["calls", "talks_ended", "tickets", "turns"]
"""The columns of a phase's evidence that are counted row by row."""
Counting = Callable[[PhaseEvidence, Question], bytearray]


class Counted:
    """A share of contacts, by what each of them counts as; called, it measures that share.

    What is listed behind a failed objective is what made it fail: both go by one counting.
    """

    def __init__(self, counting: Counting, columns: Columns) -> None:
        self.counting = counting
        self.columns = columns
        update_wrapper(self, counting)

    def __call__(self, e: PhaseEvidence, q: Question) -> Measurement:
        """Measure the share of hits; those that are open still are left out, and told."""
        counts = self.counting(e, q)
        hits = counts.translate(None, _LEFT_OUT)
        return share(hits, census=e.census, censored=counts.count(OPEN))

    def rows(self, what: int, e: PhaseEvidence, q: Question) -> "array[float]":
        """Return the numbers of the rows that count as *what*; those of *e* have to be numbered."""
        mask = self.counting(e, q).translate(bytes(each == what for each in range(256)))
        return array("d", compress(getattr(e, self.columns).within(q.scope).row, mask))


def counted(columns: Columns) -> Callable[[Counting], Counted]:
    """Make a share of what says for each row of *columns*, those asked about, what it counts as."""
    return partial(Counted, columns=columns)


def share(hits: Sequence[int], *, census: bool, censored: int = 0) -> Measurement:
    """Measure the share of *hits* (0 or 1 each), given in order of time; nothing from none."""
    return tallied(Tally.of(hits, census=census), censored=censored)


def tallied(tally: Tally, *, censored: int = 0) -> Measurement:
    """Measure the share of hits that were counted already."""
    return Measurement(
        tally.share,
        tally.n,
        interval_at=tally.interval,
        proof_at=lambda confidence: tally.interval(confidence, wary=True),
        needed_at=tally.to_decide,
        censored=censored,
    )


def counted_share(hits: float | None, total: float | None) -> Measurement:
    """Measure the share of two of the provider's counts; nothing is measured from no contacts."""
    if hits is None or total is None or total <= 0:
        return Measurement(None, 0)
    # Two counters are not read at one instant: their difference may be below nothing, too.
    hits, n = min(max(0.0, hits), total), round(total)
    tally = Tally(round(hits), max(n, round(hits)))
    return Measurement(
        hits / total,
        n,
        # A Prometheus' increase is no whole number: of 100.45 contacts 100.45 are more than 100.
        interval_at=lambda confidence: wilson(min(hits, n), n, confidence),
        needed_at=tally.to_decide,
    )


def mean(values: Sequence[float]) -> Measurement:
    """Measure the mean of *values* (none negative), given in order of time."""
    if not values:
        return Measurement(None, 0)
    middle, n, batches = fmean(values), len(values), means_of_batches(values)

    @cache
    def interval_at(confidence: float) -> Interval | None:
        if batches:
            return interval_of_batches(batches, middle, confidence)
        return mean_interval(values, confidence)

    def proof_at(confidence: float) -> Interval:
        if batches:
            wide = interval_of_batches(batches, middle, confidence, wary=True)
            return _not_negative(wide)
        return _not_negative(interval_at(confidence))

    return Measurement(
        middle,
        n,
        interval_at=lambda confidence: _not_negative(interval_at(confidence)),
        proof_at=proof_at,
        needed_at=lambda bound, confidence: values_to_decide(
            n, middle, interval_at(confidence), bound
        ),
    )


def _not_negative(interval: Interval | None) -> Interval:
    return Interval(max(0.0, interval.low), interval.high) if interval else EVERYTHING


def as_wide_as(provider: Measurement, callers: Measurement, unit: Unit) -> Measurement:
    """Return *provider*'s measurement, no surer than the *callers*' one of the same calls.

    The provider's counters do not tell how much its calls resemble each other, or how much their
    waits differ; the callers' log of the same calls does, few as they may be.
    """
    value, middle = provider.value, callers.value
    if value is None or middle is None or callers.interval_at is None:
        return provider
    interval_at, proof_at = callers.interval_at, callers.proof_at or callers.interval_at
    most = 1.0 if unit is Unit.SHARE else float("inf")

    def widened(real: Interval, confidence: float) -> Interval:
        own = provider.interval_at(confidence) if provider.interval_at else Interval(value, value)
        low, high = value - (middle - real.low), value + (real.high - middle)
        return Interval(max(0.0, min(own.low, low)), min(most, max(own.high, high)))

    return replace(
        provider,
        interval_at=lambda confidence: widened(interval_at(confidence), confidence),
        proof_at=lambda confidence: widened(proof_at(confidence), confidence),
        needed_at=callers.needed_at,
        weakness="",
        by_chance=callers.by_chance,
    )


def quantile(values: Sequence[float], p: float) -> Measurement:
    """Measure the *p* quantile (0..1) of *values*."""
    if not values:
        return Measurement(None, 0)
    ordered = array("d", sorted(values))
    return Measurement(
        percentile(ordered, p),
        len(ordered),
        interval_at=lambda confidence: percentile_interval(ordered, p, confidence) or EVERYTHING,
    )
