"""What a runbook tells machines: until when it is to be looked at again, and what it foresees.

The rest of it is for people. It stands at the top of a Markdown file, between two lines of ``---``.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Mishap(StrEnum):
    """What can become of a contact in a fault that no customer would call ordinary.

    To be answered, served by the menu, called back, or to hang up for want of patience is ordinary;
    how often people hang up has a KPI of its own. A call is ``cut_off`` by the centre while it
    waits, ``dropped`` while it is in talk; ``unknown`` if we cannot know what became of it.
    """

    BLOCKED = "blocked"
    REFUSED = "refused"
    FAILED = "failed"
    UNKNOWN = "unknown"
    CUT_OFF = "cut_off"
    DROPPED = "dropped"
    TICKET_REFUSED = "ticket_refused"
    TICKET_FAILED = "ticket_failed"
    TICKET_UNKNOWN = "ticket_unknown"


@dataclass(frozen=True, slots=True)
class Runbook:
    """A runbook by its path. ``review_by`` is the last day on which it counts as looked after.

    ``expects`` is what may become of contacts while its fault is in force; None if it does not say.
    """

    path: str
    review_by: date | None = None
    expects: frozenset[Mishap] | None = None

    def is_overdue(self, day: date) -> bool:
        """Whether somebody should have looked at it before *day*."""
        return self.review_by is not None and self.review_by < day
