"""Single values of the configuration. YAML is loaded as strings only: "60%", "2s", "200".

Each function returns the value that a text stands for, or raises a ValueError that says what would
be right.
"""

import difflib
import math
import re
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from mock_center.config.centre import Opening
from mock_center.units import parse_duration

_LARGEST = 1e9
_CENTURY = range(2000, 2100)
_LONGEST_S = 366 * 86400.0
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_PHONE_NUMBER = re.compile(r"\+?[0-9]{3,15}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SPAN = re.compile(r"([0-9]{2}:[0-9]{2})\s*-\s*([0-9]{2}:[0-9]{2})")
_OPENING_WANT = "such as 'Mon-Fri 08:00-18:00', several separated by commas, or 'always'"


def shown(value: object) -> str:
    """Return *value* as a message shows it."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def shown_key(key: str) -> str:
    """Return *key* as it stands in the place of a problem: on one line, and not too long."""
    return key if key.isprintable() and len(key) <= 60 else shown(key)


def text(value: Any) -> str:
    """Return a text or number as a text; a blank one, or one with control characters, is none."""
    if not isinstance(value, (str, int, float)) or isinstance(value, bool):
        raise ValueError("a text")  # noqa: TRY004 - the message is for the reader of the file
    written = str(value)
    if not written.strip() or not written.isprintable():
        raise ValueError("a text")
    return written


def name(value: Any) -> str:
    """Return a name that may become a label."""
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise ValueError("a name of letters, digits, - and _, such as north")
    return value


def names(value: Any) -> tuple[str, ...]:
    """Return a list of names, at least one and each once, or a single one, as a tuple."""
    found = tuple(name(each) for each in (value if isinstance(value, list) else [value]))
    if not found or len(set(found)) < len(found):
        raise ValueError("a name, or a list of names, each once")
    return found


def phone_numbers(value: Any) -> tuple[str, ...]:
    """Return the phone numbers of a line."""
    found = tuple(value) if isinstance(value, list) else ()
    if not found or not all(isinstance(n, str) and _PHONE_NUMBER.fullmatch(n) for n in found):
        raise ValueError("a list of phone numbers, such as ['+441632960101']")
    return found


def number(value: Any, want: str) -> float:
    """Return a finite number; *want* is the message if it is none."""
    try:
        found = math.nan if isinstance(value, bool) else float(value)
    except (ValueError, TypeError, OverflowError):
        found = math.nan
    if not abs(found) < _LARGEST:  # nor is nan
        raise ValueError(want)
    return found


def between(least: float, most: float) -> Callable[[Any], float]:
    """Return the parser of a number from *least* to *most*."""
    want = f"a number from {least:g} to {most:g}"

    def parse(value: Any) -> float:
        found = number(value, want)
        if not least <= found <= most:
            raise ValueError(want)
        return found

    return parse


def pause(value: Any) -> float:
    """Return the seconds of a duration, which may be 0; a year at most."""
    seconds = parse_duration(value)
    if seconds > _LONGEST_S:
        raise ValueError("a duration of a year (366d) at most")
    return seconds


def duration(value: Any) -> float:
    """Return the seconds of a duration above 0; a year at most."""
    seconds = pause(value)
    if seconds <= 0:
        raise ValueError("a duration above 0, such as 20s")
    return seconds


def durations(value: Any) -> tuple[float, ...]:
    """Return a list of durations."""
    if not isinstance(value, list):
        raise ValueError("a list of durations, such as [1s, 5s, 30s]")  # noqa: TRY004 - as in text
    return tuple(duration(each) for each in value)


def whole(least: int, most: int) -> Callable[[Any], int]:
    """Return the parser of a whole number from *least* to *most*."""
    want = f"a whole number from {least} to {most}"

    def parse(value: Any) -> int:
        found = number(value, want)
        if found != int(found) or not least <= found <= most:
            raise ValueError(want)
        return int(found)

    return parse


def one_of(*choices: str) -> Callable[[Any], str]:
    """Return the parser of one of the texts *choices*."""

    def parse(value: Any) -> str:
        if value not in choices:
            raise ValueError(" or ".join(choices))
        return str(value)

    return parse


def yes_no(value: Any) -> bool:
    """Return True for yes, False for no."""
    return one_of("yes", "no")(value) == "yes"


def day(value: Any) -> date:
    """Return a day of the calendar."""
    try:
        found = date.fromisoformat(value) if _DAY.fullmatch(str(value)) else None
    except (ValueError, TypeError):
        found = None
    if found is None or found.year not in _CENTURY:
        raise ValueError("a date such as 2026-12-25")
    return found


def days(value: Any) -> frozenset[date]:
    """Return a list of days."""
    if not isinstance(value, list):
        raise ValueError("a list of dates, such as [2026-12-25]")  # noqa: TRY004 - as in text
    return frozenset(day(each) for each in value)


def moment(value: Any) -> datetime:
    """Return a date and time of day without a zone."""
    try:
        found = datetime.fromisoformat(value) if _MOMENT.fullmatch(str(value)) else None
    except (ValueError, TypeError):
        found = None
    if found is None or found.year not in _CENTURY:
        raise ValueError("a local date and time such as 2026-03-02T09:00")
    return found


def zone(value: Any) -> ZoneInfo:
    """Return a time zone by its name."""
    try:
        return ZoneInfo(value)
    except (ValueError, OSError, KeyError, TypeError):  # ZoneInfoNotFoundError is a KeyError
        near = difflib.get_close_matches(str(value)[:60], available_timezones(), n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"a time zone such as Europe/London{hint}") from None


def span(value: Any) -> tuple[time, time]:
    """Return the two times of day in a text such as 08:00-18:00; 24:00 is midnight as an end."""
    match = _SPAN.fullmatch(str(value).strip())
    start, end = match.groups() if match is not None else ("", "")
    try:
        return time.fromisoformat(start), time.fromisoformat("00:00" if end == "24:00" else end)
    except ValueError:
        raise ValueError("times of day such as 08:00-18:00") from None


def opening(value: Any) -> tuple[Opening, ...] | None:
    """Return the opening hours in *value*; None for ``always``."""
    found = str(value).strip()
    if found.lower() in ("always", "24/7"):
        return None
    return tuple(_one_opening(part.strip()) for part in found.split(","))


def _one_opening(part: str) -> Opening:
    weekdays, _, times = part.partition(" ")
    first, _, last = weekdays.partition("-")
    if first not in _DAYS or (last or first) not in _DAYS:
        raise ValueError(_OPENING_WANT)
    try:
        start, end = span(times)
    except ValueError:
        raise ValueError(_OPENING_WANT) from None
    if time.min < end <= start:
        raise ValueError(f"{_OPENING_WANT}; a night has two parts, as in Mon 22:00-24:00")
    begin, length = _DAYS.index(first), (_DAYS.index(last or first) - _DAYS.index(first)) % 7
    return Opening(frozenset((begin + n) % 7 for n in range(length + 1)), start, end)
