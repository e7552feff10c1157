"""What to expect is shown before a run, in a table that fits a terminal; remarks refuse nothing."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import preflight
from harness.errors import UsageError
from harness.feasibility import outlook, prospects, remarks
from harness.kpi.statistics import wilson
from harness.model.callers import Delay
from harness.model.scenario import FaultPlan, Load, PhaseKind, Scenario
from harness.model.sla import Bound, Each, Objective
from harness.model.target import Target
from harness.model.writers import Habit
from tests.fakes import TICKETS, objective, phase, scenario, sla
from tests.feasibility.plans import target

ROOT = Path(__file__).resolve().parents[2]
PEAK = phase("peak", duration_s=3600.0)
LOSS = phase(
    "loss",
    PhaseKind.FAULT,
    duration_s=900.0,
    faults=(FaultPlan("site_down", "north", 120.0, 480.0),),
)


def noted(plan: Scenario, centre: Target, *asked: Objective) -> str:
    """Return every remark on *plan* as one text without line breaks."""
    contract = sla(*asked)
    found = remarks(plan, centre, contract, prospects(plan, centre, contract))
    return " ".join(" ".join(map(str, found)).split())


def test_the_table_tells_each_phase_and_queue_and_the_loss_within():
    """Six rows for two queues and two phases, of which one has a loss."""
    table = "\n".join(outlook(scenario(PEAK, LOSS), target(north=24, south=24), sla()))

    assert "in 20s" in table
    assert "peak              billing           864     48   82.2 %" in table
    assert table.count("north lost") == 2


@given(st.text(st.characters(codec="ascii", categories=["Ll"]), min_size=1, max_size=40))
def test_the_table_fits_a_terminal(name: str):
    """Whatever names people give their phases."""
    plan = scenario(replace(PEAK, name=name), replace(LOSS, name=name + "x"), tickets=TICKETS)

    assert all(len(line) <= 80 for line in outlook(plan, target(), sla()))


def test_without_handle_times_there_is_no_table_and_one_note():
    """Said once, not for each objective."""
    centre = replace(target(), handle_s={})
    text = noted(scenario(PEAK), centre, objective(), objective("abandonment", 0.05, 0.07))

    assert outlook(scenario(PEAK), centre, sla()) == ()
    assert text.count("no handle_time for billing and support") == 1


def test_too_few_contacts_are_named_with_how_many_more():
    """And how much longer the phase would have to be."""
    short = replace(PEAK, duration_s=300.0)
    tight = target(north=24, south=24, support=16)
    text = noted(scenario(short), tight, replace(objective(), each=Each.QUEUE))

    assert "service_level[billing] in peak: 72 calls planned; were the truth 82.2 %" in text
    assert "more calls, or" in text
    assert "longer)" in text


def test_where_theory_expects_more_fewer_contacts_will_do():
    """Whose staffing is ample need not call for hours to be believed."""
    short = replace(PEAK, duration_s=300.0)

    assert noted(scenario(short), target(), replace(objective(), each=Each.QUEUE)) == ""
    assert wilson(48, 48, 0.95).low > 0.78


def test_a_phase_that_has_to_decide_nothing_needs_no_contacts():
    """The pilot at a tenth of the load is there to refute, not to prove."""
    pilot = phase("pilot", load=Load(0.1, 0.1), duration_s=300.0)

    assert "pilot" not in noted(scenario(pilot, PEAK), target(), objective())


def test_agents_who_are_too_busy_for_a_whole_phase_are_named():
    """The service of day one must be the service of the last day."""
    text = noted(scenario(PEAK), target(north=24, south=24, support=17), objective())

    assert "peak: billing: 86.2 %" in text
    assert "beyond the comfort bound of 85 %" in text
    assert "the last day" in text


def test_the_hard_limit_is_named_as_such():
    """Beyond nine tenths nobody stays."""
    text = noted(scenario(PEAK), target(north=22, south=22), objective("asa", 90.0, 99.0))

    assert "beyond the hard limit of 90 %" in text


def test_what_no_phase_is_asked_is_named_before_the_run():
    """A GO that says nothing of recovery must not be read as one that does."""
    fault = replace(objective("dropped", 0.2, 0.22), gates={PhaseKind.FAULT: Bound(0.2, 0.22)})
    text = "a GO says nothing of it: dropped"

    assert text in noted(scenario(PEAK), target(), objective(), fault)
    assert text not in noted(scenario(PEAK, LOSS), target(), objective(), fault)


def test_questions_that_nobody_answers_are_named_where_the_backlog_is_judged():
    """Each would stay in the backlog for ever: a NO-GO of the scenario's own making."""
    silent = replace(scenario(PEAK), tickets=TICKETS)
    habit = Habit(0.9, Delay(600.0, 1.0))
    answering = replace(TICKETS, writers=replace(TICKETS.writers, replies=habit))
    spoken = replace(silent, tickets=answering)
    backlog = objective("ticket_backlog", 400.0, 440.0)
    text = "no 'replies', so a ticket in which the provider asks something waits for ever"

    assert text in noted(silent, target(), backlog)
    assert text not in noted(spoken, target(), backlog)
    assert text not in noted(silent, target(), objective())
    assert text not in noted(scenario(PEAK), target(), backlog)


def test_a_peak_or_a_fault_may_exceed_the_comfort_bound():
    """For minutes everybody can hurry."""
    assert "comfort" not in noted(scenario(LOSS), target(north=25, south=25), objective())


def test_the_shipped_rehearsal_is_checked_without_a_problem():
    """By the staffing and the handle times that its profile declares."""
    plan = asyncio.run(preflight.check(ROOT / "scenarios/pre_cutover.yaml"))
    mock = plan.target.mock or {}

    assert any("peak" in line for line in plan.outlook)
    assert not any("comfort" in str(note) for note in plan.notes)
    assert (mock["talk"]["mean"], mock["wrap_up"]["mean"]) == ("150s", "30s")
    assert plan.target.handle_s == {"billing": 180.0, "support": 180.0, "tickets": 210.0}


def test_the_shipped_rehearsal_with_half_the_staffing_is_refused(tmp_path: Path):
    """Half of the heads cannot carry the loss of a site; check says how many could."""
    _copied(tmp_path, "{billing: 50, support: 34,", "{billing: 25, support: 17,")

    with pytest.raises(UsageError) as refused:
        asyncio.run(preflight.check(tmp_path / "scenarios/pre_cutover.yaml"))

    text = " ".join(str(refused.value).split())
    assert "service_level[billing] in site-loss" in text
    assert "heads in all" in text


def test_who_is_not_at_work_is_not_seen_by_check(tmp_path: Path):
    """The provider's lie: declared heads are what can be checked, the run must find the rest."""
    _copied(tmp_path, "agents_present: 100%", "agents_present: 50%")

    assert asyncio.run(preflight.check(tmp_path / "scenarios/pre_cutover.yaml")).outlook


def _copied(folder: Path, old: str, new: str) -> None:
    """Copy the scenarios to *folder*, with *new* for *old* in the target's profile."""
    for source in (ROOT / "scenarios").rglob("*.*"):
        if source.suffix in (".yaml", ".md"):
            copy = folder / source.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            text = source.read_text(encoding="utf-8")
            if source.name == "mock.yaml":
                assert old in text
                text = text.replace(old, new)
            copy.write_text(text, encoding="utf-8")


def test_a_goal_that_no_gate_asks_is_told():
    """Who changes 80/20 to 85/15 and leaves its gates has a GO that says nothing of 85."""
    text = noted(scenario(PEAK), target(), replace(objective(), goal=0.85, goal_text="85/15"))

    assert "no gate of service_level asks its own goal of 85/15" in text


@pytest.mark.parametrize(
    "asked",
    [
        replace(objective(), goal=0.80),
        replace(objective(), goal=0.75),
        replace(objective("abandonment", 0.05, 0.07), goal=0.05),
    ],
)
def test_a_goal_that_a_gate_asks_needs_no_remark(asked: Objective):
    """The goal itself or more, in the KPI's own direction: a note that is always there is none."""
    assert "its own goal" not in noted(scenario(PEAK), target(), asked)


def test_less_is_the_better_of_some():
    """A gate of 5 % asks less than a goal of 3 %."""
    asked = replace(objective("abandonment", 0.05, 0.07), goal=0.03, goal_text="<= 3%")

    assert "its own goal of <= 3%" in noted(scenario(PEAK), target(), asked)


def test_contracts_that_ship_ask_their_own_goals():
    """What people copy must not have the trap in it."""
    plans = asyncio.run(preflight.check_all([ROOT / "scenarios" / "pre_cutover.yaml"]))

    assert "its own goal" not in " ".join(map(str, plans[0].notes))
    assert plans[0].sla.objectives[0].goal == 0.80
