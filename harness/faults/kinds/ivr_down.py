"""``ivr_down``: the voice menu of a site is down; its callers go straight to their queue.

Blast radius: nobody is served by the menu any more, so agents have all of its callers as well: at a
containment of one third half as much work again.
"""

from harness.faults.kinds.part_of_a_site import PartOfASite
from harness.faults.probe import Probe
from harness.model.scenario import FaultPlan


class IvrDown(PartOfASite):
    """The menu's server fails, and the default route takes over."""

    name = "ivr_down"
    part = "ivr"

    async def proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: the site says that its menu does not answer."""
        up = await probe.metric(plan.site, "cc_ivr_up")
        return f"the voice menu of {plan.site} does not answer" if up == 0 else None

    async def heal_proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: it says that it does."""
        up = await probe.metric(plan.site, "cc_ivr_up")
        return f"the voice menu of {plan.site} answers" if up == 1 else None


KIND = IvrDown()
