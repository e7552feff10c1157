"""A shape gives the day its curve: each interval has the contacts that its weight says."""

import math
from dataclasses import replace
from itertools import islice, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from harness.model.arrivals import DAY_S, FLAT, Process, Shape
from harness.model.contact import Stream
from harness.model.scenario import Load
from harness.traffic.arrivals import Piece, uniform_arrivals
from harness.traffic.rate import pieces, rate_at
from harness.traffic.schedule import expected_contacts, planned, rate_per_s
from tests.fakes import TICKETS, phase
from tests.traffic.days_of_arrivals import (
    MORNING,
    NINE_S,
    calls,
    day_long,
    due_in,
    per_interval,
)

DAY = day_long()
OPEN = slice(18, 30)


def test_each_interval_has_the_contacts_of_its_weight():
    """Chi-square over the open half hours: the curve of the file is the curve of the run."""
    plan = calls(DAY, shape=MORNING, per_hour=2000.0, starts_at_s=0.0)
    found = per_interval(due_in(plan, DAY), 48)
    expected = [2000 / 2 * rate for rate in MORNING.rates]
    total = sum(found[OPEN])

    assert sum(found) == total  # nobody comes while it is closed
    scaled = [each * total / sum(expected[OPEN]) for each in expected[OPEN]]
    assert stats.chisquare(found[OPEN], scaled).pvalue > 0.01
    assert abs(total - sum(expected)) <= 4 * math.sqrt(sum(expected))


def test_without_variable_days_counts_spread_as_poisson_and_no_more():
    """`100 %` means exactly the scenario's rate: variance over mean is 1."""
    week = day_long(length_s=7 * DAY_S)
    found = per_interval(due_in(calls(week, per_hour=60.0), week), 7 * 48)
    mean = sum(found) / len(found)
    dispersion = sum((each - mean) ** 2 for each in found) / mean

    low, high = stats.chi2.ppf((0.005, 0.995), len(found) - 1)
    assert low < dispersion < high


def test_gaps_are_exponential_once_the_shape_is_taken_out():
    """Time rescaled by the integral of the rate: the borders of intervals leave no trace."""
    plan = calls(DAY, shape=MORNING, per_hour=2000.0, starts_at_s=0.0)
    passed, borders = 0.0, [0.0]
    for piece in pieces(plan, DAY, Stream.CALLS):
        passed += piece.expected
        borders.append(passed)
    steps = [each.length_s for each in pieces(plan, DAY, Stream.CALLS)]

    def rescaled(due_s: float) -> float:
        number = min(int(due_s // steps[0]), len(steps) - 1)
        return borders[number] + (due_s - number * steps[0]) / steps[0] * (
            borders[number + 1] - borders[number]
        )

    times = [rescaled(each) for each in due_in(plan, DAY)]
    gaps = [later - earlier for earlier, later in pairwise([0.0, *times])]

    assert stats.kstest(gaps, "expon").pvalue > 0.01


def test_per_hour_is_the_rate_of_the_busiest_interval():
    """The number a manager knows: what comes in the worst half hour, not on average."""
    plan = calls(DAY, shape=MORNING, per_hour=600.0, starts_at_s=0.0)
    rates = [rate_per_s(plan, DAY, Stream.CALLS, (i + 0.5) / 48) * 3600 for i in range(48)]

    assert max(rates) == pytest.approx(600.0)
    assert rates.index(max(rates)) == 19


def test_phases_follow_each_other_on_the_clock_of_the_shape():
    """The second half hour of the run is the second half hour of the day, whatever phase it is."""
    first, second = phase("first", duration_s=1800.0), phase("second", duration_s=1800.0)
    plan = calls(first, second, shape=MORNING)

    assert rate_per_s(plan, first, Stream.CALLS, 0.5) * 3600 == pytest.approx(240.0)
    assert rate_per_s(plan, second, Stream.CALLS, 0.5) * 3600 == pytest.approx(600.0)


def test_a_hold_stands_still_in_the_day():
    """While a gate is decided the load stays as it was, though the shape would rise next."""
    first, second = phase("first", duration_s=1800.0), phase("second", duration_s=1800.0)
    plan = calls(first, second, shape=MORNING, per_hour=3600.0)
    own = len(due_in(plan, first))
    held = list(islice(planned(plan, first, Stream.CALLS), own, own + 1000))

    assert all(each.held and each.due_s > 1800.0 for each in held)
    assert 1000 / (held[-1].due_s - 1800.0) == pytest.approx(0.4, rel=0.1)
    assert rate_per_s(plan, first, Stream.CALLS, 1.7) == pytest.approx(0.4)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.just(0.0) | st.floats(0.01, 1), min_size=48, max_size=48).filter(any),
    st.floats(0, 7 * DAY_S),
    st.floats(60, 6 * 3600),
    st.floats(0, 4),
    st.floats(0, 4),
)
def test_the_expectation_is_the_integral_of_the_rate(
    rates: list[float], starts_at_s: float, length_s: float, start: float, end: float
):
    """Cut by an independent hand: scipy integrates the rate that the live view shows."""
    one = phase("any", duration_s=length_s, load=Load(start, end))
    plan = calls(one, shape=Shape("any", 1800.0, tuple(rates)), starts_at_s=starts_at_s)
    borders = [k * 1800.0 - starts_at_s for k in range(int((starts_at_s + length_s) // 1800) + 1)]
    inside = [0.0, *(each for each in borders if 0 < each < length_s), length_s]
    area = sum(
        integrate.quad(
            lambda t: rate_at(plan, one, Stream.CALLS, t / length_s), low, high, points=()
        )[0]
        for low, high in pairwise(inside)
        if high - low > 1e-3
    )

    assert expected_contacts(plan, one, Stream.CALLS) == pytest.approx(area, rel=1e-3, abs=0.05)


@pytest.mark.parametrize("after_s", [0.0, 1000.0, 1800.0, 2000.0, 3600.0])
def test_what_comes_after_a_moment_is_what_is_left_of_the_whole(after_s: float):
    """A fault at noon of a quiet afternoon has few calls after it, however busy the morning was."""
    one = phase(duration_s=3600.0, load=Load(0.5, 1.0))
    plan = calls(one, shape=MORNING, per_hour=3600.0)
    left = expected_contacts(plan, one, Stream.CALLS, after_s=after_s)
    passed = [rate_at(plan, one, Stream.CALLS, (s + 0.5) / 3600) for s in range(int(after_s))]

    assert left + sum(passed) == pytest.approx(expected_contacts(plan, one, Stream.CALLS), rel=1e-3)


def test_a_flat_shape_changes_no_schedule():
    """What ran before shapes were there places the same customers at the same moments."""
    one = phase()
    flat = calls(one, shape=FLAT)
    finer = calls(one, shape=Shape("also flat", 900.0, (1.0,) * 96), starts_at_s=1234.0)

    assert due_in(flat, one) == due_in(finer, one)


def test_tickets_have_a_shape_of_their_own():
    """Tickets come at night; calls do not."""
    night = phase("night", duration_s=3600.0)
    plan = replace(calls(night, shape=MORNING, starts_at_s=0.0), tickets=TICKETS)

    assert expected_contacts(plan, night, Stream.CALLS) == 0
    assert due_in(plan, night) == []
    assert expected_contacts(plan, night, Stream.TICKETS) == pytest.approx(600.0)


def test_a_week_tells_its_days_apart():
    """Monday's rate is Monday's; after Sunday comes Monday again."""
    week = Shape("week", 1800.0, (1.0,) * 48 + (0.5,) * 5 * 48 + (0.0,) * 48)
    plan = calls(shape=week)
    hourly = [
        rate_at(replace(plan, starts_at_s=day * DAY_S), plan.phases[0], Stream.CALLS, 0.5) * 3600
        for day in range(8)
    ]

    assert hourly == pytest.approx([600.0, 300.0, 300.0, 300.0, 300.0, 300.0, 0.0, 600.0])


def test_even_spacing_is_even():
    """`uniform` is for looking at one thing at a time: no chance, the same gap each time."""
    one = phase(duration_s=600.0)
    due_s = due_in(calls(one, per_hour=360.0, process=Process.UNIFORM), one)

    assert due_s == pytest.approx([5 + 10 * number for number in range(60)])


def test_even_spacing_follows_the_load():
    """Under a ramp from nothing half of the contacts come in the last three tenths of the time."""
    due_s = list(uniform_arrivals([Piece(1000.0, 0.0, 2.0)]))

    assert len(due_s) == 1000
    assert due_s[499] == pytest.approx(1000 * math.sqrt(0.5), rel=1e-3)


def test_a_flash_crowd_is_three_phases():
    """Four times the load within two minutes, for ten, and back: no syntax of its own."""
    up = phase("up", duration_s=120.0, load=Load(1.0, 4.0))
    crowd = phase("crowd", duration_s=600.0, load=Load(4.0, 4.0))
    down = phase("down", duration_s=120.0, load=Load(4.0, 1.0))
    plan = calls(up, crowd, down, per_hour=3600.0, shape=FLAT)

    expected = [expected_contacts(plan, each, Stream.CALLS) for each in (up, crowd, down)]
    found = [len(due_in(plan, each)) for each in (up, crowd, down)]
    assert expected == pytest.approx([300.0, 2400.0, 300.0])
    assert all(abs(n - m) < 4 * math.sqrt(m) for n, m in zip(found, expected, strict=True))


@pytest.mark.parametrize("start_s", [0.0, NINE_S, 5 * DAY_S + 100.0])
def test_pieces_cover_a_phase_without_gap_or_overlap(start_s: float):
    """What is not covered would be minutes without customers."""
    cut = list(pieces(calls(DAY, shape=MORNING, starts_at_s=start_s), DAY, Stream.CALLS))

    assert sum(each.length_s for each in cut) == pytest.approx(DAY_S)
    assert all(each.length_s <= 1800.0 + 1e-6 for each in cut)
