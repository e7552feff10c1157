"""The interval of the difference of two shares: what a comparison with a baseline is held to."""

import math

from harness.kpi.statistics import wilson
from harness.model.verdict import Interval


def newcombe(
    hits: float, n: int, other_hits: float, other_n: int, confidence: float
) -> Interval | None:
    """Return the interval of the difference of two shares, *hits* / *n* less the other.

    Newcombe's hybrid score interval (Statistics in Medicine 1998, method 10) from the Wilson
    interval of each: stays inside −1..1 and is honest for few contacts, where the textbook's
    p − q ± z·s is neither. The two samples must be independent: callers and provider telling of the
    same calls are not. None if either has no contacts.
    """
    if n == 0 or other_n == 0:
        return None
    one, other = wilson(hits, n, confidence), wilson(other_hits, other_n, confidence)
    p, q = hits / n, other_hits / other_n
    down = math.hypot(p - one.low, other.high - q)
    up = math.hypot(one.high - p, q - other.low)
    return Interval(max(-1.0, p - q - down), min(1.0, p - q + up))
