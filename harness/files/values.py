"""Single values: from a text to a number, a share, a name. Pure.

Each parser takes the text and returns the value, or raises a ValueError whose message is what
would have been right. Those that need to know more are made by a function that returns a parser.
"""

import re
from collections.abc import Callable, Iterable
from datetime import date
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlsplit

from harness.files.problems import did_you_mean
from harness.model.scenario import Load
from harness.model.target import EDGE
from harness.model.units import parse_duration, parse_share

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)
Parse = Callable[[str], T]

_NUMBER = re.compile(r"[0-9]{1,12}(\.[0-9]{1,12})?")
_WHOLE = re.compile(r"[0-9]{1,12}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
YEARS = range(2000, 3000)
"""Beyond them a calendar ends, or a moment has no number: 9999 has no day after its last."""
_MOST_PER_HOUR = 10_000_000
"""Each is drawn before its phase begins: zeros too many would fill the memory of this machine."""
_MOST_LOAD = 100.0
"""So many times the full rate, for the same reason."""
_LONGEST_S = 3653 * 86_400.0
"""No soak and no delay is as long; centuries are beyond what a calendar can reckon with."""


def text(written: str) -> str:
    """Return *written* unless it is blank."""
    if not written.strip():
        raise ValueError("a text")
    return written.strip()


def text_like(pattern: str, want: str) -> Parse[str]:
    """Return a parser of what *pattern* matches as a whole; else *want* is what would be right."""
    matches = re.compile(pattern).fullmatch

    def parse(written: str) -> str:
        if not matches(written):
            raise ValueError(want)
        return written

    return parse


name = text_like(
    r"[a-z0-9][a-z0-9-]{0,39}", "a name of small letters, digits and hyphens, at most 40"
)
"""Safe in folders, labels and test cases."""


def site(written: str) -> str:
    """Return the name of a site; the front door, which stands before all of them, has its own."""
    if name(written) == EDGE:
        raise ValueError(f"another name for a site: {EDGE!r} is the target's front door")
    return written


phone_number = text_like(r"\+[1-9][0-9]{6,14}", 'a number in E.164, such as "+441632960101"')
"""As carriers write it."""
import_path = text_like(
    r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*",
    "package.module:Class, or a file and its class: desk.py:Desk",
)
"""Where a class is imported from."""
header_name = text_like(r"[A-Za-z0-9][A-Za-z0-9-]*", "the name of a header")
"""Of an HTTP header."""
edge_path = text_like(r"/[!-~]*", "a path on the edge")
"""Without a host: the edge's is meant."""


def base_url(written: str) -> str:
    """Return an address that requests can be made under, without the slash at its end."""
    want = "an address without query and password, as in https://uat.provider.example"
    try:
        parts = urlsplit(written)
        _ = parts.port
    except ValueError:
        raise ValueError(want) from None
    plain = written.isascii() and not re.search(r"[\s\\@?#*]", written)
    if parts.scheme not in ("http", "https") or not parts.hostname or not plain:
        raise ValueError(want)
    return written.rstrip("/")


def yes_no(written: str) -> bool:
    """Return True for ``yes``, False for ``no``; nothing else will do."""
    if written not in ("yes", "no"):
        raise ValueError("yes or no")
    return written == "yes"


def number(low: float, high: float) -> Parse[float]:
    """Return a parser of plain numbers from *low* to *high*."""

    def parse(written: str) -> float:
        if not _NUMBER.fullmatch(written) or not low <= float(written) <= high:
            raise ValueError(f"a number from {_plain(low)} to {_plain(high)}")
        return float(written)

    return parse


def _plain(number: float) -> str:
    """Return *number* as it may be written: never as 1e-09, which the parser would refuse."""
    return f"{number:,.12f}".rstrip("0").rstrip(".")


def rate(written: str) -> float:
    """Return how many contacts an hour, more than none and no more than any centre ever had."""
    if not _NUMBER.fullmatch(written) or not 0 < float(written) <= _MOST_PER_HOUR:
        raise ValueError(
            f"contacts an hour: a number above 0 and up to {_MOST_PER_HOUR:,}, such as 600"
        )
    return float(written)


def whole(low: int, high: int) -> Parse[int]:
    """Return a parser of whole numbers from *low* to *high*."""

    def parse(written: str) -> int:
        if not _WHOLE.fullmatch(written) or not low <= int(written) <= high:
            raise ValueError(f"a whole number from {low:,} to {high:,}")
        return int(written)

    return parse


heads = whole(0, 999_999)
"""So many people, or nobody."""


def moment(written: str) -> float:
    """Return a duration of 0 or more, in seconds."""
    seconds = parse_duration(written)
    if seconds > _LONGEST_S:
        raise ValueError("a duration of ten years at most")
    return seconds


def duration(written: str) -> float:
    """Return a duration above 0, in seconds."""
    seconds = moment(written)
    if seconds == 0:
        raise ValueError("a duration above 0")
    return seconds


def share(written: str) -> float:
    """Return a share from 0 to 1, written as a percentage."""
    value = parse_share(written)
    if value > 1:
        raise ValueError("a percentage from 0% to 100%")
    return value


def day(written: str) -> date:
    """Return a day, written as 2026-12-31."""
    try:
        found = date.fromisoformat(written if _DAY.fullmatch(written) else "")
    except ValueError:
        raise ValueError("a day, written as 2026-12-31") from None
    if found.year not in YEARS:
        raise ValueError(f"a day from {YEARS[0]} to {YEARS[-1]}")
    return found


def load(written: str) -> Load:
    """Return the load of a phase: ``100%``, or ``10% -> 100%`` for one that moves."""
    start, arrow, end = written.partition("->")
    try:
        shares = Load(parse_share(start), parse_share(end if arrow else start))
    except ValueError:
        raise ValueError("a load such as 100%, or 10% -> 100%") from None
    if not 0 < shares.peak <= _MOST_LOAD:
        raise ValueError(f"a load above 0% and up to {_MOST_LOAD:.0%}")
    return shares


def one_of(options: Iterable[str]) -> Parse[str]:
    """Return a parser that accepts exactly the *options*, and suggests the likeliest of them."""
    known = frozenset(options)

    def parse(written: str) -> str:
        if written not in known:
            raise ValueError(did_you_mean(written, known))
        return written

    return parse


def member(enum: type[E]) -> Parse[E]:
    """Return a parser of the values of *enum*."""
    known = one_of(enum)
    return lambda written: enum(known(written))
