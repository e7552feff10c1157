"""Who waits, in the order in which an agent of one skill would serve them. Pure."""

import heapq
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mock_center.acd.contact import Contact

_SMALL = 64


class Waiting:
    """The contacts that one skill may serve: of its own queue, and of others after their widening.

    Ranked by the beginning of the wait less the queue's head start, so whoever has the higher
    score is first. A contact that stops waiting is not searched for: its entry is skipped, and
    dropped when such entries are half of all.
    """

    __slots__ = ("_entries", "_heap", "_limit")

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, int, Contact]] = []
        self._entries = 0
        self._limit = _SMALL

    def add(self, contact: "Contact", rank: float) -> None:
        """Add *contact*; among equal ranks the earlier addition is first."""
        self._entries += 1
        heapq.heappush(self._heap, (rank, self._entries, contact.wait, contact))
        if len(self._heap) > self._limit:
            self._heap = [entry for entry in self._heap if entry[3].wait == entry[2]]
            heapq.heapify(self._heap)
            self._limit = max(2 * len(self._heap), _SMALL)

    def first(self) -> "Contact | None":
        """Return who is next, or None if nobody waits."""
        heap = self._heap
        while heap:
            if heap[0][3].wait == heap[0][2]:
                return heap[0][3]
            heapq.heappop(heap)
        return None

    def __iter__(self) -> "Iterator[Contact]":
        return (contact for _, _, wait, contact in self._heap if contact.wait == wait)
