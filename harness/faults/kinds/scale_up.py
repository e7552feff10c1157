"""``scale_up``: more agents come to a queue of a site, and leave again at the end.

Planned work, not a fault: nobody may notice but those who wait less. Blast radius: none.
"""

from harness.faults.kinds.agents_logged_out import at_work
from harness.faults.kinds.of_a_site import SITE
from harness.faults.kinds.part_of_a_site import ShownByAFigure
from harness.faults.probe import Probe
from harness.model.fault import Parameter, Written
from harness.model.scenario import FaultPlan

_QUEUE = Parameter(
    name="queue",
    written=Written.QUEUE,
    about="The queue that they work.",
    example="queue: billing",
)
_HEADS = Parameter(
    name="heads",
    written=Written.NUMBER,
    about="How many come.",
    example="heads: 10",
    least=1,
    most=1000,
)


class ScaleUp(ShownByAFigure):
    """A shift is strengthened while customers call."""

    name = "scale_up"
    part = "agents"
    noun = "agents at work"
    parameters = (SITE, _QUEUE, _HEADS)

    async def figure(self, plan: FaultPlan, probe: Probe) -> float | None:
        """Return the agents who are at work."""
        return await at_work(plan, probe)

    def move(self, plan: FaultPlan, before: float) -> float:  # noqa: ARG002  so many in any case
        """Return how many come."""
        return float(plan.asked["heads"])


KIND = ScaleUp()
