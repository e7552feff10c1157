"""What customers do about a ticket once they have opened it, as a scenario says it.

Shares are 0..1, times centre seconds.
"""

from dataclasses import dataclass

from harness.model.callers import Delay


@dataclass(frozen=True, slots=True)
class Habit:
    """So many customers (``share``) do something, and how much later."""

    share: float
    after: Delay


@dataclass(frozen=True, slots=True, kw_only=True)
class Writers:
    """What customers do about their tickets. Whatever is not said, nobody does.

    ``replies`` are answers to the provider's questions, each counted by itself, timed from the
    question. ``reopens`` are timed from the first solution. ``escalations`` are requests for the
    second line, timed from the opening, of those whose ticket is not solved by then. ``chases``
    are phone calls, timed from the opening or the customer's last word, of those who have had no
    reply by then; a customer makes one at most. ``attachments`` is the share of tickets that come
    with files.
    """

    replies: Habit | None = None
    reopens: Habit | None = None
    escalations: Habit | None = None
    chases: Habit | None = None
    attachments: float = 0.0

    @property
    def write_again(self) -> bool:
        """Whether anybody writes on a ticket after opening it."""
        return any((self.replies, self.reopens, self.escalations))
