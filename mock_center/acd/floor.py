"""What the call distributor has to know before the first call: rules, staffing, handling."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from mock_center.config.centre import (
    Backup,
    Breaks,
    Callbacks,
    Experience,
    Ivr,
    QueueRule,
    Ringing,
)


class Handling(NamedTuple):
    """What one contact will take, drawn once from its own random numbers; centre seconds.

    The chances lie from 0 to 1; below the share of a thing, that thing happens to this contact.
    """

    talk_s: float
    wrap_up_s: float
    hold_s: float = 0.0
    pick_up_s: float = 0.0
    second_talk_s: float = 0.0
    menu_s: float = 0.0
    missed: float = 1.0
    transferred: float = 1.0
    resolved: float = 0.0
    contained: float = 1.0
    reached: float = 0.0


class Timetable(Protocol):
    """Who should be at work, and when a queue is open. Times are centre seconds."""

    def heads(self, skill: str, at_s: float) -> int:
        """Return how many agents of *skill* should be at work."""

    def change_after(self, skill: str, at_s: float) -> float | None:
        """Return when that number changes next, or None if it never does."""

    def is_open(self, queue: str, at_s: float) -> bool:
        """Return whether *queue* takes calls."""


class Always:
    """A timetable of so many *heads* by skill at every hour; the queues are always open."""

    def __init__(self, heads: Mapping[str, int]) -> None:
        self._heads = heads

    def heads(self, skill: str, at_s: float) -> int:  # noqa: ARG002 - it is always the same
        """Return how many agents of *skill* should be at work."""
        return self._heads.get(skill, 0)

    def change_after(self, skill: str, at_s: float) -> float | None:  # noqa: ARG002 - as above
        """Return None: it never changes."""
        return None

    def is_open(self, queue: str, at_s: float) -> bool:  # noqa: ARG002 - as above
        """Return True."""
        return True


@dataclass(frozen=True, slots=True)
class Floor:
    """The rules of one site's call floor.

    *transferred* and *resolved* are shares for seasoned agents, who have been at it for *weeks* at
    centre second 0 if *experience* is given. *skipped* is the share of agents that a broken
    distributor never offers a call to, *slower_per_hour* by how much handling slows down; both are
    deliberate defects, as is *resets_wait*.
    """

    queues: Mapping[str, QueueRule]
    timetable: Timetable
    trunks: Mapping[str, int]
    ringing: Ringing = field(default_factory=Ringing)
    breaks: tuple[Breaks, ...] = ()
    ivr: Ivr | None = None
    callbacks: Callbacks | None = None
    backup: Backup | None = None
    experience: Experience | None = None
    weeks: float = 0.0
    transferred: float = 0.0
    resolved: float = 1.0
    seed: str = "0"
    skipped: float = 0.0
    slower_per_hour: float = 0.0
    resets_wait: bool = False
