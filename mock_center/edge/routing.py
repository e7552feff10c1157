"""Which sites are up, and which of them a call tries first. Pure."""

from bisect import bisect
from collections.abc import Mapping, Sequence
from itertools import accumulate

from mock_center.chance import stream

STEP = 10
"""Shares are moved in steps of so many percent."""


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


class Distribution:
    """Which share of each line's calls goes to which site; it may be changed while calls come in.

    Args:
        shares: by line and site, each line's sum is 1. The order of the sites is kept: it decides
            which calls move when shares are changed.
    """

    def __init__(self, shares: Mapping[str, Mapping[str, float]]) -> None:
        self._shares = {line: dict(by_site) for line, by_site in shares.items()}

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines."""
        return tuple(self._shares)

    def shares(self, line: str) -> Mapping[str, float]:
        """Return the share, 0 to 1, of every site in the calls to *line*."""
        return self._shares[line]

    def percentages(self, line: str) -> dict[str, float]:
        """Return the same in percent, with two decimals at most."""
        return {site: _percent(share) for site, share in self._shares[line].items()}

    def change(self, line: str, percentages: Mapping[str, int]) -> None:
        """Distribute the calls to *line* anew from now on; sites that are not named get nothing.

        Nobody asks whether agents are there to take them: a carrier does not know.

        Raises:
            KeyError: no such line.
            ValueError: an unknown site, no step of 10, or the sum is not 100; all of them at once.
        """
        before = self._shares[line]
        wrong = [
            f"{site}: found no such site, want {' or '.join(before)}"
            for site in percentages
            if site not in before
        ]
        wrong += [
            f"{site}: found {percent}, want a multiple of {STEP} from 0 to 100"
            for site, percent in percentages.items()
            if percent % STEP or not 0 <= percent <= 100
        ]
        if (total := sum(percentages.values())) != 100:
            wrong.append(f"found a sum of {total}, want 100")
        if wrong:
            raise ValueError("; ".join(wrong))
        self._shares[line] = {site: percentages.get(site, 0) / 100 for site in before}


def route(up: Sequence[str], split: Mapping[str, float], *, seed: str, reference: str) -> list[str]:
    """Return the sites of *up* in the order in which this call tries them.

    The call's own number decides (``pick``), from a random stream that belongs to its reference: an
    independent draw per call keeps Poisson arrivals Poisson at each site, where taking turns would
    smooth them; and a change of shares moves only calls whose number lies between an old border and
    the new one. A call whose site is not up goes by a second number to one of the others, by their
    shares, or evenly if these have none. Who is left follows in order: the carrier overflows to
    whoever is up, also to a site without a share.
    """
    if not up:
        return []
    rng = stream(seed, f"route:{reference}")
    first = pick(rng.random(), split)
    if first not in up:
        weights = {site: split.get(site, 0.0) for site in up}
        if sum(weights.values()) <= 0:
            weights = dict.fromkeys(up, 1.0)
        first = pick(rng.random(), weights)
    return [first, *(site for site in up if site != first)]


def pick(number: float, shares: Mapping[str, float]) -> str:
    """Return the site in whose stretch of the cumulated *shares* the *number* (0 to 1) falls.

    The stretches follow each other in the order of *shares*, scaled so that they end at 1.
    """
    borders = list(accumulate(shares.values()))
    place = bisect(borders, number * borders[-1], hi=len(borders) - 1)
    return tuple(shares)[place]


def _percent(share: float) -> float:
    percent = round(100 * share, 2)
    return int(percent) if percent.is_integer() else percent
