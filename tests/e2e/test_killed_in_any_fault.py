"""Whatever is broken when the harness is killed, nothing of it is left a few seconds later."""

import os
import signal
from pathlib import Path

import pytest

from harness.faults.kinds import KINDS
from harness.faults.ordered import needs_admin
from tests.e2e.small_rehearsal import Rehearsal, all_gone, family, started, wait_for
from tests.faults.test_kinds_live import ASKED

pytestmark = [pytest.mark.e2e, pytest.mark.nightly]

NEEDS = {
    "backup_called": {"backup": "{heads: {billing: 5}}"},
    "backup_unavailable": {"backup": "{heads: {billing: 5}}"},
    "certificate_expiry": {"api": "{tls: yes}"},
    "ivr_down": {"ivr": "{mean: 5s}"},
}
"""What a kind needs the mock to have."""
OF_THE_MOCK = sorted(name for name, kind in KINDS.items() if needs_admin(kind))


def written(kind: str) -> str:
    """Return the fault of *kind* as a scenario writes it."""
    usual = {each.name: each.default for each in KINDS[kind].parameters}
    values = {name: value for name, value in ASKED.get(kind, {}).items() if value != usual[name]}
    if any(each.name == "site" for each in KINDS[kind].parameters):
        values["site"] = "north"
    shares = {each.name for each in KINDS[kind].parameters if each.written == "share"}
    durations = {each.name for each in KINDS[kind].parameters if each.written == "duration"}
    said = {
        name: f"{value:.0%}" if name in shares else f"{value * 1000:.0f}ms" if name in durations
        else f'"{value}"' if isinstance(value, str) else f"{value:g}"
        for name, value in values.items()
    }  # fmt: skip
    own = "".join(f"{name}: {text}, " for name, text in said.items())
    return f"{{kind: {kind}, {own}at: 10s, for: 9m, runbook: runbook.md}}"


@pytest.mark.parametrize("kind", OF_THE_MOCK)
def test_a_harness_that_is_killed_leaves_no_process_and_no_fault(tmp_path: Path, kind: str):
    """The centre that it started is gone with all that was wrong in it."""
    rehearsal = Rehearsal(
        (f"{{name: broken, kind: fault, load: 100%, for: 10m, faults: [{written(kind)}]}}",),
        objectives=('{kpi: service_level, goal: 80/20, gates: {fault: "10%"}}',),
        mock={"replication": "synchronous", **NEEDS.get(kind, {})},
    )
    with started(rehearsal.write(tmp_path), tmp_path) as process:
        wait_for(process, "fault injected")
        children = family(process.pid)
        os.kill(process.pid, signal.SIGKILL)
        gone = all_gone(children, within_s=15)

    assert children
    assert gone
