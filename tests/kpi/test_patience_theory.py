"""Erlang's model for any patience: against Erlang A, against published cases, against simulation."""

import heapq
import math
from dataclasses import fields
from random import Random

import pytest
from scipy import special

from harness.kpi.erlang import Expected, Pool, expect
from harness.kpi.patience import _gamma_share, _waits, expect_with
from harness.model.patience import BANK_1999, BUSY, Patience, Weibull, exponential

CENTRES = [(50, 864), (50, 1100), (43, 864), (20, 864), (5, 60), (1, 10), (2000, 45_000)]
SHY = Patience("shy", (Weibull(1.0, 0.5, 90.0),))
STUBBORN = Patience("stubborn", (Weibull(1.0, 3.0, 120.0),))


@pytest.mark.parametrize(("agents", "per_hour"), CENTRES)
def test_exponential_patience_gives_erlang_a(agents: int, per_hour: float):
    """Two derivations that share no line of code: states there, integrals here."""
    pool = Pool(agents, per_hour, 180.0, 180.0)
    states = expect(pool, threshold_s=20.0)
    integrals = _waits(pool, exponential(180.0, "3m"), 20.0)

    for each in fields(Expected):
        assert getattr(integrals, each.name) == pytest.approx(
            getattr(states, each.name), rel=1e-6, abs=1e-8
        )


def simulated(pool: Pool, patience: Patience, threshold_s: float, calls: int) -> Expected:
    """Return what became of *calls* in a simulation: when the last of the agents would be free."""
    rng = Random("simulated:1")
    free_at = [0.0] * pool.agents
    now_s = answered = in_time = waited_s = quit_soon = waits = 0.0
    for _ in range(calls):
        now_s += rng.expovariate(pool.per_hour / 3600)
        wait_s = max(0.0, free_at[0] - now_s)
        waits += wait_s > 0
        patience_s = patience.draw(rng)
        if patience_s < wait_s:
            quit_soon += patience_s <= threshold_s
            continue
        heapq.heapreplace(free_at, now_s + wait_s + rng.expovariate(1 / pool.handle_s))
        answered += 1
        waited_s += wait_s
        in_time += wait_s <= threshold_s
    return Expected(
        wait_share=waits / calls,
        abandonment=1 - answered / calls,
        mean_wait_s=math.nan,
        asa_s=waited_s / answered,
        service_level=in_time / calls,
        occupancy=math.nan,
        queue_length=math.nan,
        quit_in_time=quit_soon / calls,
    )


@pytest.mark.parametrize("patience", [BANK_1999, SHY, STUBBORN], ids=lambda each: each.name)
@pytest.mark.parametrize("per_hour", [864, 1100])
def test_a_simulation_of_callers_of_any_patience_agrees(patience: Patience, per_hour: float):
    """Under a normal load and an overload; some 100,000 calls are good for one point."""
    pool = Pool(45, per_hour, 180.0, patience.mean_s)
    seen = simulated(pool, patience, 20.0, 100_000)
    theory = expect_with(pool, patience, threshold_s=20.0)

    assert theory.service_level == pytest.approx(seen.service_level, abs=0.025)
    assert theory.abandonment == pytest.approx(seen.abandonment, abs=0.01)
    assert theory.quit_in_time == pytest.approx(seen.quit_in_time, abs=0.01)
    assert theory.wait_share == pytest.approx(seen.wait_share, abs=0.025)
    assert theory.asa_s == pytest.approx(seen.asa_s, rel=0.08)


def test_the_mean_alone_would_not_be_honest():
    """The bank's callers hang up sooner and stay longer than exponential ones of their mean."""
    pool = Pool(40, 864, 180.0, BANK_1999.mean_s)
    right = expect_with(pool, BANK_1999, threshold_s=20.0)
    by_the_mean = expect(pool, threshold_s=20.0)

    assert right.service_level - by_the_mean.service_level > 0.05


def test_where_nobody_is_there_everybody_hangs_up():
    """At the end of their patience, whatever it is."""
    nobody = expect_with(Pool(0, 864, 180.0), BANK_1999, threshold_s=20.0)

    assert (nobody.abandonment, nobody.service_level) == (1.0, 0.0)
    assert nobody.quit_in_time == pytest.approx(1 - BANK_1999.outlasts(20.0))
    assert expect_with(Pool(5, 0, 180.0), BANK_1999, threshold_s=20.0).service_level == 1.0


def test_shares_add_up():
    """Answered in time, answered late, gone in time, gone late: everybody is one of them."""
    for per_hour in (100, 800, 900, 2000):
        found = expect_with(
            Pool(45, per_hour, 180.0), BUSY if per_hour == 100 else SHY, threshold_s=20.0
        )

        assert 0 <= found.quit_in_time <= found.abandonment + 1e-9
        assert found.service_level + found.abandonment <= 1 + 1e-9


def test_the_incomplete_gamma_function_is_scipys():
    """It stands behind every Weibull."""
    for a in (0.1, 0.3, 1.0, 1.07, 2.0, 5.0):
        for x in (1e-6, 0.01, 0.5, 1.0, 2.0, 3.0, 8.0, 50.0):
            assert _gamma_share(a, x) == pytest.approx(special.gammainc(a, x), abs=1e-12)
