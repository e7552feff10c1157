"""What was freed is given back: a process that is well does not look like one that leaks."""

import platform
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from harness.memory import give_back

MB = 1_000_000


@pytest.mark.skipif(sys.platform != "linux", reason="other C libraries give back by themselves")
def test_what_a_thread_used_for_a_moment_is_given_back():
    """The judge of a long phase works in threads, each with a heap of its own that stays large."""
    own = psutil.Process()

    def work(number: int) -> int:
        kept = [f"{number}-{each}" * 10 for each in range(200_000)]
        return len(kept)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))  # what the interpreter itself keeps for later is there now
        give_back()
        before = own.memory_info().rss
        for _ in range(3):
            list(pool.map(work, range(4)))
            give_back()

        assert own.memory_info().rss - before < 8 * MB


HEAPS = """
import ctypes, threading
from harness.memory import share_one_heap

library = ctypes.CDLL(None)
library.malloc.restype = ctypes.c_void_p
if {shared}:
    share_one_heap()
together = threading.Barrier(4)

def work():
    together.wait()
    library.malloc(5000)
    together.wait()

threads = [threading.Thread(target=work) for _ in range(4)]
for each in threads:
    each.start()
for each in threads:
    each.join()
library.malloc_info(0, ctypes.c_void_p.in_dll(library, "stdout"))
library.fflush(None)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="a heap a thread is glibc's way")
def test_threads_share_one_heap():
    """Each thread that judges once would keep a heap of its own for the rest of a soak."""

    def heaps(*, shared: bool) -> int:
        done = subprocess.run(
            [sys.executable, "-c", HEAPS.format(shared=shared)],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        return done.stdout.count("<heap nr=")

    assert heaps(shared=False) > 1
    assert heaps(shared=True) == 1


LOADED = """
import gc, weakref
from collections import deque
from contextlib import nullcontext
from harness.memory import set_aside

class Knot:
    def __init__(self):
        self.own = self

loaded = [[number] for number in range(1_000_000)]
early = Knot()
gone, there, held, most = weakref.ref(early), weakref.WeakSet(), deque(maxlen=5_000), 0
with set_aside() if {aside} else nullcontext():
    del early
    for number in range(300_000):
        held.append(knot := Knot())
        there.add(knot)
        del knot
        if number % 1_000 == 0:
            most = max(most, len(there))
gc.collect()
print(most, gone() is None)
"""


def test_what_is_of_no_use_any_more_is_soon_gone_whatever_is_loaded():
    """A collector that waits for a quarter of all that is loaded lets a soak of a day grow.

    What was there before is set aside for a while and not for good: a folder of runs is one process.
    """

    def most_waiting(*, aside: bool) -> int:
        done = subprocess.run(
            [sys.executable, "-c", LOADED.format(aside=aside)],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        most, gone = done.stdout.split()
        assert gone == "True"
        return int(most)

    assert most_waiting(aside=True) < 0.5 * most_waiting(aside=False)
