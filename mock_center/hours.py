"""When queues are open and shifts are at work: the centre's local calendar, as centre seconds.

Centre second 0 is the moment the configuration names; from there centre seconds are seconds that
really pass, so over a change to summer time the local clock jumps and nobody works an hour more or
less in centre seconds than people would.

A time of day is the first moment at which the local clock shows it, or a later one. So a border
that the change to summer time leaps over lies at the leap, one that comes twice in autumn counts
once, and each shift begins and ends once a day.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from mock_center.config.centre import Hours, Shift

_DAY = timedelta(days=1)
# Longer than any regular pattern stays as it is: a week, and one more if the change to summer time
# swallowed its only opening.
_PATTERN = timedelta(days=21)
_NO_RUN_LASTS = timedelta(days=366)

Span = tuple[float, float]
"""From a centre second until another, which is no longer part of it."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The hours of one centre. What it has worked out of a day it remembers."""

    hours: Hours
    _moments: dict[tuple[date, time], float] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _openings: dict[tuple[str, date], tuple[Span, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def is_open(self, queue: str, at_s: float) -> bool:
        """Return whether *queue* is open at centre second *at_s*.

        A queue without opening hours always is, holidays included; others close on holidays.
        """
        if queue not in self.hours.opening:
            return True
        return any(
            start_s <= at_s < end_s
            for day in self._days_about(at_s)
            for start_s, end_s in self._opening(queue, day)
        )

    def at_work(self, shift: Shift, at_s: float) -> bool:
        """Return whether *shift* is at work at centre second *at_s*.

        One without times always is, holidays included. Others work on every day that is no
        holiday; a night belongs to the day on which it begins.
        """
        if shift.start is None or shift.end is None:
            return True
        return any(
            start_s <= at_s < end_s
            for day in self._days_about(at_s)
            for start_s, end_s in self._stretch(shift.start, shift.end, day)
        )

    def shift_change_after(self, shifts: Iterable[Shift], at_s: float) -> float | None:
        """Return the centre second, > *at_s*, at which any of *shifts* next begins or ends.

        None if none ever does, or not within a year.
        """
        timed = {
            (shift.start, shift.end)
            for shift in shifts
            if shift.start is not None and shift.end is not None
        }
        found: float | None = None
        for day in self._days_from(at_s) if timed else ():
            if found is not None and found <= self._moment_s(day, time.min):
                break  # later days begin later, and end later too
            for start, end in timed:
                for stretch in self._stretch(start, end, day):
                    later = (border for border in stretch if border > at_s)
                    found = min((*later, *(() if found is None else (found,))), default=None)
        return found

    def business_s(self, from_s: float, to_s: float, queue: str | None = None) -> float:
        """Return the centre seconds between *from_s* and *to_s* in which business is done.

        That is while *queue* is open; without one, while the first queue with opening hours, by
        name, is; all the time if there is none. 0 if *to_s* is not after *from_s*.
        """
        counted = min(self.hours.opening, default=None) if queue is None else queue
        if counted is None or counted not in self.hours.opening:
            return max(0.0, to_s - from_s)
        total_s = 0.0
        day, last = self._day_of(from_s) - _DAY, self._day_of(to_s) + _DAY
        while day <= last:
            for start_s, end_s in self._opening(counted, day):
                total_s += max(0.0, min(end_s, to_s) - max(start_s, from_s))
            day += _DAY
        return total_s

    def _opening(self, queue: str, day: date) -> tuple[Span, ...]:
        """Return the stretches in which *queue* is open on *day*, rising, none touching another."""
        known = self._openings.get((queue, day))
        if known is None:
            stretches = sorted(
                stretch
                for opening in self.hours.opening[queue]
                if day.weekday() in opening.weekdays
                for stretch in self._stretch(opening.start, opening.end, day)
            )
            known = self._openings[queue, day] = tuple(_joined(stretches))
        return known

    def _stretch(self, start: time, end: time, day: date) -> tuple[Span, ...]:
        """Return the one stretch from *start* until *end* that begins on *day*; none on holidays.

        An *end* at or before *start* lies on the next day. There is none, too, if the local clock
        leaps over both.
        """
        if day in self.hours.holidays:
            return ()
        start_s = self._moment_s(day, start)
        end_s = self._moment_s(day if end > start else day + _DAY, end)
        return ((start_s, end_s),) if start_s < end_s else ()

    def _moment_s(self, day: date, at: time) -> float:
        """Return the centre second at which the local clock first shows *at* on *day*, or later."""
        known = self._moments.get((day, at))
        if known is None:
            local = datetime.combine(day, at, self.hours.starts_at.tzinfo)
            known = (_first(local) - self.hours.starts_at.astimezone(UTC)).total_seconds()
            self._moments[day, at] = known
        return known

    def _day_of(self, at_s: float) -> date:
        begun = self.hours.starts_at
        return (begun.astimezone(UTC) + timedelta(seconds=at_s)).astimezone(begun.tzinfo).date()

    def _days_about(self, at_s: float) -> tuple[date, date, date]:
        """Return the local days whose stretches may hold *at_s*.

        Yesterday because of nights; tomorrow because a clock that is set back at midnight shows a
        day once more that has already ended.
        """
        today = self._day_of(at_s)
        return today, today - _DAY, today + _DAY

    def _days_from(self, at_s: float) -> Iterator[date]:
        """Yield the local days, rising, on which something may change after *at_s*."""
        today = self._day_of(at_s)
        last = max((today, *self.hours.holidays)) + _PATTERN
        day = today - _DAY
        while day <= min(last, today + _NO_RUN_LASTS):
            yield day
            day += _DAY


def _joined(spans: Iterable[Span]) -> Iterator[Span]:
    """Yield rising *spans*, those that touch or overlap as one."""
    current: Span | None = None
    for span in spans:
        if current is not None and span[0] <= current[1]:
            current = (current[0], max(current[1], span[1]))
            continue
        if current is not None:
            yield current
        current = span
    if current is not None:
        yield current


def _first(local: datetime) -> datetime:
    """Return the first moment (UTC) at which the clock of its zone shows *local* or later."""
    early, late = (local.replace(fold=fold).astimezone(UTC) for fold in (1, 0))
    if early >= late:
        return late  # an ordinary time, or one that comes twice: its first coming
    # The clock leaps over it, somewhere between the two readings: find the leap, to the second.
    zone = local.tzinfo
    while late - early > timedelta(seconds=1):
        middle = early + timedelta(seconds=(late - early) // timedelta(seconds=2))
        leapt = middle.astimezone(zone).replace(tzinfo=None) >= local.replace(tzinfo=None)
        early, late = (early, middle) if leapt else (middle, late)
    return late
