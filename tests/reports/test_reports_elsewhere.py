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
ELSEWHERE = {
    "PYTHONHASHSEED": "4711",
    "TZ": "Pacific/Chatham",
    "LC_ALL": "tr_TR.UTF-8",
    "LANG": "tr_TR.UTF-8",
    "COLUMNS": "40",
}


def made_here(folder: Path, filled_by: Callable[[RunRecord], None]) -> None:
    """Make a run in *folder*, with its reports and its export."""
    folder.mkdir()
    with RunRecord.create(folder) as record:
        filled_by(record)
    with RunRecord.open(folder) as record:
        verdict = judge(record, record.sla, about=record.facts.about)
        reports.write(record, verdict, folder=folder)
        (folder / "run.om").write_text("".join(openmetrics(record)), encoding="utf-8")


def made_elsewhere(folder: Path) -> None:
    """Make everything in *folder* again, as a user would, in another process and place."""
    for name in (*reports.NAMES, "run.om"):
        (folder / name).unlink()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **ELSEWHERE}
    history = str(folder.parent / "history")
    for command in (
        ["report", str(folder), "--history", history],
        ["export", str(folder), "--openmetrics", "--output", str(folder / "run.om")],
    ):
        done = subprocess.run(
            [sys.executable, "-P", "-m", "harness", *command],
            cwd=folder.parent, env=environment, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode in (0, 1, 3), done.stderr


@pytest.mark.parametrize("filled_by", [fill, fill_hostile, fill_empty])
def test_every_report_is_the_same_byte_for_byte_wherever_it_is_made(
    filled_by: Callable[[RunRecord], None], tmp_path: Path
):
    """In a dispute both sides make them: a difference has to mean that something was changed."""
    here, there = tmp_path / "here" / "run", tmp_path / "there" / "run"
    here.parent.mkdir()
    made_here(here, filled_by)
    shutil.copytree(here, there)
    made_elsewhere(there)

    for name in (*reports.NAMES, "run.om"):
        assert (there / name).read_bytes() == (here / name).read_bytes(), name
