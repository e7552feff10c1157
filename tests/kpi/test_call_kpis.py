"""KPIs of calls: one definition each, with its edges."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.kpi import calls, tickets
from harness.kpi.figures import GIVE_UP_WALL_S, NEVER_GOT_IN, fate_of
from harness.kpi.question import Formula, Question
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
        (120.00004, None, 1, "nor is it by less than a record can tell"),
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


def test_the_speed_of_answer_goes_by_the_sites_stamps_where_the_service_level_does():
    """Two figures of one wait must not be of two clocks."""
    late_by_us = answered(wait_s=60.0, site_queued_s=100.0, site_answered_s=115.0)
    evidence = phase_evidence(late_by_us, site_stamps=True)

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
    never = sum(fate_of(each) in NEVER_GOT_IN for each in history)

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


# ---------------------------------------------------------------------- each other KPI, by its edges

SHORT = Question(threshold_s=20.0, short_abandon_s=5.0)
CALLED_BACK_AT_20, CALLED_BACK_AT_21 = (
    call(outcome=Outcome.CALLBACK, queued_s=0.0, ended_s=at_s) for at_s in (20.0, 21.0)
)


@pytest.mark.parametrize(
    ("contact", "hits", "n", "because"),
    [
        (abandoned(wait_s=5.0), 0, 1, "gave up at once: out of both"),
        (abandoned(wait_s=5.001), 1, 2, "a millisecond later it is an abandon"),
        (answered(wait_s=2.0), 0, 2, "a quick answer is no short abandon"),
        (cut_off(wait_s=2.0), 0, 2, "who is cut off did not give up"),
        (blocked(), 0, 1, "never in the queue"),
        (waiting(), 0, 1, "not out of it yet"),
    ],
)
def test_abandonment_net_leaves_out_who_gave_up_at_once(
    contact: Call, hits: int, n: int, because: str
):
    """Wrong numbers and second thoughts say nothing of the centre; all else does."""
    measured = calls.abandonment_net(phase_evidence(answered(wait_s=9.0), contact), SHORT)

    assert (measured.value, measured.n) == (hits / n, n), because
    assert measured.censored == (contact == waiting())


def test_the_time_to_abandon_is_the_mean_of_those_who_gave_up():
    """By the caller's clock, whatever the sites' stamps say of those who were answered."""
    history = [abandoned(wait_s=10.0), abandoned(wait_s=30.0), answered(wait_s=99.0)]
    evidence = phase_evidence(*history, cut_off(wait_s=99.0), site_stamps=True)

    assert calls.time_to_abandon(evidence, ANY).value == 20.0


@pytest.mark.parametrize(
    ("longest", "wait_s", "n", "because"),
    [
        (answered(wait_s=40.0), 40.0, 2, "answered at last"),
        (abandoned(wait_s=50.0), 50.0, 2, "gave up"),
        (cut_off(wait_s=60.0), 60.0, 2, "was cut off"),
        (waiting(due_s=100.0), 70.0, 2, "waits still"),
        (waiting(due_s=100.0, ivr_s=12.0), 58.0, 2, "waits still; a menu is no wait"),
        (call(outcome=Outcome.CALLBACK, queued_s=0.0, ended_s=80.0), 80.0, 2, "took a callback"),
        (blocked(ended_s=90.0), 7.0, 1, "was in no queue"),
        (call(outcome=Outcome.CONTAINED, ended_s=90.0), 7.0, 1, "wanted nobody"),
        (call(outcome=Outcome.UNKNOWN, queued_s=0.0, ended_s=90.0), 7.0, 1, "out of our sight"),
        (answered(answered_s=None, ended_s=None), 7.0, 1, "nobody saw when it was answered"),
    ],
)
def test_the_longest_wait_is_of_whoever_queued(longest: Call, wait_s: float, n: int, because: str):
    """An average hides the one who waited for an hour."""
    evidence = phase_evidence(answered(wait_s=7.0), longest, seen_until_s=170.0)
    measured = calls.longest_wait(evidence, ANY)

    assert (measured.value, measured.n) == (wait_s, n), because
    assert calls.longest_wait(phase_evidence(), ANY).value is None


@pytest.mark.parametrize(("unknown", "is_weak"), [(0, False), (1, False), (2, True)])
def test_drops_decide_nothing_if_it_is_unknown_how_more_than_one_talk_in_a_hundred_ended(
    unknown: int, is_weak: bool
):
    """Those are left out, and said to be."""
    ends = [EndedBy.UNKNOWN] * unknown + [EndedBy.DROPPED] * 10 + [EndedBy.CALLER] * (90 - unknown)
    talks = [answered(f"c{number}", ended_by=end) for number, end in enumerate(ends)]
    measured = calls.dropped(phase_evidence(talks_ended=talks), ANY)

    assert (measured.value, measured.censored) == (10 / (100 - unknown), unknown)
    said = f"it is not known how {unknown} of 100 talks ended"
    assert measured.weakness == (said if is_weak else "")


def talks(*lasted_s: float) -> list[Call]:
    """Return talks that ended after so long, one after the other."""
    return [
        answered(f"c{number}", answered_s=100.0 + number, ended_s=100.0 + number + each)
        for number, each in enumerate(lasted_s)
    ]


def test_talk_time_is_the_mean_of_the_talks_that_ended():
    """One whose begin nobody saw has no length."""
    unseen = answered("unseen", answered_s=None, ended_s=900.0)
    evidence = phase_evidence(talks_ended=[*talks(100.0, 200.0), unseen])
    measured = calls.talk_time(evidence, ANY)

    assert (measured.value, measured.n) == (150.0, 2)


def test_a_talk_of_ten_seconds_helped_nobody():
    """Up to ten, and not a moment more."""
    evidence = phase_evidence(talks_ended=talks(9.0, 10.0, 10.001, 11.0))

    assert calls.short_handle(evidence, ANY).value == 0.5


@pytest.mark.parametrize(
    ("contact", "seized", "effective", "because"),
    [
        (blocked(), 0.5, 0.5, "a busy tone is the network's"),
        (call(outcome=Outcome.REFUSED), 0.5, 1.0, "turned down on purpose: the way there was open"),
        (call(outcome=Outcome.FAILED), 0.5, 0.5, "no way there"),
        (abandoned(), 1.0, 1.0, "in the queue"),
        (call(outcome=Outcome.CONTAINED), 1.0, 1.0, "at the menu"),
    ],
)
def test_who_was_taken_and_who_could_have_been(
    contact: Call, seized: float, effective: float, because: str
):
    """The answer-seizure ratio blames the centre, network effectiveness the way to it."""
    evidence = phase_evidence(answered(), contact)

    assert calls.answer_seizure_ratio(evidence, ANY).value == seized, because
    assert calls.network_effectiveness(evidence, ANY).value == effective, because


def test_setup_is_from_the_start_of_an_attempt_to_its_queue():
    """Who never queued has none; our own lateness and the menu are no part of it."""
    took = [0.5, 1.0, 1.5, 5.0]
    history = [
        answered(f"c{n}", due_s=10.0, started_s=13.0, queued_s=13.0 + 4.0 + each, ivr_s=4.0)
        for n, each in enumerate(took)
    ]
    evidence = phase_evidence(*history, blocked())
    mean, p95 = calls.setup_mean(evidence, ANY), calls.setup_p95(evidence, ANY)

    assert (mean.value, mean.n) == (2.0, 4)
    assert p95.value == 5.0


def test_containment_is_of_those_who_came_to_the_menu():
    """Who went on to a queue, or was lost on the way, was not served by it."""
    contained = call("a", outcome=Outcome.CONTAINED, ivr_s=20.0)
    at_once = call("b", outcome=Outcome.CONTAINED)
    on, lost = answered("c", ivr_s=20.0), call("d", outcome=Outcome.UNKNOWN, ivr_s=20.0)
    quickly = answered("e", ivr_s=0.5)
    history = (contained, at_once, on, lost, quickly, answered("f"))
    measured = calls.ivr_containment(phase_evidence(*history), ANY)

    assert (measured.value, measured.n) == (0.4, 5)


def test_lost_calls_are_counted_where_they_were_lost():
    """Cut off in the queue and dropped in a talk; of all that left one or ended the other."""
    history = [answered(), abandoned(), cut_off(), waiting(), blocked()]
    ended = [answered(ended_by=by) for by in (EndedBy.DROPPED, EndedBy.DROPPED, EndedBy.AGENT)]
    measured = calls.lost_calls(phase_evidence(*history, talks_ended=ended), ANY)

    assert (measured.value, measured.n) == (3.0, 6)
    nothing = calls.lost_calls(phase_evidence(blocked()), ANY)
    assert (nothing.value, nothing.n) == (None, 0)


@pytest.mark.parametrize(
    "kpi",
    [
        calls.service_level,
        calls.abandonment,
        calls.abandonment_net,
        calls.average_speed_of_answer,
        calls.time_to_abandon,
        calls.longest_wait,
        calls.dropped,
        calls.talk_time,
        calls.short_handle,
        calls.blocked,
        calls.answer_seizure_ratio,
        calls.network_effectiveness,
        calls.setup_mean,
        calls.setup_p95,
        calls.ivr_containment,
        calls.lost_calls,
    ],
)
def test_every_kpi_of_calls_can_be_asked_of_one_queue(kpi):
    """A fine queue must hide no bad one: what is measured of it is what it alone would have had."""

    def of(queue: str, wait_s: float) -> list[Call]:
        return [
            answered(queue=queue, wait_s=wait_s, ivr_s=1.0, ended_by=EndedBy.AGENT),
            abandoned(queue=queue, wait_s=wait_s + 9.0),
            call(queue=queue, outcome=Outcome.CONTAINED, ivr_s=3.0),
        ]

    billing, support = of("billing", 4.0), [*of("support", 30.0), blocked(queue="support")]
    both = phase_evidence(*billing, *support, talks_ended=[billing[0], support[0], support[0]])
    alone = phase_evidence(*support, talks_ended=[support[0], support[0]])
    asked = Question("support", 20.0, short_abandon_s=5.0)
    found, expected = kpi(both, asked), kpi(alone, SHORT)

    assert (found.value, found.n) == (expected.value, expected.n)
    assert expected.n > 0


@pytest.mark.parametrize(
    ("formula", "contact", "hits", "n", "censored", "because"),
    [
        (Formula.ANSWERED, cut_off(), 1, 1, 0, "only the answered are asked"),
        (Formula.ANSWERED, waiting(), 1, 1, 1, "whoever waits too long by now is not, either"),
        (Formula.OFFERED, waiting(due_s=9_979.0), 1, 2, 0, "waits a second too long"),
        (Formula.OFFERED, waiting(due_s=9_970.0, ivr_s=10.0), 1, 1, 1, "a menu is no wait"),
        (Formula.DEQUEUED, CALLED_BACK_AT_20, 2, 2, 0, "left the queue in time, by a callback"),
        (Formula.DEQUEUED, CALLED_BACK_AT_21, 1, 2, 0, "too late, by a callback"),
        (Formula.DEQUEUED, blocked(), 1, 1, 0, "was in no queue"),
        (Formula.OFFERED, CALLED_BACK_AT_21, 1, 1, 0, "need not wait: not asked"),
    ],
)
def test_what_each_formula_makes_of_whoever_was_not_answered(
    formula: Formula, contact: Call, hits: int, n: int, censored: int, because: str
):
    """Beside one who was answered in time."""
    measured = calls.service_level(
        phase_evidence(answered(), contact), Question(threshold_s=20.0, formula=formula)
    )

    assert (measured.value, measured.n, measured.censored) == (hits / n, n, censored), because


def test_the_api_answers_unless_it_fails_or_says_nothing():
    """A refusal is an answer; the 99th percentile is of all, failed ones with all their time."""
    statuses = (201, 429, 404, 503, None)
    exchanges = tuple(Exchange("place_call", status, 0.1) for status in statuses)
    evidence = phase_evidence(
        call(exchanges=exchanges), ticket(exchanges=(Exchange("open", 201, 0.0),))
    )

    assert calls.api_availability(evidence, ANY).value == 4 / 6
    assert calls.api_p99(evidence, ANY).value == GIVE_UP_WALL_S


def test_requests_of_calls_and_tickets_are_counted_in_order_of_time():
    """One stream after the other, their difference would look like a drift, which no number ends."""
    fine = (Exchange("place_call", 201, 0.05),)
    history = [answered(f"c{i}", due_s=i * 0.1, exchanges=fine) for i in range(6000)] + [
        ticket(f"t{i}", due_s=i * 0.25, exchanges=(Exchange("open", 201 if i % 33 else 503, 0.05),))
        for i in range(2400)
    ]
    proof_at = calls.api_availability(phase_evidence(*history, kind=PhaseKind.STEADY), ANY).proof_at
    assert proof_at is not None

    assert proof_at(0.95).low > 0.98
