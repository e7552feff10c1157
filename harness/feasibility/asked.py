"""What an SLA asks of a scenario, phase by phase and scope by scope, before it has been run."""

from collections.abc import Iterator
from dataclasses import dataclass

from harness.kpi.catalogue import CATALOGUE, Kpi
from harness.model.scenario import Phase, Scenario
from harness.model.scope import scopes
from harness.model.sla import Bound, Direction, Objective, Sla, Unit
from harness.model.target import Target
from harness.model.units import format_duration
from harness.verdict.asked import views
from harness.verdict.words import as_asked

SERVICE_LEVEL = "service_level"
DEFAULT_THRESHOLD_S = 20.0
"""Within which time the field counts, where nobody names one."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One objective, for one scope (empty: all), in one phase."""

    objective: Objective
    kpi: Kpi
    scope: str
    phase: Phase

    @property
    def bound(self) -> Bound:
        """What is required here."""
        return self.objective.gates[self.phase.kind]

    @property
    def threshold_s(self) -> float:
        """The 20 of 80/20."""
        return self.objective.threshold_s or DEFAULT_THRESHOLD_S

    @property
    def within_s(self) -> float | None:
        """The time it is counted within, its priority's own if it has clocks; None: in none."""
        clocks = self.objective.clocks or {}
        return clocks[self.scope].within_s if self.scope in clocks else self.objective.threshold_s

    @property
    def name(self) -> str:
        """As people name it: ``service_level[billing]``."""
        return f"{self.kpi.name}[{self.scope}]" if self.scope else self.kpi.name

    def views(self, target: Target) -> int:
        """By how many views it is judged on *target*."""
        return len(list(views(self.objective, self.scope, target)))

    def where(self, sla: Sla) -> str:
        """Where a message about it stands: its SLA's file, its name, its phase."""
        return f"{sla.path}: {self.name} in {self.phase.name}"

    def met_by(self, value: float) -> bool:
        """Whether *value* is as good as the goal."""
        return self.kpi.direction.is_at_least(value, self.bound.goal)

    def missed_clearly_by(self, value: float) -> bool:
        """Whether *value* is worse than the warn limit by more than theory may err.

        Five points of a share; of a wait a quarter, and five seconds at least.
        """
        margin = 0.05
        if self.kpi.unit is Unit.SECONDS:
            margin = max(5.0, 0.25 * self.bound.warn)
        worse_by = self.bound.warn - value
        return (worse_by if self.kpi.direction is Direction.MORE else -worse_by) > margin


def asked(sla: Sla, scenario: Scenario, target: Target) -> Iterator[Asked]:
    """Yield everything that *sla* asks of each phase with a load."""
    for objective in sla.objectives:
        kpi = CATALOGUE[objective.kpi]
        for phase in scenario.phases:
            if phase.kind not in objective.gates or phase.kind not in kpi.phase_kinds:
                continue
            for scope in scopes(objective, scenario, target):
                if phase.load.peak:
                    yield Asked(objective, kpi, scope, phase)


def goal_text(each: Asked) -> str:
    """Return the required value of *each* here: ``>= 80 % within 20s``, ``<= 5 %``."""
    sign = ">=" if each.kpi.direction is Direction.MORE else "<="
    text = f"{sign} {as_asked(each.bound.goal, each.kpi.unit)}"
    if each.kpi.needs_threshold and each.within_s is not None:
        text += f" within {format_duration(each.within_s)}"
    return text
