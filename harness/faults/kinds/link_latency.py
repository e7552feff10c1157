"""``link_latency``: everything between the edge and a site takes longer, each way.

Blast radius: set-up times and writes at the site. A delay beyond the patience of the health check
makes it a link that is cut, to the edge.
"""

from harness.faults.kinds.of_a_link import OfALink, lost_to_the_edge
from harness.faults.kinds.of_a_site import SITE
from harness.faults.probe import Probe
from harness.model.fault import Parameter, Written
from harness.model.scenario import FaultPlan
from harness.model.target import EDGE
from harness.model.units import format_duration

_DELAY = Parameter(
    name="delay",
    written=Written.DURATION,
    about="How much longer everything takes one way, in wall time.",
    example="delay: 50ms",
)


class LinkLatency(OfALink):
    """A detour over another continent."""

    name = "link_latency"
    parameters = (SITE, _DELAY)

    async def proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: the edge's own check of the site takes the delay, there and back."""
        took_s = await probe.metric(EDGE, "cc_site_check_seconds", site=plan.site)
        both_ways_s = 2 * float(plan.asked["delay"])
        if took_s is not None and took_s >= both_ways_s and await probe.edge_calls_it_up(plan.site):
            return f"the edge waits {format_duration(both_ways_s)} or longer for {plan.site}"
        return await lost_to_the_edge(plan.site, probe)

    async def heal_proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: its check of the site is faster than that, and it sends it traffic."""
        took_s = await probe.metric(EDGE, "cc_site_check_seconds", site=plan.site)
        if took_s is None or took_s >= 2 * float(plan.asked["delay"]):
            return None
        return await super().heal_proof(plan, probe)


KIND = LinkLatency()
