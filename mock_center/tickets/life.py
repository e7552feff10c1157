"""The life of a ticket: what each write makes of it. Pure: no I/O, no clock, no chance.

new -> open <-> pending (the customer's turn) <-> on_hold (a third party's) -> solved -> closed;
a customer's comment on a pending, waiting or solved ticket opens it again. The store gives what
comes out of here its place in the sequence.
"""

import json
from dataclasses import replace

from mock_center.tickets.desk import Step
from mock_center.tickets.ticket import Author, State, Ticket
from mock_center.tickets.writes import Create, Patch, Progress, Remark, Wake

_REPLIES = {
    Step.REPLIED: State.OPEN,
    Step.ASKED: State.PENDING,
    Step.HELD: State.ON_HOLD,
    Step.ESCALATED: State.OPEN,
}
_AT_THE_DESK = (State.NEW, State.OPEN)


def born(write: Create, *, number: int, name: str, site: str) -> Ticket:
    """Return the new ticket that *write* asks for."""
    return Ticket(
        number=number,
        id=name,
        key=write.key,
        fingerprint=write.fingerprint,
        reference=write.reference,
        consumer=write.consumer,
        customer=write.customer,
        priority=write.priority,
        subject=write.subject,
        body=write.body,
        state=State.NEW,
        site=site,
        created_at=write.created_at,
        updated_at=write.created_at,
        replied_at=None,
        first_solved_at=None,
        solved_at=None,
        solved_by=None,
        asked_at=None,
        owed_since=write.created_at,
        wakes_at=None,
        escalated_at=None,
        reopened=0,
        touches=0,
        replies=0,
        trail=json.dumps([[write.created_at, State.NEW]]),
        seq=number,
        attachments=write.attachments,
    )


def progressed(ticket: Ticket, write: Progress) -> Ticket | None:
    """Return the ticket after an agent's step, or None if the step no longer fits.

    It does not fit if another agent was faster, the customer has written or solved it meanwhile,
    or a leader that was lost has done it already.
    """
    at = _not_before(ticket, write.at)
    if write.step is Step.SOLVED:
        if ticket.state != State.OPEN or ticket.owed_since is not None:
            return None
        return _solved(ticket, at, "agent", write.wakes_at)
    fits = ticket.state in _AT_THE_DESK and ticket.owed_since is not None
    if not fits or write.touch != ticket.touches:
        return None
    answered = replace(_answered(ticket, at), touches=ticket.touches + 1)
    if write.step is Step.ESCALATED:
        answered = replace(answered, escalated_at=at, owed_since=at)
    return _entered(answered, _REPLIES[write.step], at, write.wakes_at)


def remarked(ticket: Ticket, write: Remark) -> Ticket:
    """Return the ticket after a comment from outside; it must not be closed.

    The customer's makes a reply due. An agent's public one is a reply; a note changes no state.
    """
    at = _not_before(ticket, write.at)
    if write.author == Author.CUSTOMER:
        return replace(_asked(ticket, at), customer_comments=ticket.customer_comments + 1)
    if not write.public:
        return replace(ticket, updated_at=at)
    answered = _answered(ticket, at)
    if ticket.state == State.NEW:
        return _entered(answered, State.OPEN, at, None)
    return answered


def patched(ticket: Ticket, write: Patch) -> Ticket | None:
    """Return the ticket as the customer wants it, None if it is so already; not a closed one.

    Asking for the second line makes a reply due, and opens a pending, waiting or solved ticket
    again. It is asked for once: a second time changes nothing.
    """
    at = _not_before(ticket, write.at)
    after = replace(
        ticket,
        priority=write.priority or ticket.priority,
        subject=ticket.subject if write.subject is None else write.subject,
    )
    if write.escalated and ticket.escalated_at is None:
        content = write.state == State.SOLVED  # wants it noted, and no reply to it
        after = replace(after, escalated_at=at) if content else _escalated(after, at)
    if write.state == State.SOLVED and after.state != State.SOLVED:
        after = _solved(after, at, "customer", write.wakes_at)
    elif write.state == State.OPEN and after.state not in _AT_THE_DESK:
        after = _reopened(after, at)
    return None if after == ticket else replace(after, updated_at=at)


def woken(ticket: Ticket, write: Wake) -> Ticket | None:
    """Return the ticket after its state has ended by itself, or None if it has left it before.

    A customer who stays silent is taken to be content, a third party has answered, a solved ticket
    is closed for good.
    """
    if ticket.wakes_at is None or ticket.wakes_at != write.due:
        return None
    at = _not_before(ticket, write.at)
    if ticket.state == State.PENDING:
        return _solved(ticket, at, "silence", write.wakes_at)
    if ticket.state == State.ON_HOLD:
        return replace(_entered(ticket, State.OPEN, at, None), owed_since=at)
    return _entered(ticket, State.CLOSED, at, None)


def _not_before(ticket: Ticket, at: float) -> float:
    """Return *at*, or the last change if that is later: two processes' stamps may cross."""
    return max(at, ticket.updated_at)


def _entered(ticket: Ticket, state: State, at: float, wakes_at: float | None) -> Ticket:
    trail = ticket.trail
    if state != ticket.state:
        trail = json.dumps([*json.loads(trail), [at, state]])
    return replace(ticket, state=state, trail=trail, wakes_at=wakes_at, updated_at=at)


def _answered(ticket: Ticket, at: float) -> Ticket:
    return replace(
        ticket,
        replied_at=at if ticket.replied_at is None else ticket.replied_at,
        asked_at=None,
        owed_since=None,
        replies=ticket.replies + 1,
        updated_at=at,
    )


def _asked(ticket: Ticket, at: float) -> Ticket:
    after = ticket if ticket.state in _AT_THE_DESK else _reopened(ticket, at)
    return replace(
        after,
        # Before the first reply the customer waits for that one, and for no other.
        asked_at=at
        if ticket.asked_at is None and ticket.replied_at is not None
        else after.asked_at,
        owed_since=at if after.owed_since is None else after.owed_since,
        updated_at=at,
    )


def _escalated(ticket: Ticket, at: float) -> Ticket:
    after = ticket if ticket.state in _AT_THE_DESK else _reopened(ticket, at)
    owed_since = at if after.owed_since is None else after.owed_since
    return replace(after, escalated_at=at, owed_since=owed_since)


def _reopened(ticket: Ticket, at: float) -> Ticket:
    again = ticket.reopened + (ticket.state == State.SOLVED)
    return replace(_entered(ticket, State.OPEN, at, None), reopened=again, owed_since=at)


def _solved(ticket: Ticket, at: float, by: str, wakes_at: float | None) -> Ticket:
    return replace(
        _entered(ticket, State.SOLVED, at, wakes_at),
        first_solved_at=at if ticket.first_solved_at is None else ticket.first_solved_at,
        solved_at=at,
        solved_by=by,
        asked_at=None,
        owed_since=None,
    )
