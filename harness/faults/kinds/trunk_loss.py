"""``trunk_loss``: a site loses a share of its trunk channels; calls in progress keep theirs.

Blast radius: callers who meet busy trunks once the channels that are left are taken. Callers of
other sites, if the carrier does not route around it.
"""

from harness.faults.kinds.of_a_site import SITE
from harness.faults.kinds.part_of_a_site import ShownByAFigure
from harness.faults.probe import Probe
from harness.model.fault import Parameter, Written
from harness.model.scenario import FaultPlan

_SHARE = Parameter(
    name="share",
    written=Written.SHARE,
    about="The share of the channels that is lost.",
    example="share: 50%",
    default=1.0,
)


class TrunkLoss(ShownByAFigure):
    """A carrier's circuit is down."""

    name = "trunk_loss"
    part = "trunks"
    noun = "trunk channels"
    parameters = (SITE, _SHARE)

    async def figure(self, plan: FaultPlan, probe: Probe) -> float | None:
        """Return the channels there are."""
        return await probe.metric(plan.site, "cc_trunk_channels")

    def move(self, plan: FaultPlan, before: float) -> float:
        """Return how many are lost."""
        return -float(plan.asked["share"]) * before


KIND = TrunkLoss()
