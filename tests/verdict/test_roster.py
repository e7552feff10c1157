"""Who is at work when: shifts by the target's own calendar, as the mock itself keeps them."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.model.scenario import PhaseKind
from harness.model.target import Opening, Shift, Target
from harness.verdict.forecast import forecast, heads_needed
from harness.verdict.roster import begins, changes, on_duty, open_throughout
from mock_center.config.centre import Hours
from mock_center.config.centre import Shift as MockShift
from mock_center.hours import Calendar
from tests.fakes import phase, scenario
from tests.feasibility.plans import target

NIGHT = Shift(5, time(22), time(6))
DAY = (Shift(38, time(6), time(14)), Shift(20, time(14), time(22)), NIGHT)


def staffed_by(*shifts: Shift, starts_at: str = "2026-03-02T09:00", **changes: object) -> Target:
    """Return a target whose billing agents at north work in *shifts*, at south at any hour."""
    centre = replace(target(), mock={"starts_at": starts_at}, **changes)  # type: ignore[arg-type]
    return replace(
        centre,
        staffing={
            site: {**skills, "billing": shifts} if site == "north" else skills
            for site, skills in centre.staffing.items()
        },
    )


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 23), st.integers(0, 23), st.integers(0, 3 * 24 * 4))
def test_a_shift_is_at_work_when_the_mock_says_so(start: int, end: int, quarter: int):
    """The harness foresees, the mock does it: two hands, one calendar, holidays included."""
    begun = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    holiday = date(2026, 3, 3)
    shift, at_s = Shift(7, time(start), time(end)), quarter * 900.0
    mine = on_duty(staffed_by(shift, holidays=(holiday,)), (shift,), at_s)
    mock = Calendar(Hours(begun, {}, frozenset({holiday})))
    theirs = mock.at_work(MockShift(7, shift.start, shift.end), at_s)

    assert (mine > 0) is theirs


def test_the_calendar_begins_where_the_profile_says_or_on_a_monday_morning():
    """That is what the mock does without a word."""
    assert begins(staffed_by(*DAY, starts_at="2026-11-24T07:30")) == datetime(2026, 11, 24, 7, 30)  # noqa: DTZ001
    assert f"{begins(target()):%a %H:%M}" == "Mon 09:00"
    assert begins(replace(target(), mock=None)) is None, "a stranger's calendar is not known"


def test_a_forecast_takes_the_heads_of_its_own_time_of_day():
    """At nine 38 + 50, at fifteen 20 + 50: whoever counts a day's heads at once is wrong twice."""
    morning = phase("morning", duration_s=3600.0)
    noon = phase("noon", duration_s=4 * 3600.0)
    later = phase("later", duration_s=3600.0)
    plan = scenario(morning, noon, later)
    found = [
        forecast(plan, staffed_by(*DAY), each, "billing", threshold_s=20.0) for each in plan.phases
    ]

    assert [round(each.heads) for each in found if each] == [88, 88, 70]


def test_a_shift_that_changes_within_a_phase_cuts_it_there():
    """Two hours from one o'clock: one with 38 heads at north, one with 20."""
    two_hours = phase("two-hours", duration_s=7200.0)
    centre = staffed_by(*DAY, starts_at="2026-03-02T13:00")
    found = forecast(scenario(two_hours), centre, two_hours, "billing", threshold_s=20.0)

    assert list(changes(centre, ["billing"], 0.0, 7200.0)) == [3600.0]
    assert found is not None
    assert found.heads == pytest.approx((88 + 70) / 2)


def test_on_a_holiday_nobody_works_by_times_of_day():
    """The night that began the day before ends as it should."""
    centre = staffed_by(*DAY, holidays=(date(2026, 3, 2),), starts_at="2026-03-02T05:00")
    heads = [on_duty(centre, DAY, hours * 3600.0) for hours in (0, 2, 10)]

    assert heads == [5, 0, 0]


def test_heads_needed_are_those_of_the_time_of_day():
    """As many as keep the goal then, spread as those that are then on duty."""
    peak = phase("peak", duration_s=3600.0)
    needed = heads_needed(
        scenario(peak),
        staffed_by(*DAY),
        peak,
        "billing",
        threshold_s=20.0,
        enough=lambda found: (found.service_level or 0.0) >= 0.8,
    )

    assert needed is not None
    assert 40 < needed < 60


def test_every_hour_of_a_week_has_the_heads_of_one_shift():
    """Three shifts without a gap and without an overlap."""
    centre = staffed_by(*DAY)
    begun = datetime(2026, 3, 2, 9, 0)  # noqa: DTZ001
    for day, hour in product(range(7), range(24)):
        at = (begun + timedelta(days=day, hours=hour)).time()
        expected = 38 if time(6) <= at < time(14) else 20 if time(14) <= at < time(22) else 5

        assert on_duty(centre, DAY, (day * 24 + hour) * 3600.0) == expected


def test_a_fault_and_a_shift_may_share_a_phase():
    """The stretches of both are told apart."""
    loss = phase("loss", PhaseKind.FAULT, duration_s=7200.0)
    centre = staffed_by(*DAY, starts_at="2026-03-02T13:00")

    assert forecast(scenario(loss), centre, loss, "billing", threshold_s=20.0) is not None


WEEKDAYS = (Opening(0, 4, time(8), time(18)),)


@pytest.mark.parametrize(
    ("starts_at", "hours", "is_open", "because"),
    [
        ("2026-03-02T09:00", 8, True, "Monday from nine to five"),
        ("2026-03-02T09:00", 10, False, "seven in the evening is late"),
        ("2026-03-02T07:00", 2, False, "seven in the morning is early"),
        ("2026-03-07T09:00", 2, False, "it is Saturday"),
        ("2026-03-03T09:00", 2, False, "it is a holiday"),
    ],
)
def test_whether_a_whole_run_lies_in_business_hours(
    starts_at: str, hours: int, is_open: bool, because: str
):
    """If it does, a clock of business hours is one around the clock, and can be decided."""
    centre = staffed_by(
        *DAY,
        starts_at=starts_at,
        opening_hours={"billing": WEEKDAYS},
        holidays=(date(2026, 3, 3),),
    )

    assert open_throughout(centre, hours * 3600.0) is is_open, because


def test_hours_that_meet_leave_no_gap():
    """Open until midnight and from midnight on is open."""
    round_the_clock = (Opening(0, 6, time(0), time(0)),)
    lunch = (Opening(0, 6, time(8), time(12)), Opening(0, 6, time(13), time(18)))

    def opens(hours: tuple[Opening, ...]) -> bool:
        return open_throughout(staffed_by(*DAY, opening_hours={"billing": hours}), 30 * 3600.0)

    assert opens(round_the_clock)
    assert not opens(lunch)


def test_a_night_that_began_the_day_before_is_open_still():
    """As shifts do: at two in the morning a desk that opened at ten in the evening is open."""
    nights = (Opening(0, 6, time(22), time(6)),)
    centre = staffed_by(*DAY, starts_at="2026-03-04T02:00", opening_hours={"billing": nights})

    assert open_throughout(centre, 3 * 3600.0)
    assert not open_throughout(centre, 5 * 3600.0)


def test_hours_that_are_not_declared_are_not_known():
    """A contract that counts in business hours does not mean those of a profile that is silent."""
    assert not open_throughout(staffed_by(*DAY), 3600.0)
