"""Whether a quantity moved while a run lasted: the service of day one, and that of the last day.

Neighbouring intervals of a contact centre resemble each other, and what resembles itself looks like
a trend to any test that takes its values for independent: of 200 flat series whose neighbours
correlate by 0.8, plain Mann-Kendall called 48 % drifting at a level of 5 %, and 8 % when given the
means of twelve blocks. So blocks are compared here, at a level of 1 %, and a trend counts only if
it is large enough to matter and shows in the last third against the first, too.

- Mann (1945) and Kendall (1975): a test of monotone trend, by ranks: one outlier is one rank.
- Theil (1950), Sen (1968): the median of the slopes between all pairs of blocks.

Pure. Times are seconds of any clock, as long as it is one.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from statistics import NormalDist, fmean, median, median_low

from harness.model.sla import Direction

Point = tuple[float, float]
"""When, and how much."""
BLOCKS = 12
LEAST_BLOCKS = 8
"""With fewer no trend of twelve blocks is told from chance at the level below."""
ALPHA = 0.01
_DISTINCT = 1e-12


@dataclass(frozen=True, slots=True)
class Trend:
    """How a quantity moved over *duration_s*.

    ``slope_per_s`` is Theil's and Sen's, ``change`` what it comes to over the whole; ``p`` is how
    likely chance alone orders blocks so, in either direction. ``first`` and ``last`` are the means
    of the blocks' first and last third.
    """

    blocks: tuple[float, ...]
    duration_s: float
    slope_per_s: float
    p: float
    first: float
    last: float

    @property
    def late_slope_per_s(self) -> float:
        """What goes on in the last third, whatever came before.

        The lower median of the steps into it and within: of four, three rose by that much or more.
        A pool that was once or twice fuller than ever rises in a step, however high; what is never
        given back rises step by step, and one dip among them hides nothing.
        """
        count = max(2, len(self.blocks) // 3)
        steps = [after - before for before, after in pairwise(self.blocks[-count - 1 :])]
        return median_low(steps) * len(self.blocks) / self.duration_s

    @property
    def goes_on_per_s(self) -> float:
        """What is gained for good: nothing by what is no trend upwards, or levels off.

        A pool that once was full stays as large as it was.
        """
        grew = self.is_drift(practical=0.0, direction=Direction.LESS)
        return max(0.0, self.late_slope_per_s) if grew else 0.0

    @property
    def change(self) -> float:
        """How much it moved from the first to the last moment, had it moved evenly."""
        return self.slope_per_s * self.duration_s

    def is_drift(self, *, practical: float, direction: Direction, looked_at: int = 1) -> bool:
        """Whether it got worse, surely, and by *practical* or more.

        *direction* says which way is better; *looked_at* is how many trends are asked about: who
        asks often enough hears of one by chance alone.
        """
        worse = -1.0 if direction is Direction.MORE else 1.0
        return (
            self.p < ALPHA / looked_at
            and worse * self.change >= practical
            and worse * (self.last - self.first) >= practical / 2
        )

    def breaches_in_s(self, goal: float, *, direction: Direction) -> float | None:
        """Return after how many more seconds *goal* is missed at this slope.

        0 if it is missed already, None if it never will be.
        """
        now = self.last + self.slope_per_s * self.duration_s / 6  # the last third's middle, and on
        if not direction.is_at_least(now, goal):
            return 0.0
        worse = -1.0 if direction is Direction.MORE else 1.0
        if worse * self.slope_per_s <= 0:
            return None
        return (goal - now) / self.slope_per_s


def trend(points: Sequence[Point], *, lowest: bool = False) -> Trend | None:
    """Return how *points*, in order of time, moved; None if they are too few, or all at once.

    Each block counts with its median; with *lowest* by its least value, for what saws up and down
    by itself, as memory does.
    """
    if len(points) < LEAST_BLOCKS:
        return None
    start_s, end_s = points[0][0], points[-1][0]
    if end_s <= start_s:
        return None
    blocks = _blocks(points, min(BLOCKS, len(points)))
    if len(blocks) < LEAST_BLOCKS:
        return None
    values = [min(each) if lowest else median(each) for _, each in blocks]
    times = [at_s for at_s, _ in blocks]
    third = max(1, len(values) // 3)
    return Trend(
        blocks=tuple(values),
        duration_s=end_s - start_s,
        slope_per_s=theil_sen(times, values),
        p=mann_kendall(values),
        first=fmean(values[:third]),
        last=fmean(values[-third:]),
    )


def without_cycle(points: Sequence[Point], period_s: float, slot_s: float) -> tuple[Point, ...]:
    """Return *points* as far as they are not explained by the time of the day.

    Each is set against the others of its own slot of *slot_s* in the cycle of *period_s*: that
    takes two whole cycles, for a slow evening to be told from a service that wears out. A slot that
    was seen once, since nobody came or something was broken in the other, says nothing.
    """
    slots: dict[int, list[float]] = {}
    for at_s, value in points:
        slots.setdefault(int(at_s % period_s // slot_s), []).append(value)
    usual = {slot: median(values) for slot, values in slots.items() if len(values) > 1}
    if not usual:
        return ()
    middle = median(value for _, value in points)
    return tuple(
        (at_s, value - usual[slot] + middle)
        for at_s, value in points
        if (slot := int(at_s % period_s // slot_s)) in usual
    )


def mann_kendall(values: Sequence[float]) -> float:
    """Return how likely chance alone orders *values* so, or more so, in either direction.

    Exact without ties (by counting inversions), else normal with the correction for ties.
    """
    n = len(values)
    if n < 2:
        return 1.0
    score = sum(
        (later > earlier) - (later < earlier)
        for number, earlier in enumerate(values)
        for later in values[number + 1 :]
    )
    counts: dict[float, int] = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    if all(count == 1 for count in counts.values()):
        return _exact(n, score)
    ties = sum(count * (count - 1) * (2 * count + 5) for count in counts.values())
    variance = (n * (n - 1) * (2 * n + 5) - ties) / 18
    if variance <= 0:
        return 1.0
    z = max(0.0, abs(score) - 1) / math.sqrt(variance)
    return min(1.0, 2 * NormalDist().cdf(-z))


def theil_sen(times: Sequence[float], values: Sequence[float]) -> float:
    """Return the median of the slopes between all pairs, per unit of *times*; 0 if none."""
    slopes = [
        (values[later] - values[earlier]) / (times[later] - times[earlier])
        for earlier in range(len(values))
        for later in range(earlier + 1, len(values))
        if times[later] - times[earlier] > _DISTINCT
    ]
    return median(slopes) if slopes else 0.0


def _blocks(points: Sequence[Point], count: int) -> list[tuple[float, list[float]]]:
    """Return the middle and the values of each of *count* equal stretches; no empty one."""
    start_s, end_s = points[0][0], points[-1][0]
    width_s = (end_s - start_s) / count
    found: dict[int, list[float]] = {}
    for at_s, value in points:
        found.setdefault(min(int((at_s - start_s) / width_s), count - 1), []).append(value)
    return [(start_s + (number + 0.5) * width_s, found[number]) for number in sorted(found)]


def _exact(n: int, score: int) -> float:
    """Return the two-sided p of a *score* of *n* distinct values."""
    pairs = n * (n - 1) // 2
    inversions = (pairs - abs(score)) // 2
    counts = _inversions(n)
    tail = sum(counts[: inversions + 1])
    return min(1.0, 2 * tail / math.factorial(n))


@lru_cache(maxsize=64)
def _inversions(n: int) -> tuple[int, ...]:
    """Return how many orders of *n* values have so many inversions, by their number (Mahonian)."""
    counts = [1]
    for size in range(2, n + 1):
        grown = [0] * (len(counts) + size - 1)
        for number, count in enumerate(counts):
            for more in range(size):
                grown[number + more] += count
        counts = grown
    return tuple(counts)
