"""``harness calibrate``: what it writes can be run, what it says rests on something."""

from pathlib import Path
from random import Random

import pytest

from harness import calibration
from harness.errors import UsageError
from harness.files.problems import Problems
from harness.files.shape import read_shape
from tests.files.small_rehearsal import Rehearsal, write_small_rehearsal


def write_log(folder: Path, days: int = 21) -> Path:
    """Write calls of *days*, 12 in each half hour from 09:00 to 12:00 and 24 at ten."""
    rng = Random("log")
    rows = []
    for day in range(days):
        for half in range(6):
            for _ in range(24 if half == 2 else 12):
                minute, second = half % 2 * 30 + rng.randrange(30), rng.randrange(60)
                at = f"2026-03-{day + 1:02d} {9 + half // 2:02d}:{minute:02d}:{second:02d}"
                wait_s, patience_s = rng.expovariate(1 / 60), rng.expovariate(1 / 180)
                ended = "abandoned" if patience_s < wait_s else "answered"
                queue = "billing" if rng.random() < 0.7 else "support"
                rows.append(f"{at},{queue},{min(wait_s, patience_s):.1f},{ended}")
    path = folder / "Calls of March.csv"
    path.write_text("time,queue,wait,outcome\n" + "\n".join(sorted(rows)) + "\n")
    return path


def test_the_shape_that_is_written_is_the_one_that_was_found(tmp_path: Path):
    """Rendered and read again: the busiest half hour, its neighbours, and the hours it is open."""
    found = calibration.calibrated(write_log(tmp_path))
    path = calibration.write_shape(tmp_path / "mine", found)
    problems = Problems()
    shape = read_shape(path, problems)
    problems.raise_if_any()

    assert path == tmp_path / "mine" / "calls_of_march.yaml"
    assert shape is not None
    assert [shape.at(8.5 * 3600 + half * 1800) for half in range(8)] == pytest.approx(
        [0.0, 0.5, 0.5, 1.0, 0.5, 0.5, 0.5, 0.0]
    )
    assert "# Measured: a week of Calls of March.csv, 1,764 contacts on 21 days" in path.read_text()


def test_what_is_printed_can_be_copied_into_a_scenario(tmp_path: Path):
    """The lines between 'traffic:' and the empty line are YAML that loads."""
    found = calibration.calibrated(write_log(tmp_path))
    rehearsal: Rehearsal = write_small_rehearsal(tmp_path)
    path = calibration.write_shape(tmp_path, found)
    told = list(calibration.told(found, path))
    block = told[told.index("traffic:") :]
    block = block[: block.index("")]
    text = (tmp_path / "small.yaml").read_text()
    tickets = next(line for line in text.splitlines() if line.startswith("  tickets:"))
    start, end = text.index("traffic:"), text.index("phases:")
    rehearsal.write("small.yaml", text[:start] + "\n".join([*block, tickets]) + "\n" + text[end:])
    calls = rehearsal.load().scenario.calls

    assert calls is not None
    assert calls.per_hour == pytest.approx(48.0)
    assert calls.mix["billing"] == pytest.approx(0.7, abs=0.03)
    assert calls.arrivals.shape.name == "calls_of_march"


def test_every_figure_says_what_it_rests_on(tmp_path: Path):
    """A number without its spread is a rumour."""
    found = calibration.calibrated(write_log(tmp_path))
    text = "\n".join(calibration.told(found, tmp_path / "calls_of_march.yaml"))

    assert "1,764 contacts on 21 days, 2026-03-01 to 2026-03-21" in text
    assert "give or take" in text
    assert "abandons in 1,764 waits" in text or "abandons in 1,7" in text
    assert "Weibull" in text
    assert "still there" in text


def test_a_short_log_says_what_it_cannot_tell(tmp_path: Path):
    """Three days: no weekdays, no spread of days, no patience."""
    path = tmp_path / "short.csv"
    rows = [f"2026-03-{2 + row // 8:02d} 09:{row % 8:02d}" for row in range(24)]
    path.write_text("time\n" + "\n".join(rows) + "\n")
    text = "\n".join(calibration.told(calibration.calibrated(path), tmp_path / "short.yaml"))

    assert "Less than a week" in text
    assert "3 days are few" in text
    assert "Too few days to say how much days differ" in text
    assert "Too few abandons" in text
    assert "mix" not in text


def test_nothing_is_overwritten(tmp_path: Path):
    """Weights that somebody has mended by hand are worth more than ours."""
    found = calibration.calibrated(write_log(tmp_path))
    path = calibration.write_shape(tmp_path, found)
    path.write_text("mine")

    with pytest.raises(UsageError, match="there already"):
        calibration.write_shape(tmp_path, found)
    assert path.read_text() == "mine"


def test_a_directory_that_is_a_file_is_told(tmp_path: Path):
    """No traceback for a slip of the hand."""
    found = calibration.calibrated(write_log(tmp_path))

    with pytest.raises(UsageError, match="there already"):
        calibration.write_shape(tmp_path / "Calls of March.csv", found)


@pytest.mark.parametrize(
    ("text", "saying"),
    [
        ("time,count\n2026-03-02 09:00,0\n2026-03-02 09:30,0\n", "all 0"),
        ("time,count\n2026-03-02 09:00,3\n2026-03-02 09:20,4\n", "intervals of 20m"),
        ("time,wait\n2026-03-02 09:00,-3\n", "the wait '-3'"),
        ("time,abandoned\n2026-03-02 09:00,perhaps\n", "yes or no"),
        ("", "an empty file"),
    ],
)
def test_a_log_that_says_nothing_is_told(tmp_path: Path, text: str, saying: str):
    """Each its own message, and nothing is written."""
    path = tmp_path / "log.csv"
    path.write_text(text)

    with pytest.raises(UsageError) as raised:
        calibration.calibrated(path)
    assert saying in f"{raised.value.problems[0].found}; {raised.value.problems[0].want}"


def test_tickets_are_told_by_their_priorities(tmp_path: Path):
    """A log with priorities is one of tickets, and its block goes under `tickets:`."""
    path = tmp_path / "tickets.csv"
    rows = [f"2026-03-02 {9 + row // 60:02d}:{row % 60:02d},P{1 + row % 3}" for row in range(120)]
    path.write_text("time,priority\n" + "\n".join(rows) + "\n")
    told = list(calibration.told(calibration.calibrated(path), tmp_path / "tickets.yaml"))

    assert "  tickets:" in told
    assert "    priorities: {P1: 33.4%, P2: 33.3%, P3: 33.3%}  # by priority" in told
