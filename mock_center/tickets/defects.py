"""What this provider does wrong with tickets, on purpose. Pure: the same key has the same fate."""

from dataclasses import dataclass, replace
from enum import StrEnum

from mock_center.chance import stream
from mock_center.conditions import Conditions
from mock_center.config import Centre
from mock_center.faults.kinds.store import (
    REPLICATION_STOPPED,
    STORE_DISK_FULL,
    STORE_DOWN,
    STORE_READ_ONLY,
)
from mock_center.tickets import life
from mock_center.tickets.ticket import Ticket
from mock_center.tickets.writes import Create

REACH_S = 300.0
"""How far back, in centre seconds, a promotion spoils tickets."""

_FIRST_FORGOTTEN, _FORGOTTEN = 1_000_000, 9_000_000


class Fate(StrEnum):
    """What becomes of a ticket when another site is made leader."""

    KEPT = "kept"
    LOST = "lost"
    DOUBLED = "doubled"


@dataclass(frozen=True, slots=True)
class Spoils:
    """The damage a promotion does to tickets created at the wall stamp *since* or later."""

    seed: str
    since: float
    loses: float
    doubles: float

    def fate(self, ticket: Ticket) -> Fate:
        """Return what becomes of *ticket*; a lost one cannot be doubled as well."""
        if ticket.created_at < self.since:
            return Fate.KEPT
        if stream(self.seed, f"{ticket.key}:lost").random() < self.loses:
            return Fate.LOST
        if stream(self.seed, f"{ticket.key}:doubled").random() < self.doubles:
            return Fate.DOUBLED
        return Fate.KEPT


@dataclass(frozen=True, slots=True)
class Trouble:
    """What the store of a site can do at the moment.

    *refuses* is what its disk says to a write, empty if it takes it. *readable*: it can be read.
    *replicates*: it tells the other sites, and hears of them.
    """

    refuses: str = ""
    readable: bool = True
    replicates: bool = True


WELL = Trouble()
_REFUSALS = {
    STORE_DOWN: "unable to open database file",
    STORE_READ_ONLY: "attempt to write a readonly database",
    STORE_DISK_FULL: "database or disk is full",
}


def trouble_of(conditions: Conditions) -> Trouble:
    """Return what *conditions* keep the store of this site from."""
    refuses = [words for kind, words in _REFUSALS.items() if conditions.asked(kind) is not None]
    return Trouble(
        refuses=refuses[0] if refuses else "",
        readable=conditions.asked(STORE_DOWN) is None,
        replicates=conditions.asked(REPLICATION_STOPPED) is None,
    )


def forgets(seed: str, share: float, key: str) -> bool:
    """Return whether the ticket with that idempotency *key* is acknowledged and not written."""
    return share > 0 and stream(seed, f"{key}:forgotten").random() < share


def garbled(write: Create, *, seed: str, share: float) -> Create:
    """Return *write* as it is stored: for a *share* of tickets with half of their subject cut off.

    A field that is too short for what comes in: answered as kept, and not what the customer wrote.
    """
    if share > 0 and stream(seed, f"{write.key}:garbled").random() < share:
        return replace(write, subject=write.subject[: max(1, len(write.subject) // 2)])
    return write


def forgotten(write: Create, *, seed: str, epoch: int, site: str) -> Ticket:
    """Return the ticket that a client is told of, and that nobody holds.

    A repeat is told the same. Its number is one that no ticket of a rehearsal gets to.
    """
    rng = stream(seed, f"{write.key}:number")
    number = _FIRST_FORGOTTEN + rng.randrange(_FORGOTTEN)
    return life.born(write, number=number, name=f"t-{epoch}-{number}", site=site)


def spoils_of(centre: Centre, now: float) -> Spoils | None:
    """Return what a promotion at the wall stamp *now* does to tickets; None if it does nothing."""
    loses = centre.defects.loses_tickets_on_failover
    doubles = centre.defects.duplicates_tickets_on_failover
    if not (loses or doubles):
        return None
    return Spoils(centre.seed, now - REACH_S / centre.speed, loses, doubles)
