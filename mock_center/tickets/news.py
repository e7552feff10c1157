"""What a write to the store means to others: compares before and after. Pure.

The client is told of each as an event, and the metrics count the same list: so neither can know of
something that the other does not.
"""

from enum import StrEnum
from typing import NamedTuple

from mock_center.tickets.ticket import Comment, RequestState, State, Ticket
from mock_center.tickets.writes import Outcome


class Kind(StrEnum):
    """What has happened; the value is the type of its event."""

    CREATED = "ticket.created"
    REPLIED = "ticket.replied"
    COMMENTED = "ticket.commented"
    ESCALATED = "ticket.escalated"
    PENDING = "ticket.pending"
    ON_HOLD = "ticket.on_hold"
    REOPENED = "ticket.reopened"
    SOLVED = "ticket.solved"
    CLOSED = "ticket.closed"
    SUPPORT_OPENED = "support.opened"
    SUPPORT_RESOLVED = "support.resolved"


_ENTERED = {
    State.PENDING: Kind.PENDING,
    State.ON_HOLD: Kind.ON_HOLD,
    State.SOLVED: Kind.SOLVED,
    State.CLOSED: Kind.CLOSED,
}


class News(NamedTuple):
    """One thing that happened at the wall stamp *at*.

    *event* is what the consumer is told, None if it knows by the answer to its own request.
    """

    kind: Kind
    at: float
    event: dict[str, object] | None


def news(outcome: Outcome) -> list[News]:
    """Return what *outcome* has brought, in the order in which it is to be told."""
    if not outcome.changed:
        return []
    ticket, before = outcome.ticket, outcome.before
    if ticket is None:
        return _of_request(outcome)
    if before is None:
        return [News(Kind.CREATED, ticket.created_at, None)]
    kinds: list[Kind] = []
    if ticket.reopened > before.reopened:
        kinds.append(Kind.REOPENED)
    if before.replied_at is None and ticket.replied_at is not None:
        kinds.append(Kind.REPLIED)
    elif outcome.comment is not None and outcome.comment.public:
        kinds.append(Kind.COMMENTED)
    if ticket.escalated_at != before.escalated_at:
        kinds.append(Kind.ESCALATED)
    if ticket.state != before.state and (entered := _ENTERED.get(State(ticket.state))):
        kinds.append(entered)
    told = [News(kind, ticket.updated_at, _event(kind, ticket, outcome)) for kind in kinds]
    return told + _of_request(outcome)


def reply_again(ticket: Ticket, reply: Comment) -> dict[str, object]:
    """Return the event of a *reply* whose teller may have died before it was told."""
    first = reply.at == ticket.replied_at
    kind = Kind.REPLIED if first else Kind.COMMENTED
    event = _head(kind, ticket)
    event[f"{kind.removeprefix('ticket.')}_at"] = reply.at
    return {**event, "comment": reply.id, "author": reply.author, "repeated": True}


def _event(kind: Kind, ticket: Ticket, outcome: Outcome) -> dict[str, object]:
    event = _head(kind, ticket)
    event[f"{kind.removeprefix('ticket.')}_at"] = ticket.updated_at
    comment = outcome.comment
    if comment is not None and kind in (Kind.REPLIED, Kind.COMMENTED):
        event |= {"comment": comment.id, "author": comment.author}
    if kind is Kind.SOLVED:
        event["solved_by"] = ticket.solved_by
    return event


def _head(kind: Kind, ticket: Ticket) -> dict[str, object]:
    return {
        "type": kind.value,
        "reference": ticket.reference,
        "consumer": ticket.consumer,
        "id": ticket.id,
    }


def _of_request(outcome: Outcome) -> list[News]:
    request = outcome.request
    if request is None:
        return []
    resolved = request.state == RequestState.RESOLVED
    kind = Kind.SUPPORT_RESOLVED if resolved else Kind.SUPPORT_OPENED
    at = request.resolved_at if request.resolved_at is not None else request.opened_at
    event: dict[str, object] = {
        "type": kind.value,
        "reference": request.reference,
        "consumer": request.consumer,
        "id": request.id,
        "ticket": request.ticket,
        "subject": request.subject,
        f"{kind.removeprefix('support.')}_at": at,
    }
    return [News(kind, at, event)]
