"""What ships works as it stands: the mock alone, and the whole rehearsal of the README."""

import shutil
import subprocess
from pathlib import Path

import pytest

from harness.record.run_record import RunRecord
from harness.verdict.judge import judge
from tests.e2e.small_rehearsal import ROOT, command, environment

pytestmark = pytest.mark.e2e

SCENARIO = ROOT / "scenarios" / "pre_cutover.yaml"
FAILOVERS = sorted((ROOT / "scenarios" / "failover").glob("*.yaml"))


@pytest.mark.nightly
@pytest.mark.timeout(420)
def test_the_rehearsal_by_virtual_agents_is_decided_or_says_that_they_were_slow(tmp_path: Path):
    """On a quiet machine it ends with GO; on a busy one never with NO-GO."""
    scenario = ROOT / "scenarios" / "staffed_by_harness.yaml"
    done = subprocess.run(
        command("run", scenario, "--runs", tmp_path),
        cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=400,
    )  # fmt: skip

    assert done.returncode in (0, 3), done.stdout + done.stderr


@pytest.mark.nightly
@pytest.mark.timeout(420)
def test_the_rehearsal_of_the_readme_ends_with_go(tmp_path: Path):
    """The first thing that a stranger types has to end well, and within five minutes."""
    done = subprocess.run(
        command("run", SCENARIO, "--runs", tmp_path),
        cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=400,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].startswith("GO (mock only)")


@pytest.mark.nightly
@pytest.mark.timeout(420)
@pytest.mark.parametrize("scenario", FAILOVERS, ids=lambda path: path.stem)
def test_a_failover_that_ships_is_decided_or_says_what_kept_it(scenario: Path, tmp_path: Path):
    """Each promises a GO on the mock; on a busy machine it may be open, and never a NO-GO."""
    done = subprocess.run(
        command("run", scenario, "--runs", tmp_path),
        cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=400,
    )  # fmt: skip

    assert done.returncode in (0, 3), done.stdout + done.stderr
    assert "not shown to have taken effect" not in done.stdout


@pytest.mark.early
def test_the_smoke_rehearsal_is_decided_or_says_that_the_machine_was_busy(tmp_path: Path):
    """It stands between every change and the main branch: it may be open there, never a NO-GO."""
    done = subprocess.run(
        command("run", ROOT / "scenarios" / "smoke.yaml", "--runs", tmp_path),
        cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=240,
    )  # fmt: skip

    assert done.returncode in (0, 3), done.stdout + done.stderr
    assert "not shown to have taken effect" not in done.stdout


@pytest.mark.nightly
@pytest.mark.early
@pytest.mark.timeout(600)
def test_a_short_soak_is_steady_though_something_breaks_and_so_are_we(tmp_path: Path):
    """Three hours of the centre in three minutes: an outage is no drift, and our memory no doubt.

    What a busy machine does to it is told apart: then the generator was late, and says so.
    """
    scenarios = tmp_path / "scenarios"
    no_code = shutil.ignore_patterns("*.py", "__pycache__")
    shutil.copytree(ROOT / "scenarios", scenarios, ignore=no_code)
    soak = scenarios / "soak.yaml"
    text = soak.read_text().replace("speed: 20", "speed: 60")
    soak.write_text(text.replace("seed: 2026", "seed: 2033"))  # which has a site lost in time
    done = subprocess.run(
        command("run", soak, "--for", "3h", "--runs", tmp_path / "runs"),
        cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=560,
    )  # fmt: skip
    (run,) = (tmp_path / "runs").glob("*-soak")
    with RunRecord.open(run) as record:
        verdict = judge(record, record.sla, about="")
        broken = [fault for fault in record.faults() if fault.phase == "soak"]
    results = {each.kpi: each for each in verdict.results}
    late = any("the generator" in doubt.what for doubt in verdict.doubts)

    assert [fault.title for fault in broken if fault.proven and fault.healed] == ["site_down north"]
    assert results["steadiness"].value is not None, results["steadiness"].note
    assert results["memory_growth"].value is not None, results["memory_growth"].note
    assert not [doubt for doubt in verdict.doubts if "our own process" in doubt.what]
    assert late or done.returncode in (0, 3), done.stdout + done.stderr
    assert late or results["steadiness"].value == 0, results["steadiness"].note
