"""Long lines on a terminal: folded where it ends, whole in a pipe."""

import io
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness.cli import app
from harness.cli.folding import folded, tell
from harness.record.run_record import RunRecord
from tests.reports.made_up_run import fill

LONG = (
    "NO-GO service_level[billing] in peak 71 % (68–74) < 80 %, abandonment in peak 9.1 % > 5 %"
    " and 3 more · runs/20261128T090000Z-a-scenario-with-a-rather-long-name/report.html"
)


class Terminal(io.StringIO):
    """A file that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_no_line_beyond_its_width(monkeypatch: pytest.MonkeyPatch):
    """A verdict that the terminal breaks in the middle of a word is hard to read."""
    monkeypatch.setenv("COLUMNS", "80")
    out = Terminal()
    tell(LONG, out)
    lines = out.getvalue().splitlines()

    assert len(lines) > 1
    assert max(map(len, lines)) <= 80
    assert all(line.startswith("  ") for line in lines[1:])
    assert " ".join(line.strip() for line in lines) == LONG


def test_a_pipe_gets_each_line_whole(monkeypatch: pytest.MonkeyPatch):
    """Its last line is the verdict: what a script reads does not hang on somebody's terminal."""
    monkeypatch.setenv("COLUMNS", "80")
    out = io.StringIO()
    tell(LONG, out)

    assert out.getvalue() == LONG + "\n"


def test_a_path_is_never_folded():
    """It is there to be copied: one that is longer than the line stands on a line of its own."""
    path = "/a/rather/long/path/of-a-run/" + "x" * 80
    lines = folded(f"GO every objective is met · {path}", 60).splitlines()

    assert lines == ["GO every objective is met ·", f"  {path}"]


def test_a_number_keeps_its_unit():
    """A line that begins with a per cent sign reads as a mistake."""
    assert folded("margin 12.5 points, limit 100 %", 29) == "margin 12.5 points, limit\n  100 %"
    assert folded("it took all of 30 seconds more", 21) == "it took all of 30\n  seconds more"


def test_lines_that_fit_and_tables_stay_as_they_are():
    """Blanks that stand in columns are no place to fold."""
    text = "load    calls   verdict\n  10 %    144   GO\n"

    assert folded(text, 80) == text


@pytest.mark.parametrize("command", ["report", "compare"])
def test_verdict_and_comparison_are_folded_on_a_terminal_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
):
    """A made-up run that failed in several ways has sentences longer than any terminal."""
    with RunRecord.create(tmp_path) as record:
        fill(record)
    words = [command, *[str(tmp_path)] * (2 if command == "compare" else 1)]
    whole = CliRunner().invoke(app, words).stdout
    monkeypatch.setattr("harness.cli.folding.width_of", lambda _: 80)
    told = CliRunner().invoke(app, words).stdout

    assert max(map(len, whole.splitlines())) > 80
    assert [line for line in told.splitlines() if len(line) > 80 and " " in line.strip()] == []
    assert told.split() == whole.split()


def test_what_follows_a_fold_stands_below_what_it_goes_on():
    """In a list with a column of names, the second line of a text is no name."""
    line = "✗ libraries   locust is missing, pyyaml 5.4.1 is older than 6"

    assert folded(line, 40, below=14).splitlines() == [
        "✗ libraries   locust is missing, pyyaml",
        "              5.4.1 is older than 6",
    ]


def test_doctor_is_folded_on_a_terminal_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Below its own column; whoever searches a pipe for a remedy finds it in one line."""
    words = ["doctor", "--runs", str(tmp_path / "x")]
    monkeypatch.setattr("harness.doctor.os.getloadavg", lambda: (99.0, 99.0, 99.0))
    whole = CliRunner().invoke(app, words).stdout
    monkeypatch.setattr("harness.cli.folding.width_of", lambda _: 60)
    told = CliRunner().invoke(app, words).stdout
    column = whole.index("→") + 2 - whole.rindex("\n", 0, whole.index("→")) - 1
    _, _, after = told.partition("→ others are busy here")

    assert "→ others are busy here: the generator may be late, and then a run is INCONCL" in whole
    assert after.splitlines()[1][:column].isspace()
    assert not after.splitlines()[1][column].isspace()
    assert told.split() == whole.split()


def test_what_a_command_answers_is_folded_in_one_place():
    """Each with a width of its own, one is too narrow on a wide terminal and another cuts a pipe."""
    root = Path(__file__).parents[1]
    by_itself = {
        str(path.relative_to(root))
        for package in ("harness", "reports")
        for path in (root / package).rglob("*.py")
        if re.search(
            r"^\s*(from|import) textwrap\b", path.read_text(encoding="utf-8"), re.MULTILINE
        )
    }

    assert by_itself == {"harness/cli/folding.py"}


def test_a_problem_is_folded_on_a_terminal_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Below its own second line; a log of CI, or a search in one, has it whole."""
    words = ["check", str(tmp_path / "a folder with a rather long name" / "care.yaml")]
    whole = CliRunner().invoke(app, words).stderr
    monkeypatch.setattr("harness.cli.folding.width_of", lambda _: 40)
    told = CliRunner().invoke(app, words).stderr
    first = whole.splitlines()[0]

    assert len(first) > 40
    assert f"\n{'':8}" in told.partition("    wanted:")[0]
    assert told.split() == whole.split()
