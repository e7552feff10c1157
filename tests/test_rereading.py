"""The quality sample is read one by one, and no more is asked than was drawn."""

from collections.abc import Generator
from typing import Any

from harness.adapter.protocol import TicketRead, TicketState
from harness.model.event import Content, Reread
from harness.rereading import read_again
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
