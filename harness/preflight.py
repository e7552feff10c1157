"""Before anything is started: the three files read and checked, and every problem named at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.adapter.find import find_adapter
from harness.errors import Note, Problem, UsageError
from harness.faults.kinds import KINDS
from harness.feasibility import outlook, remarks, undecidable, unreachable
from harness.files.known import FaultRule, Known, KpiRule
from harness.files.load import load, load_sla
from harness.kpi.catalogue import CATALOGUE
from harness.model.contact import Stream
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
            bounds=kpi.bounds,
            by_formula=kpi.name == "service_level",
            by_short=kpi.name in ("service_level", "abandonment_net"),
            by_priority=kpi.stream is Stream.TICKETS and kpi.needs_threshold,
            two_views=kpi.callers is not None and kpi.provider is not None,
            watched=kpi.measurable and not kpi.by_verdict,
        )
        for kpi in CATALOGUE.values()
    },
    faults={name: FaultRule(name) for name in KINDS},
)


@dataclass(frozen=True, slots=True)
class Plan:
    """A scenario that may be run, with its SLA and its target.

    ``outlook`` is what theory expects of it, line by line; ``notes`` stand in nobody's way.
    """

    scenario: Scenario
    sla: Sla
    target: Target
    scenario_sha256: str
    outlook: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()


async def check(scenario: Path, *, sla: Path | None = None) -> Plan:
    """Return the plan in *scenario*, judged by *sla* or by the one it names. Starts nothing.

    Raises:
        UsageError: it cannot be run; carries every problem.
    """
    loaded = load(scenario, known=KNOWN, sla_path=sla)
    find_adapter(loaded.target.adapter)
    problems = [*unaskable(loaded.sla), *undecidable(loaded.scenario, loaded.sla)]
    problems += unreachable(loaded.scenario, loaded.target, loaded.sla)
    if loaded.target.mock is not None:
        problems += await mock.check(
            loaded.target,
            lines=loaded.scenario.lines,
            speed=loaded.scenario.speed,
            seed=loaded.scenario.seed,
        )
    if problems:
        raise UsageError(problems)
    return Plan(
        loaded.scenario,
        loaded.sla,
        loaded.target,
        loaded.scenario_sha256,
        outlook(loaded.scenario, loaded.target, loaded.sla),
        tuple(remarks(loaded.scenario, loaded.target, loaded.sla)),
    )


def other_sla(path: Path) -> Sla:
    """Return the SLA at *path*, to judge an earlier run by.

    Raises:
        UsageError: the file is wrong; carries every problem.
    """
    sla = load_sla(path, known=KNOWN)
    if problems := list(unaskable(sla)):
        raise UsageError(problems)
    return sla


def unaskable(sla: Sla) -> Iterator[Problem]:
    """Yield a problem for every objective of *sla* that no run can answer, on any target.

    A KPI that is named and that nobody measures yet would simply never be judged.
    """
    for objective in sla.objectives:
        kpi = CATALOGUE[objective.kpi]
        if not kpi.measurable:
            where = f"{sla.path}: {objective.kpi}"
            yield Problem(where, kpi.unseen, "an objective that a run can answer")
