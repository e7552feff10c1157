"""The little language of goals: ``80/20``, ``90% within 15m``, ``<= 5%``, ``<= 28s``. Pure.

goal       = threshold | bound         threshold if the KPI needs one
threshold  = percent "/" seconds | percent "within" duration
bound      = [ ">=" | "<=" ] value     the sign must be the KPI's; without one it is understood
value      = percent | duration | whole number, by the KPI's unit
"""

import re
from dataclasses import dataclass

from harness.files import values
from harness.files.known import KpiRule
from harness.files.values import Parse
from harness.model.sla import Bound, Direction, Unit

WARN_MARGIN_POINTS = 0.02
WARN_MARGIN = 0.1

_SLASH = re.compile(r"([0-9.]+)\s*%?\s*/\s*([0-9.]+)\s*s?")
_WITHIN = re.compile(r"(.+?)\s+within\s+(.+)")
_BOUND = re.compile(r"(>=|<=)?\s*(.*)", re.DOTALL)
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
        Unit.COUNT: values.whole,
        Unit.SCORE: values.number(1, 5),
    }

    def parse(written: str) -> float:
        match = _BOUND.fullmatch(written)
        assert match is not None  # the pattern fits everything
        if match[1] not in (None, sign):
            raise ValueError(f"'{sign} {match[2]}': of {rule.name}, {rule.direction} is better")
        try:
            return float(unit[rule.unit](match[2]))
        except ValueError:
            example = f"{sign} {_EXAMPLE[rule.unit]}"
            raise ValueError(f"{_KIND_OF_VALUE[rule.unit]}, as in '{example}'") from None

    return parse


def default_bound(value: float, rule: KpiRule) -> Bound:
    """Return the bound for *value* whose warning range is 2 points of a share, else 10 %."""
    margin = WARN_MARGIN_POINTS if rule.unit is Unit.SHARE else value * WARN_MARGIN
    warn = value - margin if rule.direction is Direction.MORE else value + margin
    if rule.unit is Unit.SHARE:
        warn = min(max(warn, 0.0), 1.0)
    return Bound(value, warn)


def is_worse_or_equal(warn: float, value: float, rule: KpiRule) -> bool:
    """Return whether *warn* is on the bad side of *value*, or the same."""
    return warn <= value if rule.direction is Direction.MORE else warn >= value
