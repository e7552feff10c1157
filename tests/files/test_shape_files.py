"""Shape files: those that ship, and each way to get one of one's own wrong."""

from pathlib import Path
from typing import NamedTuple

import pytest

from harness.files.problems import Problems
from harness.files.shape import SHIPPED, read_shape, shipped_shapes
from harness.model.arrivals import DAY_S, WEEK_S, Shape
from tests.files.small_rehearsal import Rehearsal

GOOD = """\
# Made up, to be broken.
interval: 30m
day:
  09:00-10:00: [2, 4]
  10:00-11:00: [3, 1]
weekdays: {Mon: 1, Tue: 1, Wed: 1, Thu: 1, Fri: 0.5, Sat: 0, Sun: 0}
"""


class Broken(NamedTuple):
    """Put *new* for *old*: the problem stands in *line* and says each of *fragments*."""

    because: str
    old: str
    new: str
    line: int
    fragments: tuple[str, ...]


BROKEN = [
    Broken("nobody knows where it is from", "# Made up, to be broken.\n", "", 1, ("no comment",)),
    Broken("the field counts so", "interval: 30m", "interval: 20m", 2, ("15m or 30m",)),
    Broken(
        "a gap may be a day off or a slip",
        "10:00-11:00",
        "10:30-11:30",
        5,
        ("a gap", "10:00-10:30", "with 0 where nobody comes"),
    ),
    Broken(
        "an interval has one weight",
        "10:00-11:00",
        "09:30-10:30",
        5,
        ("overlaps 09:00-10:00", "each interval once"),
    ),
    Broken("nobody leaves before he came", "[3, 1]", "[3, -1]", 5, ("'-1'", "0 or more")),
    Broken("weights are numbers", "[3, 1]", "[3, many]", 5, ("'many'", "a plain number")),
    Broken("one weight for each interval", "[3, 1]", "[3]", 5, ("1 weight", "2, one for each 30m")),
    Broken(
        "intervals begin on the half hour",
        "10:00-11:00",
        "10:10-11:10",
        5,
        ("borders beside the intervals", "every 30m"),
    ),
    Broken("a time of day", "10:00-11:00", "ten-eleven", 5, ("'ten-eleven'", "08:00-18:00")),
    Broken(
        "a night has two halves",
        "10:00-11:00: [3, 1]",
        "22:00-06:00: [1]",
        5,
        ("ends before it begins", "two spans"),
    ),
    Broken("a forgotten day is no day off", ", Sun: 0}", "}", 6, ("no Sun", "all seven days")),
    Broken("days have names", "Sun: 0", "Son: 0", 6, ("unknown day 'Son'",)),
    Broken("a week needs a day", "Mon: 1,", "Mon: x,", 6, ("'Mon: x'", "0 or more")),
    Broken("a key has a meaning", "weekdays:", "weekday:", 6, ("did you mean 'weekdays'?",)),
]


@pytest.mark.parametrize("broken", BROKEN, ids=lambda each: each.because)
def test_one_mistake_in_a_shape_is_named_on_its_line(tmp_path: Path, broken: Broken):
    """Whoever made the file can mend it without reading ours."""
    assert GOOD.count(broken.old) == 1
    path = tmp_path / "my_day.yaml"
    path.write_text(GOOD.replace(broken.old, broken.new))
    problems = Problems()

    read_shape(path, problems)

    told = told_by(problems)
    assert next(where for where, _ in told) == f"{path}:{broken.line}"
    said = " / ".join(text for _, text in told)
    assert [fragment for fragment in broken.fragments if fragment not in said] == []


def test_a_weight_that_is_none_does_not_hide_a_gap(tmp_path: Path):
    """All problems at once: else the second comes to light when the first is mended."""
    path = tmp_path / "my_day.yaml"
    path.write_text(GOOD.replace("10:00-11:00: [3, 1]", "10:30-11:30: [3, -1]"))
    problems = Problems()

    read_shape(path, problems)

    said = [text for _, text in told_by(problems)]
    assert len(said) == 2
    assert "'-1'" in said[0]
    assert "nothing is said of 10:00-10:30" in said[1]


@pytest.mark.parametrize(
    ("old", "new", "saying"),
    [
        ("[2, 4]", "[0, 0]", "weights that are all 0"),
        ("Fri: 0.5", "Fri: 0", "factors that are all"),
    ],
)
def test_a_shape_without_anybody_is_refused(tmp_path: Path, old: str, new: str, saying: str):
    """The busiest interval is the measure of all others: there must be one."""
    path = tmp_path / "my_day.yaml"
    text = GOOD.replace(old, new).replace("[3, 1]", "[0, 0]")
    path.write_text(
        text.replace("Mon: 1, Tue: 1, Wed: 1, Thu: 1", "Mon: 0, Tue: 0, Wed: 0, Thu: 0")
    )
    problems = Problems()

    assert read_shape(path, problems) is None
    assert any(saying in text for _, text in told_by(problems))


def told_by(problems: Problems) -> list[tuple[str, str]]:
    """Return where each problem stands, and what it says."""
    from harness.errors import UsageError

    try:
        problems.raise_if_any()
    except UsageError as error:
        return [(each.where, f"{each.found}; wanted {each.want}") for each in error.problems]
    return []


def shape(path: Path) -> Shape:
    """Return the shape at *path*, which has no problem."""
    problems = Problems()
    found = read_shape(path, problems)
    problems.raise_if_any()
    assert found is not None
    return found


def test_a_shape_is_its_weights_over_the_highest(tmp_path: Path):
    """`per_hour` is the rate of the busiest interval: the shape's maximum is 1."""
    (tmp_path / "my_day.yaml").write_text(GOOD)
    found = shape(tmp_path / "my_day.yaml")

    assert found.name == "my_day"
    assert found.weekly
    assert [found.at(9 * 3600 + i * 1800) for i in range(4)] == [0.5, 1.0, 0.75, 0.25]
    assert found.at(4 * DAY_S + 9.5 * 3600) == 0.5  # Friday
    assert found.at(8 * 3600) == found.at(11 * 3600) == found.at(5 * DAY_S + 34200) == 0.0
    assert found.at(WEEK_S + 9.5 * 3600) == 1.0


def test_the_shapes_that_ship_are_what_they_say():
    """A measured bank day, its working week, and a ticket day with a fifth of it overnight."""
    shapes = {name: shape(SHIPPED / f"{name}.yaml") for name in shipped_shapes()}
    bank, tickets = shapes["bank_day"].rates, shapes["ticket_day"].rates
    hours = [sum(bank[i : i + 2]) / sum(bank) for i in range(47)]
    night = (*tickets[44:], *tickets[:12])

    assert set(shapes) == {"bank_day", "bank_week", "ticket_day"}
    assert max(hours) == pytest.approx(0.0868, abs=0.001)
    assert shapes["bank_day"].busiest_s == 10 * 3600
    assert 0.20 <= sum(night) / sum(tickets) <= 0.25
    assert sum(bank) < sum(tickets)  # flatter, each of them over its highest
    assert shapes["bank_week"].at(35640) == pytest.approx(shapes["bank_day"].at(35640))
    assert not shapes["bank_week"].any_within(5 * DAY_S, 2 * DAY_S)


def test_a_scenario_takes_a_shape_that_ships_or_one_beside_it(rehearsal: Rehearsal):
    """By name, or by a path relative to the scenario."""
    rehearsal.write("my_day.yaml", GOOD)
    rehearsal.change("small.yaml", "shape: flat", "shape: bank_day")
    rehearsal.change("small.yaml", "per_hour: 600,", "per_hour: 600, shape: my_day.yaml,")
    rehearsal.change("small.yaml", "traffic:", "traffic:\n  starts_at: Tue 10:00")
    scenario = rehearsal.load().scenario

    assert scenario.calls is not None
    assert scenario.tickets is not None
    assert scenario.calls.arrivals.shape == shape(SHIPPED / "bank_day.yaml")
    assert scenario.tickets.arrivals.shape.name == "my_day"
    assert scenario.starts_at_s == DAY_S + 10 * 3600


def test_without_a_start_a_run_begins_when_the_centres_calendar_does(rehearsal: Rehearsal):
    """Callers at nine and a centre that believes it is ten would be two different days."""
    rehearsal.change("small.yaml", "shape: flat", "shape: bank_week")
    assert rehearsal.load().scenario.starts_at_s == 9 * 3600  # Monday, as the mock's own default

    rehearsal.change("mock.yaml", "mock: {", "mock: {starts_at: 2026-03-04T08:30, ")
    assert rehearsal.load().scenario.starts_at_s == 2 * DAY_S + 8.5 * 3600


def test_days_vary_by_scenario_and_by_phase(rehearsal: Rehearsal):
    """A phase may ask for what the others do not have, and the other way round."""
    from harness.model.arrivals import Days

    rehearsal.change("small.yaml", "traffic:", "traffic:\n  days: variable")
    rehearsal.change("small.yaml", "10m, open_on", "10m, days: exact, open_on")
    rehearsal.change("small.yaml", "-> 100%, for", "-> 100%, days: {day: 0.3}, for")
    scenario = rehearsal.load().scenario

    assert scenario.phase("site-loss").days == Days(0.15, 0.2, 0.5)
    assert scenario.phase("settle").days is None
    assert scenario.phase("ramp").days == Days(0.3, 0.2, 0.5)
