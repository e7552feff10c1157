"""A fault that never took effect never yields GO, however well everything else went."""

from dataclasses import replace

import pytest

from harness.model.event import FaultRun
from harness.model.scenario import PhaseKind
from harness.model.verdict import Decision, Verdict
from harness.verdict.judge import judge
from tests.fakes import (
    FakeEvidence,
    calls_of,
    counted_waits,
    every_second,
    fault_plan,
    fault_run,
    objective,
    phase,
    phase_run,
    scenario,
    sla,
)

RUNS = (phase_run("loss", PhaseKind.FAULT),)
PROVEN = fault_run()
SECOND = fault_run(
    site="south", injected_from_s=300.0, injected_s=301.0, proven_s=302.0, healed_from_s=400.0,
    healed_s=401.0, heal_proven_s=402.0,
)  # fmt: skip


def verdict(*faults: FaultRun) -> Verdict:
    """Return the verdict on a run in which two faults were planned and every call was served."""
    plans = (fault_plan(), fault_plan(site="south"))
    run = FakeEvidence(
        scenario=scenario(phase("loss", PhaseKind.FAULT, faults=plans)),
        phase_runs=RUNS,
        fault_runs=faults,
        contacts=calls_of([True] * 600, phase="loss"),
        scraped={"edge": every_second(RUNS, counted_waits(600, 600))},
    )
    return judge(run, sla(objective(kinds=(PhaseKind.FAULT,))), about="")


def test_with_every_fault_proven_the_same_run_is_a_go():
    """Else the tests below would hold whatever the harness did."""
    assert verdict(PROVEN, SECOND).decision is Decision.GO


@pytest.mark.parametrize(
    ("broken", "because"),
    [
        ({"proven_s": None, "proof": ""}, "no proof came in time"),
        (
            {"injected_s": None, "proven_s": None, "proof": "not injected: refused"},
            "the order was refused",
        ),
        (
            {"injected_from_s": None, "injected_s": None, "proven_s": None},
            "it was not even ordered",
        ),
    ],
)
@pytest.mark.parametrize("which", [0, 1])
def test_one_fault_without_effect_leaves_the_run_undecided(
    broken: dict[str, object], because: str, which: int
):
    """A centre that nothing happened to survives everything: the commonest false green there is."""
    faults = [PROVEN, SECOND]
    faults[which] = replace(faults[which], **broken)
    found = verdict(*faults)

    assert found.decision is Decision.INCONCLUSIVE, because
    assert [doubt for doubt in found.doubts if "taken effect" in doubt.what]


@pytest.mark.parametrize("faults", [(), (PROVEN,)])
def test_a_fault_that_was_planned_and_never_came_leaves_the_run_undecided(
    faults: tuple[FaultRun, ...],
):
    """Of a record with one fault too few, nobody can say that both were survived."""
    found = verdict(*faults)

    assert found.decision is Decision.INCONCLUSIVE
    assert [doubt for doubt in found.doubts if "never injected" in doubt.what]
