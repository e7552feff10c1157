"""How a KPI is put together from a provider's metrics: small typed expressions, not free text.

One expression has two back-ends: ``exact`` counts it from the differences between scrapes,
``promql`` writes it down for Prometheus. So a gate, a recording rule and a panel cannot mean
different things.
"""

from collections.abc import Iterator
from dataclasses import dataclass

Labels = tuple[tuple[str, str], ...]
"""Label names, each with a regular expression that the whole value has to match."""


@dataclass(frozen=True, slots=True)
class Rise:
    """By how much a counter rose: the sum over all its series that *labels* let through."""

    metric: str
    labels: Labels = ()


@dataclass(frozen=True, slots=True)
class Within:
    """How many observations of a histogram were at most *bound*, which must be a bucket's edge."""

    histogram: str
    bound: float
    labels: Labels = ()

    @property
    def metric(self) -> str:
        """The series that it is read from."""
        return f"{self.histogram}_bucket"


Term = Rise | Within


@dataclass(frozen=True, slots=True)
class Sum:
    """Terms added up, less others."""

    plus: tuple[Term, ...]
    minus: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many contacts, each of which is one or is not."""

    hits: Sum
    total: Sum


@dataclass(frozen=True, slots=True)
class Ratio:
    """One sum by another where chance has no part that could be told: a mean, a share of time."""

    part: Sum
    whole: Sum


@dataclass(frozen=True, slots=True)
class Total:
    """How many."""

    of: Sum


@dataclass(frozen=True, slots=True)
class Quantile:
    """The *q* quantile (0..1) of a histogram: known to the width of a bucket, no better."""

    histogram: str
    q: float
    labels: Labels = ()


@dataclass(frozen=True, slots=True)
class Peak:
    """The highest value that any series of a gauge had."""

    gauge: str
    labels: Labels = ()


@dataclass(frozen=True, slots=True)
class Last:
    """The sum of a gauge's series as they stood at the end."""

    gauge: str
    labels: Labels = ()


Expression = Share | Ratio | Total | Quantile | Peak | Last


def terms(expression: Expression) -> Iterator[Term]:
    """Yield every counter and bucket that *expression* reads; gauges and quantiles have none."""
    match expression:
        case Share(one, other) | Ratio(one, other):
            sums = [one, other]
        case Total(one):
            sums = [one]
        case _:
            sums = []
    for each in sums:
        yield from (*each.plus, *each.minus)


def is_of_contacts(expression: Expression) -> bool:
    """Return whether *expression* is put together of single contacts, so many of them.

    A share of the agents' time is not, nor is what a gauge shows.
    """
    match expression:
        case Ratio(_, Sum(plus)):
            return all(term.metric.endswith("_count") for term in plus)
        case Share() | Quantile():
            return True
        case _:
            return False


def metrics(expression: Expression) -> tuple[str, ...]:
    """Return the names, each once, of the metrics that *expression* reads."""
    match expression:
        case Quantile(histogram):
            names = [f"{histogram}_bucket"]
        case Peak(gauge) | Last(gauge):
            names = [gauge]
        case _:
            names = [term.metric for term in terms(expression)]
    return tuple(dict.fromkeys(names))
