"""What a generator process measures of itself is right, and costs no memory in a soak."""

from random import Random

import pytest

from harness.kpi.statistics import percentile
from scenarios.vitals import Busyness, ClockSkew, Lateness, Vitals


@pytest.mark.parametrize("p", [0.5, 0.99, 1.0])
def test_percentiles_are_right_to_an_eighth_and_never_flatter(p: float):
    """Held against the sorted values themselves."""
    draw = Random(7)
    lates = [draw.lognormvariate(-6, 1.5) for _ in range(5000)]
    lateness = Lateness()
    for late in lates:
        lateness.add(late)
    exact = percentile(sorted(lates), p)

    assert max(exact, 1e-4) <= lateness.percentile(p) * (1 + 1e-9)
    assert lateness.percentile(p) <= max(exact, 1e-4) * 1.125


def test_nothing_measured_is_no_lateness():
    """None, not zero."""
    assert Lateness().percentile(0.99) is None
    assert Vitals("worker 1", "hill").told().loop_lag_p99_s is None


def test_a_timer_that_fires_early_was_on_time():
    """Clocks have a grain."""
    lateness = Lateness()
    lateness.add(-0.001)

    assert (lateness.percentile(0.99), lateness.longest_s) == (0.0, 0.0)


def test_the_busiest_ten_seconds_count_not_the_mean():
    """A process that is idle for an hour and swamped at the peak was swamped."""
    busy = Busyness()
    used = 0.0
    for tick in range(1200):  # a minute, twenty looks a second
        now = tick / 20
        used += (0.95 if 20 <= now < 32 else 0.1) / 20
        busy.add(now, used)

    assert busy.highest == pytest.approx(0.95, abs=0.01)


def test_a_short_run_has_its_mean_and_a_shorter_one_nothing():
    """Two seconds are the least that says anything."""
    busy = Busyness()
    busy.add(0.0, 5.0)
    busy.add(1.0, 5.5)
    assert busy.highest is None

    busy.add(4.0, 6.0)
    assert busy.highest == pytest.approx(0.25)


def test_skew_is_bracketed_by_question_and_answer():
    """Whatever the network does, the truth lies within what is told."""
    draw, truth = Random(3), 0.25
    skew = ClockSkew()
    for second in range(200):
        there, back = draw.expovariate(200), draw.expovariate(50)
        skew.add(sent=second, theirs=second + there - truth, heard=second + there + back)
    ahead, error = skew.ahead_and_error

    assert abs(ahead - truth) <= error
    assert error < 0.01


def test_a_clock_that_drifts_away_in_a_soak_is_seen():
    """The best answer of the whole run would be one from its beginning."""
    skew = ClockSkew()
    for second in range(3600):
        drift = second * 1e-4
        skew.add(sent=second + drift, theirs=second + 0.001, heard=second + drift + 0.002)
    ahead, _ = skew.ahead_and_error

    assert ahead == pytest.approx(0.36, abs=0.01)


def test_before_any_answer_nothing_is_known_of_the_clock():
    """A single process asks nobody."""
    assert ClockSkew().ahead_and_error is None
