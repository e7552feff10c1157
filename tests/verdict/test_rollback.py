"""A rollback: timed from the order to the last call that went elsewhere, by the callers' word."""

from dataclasses import replace
from typing import Any

import pytest

from harness.model.contact import Call, EndedBy, Outcome
from harness.model.handover import Step, StepRun
from harness.model.scenario import Load, PhaseKind
from harness.model.verdict import Decision, ObjectiveResult, Status
from harness.verdict.judge import judge
from harness.verdict.rollback import rollback_results, too_few
from tests.fakes import FakeEvidence, call, phase, phase_run, scenario, scrape, series, sla

ENOUGH = {"billing": 90, "support": 90}


def back(site_of_last: str = "home", *, at_s: float = 30.0, **changes: Any) -> FakeEvidence:
    """Return a run whose order came at 0 s, and whose last call elsewhere was due *at_s*."""
    step = Step({"home": 1.0}, {}, back_within_s=120.0)
    planned = replace(phase("back", PhaseKind.RECOVERY), step=step)
    calls = [
        talked("a", 5.0, "home"),
        talked("b", at_s, site_of_last),
        talked("c", 300.0, "home"),
    ]
    plain = FakeEvidence()
    fake = FakeEvidence(
        target=replace(plain.target, handle_s={"billing": 180.0}),
        scenario=replace(scenario(planned), in_house="home"),
        phase_runs=(phase_run("back", PhaseKind.RECOVERY),),
        contacts=calls,
        taken=(StepRun("back", 0.0, 0.4, ENOUGH),),
    )
    return replace(fake, **changes)


def talked(name: str, due_s: float, site: str, ended_by: EndedBy = EndedBy.AGENT) -> Call:
    return replace(
        call(name, due_s=due_s, phase="back"),
        site=site,
        outcome=Outcome.ANSWERED,
        answered_s=due_s + 3.0,
        ended_s=due_s + 60.0,
        ended_by=ended_by,
    )


def result(run: FakeEvidence) -> ObjectiveResult:
    (found,) = rollback_results(run)
    return found


def test_it_is_over_with_the_last_call_that_went_elsewhere():
    """An order that was accepted proves nothing: callers know where they got."""
    assert result(back("north", at_s=30.0)).value == pytest.approx(30.0, abs=1.0)
    assert result(back("home")).value == pytest.approx(0.4)


def test_in_time_with_everybody_there_is_a_pass():
    """The rehearsal that a cutover needs before it may begin."""
    assert result(back("north", at_s=30.0)).status is Status.PASS


@pytest.mark.parametrize(
    ("run", "why"),
    [
        (back("north", at_s=200.0), "still went elsewhere"),
        (back(taken=(StepRun("back", 0.0, 0.4, {"billing": 1, "support": 90}),)), "busy"),
        (
            back(
                contacts=[
                    talked("a", 5.0, "home"),
                    talked("b", 9.0, "north", EndedBy.DROPPED),
                ]
            ),
            "1 caller dropped",
        ),
        (back(taken=(StepRun("back", 0.0, None, ENOUGH, "409 no"),)), "not made: 409 no"),
    ],
)
def test_late_dropped_or_understaffed_is_no_rollback(run: FakeEvidence, why: str):
    """Each by itself: fast is no use if nobody answers, and nobody may be hung up on."""
    found = result(run)

    assert found.status is not Status.PASS
    assert why in found.note
    assert judge(run, sla(), about="").decision is not Decision.GO


@pytest.mark.parametrize(("ended_s", "status"), [(130.0, Status.PASS), (200.0, Status.FAIL)])
def test_who_was_lost_while_nobody_saw_anything_was_not_dropped(ended_s: float, status: Status):
    """A provider takes the end of our network for a caller who hangs up; and later drops count."""
    dropped = replace(talked("d", 90.0, "home", EndedBy.DROPPED), ended_s=ended_s)
    tried = [call(f"t{at}", due_s=float(at), phase="back", outcome=Outcome.FAILED,
                  ended_s=float(at)) for at in range(105, 150)]  # fmt: skip
    pages = [
        scrape(float(at), {series("process_start_time_seconds"): 5.0}, ok=not 100 <= at < 150)
        for at in range(620)
    ]
    run = back("north", at_s=30.0)
    run = replace(
        run,
        contacts=[*run.contacts, dropped, *tried],
        scraped={
            source: [
                replace(each, source=source, values=each.values if each.ok else {})
                for each in pages
            ]
            for source in ("edge", "north", "south")
        },
    )

    assert result(run).status is status


def test_heads_are_enough_only_if_they_carry_the_mean_load():
    """Fewer than are busy on average, and the queue grows without end."""
    run = back()
    target = replace(run.target, handle_s={"billing": 180.0})
    calls = run.scenario.calls
    assert calls is not None
    busy = calls.per_hour * calls.mix["billing"] * 180 / 3600
    planned = replace(run.scenario.phases[0], load=Load(1.0, 1.0))

    assert too_few(run.scenario, target, planned, {"billing": int(busy) - 1})
    assert not too_few(run.scenario, target, planned, {"billing": int(busy) + 1})


def test_nobody_is_needed_for_a_queue_that_nobody_calls():
    """A queue that is listed with no share of the calls asks for no heads."""
    run = back()
    target = replace(run.target, handle_s={"billing": 180.0})
    planned = replace(run.scenario.phases[0], load=Load(0.0, 0.0))

    assert not too_few(run.scenario, target, planned, {})
