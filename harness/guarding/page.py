"""What ``harness plan`` tells of a guarded target: where, within which caps, and how to arm it."""

import shlex
from collections.abc import Iterator

from harness.guard.rules_caps import effective
from harness.guard.rules_hosts import origins
from harness.guarding.approvals import breaks, needs_approval
from harness.guarding.level import level_of
from harness.guarding.plan_hash import SHOWN, plan_hash
from harness.model.target import Caps, Target
from harness.model.units import format_duration
from harness.preflight import Plan


def guarded(plan: Plan) -> Iterator[str]:
    """Yield the lines about the guard of the target of *plan*; none if its profile has none."""
    remote = plan.target.remote
    if remote is None or remote.guard is None:
        return
    guard = remote.guard
    yield f"The target has to prove that it is no production system: {guard.level}."
    yield f"  as        {guard.environment}{_on_this_machine(plan.target)}"
    found, wrong = origins(remote.addresses())
    width = max(map(len, found), default=0)
    for name, origin in found.items():
        yield f"  at        {name:<{width}} {origin}"
    yield from (f"  refused   {each}" for each in wrong)
    if guard.networks:
        yield f"  within    {', '.join(guard.networks)}"
    caps = effective(remote.caps, level_of(plan.target), None)
    yield f"  caps      {_told(caps)}; its attestation may lower them"
    for kind in breaks(plan):
        yield f"  breaks    {kind}: its attestation has to allow it"
    yield f"  hash      {plan_hash(plan)}"
    short = plan_hash(plan)[:SHOWN]
    if needs_approval(plan, guard):
        yield (
            "A second person has to approve it: harness attest approve"
            f" {shlex.quote(str(plan.scenario.path))}"
            " --operator ACCOUNT ..."
        )
        yield f"To run it: --arm {short} --approval FILE"
    else:
        yield f"To run it: --arm {short}"


def _on_this_machine(target: Target) -> str:
    here = target.remote is not None and level_of(target).value == "loopback"
    return ", on this machine, which proves nothing of another" if here else ""


def _told(caps: Caps) -> str:
    parts = [
        "" if caps.requests_per_s is None else f"{caps.requests_per_s:g} requests/s",
        "" if caps.concurrent is None else f"{caps.concurrent} at once",
        "" if caps.writes is None else f"{caps.writes} writes",
        "" if caps.run_s is None else format_duration(round(caps.run_s)),
    ]
    return ", ".join(part for part in parts if part) or "none"
