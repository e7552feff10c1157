"""What may be written to the ticket store, and what the answer to a write is. Stamps are wall."""

from dataclasses import dataclass
from enum import StrEnum

from mock_center.tickets.desk import Step
from mock_center.tickets.ticket import Comment, SupportRequest, Ticket


@dataclass(frozen=True, slots=True)
class Create:
    """The write of a new ticket; *key* makes it happen once, *fingerprint* tells bodies apart.

    *attachments* is JSON: the name, size and type of each.
    """

    key: str
    fingerprint: str
    reference: str
    consumer: str
    customer: str
    priority: str
    subject: str
    body: str
    created_at: float
    attachments: str = "[]"


@dataclass(frozen=True, slots=True)
class Progress:
    """The write of what an agent of the desk did at *at*, in touch number *touch* of the ticket.

    *text* is the reply. *wakes_at*: when the state it leads to ends by itself. *support*: the
    subject of the request that the solving makes to the client's own IT, None for no request.
    """

    ticket: str
    step: Step
    at: float
    touch: int
    text: str = ""
    wakes_at: float | None = None
    support: str | None = None


@dataclass(frozen=True, slots=True)
class Remark:
    """The write of a comment from outside; *key* makes it happen once."""

    ticket: str
    key: str
    fingerprint: str
    author: str
    text: str
    public: bool
    at: float
    attachments: str = "[]"


@dataclass(frozen=True, slots=True)
class Patch:
    """The customer's change of a ticket that is still the version *matches* names.

    None leaves a value as it is. *matches* None: any version. *state* is ``solved`` or ``open``;
    *wakes_at* is when a ticket that is solved by it will be closed. *escalated*: the customer asks
    for the second line.
    """

    ticket: str
    matches: tuple[str, ...] | None
    at: float
    priority: str | None = None
    subject: str | None = None
    state: str | None = None
    wakes_at: float | None = None
    escalated: bool = False


@dataclass(frozen=True, slots=True)
class Wake:
    """A state has lasted until *due*, its ``wakes_at``; *wakes_at* is that of the next state."""

    ticket: str
    due: float
    at: float
    wakes_at: float | None = None


@dataclass(frozen=True, slots=True)
class Resolve:
    """The client's IT has done what a support request asked for; *key* makes it happen once."""

    request: str
    key: str
    fingerprint: str
    note: str
    at: float


Write = Create | Progress | Remark | Patch | Wake | Resolve


class Refusal(StrEnum):
    """Why a write was refused; nothing was written."""

    MISSING = "not-found"
    KEY_CONFLICT = "idempotency-conflict"
    CLOSED = "ticket-closed"
    FULL = "ticket-full"
    STALE = "etag-mismatch"
    RESOLVED = "already-resolved"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer to one write.

    *ticket* is the ticket as it stands now, None if it is gone or a support request was written.
    *before* is the ticket as it stood; *changed*: something was written. *comment* and *request*
    are those that were written, or found by their key. *replayed*: the key had been used with the
    same body.
    """

    ticket: Ticket | None
    before: Ticket | None = None
    comment: Comment | None = None
    request: SupportRequest | None = None
    changed: bool = False
    replayed: bool = False
    refusal: Refusal | None = None

    @property
    def conflict(self) -> bool:
        """Whether the key had been used with another body."""
        return self.refusal is Refusal.KEY_CONFLICT
