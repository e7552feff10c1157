"""A recording is placed again as it was: every contact, and no other."""

import math
from dataclasses import replace
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from harness.model.arrivals import Recording
from harness.model.contact import Stream
from harness.model.scenario import Load
from harness.traffic.schedule import PlannedTicket, expected_contacts, planned, rate_per_s
from tests.fakes import TICKETS, phase
from tests.traffic.days_of_arrivals import calls, counts, due_in, per_interval, placed, stamps

FIRST, SECOND = phase("first", duration_s=1000.0), phase("second", duration_s=2600.0)


def test_every_stamp_is_placed_at_its_moment():
    """At 100 % nothing is drawn: the run is what happened."""
    recording = stamps(500, 3600.0)
    plan = calls(FIRST, SECOND, recording=recording)
    again = [*due_in(plan, FIRST), *(1000.0 + each for each in due_in(plan, SECOND))]

    assert again == pytest.approx(recording.at_s)


@settings(max_examples=20)
@given(border=st.floats(1, 3599), seed=st.integers(0, 5))
def test_a_count_becomes_exactly_that_many_wherever_phases_begin(border: float, seed: int):
    """A border inside a half hour splits its contacts, and loses or doubles none."""
    first, second = phase("a", duration_s=border), phase("b", duration_s=3600.0 - border)
    plan = calls(first, second, recording=counts(120, 30), seed=str(seed))
    due_s = [*due_in(plan, first), *(border + each for each in due_in(plan, second))]

    assert per_interval(due_s, 2) == [120, 30]


def test_counted_contacts_lie_anywhere_in_their_interval():
    """Where a count does not tell, any moment is as likely as another (KS against uniform)."""
    one = phase(duration_s=1800.0)
    due_s = due_in(calls(one, recording=counts(2000)), one)

    assert stats.kstest(due_s, stats.uniform(0, 1800.0).cdf).pvalue > 0.01


@pytest.mark.parametrize("load", [0.25, 0.6, 1.5, 3.0])
def test_a_load_thins_or_doubles_a_recording(load: float):
    """A seeded coin for each contact; three times the load is each contact three times."""
    one = phase(duration_s=3600.0, load=Load(load, load))
    found = due_in(calls(one, recording=stamps(4000, 3600.0)), one)

    part = load % 1
    assert abs(len(found) - 4000 * load) <= 4 * math.sqrt(4000 * part * (1 - part))
    assert found == sorted(found)
    assert 0 <= found[0] <= found[-1] < 3600.0


def test_copies_come_beside_their_model_not_at_it():
    """Two customers of the same instant would be an artefact no centre ever sees."""
    one = phase(duration_s=3600.0, load=Load(2.0, 2.0))
    due_s = due_in(calls(one, recording=Recording("past.csv", (1800.0,), 3600.0)), one)

    assert len(set(due_s)) == 2
    assert all(abs(each - 1800.0) <= 30 for each in due_s)


def test_the_queue_and_the_line_of_a_recording_are_kept():
    """A recorded call goes to the queue it went to; a line says which number was dialled."""
    names = ("support", "+441632960102", "billing")
    recording = Recording("past.csv", (10.0, 20.0, 30.0), 3600.0, names=names)
    one = phase(duration_s=3600.0)
    found = [(each.queue, each.line) for each in placed(calls(one, recording=recording), one)]

    assert found[0] == ("support", "+441632960201")
    assert found[1] == ("billing", "+441632960102")
    assert found[2][0] == "billing"


def test_the_priority_of_a_recorded_ticket_is_kept():
    """A day with many urgent tickets stays one."""
    recording = Recording("past.csv", (10.0, 20.0), 3600.0, names=("P1", "P4"))
    one = phase(duration_s=3600.0)
    tickets = replace(TICKETS, arrivals=replace(TICKETS.arrivals, recording=recording))
    plan = replace(calls(one), tickets=tickets)
    found = [
        each.priority
        for each in islice(planned(plan, one, Stream.TICKETS), 2)
        if isinstance(each, PlannedTicket)
    ]

    assert found == ["P1", "P4"]


def test_the_expectation_of_a_recording_is_its_contacts():
    """What `check` says comes is what comes: no average of the file."""
    recording = stamps(500, 3600.0)
    plan = calls(FIRST, SECOND, recording=recording)

    assert expected_contacts(plan, FIRST, Stream.CALLS) == len(due_in(plan, FIRST))
    assert expected_contacts(plan, SECOND, Stream.CALLS) == len(due_in(plan, SECOND))


def test_half_the_load_of_counts_is_half_of_them_to_be_expected():
    """Also where a phase has part of an interval."""
    one = phase(duration_s=2700.0, load=Load(0.5, 0.5))
    plan = calls(one, recording=counts(120, 30))

    assert expected_contacts(plan, one, Stream.CALLS) == pytest.approx((120 + 15) / 2)


def test_what_comes_after_a_moment_of_a_recording_is_told():
    """After a fault at 30 minutes: the second half hour alone."""
    one = phase(duration_s=3600.0)
    counted = calls(one, recording=counts(120, 30))
    stamped = calls(one, recording=stamps(500, 3600.0))
    late = sum(at_s >= 1800.0 for at_s in stamps(500, 3600.0).at_s)

    assert expected_contacts(counted, one, Stream.CALLS, after_s=1800.0) == pytest.approx(30)
    assert expected_contacts(stamped, one, Stream.CALLS, after_s=1800.0) == late


def test_the_rate_of_a_recording_is_that_around_the_moment():
    """For the live view, and for the hold, which goes on by chance at the rate of the end."""
    one = phase(duration_s=3600.0)
    plan = calls(one, recording=counts(120, 30))
    stamped = calls(one, recording=stamps(3600, 3600.0))
    own = len(due_in(plan, one))
    held = list(islice(planned(plan, one, Stream.CALLS), own, own + 500))

    assert rate_per_s(plan, one, Stream.CALLS, 0.1) == pytest.approx(120 / 1800)
    assert rate_per_s(plan, one, Stream.CALLS, 1.0) == pytest.approx(30 / 1800)
    assert rate_per_s(stamped, one, Stream.CALLS, 0.5) == pytest.approx(1.0, rel=0.15)
    assert 500 / (held[-1].due_s - 3600.0) == pytest.approx(30 / 1800, rel=0.15)
