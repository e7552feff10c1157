"""``store_read_only``: the ticket store of a site can be read, and refuses every write.

Blast radius: every customer who writes, every agent who replies, as long as the site leads the
tickets. What was acknowledged before must still be there afterwards.
"""

from harness.faults.kinds.of_the_store import OfTheStore


class StoreReadOnly(OfTheStore):
    """A failed disk that was mounted anew, read-only."""

    name = "store_read_only"
    reads = True


KIND = StoreReadOnly()
