"""A store is read until it is at rest; the quality sample one by one, and no more than was drawn."""

from collections.abc import Generator
from typing import Any

import pytest

from harness import rereading
from harness.adapter.protocol import TicketRead, TicketState
from harness.model.event import Content, Reread, StoredTicket
from harness.model.inventory import PROBED
from harness.rereading import Store, read_again, settled_store
from harness.verdict.reread import drawn

TICKETS = {f"t{number}": f"T-{number}" for number in range(50)}


class Desk:
    """A driver and its adapter, of a provider that tells *says* of every ticket."""

    def __init__(self, says: TicketRead | None) -> None:
        self.adapter = self
        self.asked: list[str] = []
        self._says = says

    def read_ticket(self, provider_id: str) -> Generator[Any, Any, TicketRead | None]:
        """Note who was asked for."""
        self.asked.append(provider_id)
        yield None
        return self._says

    async def carry(self, steps: Generator[Any, Any, TicketRead | None]) -> TicketRead | None:
        """Answer everything."""
        next(steps)
        try:
            steps.send(None)
        except StopIteration as done:
            return done.value
        raise AssertionError("it asked twice")


async def read(desk: Desk, **asked: Any) -> list[Reread]:
    return [each async for each in read_again(desk, TICKETS, share=0.2, seed="7", **asked)]


SAYS = Content(subject="Refund")


async def test_a_fifth_is_asked_for_by_its_provider_s_name():
    """Ten requests of fifty, each once."""
    desk = Desk(TicketRead(TicketState.OPEN, "1", SAYS))
    found = await read(desk)
    sample = drawn(tuple(TICKETS), share=0.2, seed="7")

    assert found == [Reread(id_, SAYS) for id_ in sample]
    assert desk.asked == [TICKETS[id_] for id_ in sample]


async def test_one_that_does_not_answer_is_kept_as_not_readable():
    """And the next one is asked for all the same."""
    found = await read(Desk(None))

    assert [each.content for each in found] == [None] * 10


async def test_an_adapter_that_tells_nothing_is_asked_once():
    """Requests count against caps, and nine more would bring nothing."""
    desk = Desk(TicketRead(TicketState.OPEN, "1"))

    assert await read(desk) == []
    assert len(desk.asked) == 1


async def test_nothing_is_asked_once_the_way_is_shut():
    """Where it is not certain who answers, nobody is asked."""
    desk = Desk(TicketRead(TicketState.OPEN, "1", SAYS))

    assert await read(desk, shut=lambda: len(desk.asked) >= 3) == [
        Reread(each, SAYS) for each in drawn(tuple(TICKETS), share=0.2, seed="7")[:3]
    ]


class Shelf:
    """A driver and its adapter, of a site whose store reads one way after the other."""

    def __init__(self, *reads: list[StoredTicket] | None) -> None:
        self.adapter = self
        self.reads = list(reads)

    def read_tickets(self, site: str) -> list[StoredTicket] | None:
        """Return the next read, the last one for ever."""
        assert site == "north"
        return self.reads.pop(0) if len(self.reads) > 1 else self.reads[0]

    async def carry(self, read: list[StoredTicket] | None) -> list[StoredTicket] | None:
        """Carry nothing: it is there."""
        return read


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have nobody wait between two reads."""
    monkeypatch.setattr(rereading, "_EVERY_WALL_S", 0.0)


def kept(*references: str) -> list[StoredTicket]:
    return [StoredTicket("north", each, f"T-{each}") for each in references]


@pytest.mark.usefixtures("at_once")
async def test_a_store_is_read_until_two_reads_agree_and_what_came_late_is_named():
    """A replica that catches up is no loss, but whoever looked at once would have missed it."""
    shelf = Shelf(None, kept("run/a"), None, kept("run/a", "run/b"), kept("run/a", "run/b"))
    found = await settled_store(shelf, "north", prefix="run/")

    assert found == Store(
        tuple(StoredTicket("north", each, f"T-run/{each}") for each in "ab"), 2, frozenset("b")
    )


@pytest.mark.usefixtures("at_once")
async def test_of_a_store_only_what_this_run_s_customers_wrote_counts():
    """Others write there too, and our probe of the interface is nobody's ticket.

    Customers of a phase that is called so are somebody.
    """
    there = kept("run/interfaces/tickets/1", "another/b", f"run/{PROBED}1")
    found = await settled_store(Shelf(there), "north", prefix="run/")

    assert found is not None
    assert [each.reference for each in found.ours] == ["interfaces/tickets/1"]
    assert (found.count, found.late) == (3, frozenset())


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("reads", [[None], [kept(f"run/{n}") for n in range(11)]])
async def test_a_store_that_is_never_at_rest_was_not_read(reads: list[list[StoredTicket] | None]):
    """To judge by half of it would call lost what is on its way."""
    assert await settled_store(Shelf(*reads), "north", prefix="run/") is None
