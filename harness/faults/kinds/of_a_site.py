"""What the faults of a whole site share: the site, the way, and what whole means for it."""

from collections.abc import Mapping

from harness.faults.contract import Means, Way
from harness.faults.ordered import by_admin
from harness.faults.probe import Probe, healed
from harness.model.fault import Parameter, Value, Written
from harness.model.scenario import FaultPlan

SITE = Parameter(
    name="site", written=Written.SITE, about="The site that it happens to.", example="site: north"
)


class OfASite:
    """A fault that holds a whole site: nothing else can be broken there meanwhile."""

    parameters: tuple[Parameter, ...] = (SITE,)

    def place(self, asked: Mapping[str, Value]) -> str:
        """Return the site."""
        return str(asked["site"])

    def way(self, means: Means) -> Way:
        """Return the way over the admin port."""
        return by_admin(means)

    async def heal_proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: it answers, and the edge sends it traffic."""
        return await healed(plan.site, probe)
