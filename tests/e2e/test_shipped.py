"""What ships works as it stands: the mock alone, and the whole rehearsal of the README."""

import subprocess
from pathlib import Path

import pytest

from tests.e2e.small_rehearsal import ROOT, command, environment

pytestmark = pytest.mark.e2e

SCENARIO = ROOT / "scenarios" / "pre_cutover.yaml"


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
