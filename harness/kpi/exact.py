"""An expression counted exactly: from the differences between the scrapes that borders forced.

Nothing is extrapolated and nothing guessed: what is not on the provider's page gives no value, and
the measurement's note says what was missed.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from harness.kpi import measure
from harness.kpi.expression import (
    Expression,
    Labels,
    Last,
    Peak,
    Quantile,
    Ratio,
    Rise,
    Share,
    Sum,
    Term,
    Total,
    is_of_contacts,
    metrics,
)
from harness.kpi.increase import Increase
from harness.model.verdict import Interval, Measurement

NOWHERE: Mapping[str, str] = {}
"""No label has to have a certain value: everybody's series."""
OTHER = "other"
"""The label of the lines for which a page has no more room."""
LEAST_CONTACTS = 100
"""From fewer, counters that stand alone decide no mean and no quantile."""


class Missing(LookupError):
    """Something that an expression reads is not on the provider's page; says what."""


def measured(
    expression: Expression, increase: Increase, *, of: Mapping[str, str] = NOWHERE
) -> Measurement:
    """Measure *expression* over the series that carry the labels *of*."""
    try:
        found = _measured(expression, increase, of)
    except Missing as missing:
        return Measurement(None, 0, note=str(missing))
    if found.value is None or found.n >= least_contacts(expression):
        return found
    few = (
        f"{found.n} of the {LEAST_CONTACTS} contacts that it takes where counters alone tell it:"
        " they do not tell its spread"
    )
    return replace(found, weakness=few)


def _measured(expression: Expression, increase: Increase, of: Mapping[str, str]) -> Measurement:
    match expression:
        case Share(hits, total):
            return measure.counted_share(summed(hits, increase, of), summed(total, increase, of))
        case Ratio(part, whole):
            over, under = summed(part, increase, of), summed(whole, increase, of)
            return Measurement(over / under, round(under)) if under > 0 else Measurement(None, 0)
        case Total(each):
            n = summed(each, increase, of)
            return Measurement(n, round(n))
        case Quantile(histogram, q, labels):
            return _quantile(buckets(histogram, labels, increase, of), q)
        case Peak(gauge, labels):
            peaks = increase.peaks(gauge, labels, of)
            return Measurement(_there(peaks, gauge, labels, of, max), len(peaks))
        case Last(gauge, labels):
            lasts = increase.lasts(gauge, labels, of)
            return Measurement(_there(lasts, gauge, labels, of, sum), len(lasts))


def among_others(expression: Expression, increase: Increase, of: Mapping[str, str]) -> bool:
    """Return whether the page counts the line *of* which it is asked with others it names not."""
    if "line" not in of:  # a queue may be called so
        return False
    elsewhere = {**of, "line": OTHER}
    return any(
        increase.rise(metric, (), of) is None and increase.rise(metric, (), elsewhere) is not None
        for metric in metrics(expression)
    )


def least_contacts(expression: Expression) -> int:
    """Return of how many contacts *expression* has to be to decide anything; 0: of any number.

    Handling times spread as far as their mean is long: that of a dozen is off by a third of it, and
    counters, which tell no spread, would have it exact. A share tells its own.
    """
    spread = isinstance(expression, Ratio | Quantile) and is_of_contacts(expression)
    return LEAST_CONTACTS if spread else 0


def summed(each: Sum, increase: Increase, of: Mapping[str, str] = NOWHERE) -> float:
    """Return what *each* comes to.

    Raises:
        Missing: a term of it is not on the page.
    """
    plus = sum(_term(term, increase, of) for term in each.plus)
    return plus - sum(_term(term, increase, of) for term in each.minus)


def buckets(
    histogram: str, labels: Labels, increase: Increase, of: Mapping[str, str] = NOWHERE
) -> list[tuple[float, float]]:
    """Return the bounds of *histogram* in order, each with how many observations were at most it.

    Raises:
        Missing: it is not on the page.
    """
    found = increase.buckets(histogram, labels, of)
    if not found:
        raise Missing(_not_there(f"{histogram}_bucket", labels, of))
    return sorted(found.items())


def bucket_quantile(
    q: float, bounds: Sequence[tuple[float, float]]
) -> tuple[float, Interval] | None:
    """Return the *q* quantile of cumulative *bounds*, and the bucket it lies in; None of nothing.

    Linear within the bucket, as Prometheus' ``histogram_quantile`` has it; beyond the last finite
    bound it is that bound, and its interval has no end.
    """
    if len(bounds) < 2 or not math.isinf(bounds[-1][0]) or bounds[-1][1] <= 0:
        return None
    steps = [(-math.inf, 0.0), *bounds]
    rank = q * bounds[-1][1]
    for (low, below), (high, up_to) in pairwise(steps):
        if up_to < rank:
            continue
        if math.isinf(high):
            return low, Interval(low, high)
        if math.isinf(low) and high <= 0:
            return high, Interval(low, high)
        start = 0.0 if math.isinf(low) else low
        inside = (rank - below) / (up_to - below) if up_to > below else 1.0
        return start + (high - start) * inside, Interval(start, high)
    return None


def _quantile(bounds: Sequence[tuple[float, float]], q: float) -> Measurement:
    found = bucket_quantile(q, bounds)
    if found is None:
        return Measurement(None, 0)
    value, interval = found
    return Measurement(
        value,
        round(bounds[-1][1]),
        interval_at=lambda _: interval,
        note=f"between {interval.low:g} and {interval.high:g}: a histogram tells no closer",
        by_chance=False,
    )


def _term(term: Term, increase: Increase, of: Mapping[str, str]) -> float:
    if isinstance(term, Rise):
        rise = increase.rise(term.metric, term.labels, of)
        if rise is None:
            raise Missing(_not_there(term.metric, term.labels, of))
        return rise
    found = increase.buckets(term.histogram, term.labels, of)
    if not found:
        raise Missing(_not_there(term.metric, term.labels, of))
    if term.bound not in found:
        raise Missing(
            f"{term.histogram} has no bucket that ends at {term.bound:g}:"
            f" {nearest(term.bound, found)}"
        )
    return found[term.bound]


def nearest(bound: float, bounds: Iterable[float]) -> str:
    """Return the bounds next to *bound* in words: ``the nearest are 20 and 30``."""
    finite = sorted(each for each in bounds if math.isfinite(each))
    around = [each for each in finite if each < bound][-1:] + [e for e in finite if e > bound][:1]
    if not around:
        return "it has none at all"
    if len(around) == 1:
        return f"the nearest is {around[0]:g}"
    return f"the nearest are {around[0]:g} and {around[1]:g}"


def _there(
    values: Sequence[float], gauge: str, labels: Labels, of: Mapping[str, str], put_together: object
) -> float:
    if not values:
        raise Missing(_not_there(gauge, labels, of))
    return max(values) if put_together is max else math.fsum(values)


def _not_there(metric: str, labels: Labels, of: Mapping[str, str]) -> str:
    wanted = ",".join(f'{name}="{value}"' for name, value in (*labels, *of.items()))
    return f"the provider's page has no {metric}" + (f"{{{wanted}}}" if wanted else "")
