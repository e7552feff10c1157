"""What was freed is given back: a process that is well does not look like one that leaks."""

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
