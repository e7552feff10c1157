"""Faults of a whole site: its process dies, freezes or is slow; or it is drained, as planned."""

from collections.abc import Iterator

from mock_center.config import Centre
from mock_center.faults.spec import EDGE, FaultSpec, number, one_of

SITE_DOWN = "site_down"
SITE_HANG = "site_hang"
SITE_SLOW = "site_slow"
SITE_DRAIN = "site_drain"


def specs(centre: Centre) -> Iterator[FaultSpec]:
    """Yield the kinds; the supervisor does the first two by itself. ``delay`` is wall seconds."""
    site = {"site": one_of(*centre.sites)}
    for kind in (SITE_DOWN, SITE_HANG):
        yield FaultSpec(kind, site, lambda asked: str(asked["site"]))
    yield FaultSpec(
        SITE_SLOW,
        {**site, "delay": number(0.001, 60.0)},
        lambda asked: str(asked["site"]),
        lambda asked: (asked["site"],),
    )
    yield FaultSpec(SITE_DRAIN, site, lambda asked: str(asked["site"]), lambda _: (EDGE,))
