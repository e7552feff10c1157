"""Measured recovery against the moment at which the mock really recovered, by its own log.

One site, so that nobody is served while it is broken: what customers feel ends when the centre says
that it ended. Five injections of each fault, at times that no check of the mock's can be in step
with. The log is the mock's own; the measurement knows nothing of it.
"""

import random
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from harness.verdict.items import recoveries_of
from tests.e2e.small_rehearsal import Rehearsal, fault, run

pytestmark = [pytest.mark.e2e, pytest.mark.nightly, pytest.mark.timeout(420)]

INJECTIONS = 5
EVERY_S = 360
SPEED = 20
LOG_ERROR_S = 0.05 * SPEED
"""A line of the log is written within so much of what it tells: fifty milliseconds of wall time."""
BACK = {"site_down": "site_up", "site_hang": "site_up"}
"""What the edge tells when calls go to a site again; of other faults, when the last one ended."""


def jittered(kind: str) -> Rehearsal:
    """Return a rehearsal with five injections of *kind*, no two after the same pause."""
    rng = random.Random(kind)
    faults = []
    for number in range(INJECTIONS):
        at_s = 60 + number * EVERY_S + rng.uniform(0.0, 60.0)
        for_s = rng.uniform(40.0, 100.0)
        one = fault(kind, at=f"{at_s:.2f}s", lasting=f"{for_s:.2f}s")
        faults.append(one.replace("site: north, ", "") if kind == "api_errors" else one)
    phase = f"{{name: breaks, kind: fault, load: 200%, for: {INJECTIONS * EVERY_S + 60}s, faults: ["
    return Rehearsal(
        (phase + ", ".join(faults) + "]}",),
        objectives=('{kpi: recovery, goal: "<= 10m", restored_at: 80/20}',),
        billing=180,
        support=130,
        speed=SPEED,
        sites=("north",),
    )


def told(log: Path, event: str) -> list[float]:
    """Return the moments (wall seconds) of *event* in *log*."""
    lines = [line for line in log.read_text().splitlines() if f" {event} " in line]
    return [datetime.fromisoformat(line.split()[0]).timestamp() for line in lines]


def really_s(logs: Path, kind: str) -> list[float]:
    """Return how long each injection really lasted (centre seconds), by the mock's own log."""
    struck = told(logs / "supervisor.log", "fault_injected")
    back = told(logs / "edge.log", BACK[kind]) if kind in BACK else None
    ends = back or told(logs / "supervisor.log", "fault_healed")
    return [(min(end for end in ends if end > at) - at) * SPEED for at in struck]


@pytest.mark.parametrize("kind", ["site_down", "site_hang", "trunk_loss", "api_errors"])
def test_recovery_agrees_with_the_mocks_own_log_within_the_printed_error(
    tmp_path: Path, kind: str, tell: Callable[[str], None]
):
    """A recovery time is only worth what its error says."""
    outcome = run(jittered(kind), tmp_path)
    with outcome.record() as record:
        measured = recoveries_of(record, record.sla)
        faults = record.faults()
    truths = really_s(outcome.folder / "logs" / "mock_center", kind)

    assert len(measured) == len(truths) == INJECTIONS
    assert all(each.proven for each in faults), "a fault that did not bite proves nothing"
    assert all(each.healed for each in faults)
    for found, truth_s in zip(measured, truths, strict=True):
        assert found.recovered_s is not None, "it was not seen to be over"
        tell(
            f"{kind}: recovery {found.recovered_s:.1f} s ± {found.error_s:.1f} s,"
            f" by the mock's log {truth_s:.1f} s"
        )
    for found, truth_s in zip(measured, truths, strict=True):
        assert abs((found.recovered_s or 0.0) - truth_s) <= found.error_s + LOG_ERROR_S
