"""The least number that will do. Pure."""

from collections.abc import Callable


def least(enough: Callable[[int], bool], *, most: int) -> int | None:
    """Return the least number from 1 on that is *enough*, if every greater one is too.

    Doubles until one is, then halves the gap: a thousand takes twenty questions. None if none of
    the numbers asked about is, the last of which is the first power of two above *most*.
    """
    high = 1
    while not enough(high):
        if high > most:
            return None
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
