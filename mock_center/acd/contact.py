"""A call, or a callback, on its way through the centre."""

from enum import Enum
from typing import TYPE_CHECKING

from mock_center.acd.floor import Handling

if TYPE_CHECKING:
    from mock_center.acd.agents import Agent


class Stage(Enum):
    """Where a contact is. ``RESTING`` is a callback that nobody answered, until the next try."""

    MENU = 0
    WAITING = 1
    RINGING = 2
    TALK = 3
    RESTING = 4


class Contact:
    """A contact from its arrival to its end. ``engine`` alone changes it."""

    __slots__ = (
        "agent", "answered_s", "appointment", "attempts", "handling", "head_start_s",
        "held_since_s", "hold_s", "id", "is_callback", "leg", "menu_choice", "overflowed",
        "promised_s", "queue", "queued_s", "stage", "talk_left_s", "trunk", "wait",
    )  # fmt: skip

    def __init__(
        self, name: str, queue: str, handling: Handling, *, promised_s: float | None = None
    ) -> None:
        self.id = name
        self.queue = queue
        self.handling = handling
        self.stage = Stage.WAITING
        self.queued_s: float | None = None
        self.head_start_s = 0.0  # of who was in talk at a site that is lost
        self.answered_s: float | None = None
        self.promised_s = promised_s  # of a callback: until when it is to be made
        self.is_callback = promised_s is not None  # the centre calls the customer
        self.agent: Agent | None = None
        self.trunk: str | None = None
        self.leg = 1
        self.attempts = 0
        self.overflowed = False
        self.menu_choice = ""
        self.hold_s = 0.0
        self.held_since_s: float | None = None
        self.talk_left_s = 0.0
        self.wait = -1  # numbers the present stay in a queue; -1: it waits in none
        self.appointment = -1
