"""How much a target may be asked. Pure. Raising it takes a change of the profile, never a flag."""

from collections.abc import Iterator
from dataclasses import dataclass

from harness.guard.codes import refusal
from harness.guard.rules_attest import Attestation
from harness.model.guard import Level
from harness.model.target import Caps

BUILT_IN_PER_S = 50.0
"""Requests a second to a guarded target whose profile says nothing."""
_HALF = 0.5
"""Who cannot serve its attestation is asked half as much."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a plan asks of a target, at the very least. Times are wall seconds."""

    requests_per_s: float
    concurrent: int
    writes: float
    run_s: float


def effective(caps: Caps, level: Level, attestation: Attestation | None) -> Caps:
    """Return the caps that hold at *level*: the least of profile, attestation and built-in.

    On this machine none is built in.
    """
    built_in = None if level in (Level.MOCK, Level.LOOPBACK) else BUILT_IN_PER_S
    own = built_in if caps.requests_per_s is None else caps.requests_per_s
    rate = _least(own, attestation.requests_per_s if attestation else None)
    concurrent = _least(caps.concurrent, attestation.concurrent if attestation else None)
    writes = _least(caps.writes, attestation.writes if attestation else None)
    share = _HALF if level is Level.OFFLINE else 1.0
    return Caps(
        None if rate is None else rate * share,
        None if concurrent is None else max(1, int(concurrent * share)),
        None if writes is None else int(writes * share),
        caps.run_s,
    )


def cap_refusals(asked: Asked, caps: Caps) -> Iterator[str]:
    """Yield a refusal for everything of which a plan asks more than *caps* allow."""
    if caps.requests_per_s is not None and asked.requests_per_s > caps.requests_per_s:
        evidence = f"the plan asks {asked.requests_per_s:.3g} requests a second"
        yield refusal("E_RATE_CAP", f"{evidence}, {caps.requests_per_s:g} are allowed")
    if caps.concurrent is not None and asked.concurrent > caps.concurrent:
        evidence = f"its processes and our probes need {asked.concurrent} requests at once"
        yield refusal("E_CONCURRENCY_CAP", f"{evidence}, {caps.concurrent} are allowed")
    if caps.writes is not None and asked.writes > caps.writes:
        evidence = f"the plan writes {asked.writes:.0f} times at least, {caps.writes} are allowed"
        yield refusal("E_WRITE_CAP", evidence)
    if caps.run_s is not None and asked.run_s > caps.run_s:
        evidence = f"the plan takes {asked.run_s:.0f} s, {caps.run_s:g} s are allowed"
        yield refusal("E_RUN_CAP", evidence)


def _least(one: float | None, other: float | None) -> float | None:
    found = [each for each in (one, other) if each is not None]
    return min(found, default=None)
