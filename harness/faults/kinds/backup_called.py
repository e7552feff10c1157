"""``backup_called``: the backup pool of a site is called, and sent home at the end.

Planned work: whether it comes, and how soon, is what is rehearsed. Blast radius: none.
"""

from harness.faults.kinds.part_of_a_site import PartOfASite
from harness.faults.probe import Probe
from harness.model.scenario import FaultPlan


class BackupCalled(PartOfASite):
    """A demand spike, and the call for help that the contract provides for."""

    name = "backup_called"
    part = "backup"

    def __init__(self) -> None:
        self._calls: dict[str, float] = {}

    async def proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: the site has counted one more call of its pool."""
        calls, before = await _calls(plan, probe), self._calls.get(plan.site)
        if calls is None or before is None or calls <= before:
            return None
        self._calls[plan.site] = calls
        return f"the backup pool of {plan.site} was called"

    async def heal_proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: the pool is at home, or was called anew since: the site may need it."""
        calls, before = await _calls(plan, probe), self._calls.get(plan.site)
        called = await probe.metric(plan.site, "cc_backup_called")
        if calls is None or called is None:
            return None
        self._calls[plan.site] = calls
        if called and (before is None or calls <= before):
            return None
        return f"the backup pool of {plan.site} was called {calls:g} times" + (
            ", the last time by the site itself" if called else ", and is at home"
        )


async def _calls(plan: FaultPlan, probe: Probe) -> float | None:
    return await probe.metric(plan.site, "cc_backup_calls_total")


KIND = BackupCalled()
