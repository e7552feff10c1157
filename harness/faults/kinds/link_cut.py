"""``link_cut``: nothing passes between the edge and a site, in either direction.

Blast radius: callers who wait or talk at the site, and writes to its store if it leads; the site
itself goes on and knows nothing of it. What was on the way at that moment may have arrived or not.
"""

from harness.faults.kinds.of_a_link import OfALink, lost_to_the_edge
from harness.faults.probe import Probe
from harness.model.scenario import FaultPlan


class LinkCut(OfALink):
    """A digger and a fibre."""

    name = "link_cut"

    async def proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: the site answers us, and the edge has lost it."""
        return await lost_to_the_edge(plan.site, probe)


KIND = LinkCut()
