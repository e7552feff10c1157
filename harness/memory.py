"""A process that lasts for days holds what it needs, and no more.

What was used for a moment is given back to the system: the C library keeps what is freed for the
next who asks, in a heap for each thread, so after a few judgings of a long phase the process holds
the most that any of them ever needed, once for each thread that ever judged. What is of no use any
more is found soon: the garbage collector does not look at all that is loaded. Without either, a
soak that is well looks like one that leaks.
"""

import ctypes
import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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


@contextmanager
def set_aside() -> Iterator[None]:
    """Have the garbage collector look, for the block, at nothing that is there when it begins.

    CPython to 3.13 looks at everything only once a quarter as much again has come to stay; until
    then whatever refers to itself waits. With all that is loaded that takes hours, in which a
    process that is well looks like one that leaks. For the block a quarter of little is meant.
    """
    gc.collect()
    gc.freeze()
    gc.collect()  # which counts what is left
    try:
        yield
    finally:
        gc.unfreeze()


@cache
def _function(name: str) -> Callable[..., int] | None:
    """Return a function of the C library's; None where it has none, as on macOS."""
    try:
        found: Callable[..., int] = getattr(ctypes.CDLL(None), name)
    except (OSError, AttributeError, TypeError):
        return None
    return found
