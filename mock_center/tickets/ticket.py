"""What a ticket is, what may be written to it, and what the stores tell each other."""

from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any


class StaleEpochError(Exception):
    """The writer was deposed: this store has seen a higher epoch than the one that was used."""


class GapError(Exception):
    """The change does not follow on what this store holds; it has to catch up first."""


class NotLeadingError(Exception):
    """This site does not lead the ticket store (any more), so it takes no writes."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """One ticket as every copy of the store holds it.

    *number* orders tickets by creation and never changes. *seq* is the place of its last change in
    the leader's sequence. Stamps are wall epoch seconds; None means it has not happened.
    """

    number: int
    id: str
    key: str
    fingerprint: str
    reference: str
    consumer: str
    customer: str
    priority: str
    subject: str
    body: str
    state: str
    site: str
    created_at: float
    replied_at: float | None
    solved_at: float | None
    seq: int

    def row(self) -> tuple[Any, ...]:
        """Return the values in the order of ``COLUMNS``; ``Ticket(*row)`` is the inverse."""
        return tuple(_VALUES(self))

    def public(self) -> dict[str, object]:
        """Return what the API's clients see of a ticket."""
        return {
            "id": self.id,
            "reference": self.reference,
            "state": self.state,
            "priority": self.priority,
            "customer": self.customer,
            "created_at": self.created_at,
            "replied_at": self.replied_at,
            "solved_at": self.solved_at,
            "site": self.site,
        }


COLUMNS = tuple(field.name for field in fields(Ticket))
_VALUES = attrgetter(*COLUMNS)  # dataclasses.astuple copies deeply: ten times slower


@dataclass(frozen=True, slots=True)
class Create:
    """The write of a new ticket; *key* makes it happen once, *fingerprint* tells bodies apart."""

    key: str
    fingerprint: str
    reference: str
    consumer: str
    customer: str
    priority: str
    subject: str
    body: str
    created_at: float


@dataclass(frozen=True, slots=True)
class Progress:
    """The write of an agent's step: *state* is ``replied`` or ``solved``, reached at *at*."""

    ticket: str
    state: str
    at: float


Write = Create | Progress


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer to one write.

    *ticket* is the ticket as it stands now, None if a step's ticket is gone. *replayed*: the key
    had been used with the same body. *conflict*: with another body; nothing was written.
    """

    ticket: Ticket | None
    replayed: bool = False
    conflict: bool = False


@dataclass(frozen=True, slots=True)
class Position:
    """How far a store has come: the changes up to *seq* of the leader with *epoch*."""

    epoch: int
    seq: int


@dataclass(frozen=True, slots=True)
class Changes:
    """A stretch of the leader's sequence: applied to a copy at *after*, it brings it to *seq*.

    *history* lists (epoch, seq at its start). *reset*: the copy went astray, and drops all it
    holds first. *attached*: the copy is level, and from now on receives every write as it is made.
    """

    epoch: int
    after: int
    seq: int
    tickets: tuple[Ticket, ...]
    history: tuple[tuple[int, int], ...]
    reset: bool = False
    attached: bool = False

    def to_wire(self) -> dict[str, object]:
        """Return a form JSON can carry."""
        return {
            "epoch": self.epoch,
            "after": self.after,
            "seq": self.seq,
            "tickets": [ticket.row() for ticket in self.tickets],
            "history": self.history,
            "reset": self.reset,
            "attached": self.attached,
        }

    @classmethod
    def from_wire(cls, wire: dict[str, Any]) -> "Changes":
        """Return the changes that ``to_wire`` wrote."""
        return cls(
            epoch=wire["epoch"],
            after=wire["after"],
            seq=wire["seq"],
            tickets=tuple(Ticket(*row) for row in wire["tickets"]),
            history=tuple((epoch, seq) for epoch, seq in wire["history"]),
            reset=wire["reset"],
            attached=wire["attached"],
        )
