"""``api_latency``: a share of the requests to the public API is answered late.

Blast radius: whoever calls, hangs up, writes or reads meanwhile; clients that give up and try again
add to the load.
"""

from collections.abc import Callable

from harness.faults.kinds.of_the_api import METHOD, SHARE, OfTheApi, hit
from harness.faults.probe import Probe, Seen
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

    async def proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: requests take at least the delay."""
        delay_s = float(plan.asked["delay"])
        hits, looks = await self._late(plan, probe, lambda seen: seen.wall_s >= delay_s)
        delay = format_duration(delay_s)
        return f"{hits} of {looks} requests took {delay} or more" if hits else None

    async def heal_proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: none does."""
        delay_s = float(plan.asked["delay"])
        hits, looks = await self._late(
            plan, probe, lambda seen: seen.wall_s >= delay_s or seen.status is None
        )
        delay = format_duration(delay_s)
        return None if hits else f"none of {looks} requests took {delay}"

    async def _late(
        self, plan: FaultPlan, probe: Probe, is_late: Callable[[Seen], bool]
    ) -> tuple[int, int]:
        patience_s = float(plan.asked["delay"]) + _BEYOND_WALL_S
        return await hit(plan, probe, is_late, patience_wall_s=patience_s)


KIND = ApiLatency()
