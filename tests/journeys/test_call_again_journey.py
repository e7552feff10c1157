"""The rest of a caller's story: menu keys, a callback, a second queue, and what comes after."""

from typing import Any

import pytest

from harness.adapter.protocol import EndReason, Notice, NoticeKind, Placed, Promised
from harness.model.callers import CallAgain, CallbackWish, Callers, Delay, MenuKeys, TicketAfterCall
from harness.model.contact import Call, EndedBy, Outcome, Why
from harness.model.patience import BUSY
from harness.model.scenario import CallTraffic, TicketTraffic
from harness.traffic.people import Person
from harness.traffic.schedule import PlannedCall
from scenarios.journeys.call import LONGEST_PROMISE_S, phone
from scenarios.journeys.story import Leave, Lost
from tests.fakes import FakeAdapter, FakeClock, Theatre, scenario

PERSON = Person("customer-00007", "Ann Nobody", "+447700900007", "a@customers.test", language="cy")
PLAN = PlannedCall(
    id="peak/calls/7",
    number=7,
    phase="peak",
    held=False,
    due_s=100.0,
    queue="billing",
    line="+441632960101",
    person=7,
    patience_s=60.0,
    reason="a complaint",
)
AGAIN = {why: CallAgain(1.0, Delay(20.0), 3) for why in Why}
PROMISE = Promised(until=1000.0 + 1900.0)


def stage(adapter: FakeAdapter | None = None, **callers: Any) -> Theatre:
    """Return a theatre at 100 s of a scenario whose callers behave like that."""
    calls = CallTraffic(1440.0, {"billing": 1.0}, BUSY, callers=Callers(**callers))
    tickets = TicketTraffic(600.0, {"P3": 1.0})
    there = scenario(calls=calls, tickets=tickets)
    return Theatre(adapter or FakeAdapter(), FakeClock(s=100.0), scenario=there)


def play(theatre: Theatre, *script: tuple[float, Notice | Leave | Lost]) -> Call:
    contact = theatre.play(phone(PLAN, PERSON, 100.0, theatre.scene()), *script)
    assert isinstance(contact, Call)
    return contact


def notice(at_s: float, kind: NoticeKind, **fields: Any) -> tuple[float, Notice]:
    return at_s, Notice(kind, reference=PLAN.id, site="north", queue="billing", **fields)


MENU = notice(100.0, NoticeKind.MENU)
QUEUED = notice(101.0, NoticeKind.QUEUED)
ANSWERED = notice(110.0, NoticeKind.ANSWERED)


def ended(at_s: float, reason: EndReason, **fields: Any) -> tuple[float, Notice]:
    return notice(at_s, NoticeKind.ENDED, reason=reason, **fields)


# ---------------------------------------------------------------------- who they are


def test_the_provider_is_told_the_callers_language():
    """Where the scenario has languages; the pool gives each customer one."""
    theatre = stage()
    play(theatre, ANSWERED, ended(120.0, EndReason.AGENT))

    assert theatre.adapter.calls[0].language == "cy"


# ---------------------------------------------------------------------- the menu


def test_a_caller_presses_a_key_in_the_menu():
    """After listening for a while; the menu is over when the provider says so."""
    theatre = stage(menu=MenuKeys(1.0, "0", 10.0))
    call = play(
        theatre, MENU, notice(112.0, NoticeKind.QUEUED), notice(115.0, NoticeKind.ANSWERED),
        ended(120.0, EndReason.AGENT),
    )  # fmt: skip

    assert theatre.adapter.pressed == ["0"]
    assert theatre.requests[1] == (110.0, "press")
    assert (call.ivr_s, call.wait_s) == (12.0, 3.0)


def test_a_menu_that_ends_first_hears_no_key():
    """Nobody presses keys into the music."""
    theatre = stage(menu=MenuKeys(1.0, "0", 10.0))
    play(theatre, MENU, notice(105.0, NoticeKind.QUEUED), ended(106.0, EndReason.CLOSED))

    assert theatre.adapter.pressed == []


# ---------------------------------------------------------------------- callbacks


def called_back(
    *script: tuple[float, Notice | Leave | Lost], promise: Promised = PROMISE
) -> Theatre:
    theatre = stage(FakeAdapter(promised=promise), callback=CallbackWish(1.0, 30.0), again=AGAIN)
    play(theatre, QUEUED, *script)
    return theatre


def last(theatre: Theatre) -> Call:
    call = theatre.told[-1]
    assert isinstance(call, Call)
    return call


def test_a_caller_takes_a_callback_and_the_call_back():
    """One contact: what it waited for, what it was promised, and when it came."""
    theatre = called_back(
        ended(130.5, EndReason.CALLBACK),
        notice(900.0, NoticeKind.CALLED_BACK),
        notice(960.0, NoticeKind.CALLBACK_ENDED, resolved=True),
    )
    call, (order,) = last(theatre), theatre.adapter.callbacks

    assert (call.outcome, call.ended_s, call.answered_s) == (Outcome.CALLBACK, 130.5, None)
    assert (call.promised_s, call.called_back_s, call.resolved) == (1900.0, 900.0, True)
    assert (order.provider_id, order.number) == ("C-1", "+447700900007")
    assert theatre.follow_ups == []


def test_a_provider_that_offers_none_keeps_the_caller_waiting():
    """As long as patience lasts; they ask once."""
    theatre = called_back(promise=Promised(None, "not offered"))

    assert (last(theatre).outcome, last(theatre).ended_s) == (Outcome.ABANDONED, 160.0)
    assert len(theatre.adapter.callbacks) == 1


def test_a_broken_promise_makes_the_customer_call_again():
    """They were let down, as if they had been cut off."""
    theatre = called_back(ended(130.5, EndReason.CALLBACK))
    (again,) = theatre.follow_ups

    assert last(theatre).called_back_s is None
    assert isinstance(again.plan, PlannedCall)
    assert again.plan.why is Why.DROPPED
    assert again.due_s == 1900.0 + LONGEST_PROMISE_S + 20.0


def test_nobody_hangs_up_on_a_promise_just_given():
    """Patience ends a second after the promise, and the provider's word on it comes later still."""
    theatre = stage(FakeAdapter(promised=PROMISE), callback=CallbackWish(1.0, 59.5))
    theatre.request_s = 1.0
    play(
        theatre, QUEUED, ended(163.0, EndReason.CALLBACK), notice(900.0, NoticeKind.CALLED_BACK),
        notice(960.0, NoticeKind.CALLBACK_ENDED),
    )  # fmt: skip

    assert last(theatre).outcome is Outcome.CALLBACK
    assert "hang_up" not in [step for _, step in theatre.requests]


def test_a_menu_that_leads_nowhere_loses_its_caller_in_the_end():
    """With or without keys, and even if the provider gave the call no id to press them on."""
    placed = Placed(None, None, "north", "billing")
    for habits in (MenuKeys(1.0, "0", 10.0), None):
        call = play(stage(FakeAdapter(placed), menu=habits), MENU)

        assert (call.outcome, call.ivr_s) == (Outcome.ABANDONED, 1800.0)


def test_an_agent_who_answers_while_they_ask_was_first():
    """The provider's word counts, not our wish."""
    theatre = called_back(
        notice(130.0, NoticeKind.ANSWERED), ended(150.0, EndReason.AGENT),
        promise=Promised(None, "409 wrong-state"),
    )  # fmt: skip

    assert last(theatre).outcome is Outcome.ANSWERED


def test_a_run_that_ends_before_the_callback_leaves_the_promise_open():
    """Neither kept nor broken."""
    theatre = called_back(ended(130.5, EndReason.CALLBACK), (500.0, Leave()))

    assert (last(theatre).outcome, last(theatre).promised_s) == (Outcome.CALLBACK, 1900.0)
    assert theatre.follow_ups == []


# ---------------------------------------------------------------------- a second queue

PASSED_ON = notice(130.0, NoticeKind.TRANSFERRED)
QUEUED_AGAIN = notice(130.0, NoticeKind.QUEUED)


def test_a_caller_is_passed_on_and_talks_again():
    """One contact, two talks: the first wait is the one that the contract counts."""
    call = play(
        stage(), QUEUED, ANSWERED, PASSED_ON, QUEUED_AGAIN, notice(150.0, NoticeKind.ANSWERED),
        ended(200.0, EndReason.AGENT),
    )  # fmt: skip

    assert (call.wait_s, call.transferred_s, call.answered_again_s) == (10.0, 130.0, 150.0)
    assert (call.ended_by, call.ended_s) == (EndedBy.AGENT, 200.0)


def test_patience_counts_in_the_second_queue_too():
    """Passed on at 130 s with a minute of patience: at 190 s they hang up, and may call again."""
    theatre = stage(again=AGAIN)
    call = play(theatre, QUEUED, ANSWERED, PASSED_ON, QUEUED_AGAIN)
    (again,) = theatre.follow_ups

    assert (call.outcome, call.ended_by, call.ended_s) == (
        Outcome.ANSWERED, EndedBy.CALLER, 190.0,
    )  # fmt: skip
    assert isinstance(again.plan, PlannedCall)
    assert again.plan.why is Why.ABANDONED


def test_a_talk_that_lost_its_site_waits_for_another_agent():
    """A provider that queues them anew has not dropped them, if they have patience enough."""
    call = play(
        stage(), QUEUED, ANSWERED, QUEUED_AGAIN, notice(140.0, NoticeKind.ANSWERED),
        ended(200.0, EndReason.AGENT),
    )  # fmt: skip

    assert (call.ended_by, call.answered_again_s) == (EndedBy.AGENT, 140.0)


# ---------------------------------------------------------------------- and then

UNHELPED = ended(170.0, EndReason.AGENT, resolved=False)


@pytest.mark.parametrize(
    ("placed", "script", "why", "due_s"),
    [
        (Placed(Outcome.BLOCKED), [], Why.BLOCKED, 120.0),
        (None, [QUEUED, ended(105.0, EndReason.SITE_LOSS)], Why.DROPPED, 125.0),
        (None, [ANSWERED, ended(150.0, EndReason.SITE_LOSS)], Why.DROPPED, 170.0),
        (None, [QUEUED, ended(161.0, EndReason.ABANDONED)], Why.ABANDONED, 181.0),
        (None, [ANSWERED, UNHELPED], Why.REPEAT, 190.0),
    ],
)
def test_a_bad_end_leads_to_another_call(
    placed: Placed | None, script: list[Any], why: Why, due_s: float
):
    """Each for its own cause, some time after the customer knows how it ended."""
    theatre = stage(FakeAdapter(placed), again=AGAIN)
    play(theatre, *script)
    (again,) = theatre.follow_ups

    assert isinstance(again.plan, PlannedCall)
    assert (again.plan.why, again.due_s, again.plan.parent) == (why, due_s, PLAN.id)


def test_a_talk_leads_to_a_ticket():
    """Some write after they have called."""
    theatre = stage(ticket=TicketAfterCall(1.0, 1.0, Delay(300.0)))
    play(theatre, ANSWERED, ended(150.0, EndReason.AGENT))

    assert [(each.plan.id, each.due_s) for each in theatre.follow_ups] == [
        ("peak/calls/7/ticket", 450.0)
    ]


@pytest.mark.parametrize("end", [Leave(), Lost("gap")])
@pytest.mark.parametrize("before", [[QUEUED], [ANSWERED], [MENU], []])
def test_nothing_follows_from_what_the_run_or_our_own_ears_ended(
    before: list[Any], end: Leave | Lost
):
    """A redial after the run's end, or after a gap in what we heard, would be our invention."""
    theatre = stage(again=AGAIN, ticket=TicketAfterCall(1.0, 1.0, Delay(1.0)))
    play(theatre, *before, (120.0, end))

    assert theatre.follow_ups == []
