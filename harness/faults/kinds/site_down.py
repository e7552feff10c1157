"""``site_down``: every process of a site is killed; healed by starting it again.

Blast radius: the site's calls (in talk and waiting), its agents, its copy of the ticket store.
"""

from harness.faults.contract import TargetAdmin
from harness.faults.probe import Answer, Probe, healed
from harness.model.scenario import FaultPlan


class SiteDown:
    """A site dies without a word: power, network core, or a kill -9."""

    name = "site_down"

    async def inject(self, plan: FaultPlan, admin: TargetAdmin, *, lease_wall_s: float) -> str:
        """Kill the site."""
        return await admin.order_fault(self.name, plan.site, lease_wall_s=lease_wall_s)

    async def proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: the site's port refuses connections."""
        if await probe.ask_site(plan.site) is Answer.REFUSED:
            return f"{plan.site} refuses connections"
        return None

    async def heal(self, fault_id: str, admin: TargetAdmin) -> None:
        """Start the site again."""
        await admin.heal_fault(fault_id)

    async def heal_proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: it answers, and the edge sends it traffic."""
        return await healed(plan.site, probe)
