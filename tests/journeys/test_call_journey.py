"""The story of a caller, played by a driver that follows a script on a clock of its own."""

import pytest

from harness.adapter.protocol import EndReason, Notice, NoticeKind, Placed
from harness.model.contact import Call, EndedBy, Outcome
from harness.traffic.people import Person
from harness.traffic.schedule import PlannedCall
from scenarios.journeys.call import LONGEST_TALK_S, phone
from scenarios.journeys.story import Leave, Lost
from tests.fakes import REFERENCE, FakeAdapter, FakeClock, Theatre

PERSON = Person("customer-00007", "Ann Nobody", "+447700900007", "customer-00007@customers.test")
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
DUE_S = 100.0


def stage(**changes: object) -> Theatre:
    """Return a theatre in which it is the moment at which the call is due."""
    return Theatre(**{"clock": FakeClock(s=DUE_S)} | changes)


def play(theatre: Theatre, *script: tuple[float, Notice | Leave | Lost]) -> Call:
    contact = theatre.play(phone(PLAN, PERSON, DUE_S, theatre.scene()), *script)
    assert isinstance(contact, Call)
    return contact


def notice(kind: NoticeKind, **fields: object) -> Notice:
    return Notice(kind, reference=PLAN.id, site="north", queue="billing", **fields)


def queued(at_s: float) -> tuple[float, Notice]:
    return at_s, notice(NoticeKind.QUEUED, queued_at=1000.0 + at_s - 0.5)


def answered(at_s: float) -> tuple[float, Notice]:
    stamps = {"queued_at": 1000.0 + 100.5, "answered_at": 1000.0 + at_s - 0.5}
    return at_s, notice(NoticeKind.ANSWERED, **stamps)


def ended(at_s: float, reason: EndReason | None) -> tuple[float, Notice]:
    return at_s, notice(NoticeKind.ENDED, reason=reason)


def steps(theatre: Theatre) -> list[str]:
    return [step for _, step in theatre.requests]


def test_a_caller_is_answered_and_the_agent_hangs_up():
    """The whole of it: when queued, answered and ended, by whose clock, and by whom."""
    call = play(stage(), queued(101.0), answered(112.0), ended(172.0, EndReason.AGENT))

    assert (call.outcome, call.ended_by) == (Outcome.ANSWERED, EndedBy.AGENT)
    assert (call.due_s, call.started_s, call.queued_s) == (100.0, 100.0, 101.0)
    assert (call.answered_s, call.ended_s, call.wait_s) == (112.0, 172.0, 12.0)
    assert (call.site_queued_s, call.site_answered_s) == (100.5, 111.5)
    assert (call.site, call.provider_id) == ("north", "C-1")


def test_the_provider_is_told_who_calls():
    """With a number that is kept free for drama, under our reference."""
    theatre = stage()
    play(theatre, answered(101.0), ended(102.0, EndReason.AGENT))
    (new_call,) = theatre.adapter.calls

    assert (new_call.reference, new_call.consumer) == (REFERENCE, "worker-0")
    assert (new_call.caller, new_call.line) == ("+447700900007", "+441632960101")


@pytest.mark.parametrize(
    ("reason", "ended_by"),
    [
        (EndReason.AGENT, EndedBy.AGENT),
        (EndReason.CALLER, EndedBy.DROPPED),
        (EndReason.ABANDONED, EndedBy.DROPPED),
        (EndReason.SITE_LOSS, EndedBy.DROPPED),
        (EndReason.OTHER, EndedBy.UNKNOWN),
        (None, EndedBy.UNKNOWN),
    ],
)
def test_a_talk_ends_by_the_providers_word(reason: EndReason | None, ended_by: EndedBy):
    """We are the caller and did not hang up: a provider who says so hides a drop."""
    call = play(stage(), answered(110.0), ended(170.0, reason))

    assert (call.outcome, call.ended_by) == (Outcome.ANSWERED, ended_by)


def test_a_caller_out_of_patience_hangs_up_and_is_abandoned():
    """At the moment patience ran out, not at that of the provider's last word."""
    theatre = stage()
    call = play(theatre, queued(101.0), ended(163.0, EndReason.ABANDONED))

    assert (call.outcome, call.ended_s, call.queued_s) == (Outcome.ABANDONED, 160.0, 101.0)
    assert theatre.requests[-1] == (160.0, "hang_up")


def test_patience_runs_from_the_due_time():
    """Ten seconds of dialling are ten seconds of it: 160 s, though the 201 came at 110 s."""
    theatre = stage(request_s=10.0)
    play(theatre, ended(171.0, EndReason.ABANDONED))

    assert theatre.waited_until[0] == 160.0


def test_a_late_generator_does_not_lend_patience():
    """Started 5 s late, the caller gives up when a real one would have."""
    theatre = stage(clock=FakeClock(s=105.0))
    call = play(theatre, ended(161.0, EndReason.ABANDONED))

    assert (call.lag_s, theatre.waited_until[0]) == (5.0, 160.0)


def test_an_agent_who_answers_while_the_caller_hangs_up_was_first():
    """Both happened: the site had connected the talk, so the wait was answered, and we ended it."""
    call = play(stage(), queued(101.0), answered(160.5), ended(161.0, EndReason.CALLER))

    assert (call.outcome, call.ended_by) == (Outcome.ANSWERED, EndedBy.CALLER)


def test_a_caller_who_gave_up_is_abandoned_though_the_last_word_never_comes():
    """The provider's silence cannot take the abandon off its record."""
    theatre = stage()
    call = play(theatre, queued(101.0))

    assert (call.outcome, call.ended_s) == (Outcome.ABANDONED, 160.0)
    assert theatre.clock.s > 160.0


def test_a_run_that_ends_after_the_caller_gave_up_changes_nothing():
    """They had hung up all the same."""
    call = play(stage(), queued(101.0), (165.0, Leave()))

    assert (call.outcome, call.ended_s) == (Outcome.ABANDONED, 160.0)


@pytest.mark.parametrize(
    "outcome", [Outcome.BLOCKED, Outcome.REFUSED, Outcome.FAILED, Outcome.UNKNOWN]
)
def test_a_caller_who_did_not_get_in_is_done_at_once(outcome: Outcome):
    """With the provider's reason, and without hanging up what never was."""
    theatre = stage(adapter=FakeAdapter(Placed(outcome, error="503 trunks-busy")))
    call = play(theatre)

    assert (call.outcome, call.error, call.queued_s) == (outcome, "503 trunks-busy", None)
    assert steps(theatre) == ["place_call"]


def test_a_caller_who_is_cut_off_while_waiting_failed():
    """The centre lost them: not abandoned, for they had patience left, and not blocked."""
    theatre = stage()
    call = play(theatre, queued(101.0), ended(120.0, EndReason.SITE_LOSS))

    assert (call.outcome, call.queued_s, call.ended_s) == (Outcome.FAILED, 101.0, 120.0)
    assert call.error == "cut off: site-loss"
    assert "hang_up" not in steps(theatre)


def menu(at_s: float) -> tuple[float, Notice]:
    return at_s, notice(NoticeKind.MENU)


def test_time_in_the_voice_menu_is_no_waiting_time():
    """The contract counts from the queue; a long menu is a fault of its own, not of the staffing."""
    call = play(stage(), menu(100.0), queued(145.0), answered(150.0), ended(160.0, EndReason.AGENT))

    assert (call.ivr_s, call.wait_s) == (45.0, 5.0)


def test_patience_begins_when_the_voice_menu_is_over():
    """Who talks to a machine does something; impatience comes with the music."""
    call = play(stage(), menu(100.0), queued(200.0))

    assert (call.outcome, call.ended_s) == (Outcome.ABANDONED, 260.0)


@pytest.mark.parametrize(
    ("reason", "outcome"),
    [
        (EndReason.CONTAINED, Outcome.CONTAINED),
        (EndReason.CALLBACK, Outcome.CALLBACK),
        (EndReason.CLOSED, Outcome.REFUSED),
        (EndReason.TIMED_OUT, Outcome.FAILED),
    ],
)
def test_a_provider_may_end_a_wait_in_good_order(reason: EndReason, outcome: Outcome):
    """Served by the menu or promised a callback is no caller cut off; thrown out for waiting is."""
    assert play(stage(), queued(101.0), ended(102.0, reason)).outcome is outcome


def test_a_caller_moved_to_another_site_has_waited_from_the_first():
    """The wait clock is the customer's: a failover must not start it anew."""
    call = play(stage(), queued(101.0), queued(130.0), answered(140.0), ended(150.0, None))

    assert (call.queued_s, call.wait_s) == (101.0, 40.0)


def test_a_run_that_ends_leaves_a_waiting_caller_undecided():
    """Neither answered nor abandoned: censored, and politely hung up."""
    theatre = stage()
    call = play(theatre, queued(101.0), (130.0, Leave()))

    assert (call.outcome, call.ended_s, call.queued_s) == (None, None, 101.0)
    assert steps(theatre)[-1] == "hang_up"


def test_a_run_that_ends_ends_a_talk_by_the_caller():
    """No drop of the provider's."""
    theatre = stage()
    call = play(theatre, answered(110.0), (130.0, Leave()))

    assert (call.outcome, call.ended_by, call.ended_s) == (Outcome.ANSWERED, EndedBy.CALLER, 130.0)
    assert steps(theatre)[-1] == "hang_up"


def test_a_talk_that_never_ends_is_ended():
    """Else one lost notice would keep a customer for ever."""
    call = play(stage(), answered(110.0))

    assert (call.ended_by, call.ended_s) == (EndedBy.UNKNOWN, 110.0 + LONGEST_TALK_S)


def test_a_talk_that_was_lost_from_sight_was_answered():
    """That much we know; how it ended we do not."""
    call = play(stage(), answered(110.0), (120.0, Lost("events 5 to 9 never came")))

    assert (call.outcome, call.ended_by) == (Outcome.ANSWERED, EndedBy.UNKNOWN)
    assert call.error == "events 5 to 9 never came"


def test_a_wait_that_was_lost_from_sight_is_unknown():
    """They may have been answered by now."""
    call = play(stage(), queued(101.0), (120.0, Lost("events 5 to 9 never came")))

    assert call.outcome is Outcome.UNKNOWN


def test_a_wait_that_was_lost_from_sight_had_been_in_the_queue():
    """It did get in: to count it as blocked would blame the provider for our gap."""
    call = play(stage(), queued(101.0), (120.0, Lost("events 5 to 9 never came")))

    assert (call.queued_s, call.site) == (101.0, "north")


def test_a_caller_who_enters_the_queue_is_told_of():
    """A gate must see who waits beyond the threshold: that is what a stalled centre looks like."""
    theatre = stage()
    journey = phone(PLAN, PERSON, DUE_S, theatre.scene())
    theatre.play(journey, queued(101.0), answered(112.0), ended(172.0, EndReason.AGENT))
    waiting = [call for call in theatre.told if isinstance(call, Call) and call.outcome is None]

    assert waiting[-1].queued_s == 101.0


def test_a_customer_is_told_of_before_anything_is_sent():
    """A worker that dies leaves a trace of whom it had begun to play."""
    theatre = stage()
    journey = phone(PLAN, PERSON, DUE_S, theatre.scene())
    next(journey)

    assert len(theatre.told) == 1
    assert theatre.requests == []


def test_an_answer_is_told_at_once():
    """The live view and the gate do not wait for the talk to end."""
    theatre = stage()
    play(theatre, answered(112.0), ended(172.0, EndReason.AGENT))
    outcomes = [(each.outcome, each.ended_s) for each in theatre.told if isinstance(each, Call)]

    assert (Outcome.ANSWERED, None) in outcomes


def test_the_exchanges_are_kept():
    """How long each request took is a KPI of its own."""
    call = play(stage(request_s=2.0), ended(165.0, EndReason.ABANDONED))

    assert [each.step for each in call.exchanges] == ["place_call", "hang_up"]


SCRIPTS = {
    "answered": [answered(110.0), ended(170.0, EndReason.AGENT)],
    "abandoned": [queued(101.0), ended(161.0, EndReason.ABANDONED)],
    "cut off": [queued(101.0), ended(110.0, EndReason.SITE_LOSS)],
    "lost": [queued(101.0), (110.0, Lost("gap"))],
    "dropped": [answered(110.0), ended(120.0, EndReason.SITE_LOSS)],
    "no word": [],
}


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_attempt_comes_to_exactly_one_outcome(script: str):
    """Once told, an outcome never changes, and the last word has one."""
    theatre = stage()
    call = play(theatre, *SCRIPTS[script])
    outcomes = [each.outcome for each in theatre.told if each.outcome is not None]

    assert call.outcome is not None
    assert set(outcomes) == {call.outcome}
