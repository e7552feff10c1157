"""Queueing theory, held to published tables, to identities, and to an independent computation.

Every figure comes from a published table, or was computed by another method than ours; see the
notes on the domain, §7.2.
"""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import linalg, stats

from harness.kpi.erlang import (
    Expected,
    Pool,
    channels_needed,
    erlang_b,
    erlang_c,
    expect,
)

POOLS = st.builds(
    Pool,
    agents=st.integers(1, 120),
    per_hour=st.floats(1, 4000),
    handle_s=st.floats(20, 900),
    patience_s=st.floats(5, 3600),
)


def twenty(agents: int, handle_s: float, patience_s: float, per_hour: float) -> Expected:
    """Return what is expected of a pool, its service level that within 20 s."""
    return expect(Pool(agents, per_hour, handle_s, patience_s), threshold_s=20.0)


@pytest.mark.parametrize(
    ("pool", "wait_share", "abandonment", "mean_wait_s", "occupancy", "service_level"),
    [
        ((10, 240, 180, 120), 0.2685, 0.0595, 10.71, 0.7524, 0.8044),
        ((10, 240, 180, 150), 0.5099, 0.1339, 24.10, 0.8661, 0.5942),
        ((20, 360, 150, 180), 0.2861, 0.0655, 9.82, 0.8411, 0.7984),
        ((20, 360, 150, 240), 0.6857, 0.2049, 30.74, 0.9541, 0.4371),
        ((34, 300, 180, 360), 0.2291, 0.0315, 5.67, 0.8546, 0.8709),
        ((50, 300, 180, 600), 0.4580, 0.0634, 11.42, 0.9366, 0.7311),
        ((62, 300, 180, 720), 0.3668, 0.0425, 7.66, 0.9266, 0.8152),
    ],
)
def test_erlang_a_gives_the_table(
    pool: tuple[int, float, float, float],
    wait_share: float,
    abandonment: float,
    mean_wait_s: float,
    occupancy: float,
    service_level: float,
):
    """Agents, handle time, patience and calls an hour: from a quiet centre to an overloaded one."""
    found = twenty(*pool)

    assert found.wait_share == pytest.approx(wait_share, abs=5.1e-5)
    assert found.abandonment == pytest.approx(abandonment, abs=5.1e-5)
    assert found.mean_wait_s == pytest.approx(mean_wait_s, abs=5.1e-3)
    assert found.occupancy == pytest.approx(occupancy, abs=5.1e-5)
    assert found.service_level == pytest.approx(service_level, abs=5.1e-5)


def test_the_example_of_garnett_mandelbaum_and_reiman():
    """50 agents, 48 calls a minute of a minute each, patience 2 minutes (M&SOM 2002)."""
    found = twenty(50, 60, 120, 2880)

    assert found.wait_share == pytest.approx(0.46777, abs=5.1e-6)
    assert found.abandonment == pytest.approx(0.0309, abs=5.1e-5)
    assert found.mean_wait_s == pytest.approx(3.71, abs=5.1e-3)
    assert found.queue_length == pytest.approx(2.97, abs=5.1e-3)
    assert found.occupancy == pytest.approx(0.930, abs=5.1e-4)
    assert found.service_level == pytest.approx(0.9430, abs=5.1e-5)


def test_the_same_example_without_hanging_up():
    """Its Erlang C half: a fifth of the wait is what impatience saves."""
    found = twenty(50, 60, math.inf, 2880)
    nine_in_ten = expect(Pool(50, 2880, 60), threshold_s=58.14)

    assert found.wait_share == pytest.approx(0.6945, abs=5.1e-5)
    assert found.asa_s == pytest.approx(20.83, abs=5.1e-3)
    assert found.queue_length == pytest.approx(16.67, abs=5.1e-3)
    assert found.occupancy == pytest.approx(0.96)
    assert nine_in_ten.service_level == pytest.approx(0.9, abs=1e-5)


def test_fewer_calls_are_not_the_same_as_callers_who_hang_up():
    """Erlang C with the abandoned calls taken off gives 8.8 s where 3.6 s is right."""
    thinned = twenty(50, 60, math.inf, 2880 * (1 - 0.0309))

    assert thinned.asa_s == pytest.approx(8.8, abs=0.05)


@pytest.mark.parametrize(
    ("patience_s", "at_once", "abandonment", "queue_length"),
    [(1.0, 0.4083, 0.0499, 5.092), (4.0, 0.226, 0.0364, 14.84)],
)
def test_whitts_hundred_servers(
    patience_s: float, at_once: float, abandonment: float, queue_length: float
):
    """M/M/100+M at 102 % load (Whitt 2004), patience one and four service times."""
    found = expect(Pool(100, 102 * 3600, 1.0, patience_s), threshold_s=0.1)

    assert 1 - found.wait_share == pytest.approx(at_once, abs=5.1e-4)
    assert found.abandonment == pytest.approx(abandonment, abs=5.1e-5)
    assert found.queue_length == pytest.approx(queue_length, abs=5.1e-3)


@pytest.mark.parametrize(("within", "share"), [(0.1, 0.7986), (0.2, 0.9644)])
def test_whitts_waits_of_the_served(within: float, share: float):
    """P(W <= t | served): our service level is of all offered, so it is divided by the served."""
    found = expect(Pool(100, 102 * 3600, 1.0, 1.0), threshold_s=within)

    assert found.service_level / (1 - found.abandonment) == pytest.approx(share, abs=5.1e-5)


@pytest.mark.parametrize(
    ("agents", "wait_share", "service_level", "asa_s"),
    [
        (11, 0.6821, 0.3896, 122.8),
        (12, 0.4494, 0.6402, 40.4),
        (13, 0.2853, 0.7956, 17.1),
        (14, 0.1741, 0.8884, 7.8),
        (15, 0.1020, 0.9415, 3.7),
        (16, 0.0573, 0.9706, 1.7),
    ],
)
def test_erlang_c_gives_the_table(
    agents: int, wait_share: float, service_level: float, asa_s: float
):
    """Ten Erlangs of 180 s calls."""
    found = twenty(agents, 180, math.inf, 200)

    assert erlang_c(agents, 10.0) == pytest.approx(wait_share, abs=5.1e-5)
    assert found.service_level == pytest.approx(service_level, abs=5.1e-5)
    assert found.asa_s == pytest.approx(asa_s, abs=0.051)


@pytest.mark.parametrize(
    ("agents", "offered", "wait_share"),
    [
        (55, 50, 0.38455),
        (105, 100, 0.51571),
        (132, 123, 0.32112),
        (500, 480, 0.26651),
        (2000, 1950, 0.17868),
    ],
)
def test_erlang_c_of_large_centres(agents: int, offered: float, wait_share: float):
    """Where factorials overflow."""
    assert erlang_c(agents, offered) == pytest.approx(wait_share, abs=5.1e-6)


@pytest.mark.parametrize(
    ("channels", "offered", "lost"), [(15, 10, 0.036497), (30, 20, 0.008457), (117, 100, 0.009790)]
)
def test_erlang_b_gives_the_table(channels: int, offered: float, lost: float):
    """What every telephone engineer has on the wall."""
    assert erlang_b(channels, offered) == pytest.approx(lost, abs=5.1e-7)


@pytest.mark.parametrize(
    ("offered", "blocking", "channels"),
    [
        (10, 0.01, 18),
        (20, 0.01, 30),
        (50, 0.01, 64),
        (100, 0.01, 117),
        (10, 0.001, 21),
        (100, 0.001, 128),
    ],
)
def test_channels_for_a_grade_of_service(offered: float, blocking: float, channels: int):
    """P.01 and P.001, as carriers sell them."""
    assert channels_needed(offered, blocking=blocking) == channels


def test_a_big_centre_with_a_long_threshold():
    """A known package gives 0.496 here: e^(-800) is nothing, and must not be multiplied by."""
    found = expect(Pool(1200, 24_000, 180, 180), threshold_s=120)

    assert found.service_level == pytest.approx(0.988, abs=5.1e-4)


@pytest.mark.parametrize(
    "pool",
    [
        Pool(5, 120, 180, 60),
        Pool(12, 200, 180, 180),
        Pool(30, 900, 180, 40),
        Pool(3, 600, 60, 600),
    ],
)
def test_a_tagged_caller_followed_through_the_queue_sees_the_same(pool: Pool):
    """Another method: the matrix exponential of the caller's own Markov chain, by scipy."""
    serve, give_up, arrive = pool.agents / pool.handle_s, 1 / pool.patience_s, pool.per_hour / 3600
    most = pool.agents + int(arrive / give_up) + 200
    leaving = [
        min(k, pool.agents) / pool.handle_s + max(0, k - pool.agents) * give_up
        for k in range(1, most)
    ]
    weights = np.exp(np.cumsum([0.0, *np.log(arrive / np.array(leaving))]))
    shares = weights / weights.sum()
    ahead = shares[pool.agents :]
    n = len(ahead)
    # A state is how many are ahead; who hangs up leaves the chain, state n is to be served.
    rates = np.zeros((n + 1, n + 1))
    for j in range(n):
        rates[j, j] = -(serve + (j + 1) * give_up)
        rates[j, j - 1 if j else n] = serve + j * give_up
    waiting, answered = rates[:n, :n], rates[:n, n]
    after = ahead @ linalg.expm(rates * 20.0)[:n]
    in_time, waits_on = after[n], after[:n].sum()
    # The density of being served at t is ahead·e^(waiting·t)·answered; its first moment is:
    answered_wait_s = ahead @ np.linalg.solve(waiting, np.linalg.solve(waiting, answered))
    found = expect(pool, threshold_s=20.0)

    assert found.wait_share == pytest.approx(ahead.sum(), abs=1e-9)
    assert found.service_level == pytest.approx(1 - ahead.sum() + in_time, abs=1e-8)
    assert found.quit_in_time == pytest.approx(ahead.sum() - in_time - waits_on, abs=1e-8)
    assert found.asa_s == pytest.approx(answered_wait_s / (1 - found.abandonment), rel=1e-8)


@given(POOLS, st.floats(0, 300))
def test_who_hangs_up_is_who_ran_out_of_patience(pool: Pool, threshold_s: float):
    """P(abandon) = θ·E[W] and Little's law, and no share leaves 0..1."""
    found = expect(pool, threshold_s=threshold_s)

    assert found.abandonment == pytest.approx(found.mean_wait_s / pool.patience_s)
    assert found.queue_length == pytest.approx(pool.per_hour / 3600 * found.mean_wait_s)
    assert 0 <= found.abandonment <= found.wait_share <= 1
    assert 0 <= found.quit_in_time <= found.abandonment + 1e-9
    assert 1 - found.wait_share <= found.service_level + 1e-12
    assert found.service_level <= 1 - found.abandonment + 1e-9
    assert found.occupancy is not None
    assert 0 <= found.occupancy <= 1
    assert found.asa_s is not None
    assert found.asa_s >= 0


@given(POOLS)
def test_one_more_agent_never_harms(pool: Pool):
    """What the search for the least number of agents relies on."""
    few = expect(pool, threshold_s=20.0)
    more = expect(replace(pool, agents=pool.agents + 1), threshold_s=20.0)

    assert more.service_level >= few.service_level - 1e-12
    assert more.abandonment <= few.abandonment + 1e-12
    assert (more.occupancy or 0) <= (few.occupancy or 0) + 1e-12


@given(POOLS, st.floats(1.0, 2.0))
def test_more_calls_are_never_easier(pool: Pool, factor: float):
    """A forecast that is too low flatters every figure."""
    now = expect(pool, threshold_s=20.0)
    busier = expect(replace(pool, per_hour=pool.per_hour * factor), threshold_s=20.0)

    assert busier.service_level <= now.service_level + 1e-9
    assert busier.abandonment >= now.abandonment - 1e-9


@given(POOLS, st.floats(0, 200), st.floats(0, 200))
def test_a_longer_threshold_is_met_by_more(pool: Pool, one_s: float, other_s: float):
    """A service level is a distribution function of the wait."""
    short, long = sorted((one_s, other_s))

    assert (
        expect(pool, threshold_s=short).service_level
        <= expect(pool, threshold_s=long).service_level + 1e-12
    )


@given(st.integers(2, 80), st.floats(0.2, 0.95), st.floats(30, 600))
def test_callers_of_endless_patience_are_erlang_cs(agents: int, busy: float, handle_s: float):
    """As patience grows, Erlang A becomes Erlang C, as long as the centre is not overloaded."""
    pool = Pool(agents, agents * busy * 3600 / handle_s, handle_s)
    patient, nearly = (
        expect(replace(pool, patience_s=patience_s), threshold_s=20.0)
        for patience_s in (math.inf, 1e9)
    )

    assert nearly.service_level == pytest.approx(patient.service_level, abs=1e-4)
    assert nearly.wait_share == pytest.approx(patient.wait_share, abs=1e-4)
    assert nearly.abandonment == pytest.approx(0.0, abs=1e-4)


@given(st.integers(1, 400), st.floats(0.01, 390.0))
def test_erlang_c_follows_from_erlang_b(agents: int, offered: float):
    """C = B / (1 − ρ(1 − B)), and B is the truncated Poisson distribution's last term."""
    b = erlang_b(agents, offered)
    last = stats.poisson.logpmf(agents, offered) - stats.poisson.logcdf(agents, offered)

    assert b == pytest.approx(math.exp(last), rel=1e-8, abs=1e-300)
    if offered < agents:
        assert erlang_c(agents, offered) == pytest.approx(
            agents * b / (agents - offered * (1 - b)), rel=1e-9
        )


def test_an_overloaded_centre_of_patient_callers_has_no_service_level():
    """Some packages return a probability of 1.42 here."""
    found = twenty(9, 180, math.inf, 200)

    assert erlang_c(9, 10.0) == 1.0
    assert (found.service_level, found.occupancy, found.asa_s) == (0.0, 1.0, math.inf)


def test_an_overloaded_centre_is_served_as_far_as_it_goes():
    """Ten times what it can carry: nine of ten hang up, and everybody else waited long."""
    found = twenty(50, 180, 180, 10_000)

    assert found.occupancy == pytest.approx(1.0)
    assert found.abandonment == pytest.approx(0.9)
    assert found.service_level < 1e-3
    assert found.asa_s is not None
    assert found.asa_s > found.mean_wait_s


def test_where_nobody_works_everybody_hangs_up():
    """A site that is gone has no occupancy and answers nobody."""
    found = twenty(0, 180, 180, 100)

    assert (found.abandonment, found.service_level) == (1.0, 0.0)
    assert found.occupancy is None
    assert found.asa_s is None


def test_where_nobody_calls_the_first_would_be_answered_at_once():
    """The limit of a load that goes to nothing."""
    assert twenty(5, 180, 180, 0) == Expected(0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def test_what_no_number_of_channels_can_do_has_no_number():
    """The last call of all cannot be let through."""
    assert channels_needed(10.0, blocking=0.0) is None


@pytest.mark.parametrize(
    ("agents", "per_hour", "handle_s", "patience_s"),
    [(-1, 10, 180, 180), (1, -10, 180, 180), (1, 10, 0, 180), (1, 10, 180, 0), (1, math.nan, 1, 1)],
)
def test_what_no_centre_can_be_is_refused(
    agents: int, per_hour: float, handle_s: float, patience_s: float
):
    """A formula fed nonsense would answer in numbers."""
    with pytest.raises(ValueError, match=r"agents|handle time"):
        Pool(agents, per_hour, handle_s, patience_s)


def test_the_number_of_steps_grows_with_the_root_of_the_load():
    """A centre of ten thousand, overloaded by a quarter, is no more work than it has to be."""
    found = twenty(10_000, 180, 300, 250_000)

    assert found.abandonment == pytest.approx(0.2, abs=1e-6)
    assert found.mean_wait_s == pytest.approx(60, abs=1e-3)
