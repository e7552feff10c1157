"""The knee of a mock centre, searched from outside, is the one that Erlang expects of its staffing."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.e2e.small_rehearsal import ROOT, command, environment

pytestmark = pytest.mark.e2e

FILES = {
    "small.yaml": """\
# A GO shows that this small mock centre has room.
name: small
owner: {name: Service Transition, contact: transition@client.example}
target: target.yaml
sla: sla.yaml
seed: 2026
speed: 25
interfaces:
  lines: {billing: ["+441632960101"]}
traffic:
  calls: {per_hour: 3600, mix: {billing: 100%}, patience: busy}
phases:
  - {name: lines, kind: lines}
  - {name: peak, kind: steady, load: 100%, for: 10m}
""",
    # 30 agents' work at the planned volume; Erlang A crosses 80/20 at 1.53 times as much.
    "target.yaml": """\
name: mock
virtual_clock: yes
staffing:
  north: {billing: 44}
handle_time: {billing: 30s}
mock:
  talk: {mean: 25s, variation: 1.0}
  wrap_up: {mean: 5s, variation: 1.0}
  channels: 400
""",
    "sla.yaml": """\
name: small
confidence: 90%
owner: {name: Provider Operations Lead, contact: operations@provider.example}
objectives:
  - {kpi: service_level, goal: 80/20, each: queue, gates: {steady: {goal: 80%, warn: 75%}}}
  - {kpi: blocked, goal: "<= 2%", gates: {steady: "<= 2%"}}
""",
}
RESOLUTION = 0.3


@pytest.mark.nightly
def test_the_knee_that_is_found_is_the_one_that_erlang_expects(tmp_path: Path):
    """Found from outside by callers alone; expected from the staffing alone: neither knows the other.

    The planned volume is met, and one record holds every load that was tried.
    """
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    options = ("--growth", "1.1", "--resolution", str(RESOLUTION), "--trials", "4", "--json")
    done = subprocess.run(
        command("capacity", tmp_path / "small.yaml", "--runs", tmp_path / "runs", *options),
        cwd=tmp_path,
        env=environment() | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.stdout, done.stderr
    found = json.loads(done.stdout)
    (result,) = (tmp_path / "runs").glob("*/result.json")
    phases = [each["name"] for each in json.loads(result.read_text())["phases"]]

    assert found["expected"] is not None
    assert found["meets_at"] is not None, done.stderr
    # A trial tells the knee to about five points of service level, which are 0.06 of this load.
    assert found["meets_at"] <= found["expected"] + 0.06
    if found["fails_at"] is not None:
        assert found["fails_at"] >= found["expected"] - 0.06
    assert found["volumes"][0]["answer"] == "met", done.stderr
    assert {each["phase"] for each in found["trials"]} <= set(phases)
    assert (tmp_path / "runs" / result.parent.name / "report.html").is_file()
