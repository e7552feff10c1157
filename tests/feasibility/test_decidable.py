"""What can never be decided is named before anything is started."""

from dataclasses import replace

import pytest

from harness.feasibility import undecidable
from harness.model.runbook import Runbook
from harness.model.scenario import FaultPlan, Load, PhaseKind, Scenario, TicketTraffic
from harness.model.sla import Bound, Each, Objective
from tests.fakes import objective, phase, scenario, sla

LINES = phase("lines", PhaseKind.LINES, load=Load(0.0, 0.0), duration_s=0.0)
TICKETS = TicketTraffic(600.0, {"P3": 1.0})
DOWN = FaultPlan("site_down", "north", 60.0, 60.0)
LONG = phase("peak", duration_s=1800.0)
FIRST_REPLY = objective("ticket_first_reply", 0.9, 0.88, threshold_s=900.0)
LOST = objective("lost_tickets", 0.0, 0.0)


def said(plan: Scenario, *asked: Objective) -> str:
    """Return every problem of *plan* against *asked*, as one text."""
    return "\n".join(map(str, undecidable(plan, sla(*asked))))


def test_a_sound_plan_has_no_problem():
    """The rest of these tests prove something only because of this one."""
    assert said(scenario(LINES, LONG, tickets=TICKETS), objective(), FIRST_REPLY, LOST) == ""


def test_a_plan_that_calls_no_line_is_named():
    """A GO without a single line tried would be the surprise on the night."""
    assert "no phase that calls the lines" in said(scenario(LONG), objective())


def test_a_contract_of_which_no_phase_is_asked_is_named():
    """That of a soak for an hour's rehearsal: whatever happens, nothing would be decided."""
    soak = replace(objective(), gates={PhaseKind.SOAK: Bound(0.8, 0.78)})
    plan = scenario(LINES, LONG, tickets=TICKETS)

    assert "gates for soak alone, and a scenario of lines," in said(plan, soak, LOST)
    assert said(plan, soak, objective()) == "", "the one may be skipped where the other is asked"
    assert said(plan, LOST) == "", "the whole run is asked"


def test_a_clock_that_outlasts_the_run_is_named():
    """Not left to be inconclusive after an hour."""
    short = scenario(LINES, phase("peak", duration_s=600.0), tickets=TICKETS)

    assert "a clock of 15m" in said(short, FIRST_REPLY)


def test_objectives_of_tickets_need_tickets():
    """Who writes none cannot lose any."""
    assert "without tickets" in said(scenario(LINES, LONG), LOST)


def test_each_queue_needs_calls():
    """An empty queue has no service level, for ever."""
    plan = scenario(LINES, LONG)
    assert plan.calls is not None
    lonely = replace(plan, calls=replace(plan.calls, mix={"billing": 1.0}))
    two = replace(lonely, lines={**plan.lines, "quiet": ("+441632960999",)})

    assert "no calls to quiet" in said(two, replace(objective(), each=Each.QUEUE))
    of_billing = replace(objective(), each=Each.QUEUE, only=("billing",))
    assert "no calls to quiet" not in said(two, of_billing)  # of which nothing is asked


@pytest.mark.parametrize(("duration_s", "enough"), [(120.0, False), (1800.0, True)])
def test_a_recovery_needs_calls_after_its_fault(duration_s: float, enough: bool):
    """Sixty attempts have to follow, or nobody can say when service was back."""
    loss = phase("loss", PhaseKind.FAULT, duration_s=duration_s, faults=(DOWN,))
    asked = objective("recovery", 180.0, 198.0, kinds=(PhaseKind.FAULT,), restored_share=0.6)

    assert ("nobody can say when" not in said(scenario(LINES, loss), asked)) is enough


def test_calls_after_the_next_fault_do_not_count_for_the_one_before():
    """What customers feel from then on is put down to the next."""
    soon = FaultPlan("site_down", "north", 660.0, 60.0)
    faults = (FaultPlan("site_down", "north", 600.0, 30.0), soon)
    loss = phase("loss", PhaseKind.FAULT, duration_s=1800.0, faults=faults)
    asked = objective("recovery", 180.0, 198.0, kinds=(PhaseKind.FAULT,), restored_share=0.6)
    text = said(scenario(LINES, loss), asked)

    assert text.count("nobody can say when") == 1


def test_a_runbook_that_foresees_nothing_is_named_where_surprises_are_asked_for():
    """Silence must not pass for foresight."""
    loss = phase("loss", PhaseKind.FAULT, duration_s=1800.0, faults=(DOWN,))
    asked = objective("surprises", 0.0, 0.0, kinds=(PhaseKind.FAULT,))
    mute = scenario(LINES, loss, runbooks=(Runbook("book.md"),))
    told = scenario(LINES, loss, runbooks=(Runbook("book.md", expects=frozenset()),))

    assert "does not say what it expects" in said(mute, asked)
    assert "does not say what it expects" not in said(told, asked)
    assert "does not say what it expects" not in said(mute, objective())


def test_a_fault_longer_than_any_lease_is_named():
    """The target would refuse it in the middle of the run."""
    longest = FaultPlan("site_down", "north", 60.0, 3600.0)
    loss = phase("loss", PhaseKind.FAULT, duration_s=7200.0, faults=(longest,))
    plan = replace(scenario(LINES, loss), speed=1.0)

    assert "a fault of 1h10s" in said(plan, objective(kinds=(PhaseKind.FAULT,)))


@pytest.mark.parametrize(("per_hour", "enough"), [(150.0, False), (400.0, True)])
def test_a_recovery_in_a_soak_needs_its_calls_while_the_fault_is_felt(
    per_hour: float, enough: bool
):
    """The hours of the night that follow say nothing of it, however many call in them."""
    soak = phase("soak", PhaseKind.SOAK, duration_s=43_200.0, faults=(DOWN,))
    plan = scenario(LINES, soak)
    assert plan.calls is not None
    plan = replace(plan, calls=replace(plan.calls, per_hour=per_hour))
    asked = objective("recovery", 180.0, 198.0, kinds=(PhaseKind.FAULT,), restored_share=0.6)

    assert ("nobody can say when" not in said(plan, asked)) is enough


def test_what_is_asked_of_faults_is_asked_of_those_in_a_soak():
    """A contract of recovery alone is no contract for nothing, where a soak breaks something."""
    recovery = objective("recovery", 180.0, 198.0, kinds=(PhaseKind.FAULT,), restored_share=0.6)
    quiet = phase("soak", PhaseKind.SOAK, duration_s=43_200.0)
    broken = replace(quiet, faults=(DOWN,))

    assert "gates for fault alone" in said(scenario(LINES, quiet), recovery)
    assert said(scenario(LINES, broken), recovery) == ""


@pytest.mark.parametrize(
    ("delay_s", "for_s", "speed", "named"),
    [
        (5.0, 60.0, 1.0, False),
        (5.0, 60.0, 20.0, True),
        (5.0, 300.0, 20.0, True),
        (5.0, 500.0, 20.0, False),
        (2.0, 60.0, 20.0, False),
    ],
)
def test_a_fault_that_is_over_before_it_can_be_proven_is_named(
    delay_s: float, for_s: float, speed: float, *, named: bool
):
    """Three answers that are five seconds late take fifteen; the run would be INCONCLUSIVE."""
    late = FaultPlan("api_latency", "", 60.0, for_s, None, {"delay": delay_s, "share": 1.0})
    slow = phase("slow", PhaseKind.FAULT, duration_s=1800.0, faults=(late,))

    told = said(scenario(LINES, slow, speed=speed), objective())
    assert ("be proven after 15s of wall time" in told) is named
    assert ("for: 8m20s or longer" in told) is named
