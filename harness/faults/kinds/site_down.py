"""``site_down``: every process of a site is killed; healed by starting it again.

Blast radius: the site's calls (in talk and waiting), its agents, its copy of the ticket store.
"""

from harness.faults.kinds.of_a_site import OfASite
from harness.faults.probe import Answer, Probe
from harness.model.scenario import FaultPlan


class SiteDown(OfASite):
    """A site dies without a word: power, network core, or a kill -9."""

    name = "site_down"

    async def proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: the site's port refuses connections."""
        if await probe.ask_site(plan.site) is Answer.REFUSED:
            return f"{plan.site} refuses connections"
        return None


KIND = SiteDown()
