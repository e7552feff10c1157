"""``backup_unavailable``: if the backup pool of a site is called, nobody comes.

Blast radius: none as long as nobody needs it; that is why it is found out in production so often.
"""

from harness.faults.kinds.part_of_a_site import PartOfASite
from harness.faults.probe import Probe
from harness.model.scenario import FaultPlan


class BackupUnavailable(PartOfASite):
    """Their access was never provisioned, or has run out."""

    name = "backup_unavailable"
    part = "backup"

    async def proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: the site says that its pool would not come."""
        reachable = await probe.metric(plan.site, "cc_backup_reachable")
        return f"the backup pool of {plan.site} cannot be reached" if reachable == 0 else None

    async def heal_proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: it says that it would."""
        reachable = await probe.metric(plan.site, "cc_backup_reachable")
        return f"the backup pool of {plan.site} can be reached" if reachable == 1 else None


KIND = BackupUnavailable()
