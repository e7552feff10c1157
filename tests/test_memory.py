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
