"""A run that goes on like this needs no more customers to prove it."""

from dataclasses import replace

import pytest

from harness.model.event import Ending
from harness.model.scenario import PhaseKind
from harness.model.sla import Sla, StopRule
from harness.model.verdict import Decision
from harness.verdict.judge import judge
from harness.verdict.stop import stop_reason
from tests.fakes import FakeEvidence, calls_of, phase_run, sla

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


def test_a_run_that_was_stopped_early_is_never_a_go():
    """It proved only what it got to."""
    run = FakeEvidence(
        contacts=calls_of([True] * 600), ending=Ending.HALTED, halted_by="blocked > 20% for 5m"
    )
    found = judge(run, sla(), about="mock only")

    assert found.decision is not Decision.GO
    assert "stopped early: blocked > 20% for 5m" in found.doubts[0].what
