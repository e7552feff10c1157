"""From a whole run to GO, NO-GO or INCONCLUSIVE, and never prettier than it was."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.model.contact import Contact
from harness.model.event import Ending, GeneratorHealth, LineCheck
from harness.model.scenario import Load, PhaseKind
from harness.model.sla import Each, Sla
from harness.model.verdict import Decision, ObjectiveResult, Status, Verdict, View
from harness.verdict.judge import judge, judge_phase, settle_s
from tests.fakes import (
    TICKETS,
    FakeEvidence,
    answered,
    calls_of,
    facts,
    fault_plan,
    fault_run,
    objective,
    phase,
    phase_run,
    scenario,
    scrape,
    series,
    sla,
    spread,
    stored,
    ticket,
)

LEVEL = objective()
LEVEL_IN_FAULTS = objective(kinds=(PhaseKind.FAULT,))
NO_LOSS = objective("lost_tickets", 0.0, 0.0, goal_text="<= 0", threshold_s=None)
NO_DOUBLES = objective("duplicated_tickets", 0.0, 0.0, goal_text="<= 0", threshold_s=None)
RECOVERY = objective(
    "recovery", 180.0, 198.0, kinds=(PhaseKind.FAULT,), goal_text="<= 3m", restored_share=0.8
)
LOSS = phase("loss", PhaseKind.FAULT, faults=(fault_plan(),))
LOSS_RUN = phase_run("loss", PhaseKind.FAULT)


def peak(good: int, n: int) -> FakeEvidence:
    """Return a run of one steady phase in which *good* of *n* calls were answered in time."""
    return FakeEvidence(contacts=calls_of(spread(good, n)))


def loss(hits: list[bool]) -> FakeEvidence:
    """Return a run of one fault phase, whose fault went as planned."""
    return FakeEvidence(
        scenario=scenario(LOSS),
        phase_runs=[LOSS_RUN],
        fault_runs=[fault_run()],
        contacts=calls_of(hits, phase="loss"),
    )


def verdict(run: FakeEvidence, contract: Sla | None = None) -> Verdict:
    return judge(run, contract or sla(), about="mock only")


def only(found: Verdict) -> ObjectiveResult:
    """Return the one result of the callers' view."""
    (result,) = [each for each in found.results if each.view is View.CALLERS]
    return result


LEVEL_BY_CALLERS = sla(objective("ticket_first_reply", each=Each.ALL))


@pytest.mark.parametrize(
    ("good", "n", "expected", "because"),
    [
        (560, 600, Decision.GO, "93 % of 600"),
        (360, 600, Decision.NO_GO, "60 % of 600"),
        (480, 600, Decision.INCONCLUSIVE, "just 80 % of 600: it may well be 77 %"),
        (9, 9, Decision.INCONCLUSIVE, "nine of nine prove nothing"),
    ],
)
def test_a_run_is_judged_by_its_objectives(good: int, n: int, expected: Decision, because: str):
    """The three answers."""
    contract = sla(objective("abandonment", 0.05, 0.06), LEVEL)
    run = peak(good, n)
    run.scraped = {"edge": [scrape(float(at), PROVIDED) for at in range(0, 801)]}

    assert provided_too(verdict(run, sla(LEVEL))) is expected, because
    assert contract.objectives


PROVIDED = {series("cc_wait_seconds_count", outcome="answered"): 0.0}


def provided_too(found: Verdict) -> Decision:
    return found.decision
