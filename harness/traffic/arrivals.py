"""When customers come: non-homogeneous Poisson arrivals by exact inversion.

Open model: callers do not wait for each other, so a stalled centre faces a growing queue. The rate
moves in straight lines; its integral is inverted exactly, one exponential per arrival, so a rate of
zero works and the same random stream gives the same arrivals however many workers share them.
Thinning (Lewis and Shedler 1979) is the rival: it draws anew whenever the highest rate changes.
"""

import math
from collections.abc import Iterator
from random import Random


def poisson_arrivals(
    *, start_per_s: float, end_per_s: float, duration_s: float, rng: Random
) -> Iterator[float]:
    """Yield due times of contacts, in seconds from the start, rising and < *duration_s*.

    The rate (contacts per second) moves in a straight line from *start_per_s* to *end_per_s*. An
    infinite *duration_s* is allowed for a constant rate. Yields nothing if both rates are zero, or
    the duration is.

    Raises:
        ValueError: a rate is negative, or a changing rate has no end.
    """
    if start_per_s < 0 or end_per_s < 0:
        raise ValueError(f"rates must not be negative: {start_per_s:g}, {end_per_s:g} per s")
    if not math.isfinite(duration_s) and start_per_s != end_per_s:
        raise ValueError("a rate that changes needs a duration")
    if start_per_s == end_per_s == 0 or duration_s <= 0:
        return
    slope = (end_per_s - start_per_s) / duration_s
    expected = 0.0  # the integral of the rate up to the arrival: a Poisson process of rate 1
    while True:
        expected += rng.expovariate(1.0)
        due_s = _inverse_integral(expected, start_per_s, slope)
        if due_s is None or due_s >= duration_s:
            return
        yield due_s


def _inverse_integral(expected: float, rate: float, slope: float) -> float | None:
    """Return when ``rate·t + slope·t²/2`` reaches *expected*; None if it never does.

    The root in the form 2c / (b + √…), which loses no digits where the slope is next to nothing.
    """
    under_root = rate * rate + 2 * slope * expected
    if under_root < 0:  # a falling rate whose whole area is smaller
        return None
    return 2 * expected / (rate + math.sqrt(under_root))
