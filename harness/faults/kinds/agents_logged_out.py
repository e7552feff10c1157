"""``agents_logged_out``: a share of a site's agents is logged out at once.

Those who talk finish first; nobody new reaches them. Blast radius: everybody who waits, at every
site that shares the queue.
"""

from harness.faults.kinds.of_a_site import SITE
from harness.faults.kinds.part_of_a_site import ShownByAFigure
from harness.faults.probe import Probe
from harness.model.fault import Parameter, Written
from harness.model.scenario import FaultPlan

_SHARE = Parameter(
    name="share",
    written=Written.SHARE,
    about="The share of the agents who are at work.",
    example="share: 40%",
    default=1.0,
)
_QUEUE = Parameter(
    name="queue",
    written=Written.QUEUE,
    about="The queue whose agents it happens to; without it, those of every queue.",
    example="queue: billing",
    optional=True,
)


class AgentsLoggedOut(ShownByAFigure):
    """The desktop crashes, the sign-on service fails, a floor is evacuated."""

    name = "agents_logged_out"
    part = "agents"
    noun = "agents at work"
    parameters = (SITE, _SHARE, _QUEUE)

    async def figure(self, plan: FaultPlan, probe: Probe) -> float | None:
        """Return the agents who are at work."""
        return await at_work(plan, probe)

    def move(self, plan: FaultPlan, before: float) -> float:
        """Return how many leave."""
        return -float(plan.asked["share"]) * before


async def at_work(plan: FaultPlan, probe: Probe) -> float | None:
    """Return how many agents of the fault's site and queue are at work."""
    of = {"queue": str(plan.asked["queue"])} if "queue" in plan.asked else {}
    everybody = await probe.metric(plan.site, "cc_agents", **of)
    offline = await probe.metric(plan.site, "cc_agents", state="offline", **of)
    return None if everybody is None else everybody - (offline or 0.0)


KIND = AgentsLoggedOut()
