"""The supervisor's first line, checked: a ``Centre``, or every problem of it at once.

The ``mock`` section comes from YAML that is loaded as strings only, so ``"60%"``, ``"2s"`` and
``"200"`` are what its values look like. The same document is handed to edge and sites, which parse
it again: there is one schema, here.
"""

import difflib
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from mock_center.chance import HandleTime
from mock_center.units import parse_duration, parse_share

T = TypeVar("T")

_LARGEST = 1e9
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}")

TICKETS = "tickets"
"""The one skill in ``staffing`` that is not a queue of calls."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with the configuration: where, what was found, what would be right."""

    where: str
    found: str
    want: str

    def to_wire(self) -> dict[str, str]:
        """Return a form JSON can carry."""
        return {"where": self.where, "found": self.found, "want": self.want}


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """How the edge decides that a site is up: a probe every *every_s* centre seconds.

    *fall* failures in a row take a site out, *rise* successes bring it back.
    """

    every_s: float
    fall: int
    rise: int


@dataclass(frozen=True, slots=True)
class Centre:
    """The whole mock centre as configured; durations in centre seconds, shares from 0 to 1.

    *lag_s* is None for synchronous replication. *staffing* holds agents really present, by site
    and skill (a queue, or ``tickets``).
    """

    speed: float
    seed: str
    lines: Mapping[str, tuple[str, ...]]
    staffing: Mapping[str, Mapping[str, int]]
    client_id: str
    client_secret: str
    folder: str | None
    lag_s: float | None
    channels: int
    split: Mapping[str, float]
    talk: HandleTime
    wrap_up: HandleTime
    ticket_work: HandleTime
    health_check: HealthCheck

    @property
    def sites(self) -> tuple[str, ...]:
        """The names of the sites, in the order in which they may lead the ticket store."""
        return tuple(self.staffing)

    def queue_of(self, line: str) -> str | None:
        """Return the queue that callers of *line* wait in, or None if nobody handed it over."""
        return next((queue for queue, lines in self.lines.items() if line in lines), None)


class ConfigError(Exception):
    """The configuration has problems; nothing was started."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{p.where}: {p.found}, want {p.want}" for p in self.problems))


def parse_centre(document: object) -> Centre:
    """Return the centre that *document* describes.

    Raises:
        ConfigError: with every problem found.
    """
    problems: list[Problem] = []
    top = _Section("", document, problems)
    speed = top.get("speed", "1", _positive)
    seed = top.get("seed", "0", _text)
    folder = top.get("folder", None, _text)
    lines = _lines(top.section("lines"))
    client = top.section("client")
    client_id, client_secret = (client.need(name, _text) for name in ("id", "secret"))
    client.end()
    staffing = top.section("staffing")
    mock = top.section("mock", optional=True)
    top.end()

    sites = _staffing(staffing, set(lines), mock.get("agents_present", "100%", parse_share))
    replication = mock.get("replication", "synchronous", _one_of("synchronous", "asynchronous"))
    lag_s = mock.get("replication_lag", "20s", parse_duration)
    if replication == "synchronous" and mock.has("replication_lag"):
        mock.problem("replication_lag", "replication: asynchronous beside it, or no lag")
    centre = Centre(
        speed=speed,
        seed=seed,
        lines=lines,
        staffing=sites,
        client_id=client_id,
        client_secret=client_secret,
        folder=folder,
        lag_s=lag_s if replication == "asynchronous" else None,
        channels=mock.get("channels", "400", _at_least(1)),
        split=_split(mock.section("split", optional=True), sites),
        talk=_handle_time(mock.section("talk", optional=True), "150s", "1.0"),
        wrap_up=_handle_time(mock.section("wrap_up", optional=True), "30s", "0.8"),
        ticket_work=_handle_time(mock.section("ticket_work", optional=True), "150s", "1.0"),
        health_check=_health_check(mock.section("health_check", optional=True)),
    )
    mock.end()
    if problems:
        raise ConfigError(problems)
    return centre


def _lines(section: "_Section") -> dict[str, tuple[str, ...]]:
    lines = {queue: section.need(queue, _numbers) or () for queue in section.names}
    if TICKETS in lines:
        section.problem(TICKETS, "another name: 'tickets' is the skill of the ticket agents")
    taken: dict[str, str] = {}
    for queue, numbers in lines.items():
        for number in numbers:
            if taken.setdefault(number, queue) != queue:
                section.problem(queue, f"each line once; {number} also leads to {taken[number]}")
    if not lines:
        section.complain("", "no queue", "at least one queue with its lines")
    return lines


def _staffing(
    section: "_Section", queues: set[str], present: float | None
) -> dict[str, dict[str, int]]:
    sites: dict[str, dict[str, int]] = {}
    for site in section.names:
        if not _NAME.fullmatch(site):
            section.complain(site, f"{site!r}", "a name of letters, digits, - and _, such as north")
        skills = section.section(site)
        skills.known |= queues | {TICKETS}
        skills.end()
        staffed = {name: skills.get(name, "0", _at_least(0)) or 0 for name in skills.names}
        sites[site] = {
            skill: round(staffed.get(skill, 0) * (1.0 if present is None else present))
            for skill in (*sorted(queues), TICKETS)
        }
    if not sites:
        section.complain("", "no site", "at least one site with its agents")
    return sites


def _split(section: "_Section", sites: Mapping[str, object]) -> dict[str, float]:
    section.known |= set(sites)
    section.end()
    shares = {name: section.get(name, "0%", parse_share) or 0.0 for name in section.names}
    if not section.names:
        return {site: 1 / len(sites) for site in sites}
    total = sum(shares.values())
    if abs(total - 1) > 1e-6:
        section.complain("", f"a sum of {total:.0%}", "shares that add up to 100%")
    return {site: shares.get(site, 0.0) for site in sites}


def _handle_time(section: "_Section", mean: str, variation: str) -> HandleTime:
    mean_s = section.get("mean", mean, _duration_over_zero)
    cv = section.get("variation", variation, _not_negative)
    section.end()
    return HandleTime(mean_s, cv)


def _health_check(section: "_Section") -> HealthCheck:
    every_s = section.get("every", "2s", _duration_over_zero)
    fall = section.get("fall", "2", _at_least(1))
    rise = section.get("rise", "2", _at_least(1))
    section.end()
    return HealthCheck(every_s, fall, rise)


class _Section:
    """One mapping of the document, which remembers what was asked for and what was wrong."""

    def __init__(self, path: str, found: object, problems: list[Problem]) -> None:
        self._path = path
        self._problems = problems
        self._values: dict[str, Any] = {}
        self.known: set[str] = set()
        if isinstance(found, Mapping):
            self._values = {str(name): value for name, value in found.items()}
        else:
            self.complain("", _shown(found), "a mapping of names to values")

    @property
    def names(self) -> tuple[str, ...]:
        """The keys that were found."""
        return tuple(self._values)

    def has(self, name: str) -> bool:
        """Return whether the key was given."""
        return name in self._values

    def complain(self, name: str, found: str, want: str) -> None:
        """Add a problem at *name* (at this section itself if it is empty)."""
        where = ".".join(part for part in (self._path, name) if part) or "the first line"
        self._problems.append(Problem(where, found, want))

    def problem(self, name: str, want: str) -> None:
        """Add a problem with the value that was found at *name*."""
        self.complain(name, _shown(self._values.get(name)), want)

    def section(self, name: str, *, optional: bool = False) -> "_Section":
        """Return the mapping at *name*; if it may be missing, an empty one."""
        self.known.add(name)
        if name not in self._values:
            if not optional:
                self.complain(name, "nothing", "a mapping of names to values")
            return _Section(self._join(name), {}, [] if not optional else self._problems)
        return _Section(self._join(name), self._values[name], self._problems)

    def need(self, name: str, parse: Callable[[Any], T]) -> T:
        """Return the parsed value at *name*, which must be there."""
        if name in self._values:
            return self.get(name, self._values[name], parse)
        self.known.add(name)
        self.complain(name, "nothing", "a value")
        return parse("") if parse is _text else None  # type: ignore[return-value]

    def get(self, name: str, default: Any, parse: Callable[[Any], T]) -> T:
        """Return the parsed value at *name*, or the parsed *default*.

        After a problem the result is meaningless; it never leaves ``parse_centre``, which raises.
        """
        self.known.add(name)
        if name not in self._values and default is None:
            return None  # type: ignore[return-value]
        value = self._values.get(name, default)
        try:
            return parse(value)
        except (ValueError, TypeError, AttributeError, OverflowError) as error:
            want = str(error) if isinstance(error, ValueError) else "a text or a number"
            self.complain(name, _shown(value), want)
            return None  # type: ignore[return-value]

    def end(self) -> None:
        """Add a problem for every key that nobody asked for."""
        for name in self._values:
            if name not in self.known:
                near = difflib.get_close_matches(name, self.known, n=1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                want = ", ".join(sorted(self.known)) or "nothing"
                self.complain(name, "an unknown key", f"one of {want}{hint}")

    def _join(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _text(value: Any) -> str:
    if not isinstance(value, (str, int, float)) or isinstance(value, bool):
        raise ValueError("a text")  # noqa: TRY004 - the message is for the reader of the file
    return str(value)


def _numbers(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(n, str) for n in value):
        raise ValueError("a list of phone numbers, such as ['+441632960101']")
    return tuple(value)


def _number(value: Any, want: str) -> float:
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (ValueError, TypeError):
        number = math.nan
    if not abs(number) < _LARGEST:  # nor is nan
        raise ValueError(want)
    return number


def _positive(value: Any) -> float:
    number = _number(value, "a number above 0")
    if number <= 0:
        raise ValueError("a number above 0")
    return number


def _not_negative(value: Any) -> float:
    number = _number(value, "a number, 0 or more")
    if number < 0:
        raise ValueError("a number, 0 or more")
    return number


def _duration_over_zero(value: Any) -> float:
    seconds = parse_duration(value)
    if seconds <= 0:
        raise ValueError("a duration above 0, such as 20s")
    return seconds


def _at_least(least: int) -> Callable[[Any], int]:
    def parse(value: Any) -> int:
        want = f"a whole number, {least} or more"
        number = _number(value, want)
        if number != int(number) or number < least:
            raise ValueError(want)
        return int(number)

    return parse


def _one_of(*choices: str) -> Callable[[Any], str]:
    def parse(value: Any) -> str:
        if value not in choices:
            raise ValueError(" or ".join(choices))
        return str(value)

    return parse
