"""Recovery is timed from the injection, by customers' attempts, and needs a run of good windows."""

from dataclasses import replace
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.kpi.columns import AttemptColumns
from harness.kpi.figures import Attempt, Fate, attempt_of, lost_call
from harness.model.contact import Call, EndedBy, Outcome
from harness.model.event import FaultRun
from harness.model.verdict import Recovery
from harness.verdict.recovery import (
    LEAVE_SHARE,
    WINDOW_ATTEMPTS,
    decided,
    recovery,
    served,
    turning_point,
)
from tests.fakes import abandoned, answered, blocked, call, calls_of, cut_off, fault_run, waiting


def recovered(
    calls: list[Call],
    fault: FaultRun | None = None,
    *,
    watched_until_s: float = 1000.0,
    restored_share: float = 0.8,
    speed: float = 1.0,
) -> Recovery:
    """Return the recovery from a fault that was injected at 100 s."""
    found = recovery(
        fault or fault_run(),
        AttemptColumns.of(
            [[attempt_of(each) for each in sorted(calls, key=lambda each: each.due_s)]]
        ),
        [lost for each in calls if (lost := lost_call(each)) is not None],
        threshold_s=20.0,
        restored_share=restored_share,
        watched_until_s=watched_until_s,
        speed=speed,
    )
    assert found is not None
    return found


def history(*, quiet_s: float = 0.0, misses: int, hits: int) -> list[Call]:
    """Return fine calls until 100 s, then *misses*, then *hits*, one a second from then on."""
    before = calls_of([True] * 100, phase="before")
    after = calls_of([False] * misses + [True] * hits, phase="loss", start_s=100.0 + quiet_s)
    return before + after


def test_recovery_is_timed_from_the_fault_not_from_the_first_failed_contact():
    """A quiet queue cannot flatter the failover: the clock starts at injection."""
    assert recovered(history(quiet_s=50.0, misses=30, hits=100)).recovered_s == 80.0


def test_recovery_begins_with_the_run_of_good_windows_not_after_it():
    """Thirty misses, one a second: service was back at the thirty-first attempt."""
    assert recovered(history(misses=30, hits=60)).recovered_s == 30.0


@pytest.mark.parametrize(
    ("hits", "came_back", "because"),
    [(60, True, "three windows of twenty"), (59, False, "one attempt short of the third window")],
)
def test_recovery_needs_three_good_windows(hits: int, came_back: bool, because: str):
    """A lucky minute is not recovery."""
    assert (recovered(history(misses=30, hits=hits)).recovered_s is not None) is came_back, because


def test_a_relapse_starts_the_count_anew():
    """Two good windows, a bad one, then good for long: it was back after the bad one."""
    flags = [False] * 30 + [True] * 40 + [False] * 20 + [True] * 60
    calls = calls_of(flags, phase="loss", start_s=100.0)

    assert recovered(calls).recovered_s == 90.0


def test_service_that_never_came_back_has_no_recovery_time():
    """None, and how long we watched: 'at least that long'."""
    found = recovered(history(misses=300, hits=0), watched_until_s=700.0)

    assert (found.recovered_s, found.watched_s) == (None, 600.0)


def test_service_that_never_went_away_recovers_with_the_first_attempt():
    """A failover nobody noticed takes no time."""
    assert recovered(history(misses=0, hits=100)).recovered_s == 0.0


def test_from_a_fault_that_was_not_proven_nothing_came_back():
    """Nobody was struck, so the first caller is served: that is no failover of no seconds."""
    found = recovered(history(misses=0, hits=100), fault_run(injected_s=None, proven_s=None))

    assert (found.recovered_s, found.told_s) == (0.0, None)


def test_a_few_misses_are_not_an_outage():
    """16 of 20 is what 80/20 asks of ordinary days too."""
    flags = ([True] * 4 + [False]) * 20

    assert recovered(calls_of(flags, phase="loss", start_s=100.0)).recovered_s == 0.0


@pytest.mark.parametrize("percent", range(5, 101, 5))
def test_a_window_is_good_at_exactly_the_share(percent: int):
    """The number of hits that is needed is a whole one, whatever floats make of the product."""
    needed = ceil(Fraction(percent, 100) * 20)
    window = [True] * needed + [False] * (20 - needed)
    calls = calls_of(window * 3, phase="loss", start_s=100.0)

    assert recovered(calls, restored_share=percent / 100).recovered_s == 0.0


@pytest.mark.parametrize(
    ("contact", "served", "because"),
    [
        (answered("x", due_s=100.0, wait_s=20.0), True, "answered exactly at the threshold"),
        (answered("x", due_s=100.0, wait_s=21.0), False, "answered late"),
        (abandoned("x", due_s=100.0, wait_s=2.0), False, "gave up"),
        (blocked("x", due_s=100.0), False, "never got in"),
        (cut_off("x", due_s=100.0), False, "cut off"),
        (call("x", due_s=100.0, outcome=Outcome.UNKNOWN), False, "nobody knows"),
        (waiting("x", due_s=100.0), False, "waits too long by now"),
    ],
)
def test_what_counts_as_served(contact: Call, served: bool, because: str):
    """If the first attempt after the fault was not served, recovery is at the second: 1 s later."""
    rest = calls_of([True] * 80, phase="loss", start_s=101.0)

    assert recovered([contact, *rest]).recovered_s == (0.0 if served else 1.0), because


@pytest.mark.parametrize("outcome", [Outcome.CONTAINED, Outcome.CALLBACK])
def test_who_asked_for_no_agent_tells_nothing_of_how_fast_agents_are(outcome: Outcome):
    """Where a menu serves a third of the callers, service would otherwise never be back."""
    alone = history(misses=30, hits=100)
    others = [
        call(f"menu-{each.id}", due_s=each.due_s + 0.5, outcome=outcome, ended_s=each.due_s + 9.0)
        for each in alone
    ]
    both = sorted([*alone, *others], key=lambda each: each.due_s)

    assert recovered(both) == recovered(alone)


def test_who_is_still_in_the_menu_when_the_run_ends_was_not_missed():
    """A menu of half a minute would otherwise look like an outage at the end of every run."""
    last = [call(f"menu-{i}", due_s=195.0 + i / 10) for i in range(20)]
    found = recovered([*history(misses=30, hits=60), *last], watched_until_s=240.0)

    assert found.recovered_s == 30.0


def test_who_may_be_served_yet_is_no_attempt_yet():
    """Undecided attempts at the end neither prove recovery nor deny it."""
    young = [waiting(f"young-{i}", due_s=190.0 + i / 100) for i in range(60)]
    calls = history(misses=30, hits=60) + young

    assert recovered(calls, watched_until_s=195.0).recovered_s == 30.0


def test_the_error_bar_holds_gap_bracket_and_lag():
    """Nobody tried for 2 s before; the injection took 1 s; the generator was 0.25 s late."""
    calls = [
        answered(f"loss/{i}", due_s=102.0 + i, wait_s=5.0, started_s=102.25 + i) for i in range(80)
    ]
    found = recovered(calls, speed=10.0)

    assert found.error_s == pytest.approx(2.0 + 1.0 + 0.25)
    assert found.wall_error_s == pytest.approx((1.0 + 0.25) / 10.0)


def late(*lags_s: float) -> list[Call]:
    """Return a call a second from the fault on, each started so late, of which 30 are misses."""
    hits = [False] * 30 + [True] * (len(lags_s) - 30)
    calls = calls_of(hits, phase="loss", start_s=100.0)
    return [replace(c, started_s=c.due_s + lag) for c, lag in zip(calls, lags_s, strict=True)]


def test_the_error_bar_holds_the_worst_lag_until_service_was_back():
    """Whoever was late after that moved nothing."""
    lags_s = [0.1] * 10 + [0.5] + [0.1] * 19 + [0.75] + [3.0] * 70

    assert recovered(late(*lags_s)).error_s == pytest.approx(1.0 + 1.0 + 0.75)


def test_of_service_that_never_came_back_the_error_is_that_of_the_first_attempt():
    """And without any attempt that of the injection alone, if that took any time."""
    unproven = fault_run(injected_s=None)

    assert recovered(late(0.25, *[0.9] * 29)).error_s == pytest.approx(1.0 + 0.25)
    assert recovered([]).error_s == 1.0
    assert recovered([], unproven).error_s == 0.0


@pytest.mark.parametrize(
    ("calls", "at_least_s"),
    [
        (history(misses=30, hits=60), 28.0),
        (history(misses=300, hits=0), 298.0),
        (history(misses=0, hits=100), 0.0),
    ],
)
def test_it_hurt_at_least_until_the_last_attempt_of_a_bad_window(
    calls: list[Call], at_least_s: float
):
    """What is known even if service was never seen to be back.

    It is counted from 101 s, when the fault was surely in force: nothing before is proven its doing.
    """
    assert recovered(calls).at_least_s == at_least_s


def test_a_fault_that_was_never_ordered_has_no_recovery():
    """There is nothing to recover from."""
    fault = fault_run(injected_from_s=None, injected_s=None)

    assert (
        recovery(
            fault, [], [], threshold_s=20.0, restored_share=0.8, watched_until_s=1000.0, speed=1.0
        )
        is None
    )


def dropped(id_: str, at_s: float) -> Call:
    return answered(id_, due_s=at_s - 60.0, ended_s=at_s, ended_by=EndedBy.DROPPED)


def test_those_who_were_talking_are_named():
    """By when the talk ended, between injection (100 s) and proof of healing (230 s)."""
    calls = [
        dropped("before", 99.0),
        dropped("in", 100.0),
        dropped("late", 230.0),
        dropped("after", 231.0),
    ]
    spoke_on = answered("spoke on", due_s=90.0, ended_s=120.0, ended_by=EndedBy.AGENT)

    assert recovered([*calls, spoke_on]).dropped == ("in", "late")


def test_who_was_lost_at_another_site_is_not_the_faults_victim():
    """Each is named once: as dropped or as cut off. A fault of no site may have hit anybody."""
    talked, waited = dropped("talked", 150.0), cut_off("waited", due_s=150.0)
    elsewhere = [replace(each, id=f"{each.id} south", site="south") for each in (talked, waited)]
    calls = [talked, waited, *elsewhere]
    of_north, of_none = recovered(calls), recovered(calls, fault_run(site=""))

    assert (of_north.dropped, of_north.cut_off) == (("talked",), ("waited",))
    assert of_none.dropped == ("talked", "talked south")
    assert of_none.cut_off == ("waited", "waited south")


def test_those_who_were_waiting_are_named():
    """Cut off in the queue, by when that happened, not by when they called."""
    calls = [cut_off("in", due_s=95.0, wait_s=6.0), cut_off("before", due_s=90.0, wait_s=5.0)]

    assert recovered(calls).cut_off == ("in",)


def test_those_who_were_turned_away_are_named():
    """Blocked while the fault was in force, by when they called."""
    calls = [
        blocked("before", due_s=99.0),
        blocked("in", due_s=150.0),
        blocked("after", due_s=230.0),
    ]

    assert recovered(calls).turned_away == ("in",)


def test_a_fault_that_was_not_seen_to_heal_hurts_to_the_end():
    """Everybody until we stopped watching is its victim."""
    fault = fault_run(heal_proven_s=None)

    assert recovered([blocked("late", due_s=900.0)], fault).turned_away == ("late",)


def always(hits: int) -> list[bool]:
    """Return attempts of which any twenty in a row have *hits* that were served."""
    return ([False] * (WINDOW_ATTEMPTS - hits) + [True] * hits) * 4


@pytest.mark.parametrize(
    ("share", "hits", "is_over"),
    [(0.8, 15, False), (0.8, 16, False), (0.8, 17, True), (0.75, 15, False), (0.75, 16, True)],
)
def test_a_bad_spell_is_over_at_four_fifths_of_the_misses_that_began_it(
    share: float, hits: int, is_over: bool
):
    """Service that stands right at its limit would else fall and rise with every attempt."""
    twice = [False] * 20 + always(hits) + [False] * 20 + [True] * 60
    _, _, flaps = turning_point(bytes(twice), share)

    assert flaps == int(is_over)


@pytest.mark.parametrize(
    ("flags", "hurt", "back"),
    [
        ([False] + [True] * 80, 0, 1),
        ([True, False] + [True] * 80, 1, 2),
        ([True, False, True, False] + [True] * 80, 3, 4),
        ([True] * 80, None, 0),
    ],
)
def test_service_is_back_with_the_first_attempt_after_the_last_that_was_hurt(
    flags: list[bool], hurt: int | None, back: int
):
    """Where everybody has to be served, one that was not is a bad window."""
    assert turning_point(bytes(flags), 1.0)[:2] == (hurt, back)


def told_window_by_window(flags: list[bool], share: float) -> tuple[int | None, int]:
    """Return the last attempt hurt and the spells, each window of twenty looked at by itself."""
    last_hurt, spells, bad = None, 0, False
    leave = WINDOW_ATTEMPTS * (1 - LEAVE_SHARE * (1 - share)) - 1e-9
    for begin in range(len(flags) - WINDOW_ATTEMPTS + 1):
        window = flags[begin : begin + WINDOW_ATTEMPTS]
        falls = sum(window) < share * WINDOW_ATTEMPTS
        spells += falls and not bad
        bad = falls or (bad and sum(window) < leave)
        if bad:
            last_hurt = begin + max(i for i, each in enumerate(window) if not each)
    return last_hurt, spells


@given(
    st.lists(st.tuples(st.booleans(), st.integers(1, 30)), max_size=12),
    st.sampled_from([0.5, 0.6, 0.8, 0.95]),
)
def test_the_turning_point_is_that_of_the_windows_one_by_one(
    stretches: list[tuple[bool, int]], share: float
):
    """Sums that run on must tell the same as twenty attempts counted again for each window."""
    flags = [served for served, count in stretches for _ in range(count)]
    last_hurt, _, flaps = turning_point(bytes(flags), share)
    expected, spells = told_window_by_window(flags, share)

    assert (last_hurt, flaps) == (expected, max(0, spells - 1))


@example([(80.0, Fate.WAITING, 0.0), (79.9, Fate.WAITING, 0.0)])
@given(
    st.lists(
        st.tuples(
            st.floats(0.0, 100.0), st.sampled_from(Fate), st.sampled_from([0.0, 20.0, 20.1, 1e9])
        )
    )
)
def test_columns_tell_of_attempts_what_each_tells_of_itself(rows: list[tuple[float, Fate, float]]):
    """Who waits still is decided once it is too late for an answer in time, and not before."""
    attempts = [
        Attempt(f"a{i}", due_s, 0.0, fate, wait_s, wait_s)
        for i, (due_s, fate, wait_s) in enumerate(sorted(rows))
    ]
    known = decided(AttemptColumns.of([attempts]), 20.0, 100.0)
    not_asked = (Fate.CONTAINED, Fate.CALLBACK, Fate.ON_ITS_WAY)
    expected = [
        each
        for each in attempts
        if each.fate not in not_asked and (each.fate != Fate.WAITING or 100.0 - each.due_s > 20.0)
    ]

    assert known.id == [each.id for each in expected]
    assert [*served(known, 20.0)] == [
        each.fate == Fate.ANSWERED and each.wait_s <= 20.0 for each in expected
    ]
