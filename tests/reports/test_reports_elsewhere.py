"""Reports made again somewhere else: another process, hash seed, time zone, locale and place."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import reports
from harness.record.run_record import RunRecord
from harness.verdict.judge import judge
from reports.openmetrics import openmetrics
from tests.reports.made_up_run import fill, fill_empty, fill_hostile

ROOT = Path(__file__).parents[2]
EXPORT = "run.om"
ELSEWHERE = {
    "PYTHONHASHSEED": "4711",
    "TZ": "Pacific/Chatham",
    "LC_ALL": "tr_TR.UTF-8",
    "LANG": "tr_TR.UTF-8",
    "COLUMNS": "40",
}


def make(folder: Path) -> None:
    """Make all that a record gives beside it."""
    with RunRecord.open(folder) as record:
        verdict = judge(record, record.sla, about=record.facts.about)
        reports.write(record, verdict, folder=folder)
        with (folder / EXPORT).open("w", encoding="utf-8", newline="") as file:
            file.writelines(openmetrics(record))


def make_elsewhere(folder: Path) -> None:
    """Make it in another process."""
    code = f"from {__name__} import Path, make; make(Path({str(folder)!r}))"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        cwd=folder.parent,
        env={**os.environ, "PYTHONPATH": str(ROOT), **ELSEWHERE},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def made(folder: Path) -> dict[str, bytes]:
    """Return what was made, by name."""
    return {name: (folder / name).read_bytes() for name in (*reports.NAMES, EXPORT)}


@pytest.mark.parametrize(
    "filled_by",
    [fill_hostile, *(pytest.param(each, marks=pytest.mark.nightly) for each in (fill, fill_empty))],
)
def test_every_report_is_the_same_byte_for_byte_wherever_it_is_made(
    filled_by: Callable[[RunRecord], None], tmp_path: Path
):
    """In a dispute both sides make them: a difference has to mean that something was changed."""
    here, there = tmp_path / "here", tmp_path / "elsewhere" / "run"
    here.mkdir()
    with RunRecord.create(here) as record:
        filled_by(record)
    shutil.copytree(here, there)
    make(here)
    make_elsewhere(there)
    first, second = made(here), made(there)

    assert list(first) == list(second)
    for name, text in first.items():
        assert second[name] == text, name
