"""Where in the week a run lies, and what theory makes of a rate that moves."""

from dataclasses import replace
from datetime import time

import pytest

from harness.feasibility import of_the_day, on_an_average_day
from harness.model.arrivals import Days, Shape
from harness.model.contact import Stream
from harness.model.target import Opening
from harness.traffic.schedule import expected_contacts
from harness.verdict.forecast import forecast
from tests.fakes import phase, scenario
from tests.feasibility.plans import target
from tests.traffic.days_of_arrivals import MORNING, NINE_S, calls

CENTRE = target(north=28, south=28)


def test_a_flat_rate_makes_no_remark():
    """What changes nothing is not talked about."""
    assert list(of_the_day(scenario(), CENTRE)) == []


def test_a_shaped_run_says_where_in_the_week_it_lies():
    """Also where the file left it to us."""
    notes = [
        note.text for note in of_the_day(calls(phase(duration_s=3600.0), shape=MORNING), CENTRE)
    ]

    assert "between Mon 09:00 and Mon 10:00" in notes[0]
    assert "busiest from Mon 09:30 on, with 600 calls an hour: 100 % within 20 s" in notes[1]


def test_a_calendar_at_another_time_is_remarked_on():
    """Calls at nine to a centre that believes it is three at night: its opening hours decide."""
    hours = {"billing": (Opening(0, 4, time(8), time(20)),)}
    night = replace(CENTRE, mock={"starts_at": "2026-03-03T03:00"}, opening_hours=hours)
    notes = list(of_the_day(calls(phase(), shape=MORNING), night))

    assert "the mock's calendar at Tue 03:00" in notes[1].text
    for unmoved in (CENTRE, replace(CENTRE, opening_hours=hours)):
        assert len(list(of_the_day(calls(phase(), shape=MORNING), unmoved))) == 1


def test_varying_days_say_what_the_seed_draws():
    """One run is one day: whoever reads 1.2 times the average knows it was a busy one."""
    one = phase(duration_s=1800.0, days=Days())
    plan = calls(one)
    (note,) = of_the_day(plan, CENTRE)
    drawn = expected_contacts(plan, one, Stream.CALLS) / 300

    assert f"seed 2026 draws {drawn:.2f} times the average of calls" in note.text
    average = on_an_average_day(plan)
    assert expected_contacts(average, average.phases[0], Stream.CALLS) == pytest.approx(300.0)


def test_theory_takes_each_interval_by_its_own_rate():
    """A phase over a quiet and a busy half hour is no phase of their mean: queues are not linear."""
    busy = Shape("busy", 1800.0, tuple([0.0] * 18 + [0.2, 1.0] + [0.0] * 28))
    even = Shape("even", 1800.0, (1.0,) * 48)
    one = phase(duration_s=3600.0)
    per_hour = 2000.0
    moving = calls(one, shape=busy, per_hour=per_hour, starts_at_s=NINE_S)
    steady = calls(one, shape=even, per_hour=0.6 * per_hour, starts_at_s=NINE_S)
    peak = calls(phase(duration_s=1800.0), per_hour=per_hour)

    found = forecast(moving, CENTRE, one, "billing", threshold_s=20.0)
    mean = forecast(steady, CENTRE, one, "billing", threshold_s=20.0)
    worst = forecast(peak, CENTRE, peak.phases[0], "billing", threshold_s=20.0)
    assert found is not None
    assert mean is not None
    assert worst is not None
    assert found.contacts == pytest.approx(mean.contacts)
    assert found.per_hour == pytest.approx(0.6 * per_hour * 0.6)
    assert (mean.service_level or 0) > (found.service_level or 0) > (worst.service_level or 0)


def test_a_phase_that_nobody_calls_in_expects_nothing():
    """A night in the middle of a soak is no service level of 100 %, and no error."""
    night = phase("night", duration_s=3600.0)
    plan = calls(night, shape=MORNING, starts_at_s=0.0)
    found = forecast(plan, CENTRE, night, "billing", threshold_s=20.0)

    assert found is not None
    assert found.contacts == 0
    assert found.service_level is None
