"""What the store holds: tickets, their comments, support requests; and what the stores exchange."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from enum import StrEnum
from hashlib import blake2s
from operator import attrgetter
from typing import Any


class StaleEpochError(Exception):
    """The writer was deposed: this store has seen a higher epoch than the one that was used."""


class GapError(Exception):
    """The change does not follow on what this store holds; it has to catch up first."""


class NotLeadingError(Exception):
    """This site does not lead the ticket store (any more), so it takes no writes."""


class State(StrEnum):
    """Where a ticket stands: whose turn it is, or that it is over."""

    NEW = "new"
    OPEN = "open"
    PENDING = "pending"
    ON_HOLD = "on_hold"
    SOLVED = "solved"
    CLOSED = "closed"


UNSOLVED = (State.NEW, State.OPEN, State.PENDING, State.ON_HOLD)
"""The states of a ticket that somebody still waits for."""


class Author(StrEnum):
    """Who wrote a comment."""

    CUSTOMER = "customer"
    AGENT = "agent"


class RequestState(StrEnum):
    """Where a support request stands."""

    OPEN = "open"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Ticket:
    """One ticket as every copy of the store holds it.

    *number* orders tickets by creation and never changes. *seq* is the place of its last change in
    the leader's sequence. Stamps are wall epoch seconds; None means it has not happened.

    *replied_at* is the first public reply of an agent, *solved_at* the last time it was solved.
    *asked_at* is the oldest comment of the customer, after the first reply, that has no answer yet.
    *owed_since*: since when an agent owes a reply; None if only the solving is left, or nothing.
    *wakes_at*: when its present state ends by itself. *touches* counts what the desk's agents did,
    *replies* every public reply. *trail* is each state with the moment it began, as JSON.

    *customer_comments* counts what the customer wrote after the ticket itself. *attachments* is
    what came with it, as JSON: name, size and type of each, never the content.
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
    updated_at: float
    replied_at: float | None
    first_solved_at: float | None
    solved_at: float | None
    solved_by: str | None
    asked_at: float | None
    owed_since: float | None
    wakes_at: float | None
    escalated_at: float | None
    reopened: int
    touches: int
    replies: int
    trail: str
    seq: int
    customer_comments: int = 0
    attachments: str = "[]"

    def row(self) -> tuple[Any, ...]:
        """Return the values in the order of the columns; ``Ticket(*row)`` is the inverse."""
        values: tuple[Any, ...] = _TICKET_VALUES(self)
        return values

    @property
    def etag(self) -> str:
        """What tells this version of the ticket from any other, also from a deposed leader's."""
        version = f"{self.id} {self.seq} {self.updated_at!r}"
        return blake2s(version.encode(), digest_size=8).hexdigest()

    @property
    def states(self) -> tuple[tuple[float, State], ...]:
        """Each state it has been in, with the moment it began; the last is the present one."""
        return tuple((at, State(state)) for at, state in json.loads(self.trail))

    def public(self) -> dict[str, object]:
        """Return what the API's clients see of a ticket."""
        return {
            "id": self.id,
            "reference": self.reference,
            "state": self.state,
            "priority": self.priority,
            "customer": self.customer,
            "subject": self.subject,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
            "replied_at": self.replied_at,
            "solved_at": self.solved_at,
            "solved_by": self.solved_by,
            "escalated": self.escalated_at is not None,
            "reopened": self.reopened,
            "customer_comments": self.customer_comments,
            "attachments": json.loads(self.attachments),
            "etag": self.etag,
            "site": self.site,
        }


@dataclass(frozen=True, slots=True)
class Comment:
    """What somebody wrote on a ticket; it never changes. *key* is None if the desk wrote it.

    *seq* is the place in the leader's sequence, the same as its ticket's at that moment.
    *attachments* are as those of a ticket.
    """

    id: str
    ticket: str
    author: str
    text: str
    public: int
    at: float
    key: str | None
    fingerprint: str
    seq: int
    attachments: str = "[]"

    def row(self) -> tuple[Any, ...]:
        """Return the values in the order of the columns; ``Comment(*row)`` is the inverse."""
        values: tuple[Any, ...] = _COMMENT_VALUES(self)
        return values

    def shown(self) -> dict[str, object]:
        """Return what the API's clients see of a comment."""
        return {
            "id": self.id,
            "ticket": self.ticket,
            "author": self.author,
            "text": self.text,
            "public": bool(self.public),
            "attachments": json.loads(self.attachments),
            "commented_at": self.at,
        }


@dataclass(frozen=True, slots=True)
class SupportRequest:
    """What the provider asks of the client's own IT, about one ticket.

    *number* orders requests and never changes; *key* and *fingerprint* are those of its resolving.
    """

    number: int
    id: str
    ticket: str
    reference: str
    consumer: str
    subject: str
    state: str
    site: str
    opened_at: float
    resolved_at: float | None
    note: str | None
    key: str | None
    fingerprint: str | None
    seq: int

    def row(self) -> tuple[Any, ...]:
        """Return the values in the order of the columns; ``SupportRequest(*row)`` inverts it."""
        values: tuple[Any, ...] = _REQUEST_VALUES(self)
        return values

    def public(self) -> dict[str, object]:
        """Return what the API's clients see of a support request."""
        return {
            "id": self.id,
            "ticket": self.ticket,
            "reference": self.reference,
            "subject": self.subject,
            "state": self.state,
            "opened_at": self.opened_at,
            "resolved_at": self.resolved_at,
            "note": self.note,
            "site": self.site,
        }


def columns(kind: type) -> tuple[str, ...]:
    """Return the names of the columns that hold a *kind*, in order."""
    return tuple(field.name for field in fields(kind))


def _values(kind: type) -> Callable[[Any], Any]:
    return attrgetter(*columns(kind))  # dataclasses.astuple copies deeply: ten times slower


_TICKET_VALUES = _values(Ticket)
_COMMENT_VALUES = _values(Comment)
_REQUEST_VALUES = _values(SupportRequest)


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
    comments: tuple[Comment, ...] = ()
    requests: tuple[SupportRequest, ...] = ()

    def to_wire(self) -> dict[str, object]:
        """Return a form JSON can carry."""
        return {
            "epoch": self.epoch,
            "after": self.after,
            "seq": self.seq,
            "tickets": _rows(self.tickets),
            "comments": _rows(self.comments),
            "requests": _rows(self.requests),
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
            comments=tuple(Comment(*row) for row in wire["comments"]),
            requests=tuple(SupportRequest(*row) for row in wire["requests"]),
            history=tuple((epoch, seq) for epoch, seq in wire["history"]),
            reset=wire["reset"],
            attached=wire["attached"],
        )


def _rows(held: Iterable[Ticket | Comment | SupportRequest]) -> list[tuple[Any, ...]]:
    return [each.row() for each in held]
