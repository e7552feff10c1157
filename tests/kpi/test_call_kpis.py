"""KPIs of calls: one definition each, with its edges."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.kpi import calls, tickets
from harness.kpi.question import Question
from harness.model.contact import Call, EndedBy, Exchange, Outcome, Ticket, WriteOutcome
from harness.model.scenario import PhaseKind
from tests.fakes import (
    abandoned,
    answered,
    blocked,
    call,
    cut_off,
    phase_evidence,
    ticket,
    waiting,
)

ANY = Question()


def level(
    *contacts: Call, threshold_s: float = 20.0, seen_until_s: float = 10_000.0
) -> float | None:
    evidence = phase_evidence(*contacts, seen_until_s=seen_until_s)
    return calls.service_level(evidence, Question(None, threshold_s)).value


def test_the_service_level_is_icmis_formula_three():
    """ICMI's vector: 860 of 1,000 answered in time and 60 abandons (10 of them short) = 81.13 %."""
    history = [
        *(answered(f"in-time-{i}", wait_s=12.0) for i in range(860)),
        *(answered(f"late-{i}", wait_s=25.0) for i in range(140)),
        *(abandoned(f"short-{i}", wait_s=4.0) for i in range(10)),
        *(abandoned(f"medium-{i}", wait_s=15.0) for i in range(10)),
        *(abandoned(f"long-{i}", wait_s=40.0) for i in range(40)),
    ]

    assert level(*history) == 860 / 1060


@pytest.mark.parametrize(
    ("history", "expected", "because"),
    [
        ([answered(wait_s=20.0)], 1.0, "answered exactly at the threshold is within it"),
        ([answered(wait_s=20.001)], 0.0, "a millisecond later is not"),
        ([answered(), abandoned(wait_s=1.0)], 0.5, "short abandons count against"),
        ([answered(), cut_off(wait_s=1.0)], 0.5, "so does being cut off while waiting"),
        ([answered(), blocked()], 1.0, "blocked calls never queued: they have their own KPI"),
        ([answered(), call(outcome=Outcome.REFUSED)], 1.0, "nor did refused ones"),
        ([answered(), call(outcome=Outcome.UNKNOWN)], 1.0, "nor is it known of unknown ones"),
        ([answered(due_s=10.0, started_s=25.0, answered_s=35.0)], 0.0, "the wait runs from due"),
        ([blocked()], None, "nobody left the queue: no level, not a perfect one"),
        ([], None, "an empty phase has no service level"),
    ],
)
def test_what_counts_for_the_service_level(history, expected, because):
    """Formula "offered": each edge case is one where a prettier figure could be had."""
    assert level(*history) == expected, because


@pytest.mark.parametrize(
    ("seen_until_s", "value", "censored", "because"),
    [
        (120.0, None, 1, "not over the threshold yet: nobody knows how it ends"),
        (120.001, 0.0, 0, "over it: whatever happens now is too late"),
    ],
)
def test_who_waits_still_counts_once_the_threshold_is_over(seen_until_s, value, censored, because):
    """Else a stalled centre would have a fine service level until the first caller gives up."""
    evidence = phase_evidence(waiting(due_s=100.0), seen_until_s=seen_until_s)
    measured = calls.service_level(evidence, Question(None, 20.0))

    assert (measured.value, measured.censored) == (value, censored), because


@given(st.integers(0, 360_000_000))
@example(41)
@example(3_600_003)
@example(3_599_999)
@example(7_199_999)
@example(1_234_567)
def test_the_boundary_holds_at_any_time_of_the_run(tenths_of_ms: int):
    """Answered exactly at the threshold counts, and floats have no say in it."""
    due_s = tenths_of_ms / 10_000
    answered_s = (tenths_of_ms + 200_000) / 10_000

    assert level(answered(due_s=due_s, answered_s=answered_s)) == 1.0


def test_a_queue_is_judged_by_its_own_calls():
    """A fine queue must not hide a bad one."""
    evidence = phase_evidence(answered(queue="billing"), abandoned(queue="support"))

    assert calls.service_level(evidence, Question("billing", 20.0)).value == 1.0
    assert calls.service_level(evidence, Question("support", 20.0)).value == 0.0


def test_beyond_the_fastest_honest_caller_the_sites_stamps_count():
    """At speed 60 a millisecond of ours is half a second of theirs."""
    late_by_us = answered(wait_s=60.0, site_queued_s=100.0, site_answered_s=115.0)
    evidence = phase_evidence(late_by_us, site_stamps=True)

    assert calls.service_level(evidence, Question(None, 20.0)).value == 1.0


def test_abandonment_is_of_those_that_left_the_queue():
    """One of four; the one who waits still and the one that was blocked are not among them."""
    evidence = phase_evidence(answered(), answered(), abandoned(), cut_off(), blocked(), waiting())
    measured = calls.abandonment(evidence, ANY)

    assert (measured.value, measured.n, measured.censored) == (0.25, 4, 1)


def test_the_speed_of_answer_is_the_mean_of_the_answered():
    """An abandon has no speed of answer; an answer at once has one of zero."""
    evidence = phase_evidence(answered(wait_s=0.0), answered(wait_s=30.0), abandoned(wait_s=99.0))

    assert calls.average_speed_of_answer(evidence, ANY).value == 15.0


def test_a_dropped_talk_counts_where_it_ended():
    """A site loss cuts talks that began in the phase before: no mark against that one."""
    began_before = answered(due_s=-300.0, ended_by=EndedBy.DROPPED, phase="before")
    evidence = phase_evidence(talks_ended=[began_before, answered(ended_by=EndedBy.AGENT)])

    assert calls.dropped(evidence, ANY).value == 0.5


def test_calls_due_in_the_phase_do_not_count_as_dropped_before_they_end():
    """The mirror of it: due here, cut off in the next phase, judged there."""
    evidence = phase_evidence(answered(ended_by=EndedBy.DROPPED), talks_ended=[])

    assert calls.dropped(evidence, ANY).value is None


@pytest.mark.parametrize(
    ("contact", "is_blocked", "because"),
    [
        (blocked(), True, "a busy trunk"),
        (call(outcome=Outcome.REFUSED), True, "the provider's API said no"),
        (call(outcome=Outcome.FAILED), True, "the connection was refused"),
        (call(outcome=Outcome.UNKNOWN), True, "the caller heard nothing"),
        (call(outcome=Outcome.UNKNOWN, queued_s=1.0), False, "it queued; then we lost sight of it"),
        (cut_off(), False, "it was in the queue: the service level has it"),
        (abandoned(), False, "it gave up in the queue"),
        (answered(), False, "it got through"),
        (waiting(), False, "it got in"),
    ],
)
def test_blocked_are_those_that_never_got_in(contact: Call, is_blocked: bool, because: str):
    """Whatever the reason: to the caller they are all the same."""
    evidence = phase_evidence(answered(), contact)

    assert calls.blocked(evidence, ANY).value == (0.5 if is_blocked else 0.0), because


def test_an_attempt_on_its_way_is_not_counted_yet():
    """Nothing is known of it: neither in nor out."""
    measured = calls.blocked(phase_evidence(answered(), call()), ANY)

    assert (measured.n, measured.censored) == (1, 1)


@given(
    st.lists(
        st.sampled_from([answered(), abandoned(), cut_off(), blocked(), waiting(), call()]),
        max_size=30,
    )
)
def test_every_attempt_is_counted_once(history: list[Call]):
    """Left the queue, never got in, or not decided yet: no attempt is in two of them, or in none."""
    evidence = phase_evidence(*history)
    left = calls.abandonment(evidence, ANY)
    never = sum(map(calls.never_got_in, history))

    assert left.n + never + left.censored == len(history)


def test_the_api_is_measured_over_calls_and_tickets():
    """Nineteen quick answers and one slow: the 95th percentile is the slowest quick one."""
    quick = [call(exchanges=(Exchange("place_call", 201, 0.1),)) for _ in range(18)]
    evidence = phase_evidence(
        *quick,
        ticket(exchanges=(Exchange("open_ticket", 201, 0.2),)),
        call(exchanges=(Exchange("place_call", None, 5.0),)),
    )
    measured = calls.api_p95(evidence, ANY)

    assert (measured.value, measured.n) == (0.2, 20)


def test_a_contact_of_three_hundred_requests_breaks_no_verdict():
    """A journey of the user's own may ask again and again; a byte counts what each contact asked."""
    asked = tuple(Exchange("look", 200, 0.1) for _ in range(300))
    evidence = phase_evidence(call(exchanges=asked), ticket(exchanges=asked), answered())

    assert calls.api_availability(evidence, ANY).n == 2 * 255
    assert evidence.calls.between(0.0, 600.0).api == evidence.calls.api


@pytest.mark.parametrize("step", ["sign_in", "listen"])
def test_our_own_housekeeping_is_no_part_of_the_api_time(step: str):
    """The first customer of a worker fetches the token for all of them."""
    evidence = phase_evidence(call(exchanges=(Exchange(step, 200, 9.0),)))

    assert calls.api_p95(evidence, ANY).value is None


def replies(*written: Ticket, seen_until_s: float) -> tuple[float | None, int]:
    measured = tickets.first_reply(
        phase_evidence(*written, seen_until_s=seen_until_s), Question(threshold_s=900.0)
    )
    return measured.value, measured.censored


@pytest.mark.parametrize(
    ("written", "expected", "because"),
    [
        (ticket(replied_s=900.0), (1.0, 0), "a reply exactly at the threshold is in time"),
        (ticket(replied_s=900.5), (0.0, 0), "half a second later is not"),
        (ticket(), (0.0, 0), "no reply, and it is old enough"),
        (ticket(due_s=101.0), (None, 1), "too young to say"),
        (ticket(due_s=101.0, replied_s=110.0), (None, 1), "a quick reply to a young one flatters"),
        (ticket(due_s=100.0, replied_s=200.0), (1.0, 0), "just old enough"),
        (
            ticket(outcome=WriteOutcome.UNKNOWN, acknowledged_s=None),
            (0.0, 0),
            "never acknowledged: the customer waits all the same",
        ),
    ],
)
def test_what_counts_as_a_first_reply_in_time(written, expected, because):
    """Only tickets whose clock has run out are asked."""
    assert replies(written, seen_until_s=1000.0) == expected, because


@pytest.mark.parametrize("kind", [PhaseKind.FAULT, PhaseKind.RECOVERY])
def test_fault_phases_are_a_census(kind: PhaseKind):
    """What happened in this run, not a sample of what usually does."""
    assert phase_evidence(kind=kind).census


@pytest.mark.parametrize("kind", [PhaseKind.STEADY, PhaseKind.RAMP, PhaseKind.SOAK])
def test_load_phases_are_a_sample(kind: PhaseKind):
    """A steady phase stands for all the days to come."""
    assert not phase_evidence(kind=kind).census
