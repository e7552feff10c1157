"""One thing that will be judged: what was asked, and what was measured."""

from dataclasses import dataclass

from harness.kpi.catalogue import Kpi
from harness.model.scenario import PhaseKind
from harness.model.sla import Bound, Direction, Objective, Unit
from harness.model.verdict import Aspect, Measurement, View
from harness.verdict.table import Claim


@dataclass(frozen=True, slots=True)
class Item:
    """One objective to be judged: where, for whom, by whose view, and what was measured.

    ``needs`` is how many more contacts the contract asks for before anything is decided.
    """

    objective: Objective
    kpi: Kpi
    scope: str
    view: View
    phase: str
    kind: PhaseKind | None
    duration_s: float
    bound: Bound
    decisive_here: bool
    measurement: Measurement
    aspect: Aspect = Aspect.VALUE
    unit: Unit | None = None
    direction: Direction | None = None
    goal_text: str = ""
    needs: int = 0

    @property
    def claim(self) -> Claim:
        """The measurement and what is required of it."""
        return Claim(self.measurement, self.bound, self.direction or self.kpi.direction)
