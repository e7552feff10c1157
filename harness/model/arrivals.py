"""When the contacts of a stream come: the curve of a day or a week, busy days, what was recorded.

Types only. Times of day are centre seconds from Monday 00:00; what is a day and not a week begins
again at midnight.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import ceil

from harness.model.target import WEEKDAYS

DAY_S = 86_400.0
WEEK_S = 7 * DAY_S
HALF_HOUR_S = 1800.0
_AROUND_S = 300.0


def week_text(clock_s: float) -> str:
    """Return *clock_s* (seconds from Monday 00:00) as people write it: ``Mon 09:00``."""
    day, of_day_s = divmod(clock_s % WEEK_S, DAY_S)
    minutes = int(of_day_s // 60)
    return f"{WEEKDAYS[int(day)]} {minutes // 60:02d}:{minutes % 60:02d}"


@dataclass(frozen=True, slots=True)
class Shape:
    """How the rate of a stream moves over a day or a week; the highest is 1.

    ``rates`` has one for each interval of ``interval_s`` from midnight (of Monday, if it is a week)
    on. Within an interval the rate stays as it is (``docs/decisions/021``); after the last the
    first comes again.
    """

    name: str
    interval_s: float
    rates: tuple[float, ...]

    @property
    def period_s(self) -> float:
        """A day, or a week."""
        return self.interval_s * len(self.rates)

    @property
    def weekly(self) -> bool:
        """Whether it tells the days of a week apart."""
        return self.period_s > DAY_S

    @property
    def steady(self) -> bool:
        """Whether it is the same all day and every day."""
        return min(self.rates) == max(self.rates)

    @property
    def busiest_s(self) -> float:
        """When its busiest interval begins; the first, if there are several."""
        return self.rates.index(max(self.rates)) * self.interval_s

    def at(self, clock_s: float) -> float:
        """Return the rate (0..1) at *clock_s*, seconds from Monday 00:00."""
        return self.rates[int(clock_s % self.period_s // self.interval_s)]

    def any_within(self, clock_s: float, length_s: float) -> bool:
        """Whether anybody comes in the *length_s* from *clock_s* on."""
        first = int(clock_s // self.interval_s)
        last = ceil((clock_s + min(length_s, self.period_s)) / self.interval_s)
        return any(
            self.rates[each % len(self.rates)] for each in range(first, max(last, first + 1))
        )


FLAT = Shape("flat", DAY_S, (1.0,))


@dataclass(frozen=True, slots=True)
class Days:
    """How much days differ from each other, and half hours within a day, beyond pure chance.

    Both as standard deviation over mean. ``correlation`` is that of a half hour with the next.
    """

    day: float = 0.15
    interval: float = 0.2
    correlation: float = 0.5


class Process(StrEnum):
    """How contacts are placed under the curve."""

    POISSON = "poisson"
    UNIFORM = "uniform"


@dataclass(frozen=True, slots=True)
class Recording:
    """Contacts as they once came, by seconds from the run's start, in order.

    Without ``counts`` each row is one contact. With them a row is so many contacts, somewhere in
    the ``interval_s`` from its time on. ``names`` has the queue, line or priority of each row, and
    is empty if the file does not tell. The file has nothing to say after ``end_s``.
    """

    file: str
    at_s: tuple[float, ...]
    end_s: float
    counts: tuple[int, ...] = ()
    interval_s: float = 0.0
    names: tuple[str, ...] = ()

    def rate_per_s(self, at_s: float) -> float:
        """Return contacts per second around *at_s*: in its interval, or in the minutes around."""
        if self.counts:
            last = bisect_right(self.at_s, at_s)
            first = bisect_right(self.at_s, at_s - self.interval_s)
            return sum(self.counts[first:last]) / self.interval_s
        low_s, high_s = max(0.0, at_s - _AROUND_S), min(self.end_s, at_s + _AROUND_S)
        if high_s <= low_s:
            return 0.0
        return (bisect_left(self.at_s, high_s) - bisect_left(self.at_s, low_s)) / (high_s - low_s)


@dataclass(frozen=True, slots=True)
class Arrivals:
    """When the contacts of a stream come. A *recording* takes the place of shape and process."""

    shape: Shape = FLAT
    process: Process = Process.POISSON
    recording: Recording | None = None


STEADY = Arrivals()


@dataclass(frozen=True, slots=True)
class Observed:
    """One row of a company's own log: so many contacts, at or from a moment of its own clock on.

    ``name`` is the queue, line or priority; empty if the file does not tell. ``wait_s`` ended with
    the caller hanging up if ``abandoned``; None is what the file does not tell.
    """

    at: datetime
    count: int = 1
    name: str = ""
    wait_s: float | None = None
    abandoned: bool | None = None
