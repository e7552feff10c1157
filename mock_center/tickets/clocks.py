"""The clocks of a ticket: how long what took, and whether that was promised. Pure.

Which seconds count is the caller's: *measure* gives the centre seconds between two wall stamps, all
of them (calendar) or only those within business hours. Notes and automatic answers stop no clock:
only an agent's public reply does.

first reply       creation -> first reply
next reply        the customer's oldest unanswered comment -> the reply to it
first resolution  creation -> first solved
full resolution   creation -> last solved, after every reopening
requester wait    the time in new, open and on hold: somebody other than the customer has to act
agent work        the time in new and open: an agent has to act
"""

from collections.abc import Callable, Iterable
from enum import StrEnum

from mock_center.config.centre import TicketClock
from mock_center.tickets.ticket import Author, Comment, State, Ticket

Measure = Callable[[float, float], float]

REQUESTER_WAIT = frozenset({State.NEW, State.OPEN, State.ON_HOLD})
AGENT_WORK = frozenset({State.NEW, State.OPEN})


class Promise(StrEnum):
    """What a priority's ``TicketClock`` may promise."""

    FIRST_REPLY = "first_reply"
    NEXT_REPLY = "next_reply"
    RESOLUTION = "resolution"


def kept(clock: TicketClock | None, promise: Promise, took_s: float) -> bool | None:
    """Return whether *took_s* is within what was promised; None if nothing was.

    Exactly as long as promised is within.
    """
    if clock is None:
        return None
    promised_s = {
        Promise.FIRST_REPLY: clock.first_reply_s,
        Promise.NEXT_REPLY: clock.next_reply_s,
        Promise.RESOLUTION: clock.resolution_s,
    }[promise]
    return None if promised_s is None else took_s <= promised_s


def spent_in(ticket: Ticket, states: frozenset[State], until: float, measure: Measure) -> float:
    """Return the seconds that *ticket* has been in one of *states*, up to the stamp *until*."""
    stretches = ticket.states
    ends = [*(at for at, _ in stretches[1:]), until]
    return sum(
        measure(began, min(end, until))
        for (began, state), end in zip(stretches, ends, strict=True)
        if state in states and min(end, until) > began
    )


def next_replies(comments: Iterable[Comment], measure: Measure) -> list[float]:
    """Return how long each answer after the first reply took, in order.

    *comments* are all of one ticket, in order. Several comments in a row wait for one answer, and
    the oldest counts. What has no answer yet is not in it.
    """
    took: list[float] = []
    replied = False
    asked_at: float | None = None
    for comment in comments:
        if comment.author == Author.CUSTOMER:
            if replied and asked_at is None:
                asked_at = comment.at
        elif comment.public:
            replied = True
            if asked_at is not None:
                took.append(measure(asked_at, comment.at))
            asked_at = None
    return took


def reading(
    ticket: Ticket, comments: Iterable[Comment], until: float, measure: Measure
) -> dict[str, object]:
    """Return what the clocks of *ticket* show at the stamp *until*, None for what has not been."""

    def since_creation(at: float | None) -> float | None:
        return None if at is None else round(measure(ticket.created_at, at), 3)

    return {
        "first_reply_s": since_creation(ticket.replied_at),
        "next_replies_s": [round(took_s, 3) for took_s in next_replies(comments, measure)],
        "first_resolution_s": since_creation(ticket.first_solved_at),
        "full_resolution_s": since_creation(ticket.solved_at),
        "requester_wait_s": round(spent_in(ticket, REQUESTER_WAIT, until, measure), 3),
        "agent_work_s": round(spent_in(ticket, AGENT_WORK, until, measure), 3),
    }
