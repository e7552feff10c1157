"""What contacts have come to so far, counted as the log grows. Pure.

A contact is told of once for each state it reaches, so whoever counts has to know it again. A call
is forgotten when it is over; of a ticket, which may be opened again at any time, a byte stays.
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
_BEFORE_LAST = 2
_LONGEST_NUMBER = 9
"""Digits of a running number: a billion contacts are not one schedule's."""


class Tally:
    """Counts contacts by stream: why they came, how late, how far they are, how it ended."""

    def __init__(self) -> None:
        self.arrivals: Counter[tuple[Stream, str]] = Counter()
        self.outcomes: Counter[tuple[Stream, str]] = Counter()
        self.states: Counter[tuple[Stream, str]] = Counter()
        self.lag_sum_s: dict[Stream, float] = dict.fromkeys(Stream, 0.0)
        self._lags = {stream: [0] * (len(LAG_BOUNDS) + 1) for stream in Stream}
        self._known = _Ledger()

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
        before, counted = self._known.get(contact.id)
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
            self._known.forget(contact.id)
        else:
            self._known.put(contact.id, (state, outcome is not None))
        self.states[stream, state] += 1


class _Ledger:
    """What was last known of contacts: a state, and whether the outcome was counted.

    Of contacts of a schedule, whose ids end in a running number, it takes a byte each.
    """

    def __init__(self) -> None:
        self._codes: dict[tuple[str, bool], int] = {}
        self._meant: list[tuple[str, bool]] = [("", False)]
        self._numbered: dict[str, bytearray] = {}
        self._others: dict[str, int] = {}

    def get(self, id_: str) -> tuple[str, bool]:
        """Return what is known of the contact *id_*; nothing of one that is new."""
        stem, number = _numbered(id_)
        if number is None:
            return self._meant[self._others.get(id_, 0)]
        row = self._numbered.get(stem)
        return self._meant[row[number] if row is not None and number < len(row) else 0]

    def put(self, id_: str, known: tuple[str, bool]) -> None:
        """Keep what is *known* of the contact *id_*."""
        if known not in self._codes:
            self._codes[known] = len(self._meant)
            self._meant.append(known)
        self._set(id_, self._codes[known])

    def forget(self, id_: str) -> None:
        """Let go of the contact *id_*."""
        self._set(id_, 0)

    def __len__(self) -> int:
        """How many bytes and entries it takes."""
        return sum(map(len, self._numbered.values())) + len(self._others)

    def _set(self, id_: str, code: int) -> None:
        stem, number = _numbered(id_)
        if number is None:
            if code:
                self._others[id_] = code
            else:
                self._others.pop(id_, None)
            return
        row = self._numbered.setdefault(stem, bytearray())
        if number >= len(row):
            row.extend(bytes(number + 1 - len(row)))
        row[number] = code


def _numbered(id_: str) -> tuple[str, int | None]:
    """Return what *id_* has beside its running number, and that number; None if it has none.

    ``peak/tickets/7`` has 7, and so has ``peak/calls/7/ticket``.
    """
    *stem, last = id_.rsplit("/", 2)
    if _is_running(last):
        return "/".join(stem), int(last)
    if len(stem) == _BEFORE_LAST and _is_running(stem[1]):
        return f"{stem[0]}/{last}", int(stem[1])
    return id_, None


def _is_running(word: str) -> bool:
    return word.isascii() and word.isdecimal() and len(word) < _LONGEST_NUMBER


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
