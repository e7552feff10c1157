"""A target that we did not start: the mock centre, run by somebody else, as a stranger's system."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from tests.e2e.small_rehearsal import (
    DEADLINE_S,
    Outcome,
    Rehearsal,
    command,
    environment,
    outcome,
    started,
)

pytestmark = pytest.mark.e2e
SPEED = 20
PROFILE = """\
name: acme-uat
virtual_clock: yes
edge: {edge}
sites: {{north: {north}, south: {south}}}
authentication: {{kind: oauth2, client_id: {client_id}, client_secret: {{file: acme.secret}}}}
offers: [{offers}]
metrics: {{sources: {{edge: {edge}/metrics, north: {north}/metrics, south: {south}/metrics}}}}
"""


@contextmanager
def running_elsewhere(folder: Path) -> Iterator[dict[str, Any]]:
    """Run a mock centre as its operator would, and yield what it says of itself."""
    mine = folder / "theirs"
    mine.mkdir()
    scenario = Rehearsal(phases=("{name: peak, kind: steady, load: 100%, for: 5m}",)).write(mine)
    arguments = ("mock", mine / "target.yaml", "--scenario", scenario, "--speed", SPEED, "--json")
    with subprocess.Popen(
        command(*map(str, arguments)),
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
    ) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()
            process.wait()


def rehearsed(folder: Path, theirs: dict[str, Any], *, offers: str) -> Outcome:
    """Rehearse against the centre that runs already, of which so much is offered."""
    rehearsal = Rehearsal(
        phases=("{name: peak, kind: steady, load: 100%, for: 5m}",),
        staffed_by="target",
    )
    scenario = rehearsal.write(folder)
    hooks = "interfaces:\n  webhooks: [call.answered, call.ended]\n"
    scenario.write_text(scenario.read_text().replace("interfaces:\n", hooks))
    metrics = theirs["metrics"]
    (folder / "target.yaml").write_text(
        PROFILE.format(
            edge=theirs["edge"],
            north=metrics["north"].removesuffix("/metrics"),
            south=metrics["south"].removesuffix("/metrics"),
            client_id=theirs["client_id"],
            offers=offers,
        )
    )
    (folder / "acme.secret").write_text(theirs["client_secret"] + "\n")
    with started(scenario, folder) as process:
        stdout, stderr = process.communicate(timeout=DEADLINE_S)
    return outcome(process.returncode, stdout, stderr, folder)


def test_a_target_that_runs_already_is_rehearsed_and_left_running(tmp_path: Path):
    """The provider's environment is neither started nor ended by us, and our secret stays ours."""
    with running_elsewhere(tmp_path) as theirs:
        found = rehearsed(tmp_path, theirs, offers="calls, tickets")
        still_there = urlopen(f"{theirs['edge']}/healthz", timeout=5).status

    assert found.exit_code in (0, 3), found.stderr
    assert "(loopback)" in found.last_line
    assert still_there == 200
    with found.record() as record:
        checks = {check.line: check for check in record.lines()}
    wrong = [f"{check.line}: {check.note}" for check in checks.values() if not check.ok]
    assert wrong == []
    assert {"news", "tickets", "call.answered", "call.ended", "edge", "north", "south"} < set(
        checks
    )
    assert found.result["tickets"]["acknowledged"] > 25
    assert found.result["tickets"]["lost"] == []
    secret = theirs["client_secret"].encode()
    kept = [path for path in found.folder.rglob("*") if path.is_file()]
    assert not [path for path in kept if secret in path.read_bytes()]
    assert secret.decode() not in found.stderr
