"""What a clock that was set does to a verdict: what it spoils is left out, or in doubt."""

from dataclasses import replace

from harness.model.event import ClockStep, Level
from harness.model.verdict import Decision
from harness.verdict.clocks import clock_notes, doubts_of_the_clocks, known_waits
from harness.verdict.items import evidence_of
from harness.verdict.judge import judge
from tests.fakes import FakeEvidence, answered, facts, objective, phase_run, sla

STEP = ClockStep("north", after_s=300.0, at_s=302.0, by_wall_s=30.0)


def run(*, speed: float = 60.0, across: int = 0, steps: tuple[ClockStep, ...] = (STEP,)):
    """Return a run of 400 answered calls at north, of whom *across* wait at 301 s."""
    calls = [
        answered(
            f"peak/calls/{number}", due_s=310.0 + number / 10, wait_s=5.0,
            site_queued_s=310.0 + number / 10, site_answered_s=315.0 + number / 10,
        )
        for number in range(400 - across)
    ]  # fmt: skip
    calls += [
        answered(
            f"peak/calls/{1000 + number}", due_s=299.0, wait_s=5.0,
            site_queued_s=299.0, site_answered_s=299.0 + 5.0 + 30.0 * speed,
        )
        for number in range(across)
    ]  # fmt: skip
    return FakeEvidence(
        facts=facts(speed=speed),
        phase_runs=(phase_run("peak", start_s=0.0, end_s=600.0),),
        contacts=calls,
        set_clocks=steps,
    )


def test_waits_across_a_step_are_left_out_where_stamps_are_judged():
    """A wait of 5 s would be counted as one of half an hour."""
    found = run(across=3)
    (evidence,) = evidence_of(found, found.phases())

    assert len(evidence.calls) == 397
    assert max(evidence.calls.site_wait_s) < 6.0
    assert len(evidence.calls.requests) == 397


def test_a_few_left_out_leave_the_verdict_as_it_is_and_are_remarked():
    """Three of four hundred move no service level by a point."""
    found = run(across=3)

    assert list(doubts_of_the_clocks(found)) == []
    (note,) = clock_notes(found)
    assert note.startswith("the clock of north was set on by 30.0 s at 5m2s")
    assert "left out" in note


def test_more_than_a_few_put_the_phase_in_doubt():
    """A whole rush waited: what it waited is not known, and a guess is no evidence."""
    (doubt,) = doubts_of_the_clocks(run(across=5))

    assert doubt.phase == "peak"
    assert doubt.what.startswith("5 of 400 answered calls waited while a site's clock was set")


def test_a_run_in_doubt_by_a_clock_is_no_go():
    """And says so in its last line."""
    verdict = judge(run(across=40), sla(objective()), about="mock only")

    assert verdict.decision is not Decision.GO
    assert any("clock was set" in doubt.what for doubt in verdict.doubts)


def test_where_the_callers_own_clock_is_honest_nothing_is_left_out():
    """Up to speed 25 no wait is judged by the site's stamps."""
    found = run(speed=20.0, across=40)
    (evidence,) = evidence_of(found, found.phases())

    assert len(evidence.calls) == 400
    assert list(doubts_of_the_clocks(found)) == []
    assert "callers' figures do not go by it" in next(iter(clock_notes(found)))


def test_a_step_of_one_site_spoils_nothing_at_another():
    """Each stamps by its own clock."""
    step = replace(STEP, site="south")
    found = run(across=40, steps=(step,))
    (evidence,) = evidence_of(found, found.phases())

    assert len(evidence.calls) == 400
    assert list(doubts_of_the_clocks(found)) == []


def test_our_own_clock_is_a_remark_and_our_own_sleep_a_doubt():
    """Waits go by the time that passed; while we slept, no time passed for us alone."""
    set_back = ClockStep("", 100.0, 100.0, -3600.0)
    slept = ClockStep("", 200.0, 200.0, 0.0, slept_wall_s=600.0)
    found = run(steps=(set_back, slept))

    assert next(iter(clock_notes(found))).startswith(
        "the clock of this machine was set back by 3600.0 s at 1m40s"
    )
    assert len(list(clock_notes(found))) == 1
    (doubt,) = doubts_of_the_clocks(found)
    assert doubt.what.startswith("this machine slept for 600 s at 3m20s")


def test_columns_without_a_step_are_the_same_columns():
    """A million calls are not copied for nothing."""
    found = run(steps=())
    (evidence,) = evidence_of(found, found.phases())

    assert known_waits(evidence.calls, ()) is evidence.calls


def test_what_people_are_told_says_whose_clock_and_how_far():
    """In the log, the live picture, and the report's list of events."""
    assert str(STEP.told()) == "clock_set of=north by=+30.0 s"
    assert str(ClockStep("", 1.0, 1.0, -2.0).told()) == "clock_set of=this machine by=-2.0 s"
    slept = ClockStep("", 1.0, 1.0, 0.0, 600.0).told()
    assert (str(slept), slept.level) == ("machine_slept for=600.0 s", Level.ERROR)
