"""What the faults of one phone number share: the number, its place, how it is dialled."""

from collections.abc import Mapping

from harness.faults.contract import Means, Way
from harness.faults.ordered import by_admin
from harness.faults.probe import Probe
from harness.model.fault import Parameter, Value, Written
from harness.model.scenario import FaultPlan

LINE = Parameter(
    name="line",
    written=Written.LINE,
    about="The phone number that it happens to.",
    example='line: "+441632960101"',
)


class OfALine:
    """A fault of one phone number: whoever looks dials it, and hangs up at once."""

    parameters: tuple[Parameter, ...] = (LINE,)

    def __init__(self) -> None:
        self._usual: dict[str, str] = {}

    def place(self, asked: Mapping[str, Value]) -> str:
        """Return the line."""
        return f"edge/lines/{asked['line']}"

    def way(self, means: Means) -> Way:
        """Return the way over the admin port."""
        return by_admin(means)

    def usual(self, line: str) -> str | None:
        """Return the queue that *line* reached when it was first dialled; None if it was not."""
        return self._usual.get(line)

    async def heal_proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: who dials it reaches its queue; the first time, any queue."""
        line = str(plan.asked["line"])
        dialled = await probe.call(line)
        usual = self._usual.setdefault(line, dialled.queue) if dialled.queue else None
        return f"{line} reaches {usual}" if usual and dialled.queue == usual else None
