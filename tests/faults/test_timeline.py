"""When a fault begins and ends on the run's axis, and how long its lease runs."""

from harness.faults.timeline import LEASE_MARGIN_WALL_S, fault_windows
from harness.model.scenario import PhaseKind
from tests.fakes import fault_plan, phase

PLAN = phase("loss", PhaseKind.FAULT, faults=(fault_plan(at_s=60.0, for_s=120.0),))


def test_a_window_lies_in_its_phase():
    """'at: 1m, for: 2m' counts from the phase's start, not from the run's."""
    (window,) = fault_windows(PLAN, 1000.0, speed=1.0)

    assert (window.start_s, window.end_s) == (1060.0, 1180.0)


def test_a_lease_is_in_wall_seconds_and_outlasts_its_fault():
    """The target's lease knows no centre clock, and must not end the fault before we do."""
    (window,) = fault_windows(PLAN, 1000.0, speed=20.0)

    assert window.lease_wall_s == 120.0 / 20.0 + LEASE_MARGIN_WALL_S


def test_windows_come_in_the_order_of_their_start():
    """Whatever the order in the file."""
    late, early = fault_plan(at_s=300.0), fault_plan(kind="site_hang", at_s=60.0)
    windows = fault_windows(phase(faults=(late, early)), 0.0, speed=1.0)

    assert [window.plan for window in windows] == [early, late]


def test_a_phase_without_faults_has_no_windows():
    """Nothing is broken that was not asked for."""
    assert fault_windows(phase(), 0.0, speed=1.0) == ()
