"""A surge day in a soak: held with the backup pool, and not without it."""

from pathlib import Path

import pytest

from tests.e2e.small_rehearsal import Rehearsal, fault, run

pytestmark = [pytest.mark.e2e, pytest.mark.nightly]

CALLED = ", ".join(
    fault("backup_called", site=site, at="30s", lasting="14m") for site in ("north", "south")
)
SURGE = Rehearsal(
    phases=(
        "{name: morning, kind: soak, load: 100%, for: 5m}",
        f"{{name: surge, kind: fault, load: 155%, for: 16m, faults: [{CALLED}]}}",
    ),
    objectives=(
        "{kpi: service_level, goal: 80/20, gates: {soak: 75%, fault: {goal: 75%, warn: 65%}}}",
    ),
    mock={
        "backup": "{heads: {billing: 18, support: 13}, delay: 30s, pace: 1.0, provisioned: yes}",
        "replication": "synchronous",
    },
    billing=25,
    support=17,
    speed=25,
)


def test_a_surge_is_carried_with_the_backup_pool_and_not_without(tmp_path: Path):
    """The same customers twice; only whether the pool was called differs.

    Were the roster enough by itself, the pool would have proven nothing.
    """
    with_pool, without = tmp_path / "with", tmp_path / "without"
    for folder in (with_pool, without):
        folder.mkdir()
    held = run(SURGE, with_pool)
    swamped = run(SURGE, without, "--control")

    level = {
        name: next(
            each["value"]
            for each in outcome.result["objectives"]
            if each["phase"] == "surge" and each["view"] == "callers"
        )
        for name, outcome in (("with", held), ("without", swamped))
    }
    assert held.exit_code == 0, held.last_line
    assert swamped.exit_code == 1, swamped.last_line
    assert level["with"] > level["without"] + 0.2
    assert all(each["proven_s"] is not None for each in held.result["faults"])
