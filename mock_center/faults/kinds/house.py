"""Faults of what is around the calls and tickets: metrics pages, webhooks."""

from collections.abc import Iterator

from mock_center.config import Centre
from mock_center.faults.spec import EDGE, FaultSpec, one_of

METRICS_GONE = "metrics_gone"
WEBHOOKS_CUT = "webhooks_cut"


def specs(centre: Centre) -> Iterator[FaultSpec]:
    """Yield the kinds."""
    yield FaultSpec(
        METRICS_GONE,
        {"source": one_of(EDGE, *centre.sites)},
        lambda asked: f"{asked['source']}/metrics",
        lambda asked: (asked["source"],),
    )
    yield FaultSpec(WEBHOOKS_CUT, {}, lambda _: "edge/webhooks", lambda _: (EDGE,))
