"""A soak whose harness is killed in the middle, and that is gone on with."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.e2e.small_rehearsal import Rehearsal, all_gone, family, outcome, started, wait_for

pytestmark = pytest.mark.e2e

SOAK = Rehearsal(
    (
        "{name: ramp, kind: ramp, load: 10% -> 100%, for: 1m}",
        "{name: soak, kind: soak, load: 100%, for: 8m}",
    ),
    objectives=(
        "{kpi: service_level, goal: 80/20, gates: {soak: 80%}}",
        '{kpi: lost_tickets, goal: "<= 0"}',
    ),
)


@pytest.mark.early
def test_a_soak_that_was_killed_goes_on_where_it_was_and_says_so(tmp_path: Path):
    """A machine that restarts in the third night must not cost the two before it."""
    scenario = SOAK.write(tmp_path)
    with started(scenario, tmp_path) as process:
        wait_for(process, "phase began  soak")
        children = family(process.pid)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=12)  # half of the soak
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert all_gone(children, within_s=10), "what it started outlived it"
    (first,) = (path.parent for path in (tmp_path / "runs").glob("*/run.sqlite"))
    with started(scenario, tmp_path, "--resume", str(first)) as process:
        stdout, stderr = process.communicate(timeout=180)
    ended = outcome(process.returncode, stdout, stderr, tmp_path)
    result = ended.result
    phases = {each["name"]: each for each in result["phases"]}

    assert ended.folder != first
    assert [*phases] == ["lines", "ramp", "soak", "lines-2", "ramp-2", "soak-2"]
    assert ended.exit_code in (0, 3), stderr  # late on a busy machine, never bad
    assert ended.exit_code == 0 or "late" in ended.last_line or "stood still" in ended.last_line
    (note,) = [each for each in result["verdict"]["notes"] if each.startswith("cut at ")]
    assert f"in soak ({first.name}: it broke off)" in note
    with ended.record() as record:
        calls = {phase: sum(1 for _ in record.calls(phase)) for phase in ("soak", "soak-2")}
        pieces = [record.scenario.phase(name).duration_s for name in calls]
    assert sum(pieces) == pytest.approx(480.0)
    assert all(count > 20 for count in calls.values())
    assert result["tickets"]["lost"] == []
