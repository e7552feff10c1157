"""A contract judged by the provider's metrics alone: nothing guessed, nothing passed unseen."""

from dataclasses import replace
from datetime import date

import pytest

from harness.kpi.increase import Increase
from harness.model.scenario import Owner, PhaseKind
from harness.model.sla import (
    Baseline,
    BaselineValue,
    Bound,
    Clock,
    Each,
    Formula,
    Hours,
    Progression,
    Sla,
    Waiver,
)
from harness.model.verdict import Aspect, Decision, Status
from harness.verdict.observed import needed, observed
from tests.fakes import objective, series, sla

DAY = date(2027, 3, 31)
MONTH_S = 2_592_000.0


def waits(good: float, n: float, *, queue: str = "billing") -> dict:
    """Return what the metrics of *queue* rose by: *good* of *n* answered within 20 s, none gave up."""
    return {
        series("cc_wait_seconds_bucket", queue=queue, outcome="answered", le="20.0"): good,
        series("cc_wait_seconds_count", queue=queue, outcome="answered"): n,
        series("cc_wait_seconds_count", queue=queue, outcome="abandoned"): 0.0,
    }


def judged(contract: Sla, rises: dict):
    """Return the observation of a month in which the metrics rose by *rises*."""
    return observed(contract, Increase(rises), over_s=MONTH_S, day=DAY)


def test_a_month_that_kept_the_contract_is_met():
    """The same limits and the same arithmetic as in a rehearsal's steady phase."""
    found = judged(sla(), waits(8_500, 10_000))
    (result,) = found.results

    assert found.decision is Decision.GO
    assert (result.status, result.value, result.n) == (Status.PASS, 0.85, 10_000)


def test_a_month_that_missed_it_is_missed():
    """Not undecided: ten thousand calls are enough."""
    found = judged(sla(), waits(7_000, 10_000))

    assert found.decision is Decision.NO_GO


def test_too_few_contacts_decide_nothing():
    """Three good calls on the first day are no proof."""
    found = judged(sla(), waits(3, 3))

    assert found.decision is Decision.INCONCLUSIVE


def test_metrics_that_are_not_there_are_never_a_pass():
    """A provider that stops telling has not become better."""
    found = judged(sla(objective(each=Each.QUEUE)), {})
    (result,) = found.results

    assert (result.status, result.value) == (Status.INCONCLUSIVE, None)
    assert found.decision is Decision.INCONCLUSIVE


def test_every_queue_that_the_metrics_know_is_judged_by_itself():
    """No scenario names them here, and a good queue must not hide a bad one."""
    rises = waits(9_000, 10_000) | waits(5_000, 10_000, queue="support")
    found = judged(sla(objective(each=Each.QUEUE)), rises)

    assert {each.scope: each.status for each in found.results} == {
        "billing": Status.PASS,
        "support": Status.FAIL,
    }


def test_what_the_metrics_do_not_keep_by_line_is_not_judged_by_all_together():
    """There are no callers here whose word could stand in for it."""
    found = judged(sla(objective(each=Each.LINE)), waits(9_500, 10_000))

    assert [(each.scope, each.status) for each in found.results] == [("", Status.INCONCLUSIVE)]


def test_lines_that_are_counted_together_are_no_line():
    """A page of metrics has room for so many; whoever has none is not judged by the rest."""
    rises = {
        series("cc_call_attempts_total", line=line, result="accepted"): 10_000.0
        for line in ("+441632960101", "other")
    }
    asked = objective("blocked", 0.05, 0.07, threshold_s=None, each=Each.LINE)

    assert {each.scope for each in judged(sla(asked), rises).results} == {"+441632960101"}


def test_only_the_queues_that_the_contract_names_are_judged():
    """The other has another contract; one that is named and not told of stays open."""
    contract = sla(objective(each=Each.QUEUE, only=("billing", "complaints")))
    found = judged(contract, waits(9_000, 10_000) | waits(0, 10_000, queue="support"))

    assert {each.scope: each.status for each in found.results} == {
        "billing": Status.PASS,
        "complaints": Status.INCONCLUSIVE,
    }


def test_each_priority_is_judged_by_its_own_clock():
    """A P1 within eight hours is not in time."""
    name = "cc_ticket_first_reply_seconds"
    contract = sla(
        objective(
            "ticket_first_reply",
            0.9,
            0.88,
            threshold_s=None,
            clocks={"P1": Clock(900.0), "P4": Clock(28_800.0)},
        )
    )
    rises = {
        series(f"{name}_bucket", priority=priority, le=le): count
        for priority in ("P1", "P4")
        for le, count in (("900.0", 100.0), ("28800.0", 1_000.0))
    } | {series(f"{name}_count", priority=priority): 1_000.0 for priority in ("P1", "P4")}
    found = judged(contract, rises)

    assert {each.scope: each.status for each in found.results} == {
        "P1": Status.FAIL,
        "P4": Status.PASS,
    }


@pytest.mark.parametrize(
    ("within", "status", "because"),
    [
        (600.0, Status.INCONCLUSIVE, "of the others nobody can tell what their nights were"),
        (950.0, Status.PASS, "what met it around the clock met it by day"),
    ],
)
def test_a_clock_that_stands_still_at_night_is_missed_by_no_night(
    within: float, status: Status, because: str
):
    """A ticket of Friday evening has four hours of business on Monday still."""
    name = "cc_ticket_first_reply_seconds"
    clocks = {"P3": Clock(14_400.0, Hours.BUSINESS)}
    asked = objective("ticket_first_reply", 0.9, 0.88, threshold_s=None, clocks=clocks)
    rises = {
        series(f"{name}_bucket", priority="P3", le="14400.0"): within,
        series(f"{name}_count", priority="P3"): 1_000.0,
    }
    (result,) = judged(sla(asked), rises).results

    assert result.status is status, because
    assert "stricter than the hours of the contract" in result.note


def test_what_only_a_rehearsal_can_tell_is_named_and_not_judged():
    """Recovery from a failure is not in last month's metrics, and a limit of faults not of a month."""
    of_faults = replace(objective("abandonment"), gates={PhaseKind.FAULT: Bound(0.3, 0.35)})
    contract = sla(objective(), objective("lost_tickets", 0, 0), of_faults)
    found = judged(contract, waits(8_500, 10_000))

    assert [each.kpi for each in found.unseen] == ["lost_tickets", "abandonment"]
    assert [each.kpi for each in found.results] == ["service_level"]


def test_a_waiver_counts_on_the_last_day_that_was_observed():
    """Next year's review of this month says the same."""
    contract = sla(objective())
    waiver = Waiver("service_level", DAY, Owner("QA", "qa@client.example"), "codec change")
    failing = waits(7_000, 10_000)
    during = judged(replace(contract, waivers=(waiver,)), failing)
    ended = judged(replace(contract, waivers=(replace(waiver, until=date(2027, 3, 30)),)), failing)

    assert [each.status for each in during.results] == [Status.WAIVED]
    assert [each.status for each in ended.results] == [Status.FAIL]


def test_the_standard_of_the_house_moves_with_the_months():
    """A dip is allowed at first; three years on the same month is not good enough any more."""
    base = BaselineValue("service_level", "", "peak", 0.8, 100_000, 20.0, 0.79, 0.81)
    contract = replace(
        sla(objective(goal=0.5, warn=0.48)),
        baseline=Baseline("in-house", "r0", "s", "0", (base,)),
    )

    def against(months: int) -> Status:
        moved = replace(contract, progression=Progression("in-house", 0.05, 6, 0.05, months))
        found = judged(moved, waits(77_000, 100_000))
        return next(e.status for e in found.results if e.aspect is Aspect.BASELINE)

    assert against(3) is Status.PASS
    assert against(40) is Status.FAIL


def test_a_standard_by_another_formula_is_none():
    """Of those who were answered 95 % were in time in house: nobody asked that of all callers."""
    values = tuple(
        BaselineValue("service_level", "", "peak", value, 100_000, 20.0, formula=formula)
        for formula, value in ((Formula.ANSWERED, 0.95), (Formula.OFFERED, 0.8))
    )
    contract = replace(
        sla(objective(goal=0.5, warn=0.48)),
        baseline=Baseline("in-house", "r0", "s", "0", values),
        progression=Progression("in-house", 0.05, 6, 0.05, 12),
    )
    found = judged(contract, waits(82_000, 100_000))

    assert [e.goal for e in found.results if e.aspect is Aspect.BASELINE] == [0.8]


def test_what_has_to_be_asked_for_is_what_the_kpis_read():
    """Counters by their rise, gauges by what counts of them."""
    contract = sla(
        objective(), objective("ticket_backlog", 10, 11), objective("longest_wait", 300, 330)
    )

    assert needed(contract) == {
        "cc_wait_seconds_bucket": "increase",
        "cc_wait_seconds_count": "increase",
        "cc_ticket_backlog": "last",
        "cc_longest_wait_seconds": "max",
    }
