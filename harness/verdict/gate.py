"""The gate at a phase's end: what its results mean for whether the next phase may begin."""

from collections.abc import Sequence

from harness.model.scenario import OpenOn
from harness.model.verdict import ObjectiveResult, Status
from harness.verdict.words import listed


def gate_status(results: Sequence[ObjectiveResult]) -> Status:
    """Return what a gate makes of its phase's *results*: the worst; PASS if nothing was asked."""
    found = {result.status for result in results}
    for status in (Status.FAIL, Status.INCONCLUSIVE, Status.WARN):
        if status in found:
            return status
    return Status.PASS


def gate_note(results: Sequence[ObjectiveResult]) -> str:
    """Return which objectives kept the gate from a plain pass, in words."""
    status = gate_status(results)
    if status is Status.PASS:
        return ""
    return listed(sorted({result.name for result in results if result.status is status}))


def opens(status: Status, open_on: OpenOn) -> bool:
    """Whether a gate of *status* lets the next phase begin."""
    if open_on is OpenOn.PASS:
        return status in (Status.PASS, Status.WARN)
    return status is not Status.FAIL
