"""What an SLA asks as the months go by, worked out by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model.scenario import PhaseKind
from harness.model.sla import Baseline, BaselineValue, Direction, Progression, Unit
from harness.verdict.progression import required, stricter_than_in_house
from tests.fakes import objective, phase, scenario, sla

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
