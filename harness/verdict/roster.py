"""Who is at work when, and what is open: times of day as the calendar of a target has them. Pure.

The local clock of the centre, taken to run evenly: a change to summer time in the middle of a run
is not followed. The calendar begins with the target, some seconds before the load does.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from harness.files.arrivals import mock_starts_at
from harness.model.scenario import Phase, Scenario
from harness.model.target import Opening, Shift, Staff, Target

_MOCK_BEGINS = datetime.fromisoformat("2026-03-02T09:00")
"""What the mock's calendar shows if its profile does not say: a Monday morning."""
_DAY = timedelta(days=1)


def begins(target: Target) -> datetime | None:
    """Return what the local calendar of *target* shows as a run begins; None if nobody can know.

    A profile that names no readable moment is told so by the mock's own check.
    """
    if target.mock is None:
        return None
    return mock_starts_at(target) or _MOCK_BEGINS


def knows_who_is_there(target: Target, skill: str) -> bool:
    """Whether it can be told beforehand how many of *skill* are at work."""
    by_times = any(
        not isinstance(staffing.get(skill, 0), int) for staffing in target.staffing.values()
    )
    return not by_times or begins(target) is not None


def on_duty(target: Target, staff: Staff, at_s: float) -> int:
    """Return how many of *staff* are paid for the moment *at_s* centre seconds into the run.

    By times of day they work on every day that is no holiday; a night belongs to the day on which
    it begins.
    """
    if isinstance(staff, int):
        return staff
    begun = begins(target)
    if begun is None:
        return 0
    now = begun + timedelta(seconds=at_s)
    return sum(shift.heads for shift in staff if _at_work(target, shift, now))


def most_heads(staff: Staff) -> int:
    """Return how many of *staff* are paid at most; the shifts together, were they to overlap."""
    return staff if isinstance(staff, int) else sum(shift.heads for shift in staff)


def changes(target: Target, skills: Collection[str], from_s: float, to_s: float) -> Iterator[float]:
    """Yield the moments of the run between *from_s* and *to_s* at which a shift begins or ends.

    Of those who work on *skills*; in centre seconds.
    """
    begun = begins(target)
    if begun is None:
        return
    first, last = (begun + timedelta(seconds=at_s) for at_s in (from_s, to_s))
    borders = {
        border
        for staffing in target.staffing.values()
        for skill, staff in staffing.items()
        if skill in skills and not isinstance(staff, int)
        for shift in staff
        for border in (shift.start, shift.end)
    }
    day = first.date()
    while day <= last.date():
        for border in borders:
            moment = datetime.combine(day, border)
            if first < moment < last:
                yield (moment - begun).total_seconds()
        day += _DAY


def at_the_time_of(target: Target, scenario: Scenario, phase: Phase) -> Target:
    """Return *target* with the heads that are on duty in the middle of *phase*, at any hour."""
    at_s = scenario.starts_s(phase) + phase.duration_s / 2
    return replace(
        target,
        staffing={
            site: {skill: on_duty(target, staff, at_s) for skill, staff in skills.items()}
            for site, skills in target.staffing.items()
        },
    )


def _at_work(target: Target, shift: Shift, now: datetime) -> bool:
    for day in (now.date(), now.date() - _DAY):
        if day in target.holidays:
            continue
        start = datetime.combine(day, shift.start)
        end = datetime.combine(day if shift.end > shift.start else day + _DAY, shift.end)
        if start <= now < end:
            return True
    return False


def open_throughout(target: Target, until_s: float) -> bool:
    """Whether all of *target* is open from the run's start until *until_s* centre seconds into it.

    Then a clock of business hours runs as one around the clock does. False where no opening hours
    are declared, or nobody knows what time it is there: then business hours are not known.
    """
    begun = begins(target)
    if begun is None or not target.opening_hours:
        return False
    end = begun + timedelta(seconds=until_s)
    return all(_open(target, hours, begun, end) for hours in target.opening_hours.values())


def _open(target: Target, hours: Sequence[Opening], start: datetime, end: datetime) -> bool:
    """Whether *hours* hold from *start* to *end* without a gap."""
    spans, day = [], start.date() - _DAY  # the night before may still be open
    while day <= end.date():
        for each in () if day in target.holidays else hours:
            if day.weekday() in each.weekdays:
                opens = datetime.combine(day, each.start)
                closes = datetime.combine(day, each.end)
                spans.append((opens, closes if each.end > each.start else closes + _DAY))
        day += _DAY
    for opens, closes in sorted(spans):
        if opens > start:
            return False
        start = max(start, closes)
        if start > end:
            return True
    return start > end
