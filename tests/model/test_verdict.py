"""How near a result is to its goal: the measure by which the worst are shown first."""

from dataclasses import replace

import pytest

from harness.model.sla import Direction, Unit
from tests.exporter.watched import RESULT


@pytest.mark.parametrize(
    ("unit", "direction", "goal", "value", "left", "because"),
    [
        (Unit.SHARE, Direction.MORE, 0.8, 0.9, 0.5, "half of the way from 80 % to all"),
        (Unit.SHARE, Direction.LESS, 0.05, 0.02, 0.6, "three of the five points are left"),
        (Unit.SECONDS, Direction.LESS, 28.0, 35.0, -0.25, "missed by a quarter"),
        (Unit.SCORE, Direction.MORE, 3.6, 4.3, 0.5, "no talk sounds better than 5"),
        (Unit.SCORE, Direction.MORE, 3.6, 5.0, 1.0, "as good as can be"),
        (Unit.COUNT, Direction.LESS, 0.0, 0.0, 1.0, "nothing lies between none lost and one"),
        (Unit.COUNT, Direction.LESS, 0.0, 1.0, -1.0, "and one is too many"),
        (Unit.SHARE, Direction.MORE, 0.8, None, 1.0, "what was not measured is not close"),
    ],
)
def test_results_of_all_units_can_be_laid_side_by_side(
    unit: Unit, direction: Direction, goal: float, value: float | None, left: float, because: str
):
    """Points, seconds, scores and counts: 1 is as good as can be, below 0 it is missed."""
    result = replace(RESULT, unit=unit, direction=direction, goal=goal, value=value)

    assert result.room_left == pytest.approx(left), because
