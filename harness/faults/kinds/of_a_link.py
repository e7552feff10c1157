"""What the faults of a link share: the network between the edge and one site, the way, what heals.

The site is well, and says so to whoever asks it directly; only the edge cannot reach it, or only
with trouble.
"""

from collections.abc import Mapping

from harness.faults.contract import Means, Way
from harness.faults.kinds.of_a_site import SITE
from harness.faults.ordered import by_admin
from harness.faults.probe import IN_A_ROW, Answer, Probe, healed
from harness.model.fault import Parameter, Value
from harness.model.scenario import FaultPlan


class OfALink:
    """A fault of the way to a site: it holds the link, not what is at its end."""

    parameters: tuple[Parameter, ...] = (SITE,)

    def place(self, asked: Mapping[str, Value]) -> str:
        """Return the link."""
        return f"{asked['site']}/link"

    def way(self, means: Means) -> Way:
        """Return the way over the admin port."""
        return by_admin(means)

    async def heal_proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: the site answers, and the edge sends it traffic."""
        return await healed(plan.site, probe)


async def lost_to_the_edge(site: str, probe: Probe) -> str | None:
    """Return the proof that the edge has lost *site*, which answers whoever asks it directly.

    Several times in a row: under load either may once be slow.
    """
    for _ in range(IN_A_ROW):
        if await probe.ask_site(site) not in (Answer.HEALTHY, Answer.UNWELL):
            return None
        if await probe.edge_calls_it_up(site) is not False:
            return None
    return f"{site} answers us, and the edge has lost it"
