"""The way over the admin port of a target that we started: its own side keeps the lease."""

from dataclasses import dataclass
from typing import cast

from harness.errors import Refused, TargetError
from harness.faults.contract import FaultKind, Means, TargetAdmin, Way
from harness.model.fault import Value
from harness.model.scenario import FaultPlan


@dataclass(frozen=True, slots=True)
class ByAdmin:
    """Orders faults at the admin port."""

    admin: TargetAdmin

    async def inject(self, plan: FaultPlan, *, lease_wall_s: float) -> None:
        """Order the fault."""
        await self.admin.order_fault(plan.kind, asked_of(plan), lease_wall_s=lease_wall_s)

    async def heal(self, plan: FaultPlan) -> None:
        """Have every fault undone that is held as *plan* asked.

        The target is asked what it holds: an order whose answer never came may have been carried
        out all the same, and then nobody has its id.
        """
        for held in await self.admin.active_faults():
            if held.kind == plan.kind and held.asked == asked_of(plan):
                await self.admin.heal_fault(held.id)


class NoAdmin(TargetError):
    """The target has no admin port: its faults are not ours to inject."""


def needs_admin(kind: FaultKind) -> bool:
    """Return whether *kind* is ordered at the admin port of a target that we started."""
    try:
        kind.way(Means())
    except NoAdmin:
        return True
    except TargetError:  # it lacks something else, which a run has
        return False
    return False


def is_ordered(kind: FaultKind) -> bool:
    """Return whether *kind* is ordered as a fault there; planned work is not."""
    nobody = cast("TargetAdmin", object())  # only looked at
    return needs_admin(kind) and isinstance(kind.way(Means(admin=nobody)), ByAdmin)


def by_admin(means: Means) -> Way:
    """Return the way over the target's admin port.

    Raises:
        NoAdmin: it has none: its faults are not ours to inject.
    """
    if means.admin is None:
        raise NoAdmin("this target has no admin port: its faults are not ours to inject")
    return ByAdmin(means.admin)


async def refuse_broken(admin: TargetAdmin) -> None:
    """Let no run begin while the target itself says that a fault is in force.

    Raises:
        Refused: it does; the message has the remedy.
    """
    if held := await admin.active_faults():
        names = ", ".join(f"{each.kind} ({each.id})" for each in held)
        raise Refused(
            f"E_RESIDUE: the target says that these faults are in force: {names}."
            " No customer was sent. Heal them at its admin port, or wait for their leases to end."
        )


def asked_of(plan: FaultPlan) -> dict[str, Value]:
    """Return what the admin port is asked for *plan*, beside its kind and its lease."""
    return {**({"site": plan.site} if plan.site else {}), **plan.asked}
