"""What is due when: one heap of appointments; a newer one makes an older one moot. Pure."""

import heapq
from collections.abc import Callable
from typing import Any, Protocol


class Busy(Protocol):
    """Somebody with at most one appointment; *appointment* is its number, -1 for none."""

    appointment: int


class Agenda:
    """Appointments in order of time, and of making among equal times.

    Cancelling is free: set ``appointment`` to -1, or make another; the old entry is skipped.
    """

    __slots__ = ("_heap", "_made")

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Any, Callable[..., None]]] = []
        self._made = 0

    def at(self, due_s: float, act: Callable[[float], None]) -> None:
        """Have ``act(due_s)`` called, whatever happens until then."""
        self._made += 1
        heapq.heappush(self._heap, (due_s, self._made, None, act))

    def appoint(self, who: Busy, due_s: float, act: Callable[..., None]) -> None:
        """Have ``act(who, due_s)`` called, unless *who* gets another appointment before."""
        self._made += 1
        who.appointment = self._made
        heapq.heappush(self._heap, (due_s, self._made, who, act))

    def next_due(self) -> float | None:
        """Return when the next appointment is, or None if there is none."""
        heap = self._heap
        while heap:
            due_s, made, who, _ = heap[0]
            if who is None or who.appointment == made:
                return due_s
            heapq.heappop(heap)
        return None

    def run_to(self, now_s: float) -> None:
        """Keep every appointment up to and including *now_s*, those made on the way too."""
        heap = self._heap
        while heap and heap[0][0] <= now_s:
            due_s, made, who, act = heapq.heappop(heap)
            if who is None:
                act(due_s)
            elif who.appointment == made:
                act(who, due_s)
