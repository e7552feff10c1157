"""Arrivals are a Poisson process of the rate that was asked for, whatever its shape."""

import math
from itertools import islice, pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.traffic.arrivals import Piece, poisson_arrivals

SHAPES = {
    "flat": (0.4, 0.4, 3600.0),
    "rising": (0.1, 1.0, 3600.0),
    "falling": (1.0, 0.1, 3600.0),
    "from nothing": (0.0, 0.8, 3600.0),
    "to nothing": (0.8, 0.0, 3600.0),
}
RATES = st.just(0.0) | st.floats(1e-4, 5)


def arrivals(start: float, end: float, duration_s: float, seed: object = 1) -> list[float]:
    return list(poisson_arrivals([Piece(duration_s, start, end)], Random(str(seed))))


def integral(t: float, start: float, end: float, duration_s: float) -> float:
    """Return the expected number of contacts up to *t*."""
    return start * t + (end - start) / duration_s * t * t / 2


@given(RATES, RATES, st.floats(1, 600), st.integers())
def test_due_times_rise_and_lie_inside_the_phase(
    start: float, end: float, duration_s: float, seed: int
):
    """A contact belongs to the phase of its due time: none may fall outside."""
    due = arrivals(start, end, duration_s, seed)

    assert all(earlier < later for earlier, later in pairwise(due))
    assert all(0 < each < duration_s for each in due)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("seed", range(5))
def test_the_count_is_what_the_rate_promises(shape: str, seed: int):
    """Within four standard deviations of a Poisson count: a biased inversion falls outside."""
    start, end, duration_s = SHAPES[shape]
    expected = (start + end) / 2 * duration_s

    assert abs(len(arrivals(start, end, duration_s, seed)) - expected) <= 4 * math.sqrt(expected)


@pytest.mark.parametrize("shape", SHAPES)
def test_gaps_are_exponential_once_the_rate_is_taken_out(shape: str):
    """The time-rescaling theorem: under the integral of its rate any Poisson process is one of 1."""
    start, end, duration_s = SHAPES[shape]
    times = [integral(t, start, end, duration_s) for t in arrivals(start, end, duration_s)]
    gaps = [later - earlier for earlier, later in pairwise([0.0, *times])]

    assert stats.kstest(gaps, "expon").pvalue > 0.01


@pytest.mark.parametrize("shape", SHAPES)
def test_the_inversion_is_exact(shape: str):
    """Arrival k lies where the integral reaches the sum of the first k exponentials."""
    start, end, duration_s = SHAPES[shape]
    rng, expected = Random("1"), 0.0
    for due_s in arrivals(start, end, duration_s):
        expected += rng.expovariate(1.0)

        assert integral(due_s, start, end, duration_s) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("start", "end", "duration_s"),
    [
        pytest.param(100.0, 100.0 + 1e-6, 36_000.0, id="a busy ramp of almost nothing"),
        pytest.param(0.0, 3e-8, 86_400.0, id="a trickle that begins at zero"),
    ],
)
def test_a_ramp_of_almost_nothing_is_as_exact_as_any_other(
    start: float, end: float, duration_s: float
):
    """No hidden limit below which due times become coarse, or the schedule breaks."""
    rng = Random("1")
    first_s = next(poisson_arrivals([Piece(duration_s, start, end)], rng), None)
    expected = Random("1").expovariate(1.0)

    assert first_s is None or integral(first_s, start, end, duration_s) == pytest.approx(
        expected, rel=1e-9
    )


@pytest.mark.parametrize("shape", SHAPES)
def test_a_phase_cut_into_pieces_has_the_arrivals_of_the_whole(shape: str):
    """A day's curve is hundreds of pieces: none may begin anew, bring one twice or lose one."""
    start, end, duration_s = SHAPES[shape]
    borders = [0.0, 0.1 * duration_s, 0.5 * duration_s, 0.5001 * duration_s, duration_s]
    cut = [
        Piece(to - since, *(start + (end - start) * at / duration_s for at in (since, to)))
        for since, to in pairwise(borders)
    ]

    assert list(poisson_arrivals(cut, Random("1"))) == pytest.approx(
        arrivals(start, end, duration_s), rel=1e-9
    )


@pytest.mark.parametrize("piece", [Piece(600.0, 4.85, 4.85), Piece(60.0, 0.3, 1.7)])
def test_an_arrival_that_rounding_puts_on_the_border_is_of_the_next_piece(piece: Piece):
    """Just short of the whole integral, yet at 600.0 s of 600: the phase is over by then."""
    assert piece.reached_s(math.nextafter(piece.expected, 0.0)) is None


@pytest.mark.parametrize(("end_per_s", "reached_s"), [(1.0, 0.0), (0.0, None)])
def test_who_is_due_on_a_border_comes_at_once_where_anybody_comes(
    end_per_s: float, reached_s: float | None
):
    """Behind the border the rate may rise from zero, or stay there."""
    assert Piece(600.0, 0.0, end_per_s).reached_s(0.0) == reached_s


@pytest.mark.parametrize("duration_s", [600.0, math.inf])
def test_a_rate_of_zero_brings_nobody(duration_s: float):
    """A phase without load is silent, and ends at once; so is a hold without an end."""
    assert arrivals(0.0, 0.0, duration_s) == []


@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_a_phase_without_length_brings_nobody(rate: float):
    """A phase of kind lines has a duration of 0; its schedule is empty, not an error."""
    assert arrivals(rate, rate, 0.0) == []


@pytest.mark.parametrize(("start", "end"), [(-0.1, 1.0), (1.0, -0.1)])
def test_a_negative_rate_is_refused(start: float, end: float):
    """Arrivals that run backwards are a mistake of the caller."""
    with pytest.raises(ValueError, match="negative"):
        arrivals(start, end, 600.0)


def test_a_rate_that_changes_for_ever_is_refused():
    """A hold has one rate; a ramp needs an end to move towards."""
    with pytest.raises(ValueError, match="needs a duration"):
        arrivals(1.0, 2.0, math.inf)


def test_a_constant_rate_may_go_on_for_ever():
    """The hold at the end of a phase lasts as long as its gate takes."""
    endless = poisson_arrivals([Piece(math.inf, 2.0, 2.0)], Random("1"))

    assert len(list(islice(endless, 1000))) == 1000


def test_one_seed_gives_one_schedule():
    """A run can be repeated."""
    assert arrivals(0.1, 1.0, 600.0, seed=7) == arrivals(0.1, 1.0, 600.0, seed=7)
