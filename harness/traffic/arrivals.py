"""When customers come: arrivals under a rate that moves, by exact inversion of its integral.

Open model: callers do not wait for each other, so a stalled centre faces a growing queue. The rate
is cut into pieces in which it moves in a straight line; their integral is inverted exactly, one
step per arrival, so a rate of zero works and the same random stream gives the same arrivals however
many workers share them. Steps that are exponential make a Poisson process, steps of 1 an even one.
Thinning (Lewis and Shedler 1979) is the rival: it draws anew whenever the highest rate changes.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, repeat
from random import Random


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of time in which the rate (contacts per second) moves in a straight line.

    An infinite *length_s* is allowed for a constant rate.

    Raises:
        ValueError: a rate is negative, or a changing rate has no end.
    """

    length_s: float
    start_per_s: float
    end_per_s: float

    def __post_init__(self) -> None:
        if self.start_per_s < 0 or self.end_per_s < 0:
            rates = f"{self.start_per_s:g}, {self.end_per_s:g} per s"
            raise ValueError(f"rates must not be negative: {rates}")
        if not math.isfinite(self.length_s) and self.start_per_s != self.end_per_s:
            raise ValueError("a rate that changes needs a duration")

    @property
    def expected(self) -> float:
        """How many contacts to expect in it: the integral of the rate."""
        if self.start_per_s == self.end_per_s == 0:
            return 0.0
        return (self.start_per_s + self.end_per_s) / 2 * self.length_s

    def reached_s(self, expected: float) -> float | None:
        """Return when the integral of the rate reaches *expected*; None if not in this piece.

        The root in the form 2c / (b + √…), which loses no digits where the slope is next to
        nothing.
        """
        if expected >= self.expected:
            return None
        slope = (self.end_per_s - self.start_per_s) / self.length_s
        under_root = max(0.0, self.start_per_s**2 + 2 * slope * expected)
        reached_s = 2 * expected / (self.start_per_s + math.sqrt(under_root)) if expected else 0.0
        return reached_s if reached_s < self.length_s else None


def poisson_arrivals(pieces: Iterable[Piece], rng: Random) -> Iterator[float]:
    """Yield due times of contacts, in seconds from the first piece's start, rising.

    Nothing comes if all rates are zero, or there is no time.
    """
    return _inverted(pieces, (rng.expovariate(1.0) for _ in repeat(None)))


def uniform_arrivals(pieces: Iterable[Piece]) -> Iterator[float]:
    """Yield due times without chance: evenly spaced under a constant rate, the first after half.

    For looking at one thing at a time. No real customers come like that, and queues look shorter.
    """
    return _inverted(pieces, chain([0.5], repeat(1.0)))


def _inverted(pieces: Iterable[Piece], steps: Iterator[float]) -> Iterator[float]:
    """Yield when the integral of the rate over all *pieces* reaches the sum of the next steps."""
    expected = next(steps)  # from the start of the piece to the next arrival
    from_s = 0.0
    for piece in pieces:
        while (reached_s := piece.reached_s(expected)) is not None:
            yield from_s + reached_s
            expected += next(steps)
        expected = max(0.0, expected - piece.expected)
        from_s += piece.length_s
