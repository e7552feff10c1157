"""Can the verdict be trusted? Four hundred runs of which the truth is known, by the shipped SLA."""

import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from harness.files.load import load_sla
from harness.known import KNOWN
from harness.kpi.catalogue import CATALOGUE
from harness.kpi.statistics import contacts_to_pass
from harness.model.scenario import PhaseKind
from harness.model.sla import Direction, Sla, Unit
from harness.model.verdict import Decision
from harness.verdict.items import family_size
from harness.verdict.judge import judge
from tests.verdict.simulated_runs import (
    CALLS_PER_S,
    PHASES,
    TARGET,
    Rush,
    SimulatedRun,
    Truth,
    shipped_sla,
    simulated,
)

Tell = Callable[[str], None]
BY_DAY, BY_NIGHT = 30, 400
"""How many runs are simulated: fewer tell a gross mistake, many a small one."""
LIGHT, HEAVY = Rush(0.15, 30.0), Rush(0.3, 120.0)
SHIPPED = {"peak": 1500.0, "loss": 900.0, "settle": 600.0}
"""How long the phases of the shipped rehearsal last."""


def truth(level: float, **changes: float) -> Truth:
    """Return a phase in which all is well, but as *changes* and the service *level* say."""
    fields = {
        "hang_up": 0.005,
        "blocked": 0.0,
        "dropped": 0.0,
        "replied": 0.99,
        "quick_api": 0.995,
    }
    return Truth(in_time=dict.fromkeys(CALLS_PER_S, level), **fields | changes)


# The mean of the long waits puts the average speed of answer at its goal of 28 s.
AT_THE_GOAL = {
    "peak": truth(
        0.80, hang_up=0.05, blocked=0.01, dropped=0.01, replied=0.9, quick_api=0.95, slow_s=134
    ),
    "loss": truth(0.60, hang_up=0.25, blocked=0.05, dropped=0.20, replied=0.8, slow_s=100),
    "settle": truth(0.75, hang_up=0.1),
}
FIVE_BELOW_WARN = {
    "peak": truth(0.73, hang_up=0.12, blocked=0.08, dropped=0.08, replied=0.83, quick_api=0.88),
    "loss": truth(0.53, hang_up=0.32, blocked=0.12, dropped=0.27, replied=0.73),
    "settle": truth(0.68, hang_up=0.1),
}
FIVE_ABOVE_GOAL = {
    "peak": truth(0.85, replied=0.95),
    "loss": truth(0.65, hang_up=0.20, dropped=0.15, replied=0.85),
    "settle": truth(0.80),
}
FINE = {name: truth(0.99) for name in SHIPPED}
ONE_QUEUE_BELOW = FINE | {"peak": replace(FINE["peak"], in_time={"billing": 0.73, "support": 0.97})}
"""The hardest lie: everything is fine but the service level of one queue."""


@pytest.fixture(scope="module")
def shipped() -> Sla:
    """Return the contract of the shipped rehearsal, whole."""
    return load_sla(shipped_sla(), known=KNOWN)


def decided(
    sla: Sla,
    truths: Mapping[str, Truth],
    rush: Rush,
    *,
    runs: int,
    lasts_s: Mapping[str, float],
    seed: int,
) -> Counter[Decision]:
    """Return how often each decision was made."""
    rng = random.Random(seed)
    return Counter(
        judge(simulated(truths, rush, lasts_s=lasts_s, rng=rng), sla, about="").decision
        for _ in range(runs)
    )


def planned_s(sla: Sla, resemblance: float) -> dict[str, float]:
    """Return how long each phase has to last so that the whole SLA passes four times in five.

    As many contacts as the planner asks for each objective, its share of the risk being a part of
    the whole: chances multiply. In a steady phase calls resemble each other, so *resemblance* times
    as many: the planner says twice.
    """
    run = SimulatedRun(SHIPPED)
    confidence = 1 - (1 - sla.confidence) / family_size(run.scenario, sla, TARGET)
    shares = [o for o in sla.objectives if CATALOGUE[o.kpi].unit is Unit.SHARE]
    asked = [(o, kind) for o in shares for _, kind in PHASES if kind in o.gates]
    power = 1 - 0.2 / len(asked)
    lasts_s = {}
    for name, kind in PHASES:
        needed = 0
        for each, at in asked:
            if at is not kind:
                continue
            goal, warn = each.gates[kind].goal, each.gates[kind].warn
            if CATALOGUE[each.kpi].direction is Direction.LESS:
                goal, warn = 1 - goal, 1 - warn
            n = contacts_to_pass(
                min(1.0, goal + 0.05), goal=goal, warn=warn, confidence=confidence, power=power
            )
            needed = max(needed, n or 0)
        twice = resemblance if kind is PhaseKind.STEADY else 1.0
        lasts_s[name] = needed * twice / min(CALLS_PER_S.values())
    return lasts_s


# Each rush with how many times the contacts that independent calls would need, and how many runs.
@pytest.fixture(
    scope="module",
    params=[
        pytest.param((LIGHT, 2.0, BY_DAY), id="short rushes"),
        pytest.param((LIGHT, 2.0, BY_NIGHT), id="short rushes, many", marks=pytest.mark.nightly),
        pytest.param((HEAVY, 8.0, BY_NIGHT), id="long rushes", marks=pytest.mark.nightly),
    ],
)
def rush(request: pytest.FixtureRequest) -> tuple[Rush, float, int]:
    """Half a minute of rush in a seventh of every call; by night two minutes in a third."""
    return request.param


def share(counts: Counter[Decision], decision: Decision) -> float:
    return counts[decision] / counts.total()


def heading(rush: Rush, runs: int) -> str:
    return f"{runs} simulated runs, rushes of {rush.lasts_s:g} s: truth"


def test_what_is_at_its_goal_is_rarely_failed(
    shipped: Sla, rush: tuple[Rush, float, int], tell: Tell
):
    """A false NO-GO under 5 %: else nobody would believe a true one."""
    decisions = decided(shipped, AT_THE_GOAL, rush[0], runs=rush[2], lasts_s=SHIPPED, seed=1)
    failed = share(decisions, Decision.NO_GO)
    tell(f"{heading(rush[0], rush[2])} at the goal: false NO-GO {failed:.1%}")

    assert failed < 0.05


@pytest.mark.parametrize(
    ("truths", "what", "seed"),
    [(FIVE_BELOW_WARN, "all", 2), (ONE_QUEUE_BELOW, "only one queue's level", 3)],
    ids=["all", "one queue"],
)
def test_what_is_five_points_below_warn_is_rarely_passed(
    truths, what: str, seed: int, shipped: Sla, rush: tuple[Rush, float, int], tell: Tell
):
    """A false GO under 5 %, however little of the contract is broken."""
    decisions = decided(shipped, truths, rush[0], runs=rush[2], lasts_s=SHIPPED, seed=seed)
    passed = share(decisions, Decision.GO)
    tell(f"{heading(rush[0], rush[2])} 5 points below warn, {what}: false GO {passed:.1%}")

    assert passed < 0.05


@pytest.mark.early
@pytest.mark.timeout(900)  # half a minute of work, on a machine that has other work
def test_what_is_five_points_above_its_goal_passes_in_the_time_that_was_planned(
    shipped: Sla, rush: tuple[Rush, float, int], tell: Tell
):
    """GO in four of five runs that last as long as the planner says, and never NO-GO."""
    lasts_s = planned_s(shipped, rush[1])
    decisions = decided(shipped, FIVE_ABOVE_GOAL, rush[0], runs=rush[2], lasts_s=lasts_s, seed=4)
    passed = share(decisions, Decision.GO)
    planned = ", ".join(f"{name} {each / 60:.0f} min" for name, each in lasts_s.items())
    tell(f"{heading(rush[0], rush[2])} 5 points above the goal: GO {passed:.1%} ({planned})")

    assert passed >= 0.80
    assert not decisions[Decision.NO_GO]
