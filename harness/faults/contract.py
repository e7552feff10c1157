"""The contract of a fault in types; CONTRACT.md says it in prose."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from harness.faults.guarded import Guardianship
from harness.faults.probe import Probe
from harness.model.fault import Held, Parameter, Value
from harness.model.scenario import FaultPlan


class Wrong(NamedTuple):
    """What is wrong with a parameter, as problems of a file are told."""

    parameter: str
    found: str
    want: str


class TargetAdmin(Protocol):
    """Where the faults of a target that we started are ordered."""

    async def order_fault(
        self, kind: str, asked: Mapping[str, Value], *, lease_wall_s: float
    ) -> None:
        """Have *kind* done, as *asked*, for at most *lease_wall_s*; return once it is in force."""
        ...

    async def heal_fault(self, fault_id: str) -> None:
        """Have the fault undone; doing so twice is no mistake."""
        ...

    async def active_faults(self) -> list[Held]:
        """Return the faults in force."""
        ...

    async def begin_rolling_restart(self, *, wait_wall_s: float) -> None:
        """Begin to restart one site after the other; each has *wait_wall_s* to end its calls."""
        ...

    async def end_rolling_restart(self) -> None:
        """End the rolling restart, if one is under way."""
        ...


class Way(Protocol):
    """A way to break something and to mend it, such as a target's admin port."""

    async def inject(self, plan: FaultPlan, *, lease_wall_s: float) -> None:
        """Break it for at most *lease_wall_s*; return once it is broken."""
        ...

    async def heal(self, plan: FaultPlan) -> None:
        """Undo all that *inject* may have done; twice is no mistake, nor is a fault half made."""
        ...


def _to_nobody(_: str) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Means:
    """What there is to break a target with. ``admin`` is None for one that we did not start.

    ``guardianship`` holds the undo of whatever the target itself does not lease; ``announce`` tells
    people what they are to do now. ``pins`` and ``ca_file`` are for requests to a provider's own
    admin endpoints: where the guard found them to be, and who vouches for them.
    """

    admin: TargetAdmin | None = None
    guardianship: Guardianship | None = None
    announce: Callable[[str], None] = _to_nobody
    pins: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ca_file: str = ""


class FaultKind(Protocol):
    """One kind of fault."""

    @property
    def name(self) -> str:
        """The word in a scenario's ``kind:``."""
        ...

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """What a scenario may write of it, beside when and for how long."""
        ...

    def place(self, asked: Mapping[str, Value]) -> str:
        """Return what it holds while it lasts, from the whole to the part: ``north/trunks``.

        Two faults clash if they hold the same place, or if one holds what the other is part of.
        """
        ...

    def way(self, means: Means) -> Way:
        """Return the way by which it is injected and healed.

        Raises:
            TargetError: *means* has no such way to this target.
        """
        ...

    async def proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return what shows from outside that it took effect; None while nothing does."""
        ...

    async def heal_proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return what shows from outside that the target is whole; None while it is not."""
        ...
