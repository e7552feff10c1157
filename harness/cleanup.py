"""``harness cleanup``: take away what a run left in a provider's system, and name what stays.

Only tickets whose reference begins with the run's own are touched: others are none of ours.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from harness.adapter.driver import Driver
from harness.adapter.find import find_adapter
from harness.adapter.protocol import Adapter, Removing
from harness.guarding import Admission
from harness.model.contact import WriteOutcome
from harness.model.event import StoredTicket
from harness.record.run_record import RunRecord
from harness.target import remote


@dataclass(frozen=True, slots=True)
class Cleared:
    """What became of one thing that a run left; *why* it is still there, empty if it is not.

    Without a *provider_id* it is a whole store, *where* alone, that could not be read.
    """

    where: str
    provider_id: str = ""
    reference: str = ""
    why: str = ""


async def clean_up(record: RunRecord) -> AsyncIterator[Cleared]:
    """Yield what became of everything that the run of *record* left; nothing on a mock of ours.

    Raises:
        HarnessError: the guard refused the target, or a secret is missing.
    """
    target, prefix = record.target, record.facts.reference_prefix
    if target.remote is None or not prefix:  # our own mock ended with its run
        return
    async with remote.reached(target) as reached:
        admitted = await Admission(target, run=record.facts.run).admit(reached)
        endpoints = admitted.endpoints
        adapter = find_adapter(target.adapter)(endpoints)
        if not hasattr(adapter, "read_tickets"):
            return
        async with Driver(adapter, endpoints, gate=admitted.wire()) as driver:
            found: dict[str, StoredTicket] = {}
            for site in target.sites:
                listed = await driver.carry(driver.adapter.read_tickets(site))
                if listed is None:
                    yield Cleared(site, why="its store could not be read")
                ours = [each for each in listed or () if each.reference.startswith(prefix)]
                found |= {each.provider_id: each for each in ours}
            for ticket in found.values():
                yield await _cleared(ticket, adapter, driver)


async def _cleared(ticket: StoredTicket, adapter: Adapter, driver: Driver) -> Cleared:
    why = f"the adapter has no {Removing.remove_ticket.__name__}"
    if isinstance(adapter, Removing):
        written = await driver.carry(adapter.remove_ticket(ticket.provider_id))
        done = written.outcome is WriteOutcome.ACKNOWLEDGED
        why = "" if done else f"{written.outcome}: {written.error or 'no reason was given'}"
    return Cleared(ticket.site, ticket.provider_id, ticket.reference, why)
