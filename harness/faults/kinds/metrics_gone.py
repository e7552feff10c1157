"""``metrics_gone``: the metrics page of the edge or of a site is gone, while it goes on working.

Blast radius: nobody who calls. Whoever watches is blind, and the verdict is not decided by figures
that nobody could see.
"""

from collections.abc import Mapping

from harness.faults.contract import Means, Way
from harness.faults.ordered import by_admin
from harness.faults.probe import Probe
from harness.model.fault import Parameter, Value, Written
from harness.model.scenario import FaultPlan

_SOURCE = Parameter(
    name="source",
    written=Written.SOURCE,
    about="Whose page: edge, or a site.",
    example="source: north",
)


class MetricsGone:
    """An exporter that is down, or a scrape path that somebody changed."""

    name = "metrics_gone"
    parameters = (_SOURCE,)

    def place(self, asked: Mapping[str, Value]) -> str:
        """Return whose metrics."""
        return f"{asked['source']}/metrics"

    def way(self, means: Means) -> Way:
        """Return the way over the admin port."""
        return by_admin(means)

    async def proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: there is no page, and the process is well."""
        source = str(plan.asked["source"])
        page = await probe.ask("/metrics", source=source)
        health = await probe.ask("/healthz", source=source)
        if page.status == 404 and health.status == 200:
            return f"{source} is well and has no metrics page"
        return None

    async def heal_proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: the page is there."""
        source = str(plan.asked["source"])
        page = await probe.ask("/metrics", source=source)
        return f"{source} shows its metrics" if page.status == 200 and page.body else None


KIND = MetricsGone()
