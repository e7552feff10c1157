"""How many requests a client may send: a token bucket for each. Pure: wall seconds come in."""

import math
from typing import NamedTuple

_ROUNDING = 1e-9


class Allowance(NamedTuple):
    """What a client has left. *retry_after_s* is 0 if the request is *granted*.

    *limit* is what may come at once, *remaining* what of it may still come now; in *reset_s* wall
    seconds without a request it is whole again.
    """

    granted: bool
    limit: int
    remaining: int
    reset_s: float
    retry_after_s: float

    def headers(self) -> dict[str, str]:
        """Return the ``RateLimit-*`` headers; seconds are whole and rounded up."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(math.ceil(self.reset_s - _ROUNDING)),
        }


class RateLimit:
    """Lets each client send *per_minute* requests in the long run, and *burst* at once.

    A refused request costs nothing: who waits for ``retry_after_s`` is let through, however often
    it has knocked meanwhile.
    """

    def __init__(self, per_minute: float, burst: int) -> None:
        self._per_s = per_minute / 60
        self._burst = burst
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, client: str, now_s: float) -> Allowance:
        """Take a request of *client* at *now_s* into account; return what it is allowed."""
        left, before_s = self._left.get(client, (float(self._burst), now_s))
        left = min(left + max(now_s - before_s, 0.0) * self._per_s, float(self._burst))
        granted = left >= 1 - _ROUNDING
        if granted:
            left = max(left - 1, 0.0)
        self._left[client] = (left, now_s)
        return Allowance(
            granted=granted,
            limit=self._burst,
            remaining=math.floor(left + _ROUNDING),
            reset_s=(self._burst - left) / self._per_s,
            retry_after_s=0.0 if granted else (1 - left) / self._per_s,
        )
