"""``process``: a command breaks something, and another one mends it.

Both are lists of arguments that no shell reads. Each must exit with 0 within ``timeout``, else it
is killed with all that it started, and counts as failed. Where a command reaches to, the guard
cannot see: it is yours. Blast radius: whatever it does.
"""

from collections.abc import Mapping, Sequence

from harness.faults.kinds.of_a_provider import COMMON, OfAProvider, command
from harness.faults.steps import Step
from harness.model.fault import Parameter, Value, Written

_RUN = Parameter(
    name="run",
    written=Written.LIST,
    about="The command that breaks it, and its arguments.",
    example="run: [ssh, gateway.test, sudo, systemctl, stop, sbc]",
)
_UNDO = Parameter(
    name="undo",
    written=Written.LIST,
    about="The command that mends it, also if it was never broken, or twice.",
    example="undo: [ssh, gateway.test, sudo, systemctl, start, sbc]",
)


class Process(OfAProvider):
    """A command of the provider's or of our own."""

    name = "process"
    parameters = (_RUN, _UNDO, *COMMON)

    def steps(self, asked: Mapping[str, Value]) -> tuple[Sequence[Step], Sequence[Step]]:
        """Return the two commands."""
        return [command(asked, "run")], [command(asked, "undo")]


KIND = Process()
