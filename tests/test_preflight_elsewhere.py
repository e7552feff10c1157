"""Before a run against a target that somebody else runs: what it lacks is said, not faked."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.adapter.reference import ReferenceAdapter
from harness.errors import UsageError
from harness.feasibility.lacking import lacking
from harness.model.finding import Happening, Severity, Sighting, What
from harness.model.scenario import Owner
from harness.preflight import check, examine
from harness.record.history import History
from tests.e2e.small_rehearsal import Rehearsal, fault

PROFILE = """\
name: acme-uat
virtual_clock: yes
edge: http://127.0.0.1:9
sites: {{north: http://127.0.0.1:9, south: http://127.0.0.1:9}}
authentication: {authentication}
offers: [{offers}]
"""
STEADY = "{name: peak, kind: steady, load: 100%, for: 30m}"


def scenario(folder: Path, *phases: str, offers: str, authentication: str = "{kind: none}") -> Path:
    path = Rehearsal(phases=phases or (STEADY,), staffed_by="target").write(folder)
    (folder / "target.yaml").write_text(
        PROFILE.format(offers=offers, authentication=authentication)
    )
    return path


async def test_a_target_without_calls_gets_none_and_the_plan_says_so(tmp_path: Path):
    """Nothing is sent that the provider does not take, and nobody can overlook that."""
    plan = await check(scenario(tmp_path, offers="tickets"))

    assert plan.scenario.calls is None
    assert plan.scenario.lines == {}
    assert any("LEFT OUT: 1440 calls an hour" in note.text for note in plan.notes)


async def test_a_target_without_tickets_gets_none_and_the_plan_says_so(tmp_path: Path):
    """The lines are still called: they are what it takes."""
    plan = await check(scenario(tmp_path, offers="calls"))

    assert plan.scenario.tickets is None
    assert plan.scenario.lines
    assert any("LEFT OUT: 600 tickets an hour" in note.text for note in plan.notes)


async def test_a_missing_secret_is_one_of_the_problems(tmp_path: Path, monkeypatch):
    """It is told before anything is started, by `check` already."""
    monkeypatch.delenv("ACME_TOKEN", raising=False)
    bearer = "{kind: bearer, token: {env: ACME_TOKEN}}"

    with pytest.raises(UsageError, match="ACME_TOKEN\n    wanted: the secret"):
        await check(scenario(tmp_path, offers="calls", authentication=bearer))


async def test_a_fault_of_the_mock_is_refused_on_a_target_elsewhere(tmp_path: Path):
    """It would be ordered at an admin port that nobody has; the run would be undecided for it."""
    down = fault("site_down", at="1m", lasting="2m")
    breaking = f"{{name: loss, kind: fault, load: 100%, for: 5m, faults: [{down}]}}"

    with pytest.raises(UsageError, match="acme-uat is run by somebody else"):
        await check(scenario(tmp_path, STEADY, breaking, offers="calls, tickets"))


async def test_a_fault_that_needs_the_target_to_reach_us_is_refused_elsewhere(tmp_path: Path):
    """Our receiver listens on this machine alone: nothing would be refused there, nothing proven."""
    line = 'line: "+441632960101", at: 1m, for: 2m, runbook: runbook.md'
    breaking = f"{{kind: webhook_outage, {line}}}"
    phase = f"{{name: loss, kind: fault, load: 100%, for: 5m, faults: [{breaking}]}}"
    plan = await check(scenario(tmp_path, STEADY, phase, offers="calls, tickets"))
    remote = plan.target.remote
    assert remote is not None
    away = replace(plan.target, remote=replace(remote, edge="https://203.0.113.9"))

    (problem,) = lacking(plan.scenario, away, ReferenceAdapter)
    assert "would have to reach this machine" in problem.found
    assert list(lacking(plan.scenario, plan.target, ReferenceAdapter)) == []


async def test_a_rollback_without_enough_people_is_refused_and_a_step_without_a_way_back_is_said(
    tmp_path: Path,
):
    """People in-house go home early: then the route back leads to an empty room."""
    shipped = Path(__file__).parent.parent / "scenarios"
    text = (shipped / "rollback.yaml").read_text().replace(": targets/", f": {shipped}/targets/")
    text = text.replace(": sla/", f": {shipped}/sla/")
    few = "heads: {in-house: {billing: 20}, north:"
    path = tmp_path / "rollback.yaml"
    path.write_text(text.replace("heads: {north:", few))

    plan, problems = await examine(path)

    assert [p.found for p in problems] == ["20 in-house for billing, whose calls keep 43 busy"]
    assert any("no way back from this step" in note.text for note in plan.notes)


async def test_a_line_that_the_target_does_not_have_is_refused(tmp_path: Path):
    """A number by mistake may ring anywhere."""
    path = scenario(tmp_path, offers="calls")
    with (tmp_path / "target.yaml").open("a") as profile:
        profile.write('lines: {billing: ["+441632960101"], support: ["+441632960299"]}\n')

    with pytest.raises(UsageError, match=r"\+441632960201, which is none of the"):
        await check(path)


async def test_a_metric_that_no_kpi_is_made_of_is_refused(tmp_path: Path):
    """A slip in a name would leave a KPI untold, and nobody would know why."""
    path = scenario(tmp_path, offers="calls")
    with (tmp_path / "target.yaml").open("a") as profile:
        profile.write(
            "metrics: {sources: {edge: http://127.0.0.1:9/m}, names: {cc_wait_second: w}}\n"
        )

    with pytest.raises(UsageError, match="did you mean 'cc_wait_seconds'"):
        await check(path)


async def test_a_closed_finding_is_known_with_what_moved_it(tmp_path: Path):
    """Come back, it is reopened and no new one; and why it was stands in the record."""
    path = scenario(tmp_path, offers="calls")
    told = Sighting("small", "asa in peak", Severity.MAJOR, "40 s", Owner("A", "a@x.test"))
    seen = Happening(told.id, What.SEEN, 1.0, run="one", sighting=told)
    closed = Happening(told.id, What.CLOSED, 2.0, by="A", note="asked for no more")
    history = History(tmp_path / "history")
    history.keep([seen, closed])
    plan, _ = await examine(path, history=history)

    assert [each.happened for each in plan.known] == [(seen, closed)]


STAFFED = """\
staffing: {north: {billing: HEADS, support: HEADS, tickets: 40}}
handle_time: 3m
shrinkage: SHRINKAGE
"""


def staffed(folder: Path, *, heads: int, shrinkage: str) -> Path:
    """Write the rehearsal on a target that tells who works at the first of its two sites."""
    path = scenario(folder, offers="calls, tickets")
    text = STAFFED.replace("HEADS", str(heads)).replace("SHRINKAGE", shrinkage)
    with (folder / "target.yaml").open("a") as profile:
        profile.write(text)
    return path


async def test_a_profile_may_staff_some_of_its_sites(tmp_path: Path):
    """What is not declared is not known; it is nobody's mistake."""
    _, problems = await examine(staffed(tmp_path, heads=80, shrinkage="0%"))

    assert problems == []


async def test_what_is_refused_is_not_remarked_on_as_well(tmp_path: Path):
    """One says that theory may err by more than that, the other that it may not."""
    plan, problems = await examine(staffed(tmp_path, heads=80, shrinkage="70%"))
    refused = {each.where for each in problems}

    assert any("service_level in peak" in where for where in refused)
    assert not [note for note in plan.notes if note.where in refused]
    assert "not by more than theory" not in " ".join(note.text for note in plan.notes)
