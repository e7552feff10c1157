"""Before a run on the mock centre: its own word on its section, and what a plan keeps."""

from pathlib import Path

import pytest

from harness.by_hand import setting
from harness.errors import UsageError
from harness.feasibility.searching import Wanted
from harness.preflight import SearchFor, check, examine
from tests.e2e.small_rehearsal import Rehearsal

STEADY = "{name: peak, kind: steady, load: 100%, for: 30m}"


async def test_a_slip_in_the_mocks_section_is_told_with_its_line(tmp_path: Path):
    """The mock knows no files: whoever is told ``mock.talk.meen`` alone has to search for it."""
    path = Rehearsal(phases=(STEADY,), mock={"talk": "{meen: 150s}"}).write(tmp_path)
    profile = tmp_path / "target.yaml"
    line = next(n for n, text in enumerate(profile.read_text().splitlines(), 1) if "meen" in text)

    with pytest.raises(UsageError) as refused:
        await check(path)
    with pytest.raises(UsageError) as refused_by_hand:
        await setting(profile, path, speed=1, seed=None)

    for error in (refused, refused_by_hand):
        (problem,) = error.value.problems
        assert problem.where == f"{profile}:{line}: mock.talk.meen"
        assert "did you mean 'mean'?" in problem.want


async def test_a_search_keeps_the_files_that_it_was_made_from(tmp_path: Path):
    """As any run does: its record is no evidence without them."""
    path = Rehearsal(phases=(STEADY,)).write(tmp_path)

    plan, _ = await examine(path, search=SearchFor(Wanted()))

    assert {each.name: each.text for each in plan.files} == {
        "scenario.yaml": path.read_text(),
        "sla.yaml": (tmp_path / "sla.yaml").read_text(),
        "target.yaml": (tmp_path / "target.yaml").read_text(),
    }


async def test_a_fault_that_the_mock_could_not_have_is_told_with_its_line(tmp_path: Path):
    """Ordered in the middle of the run it would be refused, and count for nothing."""
    faults = (
        "[{kind: ivr_down, site: north, at: 2m, for: 4m, runbook: runbook.md},"
        " {kind: link_latency, site: north, delay: 15s, at: 8m, for: 4m, runbook: runbook.md},"
        " {kind: site_down, site: south, at: 14m, for: 4m, runbook: runbook.md},"
        " {kind: rolling_restart, at: 20m, for: 4m, runbook: runbook.md}]"
    )
    phases = (STEADY, f"{{name: broken, kind: fault, load: 100%, for: 30m, faults: {faults}}}")
    path = Rehearsal(phases=phases).write(tmp_path)
    line = next(n for n, text in enumerate(path.read_text().splitlines(), 1) if "broken" in text)

    with pytest.raises(UsageError) as refused:
        await check(path)

    assert [(each.where, each.found) for each in refused.value.problems] == [
        (f"{path}:{line}: phases[2].faults[0].kind", "'ivr_down'"),
        (f"{path}:{line}: phases[2].faults[1].delay", "15.0"),
    ]
    menu, delay = (each.want for each in refused.value.problems)
    assert menu.startswith("a fault that this centre can have: ")
    assert delay == "a number from 0.001 to 10"
