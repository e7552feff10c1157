"""Who is next: the order of a queue, held against a plain list, and what it forgets."""

import gc
import weakref

from hypothesis import example, given
from hypothesis import strategies as st

from mock_center.acd.contact import Contact
from mock_center.acd.floor import Handling
from mock_center.acd.waiting import Waiting

HANDLING = Handling(60.0, 30.0)


class Caller(Contact):
    """A contact whose end can be watched."""


def caller(number: int) -> Caller:
    """Return a contact that waits."""
    made = Caller(f"c{number}", "billing", HANDLING)
    made.wait = 10_000 - number  # any number of its own: it says nothing of the order
    return made


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=300))
@example([(9 - number % 10, number % 3 > 0) for number in range(300)])
def test_the_first_of_a_queue_is_that_of_a_sorted_list(steps: list[tuple[int, bool]]):
    """However many have hung up meanwhile: nobody who waits is passed over or forgotten."""
    waiting, there = Waiting(), list[tuple[int, Contact]]()
    for number, (rank, hangs_up) in enumerate(steps):
        each = caller(number)
        waiting.add(each, float(rank))
        if hangs_up:
            each.wait = -1
        else:
            there.append((rank, each))
        expected = min(there, key=lambda one: one[0])[1] if there else None

        assert waiting.first() is expected
    assert {each.id for each in waiting} == {each.id for _, each in there}


def test_who_has_hung_up_is_forgotten_though_the_first_waits_on():
    """A day's abandoned calls behind one patient caller would fill the memory."""
    waiting = Waiting()
    waiting.add(caller(0), 0.0)
    watched = []
    for number in range(1, 2000):
        gone = caller(number)
        waiting.add(gone, 1.0)
        gone.wait = -1
        watched.append(weakref.ref(gone))
    del gone
    gc.collect()

    assert sum(each() is not None for each in watched) <= 64
