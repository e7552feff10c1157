"""Reads one mapping of the configuration after the other, and remembers all that is wrong."""

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from mock_center.config.values import name as name_of_label
from mock_center.config.values import shown, shown_key

T = TypeVar("T")

_MAPPING = "a mapping of names to values"
_OPTIONAL = "a mapping of names to values; {} takes every default"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with the configuration: where, what was found, what would be right."""

    where: str
    found: str
    want: str

    def to_wire(self) -> dict[str, str]:
        """Return a form JSON can carry."""
        return {"where": self.where, "found": self.found, "want": self.want}


class ConfigError(Exception):
    """The configuration has problems, each named once; nothing was started."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(dict.fromkeys(problems))
        super().__init__("; ".join(f"{p.where}: {p.found}, want {p.want}" for p in self.problems))


class Section:
    """One mapping of the document, which remembers what was asked for and what was wrong.

    *sound* is False where a mapping was wanted and none was found: that has been said already.
    """

    def __init__(
        self, path: str, found: object, problems: list[Problem], want: str = _MAPPING
    ) -> None:
        self._path = path
        self._problems = problems
        self._values: dict[str, Any] = {}
        self.known: set[str] = set()
        self.sound = isinstance(found, Mapping)
        if isinstance(found, Mapping):
            self._values = {str(name): value for name, value in found.items()}
        else:
            self.complain("", shown(found), want)

    @property
    def names(self) -> tuple[str, ...]:
        """The keys that were found."""
        return tuple(self._values)

    def has(self, name: str) -> bool:
        """Return whether the key was given."""
        return name in self._values

    def is_mapping(self, name: str) -> bool:
        """Return whether the value at *name* is a mapping."""
        return isinstance(self._values.get(name), Mapping)

    def complain(self, name: str, found: str, want: str) -> None:
        """Add a problem at *name* (at this section itself if it is empty).

        All of it is put on one line: a file may call its sites and queues what it likes.
        """
        where = ".".join(part for part in (self._path, _plain(name)) if part)
        self._problems.append(Problem(where or "the first line", _plain(found), _plain(want)))

    def check_names(self) -> None:
        """Add a problem for every key that cannot become a label."""
        for key in self._values:
            try:
                name_of_label(key)
            except ValueError as error:
                self.complain(shown_key(key), shown(key), str(error))

    def problem(self, name: str, want: str) -> None:
        """Add a problem with the value that was found at *name*."""
        self.complain(name, shown(self._values.get(name)), want)

    def section(self, name: str, *, optional: bool = False) -> "Section":
        """Return the mapping at *name*; if it may be missing, an empty one."""
        self.known.add(name)
        if name not in self._values:
            if not optional and self.sound:
                self.complain(name, "nothing", _MAPPING)
            absent = Section(self._join(name), {}, self._problems)
            absent.sound = optional
            return absent
        want = _OPTIONAL if optional else _MAPPING
        return Section(self._join(name), self._values[name], self._problems, want)

    def sections(self, name: str) -> "list[Section]":
        """Return the mappings of the list at *name*; an empty list if it is missing."""
        self.known.add(name)
        found = self._values.get(name, [])
        if not isinstance(found, list):
            self.problem(name, "a list of mappings")
            return []
        return [
            Section(f"{self._join(name)}[{number}]", each, self._problems)
            for number, each in enumerate(found)
        ]

    def need(self, name: str, parse: Callable[[Any], T]) -> T:
        """Return the parsed value at *name*, which must be there; see ``get`` for problems."""
        if name in self._values:
            return self.get(name, self._values[name], parse)
        self.known.add(name)
        if self.sound:
            self.complain(name, "nothing", "a value")
        return None  # type: ignore[return-value]

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
        except ValueError as error:
            self.complain(name, shown(value), str(error))
            return None  # type: ignore[return-value]

    def only(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return those of *names* that stand here, as ordered here; every other key is a problem.

        For mappings whose keys are the centre's own queues, sites or lines.
        """
        self.known |= set(names)
        self.end()
        return tuple(name for name in self._values if name in self.known)

    def end(self) -> None:
        """Add a problem for every key that nobody asked for."""
        for name in self._values:
            if name not in self.known:
                near = difflib.get_close_matches(name, self.known, n=1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                want = ", ".join(sorted(self.known)) or "nothing"
                self.complain(shown_key(name), "an unknown key", f"one of {want}{hint}")

    def _join(self, name: str) -> str:
        return f"{self._path}.{_plain(name)}" if self._path else _plain(name)


def _plain(text: str) -> str:
    """Return *text* on one line, whatever a file calls its keys."""
    return text if text.isprintable() else ascii(text)[1:-1]
