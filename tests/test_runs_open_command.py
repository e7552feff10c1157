"""``harness runs open``: the report in a browser, or where it is."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from reports import REPORT


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Return a folder of runs, of which one has its report and one has lost it."""
    for name in ("whole", "broken"):
        (tmp_path / "runs" / name).mkdir(parents=True)
    (tmp_path / "runs" / "whole" / REPORT).write_text("<!doctype html>")
    return tmp_path / "runs"


def opened(run: str, runs: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Ask for *run* in a process of its own: Python looks for browsers once in each."""
    screens = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    bare = {name: value for name, value in os.environ.items() if name not in screens}
    return subprocess.run(
        [sys.executable, "-m", "harness", "runs", "open", run, "--runs", str(runs)],
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
    ("named", "says"), [("gone", "no such run"), ("broken", "which makes its reports anew")]
)
def test_a_run_without_a_report_is_told_with_what_helps(runs: Path, named: str, says: str):
    """One that was killed has a record, from which its reports can be made."""
    done = opened(named, runs)

    assert done.returncode == 2
    assert says in " ".join(done.stderr.split())
