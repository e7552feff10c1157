"""``site_hang``: a site freezes; it still accepts connections and answers nothing.

The grey failure: connect checks look healthy, requests pile up, and when the site wakes it executes
what was sent to it long ago. Blast radius: as ``site_down``, and every request on its way there.
"""

from harness.faults.kinds.of_a_site import OfASite
from harness.faults.probe import Answer, Probe
from harness.model.scenario import FaultPlan

_SILENCES = 3
"""Half-second silences in a row that show a frozen site; a slow one answers in between."""


class SiteHang(OfASite):
    """A site stops without dying: a stuck disk, a paused virtual machine, a SIGSTOP."""

    name = "site_hang"

    async def proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: the site takes the connection and stays silent."""
        for _ in range(_SILENCES):
            if await probe.ask_site(plan.site) is not Answer.SILENT:
                return None
        return f"{plan.site} accepts connections and answers nothing"


KIND = SiteHang()
