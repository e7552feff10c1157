"""``blocked_destination``: the carrier puts no call to one number through; callers hear busy.

Blast radius: whoever dials it. Other numbers of the same queue go on.
"""

from harness.faults.kinds.of_a_line import OfALine
from harness.faults.probe import IN_A_ROW, Probe
from harness.model.scenario import FaultPlan


class BlockedDestination(OfALine):
    """A number that was never ported, or whose route is gone."""

    name = "blocked_destination"

    async def proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: who dials it hears busy."""
        line = str(plan.asked["line"])
        for _ in range(IN_A_ROW):  # one call hears busy where all trunks are taken, too
            if (await probe.call(line)).problem != "trunks-busy":
                return None
        return f"{line} is busy"


KIND = BlockedDestination()
