"""Takes the steps of a phased handover: shares over the public API, heads at the admin port.

On a target without an admin port people are asked to see to the heads.
"""

from collections.abc import Callable, Mapping

from harness.adapter.driver import Driver
from harness.adapter.protocol import Distributing
from harness.clock import RunClock
from harness.errors import TargetError
from harness.model.handover import Step, StepRun
from harness.model.scenario import Phase, Scenario
from harness.model.target import Target
from harness.target.admin import Admin


class Handover:
    """Remembers how many work where, since the target takes changes of it and not numbers."""

    def __init__(
        self,
        scenario: Scenario,
        target: Target,
        driver: Driver,
        admin: Admin | None,
        clock: RunClock,
        announce: Callable[[str], None],
    ) -> None:
        self._scenario = scenario
        self._driver = driver
        self._admin = admin
        self._clock = clock
        self._announce = announce
        self._heads = {
            site: {queue: staff for queue, staff in skills.items() if isinstance(staff, int)}
            for site, skills in target.staffing.items()
        }

    async def take(self, phase: Phase) -> StepRun:
        """Take the step that *phase* begins with, and return how it went. Never raises for it."""
        ordered_s, done_s, why = self._clock.now_s(), None, ""
        try:
            await self._staff(phase.step.heads)
            await self._split(phase.step)
            done_s = self._clock.now_s()
        except TargetError as error:
            why = str(error)
        ours = dict(self._heads.get(self._scenario.in_house, {}))
        return StepRun(phase.name, ordered_s, done_s, ours, why)

    async def _split(self, step: Step) -> None:
        if not step.split:
            return
        adapter = self._driver.adapter
        if not isinstance(adapter, Distributing):
            raise TargetError("the adapter cannot change the shares of calls (distribute)")
        for line in (line for lines in self._scenario.lines.values() for line in lines):
            error = await self._driver.carry(adapter.distribute(line, step.split))
            if error is not None:
                raise TargetError(f"the shares of {line} were not changed: {error}")

    async def _staff(self, heads: Mapping[str, Mapping[str, int]]) -> None:
        for site, skills in heads.items():
            before = self._heads.setdefault(site, {})
            for queue, wanted in skills.items():
                more = wanted - before.get(queue, 0)
                if more and self._admin is not None:
                    await self._admin.staff(site, queue, more)
                elif more:
                    self._announce(f"have {wanted} people for {queue} at {site} from now on")
                before[queue] = wanted
