"""``link_loss``: a share of what the edge asks a site is lost, on the way there or on the way back.

Blast radius: that share of set-ups and writes at the site has to be tried again, or fails; where it
was the answer that was lost, the site has carried it out. Enough of them in a row, and the edge
takes the site for lost.
"""

import math

from harness.faults.kinds.of_a_link import OfALink
from harness.faults.kinds.of_a_site import SITE
from harness.faults.probe import Probe
from harness.model.fault import Parameter, Written
from harness.model.scenario import FaultPlan
from harness.model.target import EDGE

_SHARE = Parameter(
    name="share",
    written=Written.SHARE,
    about="The share of requests of which it, or its answer, is lost.",
    example="share: 20%",
)


_IN_A_ROW = 5
"""So many checks that are answered, with none lost among them, and the link counts as mended."""


class LinkLoss(OfALink):
    """A connector that is not quite in.

    What failed before is kept from the look that finds all well; while it mends, from when on no
    check was lost any more.
    """

    name = "link_loss"
    parameters = (SITE, _SHARE)

    def __init__(self) -> None:
        self._failed_before: dict[str, float] = {}
        self._answered_since: dict[str, tuple[float, float]] = {}

    def looks_wall_s(self, _: FaultPlan) -> float:
        """Return that it is looked for as long as it lasts: the edge checks a site now and then."""
        return math.inf

    async def proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: checks of the site fail that did not fail before."""
        failed, answered = await _checks(plan.site, probe)
        before = self._failed_before.get(plan.site)
        if failed is None or answered is None or before is None or failed <= before:
            return None
        self._answered_since[plan.site] = failed, answered
        return f"{failed - before:g} of the edge's checks of {plan.site} were lost"

    async def heal_proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: checks in a row are answered, and the edge sends it traffic."""
        failed, answered = await _checks(plan.site, probe)
        if failed is None or answered is None:
            return None
        if (since := self._answered_since.get(plan.site)) is not None:
            if failed > since[0]:
                self._answered_since[plan.site] = failed, answered
                return None
            if answered - since[1] < _IN_A_ROW:
                return None
        whole = await super().heal_proof(plan, probe)
        if whole is not None:
            self._failed_before[plan.site] = failed
            self._answered_since.pop(plan.site, None)
        return whole


async def _checks(site: str, probe: Probe) -> tuple[float | None, float | None]:
    """Return how many of the edge's checks of *site* failed, and how many were answered."""
    name = "cc_site_checks_total"
    return (
        await probe.metric(EDGE, name, site=site, result="failed"),
        await probe.metric(EDGE, name, site=site, result="answered"),
    )


KIND = LinkLoss()
