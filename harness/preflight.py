"""Before anything is started: the three files read and checked, and every problem named at once."""

from dataclasses import dataclass
from pathlib import Path

from harness.adapter.find import find_adapter
from harness.errors import UsageError
from harness.faults.kinds import KINDS
from harness.feasibility import undecidable
from harness.files.known import FaultRule, Known, KpiRule
from harness.files.load import load, load_sla
from harness.kpi.catalogue import CATALOGUE
from harness.model.scenario import Scenario
from harness.model.sla import Sla
from harness.model.target import Target
from harness.target import mock

KNOWN = Known(
    kpis={
        kpi.name: KpiRule(
            kpi.name,
            kpi.unit,
            kpi.direction,
            needs_threshold=kpi.needs_threshold,
            scopes=kpi.scopes,
            phase_kinds=kpi.phase_kinds,
        )
        for kpi in CATALOGUE.values()
    },
    faults={name: FaultRule(name) for name in KINDS},
)


@dataclass(frozen=True, slots=True)
class Plan:
    """A scenario that may be run, with its SLA and its target."""

    scenario: Scenario
    sla: Sla
    target: Target
    scenario_sha256: str


async def check(scenario: Path, *, sla: Path | None = None) -> Plan:
    """Return the plan in *scenario*, judged by *sla* or by the one it names. Starts nothing.

    Raises:
        UsageError: it cannot be run; carries every problem.
    """
    loaded = load(scenario, known=KNOWN, sla_path=sla)
    find_adapter(loaded.target.adapter)
    problems = list(undecidable(loaded.scenario, loaded.sla))
    if loaded.target.mock is not None:
        problems += await mock.check(
            loaded.target,
            lines=loaded.scenario.lines,
            speed=loaded.scenario.speed,
            seed=loaded.scenario.seed,
        )
    if problems:
        raise UsageError(problems)
    return Plan(loaded.scenario, loaded.sla, loaded.target, loaded.scenario_sha256)


def other_sla(path: Path) -> Sla:
    """Return the SLA at *path*, to judge an earlier run by.

    Raises:
        UsageError: the file is wrong; carries every problem.
    """
    return load_sla(path, known=KNOWN)
