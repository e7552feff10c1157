"""Whether this site belongs to the centre at present. Pure: monotonic seconds come in.

The edge admits a site and then probes it. Each admission has a number; whatever the edge asks of a
site carries it, so a request that was stuck in a socket while the site was frozen is recognised
and refused. A site that was not probed for so long that the edge must have given it up lapses by
itself: it may have been frozen, and nobody expects its calls any more.
"""


class Membership:
    """One site's standing. *lapse_s* are the wall seconds after which an unprobed site lapses."""

    def __init__(self, lapse_s: float) -> None:
        self._lapse_s = lapse_s
        self._probed_s = 0.0
        self.admission: int | None = None

    def admit(self, now_s: float, admission: int) -> None:
        """The edge lets the site join under the number *admission*."""
        self.admission = admission
        self._probed_s = now_s

    def probed(self, now_s: float) -> None:
        """The edge has asked how the site is."""
        self._probed_s = now_s

    def lapses(self, now_s: float) -> bool:
        """Return whether the site was a member and has just lapsed; it is outside from then on."""
        if self.admission is None or now_s - self._probed_s <= self._lapse_s:
            return False
        self.admission = None
        return True

    def leave(self) -> None:
        """The site is outside until it is admitted again."""
        self.admission = None
