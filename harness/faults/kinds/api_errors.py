"""``api_errors``: a share of the requests to the public API is answered with an error.

Blast radius: whoever calls, hangs up, writes or reads meanwhile. What is answered so was never
carried out; a client that tries again doubles nothing.
"""

from harness.faults.kinds.of_the_api import METHOD, SHARE, OfTheApi, none_shown, shown
from harness.faults.probe import Probe
from harness.model.fault import Parameter, Written
from harness.model.scenario import FaultPlan

_STATUS = Parameter(
    name="status",
    written=Written.NUMBER,
    about="The HTTP status that is answered.",
    example="status: 503",
    default=503.0,
    least=400,
    most=599,
)


class ApiErrors(OfTheApi):
    """The API fails: a broken deployment, a database behind it that is gone."""

    name = "api_errors"
    part = "errors"
    parameters = (SHARE, _STATUS, METHOD)

    async def proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: requests are answered with the status that was asked for."""
        status = int(plan.asked["status"])
        found = await shown(plan, probe, lambda seen: seen.status == status)
        return f"{found[0]} of {found[1]} requests were answered {status}" if found else None

    async def heal_proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: none is."""
        status = int(plan.asked["status"])
        looks = await none_shown(plan, probe, lambda seen: seen.status in (status, None))
        return f"none of {looks} requests was answered {status}" if looks else None


KIND = ApiErrors()
