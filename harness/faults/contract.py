"""The contract of a fault in types; CONTRACT.md says it in prose."""

from typing import Protocol

from harness.faults.probe import Probe
from harness.model.scenario import FaultPlan


class TargetAdmin(Protocol):
    """Where faults are ordered."""

    async def order_fault(self, kind: str, site: str, *, lease_wall_s: float) -> str:
        """Have *kind* done to *site* for at most *lease_wall_s*; return the fault's id."""
        ...

    async def heal_fault(self, fault_id: str) -> None:
        """Have the fault undone; doing so twice is no mistake."""
        ...

    async def active_faults(self, site: str) -> list[str]:
        """Return the ids of the faults in force at *site*."""
        ...


class FaultKind(Protocol):
    """One kind of fault."""

    @property
    def name(self) -> str:
        """The word in a scenario's ``kind:``."""
        ...

    async def inject(self, plan: FaultPlan, admin: TargetAdmin, *, lease_wall_s: float) -> str:
        """Order the fault and return its id once it is in force."""
        ...

    async def proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return what shows from outside that it took effect; None while nothing does."""
        ...

    async def heal(self, fault_id: str, admin: TargetAdmin) -> None:
        """Undo it; twice is no mistake."""
        ...

    async def heal_proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return what shows from outside that the target is whole; None while it is not."""
        ...
