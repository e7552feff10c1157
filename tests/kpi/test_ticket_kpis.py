"""KPIs of tickets that live on after the first reply, as their customers saw it."""

import pytest

from harness.kpi import tickets
from harness.kpi.figures import NEVER, Turn, TurnFigures, Updates, turns_of, updates_of
from harness.kpi.question import Question
from harness.model.contact import StepKind, Ticket, TicketStep, WriteOutcome
from tests.fakes import phase_evidence, ticket

DONE = WriteOutcome.ACKNOWLEDGED
WITHIN_60 = Question(threshold_s=60.0)


def replied(at_s: float) -> TicketStep:
    return TicketStep(StepKind.REPLIED, at_s)


def solved(at_s: float) -> TicketStep:
    return TicketStep(StepKind.SOLVED, at_s)


def wrote(at_s: float, outcome: WriteOutcome | None = DONE) -> TicketStep:
    return TicketStep(StepKind.WROTE, at_s, outcome)


def reopened(at_s: float, outcome: WriteOutcome | None = DONE) -> TicketStep:
    return TicketStep(StepKind.REOPENED, at_s, outcome)


def asked(at_s: float, until_s: float = NEVER) -> TurnFigures:
    return TurnFigures(at_s, "P3", Turn.ASKED.value, until_s)


def was_solved(at_s: float, until_s: float = NEVER) -> TurnFigures:
    return TurnFigures(at_s, "P3", Turn.SOLVED.value, until_s)


def lived(*steps: TicketStep, **changes) -> Ticket:
    return ticket(steps=steps, **changes)


@pytest.mark.parametrize(
    ("steps", "turns", "because"),
    [
        ([], [], "nothing has happened"),
        ([replied(10)], [], "the first reply has a KPI of its own"),
        ([wrote(5), replied(10)], [], "before the first reply the customer waits for that one"),
        ([replied(10), wrote(20), replied(50)], [asked(20, 30)], "the next reply"),
        ([replied(10), wrote(20)], [asked(20)], "nobody has replied yet"),
        ([replied(10), wrote(20), wrote(30), replied(50)], [asked(20, 30)], "the oldest counts"),
        ([replied(10), wrote(20), replied(50), replied(60)], [asked(20, 30)], "one reply each"),
        ([replied(10), wrote(20, WriteOutcome.REFUSED), replied(50)], [], "told no: no wait"),
        ([replied(10), wrote(20, WriteOutcome.UNKNOWN)], [asked(20)], "the customer waits"),
        ([replied(10), wrote(20, None)], [asked(20)], "the customer waits"),
        ([replied(10), solved(15)], [was_solved(15)], "content"),
        ([solved(15), reopened(40), wrote(41)], [was_solved(15, 25)], "not content"),
        ([solved(15), reopened(40, WriteOutcome.REFUSED)], [was_solved(15)], "it was not opened"),
        ([solved(15), reopened(40), solved(50)], [was_solved(15, 25), was_solved(50)], "twice"),
        ([replied(9), solved(15), wrote(20), replied(50)],
         [was_solved(15, 5), asked(20, 30)], "a word on a solved ticket opens it again"),
    ],
)  # fmt: skip
def test_the_turns_of_a_ticket(steps: list[TicketStep], turns: list[TurnFigures], because: str):
    """What of its story the KPIs count."""
    assert turns_of(lived(*steps)) == turns, because


def test_updates_are_counted_by_what_became_of_them():
    """Only a promise can be broken; what is unsure may be there or not."""
    steps = [
        wrote(1), wrote(2, WriteOutcome.UNKNOWN), wrote(3, None), wrote(4, WriteOutcome.REFUSED),
        wrote(5, WriteOutcome.FAILED), reopened(6), TicketStep(StepKind.APPEALED, 7, DONE),
    ]  # fmt: skip

    assert updates_of(steps) == Updates(comments=1, unsure=2, reopened=1, escalated=1)


def test_a_next_reply_is_in_time_by_the_customers_clock():
    """Exactly as long as promised is within."""
    evidence = phase_evidence(
        lived(replied(10), wrote(20), replied(80)),
        lived(replied(10), wrote(20), replied(80.1)),
        lived(replied(10), wrote(20)),
    )
    found = tickets.next_reply(evidence, WITHIN_60)

    assert (found.value, found.n) == (1 / 3, 3)


def test_a_word_whose_clock_was_still_running_is_left_out():
    """Of the young only the quick replies would be known."""
    evidence = phase_evidence(
        lived(replied(10), wrote(20), replied(30)),
        lived(replied(10), wrote(70), replied(75)),
        seen_until_s=100.0,
    )
    found = tickets.next_reply(evidence, WITHIN_60)

    assert (found.value, found.n, found.censored) == (1.0, 1, 1)


def test_a_clock_of_one_priority_counts_its_words_alone():
    """As for a first reply."""
    evidence = phase_evidence(
        lived(replied(10), wrote(20), replied(30), priority="P1"),
        lived(replied(10), wrote(20), replied(500), priority="P3"),
    )

    assert tickets.next_reply(evidence, Question(threshold_s=60.0, priority="P1")).value == 1.0
    assert tickets.next_reply(evidence, Question(threshold_s=60.0, priority="P3")).value == 0.0


def test_a_solution_counts_as_undone_once_its_customer_opens_it_again():
    """By solutions, not by tickets: the second one may please."""
    evidence = phase_evidence(
        lived(solved(15)), lived(solved(15), reopened(20), solved(30)), lived(replied(10))
    )
    found = tickets.reopened(evidence, Question())

    assert (found.value, found.n) == (1 / 3, 3)


@pytest.mark.parametrize("kpi", [tickets.reopened, lambda e, _: tickets.next_reply(e, WITHIN_60)])
def test_without_a_turn_there_is_no_value(kpi):
    """No data is never a pass."""
    assert kpi(phase_evidence(lived(replied(10))), Question()).value is None
