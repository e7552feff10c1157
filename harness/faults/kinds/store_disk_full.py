"""``store_disk_full``: the disk of a site's ticket store is full, it refuses every write.

Blast radius: every customer who writes, every agent who replies, as long as the site leads the
tickets. What was acknowledged before must still be there afterwards.
"""

from harness.faults.kinds.of_the_store import OfTheStore


class StoreDiskFull(OfTheStore):
    """Logs that nobody rotated."""

    name = "store_disk_full"
    reads = True


KIND = StoreDiskFull()
