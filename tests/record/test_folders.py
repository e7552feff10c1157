"""Which runs may go: old ones, or the oldest until the rest fits; never one that is needed."""

from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness.cli import app
from harness.faults import leases
from harness.faults.leases import Lease
from harness.model.finding import Happening, Severity, Sighting, What
from harness.model.scenario import Owner
from harness.record.folders import RunFolder, folders, to_prune
from harness.record.history import History
from harness.record.run_record import RunRecord
from tests.record.test_decision import run

DAY = 86_400.0
NOW = 100 * DAY


def folder(name: str, *, days: float, size: int = 10, needed_for: str = "") -> RunFolder:
    return RunFolder(Path(name), "small", "GO", NOW - days * DAY, size, needed_for)


OLD, MIDDLE, NEW = folder("old", days=40), folder("middle", days=20), folder("new", days=1)


@pytest.mark.parametrize(
    ("limits", "gone"),
    [
        ({"older_than_days": 30}, [OLD]),
        ({"older_than_days": 400}, []),
        ({"keep_bytes": 20}, [OLD]),
        ({"keep_bytes": 0}, [OLD, MIDDLE, NEW]),
        ({"keep_bytes": 30}, []),
        ({"older_than_days": 30, "keep_bytes": 10}, [OLD, MIDDLE]),
    ],
)
def test_the_oldest_go_first_and_no_more_than_have_to(limits, gone):
    """By age, by size, or both."""
    assert to_prune([OLD, MIDDLE, NEW], now=NOW, **limits) == gone


def test_what_a_baseline_or_a_finding_needs_stays():
    """However old and large: the evidence of an open point is opened again."""
    needed = replace(OLD, needed_for="baseline in-house")

    assert to_prune([needed, MIDDLE], now=NOW, older_than_days=1, keep_bytes=0) == [MIDDLE]


def test_only_what_holds_a_record_is_a_run(tmp_path: Path):
    """The history stands among the runs, and whatever else somebody put there."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        RunRecord.create(tmp_path / name).close()
    (tmp_path / "history").mkdir()
    (tmp_path / "notes").mkdir()
    known = {"one": run("small", run="one", started_wall=5.0)}
    found = folders(tmp_path, known, {"one": "finding abc"})

    assert [(each.path.name, each.decision, each.needed_for) for each in found] == [
        ("one", "GO", "finding abc"),
        ("two", "", ""),
    ]
    assert all(each.bytes > 0 for each in found)


def prune(where: Path, *arguments: str):
    return CliRunner().invoke(app, ["runs", "prune", "--runs", str(where), *arguments])


@pytest.fixture
def two_runs(tmp_path: Path) -> Path:
    """Return a folder of two runs, one of them with an open finding."""
    history = History(tmp_path / "history")
    seen = Sighting("small", "asa in peak", Severity.CRITICAL, "x", Owner("A", "a@x.test"))
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        RunRecord.create(tmp_path / name).close()
        history.keep_run(run("small", run=name, started_wall=5.0))
    history.keep([Happening(seen.id, What.SEEN, 5.0, run="two", sighting=seen)])
    return tmp_path


def test_nothing_is_deleted_before_somebody_says_yes(two_runs: Path):
    """First it is told what would go."""
    told = prune(two_runs, "--older-than", "1d")
    assert "would go; --yes" in told.stdout
    assert (two_runs / "one").exists()

    done = prune(two_runs, "--older-than", "1d", "--yes")

    assert "1 run, " in done.stdout
    assert not (two_runs / "one").exists()
    assert (two_runs / "two").exists()
    assert {each.run for each in History(two_runs / "history").runs()} == {"one", "two"}


@pytest.mark.parametrize(
    "arguments", [(), ("--keep", "much"), ("--keep", "GB"), ("--older-than", "long")]
)
def test_a_limit_that_makes_no_sense_deletes_nothing(two_runs: Path, arguments: tuple[str, ...]):
    """Exit code 2, and all is there."""
    refused = prune(two_runs, *arguments, "--yes")

    assert refused.exit_code == 2
    assert (two_runs / "one").exists()


def test_a_run_that_goes_on_stays(tmp_path: Path):
    """A soak of days is older than most limits, and no history knows it before its end."""
    (tmp_path / "soak").mkdir()
    with RunRecord.create(tmp_path / "soak"):
        (during,) = folders(tmp_path, {}, {})
    (after,) = folders(tmp_path, {}, {})

    assert during.needed_for == "the run goes on"
    assert to_prune([during], now=during.began + 9 * DAY, older_than_days=1, keep_bytes=0) == []
    assert after.needed_for == ""


def test_what_may_have_left_something_broken_stays(tmp_path: Path):
    """What heals it stands in its folder: with that gone `harness recover` would find nothing."""
    place = tmp_path / "one"
    place.mkdir()
    RunRecord.create(place).close()
    path = leases.write(place, 1, "http", Lease(fault_id="f", title="a site", until=NOW))
    (found,) = folders(tmp_path, {}, {})
    leases.close(path)
    (healed,) = folders(tmp_path, {}, {})

    assert "harness recover" in found.needed_for
    assert healed.needed_for == ""
