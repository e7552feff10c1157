"""What the faults of a part of a site share: the site, the part that they hold, the way."""

from abc import ABC, abstractmethod
from collections.abc import Mapping

from harness.faults.contract import Means, Way
from harness.faults.kinds.of_a_site import SITE
from harness.faults.ordered import by_admin
from harness.faults.probe import Probe
from harness.model.fault import Parameter, Value
from harness.model.scenario import FaultPlan


class PartOfASite:
    """A fault that holds one ``part`` of a site: the rest of it goes on."""

    part: str
    parameters: tuple[Parameter, ...] = (SITE,)

    def place(self, asked: Mapping[str, Value]) -> str:
        """Return the part of the site."""
        return f"{asked['site']}/{self.part}"

    def way(self, means: Means) -> Way:
        """Return the way over the admin port."""
        return by_admin(means)


class ShownByAFigure(PartOfASite, ABC):
    """A fault that moves a figure of the site's metrics page.

    What the figure was before is kept from the look that finds all well, what it was meanwhile from
    the proof. Half of the expected move counts, there and back: agents come and go by themselves.
    """

    noun: str

    def __init__(self) -> None:
        self._before: dict[str, float] = {}
        self._meanwhile: dict[str, float] = {}

    @abstractmethod
    async def figure(self, plan: FaultPlan, probe: Probe) -> float | None:
        """Return the figure as it is now; None if it cannot be seen."""

    @abstractmethod
    def move(self, plan: FaultPlan, before: float) -> float:
        """Return by how much the fault changes it: less is negative."""

    async def proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: the figure has moved as it should."""
        now, before = await self.figure(plan, probe), self._before.get(plan.place)
        if now is None or before is None:
            return None
        move = self.move(plan, before)
        if not move or (now - before) / move < 0.5:
            return None
        self._meanwhile[plan.place] = now
        return f"{plan.site} has {now:g} {self.noun}, {before:g} before"

    async def heal_proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: it has moved back, or was never seen to move."""
        now, meanwhile = await self.figure(plan, probe), self._meanwhile.get(plan.place)
        if now is None:
            return None
        if meanwhile is None:
            self._before[plan.place] = now
        else:
            if (meanwhile - now) / self.move(plan, self._before[plan.place]) < 0.5:
                return None
            del self._meanwhile[plan.place]
        return f"{plan.site} has {now:g} {self.noun}"
