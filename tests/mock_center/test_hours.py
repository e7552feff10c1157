"""The calendar against a model that walks minute by minute, and by hand where clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_center.config.centre import Hours, Opening, Shift
from mock_center.hours import Calendar
from tests.effort import examples

HOUR = 3600.0
DAY = 24 * HOUR
LONDON = ZoneInfo("Europe/London")
WEEKDAYS = frozenset(range(5))
EVERY_DAY = frozenset(range(7))
OFFICE = (Opening(WEEKDAYS, time(8), time(18)),)
NIGHT = Shift(3, time(22), time(6))
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=LONDON)


def calendar(*, starts_at=MONDAY, holidays=(), **opening):
    return Calendar(Hours(starts_at, opening, frozenset(holidays)))


def london(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


# By hand: an ordinary week


def test_a_queue_opens_and_closes_at_its_local_times_on_its_weekdays():
    """Centre second 0 is Monday 09:00, so everything else is counted from there."""
    days = calendar(billing=OFFICE)

    assert days.is_open("billing", 0)
    assert days.is_open("billing", 9 * HOUR - 1)
    assert not days.is_open("billing", 9 * HOUR)  # 18:00 itself is closed
    assert not days.is_open("billing", 23 * HOUR - 1)
    assert days.is_open("billing", 23 * HOUR)
    assert not days.is_open("billing", 5 * DAY)  # Saturday
    assert days.is_open("billing", -HOUR)


def test_a_queue_without_opening_hours_is_always_open_on_holidays_too():
    """``opening_hours`` names those that close; nobody else is affected."""
    days = calendar(holidays=[date(2026, 3, 2)], billing=OFFICE)

    assert days.is_open("support", 0)
    assert days.business_s(0, DAY, "support") == DAY


def test_a_holiday_closes_a_queue_for_its_whole_local_day():
    """A bank holiday is a day in the calendar, not 24 hours from some moment."""
    days = calendar(holidays=[date(2026, 3, 3)], billing=OFFICE)

    assert not days.is_open("billing", DAY)
    assert days.is_open("billing", 2 * DAY - HOUR)
    assert not days.is_open("billing", 2 * DAY - HOUR - 1)
    assert days.business_s(0, 3 * DAY, "billing") == (9 + 0 + 10 + 1) * HOUR


def test_hours_that_touch_or_overlap_are_counted_once():
    """A night in two parts, seven whole days, and a shift that begins before another ends."""
    night = (Opening(EVERY_DAY, time(22), time(0)), Opening(EVERY_DAY, time(0), time(6)))
    always = (Opening(EVERY_DAY, time(0), time(0)),)
    twice = (Opening(EVERY_DAY, time(9), time(18)), Opening(EVERY_DAY, time(12), time(20)))
    days = calendar(billing=night, support=always, sales=twice)

    assert days.business_s(0, 7 * DAY, "billing") == 7 * 8 * HOUR
    assert days.business_s(0, 7 * DAY, "support") == 7 * DAY
    assert days.business_s(0, 7 * DAY, "sales") == 7 * 11 * HOUR


def test_a_night_shift_belongs_to_the_day_on_which_it_begins():
    """The night before a holiday is worked to its end; the holiday's own night is not begun."""
    days = calendar(holidays=[date(2026, 3, 3)])
    midnight = 15 * HOUR

    assert days.at_work(NIGHT, midnight - HOUR)
    assert days.at_work(NIGHT, midnight + 5 * HOUR)
    assert not days.at_work(NIGHT, midnight + 6 * HOUR)
    assert not days.at_work(NIGHT, midnight + 23 * HOUR)
    assert not days.at_work(NIGHT, midnight + 25 * HOUR)
    assert days.at_work(NIGHT, midnight + 47 * HOUR)


def test_shifts_change_when_any_of_them_begins_or_ends():
    """Heads are counted anew at each border, also where one shift hands over to the next."""
    shifts = (Shift(1, time(8), time(16)), Shift(2, time(16), time(0)), Shift(5))
    days = calendar()

    assert days.shift_change_after(shifts, 0) == 7 * HOUR
    assert days.shift_change_after(shifts, 7 * HOUR) == 15 * HOUR
    assert days.shift_change_after(shifts, 15 * HOUR) == 23 * HOUR
    assert days.shift_change_after([Shift(5)], 0) is None
    assert days.shift_change_after([], 0) is None


def test_a_shift_without_times_always_works():
    """``billing: 40`` means forty at any hour, so today's profiles stay as they are."""
    assert calendar(holidays=[date(2026, 3, 2)]).at_work(Shift(40), 0)


def test_business_without_a_queue_is_that_of_the_first_queue_with_hours():
    """Tickets have no queue; one that is always open would stop no clock."""
    afternoons = (Opening(WEEKDAYS, time(13), time(14)),)
    days = calendar(support=OFFICE, billing=afternoons)

    assert days.business_s(0, DAY) == HOUR
    assert days.business_s(0, DAY, "support") == 10 * HOUR
    assert calendar().business_s(5, 105) == 100
    assert days.business_s(100, 5) == 0
    assert calendar().business_s(100, 5) == 0


# By hand: the two changes of the clock in London in 2026


def test_the_spring_night_has_one_hour_less():
    """On 29 March 01:00 GMT becomes 02:00 BST: a night shift of eight hours lasts seven."""
    begun = london("2026-03-28T22:00")
    days = calendar(starts_at=begun)

    assert days.at_work(NIGHT, 7 * HOUR - 1)
    assert not days.at_work(NIGHT, 7 * HOUR)
    assert days.shift_change_after([NIGHT], 0) == 7 * HOUR
    assert days.shift_change_after([NIGHT], 7 * HOUR) == 23 * HOUR  # 22:00 once more


def test_the_autumn_night_has_one_hour_more():
    """On 25 October 02:00 BST becomes 01:00 GMT: the same shift lasts nine."""
    begun = london("2026-10-24T22:00")
    days = calendar(starts_at=begun)

    assert days.shift_change_after([NIGHT], 0) == 9 * HOUR
    assert days.shift_change_after([NIGHT], 9 * HOUR) == 25 * HOUR


def test_a_border_that_spring_leaps_over_lies_at_the_leap():
    """01:30 does not exist on 29 March; who begins then begins at 02:00 BST, not at 02:30."""
    early = Shift(1, time(1, 30), time(4))
    days = calendar(starts_at=london("2026-03-29T00:00"))

    assert days.shift_change_after([early], 0) == HOUR
    assert days.at_work(early, HOUR)
    assert days.shift_change_after([early], HOUR) == 3 * HOUR  # 04:00 BST


def test_hours_that_spring_swallows_whole_do_not_happen():
    """Sunday 01:00-02:00 is not on the clock that day; the next one is a week away."""
    sunday = (Opening(frozenset({6}), time(1), time(2)),)
    days = calendar(starts_at=london("2026-03-29T00:00"), billing=sunday)

    assert days.business_s(0, 7 * DAY, "billing") == 0
    assert days.business_s(0, 8 * DAY, "billing") == HOUR


def test_a_border_that_autumn_brings_twice_counts_once():
    """A queue that closed at 01:30 does not open again because the clock was set back."""
    late = (Opening(EVERY_DAY, time(0), time(1, 30)),)
    days = calendar(starts_at=london("2026-10-25T00:00"), billing=late)

    assert days.is_open("billing", 1.4 * HOUR)
    assert not days.is_open("billing", 2.2 * HOUR)  # 01:12 GMT
    assert days.is_open("billing", 25 * HOUR)
    assert days.business_s(0, 25 * HOUR, "billing") == 1.5 * HOUR


def test_office_hours_last_ten_hours_on_both_sides_of_a_change():
    """Business clocks count people at work, and on those days there are as many as ever."""
    for friday in ("2026-03-27T00:00", "2026-10-23T00:00"):
        days = calendar(starts_at=london(friday), billing=OFFICE)

        assert days.business_s(0, 7 * DAY, "billing") == 5 * 10 * HOUR


# Against the naive model

ZONES = ("UTC", "Europe/London", "America/Havana", "Australia/Lord_Howe", "Asia/Kolkata")
STEP_S = 300
LENGTH_S = int(4 * DAY)
times = st.integers(0, 24 * 12 - 1).map(lambda fives: time(fives // 12, fives % 12 * 5))


def openings():
    def one(weekdays, start, end):
        return Opening(frozenset(weekdays), *((start, end) if start < end else (start, time(0))))

    return st.lists(
        st.builds(one, st.sets(st.integers(0, 6), min_size=1), times, times), max_size=3
    )


moments = st.builds(
    lambda zone, day, at: datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC).astimezone(ZoneInfo(zone)),
    st.sampled_from(ZONES),
    st.one_of(
        st.dates(date(2026, 3, 5), date(2026, 4, 7)),
        st.dates(date(2026, 10, 22), date(2026, 11, 3)),
        st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    ),
    times,
)  # fmt: skip


def walk(hours: Hours):
    """Yield (centre second, local clock) of every step; the clock stands still where it goes back.

    It begins two days early: a clock that was set back just before must already stand.
    """
    zone = hours.starts_at.tzinfo
    begun = hours.starts_at.astimezone(UTC)
    shown = begun.replace(year=begun.year - 1, day=1, tzinfo=None)  # long before
    for second in range(int(-2 * DAY), LENGTH_S, STEP_S):
        local = (begun + timedelta(seconds=second)).astimezone(zone).replace(tzinfo=None)
        shown = max(shown, local)
        if second >= 0:
            yield float(second), shown


def naive_open(hours: Hours, queue: str, shown: datetime) -> bool:
    return queue not in hours.opening or (
        shown.date() not in hours.holidays
        and any(
            shown.weekday() in each.weekdays
            and each.start <= shown.time()
            and (each.end == time.min or shown.time() < each.end)
            for each in hours.opening[queue]
        )
    )


def naive_at_work(hours: Hours, shift: Shift, shown: datetime) -> bool:
    if shift.start is None:
        return True
    today = shown.date() not in hours.holidays
    yesterday = shown.date() - timedelta(days=1) not in hours.holidays
    if shift.end > shift.start:
        return today and shift.start <= shown.time() < shift.end
    return (today and shown.time() >= shift.start) or (yesterday and shown.time() < shift.end)


all_hours = st.builds(
    lambda begun, opening, offsets: Hours(
        begun,
        {"billing": tuple(opening)},
        frozenset(begun.date() + timedelta(days=n) for n in offsets),
    ),
    moments,
    openings(),
    st.sets(st.integers(-2, 6), max_size=3),
)


@examples(24)
@given(all_hours)
def test_opening_hours_agree_with_a_walk_through_the_days(hours):
    """Is open and business seconds are two views of one calendar."""
    days = Calendar(hours)
    steps = [(at_s, naive_open(hours, "billing", shown)) for at_s, shown in walk(hours)]
    end_s = steps[-1][0]

    assert [days.is_open("billing", at_s) for at_s, _ in steps] == [is_open for _, is_open in steps]
    assert days.business_s(0, end_s) == STEP_S * sum(is_open for _, is_open in steps[:-1])


@examples(24)
@given(all_hours, st.lists(st.builds(Shift, st.just(1), times, times), min_size=1, max_size=3))
def test_shifts_agree_with_a_walk_through_the_days(hours, shifts):
    """Whoever wakes at every border of a shift misses none of its changes."""
    days = Calendar(hours)
    steps = list(walk(hours))
    end_s = steps[-1][0]
    changes = set()
    for shift in shifts:
        expected = [naive_at_work(hours, shift, shown) for _, shown in steps]
        changes |= {
            at_s
            for (at_s, _), (before, after) in zip(steps[1:], pairwise(expected), strict=True)
            if before != after
        }

        assert [days.at_work(shift, at_s) for at_s, _ in steps] == expected

    found = chain(lambda at_s: days.shift_change_after(shifts, at_s), end_s)
    assert changes <= set(found)
    assert found == sorted(found)


def chain(change_after, end_s: float) -> list[float]:
    """Return all changes up to *end_s*, asked for one after the other."""
    found = []
    at_s = change_after(0.0)
    while at_s is not None and at_s <= end_s:
        found.append(at_s)
        at_s = change_after(at_s)
    return found


@pytest.mark.parametrize("zone", ZONES)
def test_a_year_of_questions_needs_few_calculations(zone):
    """Asked once per ticket step: what a day looks like is worked out once."""
    days = calendar(starts_at=MONDAY.replace(tzinfo=ZoneInfo(zone)), billing=OFFICE)
    for _ in range(3):
        days.business_s(0, 365 * DAY)

    assert len(days._openings) <= 370
