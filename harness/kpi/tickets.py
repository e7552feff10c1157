"""KPIs of tickets as customers experienced them, from the contact log."""

from array import array
from itertools import compress

from harness.kpi.evidence import PhaseEvidence
from harness.kpi.figures import NEVER, Turn
from harness.kpi.measure import OPEN, SKIP, counted
from harness.kpi.question import Question


@counted("tickets")
def first_reply(e: PhaseEvidence, q: Question) -> bytearray:
    """Measure the share of tickets that a person replied to within the threshold.

    Counts only tickets sent at least that long before the run had come to its end: of younger
    ones only the quick replies would be known, which would flatter the provider. A ticket whose
    writing was not acknowledged counts against.
    """
    tickets = e.tickets.within(q.scope)
    return _within(e, tickets.due_s, tickets.first_reply_s, q.within_s)


@counted("turns")
def next_reply(e: PhaseEvidence, q: Question) -> bytearray:
    """Measure the share of customers' later words that got a reply within the threshold.

    By the words written in the phase, whenever their tickets were due, and only those old enough,
    as for a first reply. A word whose writing was not acknowledged counts against, unless it was
    refused.
    """
    turns = e.turns.within(q.scope)
    counts = _within(e, turns.at_s, turns.until_s, q.within_s)
    return bytearray(
        count if turn == Turn.ASKED else SKIP
        for count, turn in zip(counts, turns.turn, strict=True)
    )


@counted("turns")
def reopened(e: PhaseEvidence, q: Question) -> bytearray:
    """Measure the share of solutions after which the customer opened the ticket again.

    By the solutions of the phase, whenever their tickets were due; the reopening may come later,
    up to the end of the run. A ticket that is solved twice counts twice.
    """
    turns = e.turns.within(q.scope)
    return bytearray(
        until_s < NEVER if turn == Turn.SOLVED else SKIP
        for until_s, turn in zip(turns.until_s, turns.turn, strict=True)
    )


@counted("tickets")
def resolution(e: PhaseEvidence, q: Question) -> bytearray:
    """Measure the share of tickets solved within the threshold; young ones as for a first reply."""
    tickets = e.tickets.within(q.scope)
    return _within(e, tickets.due_s, tickets.resolution_s, q.within_s)


def clocks(kpi: str, e: PhaseEvidence, q: Question) -> tuple["array[float]", "array[float]"]:
    """Return when each clock that *kpi* counts began, and how long it ran (``NEVER``: it runs on).

    None for a KPI of tickets that has no clock.
    """
    tickets = e.tickets.within(q.scope)
    match kpi:
        case "ticket_first_reply":
            return tickets.due_s, tickets.first_reply_s
        case "ticket_resolution":
            return tickets.due_s, tickets.resolution_s
        case "ticket_next_reply":
            return _turns(e, q, Turn.ASKED)
        case "ticket_reopened":
            return _turns(e, q, Turn.SOLVED)
    return array("d"), array("d")


def _turns(e: PhaseEvidence, q: Question, turn: Turn) -> tuple["array[float]", "array[float]"]:
    """Return when each such *turn* was taken, and how long until what followed it."""
    turns = e.turns.within(q.scope)
    mask = bytes(each == turn for each in turns.turn)
    return array("d", compress(turns.at_s, mask)), array("d", compress(turns.until_s, mask))


def _within(
    e: PhaseEvidence, due_s: "array[float]", took_s: "array[float]", threshold_s: float
) -> bytearray:
    last_due_s = e.seen_until_s
    return bytearray(
        took <= threshold_s if due + threshold_s <= last_due_s else OPEN
        for due, took in zip(due_s, took_s, strict=True)
    )
