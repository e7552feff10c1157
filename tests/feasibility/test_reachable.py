"""What the declared staffing cannot keep is refused before anything is started."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.feasibility import remarks, unreachable
from harness.model.scenario import FaultPlan, PhaseKind
from harness.model.sla import Each, Objective
from harness.model.target import Target
from tests.fakes import TICKETS, objective, phase, scenario, sla
from tests.feasibility.plans import target

PEAK = phase("peak", duration_s=1800.0)
LOSS = phase(
    "loss",
    PhaseKind.FAULT,
    duration_s=900.0,
    faults=(FaultPlan("site_down", "north", 120.0, 480.0),),
)
PLAN = scenario(PEAK, LOSS)
EACH_QUEUE = replace(objective(), each=Each.QUEUE)
ABANDONMENT = objective("abandonment", 0.05, 0.07, threshold_s=None)
ASA = objective("asa", 28.0, 30.8, threshold_s=None)


def at_most(share: float) -> Objective:
    """Return an objective for occupancy."""
    return objective("occupancy", share, share + 0.02, threshold_s=None)


def said(centre: Target, *objectives: Objective) -> str:
    """Return every problem of the plan on *centre*, as one text without line breaks."""
    found = "\n".join(map(str, unreachable(PLAN, centre, sla(*objectives))))
    return " ".join(found.split())


@pytest.mark.parametrize("asked", [EACH_QUEUE, objective(), ABANDONMENT, ASA, at_most(0.85)])
def test_enough_heads_are_no_problem(asked: Objective):
    """The rest of these tests prove something only because of this one."""
    assert said(target(), asked) == ""


def test_too_few_heads_are_told_what_they_can_do_and_how_many_would_do():
    """Found, wanted, and the number that a planner asks for next."""
    text = said(target(north=22, south=22), EACH_QUEUE)

    assert "service_level[billing] in peak: found >= 80 % within 20s asked of 44 heads" in text
    assert "68.9 % can be expected (864 calls an hour of 3m, by Erlang A)" in text
    assert "wanted: 48 heads in all" in text
    assert "support" not in text


def test_the_number_that_would_do_does():
    """And with one head fewer the goal is missed, though by less than is refused."""
    assert said(target(north=24, south=24), EACH_QUEUE) == ""


def test_a_loss_is_reckoned_without_the_lost_sites_heads():
    """Enough for the peak, not for the loss of a site."""
    in_a_fault = replace(EACH_QUEUE, gates={PhaseKind.FAULT: EACH_QUEUE.gates[PhaseKind.STEADY]})
    text = said(target(north=26, south=26), in_a_fault)

    assert "service_level[billing] in loss" in text
    assert "north gone for 8m" in text
    assert "heads on average" in text


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (ABANDONMENT, "abandonment in peak: found <= 5 % asked of"),
        (ASA, "asa in peak: found <= 28.0 s asked of"),
        (at_most(0.85), "occupancy in peak: found <= 85 % asked of"),
    ],
)
def test_other_objectives_are_refused_too(asked: Objective, words: str):
    """All that theory has a value for."""
    text = said(target(north=12, south=12, support=8), asked)

    assert words in text
    assert "heads in all" in text


def test_what_falls_short_by_little_is_left_to_the_run():
    """Theory errs by some points; five of them are not enough to refuse a plan."""
    assert said(target(north=23, south=23), EACH_QUEUE) == ""


def test_without_a_handle_time_nothing_is_refused():
    """Nothing is known; the run will tell."""
    assert said(replace(target(north=1, south=1), handle_s={}), EACH_QUEUE) == ""


def test_what_no_staffing_can_keep_is_told_so():
    """More heads for 99 % would not be 20 % busy: no number is named that does not exist."""
    impossible = objective("occupancy", 0.0, 0.0, threshold_s=None)

    assert "no number of heads would do" in said(target(), impossible)


def test_more_tickets_than_all_can_work_are_named():
    """The backlog would grow for the whole run, whatever is replied first."""
    plan = scenario(PEAK, tickets=TICKETS)
    asked = objective("ticket_first_reply", 0.9, 0.88, threshold_s=900.0)
    (problem,) = unreachable(plan, target(tickets=10), sla(asked))

    assert "20 heads for 600 tickets an hour of 3m each in peak" in problem.found
    assert "more than 30" in problem.want


def test_a_contradictory_pair_is_named():
    """80/20 at this volume means 85 % occupancy: nobody can have that and 75 %."""
    text = said(target(north=24, south=24, support=17), objective(), at_most(0.75))

    assert "service_level and occupancy in peak: found two goals that contradict" in text
    assert "80/20 at 1,440 calls an hour means 84.8 % occupancy (81 heads)" in text
    assert "at most 75 % takes 95 heads" in text


def test_a_pair_that_the_declared_staffing_keeps_is_only_noted():
    """Whoever pays for more heads than 80/20 takes may ask for both."""
    asked = sla(objective(), at_most(0.75))
    notes = " ".join(" ".join(str(n) for n in remarks(PLAN, target(), asked, ())).split())

    assert said(target(), objective(), at_most(0.75)) == ""
    assert "80/20 at 1,440 calls an hour means" in notes
    assert "the 168 heads declared keep both" in notes


@given(st.integers(1, 60), st.integers(1, 40))
def test_more_heads_never_make_a_new_problem(billing: int, support: int):
    """Nor does any staffing make the check fall over; each message names heads and a number.

    Speed of answer over all queues is left out: the more of a slow queue's calls are answered, the
    more they weigh in it.
    """
    asked = sla(EACH_QUEUE, replace(ABANDONMENT, each=Each.QUEUE))
    few = target(north=billing, south=billing, support=support)
    many = target(north=billing + 5, south=billing + 5, support=support + 5)
    found, more = (list(unreachable(PLAN, each, asked)) for each in (few, many))

    assert {each.where for each in more} <= {each.where for each in found}
    assert all("heads" in each.found and "heads" in each.want for each in found)


def test_a_queue_that_nobody_calls_needs_no_handle_time():
    """It is in the interfaces, to be probed, and has no traffic of its own."""
    plan = scenario(PEAK)
    assert plan.calls is not None
    quiet = replace(plan, calls=replace(plan.calls, mix={"billing": 1.0, "support": 0.0}))
    centre = replace(target(north=20, south=20), handle_s={"billing": 180.0})
    (problem,) = unreachable(quiet, centre, sla(objective()))

    assert "1,440 calls an hour of 3m" in problem.found


@pytest.mark.parametrize(("heads", "shrinkage"), [(50, 1.0), (40, 0.99)])
def test_a_skill_of_which_nobody_is_at_work_is_refused(heads: int, shrinkage: float):
    """Rounded away like this, theory has no value, and no value must not look like a good one."""
    centre = replace(target(north=heads, south=heads, support=400), shrinkage=shrinkage)
    text = said(centre, EACH_QUEUE)

    assert f"mock: staffing: billing: found {2 * heads} heads paid" in text
    assert ("staffing: support" in text) == (shrinkage == 1.0)


def test_heads_that_are_not_declared_are_not_missed():
    """Whom nobody declared may still be there: a provider's own people."""
    assert said(replace(target(), staffing={}, shrinkage=1.0), EACH_QUEUE) == ""
