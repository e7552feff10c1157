"""What a contact leads to: who calls again, when, how often, and under what name."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from scipy import stats

from harness.model.callers import CallAgain, Callers, Delay, TicketAfterCall
from harness.model.contact import Call, EndedBy, Outcome, Stream, Why
from harness.model.patience import BUSY
from harness.model.scenario import CallTraffic, Scenario, TicketTraffic
from harness.traffic.follow_up import (
    FollowUp,
    after_call,
    call_again,
    cause_to_call_again,
    chase,
    ticket_after,
)
from harness.traffic.schedule import PlannedCall, PlannedTicket, planned
from tests.fakes import abandoned, answered, blocked, call, phase, scenario

AGAIN = {
    Why.BLOCKED: CallAgain(0.8, Delay(20.0), 10),
    Why.DROPPED: CallAgain(0.8, Delay(20.0), 3),
    Why.ABANDONED: CallAgain(0.4, Delay(800.0, 1.3), 3),
    Why.REPEAT: CallAgain(0.8, Delay(28800.0, 1.5), 2),
}
ALWAYS = {why: CallAgain(1.0, Delay(20.0), 3) for why in AGAIN}
CUSTOMERS = 5000


def world(again: Mapping[Why, CallAgain] = AGAIN, **callers: Any) -> Scenario:
    """Return a scenario whose customers call *again* like that."""
    habits = Callers(again=again, **callers)
    calls = CallTraffic(1440.0, {"billing": 0.6, "support": 0.4}, BUSY, callers=habits)
    tickets = TicketTraffic(600.0, {"P1": 0.05, "P2": 0.15, "P3": 0.6, "P4": 0.2})
    return scenario(phase(), calls=calls, tickets=tickets)


def plan(number: int = 7, **changes: Any) -> PlannedCall:
    """Return the planned call of that number in a phase called peak."""
    made = PlannedCall(
        id=f"peak/calls/{number}",
        number=number,
        phase="peak",
        held=False,
        due_s=1.0,
        queue="billing",
        line="+441632960101",
        person=number % 2000,
        patience_s=60.0,
        reason="a complaint",
    )
    return replace(made, **changes)


def redials(why: Why, again: Mapping[Why, CallAgain] = AGAIN) -> list[FollowUp]:
    """Return the next calls of *CUSTOMERS* customers who have that cause at 1000 s."""
    there = world(again)
    made = [call_again(there, plan(n), why, now_s=1000.0) for n in range(CUSTOMERS)]
    return [each for each in made if each is not None]


@pytest.mark.parametrize("why", AGAIN)
def test_as_many_call_again_as_the_scenario_says(why: Why):
    """A binomial test on a fixed seed, for each cause apart."""
    found = stats.binomtest(len(redials(why)), CUSTOMERS, AGAIN[why].share)

    assert found.pvalue > 0.01


@pytest.mark.parametrize("why", [Why.ABANDONED, Why.REPEAT])
def test_delays_are_lognormal_with_the_scenarios_median(why: Why):
    """By the test of Kolmogorov and Smirnov."""
    after = AGAIN[why].after
    delays = [each.due_s - 1000.0 for each in redials(why)]
    judge = stats.lognorm(after.sigma, scale=after.median_s)

    assert stats.kstest(delays, judge.cdf).pvalue > 0.01


def test_a_delay_without_a_spread_is_exact():
    """Twenty seconds after the busy tone."""
    assert {each.due_s for each in redials(Why.BLOCKED)} == {1020.0}


def test_patience_is_drawn_anew():
    """Who has been cut off does not hang up after the very same wait each time."""
    waits = [
        each.plan.patience_s for each in redials(Why.DROPPED) if isinstance(each.plan, PlannedCall)
    ]

    assert stats.kstest(waits, stats.expon(scale=180.0).cdf).pvalue > 0.01


def test_the_same_matter_goes_on_under_a_name_of_its_own():
    """The parent is told, so that a report can follow a customer through a bad day."""
    first = plan()
    second = call_again(world(ALWAYS), first, Why.DROPPED, now_s=0.0)
    assert second is not None
    assert isinstance(second.plan, PlannedCall)
    third = call_again(world(ALWAYS), second.plan, Why.REPEAT, now_s=0.0)
    assert third is not None
    assert isinstance(third.plan, PlannedCall)

    assert (second.plan.id, second.plan.parent) == ("peak/calls/7/redial-1", "peak/calls/7")
    assert (third.plan.id, third.plan.parent) == ("peak/calls/7/repeat-2", "peak/calls/7/redial-1")
    assert third.plan.before == (Why.FIRST, Why.DROPPED)
    assert (third.plan.line, third.plan.person) == (first.line, first.person)


def chain(again: Mapping[Why, CallAgain], causes: list[Why]) -> list[str]:
    """Return the ids of the calls of one customer who has cause after cause to call again."""
    there, current, ids = world(again), plan(), []
    for why in causes:
        following = call_again(there, current, why, now_s=0.0)
        if following is None:
            break
        assert isinstance(following.plan, PlannedCall)
        current = following.plan
        ids.append(current.id)
    return ids


def test_each_cause_has_a_budget_of_its_own():
    """Three redials after a cut, and three more after a busy tone; then they give up."""
    assert len(chain(ALWAYS, [Why.DROPPED] * 9)) == 3
    assert len(chain(ALWAYS, [Why.DROPPED, Why.BLOCKED] * 9)) == 6


def test_no_two_calls_of_a_customer_share_an_id():
    """The id is the key under which the provider and we know a call."""
    ids = chain(ALWAYS, [Why.DROPPED, Why.ABANDONED, Why.REPEAT] * 9)

    assert len(set(ids)) == len(ids) == 9
    assert max(map(len, ids)) < len("peak/calls/7") + 12


def test_who_calls_again_does_not_depend_on_when():
    """It was settled before the run: a slow target changes no customer."""
    soon = call_again(world(ALWAYS), plan(), Why.DROPPED, now_s=10.0)
    late = call_again(world(ALWAYS), plan(), Why.DROPPED, now_s=500.0)
    assert soon is not None
    assert late is not None

    assert soon.plan == late.plan
    assert late.due_s - soon.due_s == 490.0


OVER = [
    (blocked(), Why.BLOCKED, "a busy tone"),
    (call(outcome=Outcome.FAILED, ended_s=1.0), Why.BLOCKED, "no connection"),
    (call(outcome=Outcome.UNKNOWN, ended_s=1.0), Why.BLOCKED, "no answer to the request"),
    (call(outcome=Outcome.FAILED, queued_s=1.0), Why.DROPPED, "cut off while waiting"),
    (answered(ended_by=EndedBy.DROPPED), Why.DROPPED, "cut off while talking"),
    (call(outcome=Outcome.CALLBACK, queued_s=1.0), Why.DROPPED, "a broken promise"),
    (abandoned(), Why.ABANDONED, "out of patience"),
    (answered(ended_by=EndedBy.CALLER, transferred_s=9.0), Why.ABANDONED, "in the second queue"),
    (answered(ended_by=EndedBy.AGENT, resolved=False), Why.REPEAT, "not helped"),
    (call(outcome=Outcome.CALLBACK, called_back_s=9.0, resolved=False), Why.REPEAT, "not then"),
    (answered(ended_by=EndedBy.AGENT, resolved=True), None, "helped"),
    (answered(ended_by=EndedBy.AGENT), None, "a provider that does not say"),
    (call(outcome=Outcome.REFUSED, ended_s=1.0), None, "closed, and told so"),
    (call(outcome=Outcome.CONTAINED, ended_s=1.0), None, "helped by the menu"),
    (call(outcome=Outcome.UNKNOWN, queued_s=1.0), None, "lost from our sight alone"),
    (call(outcome=Outcome.CALLBACK, called_back_s=9.0), None, "called back"),
    (call(), None, "still on its way"),
]


@pytest.mark.parametrize(("over", "why", "said"), OVER, ids=lambda each: str(each)[:30])
def test_how_a_call_ended_is_the_cause_of_the_next(over: Call, why: Why | None, said: str):
    """Kept apart, or the volume that a provider is sized for would be over-estimated."""
    assert cause_to_call_again(over) is why, said


def test_nobody_calls_again_for_a_cause_the_scenario_does_not_name():
    """A scenario of yesterday means what it meant."""
    assert list(after_call(world({}), plan(), abandoned(), now_s=1.0)) == []


def tickets(resolved: bool | None, why: Why = Why.FIRST) -> list[FollowUp]:
    """Return the tickets that *CUSTOMERS* customers write after such a talk."""
    there = world({}, ticket=TicketAfterCall(0.3, 0.8, Delay(300.0)))
    talk = answered(ended_by=EndedBy.AGENT, resolved=resolved)
    made = [ticket_after(there, plan(n, why=why), talk, now_s=50.0) for n in range(CUSTOMERS)]
    return [each for each in made if each is not None]


@pytest.mark.parametrize(("resolved", "share"), [(True, 0.3), (None, 0.3), (False, 0.8)])
def test_a_call_leads_to_a_ticket_more_often_if_it_did_not_help(
    resolved: bool | None, share: float
):
    """Who was not helped writes."""
    assert stats.binomtest(len(tickets(resolved)), CUSTOMERS, share).pvalue > 0.01


def test_the_ticket_of_a_call_names_it_and_has_the_priorities_of_the_others():
    """Else a busy phone would make tickets that no plan knows."""
    made = tickets(True)
    ranks = [each.plan.priority for each in made if isinstance(each.plan, PlannedTicket)]

    assert made[0].plan.id.removesuffix("/ticket") == made[0].plan.parent
    assert made[0].due_s == 350.0
    assert stats.binomtest(ranks.count("P3"), len(ranks), 0.6).pvalue > 0.01


def test_asking_after_a_ticket_opens_no_other():
    """They have one."""
    assert tickets(False, Why.CHASE) == []


def test_who_asks_after_a_ticket_calls_a_line_of_the_mix():
    """And may be cut off like anybody."""
    there = world(ALWAYS)
    written = next(planned(there, phase(), Stream.TICKETS))
    assert isinstance(written, PlannedTicket)
    asked = chase(there, written, number=2, due_s=99.0)
    assert isinstance(asked.plan, PlannedCall)
    again = call_again(there, asked.plan, Why.DROPPED, now_s=0.0)
    assert again is not None

    assert (asked.plan.id, asked.plan.parent) == (f"{written.id}/chase-2", written.id)
    assert asked.plan.line in there.lines[asked.plan.queue]
    assert (asked.plan.why, asked.due_s) == (Why.CHASE, 99.0)
    assert again.plan.id == f"{written.id}/chase-2/redial-1"


def test_redials_make_the_load_that_theory_says():
    """In a centre that is always busy every first call comes to 1 + .8 + .8² + … calls, at most 11."""
    there, placed = world(), 0
    for number in range(1000):
        current: PlannedCall | None = plan(number)
        while current is not None:
            placed += 1
            following = call_again(there, current, Why.BLOCKED, now_s=0.0)
            current = following.plan if following else None  # type: ignore[assignment]
    expected = math.fsum(0.8**n for n in range(11))

    assert placed / 1000 == pytest.approx(expected, rel=0.05)
