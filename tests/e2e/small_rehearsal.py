"""A small rehearsal in a folder of its own, run the way a user runs it: as a command."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from harness.record.run_record import RunRecord

ROOT = Path(__file__).resolve().parents[2]
DEADLINE_S = 120.0

SCENARIO = """\
# A GO shows that this small mock centre keeps this small contract.
name: small
owner: {{name: Service Transition, contact: transition@client.example}}
target: target.yaml
sla: sla.yaml
seed: {seed}
speed: {speed}
interfaces:
  lines: {{billing: ["+441632960101"], support: ["+441632960201"]}}
traffic:
  calls: {{per_hour: {per_hour}, mix: {{billing: 60%, support: 40%}}, {callers}}}
  tickets: {tickets}
phases:
  - {{name: lines, kind: lines}}
{phases}
{staffed_by}
"""

TARGET = """\
name: mock
virtual_clock: yes
staffing:
{staffing}
mock:
{mock}
"""

SLA = """\
name: small
confidence: 90%
owner: {{name: Provider Operations Lead, contact: operations@provider.example}}
objectives:
{objectives}
"""

TICKETS = "{per_hour: 600, priorities: {P1: 5%, P2: 15%, P3: 60%, P4: 20%}}"
OBJECTIVES = (
    '{kpi: service_level, goal: 80/20, gates: {steady: 80%, fault: "60%"}}',
    '{kpi: lost_tickets, goal: "<= 0"}',
    '{kpi: duplicated_tickets, goal: "<= 0"}',
)


@dataclass(frozen=True)
class Rehearsal:
    """What is to be rehearsed; the defaults are a healthy centre."""

    phases: tuple[str, ...]
    objectives: tuple[str, ...] = OBJECTIVES
    mock: Mapping[str, str] = field(default_factory=dict)
    tickets: str = TICKETS
    billing: int | str = 50
    support: int | str = 34
    seed: int = 2026
    speed: int = 20
    staffed_by: str = ""
    callers: str = "patience: busy"
    sites: tuple[str, ...] = ("north", "south")
    runbook: str = "# What to do\n"
    per_hour: int = 1440

    def write(self, folder: Path) -> Path:
        """Write the three files and a runbook into *folder*; return the scenario's path."""
        phases = "\n".join(f"  - {phase}" for phase in self.phases)
        mock = "\n".join(f"  {key}: {value}" for key, value in self.mock.items())
        objectives = "\n".join(f"  - {objective}" for objective in self.objectives)
        (folder / "sla.yaml").write_text(SLA.format(objectives=objectives))
        heads = f"{{billing: {self.billing}, support: {self.support}, tickets: 40}}"
        staffing = "\n".join(f"  {site}: {heads}" for site in self.sites)
        (folder / "target.yaml").write_text(
            TARGET.format(mock=mock or "  replication: synchronous", staffing=staffing)
        )
        (folder / "runbook.md").write_text(self.runbook)
        path = folder / "small.yaml"
        what = {
            "staffed_by": f"staffed_by: {self.staffed_by}" if self.staffed_by else "",
            "seed": self.seed,
            "speed": self.speed,
            "callers": self.callers,
            "tickets": self.tickets,
            "per_hour": self.per_hour,
        }
        path.write_text(SCENARIO.format(phases=phases, **what))
        return path


@dataclass(frozen=True)
class Outcome:
    """What a finished run left behind."""

    exit_code: int
    last_line: str
    stderr: str
    folder: Path

    @property
    def result(self) -> dict[str, Any]:
        return json.loads((self.folder / "result.json").read_text())

    def record(self) -> RunRecord:
        return RunRecord.open(self.folder)


def fault(kind: str, *, at: str, lasting: str, site: str = "north") -> str:
    """Return one fault as a scenario writes it."""
    return f"{{kind: {kind}, site: {site}, at: {at}, for: {lasting}, runbook: runbook.md}}"


def command(*arguments: str | Path) -> list[str]:
    """Return the command line of the harness, without the checkout on its import path."""
    return [sys.executable, "-P", "-m", "harness", *map(str, arguments)]


def environment() -> dict[str, str]:
    """Return an environment in which the checkout's packages are found, and colours are off."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}


def run(
    rehearsal: Rehearsal, folder: Path, *options: str, deadline_s: float = DEADLINE_S
) -> Outcome:
    """Run *rehearsal* to its end and return what it left."""
    scenario = rehearsal.write(folder)
    with started(scenario, folder, *options) as process:
        stdout, stderr = process.communicate(timeout=deadline_s)
    return outcome(process.returncode, stdout, stderr, folder)


def outcome(code: int, stdout: str, stderr: str, folder: Path) -> Outcome:
    """Return what the run in *folder* left, having ended with *code*."""
    runs = sorted(path.parent for path in (folder / "runs").glob("*/run.sqlite"))
    lines = stdout.strip().splitlines()
    return Outcome(code, lines[-1] if lines else "", stderr, runs[-1] if runs else folder)


@contextmanager
def started(scenario: Path, folder: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """Start a run for the block; whatever is left of it at the end is killed."""
    process = subprocess.Popen(
        command("run", scenario, "--runs", folder / "runs", *options),
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        left = family(process.pid)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for each in left:
            if each.is_running():
                each.kill()


def family(pid: int) -> list[psutil.Process]:
    """Return everything that the process *pid* started, and what that started."""
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def wait_for(process: subprocess.Popen[str], what: str) -> str:
    """Read the run's progress until a line holds *what*; return all that was read."""
    assert process.stderr is not None
    read = ""
    while what not in read:
        line = process.stderr.readline()
        assert line, f"the run ended before it said {what!r}:\n{read}"
        read += line
    return read


def all_gone(processes: list[psutil.Process], *, within_s: float) -> bool:
    """Return whether every one of *processes* has ended *within_s* seconds; else kill what has not.

    What outlives the run that started it is nobody's child any more: no other test would find it.
    """
    deadline = time.monotonic() + within_s
    left = processes
    while left and time.monotonic() < deadline:
        _, left = psutil.wait_procs(left, timeout=0.2)
        left = [each for each in left if not _has_ended(each)]
    for each in left:
        with suppress(psutil.NoSuchProcess):
            each.kill()
    return not left


def _has_ended(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:  # between two looks
        return True
