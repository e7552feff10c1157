"""What a customer does about an open ticket, and what they leave alone."""

from dataclasses import replace

import pytest

from harness.adapter.protocol import Notice, NoticeKind, TicketRead, TicketState, Written
from harness.model.contact import Attachment, StepKind, Ticket, Why, WriteOutcome
from harness.traffic.intentions import Intentions
from harness.traffic.people import make_people
from harness.traffic.schedule import PlannedCall, PlannedTicket
from scenarios.journeys.story import Leave, Lost
from scenarios.journeys.ticket import write
from tests.fakes import REFERENCE, TICKETS, FakeAdapter, FakeClock, Theatre, scenario

PERSON = make_people("2026")[7]
PLAN = PlannedTicket(
    id="peak/tickets/7",
    number=7,
    phase="peak",
    held=False,
    due_s=100.0,
    priority="P2",
    person=7,
    subject="Synthetic ticket about a complaint",
)
ASKED = Notice(NoticeKind.ASKED)
HELD = Notice(NoticeKind.HELD)
SOLVED = Notice(NoticeKind.SOLVED)
REOPENED = Notice(NoticeKind.REOPENED)
END = Leave()
DONE, REFUSED = WriteOutcome.ACKNOWLEDGED, WriteOutcome.REFUSED
STALE = Written(REFUSED, error="412 etag-mismatch", stale=True)


def replied(comment: str | None = "c-1") -> Notice:
    return Notice(NoticeKind.REPLIED, comment=comment)


def stage(**adapter) -> Theatre:
    return Theatre(FakeAdapter(**adapter), FakeClock(s=100.0), scenario=scenario(tickets=TICKETS))


def play(theatre: Theatre, means_to: Intentions, *script) -> Ticket:
    plan = replace(PLAN, means_to=means_to)
    contact = theatre.play(write(plan, PERSON, 100.0, theatre.scene()), *script)
    assert isinstance(contact, Ticket)
    return contact


def steps(ticket: Ticket) -> list[tuple[StepKind, float]]:
    return [(step.kind, step.at_s) for step in ticket.steps]


def requests(theatre: Theatre) -> list[tuple[float, str]]:
    return [each for each in theatre.requests if each[1] != "open_ticket"]


def test_who_is_asked_answers_after_a_while():
    """The clock of the next reply begins with the answer; the question was a reply, too."""
    theatre = stage()
    ticket = play(
        theatre,
        Intentions(answers_s=(50.0, 70.0)),
        (160.0, replied()), (160.0, ASKED), (300.0, replied("c-2")), (400.0, SOLVED),
    )  # fmt: skip

    assert steps(ticket) == [
        (StepKind.REPLIED, 160.0), (StepKind.ASKED, 160.0), (StepKind.WROTE, 210.0),
        (StepKind.REPLIED, 300.0), (StepKind.SOLVED, 400.0),
    ]  # fmt: skip
    assert ticket.steps[2].outcome is DONE
    assert (ticket.replied_s, ticket.solved_s) == (160.0, 400.0)
    assert requests(theatre) == [(210.0, "comment_ticket")]


def test_every_comment_has_a_key_of_its_own_and_names_nobody_who_exists():
    """Two comments under one key would be one; the text itself says that it is synthetic."""
    theatre = stage()
    play(
        theatre,
        Intentions(answers_s=(10.0, 10.0)),
        (160.0, ASKED), (200.0, ASKED), (300.0, SOLVED),
    )  # fmt: skip
    first, second = theatre.adapter.comments

    assert [first.key, second.key] == [f"{REFERENCE}/comment-1", f"{REFERENCE}/comment-2"]
    assert first.provider_id == "T-1"
    assert "who does not exist" in first.text


@pytest.mark.parametrize("answers_s", [(), (10.0,)])
def test_a_question_after_the_last_answer_stays_open(answers_s: tuple[float, ...]):
    """Some customers never answer: silence is the provider's to deal with."""
    theatre = stage()
    ticket = play(
        theatre, Intentions(answers_s=answers_s), (160.0, ASKED), (260.0, ASKED), (900.0, END)
    )

    assert len(theatre.adapter.comments) == len(answers_s)
    assert ticket.solved_s is None


def test_who_was_going_to_answer_leaves_it_when_the_ticket_is_solved():
    """An answer to a solved ticket would open it again, and nobody meant that."""
    theatre = stage()
    ticket = play(theatre, Intentions(answers_s=(500.0,)), (160.0, ASKED), (300.0, SOLVED))

    assert theatre.adapter.comments == []
    assert ticket.solved_s == 300.0


def test_who_is_not_content_opens_it_again_says_why_and_waits_on():
    """The version that was read is the one that is changed; the last solution counts."""
    theatre = stage(reads=[TicketRead(TicketState.SOLVED, '"v7"')])
    ticket = play(
        theatre,
        Intentions(reopens_after_s=60.0),
        (160.0, replied()), (300.0, SOLVED), (360.0, REOPENED), (400.0, replied("c-2")),
        (500.0, SOLVED),
    )  # fmt: skip

    assert theatre.adapter.versions == ['"v7"']
    assert requests(theatre) == [
        (360.0, "read_ticket"), (360.0, "reopen_ticket"), (360.0, "comment_ticket"),
    ]  # fmt: skip
    assert steps(ticket)[1:] == [
        (StepKind.SOLVED, 300.0), (StepKind.REOPENED, 360.0), (StepKind.WROTE, 360.0),
        (StepKind.REPLIED, 400.0), (StepKind.SOLVED, 500.0),
    ]  # fmt: skip
    assert ticket.solved_s == 500.0


def test_a_ticket_that_is_open_again_is_not_solved():
    """However the run ends: closed once is not closed."""
    ticket = play(
        stage(), Intentions(reopens_after_s=60.0), (300.0, SOLVED), (361.0, REOPENED), (600.0, END)
    )

    assert ticket.solved_s is None


def test_it_is_opened_again_once():
    """Whom the second solution does not please either has left for good."""
    theatre = stage()
    play(theatre, Intentions(reopens_after_s=60.0), (300.0, SOLVED), (400.0, SOLVED))

    assert [step for _, step in requests(theatre)].count("reopen_ticket") == 1


@pytest.mark.parametrize("found", [TicketRead(TicketState.CLOSED, '"v"'), None])
def test_what_is_closed_for_good_or_cannot_be_read_is_left_alone(found: TicketRead | None):
    """A change that names no version would overwrite somebody's work."""
    theatre = stage(reads=[found])
    ticket = play(theatre, Intentions(reopens_after_s=60.0), (300.0, SOLVED))

    assert requests(theatre) == [(360.0, "read_ticket")]
    assert ticket.solved_s == 300.0


def test_a_ticket_that_changed_meanwhile_is_read_anew():
    """Somebody was faster: that is no error of anybody."""
    versions = [TicketRead(TicketState.SOLVED, f'"v{number}"') for number in (1, 2)]
    theatre = stage(reads=versions, changes=[STALE])
    ticket = play(theatre, Intentions(reopens_after_s=60.0), (300.0, SOLVED), (400.0, SOLVED))
    outcomes = [step.outcome for step in ticket.steps if step.kind is StepKind.REOPENED]

    assert theatre.adapter.versions == ['"v1"', '"v2"']
    assert outcomes == [REFUSED, DONE]
    assert ticket.error is None


def test_a_ticket_that_changes_all_the_time_is_given_up():
    """Three tries: a customer is no retry loop."""
    theatre = stage(changes=[STALE] * 5)
    ticket = play(theatre, Intentions(reopens_after_s=60.0), (300.0, SOLVED))

    assert len(theatre.adapter.versions) == 3
    assert ticket.solved_s == 300.0


def test_who_has_waited_long_enough_asks_for_the_second_line():
    """Timed from the opening, of a ticket that is not solved."""
    theatre = stage(reads=[TicketRead(TicketState.OPEN, '"v1"')])
    ticket = play(theatre, Intentions(escalates_after_s=200.0), (160.0, replied()), (400.0, SOLVED))

    assert requests(theatre) == [(300.0, "read_ticket"), (300.0, "escalate_ticket")]
    assert (StepKind.APPEALED, 300.0) in steps(ticket)


@pytest.mark.parametrize("state", [TicketState.SOLVED, TicketState.CLOSED, TicketState.OTHER])
def test_nobody_escalates_what_is_found_solved(state: TicketState):
    """The news may have been slower than the customer."""
    theatre = stage(reads=[TicketRead(state, '"v1"')])
    play(theatre, Intentions(escalates_after_s=200.0), (400.0, SOLVED))

    assert theatre.adapter.versions == []


def test_a_solution_in_time_makes_escalation_and_chase_needless():
    """People drop what has settled itself."""
    theatre = stage()
    play(theatre, Intentions(escalates_after_s=200.0, chases_after_s=250.0), (250.0, SOLVED))

    assert requests(theatre) == []
    assert theatre.follow_ups == []


def test_who_hears_nothing_phones_about_the_ticket():
    """A call of its own, due at the very moment, by the same customer; the ticket goes on."""
    theatre = stage()
    ticket = play(theatre, Intentions(chases_after_s=120.0), (400.0, replied()), (500.0, SOLVED))
    (follow_up,) = theatre.follow_ups
    call = follow_up.plan

    assert isinstance(call, PlannedCall)
    assert (follow_up.due_s, call.parent, call.why) == (220.0, PLAN.id, Why.CHASE)
    assert call.person == PLAN.person
    assert steps(ticket)[0] == (StepKind.CHASED, 220.0)
    assert (ticket.replied_s, ticket.solved_s) == (400.0, 500.0)


def test_a_reply_in_time_spares_the_call():
    """Only an unanswered ticket is chased."""
    theatre = stage()
    play(theatre, Intentions(chases_after_s=120.0), (200.0, replied()), (500.0, SOLVED))

    assert theatre.follow_ups == []


def test_the_customers_own_word_may_be_chased_too_but_once():
    """The wait begins anew with it; nobody phones about one ticket for ever."""
    theatre = stage()
    play(
        theatre,
        Intentions(chases_after_s=120.0, answers_s=(10.0, 10.0)),
        (160.0, replied()), (160.0, ASKED), (300.0, replied("c-2")), (300.0, ASKED),
        (900.0, END),
    )  # fmt: skip

    assert [each.due_s for each in theatre.follow_ups] == [290.0]


def test_a_reply_that_a_new_leader_tells_again_is_one_reply():
    """Else a failover would answer customers who wait."""
    ticket = play(
        stage(),
        Intentions(answers_s=(10.0,)),
        (160.0, replied("c-1")), (160.0, ASKED), (200.0, replied("c-1")), (900.0, END),
    )  # fmt: skip

    assert [kind for kind, _ in steps(ticket)].count(StepKind.REPLIED) == 1


def test_a_write_is_told_before_its_answer_comes():
    """Should the run end in between, the audit knows that it may be kept."""
    theatre = stage()
    play(theatre, Intentions(answers_s=(10.0,)), (160.0, ASKED), (900.0, END))
    outcomes = [
        step.outcome
        for told in theatre.told
        if isinstance(told, Ticket)
        for step in told.steps
        if step.kind is StepKind.WROTE
    ]

    assert outcomes == [None, DONE]


@pytest.mark.parametrize(
    "outcome", [WriteOutcome.UNKNOWN, WriteOutcome.FAILED, WriteOutcome.REFUSED]
)
def test_a_write_that_was_not_acknowledged_is_sent_once(outcome: WriteOutcome):
    """What became of it is the audit's to find; the story goes on."""
    theatre = stage(changes=[Written(outcome, error="503")])
    ticket = play(
        theatre, Intentions(answers_s=(10.0,)), (160.0, ASKED), (300.0, HELD), (400.0, SOLVED)
    )

    assert len(theatre.adapter.comments) == 1
    assert (ticket.steps[1].outcome, ticket.error) == (outcome, "503")
    assert ticket.solved_s == 400.0


def test_who_lost_sight_of_the_ticket_does_no_more_about_it():
    """What the customer would react to may have happened unheard."""
    theatre = stage()
    ticket = play(
        theatre, Intentions(answers_s=(50.0,)), (160.0, ASKED), (170.0, Lost("events 5 to 9"))
    )

    assert theatre.adapter.comments == []
    assert ticket.error == "events 5 to 9"


def test_of_files_only_what_they_are_called_leaves():
    """Name, size and type go with the ticket; their number stays in the record."""
    file = Attachment("synthetic-log-1.txt", 20_000, "text/plain")
    theatre = stage()
    ticket = play(theatre, Intentions(attachments=(file,)), (300.0, SOLVED))

    assert theatre.adapter.tickets[0].attachments == (file,)
    assert ticket.attachments == 1
