"""What the edge tells the supervisor of a site, over its second door."""

from typing import NamedTuple


class Standing(NamedTuple):
    """How a site stands with the edge.

    *up*: it takes part. *draining*: it gets no new calls. *drained*: besides, it has none left, and
    does not lead the ticket store. *calls* counts callbacks that are owed as well. *complete*: it
    holds every acknowledged ticket, and could lead.
    """

    up: bool
    draining: bool
    drained: bool
    calls: int
    leads: bool
    complete: bool
    incarnation: int
