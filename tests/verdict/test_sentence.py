"""The last line of a run: verdict and reason, in words a manager reads aloud."""

from typing import Any

import pytest

from harness.model.scenario import PhaseKind
from harness.model.sla import Direction, Unit
from harness.model.verdict import Decision, Doubt, ObjectiveResult, Status, View
from harness.verdict.sentence import finding, sentence
from harness.verdict.words import quantity, seconds, still_needed
from tests.fakes import OWNER


def result(**changes: Any) -> ObjectiveResult:
    """Return a failed service level of billing in the phase of the site loss."""
    fields: dict[str, Any] = {
        "kpi": "service_level",
        "scope": "billing",
        "view": View.CALLERS,
        "phase": "loss",
        "kind": PhaseKind.FAULT,
        "status": Status.FAIL,
        "goal": 0.80,
        "warn": 0.78,
        "goal_text": "80/20",
        "unit": Unit.SHARE,
        "direction": Direction.MORE,
        "owner": OWNER,
        "must_pass": True,
        "decisive_here": True,
        "value": 0.713,
        "low": 0.68,
        "high": 0.74,
        "n": 310,
    }
    return ObjectiveResult(**fields | changes)


SECONDS: dict[str, Any] = {
    "kpi": "recovery", "scope": "site_down north", "unit": Unit.SECONDS,
    "direction": Direction.LESS, "goal": 180.0, "value": 192.4, "low": 184.0, "high": 201.0,
}  # fmt: skip
COUNT: dict[str, Any] = {
    "kpi": "lost_tickets", "scope": "", "unit": Unit.COUNT, "direction": Direction.LESS,
    "phase": "run", "kind": None, "goal": 0.0, "value": 3.0, "low": None, "high": None,
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "service_level[billing] 71.3 % (68–74) < 80 % in loss"),
        (
            {"view": View.PROVIDER},
            "service_level[billing] 71.3 % (68–74) < 80 % by the provider's own metrics in loss",
        ),
        ({"value": None}, "service_level[billing] could not be measured in loss"),
        ({"value": 0.8}, "service_level[billing] 80 % (68–74) = 80 % in loss"),
        ({"low": None}, "service_level[billing] 71.3 % < 80 % in loss"),
        (
            {"low": None, "goal": 0.9995, "value": 0.999},
            "service_level[billing] 99.9 % < 99.95 % in loss",
        ),
        (
            {"low": None, "goal": 0.9725, "value": 0.9722},
            "service_level[billing] 97.22 % < 97.25 % in loss",
        ),
        ({"scope": ""}, "service_level 71.3 % (68–74) < 80 % in loss"),
        (SECONDS, "recovery[site_down north] 3m12s (184–201) > 3m in loss"),
        (COUNT, "lost_tickets 3 > 0"),
    ],
)
def test_a_finding_says_what_was_found_how_sure_what_was_wanted_and_where(changes, expected):
    """The parts of the sentence, in this order."""
    assert finding(result(**changes)) == expected


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (0.713, Unit.SHARE, "71.3 %"),
        (12.44, Unit.SECONDS, "12.4 s"),
        (0.3456, Unit.SECONDS, "346 ms"),
        (125.0, Unit.SECONDS, "2m5s"),
        (3.0, Unit.COUNT, "3"),
        (None, Unit.SHARE, "–"),
    ],
)
def test_values_are_written_as_people_write_them(value: float | None, unit: Unit, expected: str):
    """Units in words, no digits that mean nothing, and no zero for what was not measured."""
    assert quantity(value, unit) == expected


def test_a_near_miss_does_not_look_like_a_hit():
    """79.96 % that failed a goal of 80 % must not be printed as 80 %."""
    assert quantity(0.7996, Unit.SHARE, beside=0.80) == "79.96 %"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"more_contacts": 310, "more_s": 775.0},
            "needs 310 more contacts, about 13 min at this rate",
        ),
        ({"more_contacts": 2, "more_s": 5.0}, "needs 2 more contacts, about 5 s at this rate"),
        ({"more_contacts": 310}, "needs 310 more contacts"),
        ({}, ""),
        ({"status": Status.FAIL, "more_contacts": 310}, ""),
    ],
)
def test_what_is_still_needed_is_said_in_contacts_and_time(changes, expected):
    """INCONCLUSIVE is an answer one can act on."""
    assert still_needed(result(**{"status": Status.INCONCLUSIVE} | changes)) == expected


def test_a_no_go_names_what_failed():
    """Verdict and first reason in one line, with the ids that prove it."""
    lost = result(**COUNT, ids=("t1", "t2", "t3", "t4"))
    passed = result(status=Status.PASS)

    assert sentence(Decision.NO_GO, [passed, result(), lost], [Doubt("too late")]) == (
        "service_level[billing] 71.3 % (68–74) < 80 % in loss;"
        " lost_tickets 3 > 0 (t1, t2, t3 and 1 more) (in doubt: too late)"
    )


def test_an_objective_that_two_views_tell_of_is_named_once():
    """Three places are few: the provider's own figure stands in the report."""
    callers, provider = result(), result(view=View.PROVIDER, value=0.75)

    text = sentence(Decision.NO_GO, [callers, provider], [])
    assert text == "service_level[billing] 71.3 % (68–74) < 80 % in loss"


def test_two_goals_of_one_kpi_are_both_named():
    """Who mends what the first reason names must not meet the second in the next run."""
    short, long = result(threshold_s=20.0), result(threshold_s=60.0, goal=0.95)

    assert sentence(Decision.NO_GO, [short, long], []) == (
        "service_level[billing] 71.3 % (68–74) < 80 % in loss;"
        " service_level[billing] 71.3 % (68–74) < 95 % in loss"
    )


def test_what_needs_most_is_named_first():
    """Who lengthens the run by the smallest need has to come back for the largest."""
    few = result(status=Status.INCONCLUSIVE, value=0.81, more_contacts=2)
    many = result(status=Status.INCONCLUSIVE, value=0.81, more_contacts=700, scope="support")

    text = sentence(Decision.INCONCLUSIVE, [few, many], [])
    assert text.index("[support]") < text.index("[billing]")


def test_only_three_reasons_are_named():
    """The report has the rest."""
    text = sentence(Decision.NO_GO, [result(scope=str(i)) for i in range(5)], [])

    assert text.endswith("in loss; and 2 more")
    assert text.count("service_level[") == 3


def test_inconclusive_puts_our_own_failings_first():
    """What the tester did wrong comes before what the provider could not show."""
    open_ = result(status=Status.INCONCLUSIVE, value=0.81, more_contacts=310)
    text = sentence(Decision.INCONCLUSIVE, [open_], [Doubt("the generator was late")])

    assert text == (
        "the generator was late; service_level[billing] 81 % (68–74) > 80 % in loss:"
        " needs 310 more contacts"
    )


@pytest.mark.parametrize("changes", [{"must_pass": False}, {"decisive_here": False}])
def test_inconclusive_does_not_name_what_blocks_nothing(changes: dict[str, Any]):
    """Only what keeps the run from a GO."""
    beside = result(status=Status.INCONCLUSIVE, scope="support", **changes)

    assert "support" not in sentence(Decision.INCONCLUSIVE, [beside], [Doubt("late")])


def test_a_go_counts_what_was_met_and_lists_the_warnings():
    """A GO with a warning is read differently from one without."""
    passed, warned = result(status=Status.PASS), result(status=Status.WARN, value=0.79)
    other = result(status=Status.PASS, scope="support")

    assert sentence(Decision.GO, [passed, other], []) == "2 objectives met, none failed"
    assert sentence(Decision.GO, [passed, warned], []) == (
        "1 objective met, none failed; warned: service_level[billing] 79 % (68–74) < 80 % in loss"
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.3804, "380 ms"), (0.9994, "999 ms"), (0.9996, "1.0 s"), (12.44, "12.4 s"),
        (99.94, "99.9 s"), (99.96, "1m40s"), (125.0, "2m5s"), (None, "–"),
    ],
)  # fmt: skip
def test_a_wait_is_rounded_before_its_unit_is_chosen(value: float | None, text: str):
    """Nobody writes "1000 ms", or a hundred seconds in two ways."""
    assert seconds(value) == text
