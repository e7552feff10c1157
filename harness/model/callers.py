"""What customers on the phone do besides waiting, as a scenario says it: shares, delays, limits.

Shares are 0..1, times centre seconds.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

from harness.model.contact import Why


@dataclass(frozen=True, slots=True)
class Delay:
    """How much later a customer does something: a lognormal time, or exactly its median.

    ``sigma`` is the standard deviation of its logarithm.
    """

    median_s: float
    sigma: float = 0.0

    def draw(self, rng: Random) -> float:
        """Return one customer's delay in centre seconds."""
        return self.median_s * math.exp(rng.gauss(0.0, self.sigma)) if self.sigma else self.median_s


@dataclass(frozen=True, slots=True)
class CallAgain:
    """How many (``share``) call again for one cause, how much later, ``at_most`` how often each."""

    share: float
    after: Delay
    at_most: int


@dataclass(frozen=True, slots=True)
class CallbackWish:
    """So many callers would rather be called back, once they have waited for ``after_s``."""

    share: float
    after_s: float


@dataclass(frozen=True, slots=True)
class MenuKeys:
    """So many callers press ``keys`` once they have listened to a voice menu for ``after_s``."""

    share: float
    keys: str
    after_s: float


@dataclass(frozen=True, slots=True)
class TicketAfterCall:
    """After a talk ``share`` of the customers write too; ``unresolved`` if it did not help."""

    share: float
    unresolved: float
    after: Delay


@dataclass(frozen=True, slots=True, kw_only=True)
class Callers:
    """What customers on the phone do besides waiting. Whatever is not said, nobody does.

    ``again`` says by cause who calls again. ``languages`` are shares; no language is told without.
    ``journey`` is a file with a story of the user's own, as in ``/home/me/stories.py:Shouter``.
    """

    again: Mapping[Why, CallAgain] = field(default_factory=dict)
    callback: CallbackWish | None = None
    menu: MenuKeys | None = None
    ticket: TicketAfterCall | None = None
    languages: Mapping[str, float] = field(default_factory=dict)
    journey: str | None = None
