"""``api_latency``: a share of the requests to the public API is answered late.

Blast radius: whoever calls, hangs up, writes or reads meanwhile; clients that give up and try again
add to the load.
"""

from harness.faults.kinds.of_the_api import METHOD, SHARE, OfTheApi, hits_wanted, none_shown, shown
from harness.faults.probe import Probe
from harness.model.fault import Parameter, Written
from harness.model.scenario import FaultPlan
from harness.model.units import format_duration

_DELAY = Parameter(
    name="delay",
    written=Written.DURATION,
    about="How long an answer is held back, in wall time.",
    example="delay: 400ms",
)
_BEYOND_WALL_S = 1.0


class ApiLatency(OfTheApi):
    """The API is slow: a brown-out of what it depends on."""

    name = "api_latency"
    part = "latency"
    parameters = (_DELAY, SHARE, METHOD)

    def looks_wall_s(self, plan: FaultPlan) -> float:
        """Return how long two rounds of looks take: each hit takes the delay."""
        wanted, _ = hits_wanted(float(plan.asked["share"]))
        return 2 * wanted * (float(plan.asked["delay"]) + _BEYOND_WALL_S)

    async def proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: requests take at least the delay."""
        delay_s = float(plan.asked["delay"])
        found = await shown(
            plan,
            probe,
            lambda seen: seen.wall_s >= delay_s,
            patience_wall_s=delay_s + _BEYOND_WALL_S,
        )
        delay = format_duration(delay_s)
        return f"{found[0]} of {found[1]} requests took {delay} or more" if found else None

    async def heal_proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: none does."""
        delay_s = float(plan.asked["delay"])
        looks = await none_shown(
            plan,
            probe,
            lambda seen: seen.wall_s >= delay_s or seen.status is None,
            patience_wall_s=delay_s + _BEYOND_WALL_S,
        )
        delay = format_duration(delay_s)
        return f"none of {looks} requests took {delay}" if looks else None


KIND = ApiLatency()
