"""A clock that is set, and a machine that sleeps, are noticed; nothing of a run moves with them."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.children import child_environment
from harness.clock import LEAST_STEP_S, ClockWatch, Jump, wall_now

ROOT = Path(__file__).parents[1]


class Machine:
    """A machine whose clocks the test moves; reading them takes ``glance_s``."""

    def __init__(self) -> None:
        self.passed_s = 100.0
        self.set_s = 0.0
        self.slept_s = 0.0
        self.glance_s = 0.0
        self.tells_sleep = True

    def passed(self) -> float:
        self.passed_s += self.glance_s
        return self.passed_s

    def system(self) -> float:
        return 1.8e9 + self.passed_s + self.slept_s + self.set_s

    def awake_and_asleep(self) -> float | None:
        return self.passed_s + self.slept_s if self.tells_sleep else None

    def watch(self) -> ClockWatch:
        return ClockWatch(
            system=self.system, passed=self.passed, awake_and_asleep=self.awake_and_asleep
        )


@pytest.mark.parametrize("by", [3600.0, -3600.0, 0.75, -0.75])
def test_a_clock_that_is_set_is_told_once_with_its_size(by: float):
    """Whoever compares the run's times with another log needs to know by how much they are off."""
    machine = Machine()
    watch = machine.watch()
    machine.passed_s += 60.0
    before = watch.jump()
    machine.set_s = by
    machine.passed_s += 0.25
    told = watch.jump()
    machine.passed_s += 3600.0

    assert before is None
    assert told is not None
    assert told.set_s == pytest.approx(by)
    assert told.slept_s == 0.0
    assert watch.jump() is None


def test_a_machine_that_slept_is_not_one_whose_clock_was_set():
    """Its clock is right afterwards; what is wrong is that we missed an hour of the target's day."""
    machine = Machine()
    watch = machine.watch()
    machine.slept_s = 3600.0

    assert watch.jump() == Jump(0.0, pytest.approx(3600.0))


def test_where_nobody_tells_of_sleep_it_counts_as_a_step():
    """Better told by the wrong name than not at all."""
    machine = Machine()
    machine.tells_sleep = False
    watch = machine.watch()
    machine.slept_s = 3600.0

    assert watch.jump() == Jump(pytest.approx(3600.0), 0.0)


def test_two_things_at_once_are_told_apart():
    """A laptop that wakes up asks a time server at once."""
    machine = Machine()
    watch = machine.watch()
    machine.slept_s, machine.set_s = 600.0, -2.0

    assert watch.jump() == Jump(pytest.approx(-2.0), pytest.approx(600.0))


@given(st.lists(st.floats(-0.4, 0.4), max_size=30))
def test_what_a_clock_wavers_is_no_step(offsets: list[float]):
    """A busy machine reads one clock after the other with a pause in between."""
    machine = Machine()
    watch = machine.watch()
    for offset in offsets:
        machine.passed_s += 1.0
        machine.set_s = offset / 2

        assert watch.jump() is None


def test_clocks_that_could_not_be_read_at_one_moment_say_nothing():
    """The process stood still in between: what looks like a step is a pause."""
    machine = Machine()
    watch = machine.watch()
    machine.glance_s = LEAST_STEP_S
    during = watch.jump()
    machine.glance_s = 0.0

    assert during is None
    assert watch.jump() is None


def test_this_machine_right_now_is_well():
    """The real clocks, read as a run reads them."""
    watch = ClockWatch()

    assert watch.jump() is None


def test_a_child_goes_by_the_clock_of_its_parent_however_the_machines_was_set():
    """A guardian that is started after a step would end every lease at once, or hours too late."""
    code = "from harness.clock import wall_now; import time; print(wall_now() - time.time())"
    ours = child_environment()
    name = next(each for each in ours if each.endswith("CLOCK_ANCHOR_S"))
    as_if_set = {**ours, name: repr(float(ours[name]) + 3600.0)}
    apart = [
        float(
            subprocess.run(
                [sys.executable, "-c", code],
                env=environment, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60,
            ).stdout
        )
        for environment in (ours, as_if_set)
    ]  # fmt: skip

    assert apart[1] - apart[0] == pytest.approx(3600.0, abs=1.0)


def test_the_time_of_a_run_never_runs_backwards():
    """Waits are differences of it."""
    times = [wall_now() for _ in range(1000)]

    assert times == sorted(times)
