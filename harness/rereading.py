"""The quality sample at the end of a run: single tickets, read again by themselves."""

from collections.abc import AsyncIterator, Callable, Mapping

from harness.adapter.driver import Driver
from harness.model.event import Reread
from harness.verdict.reread import drawn


async def read_again(
    driver: Driver,
    tickets: Mapping[str, str],
    *,
    share: float,
    seed: str,
    shut: Callable[[], bool] = lambda: False,
) -> AsyncIterator[Reread]:
    """Yield what *share* of *tickets* (the provider's names by our keys) say, drawn by *seed*.

    One after the other, so that a cap on requests holds each back and none of them trips it. It
    ends at once if the way there is *shut*, or if the adapter does not tell what a ticket says: to
    ask on would cost requests and bring nothing.
    """
    for id_ in drawn(tuple(tickets), share=share, seed=seed):
        if shut():
            return
        found = await driver.carry(driver.adapter.read_ticket(tickets[id_]))
        if found is not None and not found.content:
            return
        yield Reread(id_, found.content if found else None)
