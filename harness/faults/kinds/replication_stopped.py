"""``replication_stopped``: the sites' ticket stores no longer tell each other of what is written.

Blast radius: nobody at once. What is written meanwhile is at one site only, so the loss of that
site would lose it.
"""

from collections.abc import Mapping

from harness.faults.contract import Means, Way
from harness.faults.ordered import by_admin
from harness.faults.probe import Probe
from harness.model.fault import Parameter, Value
from harness.model.scenario import FaultPlan


class ReplicationStopped:
    """A broken link between the databases, a slot that nobody reads."""

    name = "replication_stopped"
    parameters: tuple[Parameter, ...] = ()

    def place(self, _: Mapping[str, Value]) -> str:
        """Return the replication, which no site has alone."""
        return "replication"

    def way(self, means: Means) -> Way:
        """Return the way over the admin port."""
        return by_admin(means)

    async def proof(self, _: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: the site that leads says that a copy is missing."""
        missing = await _missing(probe)
        return "the store that leads says that a copy is missing" if missing else None

    async def heal_proof(self, _: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: it says that none is."""
        return "the store that leads has all its copies" if await _missing(probe) is False else None


async def _missing(probe: Probe) -> bool | None:
    """Return whether a copy is missing; None if nobody leads, or that cannot be seen."""
    found = [
        (
            await probe.metric(site, "cc_store_primary"),
            await probe.metric(site, "cc_store_degraded"),
        )
        for site in probe.sites
    ]
    degraded = [degraded for primary, degraded in found if primary == 1]
    return None if len(degraded) != 1 or degraded[0] is None else degraded[0] == 1


KIND = ReplicationStopped()
