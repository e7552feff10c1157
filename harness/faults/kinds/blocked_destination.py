"""``blocked_destination``: the carrier puts no call to one number through; callers hear busy.

Blast radius: whoever dials it. Other numbers of the same queue go on.
"""

from harness.faults.kinds.of_a_line import OfALine
from harness.faults.probe import Probe
from harness.model.scenario import FaultPlan


class BlockedDestination(OfALine):
    """A number that was never ported, or whose route is gone."""

    name = "blocked_destination"

    async def proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: who dials it hears busy."""
        line = str(plan.asked["line"])
        dialled = await probe.call(line)
        return f"{line} is busy" if dialled.problem == "trunks-busy" else None


KIND = BlockedDestination()
