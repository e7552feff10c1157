"""What breaks now and then: drawn from a seed, and yet with room, in turn, and the same again."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model.arrivals import DAY_S
from harness.model.now_and_then import FELT_S, least_every_s, needed_s, with_faults_drawn
from harness.model.scenario import FaultPlan, NowAndThen, PhaseKind, Scenario
from tests.fakes import fault_plan, phase, scenario

HOUR_S = 3600.0
KINDS = tuple(
    fault_plan(kind=kind, at_s=0.0, for_s=for_s)
    for kind, for_s in (("site_down", 240.0), ("site_hang", 120.0), ("store_down", 300.0))
)
EVERY_S = 3 * HOUR_S
hours = st.integers(6, 24 * 14)
often = st.integers(1, 3).flatmap(
    lambda number: st.builds(
        NowAndThen,
        every_s=st.floats(least_every_s(KINDS[:number]), 12 * HOUR_S),
        faults=st.just(KINDS[:number]),
        between=st.none() | st.just((8 * HOUR_S, 20 * HOUR_S)),
    )
)


def soaking(
    rule: NowAndThen, lasts_h: float = 48, *, seed: str = "2026", starts_at_s: float = 0.0
) -> Scenario:
    soak = phase("soak", PhaseKind.SOAK, duration_s=lasts_h * HOUR_S, now_and_then=rule)
    ramp = phase("ramp", PhaseKind.RAMP, duration_s=HOUR_S)
    return with_faults_drawn(scenario(ramp, soak, seed=seed, starts_at_s=starts_at_s))


def drawn(rule: NowAndThen, lasts_h: float = 48, **changes: str) -> tuple[FaultPlan, ...]:
    return soaking(rule, lasts_h, **changes).phases[1].faults  # type: ignore[arg-type]


RULE = NowAndThen(EVERY_S, KINDS)


@given(rule=often, lasts_h=hours, seed=st.text("0123456789", min_size=1))
def test_each_fault_is_got_over_before_the_next_and_before_the_end(
    rule: NowAndThen, lasts_h: int, seed: str
):
    """Two at a time are another rehearsal; one too late leaves it open whether service came back."""
    faults = drawn(rule, lasts_h, seed=seed)

    assert all(later.at_s >= earlier.end_s + FELT_S - 1 for earlier, later in pairwise(faults))
    assert all(fault.at_s >= rule.every_s / 2 - 1 for fault in faults), "not while it warms up"
    assert all(fault.end_s + FELT_S <= lasts_h * HOUR_S for fault in faults)


@given(rule=often, lasts_h=hours, more_h=hours)
def test_a_longer_soak_has_the_same_faults_and_more(rule: NowAndThen, lasts_h: int, more_h: int):
    """``--for`` would else make last night's failure one that nobody can play again."""
    short, long = drawn(rule, lasts_h), drawn(rule, lasts_h + more_h)

    assert long[: len(short)] == short


@given(rule=often, seed=st.text("0123456789", min_size=1))
def test_each_fault_comes_once_before_any_comes_again(rule: NowAndThen, seed: str):
    """Chance alone may break the same site four times a night, and never the store."""
    kinds = [fault.kind for fault in drawn(rule, 24 * 30, seed=seed)]
    number = len(rule.faults)
    turns = [kinds[at : at + number] for at in range(0, len(kinds) - number + 1, number)]

    assert turns
    assert all(len({*turn}) == number for turn in turns)
    assert number == 1 or all(one != other for one, other in pairwise(kinds))


@given(rule=often, starts_h=st.integers(0, 24 * 7 - 1))
def test_faults_keep_to_their_hours(rule: NowAndThen, starts_h: int):
    """Whoever breaks something while nobody calls learns nothing of callers."""
    run = soaking(rule, 24 * 7, starts_at_s=starts_h * HOUR_S)
    soak = run.phases[1]
    opens_s, closes_s = rule.between or (0.0, DAY_S)
    of_day = [(run.starts_at_s + run.starts_s(soak) + fault.at_s) % DAY_S for fault in soak.faults]

    assert soak.faults
    assert all(opens_s - 1 <= at_s <= closes_s + 1 for at_s in of_day)


def test_the_mean_is_what_was_asked_for_and_no_two_intervals_are_alike():
    """Every three hours to the minute is what people get used to."""
    starts = [0.0, *(fault.at_s for fault in drawn(RULE, 24 * 200))]
    gaps = [later - earlier for earlier, later in pairwise(starts)]

    assert sum(gaps) / len(gaps) == pytest.approx(EVERY_S, rel=0.05)
    assert min(gaps) >= EVERY_S / 2 - 1
    assert max(gaps) <= EVERY_S * 1.5 + 1
    assert max(gaps) > 1.3 * EVERY_S > 0.7 * EVERY_S > min(gaps)


def test_a_seed_is_a_schedule_and_another_is_another():
    """The same night again for whoever looks for its cause; another one for the next release."""
    assert drawn(RULE) == drawn(RULE)
    assert drawn(RULE) != drawn(RULE, seed="2027")


def test_what_else_is_in_the_scenario_stays_as_it_is():
    """Faults that somebody wrote keep the moments that he gave them."""
    loss = phase("loss", PhaseKind.FAULT, faults=(fault_plan(),))

    assert with_faults_drawn(scenario(loss)) == scenario(loss)


def test_how_long_a_soak_has_to_be_is_told_to_the_second():
    """One second less, and it would promise faults that never come."""
    run = soaking(RULE)
    least_s = needed_s(run, run.phases[1])
    soak = run.phases[1]

    def faults_in(lasts_s: float) -> int:
        shorter = replace(soak, duration_s=lasts_s)
        return len(
            with_faults_drawn(replace(run, phases=(run.phases[0], shorter))).phases[1].faults
        )

    assert faults_in(least_s) == 1
    assert faults_in(least_s - 1) == 0
