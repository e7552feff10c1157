"""The story of a customer who writes."""

import pytest

from harness.adapter.protocol import Notice, NoticeKind, Written
from harness.model.contact import Ticket, WriteOutcome
from harness.traffic.people import Person
from harness.traffic.schedule import PlannedTicket
from scenarios.journeys.story import Leave, Lost
from scenarios.journeys.ticket import write
from tests.fakes import REFERENCE, FakeAdapter, FakeClock, Theatre

PERSON = Person("customer-00007", "Ann Nobody", "+447700900007", "customer-00007@customers.test")
PLAN = PlannedTicket(
    id="peak/tickets/7",
    number=7,
    phase="peak",
    held=True,
    due_s=100.0,
    priority="P1",
    person=7,
    subject="Synthetic ticket about a complaint",
)
REPLIED = Notice(NoticeKind.REPLIED, reference=PLAN.id)
SOLVED = Notice(NoticeKind.SOLVED, reference=PLAN.id)
END = Leave()


def play(theatre: Theatre, *script: tuple[float, Notice | Leave | Lost]) -> Ticket:
    contact = theatre.play(write(PLAN, PERSON, 100.0, theatre.scene()), *script)
    assert isinstance(contact, Ticket)
    return contact


def stage(written: Written | None = None) -> Theatre:
    return Theatre(FakeAdapter(written=written), FakeClock(s=100.5), request_s=0.5)


def test_a_ticket_is_acknowledged_replied_to_and_solved():
    """Each moment by the customer's clock."""
    ticket = play(stage(), (160.0, REPLIED), (300.0, SOLVED))

    assert (ticket.due_s, ticket.started_s, ticket.acknowledged_s) == (100.0, 100.5, 101.0)
    assert (ticket.replied_s, ticket.solved_s, ticket.first_reply_s) == (160.0, 300.0, 60.0)
    assert (ticket.outcome, ticket.provider_id) == (WriteOutcome.ACKNOWLEDGED, "T-1")
    assert (ticket.held, ticket.priority) == (True, "P1")


def test_only_the_first_reply_is_the_first():
    """A second message of the agent does not move it."""
    ticket = play(stage(), (160.0, REPLIED), (200.0, REPLIED), (300.0, SOLVED))

    assert ticket.replied_s == 160.0


def test_a_ticket_solved_without_a_reply_had_none():
    """Closed is not answered."""
    ticket = play(stage(), (300.0, SOLVED))

    assert (ticket.replied_s, ticket.solved_s) == (None, 300.0)


@pytest.mark.parametrize(
    "outcome", [WriteOutcome.REFUSED, WriteOutcome.FAILED, WriteOutcome.UNKNOWN]
)
def test_a_ticket_that_was_not_acknowledged_waits_for_nobody(outcome: WriteOutcome):
    """No promise, no reply; what became of it the audit will tell."""
    theatre = stage(Written(outcome, error="503"))
    ticket = play(theatre)

    assert (ticket.outcome, ticket.acknowledged_s, ticket.error) == (outcome, None, "503")
    assert theatre.waited_until == []


def test_a_run_that_ends_leaves_the_ticket_as_it_stands():
    """Its clock is still running: censored, not failed."""
    ticket = play(stage(), (160.0, REPLIED), (200.0, END))

    assert (ticket.outcome, ticket.replied_s, ticket.solved_s) == (
        WriteOutcome.ACKNOWLEDGED,
        160.0,
        None,
    )


def test_a_ticket_that_was_lost_from_sight_says_so():
    """A reply may have come that we did not hear."""
    ticket = play(stage(), (150.0, Lost("events 5 to 9 never came")))

    assert ticket.error == "events 5 to 9 never came"


def test_a_ticket_names_nobody_who_exists():
    """The text itself says it is synthetic."""
    theatre = stage()
    play(theatre, (300.0, SOLVED))
    (new_ticket,) = theatre.adapter.tickets

    assert new_ticket.reference == REFERENCE
    assert "customers.test" in new_ticket.body
    assert "who does not exist" in new_ticket.body


def test_every_step_is_told_once():
    """Begun, acknowledged, replied, solved."""
    theatre = stage()
    play(theatre, (160.0, REPLIED), (300.0, SOLVED))

    assert len(theatre.told) == 4
