"""What the faults of the public API share: how it is asked, and the way.

The API is asked without a token. When it is well it answers 401 at once, and it carries nothing
out; an API that is ill shows it before it looks at any token.
"""

import math
from collections.abc import AsyncIterator, Callable, Mapping

from harness.faults.contract import Means, Way
from harness.faults.ordered import by_admin
from harness.faults.probe import IN_A_ROW, Probe, Seen
from harness.model.fault import Parameter, Value, Written
from harness.model.scenario import FaultPlan

SHARE = Parameter(
    name="share",
    written=Written.SHARE,
    about="The share of requests that it happens to.",
    example="share: 20%",
    default=1.0,
)
METHOD = Parameter(
    name="method",
    written=Written.CHOICE,
    about="The HTTP method that it happens to; without it, every method.",
    example="method: POST",
    optional=True,
    choices=("GET", "POST", "PATCH", "PUT", "DELETE"),
)
_PATH = "/v1/queues"
_MOST_LOOKS = 400
_UNSEEN = 1e-4
"""How likely an API that is ill may look well in one round of looks."""


class OfTheApi:
    """A fault of the edge's API that holds one ``part`` of it."""

    part: str

    def place(self, _: Mapping[str, Value]) -> str:
        """Return the part of the edge."""
        return f"edge/api/{self.part}"

    def way(self, means: Means) -> Way:
        """Return the way over the admin port."""
        return by_admin(means)


async def shown(
    plan: FaultPlan, probe: Probe, is_hit: Callable[[Seen], bool], *, patience_wall_s: float = 0.5
) -> tuple[int, int] | None:
    """Return how many of how many requests *is_hit* says are hit, once they show the fault.

    None if too few are: one alone may have been unlucky.
    """
    wanted, looks = hits_wanted(float(plan.asked.get("share", 1.0)))
    hits = 0
    async for look, seen in _asked(plan, probe, looks, patience_wall_s):
        hits += is_hit(seen)
        if hits == wanted:
            return hits, look
    return None


async def none_shown(
    plan: FaultPlan, probe: Probe, is_hit: Callable[[Seen], bool], *, patience_wall_s: float = 0.5
) -> int | None:
    """Return after how many requests it is sure that *is_hit* says of none that it is hit.

    None as soon as one is. So many are sent that a fault which hits the planned share would show.
    """
    looks = looks_needed(float(plan.asked.get("share", 1.0)))
    async for _, seen in _asked(plan, probe, looks, patience_wall_s):
        if is_hit(seen):
            return None
    return looks


async def _asked(
    plan: FaultPlan, probe: Probe, looks: int, patience_wall_s: float
) -> AsyncIterator[tuple[int, Seen]]:
    """Yield what comes of up to so many *looks*, counted from 1."""
    method = str(plan.asked.get("method", "GET"))
    for look in range(1, looks + 1):
        yield look, await probe.ask(_PATH, method=method, patience_wall_s=patience_wall_s)


def hits_wanted(share: float) -> tuple[int, int]:
    """Return how many hits show a fault that hits *share* of the requests, and in how many looks.

    Half as many as are to be expected in that many, so that a round of looks mostly shows it.
    """
    if share >= 1:
        return IN_A_ROW, IN_A_ROW
    looks = min(math.ceil(2 * IN_A_ROW / share), _MOST_LOOKS) if share else 1
    return min(max(int(share * looks / 2), 1), IN_A_ROW), looks


def looks_needed(share: float) -> int:
    """Return how many requests it takes until a fault that hits *share* of them has shown."""
    if share >= 1:
        return IN_A_ROW
    return min(math.ceil(math.log(_UNSEEN) / math.log1p(-share)), _MOST_LOOKS) if share else 1
