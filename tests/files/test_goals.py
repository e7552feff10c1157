"""The little language of goals: what people write is what is required."""

import math
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.files.goals import Goal, bound_value, default_bound, goal, is_worse_or_equal
from harness.model.sla import Bound
from tests.files.small_rehearsal import KNOWN


@pytest.mark.parametrize(
    ("kpi", "written", "wanted"),
    [
        ("service_level", "80/20", Goal(0.8, 20.0)),
        ("service_level", "80 / 20", Goal(0.8, 20.0)),
        ("service_level", "80%/20s", Goal(0.8, 20.0)),
        ("service_level", "97.5% within 1m30s", Goal(0.975, 90.0)),
        ("ticket_first_reply", "90% within 15m", Goal(0.9, 900.0)),
        ("abandonment", "<= 5%", Goal(0.05)),
        ("abandonment", "<=5 %", Goal(0.05)),
        ("abandonment", "5%", Goal(0.05)),
        ("asa", "<= 28s", Goal(28.0)),
        ("api_p95", "<= 400ms", Goal(0.4)),
        ("recovery", "<= 3m", Goal(180.0)),
        ("lost_tickets", "<= 0", Goal(0.0)),
    ],
)
def test_a_goal_means_what_the_field_means_by_it(kpi, written, wanted):
    """80/20 is eighty per cent within twenty seconds in every contract."""
    assert goal(KNOWN.kpis[kpi])(written) == wanted


@pytest.mark.parametrize(
    ("kpi", "written"),
    [
        ("service_level", "80"),
        ("service_level", "120/20"),
        ("service_level", "80/0"),
        ("service_level", "80% within 15"),
        ("service_level", "20/80/3"),
        ("abandonment", "< 5%"),
        ("abandonment", "== 5%"),
        ("abandonment", ">= 5%"),
        ("abandonment", "<= 5"),
        ("abandonment", "<= 0.05"),
        ("asa", "<= 28"),
        ("asa", "<= -1s"),
        ("lost_tickets", "<= 0%"),
        ("lost_tickets", ""),
    ],
)
def test_a_goal_that_could_mean_two_things_is_refused(kpi, written):
    """A percentage without its sign, a duration without its unit, the wrong direction."""
    with pytest.raises(ValueError, match=r"as in|is better"):
        goal(KNOWN.kpis[kpi])(written)


@pytest.mark.parametrize(
    ("kpi", "value", "wanted"),
    [
        ("service_level", 0.8, Bound(0.8, 0.78)),
        ("service_level", 0.01, Bound(0.01, 0.0)),
        ("abandonment", 0.05, Bound(0.05, 0.07)),
        ("abandonment", 0.99, Bound(0.99, 1.0)),
        ("asa", 28.0, Bound(28.0, 30.8)),
        ("lost_tickets", 0.0, Bound(0.0, 0.0)),
    ],
)
def test_the_warning_range_is_two_points_of_a_share_or_a_tenth(kpi, value, wanted):
    """No lost ticket is a mere warning: a tenth of nothing is nothing."""
    bound = default_bound(value, KNOWN.kpis[kpi])

    assert (bound.goal, bound.warn) == pytest.approx((wanted.goal, wanted.warn))


@given(st.sampled_from(sorted(KNOWN.kpis)), st.floats(0, 1))
def test_the_default_warning_is_never_stricter_than_the_goal(kpi, value):
    """Else a value could fail its goal and not even warn."""
    bound = default_bound(value, KNOWN.kpis[kpi])

    assert is_worse_or_equal(bound.warn, bound.goal, KNOWN.kpis[kpi])


@given(st.sampled_from(sorted(KNOWN.kpis)), st.text() | st.from_regex(r"[<>]?=? ?[0-9.]+[%smh]?"))
def test_a_value_is_a_number_or_refused(kpi, written):
    """Whatever is typed, nothing negative, endless or undefined comes out."""
    value = 0.0
    with suppress(ValueError):
        value = bound_value(KNOWN.kpis[kpi])(written)

    assert 0 <= value < math.inf
