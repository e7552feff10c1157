"""No surprises: what became of contacts in a fault, against what its runbook foresees.

A provider may lose calls in a failover as long as everybody knew that it would. An outcome that no
runbook of a fault in force names is a finding, however few contacts met it: whoever answered the
phone in that hour had nothing to go by.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, groupby

from harness.kpi.figures import Fate
from harness.model.contact import WriteOutcome
from harness.model.event import FaultRun, PhaseRun
from harness.model.runbook import Mishap
from harness.model.scenario import FaultPlan, Scenario
from harness.model.verdict import Surprise
from harness.verdict.evidence import Evidence
from harness.verdict.felt import felt_in
from harness.verdict.reach import Seen, unseen

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

    As long as a fault is felt, which is longer than it lasts, what happens is put down to it. A
    phase with a fault whose runbook does not say what it expects is left out; so is one in which
    nothing was injected.
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
    return [each.fault for each in felt_in(phase, faults)]


def contacts_met(run: Evidence, phase: PhaseRun, faults: Sequence[FaultRun]) -> int:
    """Return how many contacts came while any of *faults* was felt in *phase*.

    What is looked at for surprises. Who was lost and had come before is not among them.
    """
    when = felt_in(phase, faults)
    felt = min(each.start_s for each in when), max(each.end_s for each in when)
    due = chain(
        run.attempts(*felt).due_s,
        (ticket.due_s for ticket in run.tickets(phase.name)),
    )
    return sum(any(each.start_s <= due_s < each.end_s for each in when) for due_s in due)


def silent(scenario: Scenario, faults: Iterable[FaultRun | FaultPlan]) -> tuple[str, ...]:
    """Return the titles of *faults* whose runbook does not say what it expects."""
    books = ((fault.title, scenario.runbook(fault.runbook)) for fault in faults)
    return tuple(title for title, book in books if book is None or book.expects is None)


def _unforeseen(
    run: Evidence, phase: PhaseRun, faults: Sequence[FaultRun]
) -> Iterator[tuple[Mishap, float, str]]:
    """Yield what became of whom and when, where no runbook in force at that moment names it."""
    when = [(each, _expected(run.scenario, each.fault)) for each in felt_in(phase, faults)]
    for mishap, at_s, id_ in _mishaps(run, min(each.start_s for each, _ in when), phase):
        in_force = [expected for each, expected in when if each.start_s <= at_s < each.end_s]
        if in_force and not any(mishap in expected for expected in in_force):
            yield mishap, at_s, id_


def _expected(scenario: Scenario, fault: FaultRun) -> frozenset[Mishap]:
    book = scenario.runbook(fault.runbook)
    return frozenset() if book is None or book.expects is None else book.expects


def _mishaps(run: Evidence, since_s: float, phase: PhaseRun) -> Iterator[tuple[Mishap, float, str]]:
    until_s = phase.held_until_s
    tried = Seen(unseen(run)).calls(run.attempts(since_s, until_s)).met(_OF_CALLS.keys())
    for id_, due_s, fate in zip(tried.id, tried.due_s, tried.fate, strict=True):
        yield _OF_CALLS[Fate(fate)], due_s, id_
    for call in run.lost_calls(since_s, until_s):
        yield Mishap.DROPPED if call.dropped else Mishap.CUT_OFF, call.ended_s, call.id
    for ticket in run.tickets(phase.name):
        if ticket.due_s >= since_s and ticket.outcome in _OF_TICKETS:
            yield _OF_TICKETS[ticket.outcome], ticket.due_s, ticket.id
