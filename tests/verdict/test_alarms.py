"""An alarm that did not come fails what the contract asks of alarms; one that cannot be told, opens it."""

from dataclasses import replace

import pytest

from harness.model.alarm import AlarmRun, ExpectedAlert
from harness.model.scenario import PhaseKind
from harness.model.verdict import ObjectiveResult, Status
from harness.verdict.judge import judge
from harness.verdict.words import alarm_text
from tests.fakes import (
    FakeEvidence,
    fault_plan,
    fault_run,
    objective,
    phase,
    phase_run,
    scenario,
    sla,
)

ALERT = ExpectedAlert("SiteDown", 60.0)
RUN = AlarmRun("id", "loss", "site_down north", "SiteDown", 60.0)
CAME = replace(RUN, fired_wall_s=12.4)
ASKED = sla(objective("alerts_missed", goal=0.0, kinds=(PhaseKind.FAULT,)))


def judged(
    *alarms: AlarmRun, expected: bool = True, proven_s: float | None = 102.0
) -> ObjectiveResult | None:
    alert = ALERT if expected else None
    plan = fault_plan(expect_alert=alert)
    run = FakeEvidence(
        scenario=scenario(phase("loss", PhaseKind.FAULT, faults=(plan,))),
        phase_runs=(phase_run("loss", PhaseKind.FAULT, end_s=900.0, held_s=900.0),),
        fault_runs=(broken := fault_run(phase="loss", proven_s=proven_s),),
        alarm_runs=tuple(replace(each, fault=broken.id) for each in alarms),
    )
    results = [r for r in judge(run, ASKED, about="").results if r.kpi == "alerts_missed"]
    return results[0] if results else None


@pytest.mark.parametrize(
    ("alarms", "status"),
    [
        ((CAME,), Status.PASS),
        ((RUN,), Status.FAIL),
        ((replace(CAME, fired_wall_s=61.0),), Status.FAIL),
        ((replace(CAME, doubt="it was firing before anything was broken"),), Status.INCONCLUSIVE),
        ((), Status.INCONCLUSIVE),
    ],
)
def test_only_an_alarm_that_was_seen_to_come_in_time_passes(alarms, status):
    """A fault that never raised it, and one that was never injected, are not the same."""
    assert judged(*alarms).status is status


@pytest.mark.parametrize(("alarm", "status"), [(RUN, Status.INCONCLUSIVE), (CAME, Status.PASS)])
def test_silence_about_a_fault_that_was_not_shown_is_no_missed_alarm(
    alarm: AlarmRun, status: Status
):
    """Perhaps there was nothing to raise it."""
    assert judged(alarm, proven_s=None).status is status


def test_a_missed_alarm_counts_beside_a_fault_that_was_not_shown():
    """What is certain is not excused by what is not."""
    plan = fault_plan(expect_alert=ALERT)
    shown = fault_run(phase="loss")
    dud = fault_run(phase="loss", injected_from_s=500.0, injected_s=501.0, proven_s=None)
    run = FakeEvidence(
        scenario=scenario(phase("loss", PhaseKind.FAULT, faults=(plan, plan))),
        phase_runs=(phase_run("loss", PhaseKind.FAULT, end_s=900.0, held_s=900.0),),
        fault_runs=(shown, dud),
        alarm_runs=tuple(replace(RUN, fault=each.id) for each in (shown, dud)),
    )
    (result,) = (r for r in judge(run, ASKED, about="").results if r.kpi == "alerts_missed")

    assert (result.status, result.value) == (Status.FAIL, 1.0)


def test_where_no_alert_is_expected_nothing_is_judged():
    """The contract may serve scenarios with and without."""
    assert judged(CAME, expected=False) is None


@pytest.mark.parametrize(
    ("alarm", "text"),
    [
        (CAME, "SiteDown fired after 12.4 s, 1m were agreed"),
        (replace(CAME, acknowledged_wall_s=80.0), "; acknowledged after 80.0 s"),
        (RUN, "did not fire while the fault lasted"),
        (replace(RUN, doubt="the operations room did not answer"), "did not answer"),
    ],
)
def test_what_became_of_an_alarm_is_told_in_words(alarm: AlarmRun, text: str):
    """In the report and in the verdict's sentence."""
    assert text in alarm_text(alarm)
