"""Faults and planned changes of who is at work."""

from collections.abc import Iterator

from mock_center.config import Centre
from mock_center.faults.kinds.phones import at_site
from mock_center.faults.spec import FaultSpec, number, one_of, share

AGENTS_LOGGED_OUT = "agents_logged_out"
SCALE_UP = "scale_up"
BACKUP_CALLED = "backup_called"
BACKUP_UNAVAILABLE = "backup_unavailable"
MOST_HEADS = 1000


def specs(centre: Centre) -> Iterator[FaultSpec]:
    """Yield the kinds; agents who leave finish the contact they have."""
    site, queue = {"site": one_of(*centre.sites)}, {"queue": one_of(*centre.lines)}
    yield FaultSpec(
        AGENTS_LOGGED_OUT,
        {**site, "share": share},
        lambda asked: f"{asked['site']}/agents",
        at_site,
        optional=queue,
    )
    yield FaultSpec(
        SCALE_UP,
        {**site, **queue, "heads": number(1, MOST_HEADS)},
        lambda asked: f"{asked['site']}/agents",
        at_site,
    )
    if centre.backup is not None:
        for kind in (BACKUP_CALLED, BACKUP_UNAVAILABLE):
            yield FaultSpec(kind, site, lambda asked: f"{asked['site']}/backup", at_site)
