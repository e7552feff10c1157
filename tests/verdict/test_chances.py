"""How likely a share is to be decided: said before a run by what decides after it."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from harness.kpi.measure import share
from harness.kpi.statistics import wilson
from harness.model.sla import Bound, Direction
from harness.model.verdict import Status
from harness.verdict.chances import Chances, Rule, chances, contacts_for
from harness.verdict.table import Claim

GOAL = Bound(0.80, 0.78)


def rule(*, bound: Bound = GOAL, census: bool = False, confidence: float = 0.99) -> Rule:
    direction = Direction.MORE if bound.goal >= bound.warn else Direction.LESS
    return Rule(bound=bound, direction=direction, confidence=confidence, census=census)


def by_scipy(truth: float, n: int, by: Rule) -> Chances:
    """Return the chances of a census exactly: every number of hits, judged by Wilson alone."""
    bound, passes, warns, fails = by.bound, 0.0, 0.0, 0.0
    for hits in range(n + 1):
        likely, interval, x = binom.pmf(hits, n, truth), wilson(hits, n, by.confidence), hits / n
        if interval.low >= bound.warn and x >= bound.goal:
            passes += likely
        elif interval.low >= bound.warn and x >= bound.warn:
            warns += likely
        elif interval.high < bound.goal and x < bound.warn:
            fails += likely
    return Chances(passes, warns, fails)


@pytest.mark.parametrize(("truth", "n"), [(0.85, 40), (0.85, 400), (0.73, 300), (0.97, 60)])
def test_a_census_has_the_chances_of_the_binomial_distribution(truth: float, n: int):
    """Scipy sums every number of hits; evenly spread draws come within half a point of it."""
    exact, found = by_scipy(truth, n, rule(census=True)), chances(truth, n, rule(census=True))

    assert found.passes == pytest.approx(exact.passes, abs=0.005)
    assert found.fails == pytest.approx(exact.fails, abs=0.005)


def test_a_steady_phase_is_judged_as_the_verdict_will_judge_it():
    """A thousand runs, hit by hit, through the KPI's own measurement and the decision table."""
    by, n, draw = rule(), 500, Random("hits")
    runs = [bytearray(draw.random() < 0.86 for _ in range(n)) for _ in range(1000)]
    claims = [Claim(share(hits, census=False), by.bound, by.direction) for hits in runs]
    passed = sum(claim.at(by.confidence).status is Status.PASS for claim in claims) / len(runs)

    assert chances(0.86, n, by).passes == pytest.approx(passed, abs=0.05)


def test_batches_make_a_steady_phase_need_more_than_a_census():
    """Sixteen batches are surer of nothing than Wilson is: what is planned has to know that."""
    steady, census = (contacts_for(0.85, rule(census=each), chance=0.8) for each in (False, True))

    assert steady is not None
    assert census is not None
    assert steady > 1.3 * census


def test_as_many_contacts_as_are_said_to_be_needed_do():
    """Four times in five, or the number is a promise that is not kept."""
    needed = contacts_for(0.85, rule(), chance=0.8)

    assert needed is not None
    assert chances(0.85, needed, rule()).passes == pytest.approx(0.8, abs=0.06)


@pytest.mark.parametrize(
    ("truth", "why"), [(0.80, "the truth stands on the goal"), (0.7, "it is worse than the goal")]
)
def test_no_number_of_contacts_passes_a_truth_that_is_not_better_than_the_goal(
    truth: float, why: str
):
    """Whoever asks for how many has to be told that it is not a matter of how many."""
    assert contacts_for(truth, rule(), chance=0.8) is None, why


def test_without_contacts_nothing_is_ever_decided():
    """No data is never a pass."""
    assert chances(1.0, 0, rule()) == Chances(0.0, 0.0, 0.0)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 400), st.floats(0, 1), st.booleans())
def test_less_is_better_is_more_is_better_in_the_mirror(n: int, truth: float, census: bool):
    """Abandonment is judged as service is; the draws of the one are those of the other, mirrored."""
    more = chances(truth, n, rule(bound=Bound(0.9, 0.85), census=census), trials=50)
    less = chances(1 - truth, n, rule(bound=Bound(0.1, 0.15), census=census), trials=50)

    assert more.lets_through == pytest.approx(less.lets_through, abs=0.3)
    assert more.passes + more.warns + more.fails <= 1 + 1e-9


def test_a_truth_that_is_no_share_is_refused():
    """71 for 71 % would give a chance of something."""
    with pytest.raises(ValueError, match="71"):
        chances(71, 100, rule())
