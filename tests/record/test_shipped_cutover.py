"""The cutover that ships: what its scenarios can show, what lacks is named, and the mock is none.

The runs are made up, and show what the shipped scenarios plan and no more: whoever takes the site loss
out of one of them, or the volume, hears of it here.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from harness.files.cutover import is_cutover, load_cutover
from harness.files.load import load
from harness.known import KNOWN
from harness.model.cutover import Answer, Cutover, Proof, Standing
from harness.model.finding import findings_of
from harness.model.history import RehearsedFault, RehearsedPhase, RunSummary
from harness.preflight import scenarios_in
from harness.record.decision import decide
from tests.record.test_decision import TAKEN_BACK, run, seen

FOLDER = Path(__file__).parents[2] / "scenarios"
DAY = date(2027, 2, 26)


def shipped() -> Cutover:
    """Return the cutover as it ships, its milestones done."""
    found = load_cutover(FOLDER / "cutover.yaml", kpis=KNOWN.kpis, today=DAY)
    done = tuple(replace(each, done=each.due) for each in found.milestones)
    return replace(found, milestones=done)


CUTOVER = shipped()
SCENARIOS = {each.name: each for required in CUTOVER.required for each in required.scenarios}


def a_run(name: str, *, about: str = "", days_old: int = 1) -> RunSummary:
    """Return a GO of the shipped scenario *name* that shows what it plans."""
    named = SCENARIOS[name]
    scenario = load(Path(named.path), known=KNOWN).scenario
    begun = datetime(DAY.year, DAY.month, DAY.day, 2, tzinfo=UTC) - timedelta(days=days_old)
    taken_back = any(each.step.back_within_s is not None for each in scenario.phases)
    lines = sum(map(len, scenario.lines.values()))
    return run(
        name,
        scenario_sha256=named.sha256,
        sla_sha256=CUTOVER.sla_sha256,
        about=about,
        started_wall=begun.timestamp(),
        speed=scenario.speed,
        lines_probed=lines,
        lines_ok=lines,
        lines_handed_over=lines,
        phases=tuple(
            RehearsedPhase(each.name, each.kind, each.load.peak, each.duration_s)
            for each in scenario.phases
        ),
        faults=tuple(
            RehearsedFault(fault.kind, fault.place, proven=True, healed=True, recovered_s=30.0)
            for each in scenario.phases
            for fault in each.faults
        ),
        objectives=(TAKEN_BACK,) if taken_back else (),
    )


@cache
def every_run() -> dict[str, RunSummary]:
    """Return a GO of each; not made where tests are only collected."""
    return {name: a_run(name) for name in SCENARIOS}


def decided(runs, happened=()):
    return decide(CUTOVER, list(runs), findings_of(happened), day=DAY)


def needing(proof: Proof) -> Iterator[str]:
    yield from (
        each.name for required in CUTOVER.required if required.proof is proof
        for each in required.scenarios
    )  # fmt: skip


def test_what_its_scenarios_plan_is_enough_for_a_go_once_a_signed_target_has_shown_it():
    """All eight proofs: lines, both volumes, eighteen failovers, one at speed 1, soak, ways back."""
    release = decided(every_run().values())

    assert (release.answer, release.reasons, release.conditions) == (Answer.GO, (), ())
    assert {each.proof for each in release.evidence} == set(Proof)
    assert len(release.of(Proof.FAILOVERS)) == 18


@pytest.mark.parametrize("proof", list(Proof))
def test_each_kind_of_evidence_that_is_taken_away_is_named(proof: Proof):
    """With the command that gets it."""
    gone = set(needing(proof))
    release = decided(each for name, each in every_run().items() if name not in gone)
    missing = [each for each in release.of(proof) if each.standing is Standing.MISSING]

    assert release.answer is Answer.NO_GO
    assert {each.scenario for each in missing} == gone
    assert any(reason.startswith(f"{proof} is missing: no run of") for reason in release.reasons)
    for name in gone:
        path = Path(SCENARIOS[name].path)
        asked = {f"harness run {path}", f"harness run {path.parent}/"}
        assert asked & set(release.next_steps), name


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_each_run_that_has_grown_old_is_named(name: str):
    """A month and a half is too old for any of them."""
    others = [run for other, run in every_run().items() if other != name]
    release = decided([*others, a_run(name, days_old=45)])
    stale = [each for each in release.evidence if each.standing is Standing.STALE]

    assert release.answer is Answer.NO_GO
    assert {each.scenario for each in stale} == {name}
    assert all("45 days old" in each.what for each in stale)


def test_an_open_must_pass_finding_without_a_root_cause_refuses():
    """Every proof is there, and one night cannot be explained."""
    finding = seen(scenario="soak", title="service_level[billing] in soak")
    release = decided(every_run().values(), [finding])

    assert release.answer is Answer.NO_GO
    assert release.reasons == (
        f"finding {finding.finding}, service_level[billing] in soak of soak: no root cause",
    )


def test_on_the_mock_it_is_no_go_whatever_the_mock_was_able_to_do():
    """A stand-in has taken nobody's calls: each proof is there, and of too little."""
    release = decided(a_run(name, about="mock only") for name in SCENARIOS)

    assert release.answer is Answer.NO_GO
    assert {each.standing for each in release.evidence} == {Standing.INSUFFICIENT}
    assert all("on a target that is mock, not signed" in each.what for each in release.evidence)


@pytest.mark.parametrize("name", ["growth", "site-loss-at-speed-1"])
def test_a_scenario_that_ships_for_it_alone_can_be_run(name: str):
    """And says in its first lines what a GO of it proves."""
    scenario = load(Path(SCENARIOS[name].path), known=KNOWN).scenario

    assert scenario.proves


def test_the_folder_that_it_stands_in_is_still_a_folder_of_scenarios():
    """`harness check scenarios/` takes it for none of them."""
    assert is_cutover(FOLDER / "cutover.yaml")
    assert FOLDER / "cutover.yaml" not in scenarios_in(FOLDER)
    assert FOLDER / "soak.yaml" in scenarios_in(FOLDER)
