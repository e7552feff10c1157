"""The distributor against queueing theory: published values, within simulation error.

Each case is played in independent replications with seeds of their own, from which come a mean and
its standard error. Two things are asserted: the published value lies within four standard errors,
and the error is small enough for that to mean something. The last tests break the distributor on
purpose: with an agent too many, the last caller first, or deaf to hang-ups, it must fail.
"""

from collections.abc import Callable, Mapping
from random import Random
from statistics import fmean
from typing import NamedTuple

import pytest
import simpy

from mock_center.acd.engine import Engine
from mock_center.acd.floor import Handling
from mock_center.acd.waiting import Waiting
from mock_center.chance import Draws, HandleTime
from tests.mock_center.simulation import Day, Estimate, estimate, floor_of, poisson, run_day

NO_PATIENCE_LIMIT = 1e15
REPLICATIONS = 20
BY_DAY = 2_000
"""Calls per replication: a quarter of them tell a broken distributor from a sound one, see below."""


class Case(NamedTuple):
    """One queueing model: *service* and *patience* draw seconds."""

    name: str
    agents: int
    rate_per_s: float
    mean_s: float  # of the service
    service: Callable[[Random], float]
    patience: Callable[[Random], float]
    calls: int  # per replication, after the warm-up
    warm_up_s: float
    threshold_s: float
    channels: int = 10**6


def exponential(mean_s: float) -> Callable[[Random], float]:
    return lambda rng: rng.expovariate(1 / mean_s)


def erlang_2(mean_s: float) -> Callable[[Random], float]:
    return lambda rng: rng.gammavariate(2, mean_s / 2)


def lognormal(mean_s: float, squared_variation: float) -> Callable[[Random], float]:
    return HandleTime(mean_s, squared_variation**0.5).draw


def forever(_: Random) -> float:
    return NO_PATIENCE_LIMIT


def replication(case: Case, number: int) -> dict[str, float]:
    """Return the measures of one day; the service is a talk and, a third of it, wrap-up.

    Where channels are scarce it is talk alone, because a caller in wrap-up holds no channel.
    """
    rng = Random(f"{case.name}:{number}")
    works = Random(f"{case.name}:{number}:service")
    wraps_up = 0.0 if case.channels < 10**6 else 1 / 3

    served_s: list[float] = []

    def draw(_: str) -> Handling:
        service_s = case.service(works)
        served_s.append(service_s)
        return Handling(service_s * (1 - wraps_up), service_s * wraps_up)

    warm_up_calls = int(case.warm_up_s * case.rate_per_s)
    arrivals = poisson(rng, case.rate_per_s, case.calls + warm_up_calls, lambda: case.patience(rng))
    engine = Engine(floor_of({"q": case.agents}, channels=case.channels), draw)
    day = run_day(engine, arrivals, warm_up_s=case.warm_up_s)
    load = len(arrivals) / arrivals[-1][0] * fmean(served_s)
    return {"load": load, **measures(case, day)}


def measures(case: Case, day: Day) -> dict[str, float]:
    """Return what the published tables speak of."""
    if day.blocked:
        return {"blocked": day.blocked / day.offered}
    mean_wait_s = day.mean_wait_s
    quick = sum(wait <= case.threshold_s for wait in day.waits)
    return {
        "waited": day.waited_share,
        "abandoned": day.abandon_share,
        "wait_s": mean_wait_s,
        "queue": mean_wait_s * case.rate_per_s,
        "quick_of_offered": quick / day.offered,
        "quick_of_served": quick / len(day.waits),
        "occupancy": day.occupancy,
    }


def simulated(case: Case) -> dict[str, Estimate]:
    days = [replication(case, number) for number in range(REPLICATIONS)]
    return estimate(days, control="load", expected=case.rate_per_s * case.mean_s)


def check(case: Case, published: Mapping[str, float], precision: Mapping[str, float]) -> None:
    """Assert that *case* comes out as *published*, with standard errors below *precision*.

    A published value is uncertain by half its last digit, or by what its authors say.
    """
    found = simulated(case)
    for name, value in published.items():
        told = f"{case.name} {name}: found {found[name]}, published {value}"
        assert found[name].error <= precision[name], f"too rough to mean anything: {told}"
        assert found[name].agrees_with(value, uncertain=UNCERTAIN[name]), told


# What rounding to the printed digits hides, and what Whitt's own simulations leave open.
UNCERTAIN = {
    "waited": 0.00005,
    "abandoned": 0.00005,
    "wait_s": 0.05,  # as coarse as the Erlang-C table
    "queue": 0.005,
    "quick_of_offered": 0.00005,
    "quick_of_served": 0.00005,
    "blocked": 0.0000005,
    "occupancy": 0.00005,
}

GARNETT = Case("garnett", 50, 0.8, 60, exponential(60), exponential(120), 15_000, 900, 20)
GARNETT_SAYS = {
    "waited": 0.46777,
    "abandoned": 0.0309,
    "wait_s": 3.71,
    "queue": 2.97,
    "quick_of_offered": 0.9430,
    "occupancy": 0.9303,
}
GARNETT_ERROR = {
    "waited": 0.005,
    "abandoned": 0.0008,
    "wait_s": 0.08,
    "queue": 0.06,
    "quick_of_offered": 0.0035,
    "occupancy": 0.001,
}  # fmt: skip


@pytest.mark.parametrize(
    ("calls", "rougher"), [(BY_DAY, 4.0), pytest.param(15_000, 1.0, marks=pytest.mark.nightly)]
)
def test_fifty_agents_and_impatient_callers_are_as_garnett_mandelbaum_and_reiman_say(
    calls: int, rougher: float
):
    """48 calls/min, 1 min of work, 2 min of patience: the textbook case of Erlang-A.

    300,000 calls: standard errors 0.003 of the share that waits, 0.0005 of abandons, 0.05 s. By day
    40,000, four times as rough.
    """
    check(
        GARNETT._replace(calls=calls),
        GARNETT_SAYS,
        {name: rougher * error for name, error in GARNETT_ERROR.items()},
    )


# Agents, handle time, patience, calls per hour -> share that waits, that abandons, mean wait of all,
# occupancy, share of all offered that is answered within 20 s.
ERLANG_A = [
    (10, 240, 180, 120, 0.2685, 0.0595, 10.71, 0.7524, 0.8044),
    (10, 240, 180, 150, 0.5099, 0.1339, 24.10, 0.8661, 0.5942),
    (20, 360, 150, 180, 0.2861, 0.0655, 9.82, 0.8411, 0.7984),
    (20, 360, 150, 240, 0.6857, 0.2049, 30.74, 0.9541, 0.4371),
    (34, 300, 180, 360, 0.2291, 0.0315, 5.67, 0.8546, 0.8709),
    (50, 300, 180, 600, 0.4580, 0.0634, 11.42, 0.9366, 0.7311),
    (62, 300, 180, 720, 0.3668, 0.0425, 7.66, 0.9266, 0.8152),
]


def erlang_a(row: tuple[float, ...], calls: int) -> tuple[Case, dict[str, float]]:
    agents, handle_s, patience_s, per_hour, waited, abandoned, wait_s, occupancy, quick = row
    case = Case(
        f"erlang-a-{agents}-{per_hour}",
        int(agents),
        per_hour / 3600,
        handle_s,
        exponential(handle_s),
        exponential(patience_s),
        calls,
        5 * handle_s,
        20,
    )
    says = {
        "waited": waited,
        "abandoned": abandoned,
        "wait_s": wait_s,
        "occupancy": occupancy,
        "quick_of_offered": quick,
    }
    return case, says


@pytest.mark.parametrize(
    ("row", "calls"),
    [
        (ERLANG_A[1], BY_DAY),
        pytest.param(ERLANG_A[1], 7_000, marks=pytest.mark.nightly),
        pytest.param(ERLANG_A[3], 7_000, marks=pytest.mark.nightly),
    ],
)
def test_small_and_busy_centres_are_as_erlang_a_says(row, calls: int):
    """140,000 calls: standard errors 0.002 of the shares, 0.15 s of the mean wait; by day 40,000."""
    case, says = erlang_a(row, calls)
    check(
        case,
        says,
        {
            "waited": 0.005,
            "abandoned": 0.002,
            "wait_s": 0.4,
            "occupancy": 0.003,
            "quick_of_offered": 0.005,
        },
    )


@pytest.mark.nightly
@pytest.mark.timeout(900)
@pytest.mark.parametrize("row", ERLANG_A, ids=lambda row: f"{row[0]}-{row[3]}")
def test_every_centre_of_the_grid_is_as_erlang_a_says(row):
    """1.2 million calls: standard errors below 0.002 of the shares, 0.15 s of the mean wait."""
    case, says = erlang_a(row, 60_000)
    check(
        case,
        says,
        {
            "waited": 0.002,
            "abandoned": 0.001,
            "wait_s": 0.15,
            "occupancy": 0.001,
            "quick_of_offered": 0.002,
        },
    )


# Agents for 10 Erl of 180 s -> share that waits, answered within 20 s, mean wait.
ERLANG_C = {
    12: (0.4494, 0.6402, 40.4),
    13: (0.2853, 0.7956, 17.1),
    14: (0.1741, 0.8884, 7.8),
    15: (0.1020, 0.9415, 3.7),
    16: (0.0573, 0.9706, 1.7),
}
# Agents, Erlangs -> share that waits.
ERLANG_C_LARGE = [(55, 50, 0.38455), (105, 100, 0.51571), (132, 123, 0.32112)]


def erlang_c(agents: int, load: float, calls: int) -> Case:
    return Case(
        f"erlang-c-{agents}-{load}",
        agents,
        load / 180,
        180,
        exponential(180),
        forever,
        calls,
        9000,
        20,
    )


@pytest.mark.parametrize(
    ("calls", "rougher"), [(BY_DAY, 1.4), pytest.param(8_000, 1.0, marks=pytest.mark.nightly)]
)
def test_callers_who_never_give_up_are_as_erlang_c_says(calls: int, rougher: float):
    """14 agents, 10 Erl: standard errors 0.003 of the shares, 0.3 s of the wait; rougher by day."""
    waited, quick, asa_s = ERLANG_C[14]
    says = {"waited": waited, "quick_of_offered": quick, "wait_s": asa_s}
    errors = {"waited": 0.004, "quick_of_offered": 0.004, "wait_s": 0.4}
    check(erlang_c(14, 10, calls), says, {name: rougher * each for name, each in errors.items()})


@pytest.mark.nightly
@pytest.mark.timeout(900)
@pytest.mark.parametrize("agents", ERLANG_C)
def test_every_row_is_as_erlang_c_says(agents):
    """1.6 million calls: standard errors below 0.006 of the shares, at 12 agents 1.5 s of wait."""
    waited, quick, asa_s = ERLANG_C[agents]
    says = {"waited": waited, "quick_of_offered": quick, "wait_s": asa_s}
    case = erlang_c(agents, 10, 80_000)
    check(case, says, {"waited": 0.006, "quick_of_offered": 0.006, "wait_s": 1.5})


@pytest.mark.nightly
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("agents", "load", "waited"), ERLANG_C_LARGE)
def test_large_centres_are_as_erlang_c_says(agents, load, waited):
    """2 million calls: one agent more would wait 0.06 less often, ten standard errors and more."""
    check(erlang_c(agents, load, 100_000), {"waited": waited}, {"waited": 0.012})


# Channels and as many agents, Erlangs -> share that is blocked.
ERLANG_B = [(15, 10, 0.036497), (30, 20, 0.008457), (117, 100, 0.009790)]


def erlang_b(channels: int, load: float, calls: int) -> Case:
    return Case(
        f"erlang-b-{channels}", channels, load / 180, 180, exponential(180), forever, calls, 1800, 20,
        channels=channels,
    )  # fmt: skip


def test_busy_trunks_block_as_erlang_b_says():
    """15 channels, 10 Erl, 40,000 calls: a standard error of 0.0014; by night 1.6 million."""
    check(erlang_b(15, 10, BY_DAY), {"blocked": 0.036497}, {"blocked": 0.0016})


@pytest.mark.nightly
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("channels", "load", "blocked"), ERLANG_B)
def test_trunk_groups_of_any_size_block_as_erlang_b_says(channels, load, blocked):
    """1.6 million calls: standard errors below 0.0003."""
    check(erlang_b(channels, load, 80_000), {"blocked": blocked}, {"blocked": 0.0003})


# Whitt 2004: 100 agents, 102 calls per unit of time, a service takes 1. Service, patience, what he
# found, and the half-width of his 95 % intervals where he simulated.
_M, _E2 = exponential(1.0), erlang_2(1.0)
_LN11, _LN14 = lognormal(1.0, 1.0), lognormal(1.0, 4.0)
WHITT = {
    "M-M": (_M, _M, {"waited": 1 - 0.4083, "abandoned": 0.0499, "queue": 5.092,
                     "quick_of_served": 0.7986}, {}),
    "M-M-patient": (_M, exponential(4.0), {"waited": 1 - 0.226, "abandoned": 0.0364,
                                           "queue": 14.84}, {"waited": 0.0005}),
    "M-LN11": (_M, _LN11, {"abandoned": 0.0376, "queue": 11.42, "waited": 1 - 0.242},
               {"abandoned": 0.0003, "queue": 0.07, "waited": 0.003}),
    "LN14-LN11": (_LN14, _LN11, {"abandoned": 0.0425, "queue": 11.55, "waited": 1 - 0.286},
                  {"abandoned": 0.0002, "queue": 0.05, "waited": 0.002}),
    "M-E2": (_M, _E2, {"abandoned": 0.0378, "queue": 11.75}, {"abandoned": 0.0003, "queue": 0.07}),
    "E2-E2": (_E2, _E2, {"abandoned": 0.0351, "queue": 11.52}, {"abandoned": 0.0003, "queue": 0.07}),
    "D-E2": (lambda _: 1.0, _E2, {"abandoned": 0.0309, "queue": 11.08},
             {"abandoned": 0.0002, "queue": 0.07}),
    "M-LN44": (_M, lognormal(4.0, 4.0), {"abandoned": 0.0349, "queue": 14.90},
               {"abandoned": 0.0003, "queue": 0.12}),
}  # fmt: skip


def whitt(name: str, calls: int, *, closer: float) -> None:
    service, patience, says, uncertain = WHITT[name]
    case = Case(f"whitt-{name}", 100, 102.0, 1.0, service, patience, calls, 20.0, 0.1)
    found = simulated(case)
    precision = {"waited": 0.008, "abandoned": 0.0015, "queue": 0.3, "quick_of_served": 0.009}
    for measure, value in says.items():
        told = f"{name} {measure}: found {found[measure]}, published {value}"
        assert found[measure].error <= precision[measure] / closer, told
        open_ = uncertain.get(measure, UNCERTAIN[measure])
        assert found[measure].agrees_with(value, uncertain=open_), told


@pytest.mark.parametrize(
    ("name", "calls", "closer"),
    [
        ("LN14-LN11", BY_DAY, 0.33),
        pytest.param("M-M", 15_000, 1, marks=pytest.mark.nightly),
        pytest.param("LN14-LN11", 15_000, 1, marks=pytest.mark.nightly),
    ],
)
def test_an_overloaded_centre_is_as_whitt_says(name: str, calls: int, closer: float):
    """His table of 2004, with times that are not exponential as measured ones are not.

    300,000 calls: standard errors 0.001 of abandons, 0.1 to 0.25 of the queue's length. By day
    40,000, three times as rough.
    """
    whitt(name, calls, closer=closer)


@pytest.mark.nightly
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", WHITT)
def test_every_row_of_the_overloaded_centre_is_as_whitt_says(name):
    """2 million calls: standard errors below 0.0007 of abandons, 0.15 of the queue's length."""
    whitt(name, 100_000, closer=2)


# -- the same tables notice a broken distributor


class _LastFirst(Waiting):
    def add(self, contact, rank: float) -> None:
        super().add(contact, -rank)


def _last_in_first_out(monkeypatch, case: Case) -> Case:
    monkeypatch.setattr("mock_center.acd.course.Waiting", _LastFirst)
    return case


def _an_agent_too_many(monkeypatch, case: Case) -> Case:
    return case._replace(agents=case.agents + 1)


def _deaf_to_hang_ups(monkeypatch, case: Case) -> Case:
    def stays(self, now_s, call):
        return self.advance(now_s)

    monkeypatch.setattr(Engine, "hang_up", stays)
    return case._replace(rate_per_s=0.9 * case.rate_per_s)  # it must not drown either


def _no_wrap_up(monkeypatch, case: Case) -> Case:
    monkeypatch.setattr(Engine, "_wrap_up", lambda self, agent, _, now_s: self._free(agent, now_s))
    return case


@pytest.mark.parametrize(
    "mutant", [_last_in_first_out, _an_agent_too_many, _deaf_to_hang_ups, _no_wrap_up]
)
def test_a_broken_distributor_does_not_agree_with_theory(mutant, monkeypatch):
    """A test that cannot fail proves nothing: these four are the mistakes one makes.

    A small and busy centre shows them after 10,000 calls, a large one after ten times as many.
    """
    case, says = erlang_a(ERLANG_A[1], BY_DAY // 4)
    broken = mutant(monkeypatch, case)

    with pytest.raises(AssertionError, match="published"):
        check(broken, says, dict.fromkeys(says, 10.0))


# -- an independent simulator on the same callers


def simpy_day(agents: int, arrivals, services) -> list[float | None]:
    """Return each caller's wait in SimPy, None for those who gave up."""
    env = simpy.Environment()
    desk = simpy.Resource(env, capacity=agents)
    waits: list[float | None] = [None] * len(arrivals)

    def caller(number: int, at_s: float, patience_s: float):
        yield env.timeout(at_s)
        with desk.request() as served:
            yield served | env.timeout(patience_s)
            if served.triggered:
                waits[number] = env.now - at_s
                yield env.timeout(services[number])

    for number, (at_s, _, patience_s) in enumerate(arrivals):
        env.process(caller(number, at_s, patience_s))
    env.run()
    return waits


def test_simpy_answers_the_same_callers_after_the_same_waits():
    """Two programs that share no line: on the same arrivals each caller waits the same time."""
    rng = Random("simpy")
    arrivals = poisson(rng, 720 / 3600, 4_000, lambda: rng.expovariate(1 / 60))
    services = [rng.expovariate(1 / 200) for _ in arrivals]
    engine = Engine(
        floor_of({"q": 40}), lambda reference: Handling(services[int(reference[1:])], 0.0)
    )
    ours = run_day(engine, arrivals)
    theirs = simpy_day(40, arrivals, services)

    served = [wait for wait in theirs if wait is not None]
    assert ours.abandoned == len(theirs) - len(served) > 50
    assert sorted(ours.waits) == pytest.approx(sorted(served), abs=1e-6)
    assert sum(wait > 1 for wait in served) > 200


def test_handle_times_of_the_live_floor_have_the_mean_and_variation_asked_for():
    """The site draws by hash and quantile, not by a generator: same distribution, please."""
    asked = HandleTime(300.0, 1.0)
    drawn = [asked.of(Draws("7", f"c{n}").normal("talk")) for n in range(40_000)]
    mean = sum(drawn) / len(drawn)
    deviation = (sum((each - mean) ** 2 for each in drawn) / len(drawn)) ** 0.5

    assert mean == pytest.approx(300.0, rel=0.02)
    assert deviation / mean == pytest.approx(1.0, rel=0.06)
