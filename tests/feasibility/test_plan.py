"""What a run would do is told beforehand, by the same arithmetic that draws and judges it."""

import asyncio
import io
import json
import re
from collections import Counter
from dataclasses import replace
from itertools import takewhile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from harness import preflight
from harness.errors import Problem
from harness.feasibility import prospects
from harness.feasibility.as_json import plan_as_json, refused_as_json
from harness.feasibility.page import last_line, page
from harness.feasibility.plan import RunPlan, plan_of
from harness.feasibility.room import short_of_room
from harness.kpi.erlang import Pool, erlang_b, expect
from harness.model.callers import CallAgain, Callers, Delay
from harness.model.contact import Stream, Why
from harness.model.scenario import FaultPlan, Load, OpenOn, PhaseKind, Scenario
from harness.model.sla import Clock, Each, Sla
from harness.model.target import Target
from harness.traffic.schedule import PlannedCall, PlannedTicket, planned
from harness.verdict.forecast import forecast
from tests.fakes import TICKETS, objective, phase, scenario, sla
from tests.feasibility.plans import target

ROOT = Path(__file__).resolve().parents[2]
LINES = phase("lines", PhaseKind.LINES, load=Load(0.0, 0.0), duration_s=0.0)
RAMP = phase("ramp", PhaseKind.RAMP, load=Load(0.1, 1.0), duration_s=600.0)
PEAK = phase("peak", duration_s=1800.0)
LOSS = phase(
    "loss",
    PhaseKind.FAULT,
    duration_s=900.0,
    faults=(FaultPlan("site_down", "north", 120.0, 480.0, "runbooks/site_down.md"),),
)
PLAN = scenario(LINES, RAMP, PEAK, LOSS, tickets=TICKETS, speed=20.0)


def told(
    plan: Scenario = PLAN, centre: Target | None = None, contract: Sla | None = None
) -> RunPlan:
    """Return what a run of *plan* would do."""
    centre, contract = centre or target(), contract or sla()
    return plan_of(plan, centre, contract, decided=tuple(prospects(plan, centre, contract)))


def shown(plan: RunPlan, width: int = 80) -> str:
    """Return what people see of *plan* on *width* columns."""
    paper = io.StringIO()
    Console(file=paper, width=width, highlight=False).print(page(plan, width=width))
    return paper.getvalue()


# ---------------------------------------------------------------------- contacts and time


def test_a_longer_run_needs_more_of_the_disk():
    """By its contacts and by its readings, both: a soak of days at speed 1 has many of each."""
    short, long = told(scenario(PEAK)), told(scenario(replace(PEAK, duration_s=72 * 3600.0)))
    slow = told(scenario(PEAK, speed=1.0))

    calls = sum(each.calls for each in long.volumes) - sum(each.calls for each in short.volumes)
    assert long.disk_bytes - short.disk_bytes > 1600 * calls
    assert slow.disk_bytes - short.disk_bytes == pytest.approx(
        600 * (slow.wall_s - short.wall_s) * (1 + len(target().sources)), rel=0.01
    )


@pytest.mark.parametrize(("free", "notes"), [(1_099, 1), (1_100, 0)])
def test_a_run_that_would_not_end_by_itself_is_told_before_it_begins(free: int, notes: int):
    """After three hours it would end, INCONCLUSIVE, for want of a gigabyte."""
    found = list(short_of_room(100 * 10**6, free=free * 10**6, keep_free=1000 * 10**6))

    assert len(found) == notes


def test_expected_contacts_are_those_that_will_be_drawn():
    """By line and priority, for thirty seeds: the plan must not tell of another schedule."""
    found = next(each for each in told().volumes if each.phase is PEAK)
    drawn: Counter[str] = Counter()
    for seed in range(30):
        for stream in Stream:
            every = planned(replace(PLAN, seed=str(seed)), PEAK, stream)
            for each in takewhile(lambda contact: not contact.held, every):
                assert isinstance(each, PlannedCall | PlannedTicket)
                drawn[each.line if isinstance(each, PlannedCall) else each.priority] += 1

    expected = {line: calls for (_, line), calls in found.by_line.items()} | found.by_priority
    for name, contacts in expected.items():
        assert drawn[name] / 30 == pytest.approx(contacts, abs=4 * (contacts / 30) ** 0.5), name


def test_a_phase_begins_after_the_gate_of_the_one_before():
    """A gate is decided twenty seconds after its border, and the load goes on until then."""
    ramp, peak, loss = told(contract=sla(objective(kinds=tuple(PhaseKind)))).volumes[1:]

    assert (ramp.start_s, peak.start_s, loss.start_s) == (0.0, 620.0, 2440.0)
    assert peak.held == pytest.approx(20.0 * (peak.calls + peak.tickets) / 1800.0)


def test_the_wall_time_is_that_of_the_load_at_its_speed_and_some_seconds():
    """Whoever waits for it wants to know when to come back."""
    plan = told()

    assert plan.load_wall_s == pytest.approx((600 + 1800 + 900 + 20) / 20)
    assert plan.wall_s > plan.load_wall_s


def test_a_gate_that_opens_on_a_pass_alone_may_hold_as_long_again():
    """That time is not in the plan, so it is said."""
    waiting = replace(PEAK, open_on=OpenOn.PASS)

    assert told(scenario(waiting)).longest_hold_s == PEAK.duration_s
    assert "open on a pass alone may hold it 30m" in " ".join(
        shown(told(scenario(waiting))).split()
    )


def test_requests_are_counted_by_the_wall_clock():
    """An API of a provider at speed 1 gets a twentieth of what the mock does at speed 20."""
    slow, fast = (told(replace(PLAN, speed=speed)).volumes[2] for speed in (1.0, 20.0))

    assert fast.requests_per_s == pytest.approx(20 * slow.requests_per_s)
    assert slow.requests_per_s == pytest.approx((1440 + TICKETS.per_hour) / 3600, rel=0.01)


def habits(**again: CallAgain) -> Scenario:
    """Return the plan with callers who call again, by cause."""
    assert PLAN.calls is not None
    callers = Callers(again={Why[cause]: habit for cause, habit in again.items()})
    return replace(PLAN, calls=replace(PLAN.calls, callers=callers))


def test_nobody_calls_again_who_was_not_said_to():
    """Redials only where a scenario asks for them."""
    assert [each.redials for each in told().volumes] == [0.0] * 4


def test_who_hangs_up_calls_again_as_often_as_the_habit_has_it():
    """One in ten gives up, two in five of them call again, and so may those: 4 % + 0.16 % + ..."""
    habit = CallAgain(0.4, Delay(20.0), 3)
    found = told(habits(ABANDONED=habit), target(north=22, south=22, support=15)).volumes[2]
    lost = forecast(PLAN, target(north=22, south=22, support=15), PEAK, threshold_s=20.0)

    assert lost is not None
    again = 0.4 * (lost.abandonment or 0.0)
    assert found.redials == pytest.approx(found.calls * (again + again**2 + again**3))


def test_a_lost_site_makes_those_it_cut_off_call_again():
    """About half of the calls in progress were there; four in five of them try again at once."""
    peak, loss = told(habits(DROPPED=CallAgain(0.8, Delay(20.0), 3))).volumes[2:]

    assert peak.redials == 0.0
    assert loss.redials == pytest.approx(0.8 * 36, rel=0.01)


# ---------------------------------------------------------------------- load, trunks, faults


def test_calls_in_progress_are_arrivals_times_the_time_each_is_there():
    """Little's law, from the wait of all callers and the handle time of those who are served."""
    found = told(scenario(PEAK), target(north=22, south=22, support=15)).volumes[0].in_progress
    by_hand = 0.0
    for heads, per_hour in ((22, 432.0), (22, 432.0), (15, 288.0), (15, 288.0)):
        one = expect(Pool(heads, per_hour, 180.0, 180.0), threshold_s=20.0)
        by_hand += per_hour / 3600 * (one.mean_wait_s + (1 - one.abandonment) * 180.0)

    assert found == pytest.approx(by_hand)


def test_the_trunks_block_as_few_as_they_say_and_one_fewer_blocks_more():
    """Erlang B itself is held to published tables next door."""
    for each in told().trunks:
        assert erlang_b(each.percent_1, each.erlangs) <= 0.01
        assert erlang_b(each.percent_1 - 1, each.erlangs) > 0.01
        assert erlang_b(each.per_mille_1, each.erlangs) <= 0.001


def test_a_site_needs_the_trunks_of_the_one_it_stands_in_for():
    """N + 1: half of the calls with all sites up, all of them once the other is lost."""
    found = {(each.site, each.lost): each for each in told().trunks}

    assert found["south", "north"].erlangs > 1.9 * found["south", ""].erlangs
    assert ("north", "north") not in found
    assert "any one site may be lost" in shown(told())


def test_the_trunks_are_those_of_the_busiest_phase():
    """A ramp's last moment is as busy as the peak, but nobody plans for a moment."""
    assert told().busiest == "peak"


def test_a_fault_stands_on_the_timeline_with_its_lease_and_its_runbook():
    """Who is called at night wants to know when, how long at the most, and what to do."""
    fault = told().breakages[0]
    text = " ".join(shown(told()).split())

    assert fault.start_s == told().volumes[3].start_s + 120.0
    assert fault.lease_wall_s == 480.0 / 20 + 10
    assert "runbook for site_down north: runbooks/site_down.md" in text


def test_without_handle_times_contacts_are_told_and_the_rest_is_left_out():
    """What is not declared cannot be foreseen; no number is made up."""
    plan = told(centre=replace(target(), handle_s={}))

    assert plan.volumes[2].calls > 0
    assert plan.volumes[2].in_progress is None
    assert (plan.trunks, plan.expectations) == ((), ())


def test_a_phase_that_theory_knows_nothing_of_is_named():
    """A slow store takes no agents away; that a row is missing must not look like an oversight."""
    slow = replace(LOSS, name="slow", faults=(FaultPlan("store_slow", "north", 0.0, 900.0),))

    assert "Theory has no value for slow." in shown(told(scenario(PEAK, slow)))


# ---------------------------------------------------------------------- what can be decided


def test_ample_contacts_are_enough_and_few_are_told_how_many_more():
    """And how long the phase would have to be for them."""
    contract = sla(replace(objective("dropped", 0.05, 0.07), threshold_s=None))
    long, short = (told(scenario(each), contract=contract).prospects[0] for each in (PEAK, PEAK))
    short = told(scenario(replace(PEAK, duration_s=60.0)), contract=contract).prospects[0]

    assert long.enough
    assert not long.too_few
    assert short.too_few
    assert short.needed is not None
    assert short.phase_s == pytest.approx(60.0 * short.needed / 24.0, rel=0.01)


def test_tickets_that_are_too_young_when_the_load_ends_decide_nothing():
    """A quarter of an hour's clock in the last half hour halves what there is to count."""
    contract = sla(objective("ticket_first_reply", 0.9, 0.88, threshold_s=900.0))
    last = told(scenario(PEAK, tickets=TICKETS), contract=contract).prospects[0]
    before = told(scenario(PEAK, LOSS, tickets=TICKETS), contract=contract).prospects[0]

    assert before.planned == pytest.approx(TICKETS.per_hour / 2)
    assert last.planned == pytest.approx(before.planned / 2, rel=0.02)


def test_each_priority_is_planned_with_its_own_clock():
    """P1 within five minutes leaves more tickets old enough than P4 within twenty-five."""
    clocks = {"P1": Clock(300.0), "P4": Clock(1500.0)}
    asked = objective("ticket_first_reply", 0.9, 0.88, threshold_s=None, clocks=clocks)
    first, last = told(scenario(PEAK, tickets=TICKETS), contract=sla(asked)).prospects

    assert (first.asked.within_s, last.asked.within_s) == (300.0, 1500.0)
    assert first.planned == pytest.approx(TICKETS.per_hour / 2 * TICKETS.priorities["P1"] * 5 / 6)
    assert last.planned == pytest.approx(TICKETS.per_hour / 2 * TICKETS.priorities["P4"] / 6)


def test_a_goal_that_theory_just_misses_is_never_reached_by_more_contacts():
    """Within what theory may err it is no problem, but no run will be long enough either."""
    contract = sla(replace(objective(goal=0.84, warn=0.82), each=Each.QUEUE))
    found = told(scenario(PEAK), target(north=24, south=24), contract).prospects[0]

    assert not found.reaches
    assert found.needed is None
    assert "never" in shown(told(scenario(PEAK), target(north=24, south=24), contract))


def test_what_is_decided_with_ease_leaves_the_others_their_room():
    """Holm: nineteen sure objectives must not make the twentieth as hard as if all were doubtful."""
    hard = replace(objective("dropped", 0.05, 0.07), threshold_s=None)
    easy = [replace(objective(), each=Each.QUEUE, gates=objective().gates) for _ in range(10)]
    alone, among = (
        told(scenario(PEAK), contract=sla(*contract)).prospects[0]
        for contract in ((hard,), (hard, *easy))
    )

    assert alone.good is not None
    assert among.good is not None
    assert among.good.passes == alone.good.passes


def test_fewer_contacts_than_the_contract_asks_for_pass_nothing():
    """Whatever the figures are."""
    found = told(scenario(PEAK), contract=sla(replace(objective(), min_contacts=5000))).prospects[0]

    assert found.good is not None
    assert found.good.passes == 0
    assert (found.needed or 0) >= 5000


# ---------------------------------------------------------------------- the page and the JSON


@settings(max_examples=20, deadline=None)
@given(st.text(st.characters(codec="ascii", categories=["Ll"]), min_size=1, max_size=40))
def test_the_page_fits_a_terminal_of_eighty_columns(name: str):
    """Whatever names people give their phases."""
    named = [replace(each, name=f"{name}{number}") for number, each in enumerate((PEAK, LOSS))]

    assert all(len(line.rstrip()) <= 80 for line in shown(told(scenario(*named))).splitlines())


def test_many_phases_are_shown_in_several_tables():
    """A week of soak has more phases than a terminal has columns."""
    many = [replace(PEAK, name=f"hour-{number}") for number in range(14)]
    text = shown(told(scenario(*many)))

    assert text.count("Contacts by line and priority") == 3
    assert text.count("+441632960201") == 3


def test_a_queue_in_brackets_is_no_colour():
    """``service_level[billing]`` is what the report will call it."""
    contract = sla(replace(objective(), each=Each.QUEUE))

    assert "service_level[billing]" in shown(told(contract=contract))


def test_every_name_of_the_json_is_explained():
    """A name that nobody explains is one that nobody dares to rely on."""
    explained = set(re.findall(r"`(\w+)`", (ROOT / "docs/plan.md").read_text(encoding="utf-8")))
    shipped = asyncio.run(preflight.examine(ROOT / "scenarios/pre_cutover.yaml"))[0]
    refused = (Problem("a", "b", "c"),)
    plan = plan_of(
        shipped.scenario,
        shipped.target,
        shipped.sla,
        decided=shipped.prospects,
        notes=shipped.notes,
        problems=refused,
    )
    found = plan_as_json(plan)

    assert set(names(found)) - explained - {"P1", "P2", "P3", "P4"} == set()
    assert refused_as_json(refused).items() <= found.items()
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_the_weakest_chance_is_the_least_of_those_that_are_listed():
    """Pass and warn both let a run through; whoever takes the minimum himself has the same."""
    wide = sla(objective("dropped", goal=0.15, warn=0.35, threshold_s=None))
    plan = told(scenario(replace(PEAK, duration_s=300.0)), contract=wide)
    found = plan_as_json(plan)
    have_to = [e["pass_chance"] for e in found["objectives"] if e["decides"] and e["must_pass"]]

    assert any(each.good.warns > 0 for each in plan.prospects if each.good is not None)
    assert found["weakest_pass_chance"] == min(have_to)


def names(value: object) -> list[str]:
    """Return every name in *value*, at any depth."""
    if isinstance(value, dict):
        return [*value, *(name for each in value.values() for name in names(each))]
    return [name for each in value for name in names(each)] if isinstance(value, list) else []


def test_the_last_line_says_whether_it_can_be_run():
    """In one line, as every command does."""
    plan = told()

    assert last_line(plan).endswith(": can be run")
    assert "cannot be run, 1 problem" in last_line(
        replace(plan, problems=(Problem("a", "b", "c"),))
    )
