"""What needs agents is not decided where nobody, or not enough, was there to answer."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from harness.kpi.catalogue import CATALOGUE
from harness.model.event import LineCheck
from harness.model.scenario import PhaseKind
from harness.model.staffing import Crew, People, ShiftTally, StaffedBy, Staffing
from harness.model.verdict import Decision, Status
from harness.verdict.judge import judge, judge_phase
from harness.verdict.unanswered import NEEDS_NOBODY, absences
from tests.fakes import (
    FakeEvidence,
    abandoned,
    calls_of,
    counted_waits,
    every_second,
    facts,
    fault_run,
    objective,
    phase,
    phase_run,
    scenario,
    sla,
    spread,
)

RUNS = (phase_run(),)
NOBODY = Staffing(StaffedBy.NOBODY)
CREW = Crew({"north": {"billing": 10}})
BEGAN = datetime(2026, 12, 1, 9, tzinfo=UTC)


def tally(**changes: object) -> ShiftTally:
    fields: dict[str, object] = {
        "site": "north", "skill": "billing", "heads": 10, "offers": 100, "taken": 100,
        "handled": 100, "present_s": 9900.0, "wanted_s": 10_000.0,
    }  # fmt: skip
    return ShiftTally(**fields | changes)


def run(staffed_by: Staffing | None, *tallies: ShiftTally, good: bool = True, **changes: object):
    """Return a run in which nearly everybody was answered in time, or (not *good*) nobody was."""
    answered, waits = calls_of(spread(590, 600)), counted_waits(590, 600)
    if not good:
        answered = [abandoned(f"peak/calls/{i}", due_s=i) for i in range(600)]
        waits = counted_waits(0, 600)
    return FakeEvidence(
        scenario=scenario(staffed_by=staffed_by),
        phase_runs=RUNS,
        contacts=answered,
        scraped={"edge": every_second(RUNS, waits)},
        tallies=tallies,
        **changes,
    )


def ours(*tallies: ShiftTally, good: bool = True, **changes: object) -> FakeEvidence:
    return run(Staffing(StaffedBy.HARNESS, crew=CREW), *tallies, good=good, **changes)


def status_of(evidence: FakeEvidence) -> tuple[Decision, Status, str]:
    """Return the decision, and status and note of the service level."""
    verdict = judge(evidence, sla(objective()), about="")
    result = next(each for each in verdict.results if each.kpi == "service_level")
    return verdict.decision, result.status, result.note


def test_a_silent_test_environment_fails_nobody():
    """Every caller gave up, and the provider is not to blame: nobody was logged in."""
    assert status_of(run(None, good=False))[1] is Status.FAIL
    decision, status, note = status_of(run(NOBODY, good=False))

    assert (decision, status) == (Decision.INCONCLUSIVE, Status.INCONCLUSIVE)
    assert "staffed_by: nobody" in note


def test_on_a_target_of_somebody_else_silence_about_staff_means_nobody():
    """And the message says what to write."""
    evidence = run(None)
    evidence.target = replace(evidence.target, mock=None)
    decision, status, note = status_of(evidence)

    assert (decision, status) == (Decision.INCONCLUSIVE, Status.INCONCLUSIVE)
    assert "staffed_by: provider or harness" in note


def test_a_gate_does_not_stop_the_load_because_nobody_answers():
    """What the verdict does not fail, no gate may."""
    (result, *_) = judge_phase(run(NOBODY, good=False), sla(objective()), RUNS[0])

    assert result.status is Status.INCONCLUSIVE


def test_what_needs_no_agents_is_decided_all_the_same():
    """Trunks, API and ticket store can be rehearsed in an empty house."""
    contract = sla(objective(), objective("blocked", 0.01, 0.02, goal_text="<= 1 %"))
    verdict = judge(run(NOBODY), contract, about="")
    blocked = next(each for each in verdict.results if each.kpi == "blocked")

    assert blocked.status is not Status.INCONCLUSIVE
    assert CATALOGUE.keys() >= NEEDS_NOBODY


@pytest.mark.parametrize(
    ("reached", "status"), [("billing", Status.INCONCLUSIVE), ("support", Status.FAIL)]
)
def test_a_line_that_reached_its_queue_has_not_failed_for_want_of_agents(reached, status):
    """One that reached another queue has."""
    check = LineCheck("+441632960101", "billing", reached, None, ok=False, note="nobody answered")
    evidence = run(NOBODY, line_checks=(check,))
    evidence.scenario = scenario(phase("lines", PhaseKind.LINES), phase(), staffed_by=NOBODY)
    lines = next(
        each for each in judge(evidence, sla(objective()), about="").results if each.kpi == "lines"
    )

    assert lines.status is status


def test_the_providers_people_count_for_the_phases_in_which_they_were_there():
    """A run that overruns its window measures an empty room."""
    for hours, expected in ((1.0, Status.PASS), (0.1, Status.INCONCLUSIVE)):
        people = People(12, BEGAN - timedelta(hours=1), BEGAN + timedelta(hours=hours))
        evidence = run(
            Staffing(StaffedBy.PROVIDER, people=people),
            facts=facts(started_wall=BEGAN.timestamp()),
        )

        assert status_of(evidence)[1] is expected


def test_agents_of_ours_who_were_all_there_decide_everything():
    """The usual case says nothing."""
    assert absences(ours(tally())) == ()
    assert status_of(ours(tally()))[1] is Status.PASS


@pytest.mark.parametrize(
    ("found", "says"),
    [
        ((), "10 of 10 virtual agents for billing at north could not log in"),
        ((tally(absent=3, first_error="status 503"),), "3 of 10 * could not log in (status 503)"),
        ((tally(heads=6),), "4 of 10"),
        ((tally(present_s=5000.0),), "logged in for 50 % of their time"),
    ],
)
def test_agents_of_ours_who_were_not_there_leave_it_undecided(found, says):
    """Whatever the numbers say: it was another centre than the one that was declared."""
    evidence = ours(*found, good=False)
    decision, status, note = status_of(evidence)

    assert (decision, status) == (Decision.INCONCLUSIVE, Status.INCONCLUSIVE)
    assert all(part in note for part in says.split(" * "))


def test_agents_who_were_lost_with_a_broken_site_are_part_of_the_rehearsal():
    """They log in again; until then nobody is there, as it would be in earnest."""
    fault = fault_run(site="north")

    assert absences(ours(tally(present_s=5000.0), fault_runs=(fault,))) == ()


def test_slow_agents_of_ours_excuse_a_failure_and_not_a_success():
    """Our delay makes waits longer only: what passed in spite of it has passed."""
    slow = tally(slow=30, slowest_s=7.5)
    passed, failed = ours(slow), ours(slow, good=False)

    assert status_of(passed)[:2] == (Decision.INCONCLUSIVE, Status.PASS)
    assert status_of(failed)[:2] == (Decision.INCONCLUSIVE, Status.INCONCLUSIVE)
    assert "30 of 100 offers" in absences(passed)[0].what
