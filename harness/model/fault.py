"""What a scenario may write of a fault: the parameters of a kind, told as data. Types only.

A kind of fault says which keys it takes beside ``kind``, ``at``, ``for`` and ``runbook``; the
reader of files and the documentation both go by that, and neither knows a kind by name.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

Value = str | float
"""What a parameter holds once it is read: a name or a text, or a number in its unit."""


class Written(StrEnum):
    """How a parameter is written, and so what may stand in it. A source is the edge or a site.

    A table and a list are kept as JSON, all of whose values are texts; their kind checks them. A
    file has to exist; it is kept as what stands in it, so that what is done is what was checked.
    """

    SITE = "site"
    SOURCE = "source"
    QUEUE = "queue"
    LINE = "line"
    SHARE = "share"
    DURATION = "duration"
    NUMBER = "number"
    CHOICE = "choice"
    TEXT = "text"
    FILE = "file"
    TABLE = "table"
    LIST = "list"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One key of a fault.

    ``about`` is a sentence for people, ``example`` how it looks in YAML. Without a ``default`` it
    has to be there, unless it is ``optional``: then it is absent. ``least`` and ``most`` bound a
    number, ``choices`` are all there is to choose from. A share is read as 0..1, a duration as
    seconds, of the centre's time unless ``about`` says otherwise.
    """

    name: str
    written: Written
    about: str
    example: str
    default: Value | None = None
    optional: bool = False
    choices: tuple[str, ...] = ()
    least: float = 0.0
    most: float = 1e9


class Names(Protocol):
    """What there is to name in a scenario and its target, for a kind that looks into its tables."""

    def instead_of(self, written: Written, text: str) -> str:
        """Return what would be right instead of the name *text*; empty if it is, or may be."""
        ...

    def queue_of(self, line: str) -> str:
        """Return the queue that *line* is a number of; empty if it is of none."""
        ...


@dataclass(frozen=True, slots=True)
class Held:
    """A fault that the target says is in force: its id, its kind, and what was asked of it."""

    id: str
    kind: str
    asked: Mapping[str, Value]
