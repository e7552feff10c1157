"""What contacts have come to so far, counted as the log grows. Pure.

A contact is told of once for each state it reaches, so whoever counts has to know it again. A call
is forgotten when it is over; of a ticket, which may be opened again, a number stays.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable

from harness.model.contact import Call, Contact, Outcome, Stream, Ticket, Why, WriteOutcome
from harness.model.own_metrics import LAG_BOUNDS

CALL_STATES = ("placing", "waiting", "talking")
TICKET_STATES = ("writing", "open", "replied", "solved")
OUTCOMES: dict[Stream, tuple[str, ...]] = {
    Stream.CALLS: tuple(Outcome),
    Stream.TICKETS: tuple(WriteOutcome),
}
WHYS: dict[Stream, tuple[str, ...]] = {Stream.CALLS: tuple(Why), Stream.TICKETS: (Why.FIRST,)}
STATES = {Stream.CALLS: CALL_STATES, Stream.TICKETS: TICKET_STATES}
_OVER = "over"


class Tally:
    """Counts contacts by stream: why they came, how late, how far they are, how it ended."""

    def __init__(self) -> None:
        self.arrivals: Counter[tuple[Stream, str]] = Counter()
        self.outcomes: Counter[tuple[Stream, str]] = Counter()
        self.states: Counter[tuple[Stream, str]] = Counter()
        self.lag_sum_s: dict[Stream, float] = dict.fromkeys(Stream, 0.0)
        self._lags = {stream: [0] * (len(LAG_BOUNDS) + 1) for stream in Stream}
        self._known: dict[str, tuple[str, bool]] = {}

    def add(self, contacts: Iterable[Contact]) -> None:
        """Take in what is now known of *contacts*."""
        for contact in contacts:
            if isinstance(contact, Call):
                state = _OVER if contact.ended_s is not None else _call_state(contact)
                self._take(Stream.CALLS, contact, contact.why, state, contact.outcome)
            else:
                self._take(Stream.TICKETS, contact, Why.FIRST, _state(contact), contact.outcome)

    def lags(self, stream: Stream) -> list[tuple[float, int]]:
        """Return each bound of the lag with how many contacts were at most so late; the last: all.

        Bounds are centre seconds.
        """
        total, found = 0, []
        for bound, count in zip((*LAG_BOUNDS, float("inf")), self._lags[stream], strict=True):
            total += count
            found.append((bound, total))
        return found

    def _take(
        self, stream: Stream, contact: Contact, why: str, state: str, outcome: str | None
    ) -> None:
        before, counted = self._known.get(contact.id, ("", False))
        if not before:
            self.arrivals[stream, why] += 1
            lag_s = max(0.0, contact.started_s - contact.due_s)
            self.lag_sum_s[stream] += lag_s
            self._lags[stream][bisect_left(LAG_BOUNDS, lag_s)] += 1
        else:
            self.states[stream, before] -= 1
        if outcome is not None and not counted:
            self.outcomes[stream, outcome] += 1
        # A callback is made after the call is over, so such a call is heard of again.
        if state == _OVER and outcome != Outcome.CALLBACK:
            self._known.pop(contact.id, None)
        else:
            self._known[contact.id] = (state, outcome is not None)
        self.states[stream, state] += 1


def _call_state(call: Call) -> str:
    if call.answered_s is not None:
        return "talking"
    return "waiting" if call.queued_s is not None else "placing"


def _state(ticket: Ticket) -> str:
    """Return how far *ticket* is: what was never acknowledged stays in writing, or is over."""
    if ticket.solved_s is not None:
        return "solved"
    if ticket.replied_s is not None:
        return "replied"
    if ticket.acknowledged_s is not None:
        return "open"
    return "writing" if ticket.outcome is None else _OVER
