"""``site_drain``: a site gets no new calls and hands over the ticket store, as planned.

Planned work, not a fault: calls in progress end where they are and nobody is dropped. Blast radius:
the other sites carry everything that is new.
"""

from harness.faults.kinds.of_a_site import OfASite
from harness.faults.probe import Probe
from harness.model.scenario import FaultPlan
from harness.model.target import EDGE


class SiteDrain(OfASite):
    """A site is taken out of service for maintenance."""

    name = "site_drain"

    async def proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: the edge says that it gets no new calls."""
        draining = await probe.metric(EDGE, "cc_site_draining", site=plan.site)
        return f"the edge sends {plan.site} no new calls" if draining == 1 else None

    async def heal_proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: it does again, and the site is well."""
        draining = await probe.metric(EDGE, "cc_site_draining", site=plan.site)
        return await super().heal_proof(plan, probe) if draining == 0 else None


KIND = SiteDrain()
