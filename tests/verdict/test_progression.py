"""What an SLA asks as the months go by, worked out by hand."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.kpi.catalogue import CATALOGUE
from harness.kpi.measure import counted_share, mean
from harness.kpi.statistics import wilson
from harness.model.scenario import PhaseKind
from harness.model.sla import (
    Baseline,
    BaselineValue,
    Bound,
    Clock,
    Direction,
    Each,
    Formula,
    Objective,
    Progression,
    Unit,
)
from harness.model.verdict import Measurement, Status, View
from harness.verdict.item import Item
from harness.verdict.progression import against_baseline, required, stricter_than_in_house
from tests.fakes import objective, phase, scenario, sla
from tests.kpi.newcombe import newcombe

MORE, LESS = Direction.MORE, Direction.LESS


def after(months: int, **changes: float) -> Progression:
    """Return the usual progression, *months* after go-live."""
    fields = {"dip": 0.05, "dip_months": 6, "yearly": 0.05} | changes
    return Progression("in-house", months=months, **fields)


@pytest.mark.parametrize(
    ("months", "level", "abandoned", "because"),
    [
        (0, 0.76, 0.0525, "a dip of 5 % at the start: 80 less 4, 5 plus a quarter"),
        (6, 0.76, 0.0525, "and for half a year, its last month included"),
        (9, 0.78, 0.05125, "half way back"),
        (11, 0.79333, 0.05042, "five sixths of the way"),
        (12, 0.80, 0.05, "after a year as it was in house"),
        (23, 0.80, 0.05, "and for a year"),
        (24, 0.81, 0.0475, "then 5 % fewer failures: 20 % missed become 19 %"),
        (36, 0.8195, 0.045125, "and again: 18.05 % missed"),
        (72, 1 - 0.2 * 0.95**5, 0.05 * 0.95**5, "80 times 1.05 would be 102 % by now"),
    ],
)
def test_a_standard_dips_comes_back_and_rises_on_the_failure_side(
    months: int, level: float, abandoned: float, because: str
):
    """Service level of 80 %, abandonment of 5 %."""
    assert required(0.80, after(months), MORE, Unit.SHARE) == pytest.approx(level, abs=1e-5), (
        because
    )
    assert required(0.05, after(months), LESS, Unit.SHARE) == pytest.approx(abandoned, abs=1e-5)


@pytest.mark.parametrize(("months", "seconds"), [(3, 31.5), (9, 30.75), (12, 30.0), (24, 28.5)])
def test_waits_move_alike(months: int, seconds: float):
    """30 s in house: 5 % longer in the dip, 5 % shorter after each year."""
    assert required(30.0, after(months), LESS, Unit.SECONDS) == pytest.approx(seconds)


def test_a_dip_as_long_as_a_year_ends_at_once():
    """There is no time left to climb back."""
    assert required(0.8, after(14, dip_months=14), MORE, Unit.SHARE) == pytest.approx(0.76)
    assert required(0.8, after(15, dip_months=14), MORE, Unit.SHARE) == pytest.approx(0.8)


@given(st.floats(0, 1), st.integers(0, 239), st.floats(0, 1), st.integers(0, 12), st.floats(0, 1))
def test_no_month_asks_for_less_than_the_one_before(
    base: float, months: int, dip: float, dip_months: int, yearly: float
):
    """And a share stays a share."""
    rules = {"dip": dip, "dip_months": dip_months, "yearly": yearly}
    for direction in Direction:
        now, then = (
            required(base, after(each, **rules), direction, Unit.SHARE)
            for each in (months, months + 1)
        )

        assert 0 <= then <= 1
        assert then >= now - 1e-12 if direction is MORE else then <= now + 1e-12


@pytest.mark.parametrize(
    ("kept", "in_phase", "warned"),
    [(0.78, "peak", True), (0.82, "peak", False), (0.55, "loss", False)],
)
def test_a_goal_that_was_not_kept_in_house_is_told(kept: float, in_phase: str, warned: bool):
    """The classic mistake; what a fault did in house is no standard for a steady day."""
    value = BaselineValue("service_level", "billing", in_phase, kept, 640, 20.0)
    found = stricter_than_in_house(
        sla(objective(kinds=(PhaseKind.STEADY, PhaseKind.FAULT))),
        Baseline("in-house", "a-run", "small", "0" * 64, (value,)),
        scenario(phase(), phase("loss", PhaseKind.FAULT)),
    )

    assert list(found) == ([("service_level[billing] in peak", 0.80, kept)] if warned else [])


FIRST_REPLY = objective(
    "ticket_first_reply", 0.95, 0.9, threshold_s=None, clocks={"P1": Clock(900.0)}
)
SOME = objective(each=Each.QUEUE, only=("billing",))


@pytest.mark.parametrize(
    ("asked", "kept", "warned"),
    [
        (FIRST_REPLY, BaselineValue("ticket_first_reply", "P1", "peak", 0.5, 640, 900.0), True),
        (FIRST_REPLY, BaselineValue("ticket_first_reply", "P1", "peak", 0.5, 640, 3600.0), False),
        (FIRST_REPLY, BaselineValue("ticket_first_reply", "P3", "peak", 0.5, 640, 900.0), False),
        (SOME, BaselineValue("service_level", "billing", "peak", 0.5, 640, 20.0), True),
        (SOME, BaselineValue("service_level", "support", "peak", 0.5, 640, 20.0), False),
        (
            objective(formula=Formula.ANSWERED),
            BaselineValue("service_level", "", "peak", 0.5, 640, 20.0),
            False,
        ),
    ],
)
def test_a_goal_is_held_against_what_was_kept_of_the_same(
    asked: Objective, kept: BaselineValue, warned: bool
):
    """Of a priority by its own clock: what came within an hour says nothing of a quarter of one."""
    found = stricter_than_in_house(
        sla(asked), Baseline("in-house", "a-run", "small", "0" * 64, (kept,)), scenario(phase())
    )

    assert len(list(found)) == warned


# ---------------------------------------------------------------------- how sure a comparison is

YEAR = after(12)
"""As it was in house, neither a dip nor an improvement."""


def compared(value: BaselineValue, measured: Measurement, *, run: str = "another-run") -> Item:
    """Return what becomes of *measured* against an in-house *value*, a year after go-live."""
    asked = objective(value.kpi, 0.5, 0.4, threshold_s=value.threshold_s)
    contract = replace(
        sla(asked),
        progression=YEAR,
        baseline=Baseline("in-house", "the-baseline", "small", "0" * 64, (value,)),
    )
    item = Item(
        objective=asked,
        kpi=CATALOGUE[value.kpi],
        scope="",
        view=View.CALLERS,
        phase="peak",
        kind=PhaseKind.STEADY,
        duration_s=600.0,
        bound=Bound(0.5, 0.4),
        decisive_here=True,
        measurement=measured,
    )
    (found,) = against_baseline(item, contract, run=run)
    return found


@pytest.mark.parametrize(
    ("hits", "n", "base_hits", "base_n"), [(50, 60, 51, 70), (700, 760, 9, 10)]
)
def test_the_difference_of_two_shares_has_newcombes_interval(
    hits: int, n: int, base_hits: int, base_n: int
):
    """His paper's own method; a baseline of ten calls must not be taken for a law of nature."""
    own, base = wilson(base_hits, base_n, 0.95), base_hits / base_n
    value = BaselineValue("service_level", "", "peak", base, base_n, 20.0, own.low, own.high)
    found = compared(value, counted_share(hits, n)).measurement.interval_at
    exact = newcombe(hits, n, base_hits, base_n, 0.95)

    assert found is not None
    assert exact is not None
    assert found(0.95).low - base == pytest.approx(exact.low)
    assert found(0.95).high == pytest.approx(min(1.0, exact.high + base))


def test_a_baseline_without_an_interval_is_taken_as_exact():
    """Such as one that an earlier version kept."""
    value = BaselineValue("service_level", "", "peak", 0.8, 640, 20.0)
    measured = counted_share(500, 600)
    found = compared(value, measured).measurement

    assert found.interval_at is not None
    assert measured.interval_at is not None
    assert found.interval_at(0.95) == measured.interval_at(0.95)


def test_a_baseline_whose_interval_has_no_end_is_not_exact():
    """The last bucket of a provider's histogram: it took five seconds, or any time longer."""
    value = BaselineValue("asa", "", "peak", 5.0, 640, None, 5.0, None)
    found = compared(value, mean([8.0, 10.0] * 100))

    assert found.claim.at(0.95).status is Status.INCONCLUSIVE


def test_a_run_that_is_the_baseline_is_no_worse_than_itself():
    """Whatever its figures: there is no chance in the difference of a thing with itself."""
    waits_s = [0.0] * 600 + [0.3] * 40
    value = BaselineValue("asa", "", "peak", sum(waits_s) / 640, 640, None, 0.0, 0.05)
    itself = compared(value, mean(waits_s), run="the-baseline")

    assert itself.measurement.interval_at is None
    assert itself.claim.at(0.9999).status is Status.PASS


def test_a_wait_that_nobody_notices_is_no_reason_to_doubt():
    """Callers answered in 19 ms in house and in 25 ms now: ten per cent of that is nothing."""
    value = BaselineValue("asa", "", "peak", 0.019, 640, None, 0.0, 0.05)
    found = compared(value, mean([0.0] * 550 + [0.3] * 50))

    assert found.bound.warn == pytest.approx(1.019)
    assert found.claim.at(0.999).status is not Status.INCONCLUSIVE


def test_long_waits_and_shares_keep_their_usual_range():
    """Ten per cent of half a minute is three seconds; two points of a share are two points."""
    long = BaselineValue("asa", "", "peak", 30.0, 640)
    level = BaselineValue("service_level", "", "peak", 0.8, 640, 20.0)

    assert compared(long, mean([29.0] * 100)).bound.warn == pytest.approx(33.0)
    assert compared(level, counted_share(500, 600)).bound.warn == pytest.approx(0.78)
