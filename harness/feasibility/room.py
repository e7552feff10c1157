"""How much of the disk a run will take. Pure.

Figures of `pre_cutover.yaml` on the mock centre, rounded up: a record of 1,950 contacts and 795
readings of its four sources took 3.2 MB.
"""

from collections.abc import Iterable, Iterator

from harness.errors import Note
from harness.feasibility.volume import Volume
from harness.model.sample import SCRAPE_EVERY_WALL_S
from harness.model.target import Target
from harness.model.units import format_size
from harness.segments import SEGMENT_BYTES

_CONTACT_BYTES = 1600
_READING_BYTES = 600
_STORED_TICKET_BYTES = 1100
_REPORTS_BYTES = 8_000_000


def needed_bytes(target: Target, volumes: Iterable[Volume], *, wall_s: float) -> int:
    """Return about how many bytes a run keeps at its end, its reports too.

    *volumes* is what its phases send, *wall_s* how long it takes.
    """
    every = list(volumes)
    tickets = sum(each.tickets for each in every)
    contacts = tickets + sum(each.calls + each.held + (each.redials or 0.0) for each in every)
    readings = wall_s / SCRAPE_EVERY_WALL_S * (1 + len(target.sources))
    stores = tickets * len(target.sites) * _STORED_TICKET_BYTES if target.mock is not None else 0.0
    kept = contacts * _CONTACT_BYTES + readings * _READING_BYTES + stores
    return round(kept + _REPORTS_BYTES + 2 * SEGMENT_BYTES)


def short_of_room(needed: int, *, free: int, keep_free: int) -> Iterator[Note]:
    """Yield a note if a run that takes *needed* bytes would come under *keep_free*, and end."""
    if free - needed < keep_free:
        yield Note(
            "disk",
            f"a run of this size keeps about {format_size(needed)}, {format_size(free)} are free,"
            f" and it ends rather than leave less than {format_size(keep_free)}: harness runs"
            " prune, another --runs, or a smaller --keep-free",
        )
