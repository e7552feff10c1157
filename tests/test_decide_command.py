"""``harness decide``: the answer and its exit code, the page to sign, what it keeps."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness.cli import app
from harness.errors import HarnessError
from harness.record.history import History
from tests.files.test_cutover import GOOD, read
from tests.record.test_decision import run


def decide(folder: Path, *arguments: object):
    words = ["decide", folder / "cutover.yaml", "--history", folder / "history", *arguments]
    return CliRunner().invoke(app, list(map(str, words)))


TODAY = date(2026, 11, 28)


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have it be the same day whenever these tests run: dates in the file come nearer else."""
    monkeypatch.setattr("harness.clock.today_utc", lambda: TODAY)


def in_days(days: int, text: str = GOOD) -> str:
    """Return the cutover *text*, going live so many days from now."""
    return text.replace("go_live: 2027-03-01", f"go_live: {TODAY + timedelta(days=days)}")


def open_issues(folder: Path) -> set[str]:
    return {each.last.title for each in History(folder / "history").findings().values()}


@pytest.mark.parametrize(
    ("days", "issues"),
    [
        (8, set()),
        (7, {"load_now by pre-cutover", "soak by pre-cutover", "failovers by one"}),
        (3, {"lines by pre-cutover", "soak by pre-cutover", "failovers by one"}),
        (0, {"lines by pre-cutover", "soak by pre-cutover", "failovers by one"}),
    ],
)
def test_a_proof_that_lacks_is_an_issue_once_a_run_would_count_at_the_go_live(
    tmp_path: Path, days: int, issues: set[str]
):
    """Before that it is a thing to do: a log full of them hides what really failed."""
    text = GOOD
    for milestone in ("2027-02-20", "2027-01-10", "2027-01-09"):
        text = text.replace(milestone, f"{TODAY}")
    read(tmp_path, in_days(days, text))
    told = decide(tmp_path)

    assert told.exit_code == 1
    assert "lines: missing" in told.stdout
    assert issues <= open_issues(tmp_path)
    assert bool(issues) == bool(open_issues(tmp_path))
    assert ("lines by pre-cutover" in open_issues(tmp_path)) == (days <= 3)


def test_without_evidence_nobody_goes_live(tmp_path: Path):
    """Exit code 1, every proof by name, the next command."""
    read(tmp_path, GOOD)
    told = decide(tmp_path)

    assert told.exit_code == 1
    assert told.stdout.splitlines()[-1] == (
        "NO-GO billing-cutover, go-live 2027-03-01: lines is missing: no run of pre-cutover; and 5 more"
    )
    assert "no live call is taken" in told.stdout


def test_on_a_terminal_the_answer_is_folded_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """It is the line that everybody reads, and with its first reason the longest."""
    read(tmp_path, GOOD)
    whole = decide(tmp_path, "--on", "2027-02-22").stdout
    monkeypatch.setattr("harness.cli.folding.width_of", lambda _: 80)
    told = decide(tmp_path, "--on", "2027-02-22").stdout

    assert len(whole.splitlines()[-1]) > 80
    assert [line for line in told.splitlines() if len(line) > 80 and " " in line.strip()] == []
    assert told.split() == whole.split()


def test_asking_about_another_day_keeps_nothing(tmp_path: Path):
    """ "What if" is no finding."""
    read(tmp_path, GOOD)
    told = decide(tmp_path, "--on", "2027-02-22", "--json")

    assert json.loads(told.stdout)["day"] == "2027-02-22"
    assert not (tmp_path / "history").exists()


def test_with_the_evidence_there_it_goes_and_what_lacked_is_closed(tmp_path: Path):
    """What a milestone or a proof left open ends with it; waivers are conditions."""
    cutover = read(tmp_path, in_days(1))
    decide(tmp_path)
    history = History(tmp_path / "history")
    for scenario in {each for required in cutover.required for each in required.scenarios}:
        summary = run(
            scenario.name,
            scenario_sha256=scenario.sha256,
            sla_sha256=cutover.sla_sha256,
            started_wall=datetime(2026, 11, 28, 6, tzinfo=UTC).timestamp(),
        )
        history.keep_run(summary)
    page = tmp_path / "decision.md"
    told = decide(tmp_path, "--markdown", page)
    evidence = [f for f in history.findings().values() if f.last.source == "evidence"]

    assert told.exit_code == 0, told.stdout
    assert "GO with conditions billing-cutover" in told.stdout
    assert evidence
    assert not any(each.is_open for each in evidence)
    text = page.read_text()
    assert "waived by Head of Service" in text
    assert "## Signatures" in text


def test_a_history_that_cannot_be_written_hides_no_answer(tmp_path: Path):
    """A full disk, or one that may only be read: what was asked is known all the same."""
    read(tmp_path, in_days(1))
    (tmp_path / "history").mkdir()
    (tmp_path / "history" / "findings").write_text("a file where a folder would have to be made")
    page = tmp_path / "decision.md"
    told = decide(tmp_path, "--markdown", page)

    assert told.exit_code == 1
    assert "NO-GO billing-cutover" in told.stdout
    assert page.exists()
    assert "the history cannot be written" in told.stderr
    assert "Traceback" not in told.stderr


def test_a_page_that_cannot_be_written_hides_no_answer(tmp_path: Path):
    read(tmp_path, in_days(1))
    told = decide(tmp_path, "--markdown", tmp_path / "nowhere" / "decision.md")

    assert told.exit_code == 1
    assert "NO-GO billing-cutover" in told.stdout
    assert "a place where nothing can be written" in told.stderr


def test_a_go_whose_issues_cannot_be_kept_is_undecided(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A condition that nobody will find in the issue log is none that somebody keeps."""
    cutover = read(tmp_path, in_days(1))
    for scenario in {each for required in cutover.required for each in required.scenarios}:
        began = datetime(2026, 11, 28, 6, tzinfo=UTC).timestamp()
        summary = run(
            scenario.name, scenario_sha256=scenario.sha256, sla_sha256=cutover.sla_sha256,
            started_wall=began,
        )  # fmt: skip
        History(tmp_path / "history").keep_run(summary)

    def full(*_: object, **__: object) -> None:
        raise HarnessError("the history cannot be written")

    monkeypatch.setattr(History, "note", full)
    told = decide(tmp_path)

    assert told.exit_code == 3
    assert "GO with conditions billing-cutover" in told.stdout


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "tomorrow"])
def test_a_day_that_nobody_means_is_told(tmp_path: Path, day: str):
    """There is none before the first, and none after the last."""
    read(tmp_path, GOOD)
    told = decide(tmp_path, "--on", day)

    assert told.exit_code == 2
    assert "--on" in told.stderr


def test_a_broken_file_is_named_and_nothing_is_decided(tmp_path: Path):
    """Exit code 2."""
    (tmp_path / "cutover.yaml").write_text("name: x\n")
    told = decide(tmp_path)

    assert told.exit_code == 2
    assert "no 'go_live' in the cutover" in " ".join(told.stderr.split())
