"""What only shows in the long run, planted in the mock centre: each is found, and named."""

import re
from pathlib import Path

import pytest

from harness.model.verdict import ObjectiveResult, Status, Verdict, View
from harness.verdict.judge import judge
from tests.e2e.small_rehearsal import Outcome, Rehearsal, run

pytestmark = [pytest.mark.e2e, pytest.mark.nightly]

ASKED = (
    "{kpi: service_level, goal: 80/20, gates: {soak: 80%}}",
    '{kpi: steadiness, goal: "<= 0"}',
    '{kpi: memory_growth, goal: "<= 6"}',
)
QUIET = "{per_hour: 60, priorities: {P1: 5%, P2: 15%, P3: 60%, P4: 20%}}"


def soak(lasts: str) -> str:
    return f"{{name: soak, kind: soak, load: 100%, for: {lasts}}}"


def judged(outcome: Outcome) -> tuple[Verdict, dict[str, ObjectiveResult]]:
    with outcome.record() as record:
        verdict = judge(record, record.sla, about="")
    return verdict, {each.kpi: each for each in verdict.results if each.view is View.CALLERS}


@pytest.mark.timeout(600)
def test_a_leak_and_a_slow_decay_are_both_named(tmp_path: Path):
    """Three hours of a centre whose agents tire, and whose sites forget what they have held."""
    planted = {"defects": "{slows_down_per_hour: 18%, leaks_per_call_bytes: 40000}"}
    rehearsal = Rehearsal(
        (soak("3h"),), ASKED, mock=planted, tickets=QUIET, billing=30, support=20, speed=60
    )
    outcome = run(rehearsal, tmp_path, deadline_s=500)
    _, results = judged(outcome)

    assert outcome.exit_code == 1, outcome.last_line
    assert results["steadiness"].status is Status.FAIL
    assert re.match(r"service_level falls by \d+.* an hour", results["steadiness"].note)
    assert results["memory_growth"].status is Status.FAIL
    assert results["memory_growth"].note in ("north gained most", "south gained most")


@pytest.mark.timeout(600)
def test_metrics_that_freeze_are_a_doubt_that_names_the_page(tmp_path: Path):
    """Old figures of a centre that was well are the best figures there are."""
    planted = {"defects": "{freezes_metrics_after: 20m}"}
    rehearsal = Rehearsal((soak("90m"),), ASKED, mock=planted, tickets=QUIET, speed=60)
    outcome = run(rehearsal, tmp_path, deadline_s=500)
    verdict, _ = judged(outcome)

    assert outcome.exit_code in (1, 3), outcome.last_line
    assert [each.what for each in verdict.doubts if "stood still in soak" in each.what]


@pytest.mark.timeout(4500)
def test_hours_that_are_bad_every_night_are_named(tmp_path: Path):
    """The day is well staffed, and so is the figure of the day; who calls at four knows better."""
    billing = '{"05:00-03:00": 14, "03:00-05:00": 2}'
    rehearsal = Rehearsal(
        (soak("49h"),),
        ASKED,
        mock={"starts_at": "2026-03-02T00:00"},
        tickets=QUIET,
        billing=billing,
        support=12,
        speed=60,
        per_hour=240,
    )
    outcome = run(rehearsal, tmp_path, deadline_s=4200)
    _, results = judged(outcome)
    note = results["steadiness"].note

    assert results["service_level"].status in (Status.PASS, Status.WARN)
    assert results["steadiness"].status is Status.FAIL
    # The centre's calendar is ahead of the run's clock by as long as it took to start everything.
    assert re.search(
        r"service_level misses its limit at 0[234]:00 of the run's clock on each", note
    )
