"""When tickets change by themselves: one alarm each, in order of time. Pure: no I/O, no clock."""

import heapq
from itertools import count
from typing import NamedTuple


class Alarm(NamedTuple):
    """The alarm of *ticket*, at the centre second *due_s*, for its ``wakes_at`` *stamp*."""

    ticket: str
    due_s: float
    stamp: float


class Alarms:
    """At most one alarm for each ticket."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, str]] = []
        self._set: dict[str, tuple[int, Alarm]] = {}
        self._entries = count()

    def __len__(self) -> int:
        return len(self._set)

    def set(self, alarm: Alarm) -> None:
        """Set an alarm; it replaces the ticket's earlier one, unless it is the same."""
        entry, earlier = self._set.get(alarm.ticket, (0, None))
        if earlier == alarm:
            return
        entry = next(self._entries)
        self._set[alarm.ticket] = (entry, alarm)
        heapq.heappush(self._heap, (alarm.due_s, entry, alarm.ticket))

    def clear(self, ticket: str) -> None:
        """Drop the ticket's alarm, if it has one."""
        self._set.pop(ticket, None)

    def next_due(self) -> float | None:
        """Return the centre second of the next alarm, or None."""
        while self._heap:
            due_s, entry, ticket = self._heap[0]
            if ticket in self._set and self._set[ticket][0] == entry:
                return due_s
            heapq.heappop(self._heap)
        return None

    def ring(self, now_s: float) -> list[Alarm]:
        """Return the alarms due up to and including *now_s*, in order; they are gone then."""
        rung: list[Alarm] = []
        while (due_s := self.next_due()) is not None and due_s <= now_s:
            _, _, ticket = heapq.heappop(self._heap)
            rung.append(self._set.pop(ticket)[1])
        return rung
