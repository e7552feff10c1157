"""What ships works as it stands: the mock alone, and the whole rehearsal of the README."""

import json
import re
import signal
import subprocess
import urllib.request
from pathlib import Path

import pytest

from tests.e2e.small_rehearsal import ROOT, all_gone, command, environment, family

pytestmark = pytest.mark.e2e

SCENARIO = ROOT / "scenarios" / "pre_cutover.yaml"


def test_the_mock_runs_alone_until_it_is_told_to_end():
    """It is what people try the harness on first."""
    process = subprocess.Popen(
        command("mock", SCENARIO), cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        edge = re.search(r"edge +(\S+)", process.stdout.readline())
        assert edge is not None
        with urllib.request.urlopen(f"{edge[1]}/healthz", timeout=5) as answer:
            health = json.load(answer)
        children = family(process.pid)
        process.send_signal(signal.SIGINT)
        code = process.wait(timeout=20)
        gone = all_gone(children, within_s=5)
    finally:
        process.kill()

    assert health["sites"] == {"north": "up", "south": "up"}
    assert code == 0
    assert gone


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
