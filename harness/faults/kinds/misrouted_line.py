"""``misrouted_line``: callers of one number end up in another queue.

Blast radius: whoever dials it, and the queue that gets them.
"""

from collections.abc import Iterator, Mapping

from harness.faults.contract import Wrong
from harness.faults.kinds.of_a_line import LINE, OfALine
from harness.faults.probe import Probe
from harness.model.fault import Names, Parameter, Value, Written
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

    def wrong(self, asked: Mapping[str, Value], names: Names) -> Iterator[Wrong]:
        """Yield that the line reaches this queue anyway."""
        line, queue = str(asked["line"]), str(asked["queue"])
        if names.queue_of(line) == queue:
            yield Wrong("queue", f"{queue}, which {line} reaches anyway", "another queue")

    async def proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: who dials it reaches the wrong queue."""
        line, queue = str(plan.asked["line"]), str(plan.asked["queue"])
        dialled = await probe.call(line)
        misrouted = dialled.queue == queue != self.usual(line)
        return f"{line} reaches {queue}" if misrouted else None


KIND = MisroutedLine()
