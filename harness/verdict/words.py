"""How a result is written for people: in messages, in the live view and in all reports."""

from collections.abc import Sequence

from harness.model.alarm import AlarmRun
from harness.model.sla import Direction, Unit
from harness.model.units import exact_share, format_duration, format_share
from harness.model.verdict import Decision, ObjectiveResult, Status

_MOST_NAMED = 3
_ROUNDS_TO_1_S, _ROUNDS_TO_100_S = 0.9995, 99.95
"""From here on a second is written for what ``1000 ms`` would be, and minutes for ``100.0 s``."""
_WRITTEN_DIGITS, _LAST_BITS = 6, 1e-9
"""A share has no more of them in any contract; what is as near to that is a float's rounding."""
NOT_SHOWN = "was not shown to have taken effect"
"""Of a fault: what is said of it wherever it decides nothing."""
NOTHING = "–"
"""Stands where nothing was measured, so that no cell looks like a forgotten zero."""

GLYPHS: dict[Status, str] = {
    Status.PASS: "✓",
    Status.WARN: "!",
    Status.FAIL: "✗",
    Status.INCONCLUSIVE: "?",
    Status.WAIVED: "–",
}
DECISION_GLYPHS: dict[Decision, str] = {
    Decision.GO: "✓",
    Decision.NO_GO: "✗",
    Decision.INCONCLUSIVE: "?",
}


def seconds(value: float | None) -> str:
    """Return a wait as people read it: ``380 ms``, ``12.4 s``, from 100 s on ``2m5s``."""
    if value is None:
        return NOTHING
    if abs(value) < _ROUNDS_TO_1_S:
        return f"{value * 1000:.0f} ms"
    return f"{value:.1f} s" if abs(value) < _ROUNDS_TO_100_S else format_duration(round(value))


def clock(at_s: float) -> str:
    """Return centre seconds since the run began as a clock: ``0:12:30``."""
    whole = round(at_s)
    return f"{whole // 3600}:{whole % 3600 // 60:02d}:{whole % 60:02d}"


def in_both_times(wall_s: float | None, speed: float) -> str:
    """Return *wall_s* in centre time and, where *speed* makes it another, in wall time too."""
    if wall_s is None or speed == 1:
        return seconds(wall_s)
    return f"{seconds(wall_s * speed)} ({seconds(wall_s)} of the clock)"


def duration(value: float | None) -> str:
    """Return a length of time, to the whole second from ten seconds on: ``10m``, ``2.5s``."""
    if value is None:
        return NOTHING
    return format_duration(round(value, 1) if abs(value) < 10 else round(value))


def alarm_text(alarm: AlarmRun) -> str:
    """Return what became of an alert: ``SiteDown fired after 12.4 s, 60 s were agreed``."""
    agreed = f"{format_duration(alarm.within_wall_s)} were agreed"
    if alarm.doubt:
        return f"{alarm.name}: {alarm.doubt}"
    if alarm.fired_wall_s is None:
        return f"{alarm.name} did not fire while the fault lasted, {agreed}"
    text = f"{alarm.name} fired after {seconds(alarm.fired_wall_s)}, {agreed}"
    if alarm.acknowledged_wall_s is None:
        return text
    return f"{text}; acknowledged after {seconds(alarm.acknowledged_wall_s)}"


def roughly(value_s: float) -> str:
    """Return a length of time to plan with: ``50 s``, ``13 min``, ``2.5 h``."""
    if value_s < 90:
        return f"{value_s:.0f} s"
    return f"{value_s / 60:.0f} min" if value_s < 5400 else f"{value_s / 3600:.1f} h"


def quantity(value: float | None, unit: Unit, *, beside: float | None = None) -> str:
    """Return *value* with its unit, and with as many digits as set it apart from *beside*.

    A share of 79.96 % that failed a goal of 80 % must not be printed as ``80 %``.
    """
    if value is None:
        return NOTHING
    text = _plain(value, unit)
    if beside is None or value == beside or text != _plain(beside, unit):
        return text
    scale, mark = _scale(unit, beside)
    for digits in range(2, 7):
        text = f"{value * scale:.{digits}f}"
        if text != f"{beside * scale:.{digits}f}":
            break
    return text + mark


def as_asked(value: float, unit: Unit) -> str:
    """Return what a contract asks for, to the last digit that it says: ``97.25 %``.

    What was worked out, as a limit that moves with the months, has the digits of a measurement.
    """
    written = round(value, _WRITTEN_DIGITS)
    if unit is Unit.SHARE and abs(written - value) < _LAST_BITS:
        return exact_share(written)
    return quantity(value, unit)


def _scale(unit: Unit, *values: float) -> tuple[float, str]:
    """Return by what to multiply a quantity for people, and the unit that it then has."""
    if unit in (Unit.COUNT, Unit.SCORE):
        return 1, ""
    if unit is Unit.SHARE:
        return 100, " %"
    return (1000, " ms") if max(map(abs, values)) < _ROUNDS_TO_1_S else (1, " s")


def _plain(value: float, unit: Unit) -> str:
    if unit is Unit.SHARE:
        return format_share(value)
    if unit is Unit.SECONDS:
        return seconds(value)
    if unit is Unit.SCORE:
        return f"{value:.2f}"
    return f"{value:,.0f}" if value == round(value) else f"{value:,.1f}"


def interval(result: ObjectiveResult) -> str:
    """Return the interval in the value's unit: ``(68–74)``; nothing if the value is exact."""
    return between(result.low, result.high, result.unit, value=result.value)


def between(low: float | None, high: float | None, unit: Unit, *, value: float | None) -> str:
    """Return the interval from *low* to *high* in the unit that *value* is written in."""
    if low is None or high is None:
        return ""
    scale, _ = _scale(unit, value or 0.0)
    low, high = low * scale, high * scale
    digits = 0 if high - low >= 3 else 2 if unit is Unit.SCORE else 1
    return f"({low:.{digits}f}–{high:.{digits}f})"


def margin(result: ObjectiveResult) -> str:
    """Return by how much the value beats its goal: ``+2.3 points``; negative: it misses it."""
    if result.value is None:
        return NOTHING
    more_is_better = result.direction is Direction.MORE
    better_by = result.value - result.goal if more_is_better else result.goal - result.value
    scale, mark = _scale(result.unit, result.value, result.goal)
    amount = better_by * scale
    sign = "+" if amount > 0 else "−" if amount < 0 else "±"
    if result.unit is Unit.SCORE:
        return f"{sign}{abs(amount):.2f}"
    digits = 0 if mark in ("", " ms") else 1 if abs(amount) >= 0.05 or amount == 0 else 3
    return f"{sign}{abs(amount):.{digits}f}{mark.replace('%', 'points')}"


def bound(result: ObjectiveResult) -> str:
    """Return the goal with its direction: ``≥ 80 %``."""
    return limit(result.goal, result.unit, result.direction)


def limit(value: float, unit: Unit, direction: Direction) -> str:
    """Return what is at least, or at most, to be reached: ``≥ 80 %``."""
    return f"{'≥' if direction is Direction.MORE else '≤'} {as_asked(value, unit)}"


def measured(result: ObjectiveResult) -> str:
    """Return value and interval in one: ``71 % (68–74)``; says so if nothing was measured."""
    if result.value is None:
        return "not measured"
    value = quantity(result.value, result.unit, beside=result.goal)
    return f"{value} {interval(result)}".rstrip()


def expected(result: ObjectiveResult) -> str:
    """Return what theory makes of the staffing declared: ``expected 96.2 %``; empty if nothing."""
    if result.expected is None:
        return ""
    return f"expected {quantity(round(result.expected, 4), result.unit)}"


def still_needed(result: ObjectiveResult) -> str:
    """Return what an INCONCLUSIVE result needs in order to be decided; empty if unknown."""
    if result.status is not Status.INCONCLUSIVE or result.more_contacts is None:
        return ""
    text = f"needs {plural(result.more_contacts, 'more contact')}"
    if result.more_s is not None:
        text += f", about {roughly(result.more_s)} at this rate"
    return text


def listed(parts: Sequence[str], *, between: str = ", ", last: str = " and ") -> str:
    """Return the first three of *parts*, and how many more there are: ``a, b, c and 4 more``."""
    more = len(parts) - _MOST_NAMED
    text = between.join(parts[:_MOST_NAMED])
    return f"{text}{last}{more} more" if more > 0 else text


def plural(n: int, one: str, many: str = "") -> str:
    """Return *n* with its noun: ``1 call``, ``1,200 calls``."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"
