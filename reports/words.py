"""How numbers and statuses are written for people: the one place, for all reports.

Text that came from a target, a scenario or an SLA passes through ``visible`` (HTML does so by
itself): control characters and marks that turn the direction of writing are shown, not obeyed.
"""

import re
from datetime import UTC, datetime

from harness.model.event import Ending
from harness.model.sla import Direction, Unit
from harness.model.units import format_duration, format_share
from harness.model.verdict import Decision, ObjectiveResult, Recovery, Status, Verdict

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
ENDINGS: dict[Ending, str] = {
    Ending.COMPLETE: "The run came to its planned end.",
    Ending.GATE: "The run stopped at a gate that stayed shut: later phases saw no load.",
    Ending.INTERRUPTED: "The run was interrupted: what follows is what there was until then.",
    Ending.BROKEN: "The harness broke during the run: what follows is what there was until then.",
}

# XML 1.0 allows neither C0 controls nor surrogates; the rest would reorder what people read.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069"
    "\ud800-\udfff\ufeff\ufffe\uffff]"
)


def visible(text: str) -> str:
    r"""Return *text* with control characters and direction marks spelled out: ``\u202e``."""
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def seconds(value: float | None) -> str:
    """Return a wait as people read it: ``12.4 s``, from 100 s on ``2m5s``."""
    if value is None:
        return NOTHING
    return f"{value:.1f} s" if abs(value) < 100 else format_duration(round(value))


def lag(value_s: float | None) -> str:
    """Return a delay of the generator, in milliseconds below a second: ``12 ms``, ``1.4 s``."""
    if value_s is None:
        return NOTHING
    return f"{value_s * 1000:.0f} ms" if abs(value_s) < 1 else seconds(value_s)


def duration(value: float | None) -> str:
    """Return a length of time, to the whole second from ten seconds on: ``10m``, ``2.5s``."""
    if value is None:
        return NOTHING
    return format_duration(round(value, 1) if abs(value) < 10 else round(value))


def roughly(value_s: float) -> str:
    """Return a length of time to plan with: ``50 s``, ``13 min``, ``2.5 h``."""
    if value_s < 90:
        return f"{value_s:.0f} s"
    return f"{value_s / 60:.0f} min" if value_s < 5400 else f"{value_s / 3600:.1f} h"


def clock(at_s: float) -> str:
    """Return centre seconds since the run began as a clock: ``0:12:30``."""
    whole = round(at_s)
    return f"{whole // 3600}:{whole % 3600 // 60:02d}:{whole % 60:02d}"


def utc(wall: float) -> str:
    """Return epoch seconds as a date and time in UTC."""
    return datetime.fromtimestamp(wall, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def quantity(value: float | None, unit: Unit, *, beside: float | None = None) -> str:
    """Return *value* with its unit, and with as many digits as set it apart from *beside*.

    A share of 79.96 % that failed a goal of 80 % must not be printed as ``80 %``.
    """
    if value is None:
        return NOTHING
    text = _plain(value, unit)
    if beside is None or value == beside or text != _plain(beside, unit):
        return text
    scale, mark = (100, " %") if unit is Unit.SHARE else (1, " s")
    for digits in range(2, 7):
        text = f"{value * scale:.{digits}f}"
        if text != f"{beside * scale:.{digits}f}":
            break
    return text + ("" if unit is Unit.COUNT else mark)


def _plain(value: float, unit: Unit) -> str:
    if unit is Unit.SHARE:
        return format_share(value)
    if unit is Unit.SECONDS:
        return seconds(value)
    return f"{value:,.0f}" if value == round(value) else f"{value:,.1f}"


def interval(result: ObjectiveResult) -> str:
    """Return the interval in the value's unit: ``(68–74)``; nothing if the value is exact."""
    if result.low is None or result.high is None:
        return ""
    scale = 100 if result.unit is Unit.SHARE else 1
    low, high = result.low * scale, result.high * scale
    digits = 0 if high - low >= 3 else 1
    return f"({low:.{digits}f}–{high:.{digits}f})"


def margin(result: ObjectiveResult) -> str:
    """Return by how much the value beats its goal: ``+2.3 points``; negative: it misses it."""
    if result.value is None:
        return NOTHING
    more_is_better = result.direction is Direction.MORE
    better_by = result.value - result.goal if more_is_better else result.goal - result.value
    scale, mark = {
        Unit.SHARE: (100, " points"),
        Unit.SECONDS: (1, " s"),
        Unit.COUNT: (1, ""),
    }[result.unit]
    amount = better_by * scale
    sign = "+" if amount > 0 else "−" if amount < 0 else "±"
    digits = 0 if result.unit is Unit.COUNT else 1 if abs(amount) >= 0.05 or amount == 0 else 3
    return f"{sign}{abs(amount):.{digits}f}{mark}"


def bound(result: ObjectiveResult) -> str:
    """Return the goal with its direction: ``≥ 80 %``."""
    sign = "≥" if result.direction is Direction.MORE else "≤"
    return f"{sign} {quantity(result.goal, result.unit)}"


def measured(result: ObjectiveResult) -> str:
    """Return value and interval in one: ``71 % (68–74)``; says so if nothing was measured."""
    if result.value is None:
        return "not measured"
    value = quantity(result.value, result.unit, beside=result.goal)
    return f"{value} {interval(result)}".rstrip()


def still_needed(result: ObjectiveResult) -> str:
    """Return what an INCONCLUSIVE result needs in order to be decided; empty if unknown."""
    if result.status is not Status.INCONCLUSIVE or result.more_contacts is None:
        return ""
    text = f"needs {result.more_contacts:,} more contacts"
    if result.more_s is not None:
        text += f", about {roughly(result.more_s)} at this rate"
    return text


def recovery(recovery: Recovery, *, speed: float) -> str:
    """Return the recovery time with its error, and its wall part if the run was sped up."""
    if recovery.recovered_s is None:
        return f"not seen within {duration(recovery.watched_s)}"
    text = f"{duration(recovery.recovered_s)} ± {duration(recovery.error_s)}"
    if speed == 1:
        return text
    wall_s = recovery.recovered_s / speed
    wall = f"{seconds(wall_s)} ± {seconds(recovery.wall_error_s)} on the wall clock"
    return f"{text} of centre time (scaled: {wall})"


def upper_bound(n: int) -> str:
    """Return the 95 % upper bound of a share of which none was seen in *n*: 3/n.

    The rule of three (Hanley and Lippman-Hand, JAMA 1983); good to a tenth from n = 30 on.
    """
    return f"{min(1.0, 3 / n):.2%}".replace("%", " %") if n else NOTHING


def reason(verdict: Verdict) -> str:
    """Return the verdict's sentence without the decision it may start with."""
    for start in (verdict.text, str(verdict.decision)):
        if verdict.sentence.startswith(start):
            return verdict.sentence[len(start) :].lstrip(" :,–-") or verdict.sentence
    return verdict.sentence


def plural(n: int, one: str, many: str = "") -> str:
    """Return *n* with its noun: ``1 call``, ``1,200 calls``."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"
