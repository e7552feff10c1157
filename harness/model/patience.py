"""How long callers wait before they hang up: a distribution, as a scenario names it.

One form serves all: a mixture of Weibull distributions. Shape 1 is the exponential, whose callers
are as likely to hang up in the next second whatever they have waited; below 1 the patient remain.
Times are centre seconds.
"""

import math
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Weibull:
    """A *share* (0..1) of the callers, whose patience has this *shape* and *scale_s*."""

    share: float
    shape: float
    scale_s: float

    @property
    def mean_s(self) -> float:
        """The mean of their patience."""
        return self.scale_s * math.gamma(1 + 1 / self.shape)


@dataclass(frozen=True, slots=True)
class Patience:
    """The patience of all callers; the shares of its *kinds* add up to 1. *name* is for people."""

    name: str
    kinds: tuple[Weibull, ...]

    @property
    def mean_s(self) -> float:
        """The mean patience."""
        return sum(kind.share * kind.mean_s for kind in self.kinds)

    @property
    def is_exponential(self) -> bool:
        """Whether hanging up is as likely in every second of the wait."""
        return len(self.kinds) == 1 and self.kinds[0].shape == 1

    def outlasts(self, wait_s: float) -> float:
        """Return the share of the callers (0..1) whose patience outlasts *wait_s*."""
        return sum(
            kind.share * math.exp(-((wait_s / kind.scale_s) ** kind.shape)) for kind in self.kinds
        )

    def draw(self, rng: Random) -> float:
        """Return one caller's patience."""
        kind = self.kinds[0]
        if len(self.kinds) > 1:
            kind = rng.choices(self.kinds, [each.share for each in self.kinds])[0]
        return rng.weibullvariate(kind.scale_s, kind.shape)


def exponential(mean_s: float, name: str) -> Patience:
    """Return exponential patience of that mean."""
    return Patience(name, (Weibull(1.0, 1.0, mean_s),))


BUSY = exponential(180.0, "busy")
"""Where lines are often busy (a proposal: no authority is behind the 180 s)."""

BANK_1999 = Patience("bank_1999", (Weibull(0.05, 1.0, 30.0), Weibull(0.95, 1.0, 450.0)))
"""The callers of an Israeli bank in 1999 (Brown et al. 2005): one in twenty hangs up soon.

Of the two fits to its 12 months this one stays closer to the observed share of callers who still
wait (15 s .95, 60 s .83, 180 s .64, 300 s .52) than a Weibull of shape .93 and scale 408 s."""

NAMED = {each.name: each for each in (BUSY, BANK_1999)}
