"""``store_down``: the ticket store of a site can be neither read nor written.

Blast radius: every customer who writes, every agent who replies, as long as the site leads the
tickets. What was acknowledged before must still be there afterwards.
"""

from harness.faults.kinds.of_the_store import OfTheStore


class StoreDown(OfTheStore):
    """Its database is gone."""

    name = "store_down"
    reads = False


KIND = StoreDown()
