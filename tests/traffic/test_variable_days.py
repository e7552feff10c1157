"""Busy days: more spread than chance, the average as asked for, the same for the same seed."""

import math
from itertools import pairwise

import pytest
from scipy import stats

from harness.model.arrivals import DAY_S, Days
from harness.model.contact import Stream
from harness.traffic.days import factor, factors_of_day
from harness.traffic.schedule import expected_contacts
from tests.fakes import phase
from tests.traffic.days_of_arrivals import NINE_S, calls, day_long, due_in, per_interval

USUAL = Days()
ONLY_DAYS = Days(day=0.15, interval=0.0)
ONLY_HALF_HOURS = Days(day=0.0, interval=0.2, correlation=0.5)


def days(kind: Days, count: int, name: str = "any") -> list[tuple[float, ...]]:
    return [factors_of_day(kind, name, day) for day in range(count)]


def test_days_differ_by_a_gamma_factor_of_mean_one():
    """Kolmogorov and Smirnov: each day's factor is Gamma with the variation that was asked for."""
    drawn = [day[0] for day in days(ONLY_DAYS, 2000)]

    assert stats.kstest(drawn, stats.gamma(1 / 0.15**2, scale=0.15**2).cdf).pvalue > 0.01
    assert all(len(set(day)) == 1 for day in days(ONLY_DAYS, 5))


def test_half_hours_are_gamma_however_they_hang_together():
    """The process keeps its distribution: the last half hour of a day spreads like the first."""
    drawn = days(ONLY_HALF_HOURS, 2000)
    whose = stats.gamma(1 / 0.2**2, scale=0.2**2).cdf

    assert stats.kstest([day[0] for day in drawn], whose).pvalue > 0.01
    assert stats.kstest([day[47] for day in drawn], whose).pvalue > 0.01


def test_a_half_hour_resembles_the_one_before():
    """Correlation .5 with the next, .25 with the one after that, as a process of order one has."""
    drawn = days(ONLY_HALF_HOURS, 400)
    next_to = [pair for day in drawn for pair in pairwise(day)]
    two_apart = [pair for day in drawn for pair in zip(day, day[2:], strict=False)]

    assert stats.pearsonr(*zip(*next_to, strict=True)).statistic == pytest.approx(0.5, abs=0.03)
    assert stats.pearsonr(*zip(*two_apart, strict=True)).statistic == pytest.approx(0.25, abs=0.04)


@pytest.mark.parametrize("correlation", [0.0, 0.95])
def test_any_correlation_keeps_mean_and_spread(correlation: float):
    """At the ends of the range the process must not degenerate."""
    drawn = [day[47] for day in days(Days(0.0, 0.3, correlation), 3000)]
    mean = sum(drawn) / len(drawn)

    assert mean == pytest.approx(1.0, abs=0.02)
    assert math.sqrt(sum((x - mean) ** 2 for x in drawn) / len(drawn)) == pytest.approx(
        0.3, abs=0.02
    )


def test_no_variation_is_a_factor_of_one():
    """Zero is a value that can be written, and means what it says."""
    assert set(factors_of_day(Days(0.0, 0.0, 0.5), "any", 3)) == {1.0}
    assert factor(None, "any", 1e6) == 1.0


def test_counts_of_varying_days_spread_as_those_of_a_real_centre():
    """Half-hour counts of mean 40: chance alone gives 1, the measured days about 1 + 40 · .25²."""
    length_s = 20 * DAY_S
    month = day_long(USUAL, length_s=length_s)
    found = per_interval(due_in(calls(month, per_hour=80.0), month), 20 * 48)
    mean = sum(found) / len(found)
    dispersion = sum((n - mean) ** 2 for n in found) / len(found) / mean

    assert dispersion == pytest.approx(1 + 40 * (0.15**2 + 0.2**2), rel=0.25)


def test_phases_of_one_day_share_its_factor():
    """A busy morning is the morning of a busy day: no new dice at the border of a phase."""
    morning = phase("morning", duration_s=3600.0, days=ONLY_DAYS)
    noon = phase("noon", duration_s=3600.0, days=ONLY_DAYS)
    plan = calls(morning, noon)
    first, second = (expected_contacts(plan, each, Stream.CALLS) for each in (morning, noon))

    assert first == pytest.approx(second)
    assert first != pytest.approx(600.0)


def test_a_phase_of_exact_days_has_exactly_the_rate():
    """Busy days are on only where they were asked for, though the phase before had them."""
    wild, exact = phase("wild", days=USUAL), phase("exact")
    plan = calls(wild, exact)

    assert expected_contacts(plan, exact, Stream.CALLS) == pytest.approx(100.0)
    assert expected_contacts(plan, wild, Stream.CALLS) != pytest.approx(100.0)


def test_another_seed_is_another_day_and_the_average_of_many_is_the_scenarios():
    """One run is one day; many seeds are a month of them."""
    one = phase(duration_s=3600.0, days=USUAL)
    expected = [
        expected_contacts(calls(one, seed=str(seed)), one, Stream.CALLS) for seed in range(300)
    ]

    assert len(set(expected)) == 300
    assert sum(expected) / 300 == pytest.approx(600.0, rel=0.05)


def test_the_day_of_a_fault_is_the_day_without_it():
    """Half hours are drawn by the day of the week's clock, not by what was asked before."""
    later = factor(USUAL, "2026:calls", DAY_S + NINE_S)
    factors_of_day.cache_clear()
    factor(USUAL, "2026:calls", NINE_S)

    assert factor(USUAL, "2026:calls", DAY_S + NINE_S) == later
