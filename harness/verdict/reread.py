"""The quality sample: which tickets are read again one by one, and what is wrong with any. Pure.

Who outsources has a share of the work checked again for correctness: a fifth, practitioners say.
Where a store's listing tells what its tickets say, every one is compared and nothing more is asked.
Where it does not, each has to be read by itself, a request that counts against the target's caps:
so a share of them is drawn, by the seed.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from random import Random

from harness.kpi.figures import TicketWrite
from harness.model.contact import WriteOutcome
from harness.model.event import Content, Reread, StoredTicket
from harness.model.scenario import Scenario
from harness.model.target import Target

A_FIFTH = 0.2
"""At somebody else's, unless the scenario says otherwise: what practitioners have checked."""
ALL = 1.0


def share_of(scenario: Scenario, target: Target) -> float:
    """Return the share (0..1) of tickets to read again: what *scenario* says, else by the target.

    On the mock all, for nobody counts its requests.
    """
    if scenario.tickets is not None and scenario.tickets.reread is not None:
        return scenario.tickets.reread
    return ALL if target.mock is not None else A_FIFTH


def drawn(ids: Sequence[str], *, share: float, seed: str) -> tuple[str, ...]:
    """Return *share* of *ids*, rounded up, drawn by *seed*, in the order of *ids*.

    The same seed draws the same of the same; which they are has nothing to do with how they went.
    """
    count = min(len(ids), math.ceil(len(ids) * share - 1e-9))
    chosen = set(Random(f"{seed}:reread").sample(sorted(ids), count))
    return tuple(id_ for id_ in ids if id_ in chosen)


def wrong(
    written: Iterable[TicketWrite],
    copies: Mapping[str, Sequence[StoredTicket]],
    rereads: Iterable[Reread],
) -> tuple[int, dict[str, tuple[str, ...]], int]:
    """Return how many tickets were compared, what is wrong in which, and how many were unreadable.

    Compared are those that were acknowledged, in each copy that tells what it says. Wrong ones come
    in the order of *written*, each with the names of the fields that are not as they were written.
    """
    alone = {each.reference: each.content for each in rereads}
    compared, found = 0, {}
    for ticket in written:
        if ticket.outcome is not WriteOutcome.ACKNOWLEDGED:
            continue
        told: list[Content] = [c.content for c in copies.get(ticket.id, ()) if c.content]
        if content := alone.get(ticket.id):
            told.append(content)
        if not told:
            continue
        compared += 1
        differing = dict.fromkeys(name for each in told for name in ticket.content.differs_in(each))
        if differing:
            found[ticket.id] = tuple(differing)
    return compared, found, sum(each is None for each in alone.values())
