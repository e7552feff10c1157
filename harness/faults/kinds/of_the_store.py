"""What the faults of a site's ticket store share: how a write is tried without leaving a trace.

A change to a ticket that there is none of is refused as such by a store that is well, with 404, and
by one that cannot write with 503. Nothing is written either way.
"""

from harness.faults.kinds.part_of_a_site import PartOfASite
from harness.faults.probe import Probe
from harness.model.scenario import FaultPlan

_NO_TICKET = "/v1/tickets/t-0-0"


class OfTheStore(PartOfASite):
    """A fault of the store; it shows while its site leads."""

    part = "store"
    reads: bool
    """Whether the store can still be read."""

    async def proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: a change is refused by the store, a read as the kind has it."""
        token = await probe.sign_in()
        written, read = await _write(probe, token), await _read(plan, probe, token)
        if not await _leads(plan, probe) or written != 503 or (read == 200) is not self.reads:
            return None
        also = "but read" if self.reads else "nor read"
        return f"the ticket store of {plan.site} cannot be written, {also}"

    async def heal_proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: it is read and written."""
        token = await probe.sign_in()
        if await _write(probe, token) != 404 or await _read(plan, probe, token) != 200:
            return None
        return f"the ticket store of {plan.site} can be read and written"


async def _leads(plan: FaultPlan, probe: Probe) -> bool:
    return await probe.metric(plan.site, "cc_store_primary") == 1


async def _write(probe: Probe, token: str) -> int | None:
    headers = {"If-Match": '"0"'}
    body = {"priority": "P4"}
    seen = await probe.ask(_NO_TICKET, method="PATCH", token=token, body=body, headers=headers)
    return seen.status


async def _read(plan: FaultPlan, probe: Probe, token: str) -> int | None:
    return (await probe.ask(f"/v1/tickets?limit=1&site={plan.site}", token=token)).status
