"""The contact record: what one customer did and what became of it.

It is the border between the generator (gevent) and everything else (asyncio): Locust writes these
as lines of JSON, the run record reads them. All times are centre seconds since the run began, on
the caller's clock unless the name starts with ``site_``; ``None`` means that it did not happen, or
has not happened yet. A contact belongs to the phase of its due time.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from json.encoder import encode_basestring_ascii as _quoted
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar

_DIGITS = 4
"""Times are kept to a tenth of a millisecond: the last bits of a difference must not decide
whether a wait of exactly twenty seconds was within twenty seconds."""


GIVE_UP_WALL_S = 5.0
"""Wall seconds after which a client of ours gives a request up."""


PRIORITIES = ("P1", "P2", "P3", "P4")
"""Of tickets, the most urgent first."""


class Stream(StrEnum):
    """All contacts of one kind."""

    CALLS = "calls"
    TICKETS = "tickets"


class Outcome(StrEnum):
    """How a caller's waiting ended. Every offered attempt has exactly one."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    BLOCKED = "blocked"
    REFUSED = "refused"
    CONTAINED = "contained"
    CALLBACK = "callback"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Why(StrEnum):
    """Why a call was placed: of its customer's own accord, or because of what came before it.

    A redial is a customer's next try after a call that did not get through, was cut off, or was
    given up; a repeat comes after a talk that did not help; a chase asks after an open ticket.
    """

    FIRST = "first"
    BLOCKED = "redial_blocked"
    DROPPED = "redial_dropped"
    ABANDONED = "redial_abandoned"
    REPEAT = "repeat"
    CHASE = "chase"


REDIALS = frozenset({Why.BLOCKED, Why.DROPPED, Why.ABANDONED})


class EndedBy(StrEnum):
    """Who ended an answered call."""

    CALLER = "caller"
    AGENT = "agent"
    DROPPED = "dropped"
    UNKNOWN = "unknown"


class WriteOutcome(StrEnum):
    """What a ticket write came to. A timeout, a reset or a 5xx after sending is ``unknown``."""

    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"
    FAILED = "failed"
    UNKNOWN = "unknown"


class StepKind(StrEnum):
    """What happened to a ticket once it was acknowledged, in its customer's eyes.

    The provider replied, asked the customer, held it for a third party, gave it to its second
    line, or solved it; the customer wrote, reopened it, asked for the second line (``appealed``),
    or phoned about it (``chased``).
    """

    REPLIED = "replied"
    ASKED = "asked"
    HELD = "held"
    ESCALATED = "escalated"
    SOLVED = "solved"
    WROTE = "wrote"
    REOPENED = "reopened"
    APPEALED = "appealed"
    CHASED = "chased"


@dataclass(frozen=True, slots=True)
class TicketStep:
    """One step in the life of a ticket. ``outcome`` is what a write of the customer came to.

    A write without an outcome was on its way when it was last heard of.
    """

    kind: StepKind
    at_s: float
    outcome: WriteOutcome | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """What is told of a file that comes with a ticket; there is no file."""

    name: str
    size_bytes: int
    type: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer. ``wall_s`` is wall seconds; ``status`` None: no answer came."""

    step: str
    status: int | None
    wall_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One attempt to reach an agent by phone.

    *why* it was placed; a redial names the call before it as its *parent*. *transferred_s* is when
    an agent passed the caller on, *answered_again_s* when the next one took over. *resolved* is the
    provider's word on whether the talk helped. Of who took a callback: until when it was
    *promised_s*, and *called_back_s*, None if it never came.
    """

    id: str
    phase: str
    held: bool = False
    queue: str
    line: str
    customer: str
    parent: str | None = None
    why: Why = Why.FIRST
    due_s: float
    started_s: float
    queued_s: float | None = None
    answered_s: float | None = None
    transferred_s: float | None = None
    answered_again_s: float | None = None
    ended_s: float | None = None
    ivr_s: float = 0.0
    site_queued_s: float | None = None
    site_answered_s: float | None = None
    outcome: Outcome | None = None
    ended_by: EndedBy | None = None
    resolved: bool | None = None
    promised_s: float | None = None
    called_back_s: float | None = None
    site: str | None = None
    provider_id: str | None = None
    error: str | None = None
    exchanges: tuple[Exchange, ...] = ()

    @property
    def wait_s(self) -> float | None:
        """Seconds from when the call was due until an agent answered; None if none did."""
        if self.answered_s is None:
            return None
        return round(self.answered_s - self.due_s - self.ivr_s, _DIGITS)

    @property
    def site_wait_s(self) -> float | None:
        """Seconds in queue by the site's own stamps; None if it was not answered."""
        if self.site_answered_s is None or self.site_queued_s is None:
            return None
        return round(self.site_answered_s - self.site_queued_s, _DIGITS)

    @property
    def lag_s(self) -> float:
        """Seconds the generator started it too late."""
        return self.started_s - self.due_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """One ticket that a customer opened; its id is also the key we find it by in every store.

    ``solved_s`` is when it was last solved; None while it is open again. ``steps`` are what
    happened after it was acknowledged, in order. ``attachments`` is how many it came with;
    ``subject`` is empty in the record of an earlier version.
    """

    id: str
    phase: str
    held: bool = False
    priority: str
    customer: str
    parent: str | None = None
    due_s: float
    started_s: float
    acknowledged_s: float | None = None
    replied_s: float | None = None
    solved_s: float | None = None
    steps: tuple[TicketStep, ...] = ()
    attachments: int = 0
    subject: str = ""
    outcome: WriteOutcome | None = None
    site: str | None = None
    provider_id: str | None = None
    error: str | None = None
    exchanges: tuple[Exchange, ...] = ()

    @property
    def first_reply_s(self) -> float | None:
        """Seconds from when the ticket was due until a person first replied; None if none did."""
        return None if self.replied_s is None else round(self.replied_s - self.due_s, _DIGITS)

    @property
    def lag_s(self) -> float:
        """Seconds the generator started it too late."""
        return self.started_s - self.due_s


Contact = Call | Ticket


class _Form(NamedTuple):
    """How a kind of contact is taken apart and put together, field by field, in their order."""

    opening: str
    keys: tuple[str, ...]
    unsaid: tuple[object, ...]
    values: Callable[[Any], tuple[Any, ...]]
    draft: Callable[[Any], Any]


def _form(kind: type[Contact], stream: Stream) -> _Form:
    names = [each.name for each in fields(kind)]
    return _Form(
        opening=f'{{"stream":"{stream}"',
        keys=tuple(f',"{name}":' for name in names),
        unsaid=tuple(each.default for each in fields(kind)),
        values=attrgetter(*names),
        draft=_drafts(names),
    )


def _drafts(names: list[str]) -> Callable[[Any], Any]:
    """Return what copies the fields *names* of a contact to a draft, where they can be changed.

    A draft has the slots of a contact without its lock, so it can be given the contact's class.
    The copying is written out, ``draft.id = contact.id`` and so on: a seventh of what a loop takes.
    """
    draft_class = type("Draft", (), {"__slots__": names})
    lines = [f"    draft.{name} = contact.{name}" for name in names]
    source = "\n".join(["def draft_of(contact):", "    draft = new()", *lines, "    return draft"])
    made: dict[str, Any] = {"new": draft_class}
    exec(source, made)  # noqa: S102  of our own field names, as dataclasses does
    draft_of: Callable[[Any], Any] = made["draft_of"]
    return draft_of


_C = TypeVar("_C", bound=Call | Ticket)
_KINDS: Mapping[Stream, type[Contact]] = {Stream.CALLS: Call, Stream.TICKETS: Ticket}
_FORMS: Mapping[type[object], _Form] = {kind: _form(kind, each) for each, kind in _KINDS.items()}
_ENUMS: dict[type[Contact], dict[str, type[StrEnum]]] = {
    Call: {"outcome": Outcome, "ended_by": EndedBy, "why": Why},
    Ticket: {"outcome": WriteOutcome},
}


def stream_of(contact: Contact) -> Stream:
    """Return the stream that *contact* belongs to."""
    return Stream.CALLS if isinstance(contact, Call) else Stream.TICKETS


def replace(contact: _C, **news: object) -> _C:
    """Return *contact* with what is *news* of it: ``dataclasses.replace`` at a tenth of its cost.

    That one asks every field for its rules and makes the new one as a stranger would, through
    ``__init__``. A generator does this four times for each call.

    Raises:
        AttributeError: there is no such field.
    """
    kind = type(contact)
    draft = _FORMS[kind].draft(contact)
    for name, value in news.items():
        setattr(draft, name, value)
    draft.__class__ = kind
    made: _C = draft
    return made


def to_json(contact: Contact) -> str:
    """Return *contact* as one line of JSON; a field that has its default goes without saying.

    Put together by hand, at half the cost of ``json.dumps`` of a dict: a generator writes three
    of these for each call.
    """
    form = _FORMS[type(contact)]
    parts = [form.opening]
    for key, unsaid, value in zip(form.keys, form.unsaid, form.values(contact), strict=True):
        if value is None or value == unsaid:
            continue
        kind = type(value)
        if kind is float:
            parts.append(f"{key}{value:.4f}")
        elif isinstance(value, str):  # a StrEnum too
            parts.append(key + _quoted(value))
        elif kind is tuple:
            parts.append(f"{key}[{','.join([_PARTS[type(each)](each) for each in value])}]")
        else:
            parts.append(key + json.dumps(value))
    parts.append("}")
    return "".join(parts)


def _exchange_json(exchange: Exchange) -> str:
    status = "null" if exchange.status is None else exchange.status
    return f"[{_quoted(exchange.step)},{status},{exchange.wall_s:.6f}]"


def _step_json(step: TicketStep) -> str:
    outcome = "" if step.outcome is None else f',"{step.outcome}"'
    return f'["{step.kind}",{step.at_s:.4f}{outcome}]'


_PARTS: dict[type, Callable[[Any], str]] = {Exchange: _exchange_json, TicketStep: _step_json}
"""How what a contact holds several of is written."""


def from_json(line: str | bytes) -> Contact:
    """Return the contact that *line* holds, the inverse of ``to_json``.

    Raises:
        ValueError: the line is not a whole contact record.
    """
    try:
        return _contact(json.loads(line))
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"not a contact record: {error!r}") from None


def _contact(said: Mapping[str, Any]) -> Contact:
    values = dict(said)
    kind = _KINDS[values.pop("stream")]
    for name, enum in _ENUMS[kind].items():
        if name in values:
            values[name] = enum(values[name])
    values["exchanges"] = tuple(Exchange(*each) for each in values.get("exchanges", ()))
    if "steps" in values:
        values["steps"] = tuple(step_of(*each) for each in values["steps"])
    return kind(**values)


def step_of(kind: str, at_s: float, outcome: str | None = None) -> TicketStep:
    """Return the step that a contact's line holds as a list of these."""
    return TicketStep(StepKind(kind), at_s, None if outcome is None else WriteOutcome(outcome))
