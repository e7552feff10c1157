"""A search is planned so that it can decide, and refused where it cannot."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import UsageError
from harness.feasibility.search_page import search_as_json, search_page, walls_s
from harness.feasibility.searching import (
    Wanted,
    contract_of,
    expected_knee,
    kind_of,
    needed,
    needs_of,
    searching,
)
from harness.kpi.erlang import Pool, expect
from harness.model.arrivals import Days
from harness.model.scenario import Load, PhaseKind
from harness.model.sla import Bound, Direction, Each, IntervalsMet
from harness.model.target import Remote
from harness.verdict.chances import Rule, chances
from tests.fakes import TICKETS, fault_plan, objective, phase, scenario, sla
from tests.feasibility.plans import target

PLAN = scenario(
    phase("lines", PhaseKind.LINES, duration_s=0.0),
    phase("peak"),
    phase("loss", PhaseKind.FAULT, faults=(fault_plan(),)),
)
CARE = sla(replace(objective(), each=Each.QUEUE))


def made(wanted: Wanted | None = None, plan=PLAN, contract=CARE, **declared):
    return searching(plan, target(**declared), contract, wanted or Wanted())


def test_each_trial_has_a_warm_up_and_empties_the_queues_behind_it():
    """One step's queue is not the next one's."""
    phases = made(Wanted(trials=3)).phases

    assert [each.name for each in phases] == [
        *("lines", "warm-up-1", "trial-1", "drain-1", "warm-up-2", "trial-2", "drain-2"),
        *("warm-up-3", "trial-3", "drain-3"),
    ]
    assert [each.drains for each in phases[1:4]] == [False, False, True]
    assert phases[3].load == Load(0.0, 0.0)
    assert phases[1].duration_s >= 3 * 180.0, "three mean handle times"


def test_there_is_room_for_the_highest_load_in_every_trial():
    """What a guard allows, caps and approvals, it allows of the most that may come."""
    phases = made(Wanted(most=2.5)).phases[1:]

    assert {each.load for each in phases if not each.drains} == {Load(2.5, 2.5)}


def test_nothing_is_broken_and_no_day_varies():
    """A knee is that of one rate, not of a curve, a busy day or an outage."""
    varied = replace(PLAN, phases=(*PLAN.phases, phase("busy", days=Days(0.1, 0.1))))
    found = made(plan=varied)

    assert not any(each.faults or each.days for each in found.phases)
    assert found.name == "small-capacity", "it closes no finding of the rehearsal"


def test_a_trial_is_long_enough_for_its_verdict():
    """Five points better than the goal has to pass four times in five, five worse has to fail."""
    search = made()
    trial = search.phases[2]
    (queue,) = [each for each in needs_of(search, target(), CARE) if "support" in each.name]
    rule = Rule(
        bound=Bound(0.8, 0.78),
        direction=Direction.MORE,
        confidence=1 - 0.05 / 9 / 4,
        census=False,
    )

    assert trial.duration_s >= queue.lasts_s
    assert chances(0.85, queue.contacts, rule).passes >= 0.75
    assert chances(0.73, queue.contacts, rule).fails >= 0.75


def test_a_trial_that_can_decide_nothing_is_refused():
    """With what it takes, and for which objective: not after hours of load."""
    with pytest.raises(UsageError) as refused:
        made(Wanted(trial_s=240.0))

    (problem,) = refused.value.problems
    assert problem.where == "--trial"
    assert "service_level[support]" in problem.want


def test_a_trickle_of_customers_cannot_be_searched():
    """At ten calls an hour a trial would take days."""
    calls = replace(PLAN.calls, per_hour=10.0)

    with pytest.raises(UsageError, match="which takes about"):
        made(plan=replace(PLAN, calls=calls))


@pytest.mark.parametrize(
    ("wanted", "where"),
    [
        (Wanted(growth=0.5), "--growth"),
        (Wanted(resolution=0.001), "--resolution"),
        (Wanted(growth=2.0, most=1.5), "--most"),
    ],
)
def test_a_wrong_option_is_named(wanted: Wanted, where: str):
    """All of them at once, before anything is read further."""
    with pytest.raises(UsageError) as refused:
        made(wanted)

    assert [each.where for each in refused.value.problems] == [where]


def test_a_contract_without_a_goal_for_a_steady_load_cannot_be_searched():
    """There would be nothing to meet."""
    with pytest.raises(UsageError, match="no objective for a steady load"):
        made(contract=sla(objective("recovery", 180.0, 198.0, kinds=(PhaseKind.FAULT,))))


def test_what_takes_longer_than_a_trial_is_not_asked_of_it():
    """Drift, half hours and faults are no matter of how much load there is."""
    whole = sla(
        replace(objective(), intervals_met=IntervalsMet(Bound(0.9, 0.88), 1800.0)),
        objective("steadiness", 0.0, 0.0, kinds=(PhaseKind.SOAK,)),
        objective("recovery", 180.0, 198.0, kinds=(PhaseKind.FAULT,)),
    )
    found = contract_of(whole)

    assert [each.kpi for each in found.objectives] == ["service_level"]
    assert found.objectives[0].intervals_met is None
    assert {each.kpi for each in found.stop_early} == {"blocked", "service_level"}, "of our own"


def test_what_nobody_tells_takes_nothing_of_a_trial():
    """A provider without metrics: handling times are then in nobody's verdict."""
    silent = replace(target(), mock=None, remote=Remote("http://edge.example", {}))
    aht = objective("aht", 300.0, 330.0, threshold_s=None)

    assert needed(PLAN, silent, sla(objective(), aht), 10) == needed(
        PLAN, silent, sla(objective()), 10
    )


def test_a_contract_for_soaks_alone_is_judged_by_its_goals_for_soaks():
    """They are for a load that lasts, as a trial's is."""
    assert kind_of(sla(objective(kinds=(PhaseKind.SOAK,)))) is PhaseKind.SOAK


@given(st.integers(4, 60), st.floats(60.0, 600.0))
def test_theory_s_knee_is_where_erlang_crosses_the_goal(heads: int, handle_s: float):
    """By the staffing declared: one hundredth of the volume below it is met, one above is not."""
    one = replace(PLAN, lines={"billing": PLAN.lines["billing"]})
    one = replace(one, calls=replace(one.calls, mix={"billing": 1.0}, per_hour=600.0))
    found = expected_knee(one, target(north=heads, south=heads, handle_s=handle_s), CARE)
    assert found is not None
    knee, limit = found

    def level(multiple: float) -> float:
        pool = Pool(heads, 300.0 * multiple, handle_s, one.calls.patience.mean_s)
        return expect(pool, threshold_s=20.0).service_level

    assert limit == "service_level[billing]"
    assert knee == 0 or level(knee) >= 0.8
    assert level(knee + 0.01) < 0.8


def test_theory_without_a_value_expects_nothing():
    """A profile that declares no handle time says nothing of its capacity."""
    assert expected_knee(PLAN, replace(target(), handle_s={}), CARE) is None
    assert made(north=50).search.expected is not None


def test_the_plan_of_a_search_fits_a_terminal_and_tells_how_long_it_takes():
    """Before the first customer, not after the third hour."""
    search = made(plan=replace(PLAN, tickets=TICKETS))
    lines = list(search_page(search, target(), contract_of(CARE)))
    least_s, most_s = walls_s(search, CARE)

    assert max(map(len, lines)) <= 80
    assert any("takes" in line for line in lines)
    assert any("service_level[support]" in line for line in lines)
    assert 0 < least_s < most_s


def test_the_plan_of_a_search_is_there_for_machines():
    """With the same figures."""
    told = search_as_json(made(), target(), contract_of(CARE))

    assert (told["trials"], told["growth"], told["most"]) == (8, 1.3, 3.0)
    assert {each["name"] for each in told["needed"]} == {
        "service_level[billing]",
        "service_level[support]",
    }
