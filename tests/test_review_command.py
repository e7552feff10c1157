"""``harness review``: from a history or from folders, into a page, a mail and JSON."""

import json
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness.cli import app
from harness.model.finding import findings_of
from harness.record.history import History
from harness.record.kept import in_short
from harness.record.run_record import RunRecord
from tests.files.test_cutover import GOOD, read
from tests.record.made_up_month import a_month, mended, seen, what_happened
from tests.reports.made_up_run import FACTS, SCENARIO, SLA, TARGET, fill

MONTH = ("--from", "2026-11-01", "--to", "2026-11-30")


def reviewed(*arguments: object):
    return CliRunner().invoke(app, ["review", *map(str, arguments)])


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """Return the folder of a history with the made-up month in it."""
    kept = History(tmp_path / "history")
    for each in a_month(falling=0.005):
        kept.keep_run(each)
    kept.keep(what_happened())
    return kept.folder


def test_a_month_of_a_history_is_reviewed_and_written(history: Path, tmp_path: Path):
    """Exit code 0 whatever it says: a review decides nothing."""
    told = reviewed("--history", history, *MONTH, "--runs", tmp_path / "runs")
    place = tmp_path / "runs" / "review-2026-11-01-2026-11-30"

    assert told.exit_code == 0, told.output
    assert "23 GO, 5 NO-GO" in told.stdout
    assert told.stdout.splitlines()[-1].endswith("review.html")
    assert sorted(each.name for each in place.iterdir()) == [
        "review.html",
        "review.json",
        "review.md",
    ]


def test_on_a_terminal_it_is_folded_and_a_pipe_gets_whole_lines(
    history: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Whoever looks for a scenario in a pipe finds all that is said of it in its line."""
    words = ("--history", history, *MONTH, "--into", tmp_path / "x")
    whole = reviewed(*words).stdout
    monkeypatch.setattr("harness.cli.folding.width_of", lambda _: 80)
    told = reviewed(*words).stdout

    assert max(map(len, whole.splitlines()[:-1])) > 80
    assert max(map(len, told.splitlines()[:-1])) <= 80
    assert told.split() == whole.split()


def test_what_a_history_keeps_says_the_same_once_it_is_read_again(history: Path, tmp_path: Path):
    """The progression and the aspect of an objective survive the file."""
    told = reviewed("--history", history, *MONTH, "--into", tmp_path / "x", "--json")
    found = json.loads(told.stdout)

    assert found["stands"][0]["progression"]["months"] == 3
    assert found["trends"][0]["points"][0]["asked"] == 0.855
    assert found["intervals"][0]["of"] == 672


def test_a_cutover_is_decided_as_of_the_last_day(history: Path, tmp_path: Path):
    """By the runs that there were then."""
    read(tmp_path, GOOD)
    told = reviewed(
        "--history", history, *MONTH, "--into", tmp_path / "x", "--json",
        "--cutover", tmp_path / "cutover.yaml",
    )  # fmt: skip

    assert json.loads(told.stdout)["decision"]["day"] == "2026-11-30"
    assert json.loads(told.stdout)["decision"]["answer"] == "NO-GO"


def test_folders_of_runs_are_judged_anew_and_reviewed_together(tmp_path: Path):
    """Without any history, as they come from somebody else; each is counted once."""
    folder = tmp_path / "runs" / "one"
    folder.mkdir(parents=True)
    with RunRecord.create(folder) as record:
        fill(record)
    told = reviewed(folder, folder, "--json")
    found = json.loads(told.stdout)

    assert told.exit_code == 0, told.output
    assert found["runs"] == 1
    assert found["rehearsed"][0]["kind"] == "site_down"
    assert found["findings"]["still_open"]
    assert list((tmp_path / "runs").glob("review-*/review.html"))


def test_what_the_records_of_folders_know_of_findings_is_told(tmp_path: Path):
    """Somebody had said why it was; a review that asks for it again is read by nobody twice."""
    told = seen("asa in night", date(2026, 11, 3), scenario=SCENARIO.name)
    known = findings_of([told, mended(told.finding, date(2026, 11, 4))])
    folder = tmp_path / "runs" / "one"
    folder.mkdir(parents=True)
    with RunRecord.create(folder) as record:
        record.put_plan(SCENARIO, SLA, TARGET, FACTS, map(in_short, known.values()))
    found = json.loads(reviewed(folder, "--json").stdout)
    (ours,) = (e for e in found["findings"]["still_open"] if e["id"] == told.finding)

    assert ours["cause"] == "trunks sized for one site"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--from", "2026-11-30", "--to", "2026-11-01"), "a first day, and a last"),
        (("--to", "2026-01-01"), "before the first run that is known"),
        (("--from", "soon"), "a day, written as 2026-12-31"),
        (("no/such/run",), "no/such/run"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_written(
    history: Path, tmp_path: Path, arguments: tuple[str, ...], says: str
):
    """Exit code 2, and a message that says what would be right."""
    told = reviewed(*arguments, "--history", history, "--into", tmp_path / "x")

    assert told.exit_code == 2
    assert says in " ".join(told.stderr.split())
    assert not (tmp_path / "x").exists()


def test_an_empty_history_is_no_month_without_trouble(tmp_path: Path):
    """A mistyped folder must not look like a quiet month."""
    told = reviewed("--history", tmp_path / "none")

    assert told.exit_code == 2
    assert "no run in this history" in " ".join(told.stderr.split())
