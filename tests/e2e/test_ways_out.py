"""However a run ends, what it broke is healed, what it started is gone, and the report is there."""

import os
import signal
from pathlib import Path

import pytest

from tests.e2e.small_rehearsal import (
    Rehearsal,
    all_gone,
    family,
    fault,
    outcome,
    started,
    wait_for,
)

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("not_under_nohup")]

HELD = fault("site_hang", at="10s", lasting="9m")
BROKEN_FOR_LONG = Rehearsal(
    (f"{{name: freeze, kind: fault, load: 100%, for: 10m, faults: [{HELD}]}}",)
)


@pytest.mark.parametrize(
    "number",
    [
        signal.SIGINT,
        pytest.param(signal.SIGTERM, marks=pytest.mark.nightly),
        pytest.param(signal.SIGHUP, marks=pytest.mark.nightly),
    ],
)
def test_a_run_that_is_told_to_end_heals_reports_and_exits_130(
    tmp_path: Path, number: signal.Signals
):
    """Ctrl-C in the middle of a fault is when a rehearsal does harm, if it ever does."""
    scenario = BROKEN_FOR_LONG.write(tmp_path)
    with started(scenario, tmp_path) as process:
        wait_for(process, "fault proven")
        children = family(process.pid)
        process.send_signal(number)
        stdout, stderr = process.communicate(timeout=60)
        gone = all_gone(children, within_s=5)
    ended = outcome(process.returncode, stdout, stderr, tmp_path)

    assert ended.exit_code == 130
    assert "fault healed" in ended.stderr
    assert gone
    assert (ended.folder / "report.html").stat().st_size > 0
    assert ended.last_line.startswith("INCONCLUSIVE")
    assert "interrupted" in ended.last_line, "torn numbers must not be held against the target"


@pytest.mark.nightly
def test_ctrl_c_ends_every_scenario_of_a_folder_and_reports_what_was_done(tmp_path: Path):
    """Whoever wants it to end does not want to press it eighteen times."""
    first = BROKEN_FOR_LONG.write(tmp_path)
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in ("one", "two"):
        text = first.read_text().replace("name: small", f"name: {name}")
        for file in ("target.yaml", "sla.yaml", "runbook.md"):
            text = text.replace(f" {file}", f" ../{file}")
        (folder / f"{name}.yaml").write_text(text)
    with started(folder, tmp_path) as process:
        wait_for(process, "fault proven")
        children = family(process.pid)
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=60)
        gone = all_gone(children, within_s=5)
    (summary,) = (tmp_path / "runs").glob("*-folder/summary.md")

    assert process.returncode == 130, stderr
    assert "fault healed" in stderr
    assert gone
    assert len(list((tmp_path / "runs").glob("*/run.sqlite"))) == 1, "the second was begun"
    assert "1 INCONCLUSIVE, 1 not run of 2 scenarios" in stdout.splitlines()[-1]
    assert "| not run | two |" in summary.read_text()


@pytest.mark.nightly
def test_a_file_named_stop_ends_a_run_in_good_order(tmp_path: Path):
    """Whoever sees harm done can end it with one command, from any terminal: exit 5."""
    scenario = BROKEN_FOR_LONG.write(tmp_path)
    with started(scenario, tmp_path) as process:
        wait_for(process, "fault proven")
        (folder,) = (tmp_path / "runs").iterdir()
        (folder / "STOP").touch()
        stdout, stderr = process.communicate(timeout=60)
    ended = outcome(process.returncode, stdout, stderr, tmp_path)

    assert ended.exit_code == 5
    assert "fault healed" in ended.stderr
    assert "a file named STOP" in ended.last_line
    with ended.record() as record:
        assert record.ending == "halted"
        (fault,) = record.faults()
    assert ended.result["faults"][0]["id"] == fault.id


def test_a_run_that_is_killed_leaves_no_process_and_no_fault(tmp_path: Path):
    """Nobody is left to heal but the supervisor: it must notice by itself, frozen site and all."""
    scenario = BROKEN_FOR_LONG.write(tmp_path)
    with started(scenario, tmp_path) as process:
        wait_for(process, "fault proven")
        children = family(process.pid)
        os.kill(process.pid, signal.SIGKILL)
        gone = all_gone(children, within_s=20)

    assert len(children) >= 5, "supervisor, edge, two sites and the generator were running"
    assert gone


@pytest.mark.nightly
def test_the_record_of_a_killed_run_opens_and_can_be_reported(tmp_path: Path):
    """The evidence of a run that was killed is evidence still, and never a GO."""
    scenario = BROKEN_FOR_LONG.write(tmp_path)
    with started(scenario, tmp_path) as process:
        wait_for(process, "fault proven")
        os.kill(process.pid, signal.SIGKILL)
    ended = outcome(1, "", "", tmp_path)

    with ended.record() as record:
        assert record.ending == "broken"
        assert [fault.kind for fault in record.faults()] == ["site_hang"]


def test_a_run_that_is_killed_leaves_no_fault_of_a_provider_either(tmp_path: Path):
    """There no supervisor is on our side: the guardian must notice, and the next run may begin."""
    mark = tmp_path / "broken"
    proof = f"proof: {{site: north, is: healthy}}, run: [touch, {mark}], undo: [rm, -f, {mark}]"
    held = f"{{kind: process, where: trunks, {proof}, at: 10s, for: 9m, runbook: runbook.md}}"
    phase = f"{{name: cut, kind: fault, load: 100%, for: 10m, faults: [{held}]}}"
    scenario = Rehearsal((phase,)).write(tmp_path)
    with started(scenario, tmp_path) as process:
        wait_for(process, "fault injected")
        broken = mark.exists()
        children = family(process.pid)
        os.kill(process.pid, signal.SIGKILL)
        gone = all_gone(children, within_s=20)

    assert broken
    assert gone
    assert not mark.exists()
    assert not list(tmp_path.rglob("*.open.json"))
    assert len(list(tmp_path.rglob("*.healed.json"))) == 1


@pytest.mark.nightly
def test_a_run_whose_generator_cannot_keep_up_ends_at_once_if_it_is_told_to(tmp_path: Path):
    """What it would still measure proves nothing: heal, drain, report, exit code 5."""
    small = Rehearsal(
        ("{name: peak, kind: steady, load: 100%, for: 60m}",),
        staffed_by="target\ngenerator: {cpu: 0.1%, beyond: stop}",
    )
    with started(small.write(tmp_path), tmp_path) as process:
        stdout, stderr = process.communicate(timeout=90)
    ended = outcome(process.returncode, stdout, stderr, tmp_path)

    assert ended.exit_code == 5
    assert "the generator is beyond its limits" in ended.stderr
    assert ended.last_line.startswith("INCONCLUSIVE")
