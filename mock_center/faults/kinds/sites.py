"""Faults of a whole site: its process dies, or freezes where it is."""

from collections.abc import Iterator

from mock_center.config import Centre
from mock_center.faults.spec import FaultSpec, one_of

SITE_DOWN = "site_down"
SITE_HANG = "site_hang"


def specs(centre: Centre) -> Iterator[FaultSpec]:
    """Yield the kinds; the supervisor does both by itself."""
    for kind in (SITE_DOWN, SITE_HANG):
        yield FaultSpec(kind, {"site": one_of(*centre.sites)}, lambda asked: str(asked["site"]))
