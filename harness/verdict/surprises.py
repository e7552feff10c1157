"""No surprises: what became of contacts in a fault, against what its runbook foresees.

A provider may lose calls in a failover as long as everybody knew that it would. An outcome that no
runbook of a fault in force names is a finding, however few contacts met it: whoever answered the
phone in that hour had nothing to go by.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from harness.kpi.figures import Attempt, Fate
from harness.model.contact import WriteOutcome
from harness.model.event import FaultRun, PhaseRun
from harness.model.runbook import Mishap
from harness.model.scenario import FaultPlan, PhaseKind, Scenario
from harness.model.verdict import Surprise
from harness.verdict.evidence import Evidence

_OF_CALLS = {
    Fate.BLOCKED: Mishap.BLOCKED,
    Fate.REFUSED: Mishap.REFUSED,
    Fate.FAILED: Mishap.FAILED,
    Fate.UNKNOWN: Mishap.UNKNOWN,
    Fate.UNSEEN: Mishap.UNKNOWN,
}
_OF_TICKETS = {
    WriteOutcome.REFUSED: Mishap.TICKET_REFUSED,
    WriteOutcome.FAILED: Mishap.TICKET_FAILED,
    WriteOutcome.UNKNOWN: Mishap.TICKET_UNKNOWN,
}


def surprises_of(run: Evidence) -> list[Surprise]:
    """Return what no runbook foresaw, phase by phase and outcome by outcome.

    From a fault's injection to the end of its phase what happens is put down to it, for it is felt
    longer than it lasts. A phase with a fault whose runbook does not say what it expects is left
    out; so is one in which nothing was injected.
    """
    found = []
    for phase in run.phases():
        if not (faults := faults_of(run.faults(), phase)) or silent(run.scenario, faults):
            continue
        told = sorted(_unforeseen(run, phase, faults), key=lambda each: (each[0], each[1]))
        for mishap, group in groupby(told, key=lambda each: each[0]):
            ids = tuple(id_ for _, _, id_ in group)
            found.append(Surprise(phase.name, mishap, ids))
    return found


def faults_of(faults: Iterable[FaultRun], phase: PhaseRun) -> list[FaultRun]:
    """Return those of *faults* that were injected in *phase*."""
    of_phase = phase.kind is PhaseKind.FAULT
    return [
        fault
        for fault in faults
        if of_phase and fault.phase == phase.name and fault.injected_from_s is not None
    ]


def contacts_met(run: Evidence, phase: PhaseRun, faults: Sequence[FaultRun]) -> int:
    """Return how many contacts came from the first of *faults* to the end of *phase*.

    What is looked at for surprises. Who was lost and had come before is not among them.
    """
    since_s = min(fault.injected_from_s or 0.0 for fault in faults)
    until_s = phase.held_until_s
    calls = sum(attempt.due_s < until_s for attempt in run.attempts(since_s))
    return calls + sum(ticket.due_s >= since_s for ticket in run.tickets(phase.name))


def silent(scenario: Scenario, faults: Iterable[FaultRun | FaultPlan]) -> tuple[str, ...]:
    """Return the titles of *faults* whose runbook does not say what it expects."""
    books = ((fault.title, scenario.runbook(fault.runbook)) for fault in faults)
    return tuple(title for title, book in books if book is None or book.expects is None)


def _unforeseen(
    run: Evidence, phase: PhaseRun, faults: Sequence[FaultRun]
) -> Iterator[tuple[Mishap, float, str]]:
    """Yield what became of whom and when, where no runbook in force at that moment names it."""
    since = [(fault.injected_from_s or 0.0, _expected(run.scenario, fault)) for fault in faults]
    for mishap, at_s, id_ in _mishaps(run, min(at_s for at_s, _ in since), phase):
        if not any(from_s <= at_s and mishap in expected for from_s, expected in since):
            yield mishap, at_s, id_


def _expected(scenario: Scenario, fault: FaultRun) -> frozenset[Mishap]:
    book = scenario.runbook(fault.runbook)
    return frozenset() if book is None or book.expects is None else book.expects


def _mishaps(run: Evidence, since_s: float, phase: PhaseRun) -> Iterator[tuple[Mishap, float, str]]:
    until_s = phase.held_until_s
    for attempt in run.attempts(since_s):
        if attempt.due_s < until_s and (mishap := _of_call(attempt)) is not None:
            yield mishap, attempt.due_s, attempt.id
    for call in run.lost_calls(since_s, until_s):
        yield Mishap.DROPPED if call.dropped else Mishap.CUT_OFF, call.ended_s, call.id
    for ticket in run.tickets(phase.name):
        if ticket.due_s >= since_s and ticket.outcome in _OF_TICKETS:
            yield _OF_TICKETS[ticket.outcome], ticket.due_s, ticket.id


def _of_call(attempt: Attempt) -> Mishap | None:
    return _OF_CALLS.get(Fate(attempt.fate))
