"""An empty test environment: staffed by our own virtual agents, or by nobody at all."""

from pathlib import Path

import pytest

from tests.e2e.small_rehearsal import Rehearsal, run

pytestmark = pytest.mark.e2e


def steady(lasting: str) -> str:
    return f"{{name: peak, kind: steady, load: 100%, for: {lasting}}}"


@pytest.mark.nightly
def test_virtual_agents_carry_a_rehearsal_where_nobody_else_answers(tmp_path: Path):
    """From the first line to the last ticket; every answer was given by an agent of ours."""
    staffed = Rehearsal((steady("4m"),), staffed_by="harness", billing=40, support=30, speed=20)
    outcome = run(staffed, tmp_path)
    agents = outcome.result["staffing"]["agents"]
    calls = [call for call in outcome.record().calls() if call.answered_s is not None]

    assert outcome.exit_code in (0, 3), outcome.last_line + outcome.stderr
    assert {each["status"] for each in outcome.result["objectives"]} <= {"pass", "inconclusive"}
    assert outcome.result["lines"][0]["ok"], outcome.result["lines"]
    assert sum(each["heads"] for each in agents) == 220
    assert sum(each["absent"] for each in agents) == 0
    by_phone = [each for each in agents if each["skill"] != "tickets"]
    at_the_desk = [each for each in agents if each["skill"] == "tickets"]
    assert len(calls) > 50
    assert sum(each["taken"] for each in by_phone) >= len(calls)
    assert sum(each["handled"] for each in at_the_desk) > 0


@pytest.mark.nightly
def test_an_empty_house_is_inconclusive_and_says_why(tmp_path: Path):
    """Not NO-GO: that nobody answered is nobody's failure but the tester's."""
    outcome = run(Rehearsal((steady("3m"),), staffed_by="nobody"), tmp_path)
    status = {each["kpi"]: each["status"] for each in outcome.result["objectives"]}

    assert outcome.exit_code == 3, outcome.last_line
    assert "nobody was there to answer" in outcome.last_line
    assert status["service_level"] == status["lines"] == "inconclusive"
    assert status["lost_tickets"] == "pass"
