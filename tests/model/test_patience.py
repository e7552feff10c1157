"""How long callers wait: against scipy, and against what was observed."""

import math
from random import Random

import numpy as np
import pytest
from scipy import stats

from harness.model.patience import BANK_1999, BUSY, Patience, Weibull, exponential

WEIBULL = Patience("weibull", (Weibull(1.0, 0.93, 408.0),))
EVERY = [BUSY, BANK_1999, WEIBULL, exponential(20.0, "20s")]


def drawn(patience: Patience, n: int = 20_000) -> list[float]:
    rng = Random("patience:1")
    return [patience.draw(rng) for _ in range(n)]


@pytest.mark.parametrize("patience", EVERY, ids=lambda each: each.name)
def test_draws_follow_the_distribution(patience: Patience):
    """By the test of Kolmogorov and Smirnov, on a fixed seed."""
    gone = np.vectorize(lambda wait_s: 1 - patience.outlasts(wait_s))

    assert stats.kstest(drawn(patience), gone).pvalue > 0.01


@pytest.mark.parametrize("patience", EVERY, ids=lambda each: each.name)
def test_the_mean_is_that_of_the_draws_and_of_scipy(patience: Patience):
    """The mean goes into reports and into the theory."""
    judge = sum(
        each.share * stats.weibull_min(each.shape, scale=each.scale_s).mean()
        for each in patience.kinds
    )
    sample = drawn(patience)

    assert patience.mean_s == pytest.approx(judge)
    assert patience.mean_s == pytest.approx(
        math.fsum(sample) / len(sample), rel=5 / math.sqrt(len(sample))
    )


@pytest.mark.parametrize(
    ("wait_s", "still_there"),
    [(15, 0.95), (30, 0.91), (60, 0.83), (120, 0.73), (180, 0.64), (300, 0.52)],
)
def test_the_callers_of_the_bank_stay_as_long_as_they_were_seen_to(
    wait_s: float, still_there: float
):
    """The Kaplan-Meier estimate of its year, to 4 points."""
    assert BANK_1999.outlasts(wait_s) == pytest.approx(still_there, abs=0.04)


def test_exponential_patience_draws_as_it_always_has():
    """A seed of yesterday places the calls of yesterday."""
    assert BUSY.draw(Random("x")) == pytest.approx(Random("x").expovariate(1 / 180.0))
