"""What the call distributor tells: one value per thing that happens, stamped in centre seconds."""

from enum import StrEnum
from typing import NamedTuple


class Reason(StrEnum):
    """Why a call, or a callback, is over."""

    AGENT = "agent"
    CALLER = "caller"
    ABANDONED = "abandoned"
    LEFT_MENU = "left-menu"
    CONTAINED = "contained"
    CALLBACK = "callback"
    CLOSED = "closed"
    TIMED_OUT = "timed-out"
    UNREACHED = "unreached"
    CANCELLED = "cancelled"
    SITE_LOSS = "site-loss"


class InMenu(NamedTuple):
    """A call is in the voice menu from *at_s*."""

    call: str
    queue: str
    at_s: float


class Queued(NamedTuple):
    """A call entered *queue* at *at_s*; its wait counts from *queued_s*.

    These differ after a move from another site. *leg* is 2 after a transfer.
    """

    call: str
    queue: str
    queued_s: float
    at_s: float
    leg: int


class Offered(NamedTuple):
    """A call rings at an agent, until *until_s* at the latest."""

    call: str
    queue: str
    agent: int
    at_s: float
    until_s: float


class Missed(NamedTuple):
    """An agent did not take the call in time; it goes to the next one."""

    call: str
    queue: str
    agent: int
    at_s: float


class Answered(NamedTuple):
    """An agent has the caller on the line at *at_s*; the wait began at *queued_s*.

    *kept* is None for a call. For a callback it says whether it came within the promise.
    """

    call: str
    queue: str
    queued_s: float
    at_s: float
    agent: int
    leg: int
    kept: bool | None


class Transferred(NamedTuple):
    """An agent passed the caller on from *queue* to *to*."""

    call: str
    queue: str
    to: str
    at_s: float
    talk_s: float
    hold_s: float


class Overflowed(NamedTuple):
    """A call left *queue* for *to* because it had waited too long there; its wait goes on."""

    call: str
    queue: str
    to: str
    at_s: float


class Tried(NamedTuple):
    """A callback was dialled for the *attempt*-th time, and nobody picked up."""

    call: str
    queue: str
    attempt: int
    at_s: float


class Ended(NamedTuple):
    """A call is over.

    *queued_s* is None if it never queued, *answered_s* if nobody took it (in its last leg).
    *resolved* says whether an agent was through with the matter, so it is False if the caller hung
    up in talk. It is None if nobody talked, and if the customer of a callback hung up.
    """

    call: str
    queue: str
    reason: Reason
    queued_s: float | None
    answered_s: float | None
    at_s: float
    talk_s: float
    hold_s: float
    leg: int
    resolved: bool | None


class WrappedUp(NamedTuple):
    """An agent is through with the work after a call of *queue*, which took *wrap_up_s*."""

    queue: str
    agent: int
    wrap_up_s: float
    at_s: float


class BackupCalled(NamedTuple):
    """The backup pool was called, and will be at work at *due_s*; None: it has no access."""

    heads: int
    at_s: float
    due_s: float | None


Event = (
    InMenu
    | Queued
    | Offered
    | Missed
    | Answered
    | Transferred
    | Overflowed
    | Tried
    | Ended
    | WrappedUp
    | BackupCalled
)
