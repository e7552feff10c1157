"""The decision table: from a value and its interval to a status.

For "more is better" with goal G, warn limit W, value x and interval [l, u]:

                  x >= G          W <= x < G      x < W
    decisive      l >= W: PASS    l >= W: WARN    u < G: FAIL
    else          INCONCLUSIVE    INCONCLUSIVE    INCONCLUSIVE

A PASS and a WARN both let customers through, so both need the truth to be above W. Were "surely
below G" enough for a WARN, 66 of 80 could be let through where 72 of 80 is undecided.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.model.sla import Bound, Direction
from harness.model.verdict import Interval, Measurement, Status


def status(value: float, interval: Interval, bound: Bound, direction: Direction) -> Status:
    """Return the status of *value*, whose truth lies in *interval*, against *bound*."""
    if direction is Direction.LESS:  # mirrored, so that more is better
        value, interval = -value, Interval(-interval.high, -interval.low)
        bound = Bound(-bound.goal, -bound.warn)
    if value >= bound.goal:
        return Status.PASS if interval.low >= bound.warn else Status.INCONCLUSIVE
    if value >= bound.warn:
        return Status.WARN if interval.low >= bound.warn else Status.INCONCLUSIVE
    return Status.FAIL if interval.high < bound.goal else Status.INCONCLUSIVE


@dataclass(frozen=True, slots=True)
class Judged:
    """A status, the interval it rests on (None: exact), and the confidence of that."""

    status: Status
    interval: Interval | None
    confidence: float


@dataclass(frozen=True, slots=True)
class Claim:
    """A measurement and what is required of it."""

    measurement: Measurement
    bound: Bound
    direction: Direction

    def at(self, confidence: float) -> Judged:
        """Judge the claim at *confidence*. No data is never a pass."""
        m = self.measurement
        if m.value is None or m.weakness:
            return Judged(Status.INCONCLUSIVE, None, confidence)
        interval = m.interval_at(confidence) if m.interval_at else None
        if interval is not None and m.proof_at is not None:
            # To let customers through takes more certainty than to stop: calls resemble each other.
            wide = m.proof_at(confidence)
            more = self.direction is Direction.MORE
            interval = Interval(
                wide.low if more else interval.low, interval.high if more else wide.high
            )
        certain = interval or Interval(m.value, m.value)
        return Judged(status(m.value, certain, self.bound, self.direction), interval, confidence)

    @property
    def statistical(self) -> bool:
        """Whether chance has a part in it, so that it counts among those that may err."""
        m = self.measurement
        return m.by_chance and m.value is not None and m.interval_at is not None


def holm(claims: Sequence[Claim], confidence: float, family: int | None = None) -> list[Judged]:
    """Judge *claims* together, so that the chance of any wrong decision is at most 1 − confidence.

    Holm (1979): the surest decision must stand at 1 − α/m, the next at 1 − α/(m−1), and so on until
    one does not stand; the rest stay undecided. *family* is m where the claims are only a part of
    what the run will judge, such as at a gate; default: their own number.
    """
    alpha = 1 - confidence
    undecided = {i for i, claim in enumerate(claims) if claim.statistical}
    judged = [claim.at(confidence) for claim in claims]
    left = max(len(undecided), family or 0)
    while undecided:
        at = 1 - alpha / left
        for i in undecided:
            judged[i] = claims[i].at(at)
        decided = {i for i in undecided if judged[i].status is not Status.INCONCLUSIVE}
        if not decided:
            break
        undecided -= decided
        left -= len(decided)
    return judged
