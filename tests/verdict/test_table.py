"""The decision table, and Holm's way of asking it many questions at once."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.kpi.measure import share
from harness.kpi.statistics import wilson
from harness.model.sla import Bound, Direction
from harness.model.verdict import Interval, Measurement, Status
from harness.verdict.table import Claim, holm, status
from tests.fakes import spread

LEVEL = Bound(goal=0.80, warn=0.78)
WAIT = Bound(goal=28.0, warn=30.0)
PASS, WARN, FAIL, OPEN = Status.PASS, Status.WARN, Status.FAIL, Status.INCONCLUSIVE


@pytest.mark.parametrize(
    ("value", "low", "high", "expected", "because"),
    [
        (0.85, 0.82, 0.88, PASS, "above the goal, and surely so"),
        (0.85, 0.79, 0.91, PASS, "above the goal, and surely above the warn limit"),
        (0.80, 0.78, 0.82, PASS, "exactly on the goal, exactly sure enough"),
        (0.85, 0.77, 0.93, OPEN, "above the goal, but it may lie below the warn limit"),
        (0.79, 0.78, 0.81, WARN, "below the goal, surely not below the warn limit"),
        (0.79, 0.77, 0.799, OPEN, "surely below the goal, but it may lie below the warn limit"),
        (0.79, 0.77, 0.81, OPEN, "may be above the goal and may be below the warn limit"),
        (0.78, 0.78, 0.78, WARN, "exactly on the warn limit"),
        (0.70, 0.60, 0.79, FAIL, "below the warn limit, and surely below the goal"),
        (0.70, 0.60, 0.80, OPEN, "below the warn limit, but it may lie on the goal"),
        (0.70, 0.55, 0.85, OPEN, "below the warn limit, but it may lie above the goal"),
    ],
)
def test_more_is_better(value, low, high, expected, because):
    """The table of the design, row by row."""
    assert status(value, Interval(low, high), LEVEL, Direction.MORE) is expected, because


@pytest.mark.parametrize(
    ("value", "low", "high", "expected", "because"),
    [
        (20.0, 18.0, 22.0, PASS, "below the goal, and surely so"),
        (20.0, 10.0, 30.0, PASS, "exactly sure enough"),
        (20.0, 9.0, 31.0, OPEN, "may be beyond the warn limit"),
        (29.0, 27.0, 30.0, WARN, "beyond the goal, surely not beyond the warn limit"),
        (29.0, 28.1, 31.0, OPEN, "surely beyond the goal, but it may be beyond the warn limit"),
        (29.0, 27.0, 31.0, OPEN, "may be either"),
        (40.0, 28.1, 50.0, FAIL, "beyond the warn limit, and surely beyond the goal"),
        (40.0, 28.0, 52.0, OPEN, "may lie on the goal"),
    ],
)
def test_less_is_better(value, low, high, expected, because):
    """The same table in the mirror."""
    assert status(value, Interval(low, high), WAIT, Direction.LESS) is expected, because


NUMBERS = st.floats(-100, 100)


@given(st.lists(NUMBERS, min_size=3, max_size=3), st.lists(NUMBERS, min_size=2, max_size=2))
def test_both_directions_are_one_table(points: list[float], limits: list[float]):
    """Minus a cost is a benefit: whoever mirrors everything must get the same answer."""
    low, value, high = sorted(points)
    warn, goal = sorted(limits)
    more = status(value, Interval(low, high), Bound(goal, warn), Direction.MORE)
    less = status(-value, Interval(-high, -low), Bound(-goal, -warn), Direction.LESS)

    assert more is less


def test_an_exact_value_is_decided_at_once():
    """A count of lost tickets has no interval: 0 passes, 1 fails."""
    none = Claim(Measurement(0.0, 500), Bound(0, 0), Direction.LESS)
    one = Claim(Measurement(1.0, 500), Bound(0, 0), Direction.LESS)

    assert [each.status for each in holm([none, one], 0.95)] == [PASS, FAIL]


@pytest.mark.parametrize(
    "measurement",
    [
        pytest.param(Measurement(None, 0), id="nothing was measured"),
        pytest.param(Measurement(1.0, 5, weakness="too coarse"), id="the value must not decide"),
    ],
)
@pytest.mark.parametrize("direction", Direction)
def test_no_data_is_never_a_pass(measurement: Measurement, direction: Direction):
    """Nor a failure: it is undecided, in both directions."""
    (judged,) = holm([Claim(measurement, Bound(0.5, 0.5), direction)], 0.95)

    assert (judged.status, judged.interval) == (OPEN, None)


def claim(good: int, n: int) -> Claim:
    return Claim(share(spread(good, n), census=True), LEVEL, Direction.MORE)


CLAIMS = st.lists(
    st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    min_size=1,
    max_size=8,
).map(lambda pairs: [claim(*pair) for pair in pairs])


@given(CLAIMS)
def test_holm_never_decides_what_stands_alone_would_not(claims: list[Claim]):
    """Asking more questions may only make each answer harder to get."""
    alone = [each.at(0.95).status for each in claims]
    together = [each.status for each in holm(claims, 0.95)]

    assert all(t in (a, OPEN) for a, t in zip(alone, together, strict=True))


@given(CLAIMS)
def test_holm_decides_all_that_bonferroni_would(claims: list[Claim]):
    """Stepping down costs nothing: that is why it is Holm and not Bonferroni."""
    each_at = 1 - 0.05 / len(claims)
    bonferroni = [each.at(each_at).status for each in claims]
    together = [each.status for each in holm(claims, 0.95)]

    assert all(b in (t, OPEN) for b, t in zip(bonferroni, together, strict=True))


@given(CLAIMS, st.randoms(use_true_random=False))
def test_holm_does_not_care_in_which_order_it_is_asked(claims: list[Claim], rng):
    """The order of objectives in a contract is no evidence."""
    order = list(range(len(claims)))
    rng.shuffle(order)
    shuffled = holm([claims[i] for i in order], 0.95)
    straight = holm(claims, 0.95)

    assert [each.status for each in shuffled] == [straight[i].status for i in order]


@given(CLAIMS, st.integers(1, 50))
def test_a_larger_family_only_makes_it_harder(claims: list[Claim], more: int):
    """A gate is asked as part of everything that the whole run will be asked."""
    own = [each.status for each in holm(claims, 0.95)]
    larger = [each.status for each in holm(claims, 0.95, len(claims) + more)]

    assert all(b in (a, OPEN) for a, b in zip(own, larger, strict=True))


def test_one_claim_of_a_family_is_asked_for_more_certainty():
    """369 of 450 pass alone; as one of two that the run will judge they are not sure enough."""
    alone, of_two = holm([claim(369, 450)], 0.95), holm([claim(369, 450)], 0.95, 2)

    assert (alone[0].status, of_two[0].status) == (PASS, OPEN)


def test_exact_values_do_not_use_up_certainty():
    """A count cannot err by chance, so it makes no share harder to decide."""
    exact = Claim(Measurement(0.0, 500), Bound(0, 0), Direction.LESS)
    share_ = claim(83, 100)
    alone = holm([share_], 0.95)[0].interval

    assert holm([share_, *[exact] * 10], 0.95)[0].interval == alone


def test_the_surest_goes_first_and_makes_room_for_the_next():
    """990 of 1,000 is decided at 1 - α/2; then 82 % may be asked at the full 1 - α."""
    clear, close = claim(990, 1000), claim(369, 450)
    judged = holm([close, clear], 0.95)

    assert close.at(0.975).status is OPEN
    assert [each.status for each in judged] == [PASS, PASS]


SHARES = st.integers(1, 300).flatmap(
    lambda n: st.tuples(st.integers(0, n), st.integers(0, n), st.just(n))
)


def census_status(good: int, n: int, bound: Bound = LEVEL) -> Status:
    return status(good / n, wilson(good, n, 0.95), bound, Direction.MORE)


@given(SHARES)
def test_fewer_hits_never_turn_anything_into_a_pass(shares: tuple[int, int, int]):
    """The worse history's pass is the better one's too."""
    few, many, n = min(shares[:2]), max(shares[:2]), shares[2]

    assert census_status(few, n) is not PASS or census_status(many, n) is PASS


@given(SHARES)
def test_fewer_hits_never_undo_a_failure(shares: tuple[int, int, int]):
    """Once failed, a worse history fails as well."""
    few, many, n = min(shares[:2]), max(shares[:2]), shares[2]

    assert census_status(many, n) is not FAIL or census_status(few, n) is FAIL


@given(SHARES)
@example((66, 72, 80))
def test_fewer_hits_never_turn_undecided_into_a_warning(shares: tuple[int, int, int]):
    """A warning is a GO. Who is not sure enough with 72 of 80 cannot be with 66."""
    few, many, n = min(shares[:2]), max(shares[:2]), shares[2]
    bound = Bound(goal=0.90, warn=0.82)

    assert not (census_status(many, n, bound) is OPEN and census_status(few, n, bound) is WARN)
