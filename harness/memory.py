"""Memory that was used for a moment and is given back to the system.

The C library keeps what is freed for the next who asks, in a heap for each thread: after a few
judgings of a long phase the process holds the most that any of them ever needed, and a soak that
is well looks like one that leaks.
"""

import ctypes
from collections.abc import Callable
from functools import cache


def give_back() -> None:
    """Give what is free back to the system, where the C library can; a millisecond or two."""
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> Callable[[int], int] | None:
    """Return the C library's own way of doing so; None where it has none, as on macOS."""
    try:
        found = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError, TypeError):
        return None
    trim: Callable[[int], int] = found
    return trim
