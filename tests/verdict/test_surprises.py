"""No surprises: what happened in a fault, against what its runbook foresees."""

from dataclasses import replace
from datetime import date

import pytest

from harness.model.contact import Call, EndedBy, Outcome, Ticket, WriteOutcome
from harness.model.runbook import Mishap, Runbook
from harness.model.scenario import PhaseKind
from harness.model.verdict import Decision, Status, Surprise
from harness.verdict.judge import judge
from harness.verdict.surprises import surprises_of
from tests.fakes import (
    FakeEvidence,
    answered,
    blocked,
    cut_off,
    fault_plan,
    fault_run,
    objective,
    phase,
    phase_run,
    scenario,
    sla,
    ticket,
)

BOOK = "runbooks/site_down.md"
OTHER = "runbooks/other.md"
LOSS = phase_run("loss", PhaseKind.FAULT, start_s=0.0, end_s=400.0)


def run(
    *contacts: Call | Ticket,
    expects: set[Mishap] | None = frozenset(),
    review_by: date | None = None,
) -> FakeEvidence:
    """Return a run with a fault from 100 s on whose runbook expects that."""
    book = Runbook(BOOK, review_by, None if expects is None else frozenset(expects))
    return FakeEvidence(
        scenario=scenario(
            phase("loss", PhaseKind.FAULT, faults=(fault_plan(runbook=BOOK),)), runbooks=(book,)
        ),
        phase_runs=(LOSS,),
        fault_runs=(fault_run(phase="loss", runbook=BOOK),),
        contacts=[replace(each, phase="loss") for each in contacts],
    )


def told(evidence: FakeEvidence) -> list[tuple[Mishap, tuple[str, ...]]]:
    return [(each.mishap, each.ids) for each in surprises_of(evidence)]


DROPPED = answered("dropped", due_s=90.0, ended_s=120.0, ended_by=EndedBy.DROPPED)
CUT_OFF = cut_off("cut-off", due_s=95.0, ended_s=130.0)
BLOCKED = blocked("blocked", due_s=110.0, ended_s=110.0)
REFUSED = replace(BLOCKED, id="refused", outcome=Outcome.REFUSED)
UNKNOWN_TICKET = ticket("ticket", due_s=115.0, outcome=WriteOutcome.UNKNOWN)
ALL = (DROPPED, CUT_OFF, BLOCKED, REFUSED, UNKNOWN_TICKET)


def test_what_no_runbook_foresees_is_told_with_its_contacts():
    """Each outcome by its name, with the ids that lead to the evidence."""
    assert told(run(*ALL)) == [
        (Mishap.BLOCKED, ("blocked",)),
        (Mishap.CUT_OFF, ("cut-off",)),
        (Mishap.DROPPED, ("dropped",)),
        (Mishap.REFUSED, ("refused",)),
        (Mishap.TICKET_UNKNOWN, ("ticket",)),
    ]


def test_what_the_runbook_foresees_is_no_surprise():
    """A failover may cost calls: what matters is that everybody knew."""
    everything = {Mishap.BLOCKED, Mishap.CUT_OFF, Mishap.DROPPED, Mishap.REFUSED}

    assert told(run(*ALL, expects=everything)) == [(Mishap.TICKET_UNKNOWN, ("ticket",))]


def test_what_happened_before_the_injection_is_not_the_faults():
    """A bad line on an ordinary day has an objective of its own."""
    early = [blocked("early", due_s=50.0), replace(UNKNOWN_TICKET, due_s=50.0)]

    assert told(run(*early)) == []


def test_who_answered_or_gave_up_is_ordinary():
    """People hang up on any day; how often has a KPI of its own."""
    ordinary = [answered("ok", due_s=120.0), replace(BLOCKED, outcome=Outcome.ABANDONED)]

    assert told(run(*ordinary)) == []


def test_what_one_fault_foresees_is_no_excuse_before_it_strikes():
    """Two faults in a phase: the second one's runbook was not yet in anybody's hand."""
    one = run(replace(BLOCKED, due_s=150.0), replace(BLOCKED, id="later", due_s=250.0))
    second = Runbook(OTHER, None, frozenset({Mishap.BLOCKED}))
    later = fault_run(phase="loss", runbook=OTHER, injected_from_s=200.0, injected_s=201.0)
    both = replace(
        one,
        scenario=replace(one.scenario, runbooks=(*one.scenario.runbooks, second)),
        fault_runs=(*one.fault_runs, later),
    )

    assert told(both) == [(Mishap.BLOCKED, ("blocked",))]


def test_a_fault_that_was_never_injected_surprises_nobody():
    """It has a doubt of its own."""
    none = replace(
        run(BLOCKED),
        fault_runs=(fault_run(phase="loss", runbook=BOOK, injected_from_s=None, injected_s=None),),
    )

    assert told(none) == []


@pytest.mark.parametrize(
    ("expects", "status", "because"),
    [
        (frozenset(), Status.FAIL, "nobody foresaw it, and the SLA allows none"),
        ({Mishap.BLOCKED}, Status.PASS, "it is in the runbook"),
        (None, Status.INCONCLUSIVE, "a runbook that does not say cannot be held against anybody"),
    ],
)
def test_an_objective_decides_by_what_was_foreseen(
    expects: set[Mishap] | None, status: Status, because: str
):
    """The SLA says whether a surprise is a failure."""
    evidence = run(BLOCKED, expects=expects)
    contract = sla(objective("surprises", 0.0, 0.0, kinds=(PhaseKind.FAULT,)))
    found = judge(evidence, contract, about="")

    (result,) = (each for each in found.results if each.kpi == "surprises")
    assert result.status is status, because
    assert (found.decision is Decision.NO_GO) == (status is Status.FAIL)


@pytest.mark.parametrize(
    ("contacts", "status", "n", "because"),
    [
        ((), Status.INCONCLUSIVE, 0, "nobody came: nothing could surprise anybody"),
        ((answered("early", due_s=50.0),), Status.INCONCLUSIVE, 0, "only before it struck"),
        ((answered("ok", due_s=120.0), ticket("t", due_s=130.0)), Status.PASS, 2, "all was well"),
    ],
)
def test_no_surprise_takes_somebody_whom_it_could_have_met(
    contacts: tuple[Call | Ticket, ...], status: Status, n: int, because: str
):
    """No data is never a pass."""
    contract = sla(objective("surprises", 0.0, 0.0, kinds=(PhaseKind.FAULT,)))
    found = judge(run(*contacts), contract, about="")
    (result,) = (each for each in found.results if each.kpi == "surprises")

    assert (result.status, result.n) == (status, n), because


@pytest.mark.parametrize(
    ("contacts", "status"),
    [((answered("ok", due_s=120.0),), Status.INCONCLUSIVE), ((BLOCKED,), Status.FAIL)],
)
def test_a_fault_that_was_not_shown_surprised_nobody_for_sure(
    contacts: tuple[Call, ...], status: Status
):
    """A pass would close the finding of the run before; whoever was surprised counts."""
    contract = sla(objective("surprises", 0.0, 0.0, kinds=(PhaseKind.FAULT,)))
    dud = fault_run(phase="loss", runbook=BOOK, proven_s=None)
    found = judge(replace(run(*contacts), fault_runs=(dud,)), contract, about="")
    (result,) = (each for each in found.results if each.kpi == "surprises")

    assert result.status is status


def test_surprises_are_listed_even_if_the_sla_does_not_ask():
    """It is a finding all the same; nothing fails by it."""
    found = judge(run(BLOCKED), sla(), about="")

    assert found.surprises == (Surprise("loss", Mishap.BLOCKED, ("blocked",)),)
    assert found.decision is not Decision.NO_GO


def test_a_runbook_that_was_not_looked_at_in_time_is_noted():
    """The run was on a later day: what the runbook says may be old."""
    overdue = judge(run(review_by=date(2020, 1, 31)), sla(), about="").notes
    fine = judge(run(review_by=date(2099, 1, 31)), sla(), about="").notes

    assert [note for note in overdue if "site_down.md was to be reviewed by 2020-01-31" in note]
    assert not [note for note in fine if "reviewed" in note]
