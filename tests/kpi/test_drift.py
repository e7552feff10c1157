"""Trends: what is told from chance, how fast it goes, and where it ends; held against scipy."""

import math
from random import Random
from statistics import fmean

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from harness.kpi.drift import LEAST_BLOCKS, mann_kendall, theil_sen, trend, without_cycle
from harness.model.sla import Direction

HOUR_S = 3600.0
series = st.lists(st.floats(-100, 100, allow_nan=False), min_size=4, max_size=20)


@given(values=series)
def test_without_ties_the_test_is_exact(values: list[float]):
    """An independent judge: scipy counts the same orders."""
    assume(len(set(values)) == len(values))
    theirs = stats.kendalltau(range(len(values)), values, method="exact").pvalue

    assert mann_kendall(values) == pytest.approx(theirs, abs=1e-9)


@given(values=st.lists(st.integers(0, 4).map(float), min_size=6, max_size=20))
def test_with_ties_it_is_the_normal_one_corrected_for_them(values: list[float]):
    """Never surer than scipy's, which leaves out the correction for continuity."""
    assume(1 < len(set(values)) < len(values))
    theirs = stats.kendalltau(range(len(values)), values, method="asymptotic").pvalue

    assert mann_kendall(values) >= theirs - 1e-9
    assert mann_kendall(values) <= 1.0


@given(values=series, gaps=st.lists(st.floats(0.1, 10), min_size=20, max_size=20))
def test_the_slope_is_that_of_theil_and_sen(values: list[float], gaps: list[float]):
    """The median over all pairs; scipy's is the same."""
    times = [sum(gaps[: number + 1]) for number in range(len(values))]
    theirs = stats.theilslopes(values, times).slope

    assert theil_sen(times, values) == pytest.approx(theirs, rel=1e-9, abs=1e-9)


def hourly(values: list[float]) -> list[tuple[float, float]]:
    return [(number * HOUR_S, value) for number, value in enumerate(values)]


def test_what_falls_evenly_is_told_with_the_moment_at_which_it_breaks():
    """From 90 % at a point an hour: 80 % ten hours after the start, five after the last."""
    moved = trend(hourly([0.90 - 0.004 * hour for hour in range(13)]))

    assert moved is not None
    assert moved.is_drift(practical=0.02, direction=Direction.MORE)
    assert not moved.is_drift(practical=0.02, direction=Direction.LESS)
    assert moved.slope_per_s * HOUR_S == pytest.approx(-0.004, rel=0.05)
    left_s = moved.breaches_in_s(0.80, direction=Direction.MORE)
    assert left_s is not None
    assert left_s / HOUR_S == pytest.approx(13.0, abs=1.0)


def test_what_breaks_already_breaks_now_and_what_gets_better_never():
    """Both need no date."""
    falls = trend(hourly([0.90 - 0.02 * hour for hour in range(12)]))
    rises = trend(hourly([0.80 + 0.01 * hour for hour in range(12)]))

    assert falls is not None
    assert rises is not None
    assert falls.breaches_in_s(0.80, direction=Direction.MORE) == 0.0
    assert rises.breaches_in_s(0.80, direction=Direction.MORE) is None


def test_a_trend_too_small_to_matter_is_none():
    """Sure, and nobody's business."""
    moved = trend(hourly([0.90 - 0.0001 * hour for hour in range(12)]))

    assert moved is not None
    assert moved.p < 0.001
    assert not moved.is_drift(practical=0.02, direction=Direction.MORE)


def test_one_bad_hour_is_no_drift():
    """A rank is a rank, however far it lies from the others."""
    values = [0.9, 0.91, 0.9, 0.92, 0.89, 0.9, 0.91, 0.9, 0.89, 0.91, 0.9, 0.2]
    moved = trend(hourly(values))

    assert moved is not None
    assert not moved.is_drift(practical=0.02, direction=Direction.MORE)


def test_too_little_decides_nothing():
    """No trend of seven blocks can be told from chance at one in a hundred, whatever they say."""
    assert trend(hourly([1.0 - hour / 10 for hour in range(LEAST_BLOCKS - 1)])) is None
    assert trend([(5.0, 1.0)] * 20) is None
    assert trend([]) is None


def test_memory_that_saws_is_looked_at_by_its_lowest():
    """An allocator gives back now and then; what it never gives back is the leak."""
    flat = [(float(at), 100.0 + at % 50) for at in range(1200)]
    leaking = [(at, value + at / 10) for at, value in flat]
    one, other = trend(flat, lowest=True), trend(leaking, lowest=True)

    assert one is not None
    assert other is not None
    assert not one.is_drift(practical=0.0, direction=Direction.LESS)
    assert other.is_drift(practical=0.0, direction=Direction.LESS)
    assert other.slope_per_s == pytest.approx(0.1, rel=0.05)


def test_a_day_s_curve_is_no_drift_once_there_are_two_days():
    """Every evening is worse than its morning; only a worse evening than yesterday's is news."""
    day = [0.9 - 0.1 * math.sin(hour / 24 * math.pi) for hour in range(24)]
    same = hourly(day * 3)
    worse = [(at_s, value - 0.05 * at_s / (72 * HOUR_S)) for at_s, value in same]
    one = trend(without_cycle(same, 24 * HOUR_S, HOUR_S))
    other = trend(without_cycle(worse, 24 * HOUR_S, HOUR_S))

    assert without_cycle(hourly(day), 24 * HOUR_S, HOUR_S) == ()
    assert one is not None
    assert other is not None
    assert not one.is_drift(practical=0.01, direction=Direction.MORE)
    assert other.is_drift(practical=0.01, direction=Direction.MORE)


@pytest.mark.parametrize("phi", [0.0, 0.5, 0.8])
def test_flat_series_whose_neighbours_resemble_each_other_rarely_drift(phi: float, tell):
    """Plain Mann-Kendall calls half of them drifting at phi = 0.8."""
    alarms = plain = 0
    for seed in range(400):
        rng, value, points = Random(seed), 0.0, []
        for at in range(120):
            value = phi * value + rng.gauss(0.0, math.sqrt(1 - phi * phi))
            points.append((float(at), value))
        moved = trend(points)
        assert moved is not None
        spread = fmean(abs(each) for _, each in points)
        alarms += any(
            moved.is_drift(practical=spread / 4, direction=direction) for direction in Direction
        )
        plain += mann_kendall([each for _, each in points]) < 0.01
    tell(f"400 flat series, phi {phi}: drift called in {alarms}, by the plain test in {plain}")

    assert alarms <= 400 * 0.03


def test_a_pool_that_was_fuller_once_goes_on_with_nothing():
    """Open files of a site in a soak of three hours, block by block: sure, and no leak.

    Theil and Sen made 5.6 an hour of the two that came last, and a healthy site failed by it.
    """
    files = [18.0, 19, 20, 20, 20, 20, 20, 20, 20, 20, 21, 22]
    moved = trend([(number * 570.0, value) for number, value in enumerate(files)])

    assert moved is not None
    assert moved.is_drift(practical=0.0, direction=Direction.LESS)
    assert moved.late_slope_per_s == 0.0


def test_what_is_never_given_back_goes_on_though_it_dips_once():
    """A failover empties the pool for a minute: a leak behind it goes on."""
    leak = [20.0 + 5 * hour for hour in range(12)]
    dipped = [*leak[:9], leak[9] - 8, *leak[10:]]

    for values in (leak, dipped):
        moved = trend([(number * HOUR_S, value) for number, value in enumerate(values)])
        assert moved is not None
        assert moved.late_slope_per_s * HOUR_S == pytest.approx(5, rel=0.15)
