"""What KPIs need of a contact, and no more: one row of plain figures each, worked out once.

The run record keeps these rows beside the contacts, so that a million of them can be judged without
taking a million contacts apart. What never happened happened at ``NEVER``: infinity, which no
threshold reaches, and which SQLite can keep where it has no NaN. It never becomes a value.
"""

import math
from array import array
from collections.abc import Iterable
from enum import IntEnum
from typing import NamedTuple

from harness.model.contact import (
    GIVE_UP_WALL_S,
    Call,
    EndedBy,
    Exchange,
    Outcome,
    StepKind,
    Ticket,
    TicketStep,
    WriteOutcome,
)
from harness.model.event import Content

NEVER = math.inf
HOUSEKEEPING_STEPS = {"sign_in", "listen"}
"""Requests that no customer waits for; the API's figures leave them out."""

_DIGITS = 4
_WALL_DIGITS = 6
_SERVER_ERROR = 500
_UNAVAILABLE = 503
_MOST_REQUESTS = 255


class Fate(IntEnum):
    """What became of an attempt, as the KPIs tell attempts apart. Every one has exactly one.

    The numbers stand in run records: never change one, only add.
    """

    ON_ITS_WAY = 0
    WAITING = 1
    ANSWERED = 2
    ABANDONED = 3
    CUT_OFF = 4
    CALLBACK = 5
    UNSEEN = 6
    CONTAINED = 7
    BLOCKED = 8
    REFUSED = 9
    FAILED = 10
    UNKNOWN = 11


LEFT_QUEUE = frozenset({Fate.ANSWERED, Fate.ABANDONED, Fate.CUT_OFF})
"""Left the queue answered, given up, or cut off by the centre. Who took a callback need not wait;
of the unseen we lost sight after they had queued."""
NEVER_GOT_IN = frozenset({Fate.BLOCKED, Fate.REFUSED, Fate.FAILED, Fate.UNKNOWN})


class End(IntEnum):
    """How a talk ended; the numbers stand in run records."""

    NO_TALK = 0
    CALLER = 1
    AGENT = 2
    DROPPED = 3
    UNKNOWN = 4


class CallFigures(NamedTuple):
    """One attempt, in the order in which its figures are kept.

    ``wait_s`` is until an agent answered, or else until the wait was over; ``site_wait_s`` is until
    the answer by the site's own stamps. A setup is from the start until the queue, the voice menu
    left out. ``api`` holds the wall seconds of its requests as doubles, negative where the request
    failed.
    """

    queue: str
    line: str
    site: str
    due_s: float
    lag_s: float
    fate: int
    wait_s: float
    site_wait_s: float
    setup_s: float
    ivr_s: float
    api: bytes


class TalkFigures(NamedTuple):
    """One talk that ended."""

    ended_s: float
    queue: str
    line: str
    site: str
    end: int
    talk_s: float


class TicketFigures(NamedTuple):
    """One ticket; replies and solutions in seconds from when it was due."""

    priority: str
    due_s: float
    lag_s: float
    first_reply_s: float
    resolution_s: float
    api: bytes


class Turn(IntEnum):
    """A turn in the life of a ticket that KPIs count; the numbers stand in run records.

    The customer, who has had a reply before, wrote and waits for the next one; or the ticket was
    solved.
    """

    ASKED = 0
    SOLVED = 1


class TurnFigures(NamedTuple):
    """One turn of a ticket.

    ``until_s`` is from the customer's word to the reply to it, or from a solution until the
    customer opened the ticket again.
    """

    at_s: float
    priority: str
    turn: int
    until_s: float


class Attempt(NamedTuple):
    """One attempt, as far as it tells whether service was back after a fault."""

    id: str
    due_s: float
    lag_s: float
    fate: int
    wait_s: float
    site_wait_s: float
    ivr_s: float = 0.0


class LostCall(NamedTuple):
    """A call that the centre lost: in its talk (``dropped``), or cut off while it waited."""

    id: str
    site: str
    due_s: float
    ended_s: float
    dropped: bool


class Updates(NamedTuple):
    """What its customer wrote after the ticket itself, as far as stores keep count of it.

    ``unsure`` are comments that were not acknowledged, and may be kept all the same.
    """

    comments: int = 0
    unsure: int = 0
    reopened: int = 0
    escalated: int = 0


class TicketWrite(NamedTuple):
    """A ticket by our key, and what writing it came to; None: it was never told.

    ``updates`` are the writes that followed: but for the unsure, they were acknowledged.
    ``acknowledged_s`` is when the ticket itself was; None if it was not. ``content`` is what was
    written.
    """

    id: str
    outcome: WriteOutcome | None
    updates: Updates = Updates()
    acknowledged_s: float | None = None
    content: Content = Content()


_FATES = {
    Outcome.ANSWERED: Fate.ANSWERED,
    Outcome.ABANDONED: Fate.ABANDONED,
    Outcome.BLOCKED: Fate.BLOCKED,
    Outcome.REFUSED: Fate.REFUSED,
    Outcome.CONTAINED: Fate.CONTAINED,
    Outcome.CALLBACK: Fate.CALLBACK,
}
_CUSTOMERS_WORDS = frozenset({StepKind.WROTE, StepKind.REOPENED})
_ENDS = {
    None: End.UNKNOWN,
    EndedBy.CALLER: End.CALLER,
    EndedBy.AGENT: End.AGENT,
    EndedBy.DROPPED: End.DROPPED,
    EndedBy.UNKNOWN: End.UNKNOWN,
}


def fate_of(call: Call) -> Fate:
    """Return what became of *call* so far."""
    queued = call.queued_s is not None
    if call.outcome is None:
        return Fate.WAITING if queued else Fate.ON_ITS_WAY
    if call.outcome is Outcome.FAILED:
        return Fate.CUT_OFF if queued else Fate.FAILED
    if call.outcome is Outcome.UNKNOWN:
        return Fate.UNSEEN if queued else Fate.UNKNOWN
    return _FATES[call.outcome]


def call_figures(call: Call) -> CallFigures:
    """Return the figures of *call*."""
    fate = fate_of(call)
    over_s = call.ended_s if call.answered_s is None else call.answered_s
    setup_s = None if call.queued_s is None else _since(call, call.queued_s, call.started_s)
    return CallFigures(
        call.queue,
        call.line,
        call.site or "",
        call.due_s,
        call.lag_s,
        fate.value,
        NEVER if over_s is None else _since(call, over_s, call.due_s),
        NEVER if call.site_wait_s is None else call.site_wait_s,
        NEVER if setup_s is None else max(0.0, setup_s),
        call.ivr_s,
        _api(call.exchanges, busy=fate is Fate.BLOCKED),
    )


def attempt_of(call: Call) -> Attempt:
    """Return *call* as an attempt."""
    f = call_figures(call)
    return Attempt(call.id, f.due_s, f.lag_s, f.fate, f.wait_s, f.site_wait_s, f.ivr_s)


def lost_call(call: Call) -> LostCall | None:
    """Return *call* if the centre lost it, else None."""
    dropped = call.ended_by is EndedBy.DROPPED
    if call.ended_s is None or not (dropped or fate_of(call) is Fate.CUT_OFF):
        return None
    return LostCall(call.id, call.site or "", call.due_s, call.ended_s, dropped)


def talk_figures(call: Call) -> TalkFigures | None:
    """Return the figures of the talk of *call*; None if none has ended."""
    if call.outcome is not Outcome.ANSWERED or call.ended_s is None:
        return None
    talk_s = NEVER if call.answered_s is None else round(call.ended_s - call.answered_s, _DIGITS)
    end = _ENDS[call.ended_by].value
    return TalkFigures(call.ended_s, call.queue, call.line, call.site or "", end, talk_s)


def ticket_figures(ticket: Ticket) -> TicketFigures:
    """Return the figures of *ticket*."""
    first_reply_s, solved_s = ticket.first_reply_s, ticket.solved_s
    return TicketFigures(
        ticket.priority,
        ticket.due_s,
        ticket.lag_s,
        NEVER if first_reply_s is None else first_reply_s,
        NEVER if solved_s is None else round(solved_s - ticket.due_s, _DIGITS),
        _api(ticket.exchanges, busy=False),
    )


def turns_of(ticket: Ticket) -> list[TurnFigures]:
    """Return the turns of *ticket* in order of time.

    Of several words in a row the oldest waits for the reply. One that was refused waits for none:
    its customer was told. A word on a solved ticket opens it again, as a reopening does.
    """
    turns: list[TurnFigures] = []
    replied, asked, solved = False, None, None

    def ended(turn: int, at_s: float) -> None:
        turns[turn] = turns[turn]._replace(until_s=round(at_s - turns[turn].at_s, _DIGITS))

    for step in ticket.steps:
        if step.kind is StepKind.REPLIED:
            replied = True
            if asked is not None:
                ended(asked, step.at_s)
                asked = None
        elif step.kind is StepKind.SOLVED:
            solved = len(turns)
            turns.append(TurnFigures(step.at_s, ticket.priority, Turn.SOLVED.value, NEVER))
        elif step.kind in _CUSTOMERS_WORDS and step.outcome is not WriteOutcome.REFUSED:
            if solved is not None and step.outcome is WriteOutcome.ACKNOWLEDGED:
                ended(solved, step.at_s)
                solved = None
            if step.kind is StepKind.WROTE and replied and asked is None:
                asked = len(turns)
                turns.append(TurnFigures(step.at_s, ticket.priority, Turn.ASKED.value, NEVER))
    return turns


def content_of(ticket: Ticket) -> Content:
    """Return what the customer of *ticket* wrote, as a store has to have it."""
    return Content(ticket.customer, ticket.priority, ticket.subject or None, ticket.attachments)


def updates_of(steps: Iterable[TicketStep]) -> Updates:
    """Return what the customer of a ticket with these *steps* wrote on it."""
    written = [(step.kind, step.outcome) for step in steps]
    kept = WriteOutcome.ACKNOWLEDGED
    return Updates(
        comments=written.count((StepKind.WROTE, kept)),
        unsure=written.count((StepKind.WROTE, WriteOutcome.UNKNOWN))
        + written.count((StepKind.WROTE, None)),
        reopened=written.count((StepKind.REOPENED, kept)),
        escalated=written.count((StepKind.APPEALED, kept)),
    )


def _since(call: Call, at_s: float, since_s: float) -> float:
    return round(at_s - since_s - call.ivr_s, _DIGITS)


def _api(exchanges: tuple[Exchange, ...], *, busy: bool) -> bytes:
    """Return the wall seconds of the requests that a customer waits for, as doubles.

    One without an answer took the whole time that a client waits, however soon it failed: a refused
    connection takes a millisecond, and an outage must not improve the figure. Negative: it failed.
    A 503 that says "all trunks are busy" (*busy*) is an answer, not a failure. The first 255 alone:
    a byte counts them in columns, and only a journey of the user's own makes more.
    """
    took = array("d")
    for exchange in exchanges:
        if exchange.step in HOUSEKEEPING_STEPS:
            continue
        status = exchange.status
        if status is None:
            took.append(-GIVE_UP_WALL_S)
        elif status < _SERVER_ERROR or (busy and status == _UNAVAILABLE):
            took.append(round(exchange.wall_s, _WALL_DIGITS))
        else:
            took.append(-max(round(exchange.wall_s, _WALL_DIGITS), 10**-_WALL_DIGITS))
    return took[:_MOST_REQUESTS].tobytes()
