"""``api_rate_limit``: each client may send only so many requests; the others are told to wait.

Blast radius: every customer whose request is turned away; calls as well as tickets.
"""

from harness.faults.kinds.of_the_api import OfTheApi
from harness.faults.probe import Probe
from harness.model.fault import Parameter, Written
from harness.model.scenario import FaultPlan

_PER_MINUTE = Parameter(
    name="per_minute",
    written=Written.NUMBER,
    about="Requests a client may send in a minute of wall time, in the long run.",
    example="per_minute: 600",
    least=1,
    most=1e6,
)
_BURST = Parameter(
    name="burst",
    written=Written.NUMBER,
    about="Requests a client may send at once.",
    example="burst: 20",
    default=20.0,
    least=1,
    most=1e5,
)


class ApiRateLimit(OfTheApi):
    """A limit that nobody agreed on, or one set too low on the day of the cutover."""

    name = "api_rate_limit"
    part = "limit"
    parameters = (_PER_MINUTE, _BURST)

    async def proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: the API says that this limit is the one in force."""
        found = await self._limit(probe)
        burst = int(plan.asked["burst"])
        return f"the API says that {burst} requests may come at once" if found == burst else None

    async def heal_proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: it says another, or none."""
        found = await self._limit(probe)
        if found is None or found == int(plan.asked["burst"]):
            return None
        return f"the API says that {found} may come at once" if found else "the API has no limit"

    async def _limit(self, probe: Probe) -> int | None:
        """Return how many requests may come at once, 0 for any number; None if it did not say."""
        token = await probe.sign_in()
        seen = await probe.ask("/v1/queues", token=token)
        if not token or seen.status not in (200, 429):
            return None
        return int(seen.headers.get("ratelimit-limit", "0"))


KIND = ApiRateLimit()
