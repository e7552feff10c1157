"""What a generator process measures of itself: lateness, CPU, and how its clock stands. Pure.

All times are wall seconds and come in as arguments; the sides of a run ask the clock.
"""

import math
from collections import deque

from harness.model.health import ProcessHealth

PROBE_EVERY_S = 0.05
BUSY_WINDOW_S = 10.0
_SHORTEST_WINDOW_S = 2.0
_FINEST_S = 1e-4
_PER_DECADE = 20
_CLOCK_SAMPLES = 20


class Lateness:
    """How late something was, again and again, in so little memory that a soak may last for days.

    Percentiles are told up to an eighth too high, never too low: a bucket is known by its end.
    """

    def __init__(self) -> None:
        self._buckets: dict[int, int] = {}
        self._count = 0
        self.longest_s: float | None = None

    def add(self, late_s: float) -> None:
        """Take in one more; what was early counts as on time."""
        late_s = max(0.0, late_s)
        bucket = math.ceil(_PER_DECADE * math.log10(max(late_s, _FINEST_S) / _FINEST_S))
        self._buckets[bucket] = self._buckets.get(bucket, 0) + 1
        self._count += 1
        self.longest_s = max(late_s, self.longest_s or 0.0)

    def percentile(self, p: float) -> float | None:
        """Return the lateness that at least the share *p* (0..1) did not exceed; None if none."""
        if self.longest_s is None:
            return None
        still = math.ceil(p * self._count)
        for bucket in sorted(self._buckets):
            still -= self._buckets[bucket]
            if still <= 0:
                return min(_FINEST_S * 10 ** (bucket / _PER_DECADE), self.longest_s)
        return self.longest_s


class Busyness:
    """The busiest ten seconds of a process, as a share of one core; less than that at the start."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, float]] = deque()
        self._highest: float | None = None

    def add(self, now: float, cpu_s: float) -> None:
        """Take in that by *now* the process has used *cpu_s* seconds of CPU."""
        while len(self._seen) > 1 and self._seen[1][0] <= now - BUSY_WINDOW_S:
            self._seen.popleft()
        self._seen.append((now, cpu_s))
        since, used_s = self._seen[0]
        if now - since >= BUSY_WINDOW_S:
            self._highest = max(self._highest or 0.0, (cpu_s - used_s) / (now - since))

    @property
    def highest(self) -> float | None:
        """The share in the busiest ten seconds, or in all there was; None within two seconds."""
        if self._highest is not None or not self._seen:
            return self._highest
        (since, used_s), (now, cpu_s) = self._seen[0], self._seen[-1]
        return (cpu_s - used_s) / (now - since) if now - since >= _SHORTEST_WINDOW_S else None


class ClockSkew:
    """How far our clock is ahead of another one, from questions and their answers.

    The other clock was read between our question and our hearing the answer, so the middle of the
    two is wrong by half their distance at most, whatever the network did (Cristian 1989). Of each
    twenty the closest is believed; of those the worst is told, for clocks drift apart in a soak.
    """

    def __init__(self) -> None:
        self._few: list[tuple[float, float]] = []
        self._worst: tuple[float, float] | None = None

    def add(self, *, sent: float, theirs: float, heard: float) -> None:
        """Take in that they read *theirs* after we *sent* a question and before we *heard*."""
        self._few.append(((heard - sent) / 2, (sent + heard) / 2 - theirs))
        if len(self._few) >= _CLOCK_SAMPLES:
            self._worst = self._worse(min(self._few))
            self._few = []

    @property
    def ahead_and_error(self) -> tuple[float, float] | None:
        """How far we are ahead, and by how much that may be wrong; None before any answer."""
        found = self._worst or min(self._few, default=None)
        return None if found is None else (found[1], found[0])

    def _worse(self, other: tuple[float, float]) -> tuple[float, float]:
        if self._worst is None:
            return other
        return max(self._worst, other, key=lambda each: abs(each[1]) + each[0])


class Vitals:
    """Everything that one process measures of itself. Told only what happens under load."""

    def __init__(self, name: str, host: str) -> None:
        self.name = name
        self.host = host
        self.skew = ClockSkew()
        self._starts = Lateness()
        self._loop = Lateness()
        self._busy = Busyness()
        self._memory_bytes: int | None = None

    def holds(self, memory_bytes: int) -> None:
        """Take in how much memory the process holds now."""
        self._memory_bytes = memory_bytes

    def started(self, *, due: float, now: float) -> None:
        """Take in that a contact due at one moment was started *now*."""
        self._starts.add(now - due)

    def probed(self, *, due: float, now: float, cpu_s: float) -> None:
        """Take in that a timer fired *now*, and how much CPU the process has used by then."""
        self._loop.add(now - due)
        self._busy.add(now, cpu_s)

    def told(self) -> ProcessHealth:
        """Return how the process is doing."""
        ahead, error = self.skew.ahead_and_error or (None, None)
        return ProcessHealth(
            name=self.name,
            host=self.host,
            cpu=self._busy.highest,
            start_lag_p99_s=self._starts.percentile(0.99),
            loop_lag_p99_s=self._loop.percentile(0.99),
            loop_lag_max_s=self._loop.longest_s,
            skew_s=ahead,
            skew_error_s=error,
            memory_bytes=self._memory_bytes,
        )
