"""Single values of a calendar: times of day, opening hours, moments of a week, zones. Pure.

As in ``values``, a parser returns the value, or raises a ValueError that says what would be right.
"""

import re
from dataclasses import dataclass
from datetime import time
from difflib import get_close_matches
from zoneinfo import ZoneInfo, available_timezones

from harness.files.problems import did_you_mean
from harness.model.target import WEEKDAYS, Opening

_SPAN = re.compile(r"([0-9]{2}:[0-9]{2}) ?- ?([0-9]{2}:[0-9]{2})")
_OPENING = re.compile(r"(?P<first>[A-Z][a-z]{2})(-(?P<last>[A-Z][a-z]{2}))? +(?P<span>[0-9:\- ]+)")
_WEEK_TIME = re.compile(r"(?:([A-Za-z]+) +)?([0-9]{2}:[0-9]{2})")
_OPENING_WANT = "such as 'Mon-Fri 08:00-18:00', several separated by commas, or 'always'"


def span(written: str) -> tuple[time, time]:
    """Return the two times of day in ``08:00-18:00``; an end at 24:00 is midnight."""
    match = _SPAN.fullmatch(written.strip())
    try:
        start, end = match.groups() if match else ("", "")
        return time.fromisoformat(start), time.fromisoformat("00:00" if end == "24:00" else end)
    except ValueError:
        raise ValueError("times of day such as 08:00-18:00") from None


def within_a_day(written: str) -> tuple[float, float]:
    """Return the seconds of the day between which ``08:00-20:00`` lies; no night in between."""
    start, end = span(written)
    start_s, end_s = (each.hour * 3600.0 + each.minute * 60.0 for each in (start, end))
    end_s = end_s or 86_400.0
    if end_s <= start_s:
        raise ValueError("the later time of the same day last, such as 08:00-20:00")
    return start_s, end_s


def opening(written: str) -> tuple[Opening, ...]:
    """Return the opening hours in ``Mon-Fri 08:00-18:00, Sat 09:00-13:00``; none for ``always``."""
    if written.strip() == "always":
        return ()
    return tuple(_one_opening(part.strip()) for part in written.split(","))


def _one_opening(written: str) -> Opening:
    match = _OPENING.fullmatch(written)
    first, last = (match["first"], match["last"] or match["first"]) if match else ("", "")
    if match is None or first not in WEEKDAYS or last not in WEEKDAYS:
        raise ValueError(_OPENING_WANT)
    try:
        start, end = span(match["span"])
    except ValueError:
        raise ValueError(_OPENING_WANT) from None
    if time.min < end <= start:
        raise ValueError("a night in two parts: 'Mon 22:00-24:00, Tue 00:00-06:00'")
    return Opening(WEEKDAYS.index(first), WEEKDAYS.index(last), start, end)


@dataclass(frozen=True, slots=True)
class WeekTime:
    """A time of day, of one day of the week (0 is Monday), or of any: None."""

    weekday: int | None
    of_day_s: float


def week_time(written: str) -> WeekTime:
    """Return the moment in ``Mon 09:00``, or in ``09:00`` of any day."""
    match = _WEEK_TIME.fullmatch(written.strip())
    try:
        day, of_day = match.groups() if match else (None, "")
        at = time.fromisoformat(of_day)
    except ValueError:
        raise ValueError("a moment of the week such as 'Mon 09:00', or of the day: 09:00") from None
    if day is not None and day not in WEEKDAYS:
        raise ValueError(f"a day of the week: {did_you_mean(day, WEEKDAYS)}")
    return WeekTime(WEEKDAYS.index(day) if day else None, (at.hour * 60 + at.minute) * 60.0)


def time_zone(written: str) -> str:
    """Return the name of a time zone that this machine knows."""
    try:
        return ZoneInfo(written).key
    except (ValueError, OSError, KeyError):  # ZoneInfoNotFoundError is a KeyError
        likely = get_close_matches(written[:60], available_timezones(), n=1)
        hint = f"; did you mean {likely[0]!r}?" if likely else ""
        raise ValueError(f"a time zone such as Europe/London{hint}") from None
