"""A small rehearsal on disk, whole and right, for tests to break in one place."""

from dataclasses import dataclass
from pathlib import Path

from harness.errors import Problem, UsageError
from harness.files.known import FaultRule, Known, KpiRule
from harness.files.load import Loaded, load
from harness.model.fault import Parameter, Written
from harness.model.scenario import PhaseKind
from harness.model.sla import Direction, Each, Unit

SCENARIO = """\
# A GO shows that a small change is found.
name: small
owner: {name: Service Transition, contact: transition@client.example}
target: mock.yaml
sla: care.yaml
seed: 2026
speed: 20
interfaces:
  lines:
    billing: ["+441632960101", "+441632960102"]
    support: ["+441632960201"]
traffic:
  calls: {per_hour: 1440, shape: flat, mix: {billing: 60%, support: 40%}, patience: busy}
  tickets: {per_hour: 600, priorities: {P1: 5%, P2: 15%, P3: 60%, P4: 20%}}
phases:
  - {name: lines, kind: lines}
  - {name: ramp, kind: ramp, load: 10% -> 100%, for: 10m}
  - name: site-loss
    kind: fault
    load: 100%
    for: 15m
    faults:
      - {kind: site_down, site: north, at: 2m, for: 4m, runbook: site_down.md}
      - {kind: site_hang, site: north, at: 8m, for: 4m, runbook: site_down.md}
  - {name: settle, kind: recovery, load: 100%, for: 10m, open_on: pass}
on_gate_failure: stop
"""
SLA = """\
name: care
confidence: 95%
owner: {name: Operations Lead, contact: operations@provider.example}
objectives:
  - {kpi: service_level, goal: 80/20, each: queue, gates: {steady: 80%, fault: 60%}}
  - {kpi: abandonment, goal: "<= 5%", gates: {steady: {goal: 5%, warn: 6%}}}
  - {kpi: asa, goal: "<= 28s", must_pass: no}
  - {kpi: ticket_first_reply, goal: 90% within 15m}
  - {kpi: recovery, goal: "<= 3m", restored_at: 60/20}
  - {kpi: lost_tickets, goal: "<= 0"}
"""
TARGET = """\
name: mock
adapter: harness.adapter.reference:ReferenceAdapter
virtual_clock: yes
staffing:
  north: {billing: 50, support: 34, tickets: 30}
  south: {billing: 50, support: 0, tickets: 30}
mock: {replication: synchronous, health_check: {every: 2s, fall: 2}}
"""

_EITHER = frozenset(Each)
_ALL = frozenset({Each.ALL})
_KPIS = (
    KpiRule("service_level", Unit.SHARE, Direction.MORE, True, _EITHER),
    KpiRule("abandonment", Unit.SHARE, Direction.LESS, False, _EITHER),
    KpiRule("asa", Unit.SECONDS, Direction.LESS, False, _EITHER),
    KpiRule("dropped", Unit.SHARE, Direction.LESS, False, _EITHER),
    KpiRule("blocked", Unit.SHARE, Direction.LESS, False, _EITHER),
    KpiRule("ticket_first_reply", Unit.SHARE, Direction.MORE, True, _ALL),
    KpiRule("api_p95", Unit.SECONDS, Direction.LESS, False, _ALL),
    KpiRule("recovery", Unit.SECONDS, Direction.LESS, False, _ALL, frozenset({PhaseKind.FAULT})),
    KpiRule("lost_tickets", Unit.COUNT, Direction.LESS, False, _ALL, frozenset()),
    KpiRule("duplicated_tickets", Unit.COUNT, Direction.LESS, False, _ALL, frozenset()),
    KpiRule("lost_updates", Unit.COUNT, Direction.LESS, False, _ALL, frozenset()),
    KpiRule("wrong_tickets", Unit.COUNT, Direction.LESS, False, _ALL, frozenset()),
    KpiRule("duplicated_updates", Unit.COUNT, Direction.LESS, False, _ALL, frozenset()),
)
_SITE = Parameter(name="site", written=Written.SITE, about="Where.", example="site: north")
_FAULTS = (
    FaultRule("site_down", (_SITE,), lambda asked: str(asked["site"])),
    FaultRule("site_hang", (_SITE,), lambda asked: str(asked["site"])),
    FaultRule("edge_down", (), lambda _: "edge"),
)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Three files in a folder, and what loading them comes to."""

    folder: Path
    known: Known

    def change(self, file: str, old: str, new: str) -> None:
        """Put *new* in place of *old*, which must stand in *file* exactly once."""
        text = (self.folder / file).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        self.write(file, text.replace(old, new))

    def write(self, file: str, text: str | bytes) -> None:
        """Make *text* the whole of *file*."""
        raw = text.encode("utf-8") if isinstance(text, str) else text
        (self.folder / file).write_bytes(raw)

    def load(self) -> Loaded:
        """Load the scenario and what it names."""
        return load(self.folder / "small.yaml", known=self.known)

    def problems(self) -> tuple[Problem, ...]:
        """Return what is wrong, empty if nothing is."""
        try:
            self.load()
        except UsageError as error:
            return error.problems
        return ()

    def where(self, file: str, line: int) -> str:
        """Return how a problem names *line* of *file*."""
        return f"{self.folder / file}:{line}"


KNOWN = Known({rule.name: rule for rule in _KPIS}, {rule.kind: rule for rule in _FAULTS})


def write_small_rehearsal(folder: Path) -> Rehearsal:
    """Write the three files and their runbook into *folder*; they have no problems yet."""
    rehearsal = Rehearsal(folder, KNOWN)
    for file, text in (("small.yaml", SCENARIO), ("care.yaml", SLA), ("mock.yaml", TARGET)):
        rehearsal.write(file, text)
    rehearsal.write("site_down.md", "# Runbook\n")
    return rehearsal
