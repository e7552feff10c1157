"""The clock of a site that is set is named: which, when, by how much; and a healthy one never."""

import math
from collections.abc import Iterator, Mapping
from random import Random

import pytest

from harness.kpi.stamps import StampWatch
from harness.model.contact import Call
from harness.model.event import ClockStep
from tests.fakes import answered

SPEED = 20.0
HOUR_S = 3600.0


def soak(
    seed: int,
    *,
    hours: float = 12.0,
    per_hour: float = 600.0,
    speed: float = SPEED,
    drift_ppm: float = 0.0,
    stalls: bool = True,
    steps: Mapping[float, float] | None = None,
    late: tuple[float, float, float] | None = None,
) -> Iterator[list[Call]]:
    """Yield the calls of a soak as they become known, at two sites, a batch for each quarter second.

    *steps* sets the clock of north at centre seconds by wall seconds. News takes a few milliseconds
    and has a long tail; now and then, if *stalls*, the generator stands still for a moment. *late*
    is a stretch of centre seconds in which news of north takes so many wall seconds more.
    """
    rng = Random(f"stamps:{seed}")
    told: list[tuple[float, Call]] = []
    at_s, number = 0.0, 0
    offset = rng.uniform(-0.05, 0.05)
    stand_still = [rng.uniform(0, hours * HOUR_S) for _ in range(int(hours * 3))] if stalls else []

    def heard(site: str, true_s: float) -> tuple[float, float]:
        """Return when something that truly was at *true_s* is heard of, and its stamp."""
        wall = rng.lognormvariate(math.log(0.003), 1.0)
        if late is not None and site == "north" and late[0] <= true_s < late[1]:
            wall += late[2]
        at = true_s + wall * speed
        for stall in stand_still:
            if stall <= at < stall + 2.0 * speed:
                at = stall + 2.0 * speed
        off = offset + drift_ppm * 1e-6 * true_s / speed
        if site == "north":
            off += sum(by for when, by in (steps or {}).items() if true_s >= when)
        return at, true_s + off * speed

    while (at_s := at_s + rng.expovariate(per_hour / HOUR_S)) < hours * HOUR_S:
        site = rng.choice(("north", "south"))
        number += 1
        queued_s, site_queued_s = heard(site, at_s)
        answered_s, site_answered_s = heard(site, at_s + rng.expovariate(1 / 15))
        queued = answered(
            f"soak/calls/{number}", due_s=at_s, site=site, queued_s=queued_s,
            site_queued_s=site_queued_s, answered_s=None, ended_s=None, outcome=None,
        )  # fmt: skip
        talking = answered(
            f"soak/calls/{number}", due_s=at_s, site=site, queued_s=queued_s,
            site_queued_s=site_queued_s, answered_s=answered_s, site_answered_s=site_answered_s,
            ended_s=None,
        )  # fmt: skip
        told += [(queued_s, queued), (answered_s, talking), (answered_s + 300.0, talking)]
    told.sort(key=lambda each: each[0])
    batch: list[Call] = []
    until_s = 0.0
    for when, call in told:
        if when >= until_s:
            yield batch
            batch, until_s = [], when + 0.25 * speed
        batch.append(call)
    yield batch


def found(
    batches: Iterator[list[Call]], *, speed: float = SPEED, **more: object
) -> list[ClockStep]:
    """Return the steps that are told of *batches*."""
    watch = StampWatch(speed=speed)
    return [step for batch in batches for step in watch.add(batch, **more)]  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(50))
def test_a_healthy_soak_raises_no_alarm(seed: int):
    """Fifty of them, with late news, a generator that stands still, and clocks that drift apart."""
    rng = Random(seed)
    speed = rng.choice([1.0, 20.0, 60.0])
    batches = soak(
        seed,
        hours=rng.choice([2.0, 4.0, 8.0]),
        per_hour=rng.choice([60.0, 240.0, 600.0]),
        speed=speed,
        drift_ppm=rng.uniform(-50, 50),
    )

    assert found(batches, speed=speed) == []


@pytest.mark.parametrize("by", [30.0, -30.0, 1.0, -1.0])
@pytest.mark.parametrize("speed", [1.0, 20.0, 60.0])
def test_a_clock_that_is_set_is_named_with_when_and_how_much(by: float, speed: float):
    """On by NTP after a night without it, or back by a person who means well."""
    (step,) = found(soak(1, speed=speed, steps={5 * HOUR_S: by}), speed=speed)

    assert step.site == "north"
    assert step.by_wall_s == pytest.approx(by, abs=0.1)
    assert step.after_s - 0.05 * speed <= 5 * HOUR_S <= step.at_s
    assert step.at_s - step.after_s < 120.0 + 5 * speed


def test_a_clock_that_is_set_and_set_back_is_two_steps():
    """Each of them spoils the waits across it."""
    steps = found(soak(2, steps={3 * HOUR_S: 10.0, 6 * HOUR_S: -10.0}))

    assert [round(step.by_wall_s) for step in steps] == [10, -10]


def test_news_that_is_late_for_a_moment_is_no_step():
    """A network that hiccups for a quarter of a minute: the least of a stretch does not move."""
    late = (4 * HOUR_S, 4 * HOUR_S + 15 * SPEED, 5.0)

    assert found(soak(3, late=late)) == []


def test_what_is_heard_while_something_is_broken_is_left_out():
    """The way to a site is slow on purpose: that is no clock of anybody's."""
    late = (4 * HOUR_S, 5 * HOUR_S, 5.0)
    window = (4 * HOUR_S - 1.0, 5 * HOUR_S + 30 * SPEED)

    assert found(soak(4, late=late), broken=[window]) == []
    assert len(found(soak(4, late=late))) == 2


def test_a_site_that_comes_back_with_another_clock_is_found():
    """It was started again by the fault, and nobody has told it the time."""
    steps = {4.2 * HOUR_S: -45.0}
    window = (4 * HOUR_S, 4.5 * HOUR_S)
    (step,) = found(soak(5, steps=steps), broken=[window])

    assert step.by_wall_s == pytest.approx(-45.0, abs=0.1)
    assert step.after_s <= 4.2 * HOUR_S <= step.at_s


def test_a_soak_of_a_month_takes_no_more_memory_than_one_of_a_day():
    """Two stretches of each site, and of a busy one a sample of each."""
    watch = StampWatch(speed=60.0)
    for batch in soak(6, hours=8.0, per_hour=3000.0, speed=60.0, stalls=False):
        watch.add(batch)
        for site in watch._sites.values():
            kept = (site.last, site.now, *site.moved)
            assert sum(len(each.heard) for each in kept if each is not None) <= 4 * 400
