"""``link_half_open``: the edge's requests reach a site, its answers do not come back.

The worst kind of partition: what the edge believes to have failed was carried out. Blast radius: as
of a link that is cut, and calls and tickets that the site has and nobody was told of.
"""

from harness.faults.kinds.of_a_link import OfALink, lost_to_the_edge
from harness.faults.probe import Probe
from harness.model.scenario import FaultPlan


class LinkHalfOpen(OfALink):
    """A firewall rule for one direction, a route that leads only one way."""

    name = "link_half_open"

    async def proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: the site answers us, and the edge has lost it."""
        return await lost_to_the_edge(plan.site, probe)


KIND = LinkHalfOpen()
