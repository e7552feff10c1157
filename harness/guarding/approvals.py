"""Whether a plan is armed, and approved where a second person has to; approvals that were used."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from harness.files.bounded import read_bounded
from harness.guard.codes import refusal
from harness.guard.rules_attest import approval_of, approval_refusals
from harness.guarding.ground import Armed, Ground
from harness.guarding.plan_hash import SHOWN, plan_hash
from harness.model.guard import Guarding, Level
from harness.preflight import Plan

_OURS_ALONE = frozenset({"webhook_outage"})
"""Faults that break something of ours, and nothing of the provider's."""


def breaks(plan: Plan | None) -> tuple[str, ...]:
    """Return the kinds of faults by which *plan* breaks something of the provider's."""
    if plan is None:
        return ()
    kinds = [fault.kind for phase in plan.scenario.phases for fault in phase.faults]
    return tuple(kind for kind in dict.fromkeys(kinds) if kind not in _OURS_ALONE)


def needs_approval(plan: Plan, guard: Guarding) -> bool:
    """Return whether a second person has to approve *plan*."""
    return guard.level is Level.OFFLINE or bool(breaks(plan))


def arming_refusals(
    plan: Plan, guard: Guarding, armed: Armed, ground: Ground, facts: dict[str, str]
) -> Iterator[str]:
    """Yield why *plan* is not armed, or not approved where it has to be.

    What was found is put among the *facts*.
    """
    whole = plan_hash(plan)
    short = facts["plan"] = whole[:SHOWN]
    if not armed.hashes:
        yield refusal("E_NOT_ARMED", f"this plan is {short}")
    elif short not in armed.hashes:
        said = ", ".join(armed.hashes)
        yield refusal("E_ARM_OTHER", f"this plan is {short}, armed was {said}")
    elif needs_approval(plan, guard):
        yield from _approval_refusals(plan, whole, guard, armed, ground, facts)


def _approval_refusals(
    plan: Plan,
    whole: str,
    guard: Guarding,
    armed: Armed,
    ground: Ground,
    facts: dict[str, str],
) -> Iterator[str]:
    if armed.approval is None:
        kinds = ", ".join(breaks(plan))
        what = f"it breaks {kinds}" if kinds else f"its level is {guard.level}"
        yield refusal("E_APPROVAL_MISSING", f"{what}, and nobody has approved {whole[:SHOWN]}")
        return
    try:
        text = read_bounded(armed.approval)
    except OSError as error:
        yield refusal("E_APPROVAL_FORM", f"it cannot be read ({error.strerror})")
        return
    found, wrong = approval_of(text, guard.approvers)
    yield from wrong
    if found is None:
        return
    facts |= {"approved_by": found.approver, "approval": found.nonce}
    yield from approval_refusals(
        found,
        guard,
        plan=whole,
        account=ground.account(),
        now=ground.now(),
        used=is_used(found.nonce, ground.used),
    )


def is_used(nonce: str, folder: Path | None) -> bool:
    """Return whether a run was begun with the approval *nonce*, as far as *folder* remembers.

    Where nothing can be remembered, every approval counts as used.
    """
    return folder is None or (folder / _name(nonce)).exists()


def use(nonce: str, folder: Path | None) -> bool:
    """Remember that a run is begun with *nonce*; return whether this was the first to be so."""
    if folder is None:
        return False
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(folder / _name(nonce), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError:
        return False
    return True


def _name(nonce: str) -> str:
    return hashlib.sha256(nonce.encode()).hexdigest()
