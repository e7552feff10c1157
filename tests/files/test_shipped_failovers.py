"""The failover scenarios that ship: each loads, says what it proves, and has a way back."""

from pathlib import Path

import pytest

from harness.files.load import Loaded, load
from harness.known import KNOWN
from harness.model.runbook import Runbook

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "scenarios/failover"
FILES = sorted(FOLDER.glob("*.yaml"))
PAGE = (ROOT / "docs/failovers.md").read_text(encoding="utf-8")


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def shipped(request: pytest.FixtureRequest) -> Loaded:
    """Return one of them, loaded."""
    return load(request.param, known=KNOWN)


def test_they_are_numbered_without_a_gap():
    """Who counts them on the page counts the same in the folder."""
    assert [path.stem[:3] for path in FILES] == [f"f{i:02d}" for i in range(1, len(FILES) + 1)]
    assert len(FILES) >= 17


def test_each_says_what_a_go_proves_and_stands_on_the_page(shipped: Loaded):
    """A verdict is only worth what it proves."""
    scenario = shipped.scenario
    number = int(scenario.name[1:3])

    assert scenario.proves.startswith(f"F{number}: a GO shows that ")
    assert f"| F{number} | `{scenario.path.stem}` |" in PAGE
    assert scenario.name == scenario.path.stem.replace("_", "-")


def test_each_is_short_enough_to_be_used(shipped: Loaded):
    """Two to four minutes: what takes longer is run once and never again."""
    assert shipped.scenario.duration_s / shipped.scenario.speed <= 240


def test_each_runbook_says_what_it_expects_and_how_to_go_back(shipped: Loaded):
    """No surprises, and a way out."""
    parts = ("## How it shows", "## Who acts", "## What we watch", "## When it is healed")
    for book in shipped.scenario.runbooks:
        text = Path(book.path).read_text(encoding="utf-8")

        assert book.expects is not None, book.path
        assert book.review_by is not None, book.path
        assert not [part for part in (*parts, "## Rollback") if part not in text], book.path


def test_each_is_judged_by_what_its_faults_do(shipped: Loaded):
    """A fault without an objective of its own is noise; and nothing may pass unforeseen."""
    asked = {objective.kpi for objective in shipped.sla.objectives}
    if any(phase.faults for phase in shipped.scenario.phases):
        assert "surprises" in asked
        assert asked & {"recovery", "talks_kept", "losses_elsewhere", "fault_losses"}


def test_every_runbook_that_ships_is_named_by_a_fault_or_a_header():
    """One that nothing leads to is found by nobody."""
    loaded = [load(path, known=KNOWN) for path in (*FILES, ROOT / "scenarios/pre_cutover.yaml")]
    books: set[Runbook] = {book for each in loaded for book in each.scenario.runbooks}
    named = {Path(book.path).name for book in books}
    said = " ".join(each.scenario.path.read_text(encoding="utf-8") for each in loaded)
    runbooks = [path.name for path in (ROOT / "scenarios/runbooks").glob("*.md")]
    texts = {
        name: (ROOT / "scenarios/runbooks" / name).read_text(encoding="utf-8") for name in runbooks
    }
    linked = {name for name in runbooks if any(f"({name})" in text for text in texts.values())}

    assert [n for n in runbooks if n not in named | linked and f"runbooks/{n}" not in said] == []
