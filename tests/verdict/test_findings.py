"""What of a verdict belongs into the issue log, and what a later run may be said to have passed."""

from dataclasses import replace

import pytest

from harness.model.event import Ending
from harness.model.finding import Happening, Severity, Source, What, findings_of
from harness.model.scenario import Owner
from harness.model.verdict import Decision, Doubt, ObjectiveResult, Status, Verdict, View
from harness.verdict.findings import passes, sightings
from tests.fakes import sla
from tests.reports.made_up_verdicts import objective

OWNER = Owner("Service Transition", "transition@client.example")


def verdict(*results: ObjectiveResult, doubts: tuple[Doubt, ...] = (), **changes) -> Verdict:
    found = Verdict(Decision.NO_GO, "mock only", "", sla(), results, doubts)
    return replace(found, **changes)


def seen(found: Verdict, ending: Ending = Ending.COMPLETE, **changes):
    return sightings(found, scenario="small", owner=OWNER, ending=ending, **changes)


def passed(found: Verdict, *before: Verdict, ending: Ending = Ending.COMPLETE, **changes):
    """Return the titles of the findings of *before* that *found* has passed."""
    known = findings_of(
        Happening(each.id, What.SEEN, float(at), run=f"run {at}", sighting=each)
        for at, earlier in enumerate(before)
        for each in seen(earlier)
    )
    ids = passes(found, known.values(), scenario="small", ending=ending, **changes)
    return {known[id_].last.title for id_ in ids}


FAILED = objective(status=Status.FAIL)
PASSED = objective(status=Status.PASS)
OPEN = objective(status=Status.INCONCLUSIVE, decisive_here=True)


def test_a_failed_objective_is_one_finding_however_many_views_tell_of_it():
    """Callers and provider see one outage; its owner gets one issue, with the worse evidence."""
    provider = replace(OPEN, view=View.PROVIDER)
    found = seen(verdict(FAILED, provider))

    assert [each.title for each in found] == [f"{FAILED.name} in {FAILED.phase}"]
    assert found[0].severity is Severity.CRITICAL
    assert found[0].owner == FAILED.owner


def test_the_same_failure_has_the_same_id_whatever_its_numbers():
    """Else the next run's would look like news."""
    worse = replace(FAILED, value=0.01, n=12, low=0.0, high=0.1)

    assert seen(verdict(FAILED))[0].id == seen(verdict(worse))[0].id


@pytest.mark.parametrize(
    ("result", "severity"),
    [
        (FAILED, Severity.CRITICAL),
        (replace(FAILED, must_pass=False), Severity.MAJOR),
        (OPEN, Severity.MAJOR),
        (replace(OPEN, must_pass=False), Severity.MINOR),
        (replace(FAILED, status=Status.WAIVED), Severity.MINOR),
    ],
)
def test_how_grave_a_finding_is_follows_from_what_it_means_for_the_verdict(result, severity):
    """A must-pass failure stops a go-live; what was waived only stays in sight."""
    assert seen(verdict(result))[0].severity is severity


def test_what_need_not_be_decided_here_is_no_finding():
    """A pilot at a tenth of the load leaves much open, and nobody has to do anything about it."""
    assert seen(verdict(replace(OPEN, decisive_here=False), PASSED)) == ()


def test_a_doubt_is_the_same_doubt_when_its_numbers_differ():
    """A generator that was 5 s late tonight and 6 s tomorrow is one issue."""
    tonight, tomorrow = (
        seen(verdict(doubts=(Doubt(f"the generator was late: p99 {late} s"),)))[0]
        for late in (5.1, 6.25)
    )

    assert tonight.id == tomorrow.id
    assert (tonight.source, tonight.owner) == (Source.DOUBT, OWNER)
    assert "5.1" in tonight.evidence


def test_of_a_run_that_somebody_interrupted_only_failures_count():
    """Everything else is open because of a key that was pressed."""
    found = seen(
        verdict(FAILED, replace(OPEN, kpi="asa"), doubts=(Doubt("x"),)), Ending.INTERRUPTED
    )

    assert [each.title for each in found] == [f"{FAILED.name} in {FAILED.phase}"]


@pytest.mark.parametrize("changes", [{"control": True}, {"explored": True}])
def test_a_run_that_decides_nothing_finds_and_passes_nothing(changes: dict[str, bool]):
    """A control run has no fault in it: it cannot have passed what the fault was about."""
    explored = {"explored": True} if "explored" in changes else {}
    control = {"control": True} if "control" in changes else {}

    assert seen(verdict(FAILED, **explored), **control) == ()
    assert passed(verdict(PASSED, **explored), verdict(FAILED), **control) == set()


def test_a_run_passes_what_it_decided_well_by_every_view():
    """A provider that says it is fine does not outvote its callers."""
    title = f"{FAILED.name} in {FAILED.phase}"
    provider = replace(PASSED, view=View.PROVIDER)

    assert passed(verdict(PASSED, provider), verdict(FAILED)) == {title}
    assert passed(verdict(replace(PASSED, status=Status.WARN)), verdict(FAILED)) == {title}
    assert passed(verdict(OPEN, provider), verdict(FAILED)) == set()
    assert passed(verdict(), verdict(FAILED)) == set()


def test_a_doubt_is_passed_by_a_run_that_came_to_its_end_without_it():
    """A run that broke off early never came to where the doubt arises."""
    before = verdict(doubts=(Doubt("north was not shown to be healed"),))

    assert passed(verdict(PASSED), before) == {"north was not shown to be healed"}
    assert passed(verdict(PASSED), before, ending=Ending.GATE) == set()
    assert passed(before, before) == set()


def test_a_runbook_that_is_overdue_is_a_finding_until_a_run_finds_it_reviewed():
    """What people read at three in the morning should be of this year; nobody owes a root cause."""
    late = verdict(PASSED, overdue=("site_down.md was to be reviewed by 2026-03-01",))
    (found,) = seen(late)

    assert (found.title, found.severity) == ("review of site_down.md", Severity.MINOR)
    assert found.owner == OWNER
    assert not found.source.needs_cause
    assert passed(late, late) == set()
    assert passed(verdict(PASSED), late) == {"review of site_down.md"}
    assert passed(verdict(PASSED), late, ending=Ending.HALTED) == set()
