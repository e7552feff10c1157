"""Reads tables key by key, and turns what does not fit into problems.

A reader asks for each key once. What has a problem comes back as None and the reader goes on, so
that the next problem is found too. Whatever is built beside a problem is thrown away by ``load``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from harness.files import values
from harness.files.document import Entry, Listing, Node, Table, Text
from harness.files.problems import Problems, did_you_mean, is_file, missing_file, shortened
from harness.files.values import Parse
from harness.model.scenario import Owner

T = TypeVar("T")

A_TABLE = "a table"
A_LIST = "a list"
A_FILE = "the path of a file, relative to the one that names it"
A_SECRET = "where a secret is: `{env: NAME}` or `{file: PATH}`"


@dataclass(frozen=True, slots=True)
class Key:
    """One key that may stand in a table, as readers, messages and ``docs/reference/`` know it.

    ``example`` is how it looks, ``about`` what it means, in one line of Markdown. ``takes`` is what
    reads its value, whose complaint tells what is allowed; or, of tables and lists, words that do.
    ``default`` is what holds without it, as it would be written, or in words; empty if nothing
    does; None if it has to be there.
    """

    example: str
    about: str
    takes: Parse[object] | str
    default: str | None = None


Keys = Mapping[str, Key]

OWNER: Keys = {
    "name": Key("name: Service Desk", "The role that answers for it.", values.text),
    "contact": Key("contact: desk@client.example", "How to reach it.", values.text),
}
_TO_FILL_IN = re.compile(r"<\s*(\S.*?)\s*>", re.DOTALL)


class Fields:
    """The entries of one table, each of which must be one of the ``keys``."""

    def __init__(self, table: Table, *, of: str, keys: Keys, problems: Problems) -> None:
        self.place = table.place
        self.problems = problems
        self._entries = table.entries
        self._of = of
        self._keys = keys
        for key, entry in table.entries.items():
            if key not in keys:
                found = f"the unknown key {shortened(key)} in {of}"
                problems.add(entry.key.place, found=found, want=did_you_mean(key, keys))

    def __contains__(self, key: str) -> bool:
        return key in self._entries

    def entry(self, key: str) -> Entry | None:
        """Return the entry of *key*; if the table lacks it, that is a problem."""
        if key not in self._entries:
            found = f"no {key!r} in {self._of}"
            self.problems.add(self.place, found=found, want=self._keys[key].example)
        return self._entries.get(key)

    def text(self, key: str) -> str:
        """Return the value of *key* as it is written; empty if it is no single value."""
        entry = self._entries.get(key)
        return entry.value.text if entry and isinstance(entry.value, Text) else ""

    def value(self, key: str, parse: Parse[T]) -> T | None:
        """Return what *parse* makes of the value of *key*, which must be there."""
        entry = self.entry(key)
        return None if entry is None else parsed(entry.value, parse, self.problems, key=key)

    def value_or(self, key: str, parse: Parse[T], *, default: T) -> T | None:
        """Return what *parse* makes of the value of *key*, or *default* without one."""
        return self.value(key, parse) if key in self else default

    def file(self, key: str, folder: Path) -> Path | None:
        """Return the path of the file that *key* names, relative to *folder*; it must exist."""
        written = self.value(key, values.text)
        if written is None:
            return None
        path = folder / written
        if not is_file(path):
            self.problem(key, want=missing_file(written, folder))
            return None
        return path

    def table(self, key: str) -> Mapping[str, Entry]:
        """Return the entries of the table under *key*: at least one, or it is a problem."""
        entry = self.entry(key)
        if entry is None:
            return {}
        if not isinstance(entry.value, Table) or not entry.value.entries:
            self.problem(key, want=self._keys[key].example)
            return {}
        return entry.value.entries

    def listing(self, key: str) -> tuple[Node, ...]:
        """Return the items of the list under *key*: at least one, or it is a problem."""
        entry = self.entry(key)
        return items_of(entry, self._keys[key].example, self.problems) if entry else ()

    def inner(self, key: str, keys: Keys) -> "Fields | None":
        """Return the fields of the table under *key*, which must be there."""
        entry = self.entry(key)
        if entry is None:
            return None
        return fields_of(entry.value, of=key, keys=keys, problems=self.problems)

    def problem(self, key: str, *, want: str, found: str = "") -> None:
        """Add a problem with *key*: where it stands, or where the table begins if it is absent.

        By default what was found is the value as it was written.
        """
        entry = self._entries.get(key)
        place = entry.key.place if entry else self.place
        found = found or (described(entry.value, key) if entry else f"no {key!r}")
        self.problems.add(place, found=found, want=want)


def fields_of(node: Node, *, of: str, keys: Keys, problems: Problems) -> Fields | None:
    """Return the fields of *node*; None, and a problem, if it is not a table."""
    if isinstance(node, Table):
        return Fields(node, of=of, keys=keys, problems=problems)
    want = f"a table with the keys {', '.join(keys)}"
    problems.add(node.place, found=described(node, of), want=want)
    return None


def items_of(entry: Entry, example: str, problems: Problems) -> tuple[Node, ...]:
    """Return the items of the list that *entry* holds: at least one, or it is a problem."""
    if isinstance(entry.value, Listing) and entry.value.items:
        return entry.value.items
    problems.add(entry.key.place, found=described(entry.value, entry.key.text), want=example)
    return ()


def parsed(node: Node, parse: Parse[T], problems: Problems, *, key: str = "") -> T | None:
    """Return what *parse* makes of *node*; None, and a problem, if it makes nothing.

    A text in angle brackets stands for what somebody has yet to fill in, and says what that is.
    """
    want = "a single value"
    if isinstance(node, Text):
        if blank := _TO_FILL_IN.fullmatch(node.text):
            found = f"{key or 'a value'}, still to be filled in"
            problems.add(node.place, found=found, want=blank[1])
            return None
        try:
            return parse(node.text)
        except ValueError as error:
            want = str(error)
    problems.add(node.place, found=described(node, key), want=want)
    return None


def described(node: Node, key: str = "") -> str:
    """Return *node* as a message shows it: the text itself, or what else it is."""
    match node:
        case Text(text=""):
            return f"nothing after '{key}:'" if key else "nothing"
        case Text():
            return shortened(f"{key}: {node.text}" if key else node.text)
        case Listing():
            found = "a list" if node.items else "an empty list"
        case Table():
            found = "a table" if node.entries else "an empty table"
    return f"{found} as {key}" if key else found


def read_owner(fields: Fields) -> Owner | None:
    """Return the owner that *fields* name: a role, and how to reach it. There is exactly one."""
    entry = fields.entry("owner")
    if entry is not None and isinstance(entry.value, Listing):
        found = f"{len(entry.value.items)} owners"
        fields.problem("owner", found=found, want="exactly one, who answers for it")
        return None
    return None if entry is None else read_person(fields, "owner")


def read_person(fields: Fields, key: str) -> Owner | None:
    """Return whom *key* of *fields* names: a role, and how to reach it."""
    owner = fields.inner(key, OWNER)
    if owner is None:
        return None
    role, contact = owner.value("name", values.text), owner.value("contact", values.text)
    return Owner(role, contact) if role and contact else None
