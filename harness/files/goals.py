"""The little language of goals: ``80/20``, ``90% within 15m``, ``<= 5%``, ``<= 28s``. Pure.

goal       = threshold | bound         threshold if the KPI needs one
threshold  = percent "/" seconds | percent "within" duration
clock      = duration [ "business" ]   of one priority; without the word around the clock
intervals  = percent "of" duration     of intervals of 15 or 30 minutes
points     = number "points"           a difference of two shares, never written in %
condition  = name [ "[" scope "]" ] ( "<" | ">" ) value
bound      = [ ">=" | "<=" ] value     the sign must be the KPI's; without one it is understood
value      = percent | duration | whole number, by the KPI's unit
"""

import re
from dataclasses import dataclass

from harness.files import values
from harness.files.known import KpiRule
from harness.files.values import Parse
from harness.model.sla import (
    BEST_SCORE,
    WORST_SCORE,
    Bound,
    Clock,
    Direction,
    Hours,
    IntervalsMet,
    Unit,
)
from harness.model.units import format_duration

WARN_MARGIN_OF_INTERVALS = 0.1
"""Of intervals there are few: of the 48 half-hours of a day one is two points already."""
INTERVALS_S = (900.0, 1800.0)
"""The quarter and the half of an hour: in these the field counts service levels."""

_SLASH = re.compile(r"([0-9.]+)\s*%?\s*/\s*([0-9.]+)\s*s?")
_WITHIN = re.compile(r"(.+?)\s+within\s+(.+)")
_BOUND = re.compile(r"(>=|<=)?\s*(.*)", re.DOTALL)
_POINTS = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,3})?)\s*points?")
_CONDITION = re.compile(r"(\w+)(?:\[([^\[\]]+)\])?\s*(<=|>=|<|>)\s*(\S.*)")
_BEYOND = {Direction.MORE: "<", Direction.LESS: ">"}
_SIGN = {Direction.MORE: ">=", Direction.LESS: "<="}
_EXAMPLE = {Unit.SHARE: "5%", Unit.SECONDS: "28s", Unit.COUNT: "0", Unit.SCORE: "3.6"}
_KIND_OF_VALUE = {
    Unit.SHARE: "a percentage",
    Unit.SECONDS: "a duration with its unit",
    Unit.COUNT: "a whole number",
    Unit.SCORE: "a score",
}


@dataclass(frozen=True, slots=True)
class Goal:
    """A required value; ``threshold_s`` is the 20 of 80/20."""

    value: float
    threshold_s: float | None = None


def goal(rule: KpiRule) -> Parse[Goal]:
    """Return a parser of goals for the KPI of *rule*."""
    if rule.needs_threshold and rule.unit is Unit.SHARE:
        return within
    parse = bound_value(rule)
    return lambda written: Goal(parse(written))


def within(written: str) -> Goal:
    """Return the goal in ``80/20`` (percent within seconds) or ``90% within 15m``."""
    try:
        if match := _SLASH.fullmatch(written):
            return Goal(values.share(f"{match[1]}%"), values.duration(f"{match[2]}s"))
        if match := _WITHIN.fullmatch(written):
            return Goal(values.share(match[1]), values.duration(match[2]))
    except ValueError:
        pass
    raise ValueError("percent within seconds, as in 80/20, or 90% within 15m")


def bound_value(rule: KpiRule) -> Parse[float]:
    """Return a parser of required values for the KPI of *rule*: ``<= 5%``, or only ``5%``."""
    sign = _SIGN[rule.direction]
    unit: dict[Unit, Parse[float]] = {
        Unit.SHARE: values.share,
        Unit.SECONDS: values.moment,
        Unit.COUNT: values.whole(0, 999_999),
        Unit.SCORE: values.number(WORST_SCORE, BEST_SCORE),
    }

    def parse(written: str) -> float:
        match = _BOUND.fullmatch(written)
        assert match is not None  # the pattern fits everything
        if match[1] not in (None, sign):
            raise ValueError(f"'{sign} {match[2]}': of {rule.name}, {rule.direction} is better")
        if rule.unit is Unit.SHARE and _POINTS.fullmatch(match[2]):
            raise ValueError("a percentage, as in '5%': points are the difference of two shares")
        try:
            return float(unit[rule.unit](match[2]))
        except ValueError:
            example = f"{sign} {_EXAMPLE[rule.unit]}"
            raise ValueError(f"{_KIND_OF_VALUE[rule.unit]}, as in '{example}'") from None

    return parse


def default_bound(value: float, rule: KpiRule) -> Bound:
    """Return the bound for *value* whose warning range is 2 points of a share, else 10 %."""
    return Bound.around(value, rule.unit, rule.direction)


def points(written: str) -> float:
    """Return the difference of two shares (0..1) that is written in points: ``3 points``."""
    match = _POINTS.fullmatch(written.strip())
    if match is None and written.rstrip().endswith("%"):
        amount = written.rstrip().removesuffix("%").strip()
        raise ValueError(
            f"points, as in '{amount} points': {amount}% of 80 % would be another thing than"
            f" {amount} points of it"
        )
    if match is None or not 0 < float(match[1]) <= 50:
        raise ValueError("points above 0 and up to 50, as in '3 points'")
    return float(match[1]) / 100


def intervals_met(written: str) -> IntervalsMet:
    """Return what ``90% of 30m`` requires: so many of the half-hours have to meet the goal."""
    share, _, every = written.partition(" of ")
    try:
        goal_, every_s = values.share(share), values.duration(every)
    except ValueError:
        raise ValueError("a share of the intervals, as in '90% of 30m'") from None
    if every_s not in INTERVALS_S:
        either = " or ".join(format_duration(each) for each in INTERVALS_S)
        raise ValueError(f"intervals of {either}, in which the field counts, as in '90% of 30m'")
    return IntervalsMet(Bound(goal_, max(0.0, goal_ - WARN_MARGIN_OF_INTERVALS)), every_s)


def clock(written: str) -> Clock:
    """Return the clock of one priority: ``10m`` around the clock, ``4h business`` in its hours."""
    text = written.removesuffix(" business")
    try:
        within_s = values.duration(text)
    except ValueError:
        raise ValueError("a duration, as in '10m', or in business hours, '4h business'") from None
    return Clock(within_s, Hours.AROUND_THE_CLOCK if text == written else Hours.BUSINESS)


@dataclass(frozen=True, slots=True)
class Condition:
    """What must not go on: a KPI, for whom (empty: all), beyond which value (still as written)."""

    kpi: str
    scope: str
    sign: str
    limit: str


def condition(written: str) -> Condition:
    """Return the parts of ``service_level[billing] < 50%``."""
    match = _CONDITION.fullmatch(written.strip())
    if match is None:
        raise ValueError("a KPI and a limit, as in 'service_level < 50%'")
    return Condition(match[1], match[2] or "", match[3], match[4])


def limit_of(found: Condition, rule: KpiRule) -> float:
    """Return the limit of *found*, a condition on the KPI of *rule*.

    Raises:
        ValueError: the sign points to where it is better, or the limit is no value of this KPI.
    """
    sign = _BEYOND[rule.direction]
    if found.sign != sign:
        raise ValueError(
            f"'{found.kpi} {sign} {found.limit}': of {found.kpi}, {rule.direction} is better"
        )
    return bound_value(rule)(found.limit)


def is_worse_or_equal(warn: float, value: float, rule: KpiRule) -> bool:
    """Return whether *warn* is on the bad side of *value*, or the same."""
    return warn <= value if rule.direction is Direction.MORE else warn >= value
