"""``media_impairment``: the network that carries the voice loses packets, delays or shakes them.

Blast radius: what every call of the site sounds like; the KPI for it is the mean opinion score.
"""

from harness.faults.kinds.of_a_site import SITE
from harness.faults.kinds.part_of_a_site import ShownByAFigure
from harness.faults.probe import Probe
from harness.model.fault import Parameter, Written
from harness.model.scenario import FaultPlan

_LOSS = Parameter(
    name="loss",
    written=Written.SHARE,
    about="The share of voice packets that is lost more than usual.",
    example="loss: 3%",
    default=0.0,
)
_DELAY = Parameter(
    name="delay",
    written=Written.DURATION,
    about="How much longer a packet takes one way.",
    example="delay: 150ms",
    default=0.0,
)
_JITTER = Parameter(
    name="jitter",
    written=Written.DURATION,
    about="How much more that varies.",
    example="jitter: 30ms",
    default=0.0,
)
_FIGURES = {
    "loss": "cc_media_loss_ratio",
    "delay": "cc_media_delay_seconds",
    "jitter": "cc_media_jitter_seconds",
}


class MediaImpairment(ShownByAFigure):
    """A congested link, a failing line card."""

    name = "media_impairment"
    part = "media"
    noun = "as what its network says of itself"
    parameters = (SITE, _LOSS, _DELAY, _JITTER)

    async def figure(self, plan: FaultPlan, probe: Probe) -> float | None:
        """Return the figure that the fault moves: of loss, delay and jitter the first asked for."""
        return await probe.metric(plan.site, _FIGURES[_worse(plan)])

    def move(self, plan: FaultPlan, before: float) -> float:  # noqa: ARG002  added to any
        """Return what is added to it."""
        return float(plan.asked[_worse(plan)])


def _worse(plan: FaultPlan) -> str:
    return next((name for name in _FIGURES if float(plan.asked[name])), "loss")


KIND = MediaImpairment()
