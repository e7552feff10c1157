"""Which sites are up, and which of them a call tries first. Pure."""

from collections.abc import Mapping, Sequence

from mock_center.chance import stream


class Health:
    """Up or down, by probes: *fall* failures in a row end up, *rise* successes end down."""

    def __init__(self, fall: int, rise: int) -> None:
        self._fall = fall
        self._rise = rise
        self._against = 0
        self.up = False

    def observe(self, *, ok: bool) -> bool:
        """Take in the result of one probe; return whether the state has changed."""
        if ok == self.up:
            self._against = 0
            return False
        self._against += 1
        if self._against < (self._fall if self.up else self._rise):
            return False
        self.force(up=ok)
        return True

    def force(self, *, up: bool) -> None:
        """Set the state, whatever the probes said."""
        self.up = up
        self._against = 0


def route(up: Sequence[str], split: Mapping[str, float], *, seed: str, reference: str) -> list[str]:
    """Return the sites of *up* in the order in which this call tries them.

    The first is drawn by *split* (shares, scaled to the sites that are up) from the call's own
    random stream: an independent draw per call keeps Poisson arrivals Poisson at each site, where
    taking turns would smooth them. The others follow in order: the carrier overflows to whoever
    is up, also to a site without a share.
    """
    weights = [split.get(site, 0.0) for site in up]
    if not up:
        return []
    if sum(weights) <= 0:
        weights = [1.0] * len(up)
    first = stream(seed, f"route:{reference}").choices(up, weights)[0]
    return [first, *(site for site in up if site != first)]
