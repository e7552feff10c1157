"""From a company's own log to the figures of a scenario: shape, volume, busy days, patience. Pure.

Every figure comes with how much it rests on. Estimators are moments where the field uses them, and
maximum likelihood for patience; none needs more than the log.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from harness.model.arrivals import DAY_S, HALF_HOUR_S, Days, Observed

_LEAST_DAYS = 5
_LEAST_ABANDONS = 30
_WEEK = 7
_FAR_APART = 6
"""Half hours of one day that are so far apart have little in common but the day."""
_MOST_ALIKE = 0.95
_SURE = 3.84
"""Twice the gain in log-likelihood of one more parameter that chance alone gives once in twenty."""


@dataclass(frozen=True, slots=True)
class Volume:
    """How contacts spread over the day and the week.

    *weights* has the mean number of contacts of each interval of a day, *weekdays* the factor of
    each day, Monday first; None where the log has no whole week. *per_hour* is the rate of the
    busiest interval of the busiest day, *error* its standard error.
    """

    interval_s: float
    weights: tuple[float, ...]
    weekdays: tuple[float, ...] | None
    per_hour: float
    error: float
    contacts: int
    first: date
    last: date
    days: int


@dataclass(frozen=True, slots=True)
class Survival:
    """The share who would still wait after *wait_s*: as counted (Kaplan-Meier), by two models."""

    wait_s: float
    counted: float
    exponential: float
    weibull: float


@dataclass(frozen=True, slots=True)
class Patience:
    """How long callers would wait before they hang up.

    *mean_s* is the exponential estimator, all waiting over all abandons; *error_s* its standard
    error. A Weibull distribution of *form* and *scale_s* has been fitted beside it. ``weibull``
    tells whether it fits better than chance explains.
    """

    waits: int
    abandons: int
    mean_s: float
    error_s: float
    form: float
    scale_s: float
    weibull: bool
    survival: tuple[Survival, ...]


def volume(
    rows: Iterable[Observed], *, interval_s: float = HALF_HOUR_S, counted_s: float = 0.0
) -> Volume:
    """Return how many contacts *rows* have, by intervals of *interval_s* (900 or 1800 s).

    *counted_s* is the length of the log's own intervals, 0 if it has times of contacts. Days on
    which nobody came at all are taken as days off, not as quiet days.

    Raises:
        ValueError: there is not one contact.
    """
    cells = _cells(rows, interval_s, counted_s)
    if not cells:
        raise ValueError("no contacts")
    totals: dict[date, float] = defaultdict(float)
    pooled = [0.0] * round(DAY_S / interval_s)
    for (day, number), count in cells.items():
        totals[day] += count
        pooled[number] += count
    contacts = math.fsum(totals.values())
    first, last = min(totals), max(totals)
    weekdays = _weekdays(totals) if (last - first).days + 1 >= _WEEK else None
    mean = contacts / len(totals)
    busiest = max(weekdays) if weekdays else 1.0
    share = max(pooled) / contacts
    per_hour = mean * busiest * share * 3600 / interval_s
    # Two doubts: how large the share of the interval is, and how usual the days of its kind were.
    of_kind = len(totals)
    if weekdays:
        busiest_day = weekdays.index(busiest)
        of_kind = sum(1 for day in totals if day.weekday() == busiest_day)
    days_apart = _spread(totals, weekdays, mean) ** 2 / of_kind
    return Volume(
        interval_s,
        tuple(count / len(totals) for count in pooled),
        weekdays,
        per_hour,
        per_hour * math.sqrt(1 / max(pooled) + days_apart),
        round(contacts),
        first,
        last,
        len(totals),
    )


def variation(rows: Iterable[Observed], found: Volume, *, counted_s: float = 0.0) -> Days | None:
    """Return how much days and half hours differ beyond chance; None of fewer than five days.

    Moments. With means m, a day factor of cv c and half hours of cv v and correlation r, the
    expected product (N − m)·(N' − m') of two half hours of a day, k apart, is
    m·m'·((1 + c²)(1 + v²·rᵏ) − 1), and m more for k = 0 (Poisson). Half hours far apart give c,
    a half hour with itself gives v, one with the next r.
    """
    if found.days < _LEAST_DAYS:
        return None
    # Hours that were counted as a whole are taken as such: their halves differ by no chance.
    cells = _cells(rows, max(HALF_HOUR_S, counted_s), counted_s)
    totals: dict[date, float] = defaultdict(float)
    for (day, _), count in cells.items():
        totals[day] += count
    mean = math.fsum(totals.values()) / len(totals)
    shares = _shares(cells)
    days = [
        [(cells.get((day, number), 0.0), mean * _factor(found.weekdays, day) * share)
         for number, share in shares]
        for day in totals
    ]  # fmt: skip
    kinds = sum(1 for each in found.weekdays if each) if found.weekdays else 1
    if len(days) <= kinds:
        return None
    # The means were taken from the same days. Those of the weekdays took up some of what whole days
    # differ by; of what half hours differ by, their shares in all days took up one day's part.
    far = min(_FAR_APART, len(shares) // 2)
    apart = _together(days, range(far, len(shares)))
    of_day = max(0.0, apart * len(days) / (len(days) - kinds))
    own = len(days) / (len(days) - 1) / (1 + of_day)
    itself = (_together(days, range(1)) - apart) * own
    if itself <= 0:
        return Days(math.sqrt(of_day), 0.0, 0.0)
    neighbours = (_together(days, range(1, 2)) - apart) * own
    return Days(
        math.sqrt(of_day), math.sqrt(itself), min(_MOST_ALIKE, max(0.0, neighbours / itself))
    )


def mix(rows: Iterable[Observed]) -> dict[str, float]:
    """Return the share of contacts by name, the largest first; empty if none has a name."""
    counts: Counter[str] = Counter()
    for row in rows:
        if row.name:
            counts[row.name] += row.count
    total = counts.total()
    return {name: count / total for name, count in counts.most_common()} if total else {}


def patience(rows: Iterable[Observed]) -> Patience | None:
    """Return how patient callers were, from waits that ended with hanging up or otherwise.

    Answered calls tell only that the caller would have waited longer (censored): the mean wait of
    those who hung up is far below the patience. None below 30 abandons with a wait.
    """
    waits = [
        (row.wait_s, bool(row.abandoned))
        for row in rows
        if row.wait_s and row.abandoned is not None
    ]
    ended = [wait_s for wait_s, abandoned in waits if abandoned]
    if len(ended) < _LEAST_ABANDONS:
        return None
    every = [wait_s for wait_s, _ in waits]
    mean_s = math.fsum(every) / len(ended)
    form = _weibull_form(every, ended)
    scale_s = (math.fsum(wait_s**form for wait_s in every) / len(ended)) ** (1 / form)
    gain = _log_likelihood(every, ended, form, scale_s) - _log_likelihood(every, ended, 1, mean_s)
    return Patience(
        len(waits),
        len(ended),
        mean_s,
        mean_s / math.sqrt(len(ended)),
        form,
        scale_s,
        2 * gain > _SURE,
        tuple(
            Survival(at_s, share, math.exp(-at_s / mean_s), math.exp(-((at_s / scale_s) ** form)))
            for at_s, share in _kaplan_meier(waits, (15, 30, 60, 120, 180, 300, 600))
        ),
    )


def _cells(
    rows: Iterable[Observed], interval_s: float, counted_s: float
) -> dict[tuple[date, int], float]:
    """Return the contacts of each interval of each day; a longer count is spread over its time."""
    parts = max(1, round(counted_s / interval_s))
    cells: dict[tuple[date, int], float] = defaultdict(float)
    for row in rows:
        for part in range(parts if row.count else 0):
            at = row.at + timedelta(seconds=part * interval_s)
            of_day_s = (at.hour * 60 + at.minute) * 60 + at.second
            cells[at.date(), int(of_day_s // interval_s)] += row.count / parts
    return dict(cells)


def _weekdays(totals: Mapping[date, float]) -> tuple[float, ...]:
    """Return each weekday's mean over that of all days; 0 for one on which nobody ever came."""
    by_day: dict[int, list[float]] = defaultdict(list)
    for day, total in totals.items():
        by_day[day.weekday()].append(total)
    mean = math.fsum(totals.values()) / len(totals)
    return tuple(
        math.fsum(by_day[number]) / len(by_day[number]) / mean if number in by_day else 0.0
        for number in range(_WEEK)
    )


def _factor(weekdays: Sequence[float] | None, day: date) -> float:
    return weekdays[day.weekday()] if weekdays else 1.0


def _spread(totals: Mapping[date, float], weekdays: Sequence[float] | None, mean: float) -> float:
    """Return the standard deviation of a day over what is usual for its weekday."""
    apart = [total / (mean * _factor(weekdays, day)) - 1 for day, total in totals.items()]
    free = len(apart) - (sum(1 for each in weekdays if each) if weekdays else 1)
    return math.sqrt(math.fsum(each * each for each in apart) / free) if free > 0 else 0.0


def _together(days: Sequence[Sequence[tuple[float, float]]], apart: Sequence[int]) -> float:
    """Return how far pairs of half hours, so many *apart*, leave their means in the same direction.

    As a share of the product of their means; *days* has pairs of a count and its mean.
    """
    products = means = 0.0
    chance = 1 - 1 / len(days)  # what the mean of so many days leaves of Poisson's variance
    for day in days:
        for k in apart:
            for (found, mean), (other, its_mean) in zip(day, day[k:], strict=False):
                products += (found - mean) * (other - its_mean) - (mean * chance if k == 0 else 0.0)
                means += mean * its_mean
    return products / means if means else 0.0


def _shares(cells: Mapping[tuple[date, int], float]) -> list[tuple[int, float]]:
    """Return the share of each half hour in all contacts, in the order of the day."""
    pooled: dict[int, float] = defaultdict(float)
    for (_, number), count in cells.items():
        pooled[number] += count
    total = math.fsum(pooled.values())
    return [(number, pooled[number] / total) for number in sorted(pooled)]


def _weibull_form(every: Sequence[float], ended: Sequence[float]) -> float:
    """Return the form with the highest likelihood, waits of the answered censored (bisection).

    The root of Σwᵏ·ln w / Σwᵏ − 1/k − mean of ln w over the abandons, which rises with k.
    """
    logs = math.fsum(math.log(wait_s) for wait_s in ended) / len(ended)
    longest = max(every)  # waits over the longest, so that no power overflows

    def slope(form: float) -> float:
        powers = [(wait_s / longest) ** form for wait_s in every]
        weighted = math.fsum(p * math.log(w) for p, w in zip(powers, every, strict=True))
        return weighted / math.fsum(powers) - 1 / form - logs

    low, high = 0.05, 20.0
    for _ in range(60):
        middle = math.sqrt(low * high)
        low, high = (low, middle) if slope(middle) > 0 else (middle, high)
    return math.sqrt(low * high)


def _log_likelihood(
    every: Sequence[float], ended: Sequence[float], form: float, scale_s: float
) -> float:
    """Return the log-likelihood of a Weibull distribution; an exponential one has the form 1."""
    hazard = math.fsum(
        math.log(form / scale_s) + (form - 1) * math.log(wait_s / scale_s) for wait_s in ended
    )
    return hazard - math.fsum((wait_s / scale_s) ** form for wait_s in every)


def _kaplan_meier(
    waits: Iterable[tuple[float, bool]], at_s: Sequence[float]
) -> list[tuple[float, float]]:
    """Return the share of callers still waiting at each of *at_s*, had nobody been answered.

    As far as the longest wait goes: beyond it nothing is known.
    """
    ordered = sorted(waits, key=lambda each: (each[0], not each[1]))  # abandons first, as usual
    left, share, found = len(ordered), 1.0, []
    wanted = [each for each in at_s if each <= ordered[-1][0]]
    for wait_s, abandoned in ordered:
        while wanted and wait_s > wanted[0]:
            found.append((wanted.pop(0), share))
        if abandoned:
            share *= 1 - 1 / left
        left -= 1
    return found + [(each, share) for each in wanted]
