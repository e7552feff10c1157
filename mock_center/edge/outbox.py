"""What is still to be delivered to one webhook, and when. Pure: wall seconds and chance come in."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from random import Random

MOST = 10_000
_JITTER = 0.25


@dataclass(slots=True)
class Delivery:
    """One event on its way: *body* under the id *message*, made at *made_s*, tried *tries* times.

    The id stays the same however often it is tried: by it the receiver knows what it has had.
    """

    message: str
    body: bytes
    made_s: float
    tries: int = 0


class Outbox:
    """At most *most* deliveries, those that wait for another try and those under way included.

    After its n-th failure a delivery waits for the n-th of *pauses_s*, plus up to a quarter of it
    drawn from *rng*: receivers that were down together are not called back together.
    """

    def __init__(self, pauses_s: Sequence[float], rng: Random, *, most: int = MOST) -> None:
        self._pauses_s = pauses_s
        self._rng = rng
        self._most = most
        self._waiting: list[tuple[float, int, Delivery]] = []
        self._numbers = count()
        self._under_way = 0
        self.lagging = False
        """Whether deliveries had to be dropped, and it has not been empty since."""

    @property
    def held(self) -> int:
        """How many deliveries are neither done nor given up."""
        return len(self._waiting) + self._under_way

    def add(self, delivery: Delivery) -> bool:
        """Take *delivery*, due at once; return False if there is no room and it is dropped."""
        if self.held >= self._most:
            self.lagging = True
            return False
        self._push(delivery.made_s, delivery)
        return True

    def due_s(self) -> float | None:
        """Return when the next delivery is due; None if none waits."""
        return self._waiting[0][0] if self._waiting else None

    def take(self, now_s: float) -> Delivery | None:
        """Return the delivery that is due, now under way, or None; the longest due comes first."""
        if not self._waiting or self._waiting[0][0] > now_s:
            return None
        _, _, delivery = heapq.heappop(self._waiting)
        self._under_way += 1
        delivery.tries += 1
        return delivery

    def done(self) -> None:
        """A delivery that was under way has been acknowledged, or is given up."""
        self._under_way -= 1
        self.lagging = self.lagging and self.held > 0

    def again(self, delivery: Delivery, now_s: float) -> bool:
        """Have *delivery* wait for its next try; return False if it was its last, and is over."""
        if delivery.tries > len(self._pauses_s):
            self.done()
            return False
        self._under_way -= 1
        pause_s = self._pauses_s[delivery.tries - 1]
        self._push(now_s + pause_s * (1 + _JITTER * self._rng.random()), delivery)
        return True

    def clear(self) -> int:
        """Drop all that waits; return how much that was."""
        dropped = len(self._waiting)
        self._waiting.clear()
        return dropped

    def _push(self, due_s: float, delivery: Delivery) -> None:
        heapq.heappush(self._waiting, (due_s, next(self._numbers), delivery))
