"""A finding is the sum of what happened to it: reopened by a failure, closed by a run alone."""

from itertools import permutations

from harness.model.finding import (
    Happening,
    RootCause,
    Severity,
    Sighting,
    Source,
    State,
    What,
    findings_of,
)
from harness.model.scenario import Owner

LEAD = Owner("Voice Platform Lead", "voice@client.example")
TRANSITION = Owner("Service Transition", "transition@client.example")
SEEN = Sighting("small", "asa in peak", Severity.CRITICAL, "asa 40 s > 28 s", LEAD)
CAUSE = RootCause("trunks sized for one site", "200 channels each", "site-loss")


def seen(at: float, sighting: Sighting = SEEN) -> Happening:
    return Happening(sighting.id, What.SEEN, at, run=f"run {at:g}", sighting=sighting)


def passed(at: float) -> Happening:
    return Happening(SEEN.id, What.PASSED, at, run=f"run {at:g}")


def said(at: float, **changes) -> Happening:
    return Happening(SEEN.id, What.SET, at, by="Lead", **changes)


def after(*happenings: Happening):
    return findings_of(happenings)[SEEN.id]


def test_a_finding_that_is_seen_again_is_one_finding_seen_twice():
    """The history tells how long it has been there."""
    found = after(seen(1), seen(2))

    assert (found.seen, found.first_run, found.last_run) == (2, "run 1", "run 2")
    assert found.state is State.OPEN


def test_a_fixed_finding_is_closed_by_a_run_that_passes_it_if_its_cause_is_known():
    """Root cause on every error: a mend that nobody can explain is luck."""
    fixed = said(2, state=State.FIXED)

    assert after(seen(1), fixed, passed(3)).state is State.FIXED
    assert after(seen(1), fixed, said(2.5, cause=CAUSE), passed(3)).state is State.CLOSED
    assert after(seen(1), fixed, said(2.5, cause=RootCause("why")), passed(3)).state is State.FIXED


def test_nobodys_word_closes_a_finding_that_no_run_has_passed():
    """``fixed`` is a claim."""
    found = after(seen(1), said(2, cause=CAUSE), said(3, state=State.FIXED))

    assert found.state is State.FIXED
    assert found.is_open


def test_a_run_that_began_before_the_mend_does_not_prove_it():
    """It ended later, but what it saw is older than what was said."""
    found = after(seen(1), passed(2), said(3, state=State.FIXED, cause=CAUSE))

    assert found.state is State.FIXED


def test_the_same_failure_opens_it_again():
    """Whether it was called fixed or closed; and what a run had passed counts no longer."""
    closed = (seen(1), said(2, state=State.FIXED, cause=CAUSE), passed(3))
    found = after(*closed, seen(4))

    assert after(*closed).state is State.CLOSED
    assert (found.state, found.reopened, found.passed_by) == (State.OPEN, 1, "")
    assert found.cause == CAUSE, "what was known of it is not forgotten"


def test_a_critical_finding_hinders_until_its_cause_is_known():
    """The go-live waits for an explanation, not only for a green run."""
    assert after(seen(1)).hinders
    assert after(seen(1), passed(2)).hinders
    assert not after(seen(1), said(2, cause=CAUSE)).hinders


def test_an_owner_who_was_handed_the_finding_keeps_it():
    """The contract's owner is the first; a person may know better."""
    handed_on = after(seen(1), said(2, owner=TRANSITION), seen(3))

    assert handed_on.owner == TRANSITION
    assert after(seen(1), seen(3)).owner == LEAD


def test_what_is_said_later_adds_to_the_root_cause():
    """Cause today, correction tomorrow."""
    found = after(
        seen(1),
        said(2, cause=RootCause(cause="why")),
        said(3, cause=RootCause(correction="what")),
    )

    assert found.cause == RootCause("why", "what")


def test_a_milestone_ends_when_it_is_met():
    """There is no root cause to look for in a date that has come."""
    late = Sighting("cutover", "milestone", Severity.MAJOR, "late", LEAD, Source.MILESTONE)
    met = Happening(late.id, What.PASSED, 2, run="")

    assert findings_of([seen(1, late), met])[late.id].state is State.CLOSED


def test_the_order_in_which_files_are_read_changes_nothing():
    """Histories are merged from many machines."""
    happenings = [seen(1), said(2, state=State.FIXED, cause=CAUSE), passed(3), seen(3), seen(4)]

    results = {repr(after(*order)) for order in permutations(happenings)}

    assert len(results) == 1


def test_what_is_said_of_a_finding_that_was_never_seen_is_left_out():
    """Its sighting may be in the half of the history that was not merged yet."""
    assert findings_of([passed(1), said(2, state=State.FIXED)]) == {}
