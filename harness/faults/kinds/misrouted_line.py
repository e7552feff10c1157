"""``misrouted_line``: callers of one number end up in another queue.

Blast radius: whoever dials it, and the queue that gets them.
"""

from harness.faults.kinds.of_a_line import LINE, OfALine
from harness.faults.probe import Probe
from harness.model.fault import Parameter, Written
from harness.model.scenario import FaultPlan

_QUEUE = Parameter(
    name="queue",
    written=Written.QUEUE,
    about="The queue that they reach.",
    example="queue: support",
)


class MisroutedLine(OfALine):
    """A slip in the routing table on the night of the port."""

    name = "misrouted_line"
    parameters = (LINE, _QUEUE)

    async def proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: who dials it reaches the wrong queue."""
        line, queue = str(plan.asked["line"]), str(plan.asked["queue"])
        dialled = await probe.call(line)
        misrouted = dialled.queue == queue != self.usual(line)
        return f"{line} reaches {queue}" if misrouted else None


KIND = MisroutedLine()
