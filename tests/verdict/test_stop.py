"""A run that goes on like this needs no more customers to prove it."""

from dataclasses import replace

import pytest

from harness.model.contact import Call
from harness.model.event import Ending, FaultRun
from harness.model.scenario import PhaseKind
from harness.model.sla import Sla, StopRule
from harness.model.verdict import Decision
from harness.verdict.judge import judge
from harness.verdict.stop import stop_reason
from tests.fakes import (
    FakeEvidence,
    blocked,
    calls_of,
    every_second,
    fault_run,
    phase_run,
    series,
    sla,
)

RULE = StopRule(
    kpi="service_level",
    limit=0.5,
    for_s=300.0,
    text="service_level < 50%",
    kinds=frozenset({PhaseKind.STEADY}),
    threshold_s=20.0,
)
RULED: Sla = replace(sla(), stop_early=(RULE,))


def reason(hits: list[bool], now_s: float, *, rules: Sla = RULED) -> str:
    run = FakeEvidence(contacts=calls_of(hits))
    return stop_reason(run, rules, phase_run(), now_s=now_s)


def test_a_run_without_service_is_stopped_and_the_reason_told():
    """After five minutes of it, not before."""
    nobody = [False] * 600

    assert reason(nobody, 400.0) == "service_level < 50% for 5m: 0 % of 300 contacts in peak"
    assert reason(nobody, 299.0) == ""


@pytest.mark.parametrize(
    ("hits", "because"),
    [
        ([True] * 600, "all is well"),
        ([False] * 100 + [True] * 500, "what went wrong is over"),
        ([True, True, False, False, False] * 120, "40 % is beyond the limit"),
        ([True] * 49 + [False] * 51, "49 % may well be 50 %"),
        ([False] * 10, "ten calls prove nothing"),
    ],
)
def test_only_what_is_surely_beyond_its_limit_stops_a_run(hits: list[bool], because: str):
    """A few bad calls end nothing; a false stop costs a night."""
    stopped = reason(hits, 600.0 if len(hits) == 600 else 300.0) != ""

    assert stopped is (because == "40 % is beyond the limit"), because


def test_a_rule_watches_its_own_kinds_of_phase_only():
    """A fault is meant to hurt."""
    faults_only = replace(RULED, stop_early=(replace(RULE, kinds=frozenset({PhaseKind.FAULT})),))

    assert reason([False] * 600, 400.0, rules=faults_only) == ""


@pytest.mark.parametrize(
    ("kpi", "limit", "contacts"),
    [
        ("blocked", 0.0, calls_of([True] * 600)),
        ("service_level", 1.0, calls_of([True] * 600)),
    ],
)
def test_what_stands_on_its_limit_is_not_beyond_it(kpi: str, limit: float, contacts: list[Call]):
    """'blocked > 0%' would end a run in which nobody met a busy trunk."""
    rule = replace(RULE, kpi=kpi, limit=limit)
    run = FakeEvidence(contacts=contacts)

    assert stop_reason(run, replace(sla(), stop_early=(rule,)), phase_run(), now_s=400.0) == ""


BUSY = replace(RULE, kpi="blocked", limit=0.2, text="blocked > 20%")


def test_a_rule_that_does_not_hold_leaves_it_to_the_next():
    """Of another kind, too young, or kept: an SLA with three rules has three."""
    others = (
        replace(RULE, kinds=frozenset({PhaseKind.FAULT})),
        replace(RULE, for_s=500.0),
        replace(RULE, limit=0.01),
    )
    contacts = [blocked(f"c{i}", due_s=float(i)) for i in range(0, 600, 2)]
    run = FakeEvidence(contacts=[*contacts, *calls_of([True] * 600)])
    rules = replace(sla(), stop_early=(*others, BUSY))

    assert stop_reason(run, rules, phase_run(), now_s=400.0).startswith("blocked > 20% for 5m: 33")


def test_a_rule_for_one_queue_counts_its_contacts_alone():
    """A small queue that fails hides behind a large one that does not, and the other way round."""
    small = [blocked(f"c{i}", due_s=float(i), queue="sales") for i in range(100, 400, 10)]
    run = FakeEvidence(contacts=[*small, *calls_of([True] * 600)])
    stopped = [
        stop_reason(
            run, replace(sla(), stop_early=(replace(BUSY, scope=scope),)), phase_run(), now_s=400.0
        )
        for scope in ("sales", "billing", "")
    ]

    assert [bool(each) for each in stopped] == [True, False, False]


@pytest.mark.parametrize(("contacts", "now_s", "stops"), [(20, 300.0, True), (19, 300.0, False)])
def test_a_rule_is_asked_from_the_first_moment_it_can_look_back_on_with_twenty_contacts(
    contacts: int, now_s: float, stops: bool
):
    """'For 5m' is five minutes, not five and the time to the next look."""
    assert bool(reason([False] * contacts, now_s)) is stops


def test_in_a_soak_no_rule_looks_back_on_a_fault_of_the_plan():
    """Something breaks there on purpose now and then; that is felt for a quarter of an hour."""
    over = fault_run(phase="peak", injected_from_s=10.0, heal_proven_s=20.0)
    on = fault_run(phase="peak", injected_from_s=1300.0, heal_proven_s=1400.0)
    watching = replace(RULE, kinds=frozenset(PhaseKind))
    rules = replace(sla(), stop_early=(replace(watching, for_s=800.0), watching))

    def stopped(kind: PhaseKind, *faults: FaultRun) -> bool:
        run = FakeEvidence(contacts=calls_of([False] * 2000), fault_runs=faults)
        return bool(stop_reason(run, rules, phase_run(kind=kind, end_s=2000.0), now_s=1500.0))

    assert stopped(PhaseKind.SOAK, over)
    assert not stopped(PhaseKind.SOAK, over, on)
    assert stopped(PhaseKind.FAULT, over, on)


def stopped_by_an_hour_for_a_call(talks: int) -> str:
    """Return why a run is stopped in which the provider alone counted *talks*, each of an hour."""
    told = {
        series("cc_talk_seconds_sum"): 200.0 * talks,
        series("cc_hold_seconds_sum"): 0.0,
        series("cc_wrap_up_seconds_sum"): 3400.0 * talks,
        series("cc_talk_seconds_count"): float(talks),
    }
    run = FakeEvidence(scraped={"edge": every_second([phase_run(end_s=400.0)], told)})
    rule = replace(RULE, kpi="aht", limit=600.0, text="aht > 10m")
    return stop_reason(run, replace(sla(), stop_early=(rule,)), phase_run(), now_s=400.0)


def test_what_only_the_provider_counts_can_end_a_run_too():
    """Callers see no wrap-up: its own counters say that agents take an hour for a call."""
    assert stopped_by_an_hour_for_a_call(300)


def test_a_few_talks_that_only_the_provider_counts_end_no_run():
    """Nothing tells how far they are apart."""
    assert not stopped_by_an_hour_for_a_call(30)


def test_a_run_that_was_stopped_early_is_never_a_go():
    """It proved only what it got to."""
    run = FakeEvidence(
        contacts=calls_of([True] * 600), ending=Ending.HALTED, halted_by="blocked > 20% for 5m"
    )
    found = judge(run, sla(), about="mock only")

    assert found.decision is not Decision.GO
    assert "stopped early: blocked > 20% for 5m" in found.doubts[0].what
