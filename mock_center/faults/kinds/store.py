"""Faults of the ticket store, at the site that is named or between all of them."""

from collections.abc import Iterator

from mock_center.config import Centre
from mock_center.faults.kinds.phones import at_site
from mock_center.faults.spec import FaultSpec, one_of

STORE_DOWN = "store_down"
STORE_READ_ONLY = "store_read_only"
STORE_DISK_FULL = "store_disk_full"
REPLICATION_STOPPED = "replication_stopped"


def specs(centre: Centre) -> Iterator[FaultSpec]:
    """Yield the kinds."""
    for kind in (STORE_DOWN, STORE_READ_ONLY, STORE_DISK_FULL):
        yield FaultSpec(
            kind,
            {"site": one_of(*centre.sites)},
            lambda asked: f"{asked['site']}/store",
            at_site,
        )
    yield FaultSpec(REPLICATION_STOPPED, {}, lambda _: "replication", lambda _: centre.sites)
