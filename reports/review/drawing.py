"""The drawing of a trend: where each point, line and mark stands, for the page to write as SVG.

No script: a drawing of thirty points needs none, takes on the page's colours by itself, prints,
and a page of forty of them can be mailed.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.model.review import KpiTrend, Period, TrendPoint, day_of
from harness.model.sla import Unit
from harness.model.verdict import Status
from harness.verdict.words import quantity

WIDTH, HEIGHT = 680, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 12, 12, 26
_MOST_DATES = 6
_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Dot:
    """One run's figure: its place, its interval from *low_y* to *high_y* (None: exact)."""

    x: float
    y: float
    low_y: float | None
    high_y: float | None
    status: Status
    alike: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """A tick of an axis, and what stands beside it."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything that is drawn of one trend, in pixels; lines are lists of points for SVG."""

    dots: tuple[Dot, ...]
    goal: str
    asked: str
    period_from: float
    heights: tuple[Mark, ...]
    dates: tuple[Mark, ...]
    left: float = _LEFT
    right: float = WIDTH - _RIGHT
    top: float = _TOP
    floor: float = HEIGHT - _BOTTOM


def drawing(trend: KpiTrend, period: Period) -> Drawing:
    """Return the drawing of *trend*; the days of *period* are shaded."""
    points = trend.points
    first = min(points[0].at_wall, period.end_wall - _DAY_S * period.days)
    last = period.end_wall
    low, high = _range(trend)

    def x(at_wall: float) -> float:
        return round(_LEFT + (at_wall - first) / (last - first) * (WIDTH - _LEFT - _RIGHT), 1)

    def y(value: float) -> float:
        share = min(1.0, max(0.0, (value - low) / (high - low)))
        return round(HEIGHT - _BOTTOM - share * (HEIGHT - _TOP - _BOTTOM), 1)

    return Drawing(
        dots=tuple(
            Dot(
                x(each.at_wall),
                y(each.value),
                None if each.low is None else y(each.low),
                None if each.high is None else y(each.high),
                each.status,
                each.alike,
            )
            for each in points
        ),
        goal=_line([(x(each.at_wall), y(each.goal)) for each in points], x(last)),
        asked=_line(
            [(x(each.at_wall), y(each.asked)) for each in points if each.asked is not None], x(last)
        ),
        period_from=max(_LEFT, x(period.end_wall - _DAY_S * period.days)),
        heights=tuple(Mark(y(value), quantity(value, trend.unit)) for value in _ticks(low, high)),
        dates=tuple(Mark(x(at), str(day_of(at))) for at in _days(first, last)),
    )


def _line(corners: Sequence[tuple[float, float]], until_x: float) -> str:
    """Return the points of a line in steps: each height holds until the next run."""
    points: list[tuple[float, float]] = []
    for number, (x, y) in enumerate(corners):
        if number and y != corners[number - 1][1]:
            points.append((x, corners[number - 1][1]))
        points.append((x, y))
    if points:
        points.append((until_x, points[-1][1]))
    return " ".join(f"{x:g},{y:g}" for x, y in points)


def _range(trend: KpiTrend) -> tuple[float, float]:
    """Return what the heights go from and to: every value and goal, with a little air."""
    values = [value for each in trend.points for value in _heights(each)]
    low, high = min(values), max(values)
    air = (high - low) * 0.08 or abs(high) * 0.1 or 1.0
    low, high = max(0.0, low - air), high + air
    return low, min(1.0, high) if trend.unit is Unit.SHARE and high > 1 > low else high


def _heights(point: TrendPoint) -> Iterator[float]:
    yield from (point.value, point.goal)
    yield from (each for each in (point.low, point.high, point.asked) if each is not None)


def _ticks(low: float, high: float) -> Iterator[float]:
    """Yield round values from *low* to *high*, two to six of them."""
    rough = (high - low) / 5
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * each for each in (1, 2, 2.5, 5, 10) if size * each >= rough)
    number = math.ceil(low / step - 1e-9)
    while number * step <= high + 1e-9 * step:
        yield number * step
        number += 1


def _days(first: float, last: float) -> Iterator[float]:
    """Yield midnights from *first* to *last*, at most six, evenly apart."""
    days = max(1, round((last - first) / _DAY_S))
    step = math.ceil(days / _MOST_DATES)
    start = math.ceil(first / _DAY_S) * _DAY_S
    while start < last - step * _DAY_S / 3:
        yield start
        start += step * _DAY_S
