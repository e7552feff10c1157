"""``site_hang``: a site freezes; it still accepts connections and answers nothing.

The grey failure: connect checks look healthy, requests pile up, and when the site wakes it executes
what was sent to it long ago. Blast radius: as ``site_down``, and every request on its way there.
"""

from harness.faults.contract import TargetAdmin
from harness.faults.probe import Answer, Probe, healed
from harness.model.scenario import FaultPlan

_SILENCES = 3
"""Half-second silences in a row that show a frozen site; a slow one answers in between."""


class SiteHang:
    """A site stops without dying: a stuck disk, a paused virtual machine, a SIGSTOP."""

    name = "site_hang"

    async def inject(self, plan: FaultPlan, admin: TargetAdmin, *, lease_wall_s: float) -> str:
        """Freeze the site."""
        return await admin.order_fault(self.name, plan.site, lease_wall_s=lease_wall_s)

    async def proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: the site takes the connection and stays silent."""
        for _ in range(_SILENCES):
            if await probe.ask_site(plan.site) is not Answer.SILENT:
                return None
        return f"{plan.site} accepts connections and answers nothing"

    async def heal(self, fault_id: str, admin: TargetAdmin) -> None:
        """Let the site go on."""
        await admin.heal_fault(fault_id)

    async def heal_proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: it answers, and the edge sends it traffic."""
        return await healed(plan.site, probe)
