"""A generator that was not fit to judge by is told, in the measure of what is judged."""

import pytest

from harness.model.event import GeneratorHealth
from harness.model.health import GeneratorLimits, ProcessHealth
from harness.verdict.self_check import doubts_of_the_generator, limits, together
from tests.fakes import objective, sla

SLA = sla()


def told(health: GeneratorHealth, asked: GeneratorLimits | None = None, speed: float = 1.0) -> str:
    """Return all doubts in one string; empty if there are none."""
    limit = limits(asked or GeneratorLimits(), SLA)
    return "; ".join(each.what for each in doubts_of_the_generator(health, limit, speed=speed))


def one(**measured: float | bool) -> GeneratorHealth:
    """Return the health of a generator whose worker on ``hill`` measured so much."""
    return GeneratorHealth(started=100, processes=(ProcessHealth("worker 2", "hill", **measured),))


@pytest.mark.parametrize(
    ("thresholds", "expected", "because"),
    [
        ((20.0,), 2.0, "80/20: a tenth of 20 s"),
        ((20.0, 10.0), 1.0, "the shortest of them is the one that a lag hurts first"),
        ((), 2.0, "without a service level, that of the threshold in common use"),
    ],
)
def test_the_default_limit_is_a_tenth_of_the_shortest_wait_that_is_judged(
    thresholds: tuple[float, ...], expected: float, because: str
):
    """A fixed 2 s would be half of what a contract of 80/4 asks for."""
    judged = sla(*(objective("service_level", threshold_s=each) for each in thresholds))
    found = limits(GeneratorLimits(), judged)

    assert (found.lag_p99_s, found.loop_lag_s, found.skew_s) == (expected,) * 3, because


def test_what_the_scenario_says_stands():
    """Whoever has to judge closer than a tenth can ask for it."""
    found = limits(GeneratorLimits(lag_p99_s=0.05, skew_s=0.01, dropped=0.001, cpu=0.5), SLA)

    assert (found.lag_p99_s, found.loop_lag_s, found.skew_s) == (0.05, 2.0, 0.01)
    assert (found.dropped, found.cpu) == (0.001, 0.5)


@pytest.mark.parametrize(
    ("speed", "doubted"), [(1.0, False), (20.0, False), (21.0, True), (60.0, True)]
)
def test_standing_still_matters_by_what_it_is_in_centre_time(speed: float, doubted: bool):
    """A tenth of a second of the clock is nothing at speed 1, and 2 s of a caller's wait at 20."""
    what = told(one(loop_lag_p99_s=0.1), speed=speed)

    assert ("worker 2 on hill stood still" in what) is doubted


@pytest.mark.parametrize(
    ("measured", "expected"),
    [
        ({"cpu": 0.9}, ""),
        ({"cpu": 0.97}, "worker 2 on hill used 97 % of a core for ten seconds (limit 90 %)"),
        ({"skew_s": -1.9, "skew_error_s": 0.05}, ""),
        ({"skew_s": -1.9, "skew_error_s": 0.2}, "the clock of worker 2 on hill was not shown"),
        ({"skew_s": 30.0, "skew_error_s": 0.001}, "it may be 30.0 s apart"),
        ({"skew_s": None, "skew_error_s": None}, ""),
        ({"loop_lag_max_s": 9.0, "loop_lag_p99_s": 0.01}, ""),
    ],
)
def test_each_limit_has_its_sentence(measured: dict[str, float], expected: str):
    """INCONCLUSIVE without a reason in words is no answer."""
    what = told(one(**measured))

    assert (expected in what) if expected else (what == "")


@pytest.mark.parametrize(
    ("dropped", "allowed", "doubted"), [(1, 0.0, True), (1, 0.02, False), (5, 0.02, True)]
)
def test_dropped_contacts_are_a_share_of_all(dropped: int, allowed: float, doubted: bool):
    """By default none may be missing: a load of 100 % means exactly that."""
    health = GeneratorHealth(started=99, dropped=dropped)

    assert ("could not start" in told(health, GeneratorLimits(dropped=allowed))) is doubted


def test_a_lost_worker_is_named_with_its_machine():
    """Whoever has to find out why must know where to look."""
    lost = ProcessHealth("worker 1", "hill", lost=True)
    health = GeneratorHealth(workers_planned=3, workers_lost=1, processes=(lost,))

    assert told(health) == "1 of 3 workers were lost (worker 1 on hill)"


def test_a_bad_first_part_doubts_the_whole_of_a_resumed_run():
    """Its contacts are judged with the others, and the processes that placed them are gone."""
    bad = one(loop_lag_p99_s=3.0, cpu=1.0, skew_s=6.0, skew_error_s=0.0, memory_bytes=9)
    good = one(loop_lag_p99_s=0.01, cpu=0.2, skew_s=-0.5, skew_error_s=0.1, memory_bytes=3)
    whole = together([bad, good])

    assert told(whole) == told(bad)
    assert all(what in told(whole) for what in ("stood still", "of a core", "the clock of"))
    assert whole.processes[0].memory_bytes == 3, "what it holds now"


def test_a_worker_that_the_first_part_lost_is_named_by_the_whole():
    """Whoever took its name after it, on another machine, lost nobody."""
    lost = ProcessHealth("worker 1", "hill", lost=True)
    first = GeneratorHealth(workers_planned=2, workers_lost=1, processes=(lost,))
    second = GeneratorHealth(
        workers_planned=2,
        processes=(ProcessHealth("worker 1", "dale"), ProcessHealth("worker 2", "dale")),
    )
    whole = together([first, second])

    assert told(whole) == "1 of 2 workers were lost (worker 1 on hill)"
    assert len(whole.processes) == 3
