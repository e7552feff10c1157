"""How sure one can be of a number: intervals for shares, means and percentiles.

Pure Python, held against scipy in the tests. Calls of one busy period resemble each other, so where
independence is doubtful the interval from batch means is computed too and the wider one counts.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from statistics import NormalDist, fmean
from typing import Self

from harness.kpi.search import least
from harness.model.verdict import Interval

BATCHES = (16, 8)
"""How many batches, the first number for which there are enough values."""
LEAST_PER_BATCH = 10
_MOST_RESEMBLANCE = 0.9
_MOST_CONTACTS = 10_000_000


@lru_cache(maxsize=1024)
def normal_quantile(p: float) -> float:
    """Return the standard normal quantile of *p* (0 < p < 1)."""
    return NormalDist().inv_cdf(p)


@lru_cache(maxsize=1024)
def t_quantile(p: float, df: int) -> float:
    """Return Student's t quantile of *p* (0.5 <= p < 1) with *df* >= 3 degrees of freedom.

    Hill (1970), Algorithm 396; within 1e-4 relative of the exact value for df >= 3.
    """
    tails = 2 * (1 - p)
    if tails >= 1:
        return 0.0
    n = float(df)
    a = 1 / (n - 0.5)
    b = 48 / a**2
    c = ((20700 * a / b - 98) * a - 16) * a + 96.36
    d = ((94.5 / (b + c) - 3) / b + 1) * math.sqrt(a * math.pi / 2) * n
    y = (d * tails) ** (2 / n)
    if y > 0.05 + a:
        x = normal_quantile(tails / 2)
        y = x * x
        if df < 5:
            c += 0.3 * (n - 4.5) * (x + 0.6)
        c = (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b + c
        y = (((((0.4 * y + 6.3) * y + 36) * y + 94.5) / c - y - 3) / b + 1) * x
        y = math.expm1(a * y * y)
    else:
        y = (
            (1 / (((n + 6) / (n * y) - 0.089 * d - 0.822) * (n + 2) * 3) + 0.5 / (n + 4)) * y - 1
        ) * (n + 1) / (n + 2) + 1 / y
    return math.sqrt(n * y)


def wilson(hits: float, n: int, confidence: float) -> Interval:
    """Return the Wilson score interval (Wilson 1927) of the share *hits* / *n*.

    Stays inside 0..1 and is honest for few contacts and for shares near the ends, where the
    textbook interval p ± z·s is neither. *n* of 0 gives 0..1: nothing is known.
    """
    if n == 0:
        return Interval(0.0, 1.0)
    z = normal_quantile(0.5 + confidence / 2)
    p = hits / n
    centre = p + z * z / (2 * n)
    spread = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return Interval(max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale))


def batch_means(values: Sequence[float], confidence: float) -> Interval | None:
    """Return the interval of the mean of *values*, in order of time, from equal batches.

    Correlated neighbours fall into the same batch, so the batches' means are nearly independent
    (Law and Kelton). 16 batches, or 8 where that would leave fewer than ten values in each; None if
    8 do so too.
    """
    means = means_of_batches(values)
    return interval_of_batches(means, fmean(values), confidence) if means else None


def means_of_batches(values: Sequence[float]) -> tuple[float, ...]:
    """Return the mean of each of the equal batches of *values*; nothing if they are too few."""
    batches = next((n for n in BATCHES if len(values) >= n * LEAST_PER_BATCH), None)
    if batches is None:
        return ()
    size = len(values) / batches
    return tuple(fmean(values[round(i * size) : round((i + 1) * size)]) for i in range(batches))


def interval_of_batches(
    means: Sequence[float], middle: float, confidence: float, *, wary: bool = False
) -> Interval:
    """Return the interval of the mean *middle* of all values from the *means* of their batches.

    Where a queue takes minutes to forget a rush, neighbouring batches resemble each other too, and
    their spread alone is too small. *wary* widens it by (1 + r) / (1 - r), r being the correlation
    of neighbours, and gives Student's t as many degrees of freedom fewer: for what shall be proven
    (decision 018).
    """
    batches = len(means)
    resemblance = neighbours_resemble(means) if wary else 0.0
    wider = (1 + resemblance) / (1 - resemblance)
    degrees = max(3, math.floor(batches / wider) - 1) if wary else batches - 1
    t = t_quantile(0.5 + confidence / 2, degrees)
    half = t * _deviation(means) * math.sqrt(wider / batches)
    return Interval(middle - half, middle + half)


def neighbours_resemble(means: Sequence[float]) -> float:
    """Return the correlation of neighbouring batches, from 0 to 0.9.

    Of few batches the plain estimate is too small by about (1 + 3 r) / n (Kendall 1954), and is set
    right by that. 0 if they are all the same.
    """
    n, middle = len(means), fmean(means)
    apart = [mean - middle for mean in means]
    spread = sum(each * each for each in apart)
    if spread <= 0 or n <= 3:
        return 0.0
    plain = sum(one * other for one, other in pairwise(apart)) / spread
    return min(max(0.0, (n * plain + 1) / (n - 3)), _MOST_RESEMBLANCE)


@dataclass(frozen=True, slots=True)
class Tally:
    """Hits of so many, and the share of each batch: all that an interval of their share needs.

    A million hits are counted once, not at every confidence they are judged at. ``batches`` is
    empty for a census, and where there are too few hits for batches.
    """

    hits: int
    n: int
    batches: tuple[float, ...] = ()

    @classmethod
    def of(cls, hits: Sequence[int], *, census: bool) -> Self:
        """Count *hits* (0 or 1 each), which come in order of time."""
        return cls(sum(hits), len(hits), () if census else means_of_batches(hits))

    @property
    def share(self) -> float | None:
        """The share of the hits; None of nothing."""
        return self.hits / self.n if self.n else None

    def interval(self, confidence: float, *, wary: bool = False) -> Interval:
        """Return the interval of the share, as ``share_interval`` has it.

        *wary*: as wide as it takes to prove something, as ``interval_of_batches`` has it.
        """
        plain = wilson(self.hits, self.n, confidence)
        if not self.batches:
            return plain
        batched = interval_of_batches(self.batches, self.hits / self.n, confidence, wary=wary)
        low, high = min(plain.low, batched.low), max(plain.high, batched.high)
        return Interval(max(0.0, low), min(1.0, high))

    def to_decide(self, bound: float, confidence: float) -> int | None:
        """Return from how many contacts in all *bound* would be outside the interval.

        As ``contacts_to_decide`` has it.
        """
        if self.share is None:
            return None
        least = _wilson_decides(self.share, bound, confidence)
        real = self.interval(confidence)
        if least is None or real == wilson(self.hits, self.n, confidence):
            return least
        return max(least, values_to_decide(self.n, self.share, real, bound) or least)


def share_interval(hits: Sequence[int], confidence: float, *, census: bool) -> Interval:
    """Return the interval of the share of *hits*, in order of time.

    A *census* is the whole of what happened (a fault phase): Wilson. Otherwise it is a sample of
    how the centre does in general: batch means or Wilson, the wider.
    """
    return Tally.of(hits, census=census).interval(confidence)


def mean_interval(values: Sequence[float], confidence: float) -> Interval | None:
    """Return the interval of the mean of *values*, in order of time.

    From batch means where there are enough, else from Student's t. None below four values.
    """
    batched = batch_means(values, confidence)
    if batched is not None:
        return batched
    n = len(values)
    if n < 4:
        return None
    half = t_quantile(0.5 + confidence / 2, n - 1) * _deviation(values) / math.sqrt(n)
    return Interval(fmean(values) - half, fmean(values) + half)


def _deviation(values: Sequence[float]) -> float:
    """Return the standard deviation of a sample of two *values* or more.

    In floating point: the standard library's, in exact fractions, took a tenth of a whole verdict.
    """
    middle = fmean(values)
    return math.sqrt(math.fsum((each - middle) ** 2 for each in values) / (len(values) - 1))


def percentile(ordered: Sequence[float], p: float) -> float:
    """Return the smallest of the *ordered* values that at least the share *p* does not exceed."""
    return ordered[max(0, math.ceil(p * len(ordered)) - 1)]


def percentile_interval(ordered: Sequence[float], p: float, confidence: float) -> Interval | None:
    """Return the exact order-statistic interval of the *p* percentile of the *ordered* values.

    How many of n values lie below the true percentile is binomial (n, p), whatever the values'
    distribution, and each end leaves out at most half of 1 − *confidence*. (The normal
    approximation is a rank or two off for a high percentile of few values, to the flattering side.)
    None if there are too few values for an end on both sides.
    """
    n, tail = len(ordered), (1 - confidence) / 2
    low = _rank_above(n, p, tail) - 1
    high = n - _rank_above(n, 1 - p, tail)
    if low < 0 or high >= n:
        return None
    return Interval(ordered[low], ordered[high])


def _rank_above(n: int, p: float, tail: float) -> int:
    """Return the least k with P(B <= k) > *tail*, B being binomial (*n*, *p*)."""
    if n == 0 or p <= 0:
        return 0
    if p >= 1:
        return n
    spread = math.sqrt(n * p * (1 - p))
    k = max(0, math.floor(n * p - 12 * spread - 40))  # below lies less than 1e-20
    at_most = 0.0
    log_share = (
        math.lgamma(n + 1)
        - math.lgamma(k + 1)
        - math.lgamma(n - k + 1)
        + k * math.log(p)
        + (n - k) * math.log1p(-p)
    )
    odds = math.log(p) - math.log1p(-p)
    while k < n:
        at_most += math.exp(log_share)
        if at_most > tail:
            break
        log_share += math.log((n - k) / (k + 1)) + odds
        k += 1
    return k


def contacts_to_pass(
    truth: float, *, goal: float, warn: float, confidence: float, power: float = 0.8
) -> int | None:
    """Return how many contacts to plan so that a share that is really *truth* passes.

    More is better; mirror all three for a share of which less is better. It passes if what is
    measured reaches *goal* and Wilson's interval stays above *warn*; the number returned makes that
    happen with the chance *power*, contacts being independent, and so does every greater one (one
    more hit than the least is asked for, since whole hits make the chance a saw's edge). Calls of
    one rush resemble each other: plan twice as many rather than exactly these. None if the truth
    does not lie above the goal, or ten million would not do.
    """
    if not truth > goal or not truth > warn:
        return None

    def enough(n: int) -> bool:
        hits = _least_hits(n, goal=goal, warn=warn, confidence=confidence) + 1
        # P(B >= hits) >= power, seen from the misses: P(n − B <= n − hits) >= power.
        return hits <= n and _rank_above(n, 1 - truth, power) <= n - hits

    if not 0 < truth < 1:
        return _least(lambda n: _least_hits(n, goal=goal, warn=warn, confidence=confidence) <= n)
    return _least(enough)


def _least(enough: Callable[[int], bool]) -> int | None:
    # Nothing is asked beyond the limit: half of it is the last number that may be doubled.
    return least(enough, most=_MOST_CONTACTS // 2)


def _least_hits(n: int, *, goal: float, warn: float, confidence: float) -> int:
    """Return the least hits of *n* that pass, n + 1 if none do."""
    low, high = max(0, math.ceil(goal * n - 1e-9)), n + 1
    while low < high:
        middle = (low + high) // 2
        if wilson(middle, n, confidence).low >= warn:
            high = middle
        else:
            low = middle + 1
    return low


def contacts_to_decide(
    hits: Sequence[int], bound: float, confidence: float, *, census: bool
) -> int | None:
    """Return from how many contacts in all, at the same share, *bound* lies outside the interval.

    Wilson's interval tells; where the real one is wider because contacts resemble each other, it
    shrinks with the root of the number from what it is now, and the larger number counts. None if
    the share stands on the bound, or no sensible number of contacts would do.
    """
    return Tally.of(hits, census=census).to_decide(bound, confidence)


def _wilson_decides(share: float, bound: float, confidence: float) -> int | None:
    """Return a number of contacts from which Wilson's interval no longer holds *bound*.

    The least for hits in fractions, then the next at which whole hits, rounded towards the bound,
    do so too.
    """
    low, high = 1, _MOST_CONTACTS
    if not _outside(bound, wilson(share * high, high, confidence)):
        return None
    while low < high:
        middle = (low + high) // 2
        if _outside(bound, wilson(share * middle, middle, confidence)):
            high = middle
        else:
            low = middle + 1
    whole = math.floor if bound < share else math.ceil
    while not _outside(bound, wilson(whole(share * low), low, confidence)):
        low += 1
    return low


def values_to_decide(n: int, value: float, interval: Interval | None, bound: float) -> int | None:
    """Return from how many values in all *bound* lies outside the interval of their mean.

    The interval shrinks with the root of the number. None if the value stands on the bound.
    """
    if interval is None or value == bound:
        return None
    half = value - interval.low if bound < value else interval.high - value
    return math.ceil(n * (half / (value - bound)) ** 2)


def _outside(bound: float, interval: Interval) -> bool:
    return bound <= interval.low or bound > interval.high
