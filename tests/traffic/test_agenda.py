"""When follow-ups are started, and as part of which phase."""

from dataclasses import replace

import pytest

from harness.model.contact import Why
from harness.model.scenario import Load, Phase, PhaseKind
from harness.traffic.agenda import Agenda
from harness.traffic.follow_up import FollowUp
from harness.traffic.schedule import PlannedCall

PEAK = Phase("peak", PhaseKind.STEADY, Load(1.0, 1.0), 600.0)
LOSS = Phase("loss", PhaseKind.FAULT, Load(1.0, 1.0), 300.0)
REDIAL = PlannedCall(
    id="peak/calls/7/redial-1",
    number=7,
    phase="peak",
    held=False,
    due_s=0.0,
    queue="billing",
    line="+441632960101",
    person=7,
    patience_s=60.0,
    reason="a complaint",
    parent="peak/calls/7",
    why=Why.DROPPED,
)


def agenda(*due_s: float) -> Agenda:
    """Return one with redials due at those times; peak begins at 100 s, loss at 800 s."""
    made = Agenda()
    made.begin(PEAK, 100.0)
    for number, each in enumerate(due_s):
        made.add(FollowUp(replace(REDIAL, id=f"peak/calls/{number}/redial-1"), each))
    made.begin(LOSS, 800.0)
    return made


def test_each_is_given_out_once_and_in_order_of_time():
    """An arrival that comes twice would be load that nobody planned."""
    made = agenda(300.0, 200.0, 900.0)

    assert [due_s for _, due_s in made.due(400.0)] == [200.0, 300.0]
    assert list(made.due(400.0)) == []
    assert (len(made), made.next_s) == (1, 900.0)


@pytest.mark.parametrize(
    ("due_s", "phase", "held", "into_s"),
    [
        (150.0, "peak", False, 50.0),
        (699.9, "peak", False, 599.9),
        (700.0, "peak", True, 600.0),
        (799.9, "peak", True, 699.9),
        (800.0, "loss", False, 0.0),
    ],
)
def test_it_belongs_to_the_phase_that_is_on_when_it_is_due(
    due_s: float, phase: str, held: bool, into_s: float
):
    """Not to its parent's: what a redial meets is what the centre does then."""
    ((plan, _),) = agenda(due_s).due(1000.0)

    assert (plan.phase, plan.held) == (phase, held)
    assert plan.due_s == pytest.approx(into_s)


def test_what_is_due_after_the_load_has_ended_stays_and_is_counted():
    """Not lost silently: the record says how many redials the run's end left undone."""
    made = agenda(300.0, 500.0)
    made.stop(400.0)

    assert len(list(made.due(9999.0))) == 1
    assert (len(made), made.next_s) == (1, float("inf"))


def test_nobody_calls_again_while_queues_are_to_run_empty():
    """One load's redials are not to be the next one's: neither those planned nor those to come."""
    made = agenda(900.0)
    made.begin(Phase("drain", PhaseKind.RAMP, duration_s=600.0, drains=True), 850.0)
    made.add(FollowUp(REDIAL, 1000.0))
    made.begin(PEAK, 1500.0)
    made.add(FollowUp(REDIAL, 1600.0))

    assert [due_s for _, due_s in made.due(2000.0)] == [1600.0]
