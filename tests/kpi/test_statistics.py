"""The intervals are those of the textbooks: scipy and simulation are the judges."""

import math
from fractions import Fraction
from random import Random
from statistics import fmean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.kpi.statistics import (
    batch_means,
    contacts_to_decide,
    contacts_to_pass,
    interval_of_batches,
    mean_interval,
    neighbours_resemble,
    percentile,
    percentile_interval,
    share_interval,
    t_quantile,
    values_to_decide,
    wilson,
)
from harness.model.verdict import Interval
from tests.fakes import spread
from tests.kpi.newcombe import newcombe

CONFIDENCES = [0.8, 0.9, 0.95, 0.99, 0.999]
SHARES = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def width(interval: Interval | None) -> float:
    assert interval is not None
    return interval.high - interval.low


def correlated(n: int, *, stay: float, rng: Random) -> list[bool]:
    """Return hits (three in four) that resemble their neighbours, as calls of one rush do."""
    state, hits = True, []
    for _ in range(n):
        if rng.random() > stay:
            state = rng.random() < 0.75
        hits.append(state)
    return hits


@given(SHARES, st.sampled_from(CONFIDENCES))
def test_wilson_is_scipys_wilson(share: tuple[int, int], confidence: float):
    """An independent implementation of the same formula."""
    hits, n = share
    theirs = stats.binomtest(hits, n).proportion_ci(confidence, method="wilson")
    ours = wilson(hits, n, confidence)

    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def test_of_nothing_nothing_is_known():
    """An empty phase has every share and none."""
    assert wilson(0, 0, 0.95) == Interval(0.0, 1.0)


@pytest.mark.parametrize("df", [3, 4, 5, 7, 15, 30, 200])
@pytest.mark.parametrize("p", [0.5, 0.51, 0.6, 0.9, 0.975, 0.995, 0.9999])
def test_t_quantile_is_scipys(p: float, df: int):
    """The docstring promises 1e-4 relative from three degrees of freedom on."""
    assert t_quantile(p, df) == pytest.approx(stats.t.ppf(p, df), rel=1e-4, abs=1e-12)


@given(st.lists(st.floats(-1e3, 1e3), min_size=4, max_size=100), st.sampled_from(CONFIDENCES))
def test_the_mean_of_few_values_has_students_interval(values: list[float], confidence: float):
    """Below sixteen batches of ten there is nothing to batch."""
    ours = mean_interval(values, confidence)
    half = stats.t.ppf(0.5 + confidence / 2, len(values) - 1) * stdev(values)
    half /= math.sqrt(len(values))

    assert width(ours) / 2 == pytest.approx(half, rel=1e-3, abs=1e-9)


def test_three_values_have_no_interval():
    """Nor do we pretend that they have."""
    assert mean_interval([1.0, 2.0, 3.0], 0.95) is None


def test_batches_see_that_neighbours_resemble_each_other():
    """One rush of late answers is one piece of news, not a hundred: the interval must widen."""
    hits = correlated(2000, stay=0.98, rng=Random("rush"))

    assert width(share_interval(hits, 0.95, census=False)) > 2 * width(
        wilson(sum(hits), len(hits), 0.95)
    )


def test_batch_means_cover_the_truth_where_wilson_does_not():
    """The reason for batch means, measured: 200 histories with a known share of 75 %."""
    rng = Random("coverage")
    histories = [correlated(4000, stay=0.95, rng=rng) for _ in range(200)]

    def covered(*, census: bool) -> float:
        intervals = [share_interval(hits, 0.95, census=census) for hits in histories]
        return fmean(each.low <= 0.75 <= each.high for each in intervals)

    assert covered(census=True) < 0.5
    assert covered(census=False) > 0.9


@given(st.lists(st.booleans(), min_size=1, max_size=300), st.sampled_from(CONFIDENCES))
def test_a_sample_is_never_surer_than_a_census(hits: list[bool], confidence: float):
    """Batch means or Wilson, the wider."""
    census = share_interval(hits, confidence, census=True)
    sample = share_interval(hits, confidence, census=False)

    assert sample.low <= census.low
    assert census.high <= sample.high


@given(st.lists(st.booleans(), min_size=1, max_size=300))
def test_the_surer_one_wants_to_be_the_wider_the_interval(hits: list[bool]):
    """Holm asks at several confidences and relies on this."""
    widths = [width(share_interval(hits, each, census=False)) for each in CONFIDENCES]

    assert widths == sorted(widths)


def test_too_few_values_are_not_batched():
    """Eight batches of ten is the least."""
    assert batch_means([1.0] * 79, 0.95) is None
    assert batch_means([1.0] * 80, 0.95) == Interval(1.0, 1.0)


@given(st.lists(st.floats(0, 100), min_size=1, max_size=200), st.sampled_from([0.5, 0.95, 0.99]))
def test_a_percentile_is_the_smallest_value_that_the_share_does_not_exceed(
    values: list[float], p: float
):
    """A value that was really measured; nothing is interpolated."""
    ordered, share = sorted(values), Fraction(str(p))
    found = percentile(ordered, p)

    assert sum(each <= found for each in ordered) >= share * len(ordered)
    assert sum(each < found for each in ordered) < share * len(ordered)


def test_the_percentiles_interval_covers_the_true_percentile():
    """Without a word about the distribution: here an exponential, 1,000 times 300 values."""
    rng, truth = Random("tail"), -math.log(1 - 0.9)

    def covers() -> bool:
        ordered = sorted(rng.expovariate(1.0) for _ in range(300))
        interval = percentile_interval(ordered, 0.9, 0.95)
        return interval is not None and interval.low <= truth <= interval.high

    assert fmean(covers() for _ in range(1000)) >= 0.94


def test_a_high_percentile_of_few_values_has_no_interval():
    """The largest of twenty values bounds no 99th percentile."""
    assert percentile_interval(sorted(range(20)), 0.99, 0.95) is None


@pytest.mark.parametrize(
    ("good", "n", "bound"),
    [(85, 100, 0.80), (75, 100, 0.80), (41, 50, 0.78), (30, 40, 0.9), (97, 100, 0.98)],
)
def test_the_contacts_that_were_asked_for_decide(good: int, n: int, bound: float):
    """'Needs 310 more calls' is a promise: at the same share, that many are enough."""
    needed = contacts_to_decide(spread(good, n), bound, 0.95, census=True)
    assert needed is not None
    interval = wilson(good / n * needed, needed, 0.95)

    assert interval.low >= bound or interval.high < bound


@pytest.mark.parametrize(("good", "n", "bound"), [(85, 100, 0.80), (75, 100, 0.80)])
def test_not_many_more_are_asked_for_than_needed(good: int, n: int, bound: float):
    """Ten contacts fewer might not do, hits being whole: an hour of load costs money."""
    needed = contacts_to_decide(spread(good, n), bound, 0.95, census=True)
    assert needed is not None
    towards_bound = math.floor if bound < good / n else math.ceil
    interval = wilson(towards_bound(good / n * (needed - 10)), needed - 10, 0.95)

    assert interval.low < bound <= interval.high


def test_correlated_contacts_need_more_of_them():
    """The estimate knows that neighbours resemble each other."""
    hits = correlated(2000, stay=0.98, rng=Random("rush"))
    sample = contacts_to_decide(hits, 0.70, 0.95, census=False)
    census = contacts_to_decide(hits, 0.70, 0.95, census=True)

    assert sample is not None
    assert census is not None
    assert sample > 2 * census


def test_no_number_of_contacts_decides_a_share_that_stands_on_its_bound():
    """Nothing is promised that nobody can keep."""
    assert contacts_to_decide(spread(80, 100), 0.80, 0.95, census=True) is None


def test_the_interval_of_a_mean_shrinks_with_the_root_of_the_number():
    """Half-width 4 at 25 values; a bound 2 away takes four times as many."""
    assert values_to_decide(25, 10.0, Interval(6.0, 14.0), 12.0) == 100


@pytest.mark.parametrize(
    ("samples", "low", "high"),
    [
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((6, 7, 2, 7), 0.0582, 0.8062),
        ((5, 56, 0, 29), -0.0381, 0.1926),
        ((0, 10, 0, 20), -0.1611, 0.2775),
        ((0, 10, 0, 10), -0.2775, 0.2775),
        ((10, 10, 0, 20), 0.6791, 1.0),
        ((10, 10, 0, 10), 0.6075, 1.0),
    ],
)
def test_newcombes_interval_is_newcombes(
    samples: tuple[int, int, int, int], low: float, high: float
):
    """The worked examples of the paper, method 10, to the printed digits."""
    found = newcombe(*samples, 0.95)
    assert found is not None

    assert (found.low, found.high) == pytest.approx((low, high), abs=5.1e-5)


@given(SHARES, SHARES, st.sampled_from(CONFIDENCES))
def test_the_difference_the_other_way_round_is_the_same(
    one: tuple[int, int], other: tuple[int, int], confidence: float
):
    """Who is compared with whom must not matter; and no difference leaves −1..1."""
    forth, back = newcombe(*one, *other, confidence), newcombe(*other, *one, confidence)
    assert forth is not None
    assert back is not None

    assert (forth.low, forth.high) == pytest.approx((-back.high, -back.low))
    assert -1 <= forth.low <= one[0] / one[1] - other[0] / other[1] <= forth.high <= 1


def test_the_interval_of_a_difference_covers_it():
    """Counted exactly by scipy's binomial probabilities: 94 of 100 and more, for few contacts."""
    p, q, n, m = 0.8, 0.7, 40, 50
    covered = math.fsum(
        float(stats.binom.pmf(i, n, p) * stats.binom.pmf(j, m, q))
        for i in range(n + 1)
        for j in range(m + 1)
        if (found := newcombe(i, n, j, m, 0.95)) and found.low <= p - q <= found.high
    )

    assert 0.94 <= covered <= 0.97


def test_the_difference_to_nothing_is_not_known():
    """An empty phase differs from nothing."""
    assert newcombe(3, 4, 0, 0, 0.95) is None


@given(
    st.lists(st.floats(0, 1e6), min_size=1, max_size=400, unique=True),
    st.sampled_from([0.5, 0.9, 0.95, 0.99]),
    st.sampled_from(CONFIDENCES),
)
def test_the_percentiles_interval_is_scipys(values: list[float], p: float, confidence: float):
    """The exact binomial interval of an independent implementation, None where it has no end."""
    ordered = sorted(values)
    theirs = stats.quantile_test(ordered, p=p, q=0.0).confidence_interval(confidence)
    ours = percentile_interval(ordered, p, confidence)

    if math.isnan(theirs.low) or math.isnan(theirs.high):
        assert ours is None
    else:
        assert ours == Interval(theirs.low, theirs.high)


def test_the_percentile_of_a_million_values_has_its_interval():
    """Binomial coefficients of a million overflow; their logarithms do not."""
    low, high = stats.binom.ppf([0.005, 0.995], 1_000_000, 0.95)

    assert percentile_interval(range(1_000_000), 0.95, 0.99) == Interval(low - 1, high)


@pytest.mark.parametrize("confidence", [0.95, 0.998])
@pytest.mark.parametrize(
    ("truth", "goal", "warn"),
    [(0.85, 0.8, 0.78), (0.95, 0.9, 0.88), (0.975, 0.95, 0.93), (0.995, 0.99, 0.97)],
)
def test_the_contacts_planned_pass_what_is_truly_good(
    truth: float, goal: float, warn: float, confidence: float
):
    """With a chance of 80 %, by scipy's binomial distribution; and not half of them would do."""
    planned = contacts_to_pass(truth, goal=goal, warn=warn, confidence=confidence)
    assert planned is not None

    def chance(n: int) -> float:
        passing = (
            hits
            for hits in range(n + 1)
            if hits / n >= goal and wilson(hits, n, confidence).low >= warn
        )
        return float(stats.binom.sf(next(passing, n + 1) - 1, n, truth))

    assert all(chance(n) >= 0.8 for n in range(planned, planned + 60))
    assert chance(planned // 2) < 0.8


def test_what_is_no_better_than_its_goal_cannot_be_planned_to_pass():
    """Half of the time it falls short, however many contacts there are."""
    assert contacts_to_pass(0.8, goal=0.8, warn=0.78, confidence=0.95) is None
    assert contacts_to_pass(0.5, goal=0.8, warn=0.78, confidence=0.95) is None


def test_what_never_fails_needs_contacts_too():
    """14 answered calls of 14 prove 78 %; 13 do not."""
    assert contacts_to_pass(1.0, goal=0.8, warn=0.78, confidence=0.95) == 14
    assert wilson(14, 14, 0.95).low >= 0.78 > wilson(13, 13, 0.95).low


@pytest.mark.parametrize(
    ("means", "resemblance"),
    [
        ([0.5] * 16, 0.0),
        ([0.4, 0.6] * 8, 0.0),
        ([i / 16 for i in range(16)], 0.9),
        ([0.1, 0.1, 0.1, 0.1, 0.9, 0.9, 0.9, 0.9] * 2, (9 + 1) / 13),
    ],
)
def test_neighbours_that_resemble_each_other_are_seen(means: list[float], resemblance: float):
    """All the same, alternating, a slope, and spells of four, worked out by hand."""
    assert neighbours_resemble(means) == pytest.approx(resemblance, abs=0.02)


def test_what_shall_be_proven_takes_a_wider_interval_where_neighbours_resemble_each_other():
    """And the same where they do not."""
    spells, apart = [0.1] * 4 + [0.9] * 8 + [0.1] * 4, [0.4, 0.6] * 8
    wider = [
        interval_of_batches(means, 0.5, 0.95, wary=True).low
        < interval_of_batches(means, 0.5, 0.95).low - 1e-12
        for means in (spells, apart)
    ]

    assert wider == [True, False]
