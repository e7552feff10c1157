"""``harness runs open``: the report in a browser, or where it is."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.record.run_record import RunRecord
from harness.record.store import FILE_NAME
from reports import REPORT


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Return a folder of runs, of which one has its report and one has lost it."""
    for name in ("whole", "broken", "broken too"):
        (tmp_path / "runs" / name).mkdir(parents=True)
    (tmp_path / "runs" / "whole" / REPORT).write_text("<!doctype html>")
    return tmp_path / "runs"


def opened(run: str | None, runs: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Ask for *run* in a process of its own: Python looks for browsers once in each."""
    screens = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    bare = {name: value for name, value in os.environ.items() if name not in screens}
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "harness",
            "runs",
            "open",
            *([run] if run else []),
            "--runs",
            str(runs),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        env={**bare, "PYTHONPATH": str(Path(__file__).parents[1]), **environment},
        cwd=runs.parent,
    )


@pytest.mark.parametrize("named", ["whole", "runs/whole"])
def test_the_browser_gets_the_report(runs: Path, named: str):
    """By the run's name or its folder; a path is printed all the same."""
    told = runs.parent / "told"
    browser = runs.parent / "browser"
    browser.write_text(f'#!/bin/sh\nprintf %s "$1" > {told}\n')
    browser.chmod(0o755)
    done = opened(named, runs, BROWSER=f"{browser} %s")

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == f"runs/whole/{REPORT}"
    assert told.read_text() == (runs / "whole" / REPORT).as_uri()


def test_without_a_screen_the_path_is_printed(runs: Path):
    """On a build machine a browser of the terminal would wait for keys for ever."""
    done = opened("whole", runs)

    assert done.returncode == 0
    assert done.stdout.strip() == f"runs/whole/{REPORT}"
    assert ("no browser" in done.stderr) == sys.platform.startswith("linux")


@pytest.mark.parametrize(
    ("named", "says"),
    [
        ("gone", "no such run"),
        ("broken", "which makes its reports anew"),
        ("broken too", "harness report 'runs/broken too', which makes"),
    ],
)
def test_a_run_without_a_report_is_told_with_what_helps(runs: Path, named: str, says: str):
    """One that was killed has a record, from which its reports can be made."""
    done = opened(named, runs)

    assert done.returncode == 2
    assert says in " ".join(done.stderr.split())


def test_without_a_name_it_is_the_newest_run(runs: Path):
    """Who has just rehearsed wants to see that; the order is that of when they began."""
    for name in ("20261128T090000Z-b", "20261128T100000Z-a", "20261122T104500Z-z"):
        kept(runs / name, report=True)
    kept(runs / "renamed", report=True, written_at=0.0)
    (runs / "20261129T000000Z-all").mkdir()  # the whole of a folder of scenarios is no run
    done = opened(None, runs)

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == f"runs/20261128T100000Z-a/{REPORT}"


def test_an_older_report_is_never_taken_for_the_newest(runs: Path):
    """A green one of yesterday in place of the run that was killed a minute ago is a wrong answer."""
    kept(runs / "20261122T104500Z-green", report=True)
    kept(runs / "20261128T100000Z-killed")
    done = opened(None, runs)
    said = " ".join(done.stderr.split())

    assert done.returncode == 2
    assert done.stdout == ""
    assert "harness report runs/20261128T100000Z-killed" in said
    assert "harness runs open 20261122T104500Z-green, the newest that has one" in said


def test_of_a_run_that_still_goes_on_nobody_is_told_to_make_a_report(runs: Path):
    """It would be one of half a run."""
    kept(runs / "20261128T100000Z-soak")
    (runs / "20261128T110000Z-soak").mkdir()
    with RunRecord.create(runs / "20261128T110000Z-soak"):
        done = opened(None, runs)

    assert done.returncode == 2
    assert "the run goes on" in " ".join(done.stderr.split())


def test_without_any_run_it_says_where_it_looked(runs: Path):
    """The wrong folder, mostly."""
    done = opened(None, runs)

    assert done.returncode == 2
    assert f"{runs}: found no run in it" in " ".join(done.stderr.split())


def kept(folder: Path, *, report: bool = False, written_at: float | None = None) -> None:
    """Make the folder of a run, with a record that nobody has to read."""
    folder.mkdir()
    (folder / FILE_NAME).touch()
    if written_at is not None:
        os.utime(folder / FILE_NAME, (written_at, written_at))
    if report:
        (folder / REPORT).write_text("<!doctype html>")
