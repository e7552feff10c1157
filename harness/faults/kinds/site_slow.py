"""``site_slow``: a site answers everything late, health checks too.

Blast radius: every call and write at the site. A delay beyond the patience of the health check
makes it a site that is down to the edge, and up to itself.
"""

from harness.faults.kinds.of_a_site import SITE, OfASite
from harness.faults.probe import IN_A_ROW, Probe
from harness.model.fault import Parameter, Written
from harness.model.scenario import FaultPlan
from harness.model.units import format_duration

_DELAY = Parameter(
    name="delay",
    written=Written.DURATION,
    about="How long it holds back each answer, in wall time.",
    example="delay: 200ms",
)
_BEYOND_WALL_S = 1.0


class SiteSlow(OfASite):
    """A disk that dies slowly, a neighbour who takes the processor."""

    name = "site_slow"
    parameters = (SITE, _DELAY)

    def looks_wall_s(self, plan: FaultPlan) -> float:
        """Return how long its looks take."""
        return IN_A_ROW * (float(plan.asked["delay"]) + _BEYOND_WALL_S)

    async def proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: its health check takes the delay or longer, several times in a row."""
        delay_s = float(plan.asked["delay"])
        patience_s = delay_s + _BEYOND_WALL_S
        for _ in range(IN_A_ROW):
            seen = await probe.ask("/healthz", source=plan.site, patience_wall_s=patience_s)
            if seen.wall_s < delay_s:
                return None
        return f"{plan.site} takes {format_duration(delay_s)} or longer to answer"

    async def heal_proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: it answers before that, and the edge sends it traffic."""
        delay_s = float(plan.asked["delay"])
        seen = await probe.ask("/healthz", source=plan.site)
        return None if seen.wall_s >= delay_s else await super().heal_proof(plan, probe)


KIND = SiteSlow()
