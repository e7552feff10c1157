"""What the faults of the public API share: how it is asked, and the way.

The API is asked without a token. When it is well it answers 401 at once, and it carries nothing
out; an API that is ill shows it before it looks at any token.
"""

import math
from collections.abc import Callable, Mapping

from harness.faults.contract import Means, Way
from harness.faults.ordered import by_admin
from harness.faults.probe import Probe, Seen
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


async def hit(
    plan: FaultPlan, probe: Probe, is_hit: Callable[[Seen], bool], *, patience_wall_s: float = 0.5
) -> tuple[int, int]:
    """Return how many of how many requests *is_hit* says are hit; looks until it is sure.

    So many requests are sent that a fault which hits the planned share would show in one of them.
    """
    looks = looks_needed(float(plan.asked.get("share", 1.0)))
    method = str(plan.asked.get("method", "GET"))
    hits = 0
    for _ in range(looks):
        seen = await probe.ask(_PATH, method=method, patience_wall_s=patience_wall_s)
        hits += is_hit(seen)
    return hits, looks


def looks_needed(share: float) -> int:
    """Return how many requests it takes until a fault that hits *share* of them has shown."""
    if share >= 1:
        return 3
    return min(math.ceil(math.log(_UNSEEN) / math.log1p(-share)), _MOST_LOOKS) if share else 1
