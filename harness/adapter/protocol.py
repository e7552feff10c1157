"""What an adapter can do, and the values that cross between it and its driver.

A real provider needs one class with these methods and no fork: name its import path in the target
profile. Every method is a generator: it yields a ``Request``, is sent the ``Response``, and returns
what the step came to. One step may take several requests.

An adapter has the halves that its provider offers: ``CallsHalf``, ``TicketsHalf``, and one of
``Listening`` and ``Polling``. The rest are powers that it can have as well. ``parts.py`` says which
of them a scenario needs; docs/how_to_write_an_adapter.md how to write one.
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, Protocol, TypeVar, runtime_checkable

from harness.model.contact import Attachment, Outcome, WriteOutcome
from harness.model.event import Content, StoredTicket
from harness.model.target import Endpoints

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. ``step`` is its name in statistics, from a closed set, never with ids.

    ``leaves``: whoever sends it is gone with it. No adapter says so, stories do.
    """

    step: str
    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    leaves: bool = False


@dataclass(frozen=True, slots=True)
class Response:
    """What came back. ``status`` is None if nothing did; then ``error`` says why.

    Header names are in lower case. ``sent`` is False only if the request certainly never left: a
    connection that was refused. A time-out or a reset after that leaves us not knowing what the
    target did.
    """

    status: int | None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    error: str = ""
    sent: bool = True


Steps = Generator[Request, Response, _T]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCall:
    """A call to place. ``reference`` is ours; ``consumer`` names the event stream that hears."""

    reference: str
    consumer: str
    line: str
    caller: str
    customer: str
    reason: str
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCallback:
    """A callback to ask for instead of waiting on: the call *provider_id* that is in *queue*."""

    reference: str
    consumer: str
    provider_id: str
    queue: str
    line: str
    number: str
    customer: str
    reason: str


@dataclass(frozen=True, slots=True)
class Promised:
    """What asking for a callback came to: until when it is promised (wall stamp), or why not.

    The call's own wait ends by a notice of its own, ``ended`` with the reason ``callback``.
    """

    until: float | None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTicket:
    """A ticket to open; of its attachments, the names, sizes and types."""

    reference: str
    consumer: str
    customer: str
    priority: str
    subject: str
    body: str
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewComment:
    """What a customer writes on the ticket ``provider_id``; ``key`` makes it happen once."""

    provider_id: str
    key: str
    text: str
    attachments: tuple[Attachment, ...] = ()


class TicketState(StrEnum):
    """Where a ticket stands. ``OTHER`` is a state that this harness has no word for."""

    NEW = "new"
    OPEN = "open"
    PENDING = "pending"
    ON_HOLD = "on_hold"
    SOLVED = "solved"
    CLOSED = "closed"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class TicketRead:
    """A ticket as it was read. ``version`` is what a change has to name: its ETag.

    ``content`` is what it says, as far as the provider tells: what was written is compared with it.
    """

    state: TicketState
    version: str
    content: Content | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """What placing a call came to: in the queue (``outcome`` None), or ended before it began."""

    outcome: Outcome | None
    provider_id: str | None = None
    site: str | None = None
    queue: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """What a write about a ticket came to.

    ``stale``: it was refused only because the ticket had changed since it was read.
    """

    outcome: WriteOutcome
    provider_id: str | None = None
    site: str | None = None
    error: str | None = None
    stale: bool = False


class AgentState(StrEnum):
    """How an agent stands. ``OFFLINE``: not logged in (any more)."""

    OFFLINE = "offline"
    AVAILABLE = "available"
    OFFERED = "offered"
    BUSY = "busy"
    WRAP_UP = "wrap_up"
    MISSED = "missed"
    AWAY = "away"


@dataclass(frozen=True, slots=True)
class Work:
    """What an agent is offered, or has at hand. ``reference`` is the customer's, if it is told."""

    id: str
    is_ticket: bool
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How an agent stands, and the work that it is offered or has at hand."""

    state: AgentState
    work: Work | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAgent:
    """An agent to log in. ``consumer`` will hear of its offers under ``reference``.

    ``key`` makes the log-in happen once.
    """

    name: str
    site: str
    skill: str
    reference: str
    consumer: str
    key: str


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """What a log-in came to: the provider's name for the agent, or None and why not.

    ``told``: offers will come over the event stream; else the provider has to be asked.
    """

    agent: str | None
    told: bool = False
    error: str | None = None


class NoticeKind(StrEnum):
    """What the provider can tell us about a contact.

    ``OTHER`` is something we have no use for; its number counts, or it would look lost.
    """

    MENU = "menu"
    QUEUED = "queued"
    ANSWERED = "answered"
    TRANSFERRED = "transferred"
    ENDED = "ended"
    CALLED_BACK = "called_back"
    CALLBACK_ENDED = "callback_ended"
    REPLIED = "replied"
    ASKED = "asked"
    HELD = "held"
    ESCALATED = "escalated"
    REOPENED = "reopened"
    SOLVED = "solved"
    ALIVE = "alive"
    AGENT = "agent"
    OTHER = "other"


class EndReason(StrEnum):
    """Why the provider says that a call ended."""

    AGENT = "agent"
    CALLER = "caller"
    ABANDONED = "abandoned"
    CONTAINED = "contained"
    CALLBACK = "callback"
    CLOSED = "closed"
    TIMED_OUT = "timed-out"
    SITE_LOSS = "site-loss"
    OTHER = "other"


class Notice(NamedTuple):
    """One line of the event stream. ``*_at`` are the site's own stamps in wall epoch seconds.

    ``resolved`` is the provider's word, at the end of a talk, on whether the customer was helped.
    ``comment`` is the id of a reply to a ticket: after a failover a provider may tell one twice.
    ``standing`` is that of an agent, whose ``reference`` the notice then has.
    """

    kind: NoticeKind
    seq: int = 0
    reference: str = ""
    site: str | None = None
    queue: str | None = None
    reason: EndReason | None = None
    queued_at: float | None = None
    answered_at: float | None = None
    resolved: bool | None = None
    comment: str | None = None
    standing: Standing | None = None


@dataclass(frozen=True, slots=True)
class News:
    """What a poll brought. *cursor* is what to ask after next time.

    *lost* says why news before it are gone for good, if they are: what they were about is unknown.
    """

    notices: tuple[Notice, ...]
    cursor: str
    lost: str = ""


class CallsHalf(Protocol):
    """What an adapter needs whose provider takes calls."""

    def place_call(self, call: NewCall) -> Steps[Placed]:
        """Place a call; it returns once the call waits in a queue or was turned away."""
        ...

    def hang_up(self, provider_id: str) -> Steps[None]:
        """Hang up, whether the call is waiting, in talk or already over."""
        ...

    def press(self, provider_id: str, keys: str) -> Steps[None]:
        """Press *keys* of the telephone, in a voice menu."""
        ...

    def ask_for_callback(self, order: NewCallback) -> Steps[Promised]:
        """Ask to be called back instead of waiting on; the provider may not offer it just now."""
        ...


class TicketsHalf(Protocol):
    """What an adapter needs whose provider takes tickets.

    The last three only where a scenario's customers write again, reopen or escalate.
    """

    def open_ticket(self, ticket: NewTicket) -> Steps[Written]:
        """Open a ticket; ``acknowledged`` only if the provider promised to keep it."""
        ...

    def read_ticket(self, provider_id: str) -> Steps[TicketRead | None]:
        """Read a ticket before it is changed; None if it could not be read."""
        ...

    def read_tickets(self, site: str) -> Steps[tuple[StoredTicket, ...] | None]:
        """Read every ticket in *site*'s own store; None if that store did not answer."""
        ...

    def comment_ticket(self, comment: NewComment) -> Steps[Written]:
        """Write on a ticket as its customer; it makes a reply due."""
        ...

    def reopen_ticket(self, provider_id: str, version: str) -> Steps[Written]:
        """Open a solved ticket again, provided it is still the *version* that was read."""
        ...

    def escalate_ticket(self, provider_id: str, version: str) -> Steps[Written]:
        """Ask for the second line, provided the ticket is still the *version* that was read."""
        ...


@runtime_checkable
class Listening(Protocol):
    """What an adapter needs whose provider tells news over a stream."""

    def listen(self, consumer: str, since: int) -> Steps[Request]:
        """Return the request that opens *consumer*'s event stream after number *since*."""
        ...

    def parse_notice(self, line: bytes) -> Notice | None:
        """Return what one line of the event stream says; None for a line that is no event."""
        ...


@runtime_checkable
class Polling(Protocol):
    """What an adapter needs instead whose provider has to be asked what is new."""

    poll_every_wall_s: float
    """Wall seconds from one poll to the next; a customer hears of an answer that much later."""

    def poll(self, cursor: str) -> Steps[News | None]:
        """Return what is new since *cursor*, empty at first: from now on. None: no answer came.

        Asked once for all contacts, never for each: what changed since, not how this one stands.
        """
        ...


class Adapter(CallsHalf, TicketsHalf, Listening, Protocol):
    """One provider's API. An instance is built once per process and keeps its credentials."""

    def __init__(self, endpoints: Endpoints) -> None: ...


@runtime_checkable
class Removing(Protocol):
    """What an adapter can do as well, if the provider lets us clear up what we left."""

    def remove_ticket(self, provider_id: str) -> Steps[Written]:
        """Delete a ticket, or close it for good; ``acknowledged`` only if that can be seen."""
        ...


@runtime_checkable
class Distributing(Protocol):
    """What an adapter can do as well, if the provider lets us move shares of calls."""

    def distribute(self, line: str, shares: Mapping[str, float]) -> Steps[str | None]:
        """Send new calls to *line* to sites by these *shares* (0..1); return why not, None if so.

        A site that is not named gets nothing.
        """
        ...


@dataclass(frozen=True, slots=True)
class Subscribed:
    """What a subscription came to: its *id*, or None and why not; *secret* signs what is posted."""

    id: str | None
    secret: str = field(default="", repr=False)
    error: str | None = None


@runtime_checkable
class Webhooks(Protocol):
    """What an adapter can do as well, if the provider posts events to an address of ours."""

    def subscribe(self, url: str, events: tuple[str, ...], consumer: str) -> Steps[Subscribed]:
        """Have *events* of *consumer* posted to *url*."""
        ...

    def unsubscribe(self, subscription: str) -> Steps[None]:
        """End it; an answer of any kind will do."""
        ...

    def posted(self, secret: str, headers: Mapping[str, str], body: bytes) -> str | None:
        """Return the event that was posted; None if its signature is not the provider's.

        Header names are in lower case.
        """
        ...


@runtime_checkable
class AgentsHalf(Protocol):
    """What an adapter can do as well, if its provider lets programs work as agents.

    Needed where the harness has to staff a test environment. Whatever is done for an agent returns
    how it stands then; None if the provider refused, or did not answer: ask ``stand``.
    """

    def log_in(self, agent: NewAgent) -> Steps[LoggedIn]:
        """Log an agent in, available from then on."""
        ...

    def stand(self, agent: str) -> Steps[Standing | None]:
        """Ask how an agent stands; None if there is no answer."""
        ...

    def next_offer(self, agent: str, wait_wall_s: int) -> Steps[Standing | None]:
        """Wait for an offer, *wait_wall_s* wall seconds at most; None if none came."""
        ...

    def accept(self, agent: str, work: Work) -> Steps[Standing | None]:
        """Take what is offered."""
        ...

    def decline(self, agent: str, work: Work) -> Steps[Standing | None]:
        """Let it go to the next agent."""
        ...

    def reply(self, work: Work, text: str, *, key: str) -> Steps[bool]:
        """Write to the customer of a ticket, once for each *key*; return whether it was taken."""
        ...

    def finish(self, agent: str, work: Work, *, resolved: bool) -> Steps[Standing | None]:
        """End the talk, or be done with the ticket: solved if *resolved*."""
        ...

    def be_available(self, agent: str) -> Steps[Standing | None]:
        """Be there for the next customer; ends wrap-up and being away."""
        ...

    def be_away(self, agent: str) -> Steps[Standing | None]:
        """Take a break."""
        ...

    def log_out(self, agent: str) -> Steps[None]:
        """Go home; an answer of any kind will do."""
        ...


def marks(run: str) -> dict[str, str]:
    """Return the headers by which a provider can tell our traffic, and block it."""
    return {"User-Agent": "cutover-rehearsal", **({"X-Load-Test-Run": run} if run else {})}
