"""``rolling_restart``: every site is drained and restarted, one after the other, as planned.

Planned work, not a fault: calls in progress end where they are, and nobody is dropped. Blast
radius: while a site is away the others carry everything that is new. It ends by itself; healed
before that, the site at hand is given back and the rest keep their processes.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from harness.faults.contract import Means, TargetAdmin, Way
from harness.faults.ordered import NoAdmin
from harness.faults.probe import Probe, healed
from harness.model.fault import Parameter, Value, Written
from harness.model.scenario import FaultPlan
from harness.model.target import EDGE

_WAIT = Parameter(
    name="wait",
    written=Written.DURATION,
    about="How long each site has to end its calls, in wall time.",
    example="wait: 60s",
    default=60.0,
)


@dataclass(frozen=True, slots=True)
class _OneAfterTheOther:
    """The way over the admin port, which does the work by itself."""

    admin: TargetAdmin

    async def inject(self, plan: FaultPlan, *, lease_wall_s: float) -> None:  # noqa: ARG002  it ends
        """Begin it."""
        await self.admin.begin_rolling_restart(wait_wall_s=float(plan.asked["wait"]))

    async def heal(self, plan: FaultPlan) -> None:  # noqa: ARG002  there is one at most
        """End it, if it is not over."""
        await self.admin.end_rolling_restart()


class RollingRestart:
    """A new version is rolled out while customers call."""

    name = "rolling_restart"
    parameters = (_WAIT,)

    def __init__(self) -> None:
        self._restarts: float | None = None

    def place(self, _: Mapping[str, Value]) -> str:
        """Return that it goes through all sites."""
        return "sites"

    def way(self, means: Means) -> Way:
        """Return the way over the admin port.

        Raises:
            NoAdmin: the target has none.
        """
        if means.admin is None:
            raise NoAdmin("this target has no admin port: its faults are not ours to inject")
        return _OneAfterTheOther(means.admin)

    def looks_wall_s(self, _: FaultPlan) -> float:
        """Return that it is looked for as long as it lasts: first a site's calls have to end."""
        return math.inf

    async def proof(self, _: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: the edge has seen a new process of a site.

        One that is being drained shows nothing: it is given back if its calls do not end in time.
        """
        restarts = await probe.metric(EDGE, "cc_site_restarts_total")
        if restarts is None or self._restarts is None or restarts <= self._restarts:
            return None
        done = restarts - self._restarts
        return f"{done:g} of {len(probe.sites)} sites restarted so far"

    async def heal_proof(self, _: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: no site is drained any more, and every one is up."""
        restarts = await probe.metric(EDGE, "cc_site_restarts_total")
        draining = await probe.metric(EDGE, "cc_site_draining")
        if restarts is None or draining != 0:
            return None
        for site in probe.sites:
            if await healed(site, probe) is None:
                return None
        before, self._restarts = self._restarts, restarts
        done = 0 if before is None else restarts - before
        return f"every site is up, {done:g} of {len(probe.sites)} restarted since"


KIND = RollingRestart()
