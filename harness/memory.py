"""Memory that was used for a moment and is given back to the system.

The C library keeps what is freed for the next who asks, in a heap for each thread: after a few
judgings of a long phase the process holds the most that any of them ever needed, once for each
thread that ever judged, and a soak that is well looks like one that leaks.
"""

import ctypes
import gc
from collections.abc import Callable
from functools import cache

_ARENA_MAX = -8
"""``M_ARENA_MAX`` in glibc's ``malloc.h``: how many heaps there may be."""


def share_one_heap() -> None:
    """Have all threads to come share one heap, where the C library can (glibc); before they begin.

    Python lets one thread work at a time, so there is nothing to be gained by a heap for each.
    """
    set_option = _function("mallopt")
    if set_option is not None:
        set_option(_ARENA_MAX, 1)


def give_back() -> None:
    """Give what is free back to the system, where the C library can; a millisecond or two."""
    trim = _function("malloc_trim")
    if trim is not None:
        trim(0)


def take_for_granted() -> None:
    """Have the garbage collector look no more at what is there by now and stays to the end.

    It looks at everything once a quarter as much again has come to stay, and until then whatever
    refers to itself waits: with all that is loaded a quarter takes hours, in which a process that
    is well looks like one that leaks, and the look takes a tenth of a second. From now on there is
    little to look at, and that often.
    """
    gc.collect()
    gc.freeze()
    gc.collect()  # which counts what is left: a quarter of it is meant from now on


@cache
def _function(name: str) -> Callable[..., int] | None:
    """Return a function of the C library's; None where it has none, as on macOS."""
    try:
        found: Callable[..., int] = getattr(ctypes.CDLL(None), name)
    except (OSError, AttributeError, TypeError):
        return None
    return found
