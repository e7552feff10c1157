"""``site_hang``: a site freezes; it still accepts connections and answers nothing.

The grey failure: connect checks look healthy, requests pile up, and when the site wakes it executes
what was sent to it long ago. Blast radius: as ``site_down``, and every request on its way there.
"""

from harness.faults.kinds.of_a_site import OfASite
from harness.faults.probe import Answer, Probe, keeps_to
from harness.model.scenario import FaultPlan


class SiteHang(OfASite):
    """A site stops without dying: a stuck disk, a paused virtual machine, a SIGSTOP."""

    name = "site_hang"

    async def proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: the site takes the connection and stays silent."""
        silent = await keeps_to(Answer.SILENT, plan.site, probe)
        return f"{plan.site} accepts connections and answers nothing" if silent else None


KIND = SiteHang()
