"""What the target kept, read at the end of a run: the store of a site, or single tickets."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from harness.adapter.driver import Driver
from harness.model.event import Reread, StoredTicket
from harness.model.inventory import PROBED
from harness.verdict.reread import drawn

_MOST_READS = 10
_EVERY_WALL_S = 0.5


@dataclass(frozen=True, slots=True)
class Store:
    """What a site keeps once nothing is on its way any more.

    ``ours`` are the tickets of this run, under the names it gave them, ``count`` is how many there
    are with those of others, ``late`` are the names that the first read did not know.
    """

    ours: tuple[StoredTicket, ...]
    count: int
    late: frozenset[str]


async def settled_store(driver: Driver, site: str, *, prefix: str) -> Store | None:
    """Return what *site* keeps once two reads agree; None if they never do, or none is answered.

    What this run wrote has a reference that begins with *prefix*.
    """
    first: frozenset[str] | None = None
    before = None
    for _ in range(_MOST_READS):
        found = await driver.carry(driver.adapter.read_tickets(site))
        ours = tuple(_ours(found or (), prefix))
        names = frozenset(each.reference for each in ours)
        if found is not None and found == before:
            return Store(ours, len(found), names - (first or frozenset()))
        if first is None and found is not None:
            first = names
        before = found
        await asyncio.sleep(_EVERY_WALL_S)
    return None


def _ours(found: Sequence[StoredTicket], prefix: str) -> Iterator[StoredTicket]:
    """Yield what this run's customers wrote; what probed the interface is nobody's ticket."""
    for ticket in found:
        name = ticket.reference.removeprefix(prefix)
        if ticket.reference.startswith(prefix) and not name.startswith(PROBED):
            yield replace(ticket, reference=name)


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
