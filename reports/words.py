"""The words of the reports; numbers and statuses are written by ``harness.verdict.words``.

Text that came from a target, a scenario or an SLA passes through ``visible`` (HTML does so by
itself): control characters and marks that turn the direction of writing are shown, not obeyed.
"""

import re
from datetime import UTC, datetime

from harness.model.event import Ending
from harness.model.verdict import Recovery, Verdict
from harness.verdict.words import (
    DECISION_GLYPHS,
    GLYPHS,
    NOTHING,
    bound,
    duration,
    interval,
    margin,
    measured,
    plural,
    quantity,
    seconds,
    still_needed,
)

__all__ = [
    "DECISION_GLYPHS",
    "ENDINGS",
    "GLYPHS",
    "NOTHING",
    "bound",
    "clock",
    "duration",
    "interval",
    "margin",
    "measured",
    "plural",
    "quantity",
    "reason",
    "recovery",
    "seconds",
    "still_needed",
    "upper_bound",
    "utc",
    "visible",
]

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


def clock(at_s: float) -> str:
    """Return centre seconds since the run began as a clock: ``0:12:30``."""
    whole = round(at_s)
    return f"{whole // 3600}:{whole % 3600 // 60:02d}:{whole % 60:02d}"


def utc(wall: float) -> str:
    """Return epoch seconds as a date and time in UTC."""
    return datetime.fromtimestamp(wall, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


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
