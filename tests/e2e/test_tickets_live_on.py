"""Tickets that live on, against a live mock: what customers lived, the provider counted too."""

from collections import Counter

import pytest

from harness.model.contact import StepKind, Ticket, Why, WriteOutcome
from tests.e2e.small_rehearsal import Outcome, Rehearsal, fault, run

pytestmark = [pytest.mark.e2e, pytest.mark.nightly]

LIVELY = Rehearsal(
    phases=(
        "{name: peak, kind: steady, load: 100%, for: 3m}",
        "{name: loss, kind: fault, load: 100%, for: 2m, faults: ["
        + fault("site_down", at="30s", lasting="60s")
        + "]}",
    ),
    objectives=(
        "{kpi: ticket_next_reply, goal: 50% within 1m, gates: {steady: 50%}, tolerance: 20 points}",
        '{kpi: ticket_reopened, goal: "<= 90%", gates: {steady: "<= 90%"}}',
        '{kpi: lost_tickets, goal: "<= 0"}',
        '{kpi: lost_updates, goal: "<= 0"}',
        '{kpi: duplicated_updates, goal: "<= 0"}',
    ),
    mock={
        "tickets": "{pending: 40%, escalated: 10%}",
        "ticket_work": "{mean: 20s, variation: 0.5}",
    },
    callers="patience: busy, opens_ticket: {share: 10%, after: 10s}",
    tickets=(
        "{per_hour: 1200, replies: {after: {median: 20s, sigma: 0.5}},"
        " reopens: {share: 30%, after: {median: 20s, sigma: 0.5}},"
        " escalations: {share: 50%, after: 50s}, chases: {share: 50%, after: 20s},"
        " attachments: 20%}"
    ),
)


@pytest.fixture(scope="module")
def lively(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return run(LIVELY, tmp_path_factory.mktemp("tickets"))


@pytest.fixture(scope="module")
def tickets(lively: Outcome) -> list[Ticket]:
    with lively.record() as record:
        return list(record.tickets())


def test_customers_do_all_that_the_scenario_says(tickets: list[Ticket]):
    """Every kind of step was taken, and the provider accepted what customers wrote."""
    steps = [step for ticket in tickets for step in ticket.steps]
    kinds = Counter(step.kind for step in steps)
    writes = Counter(step.outcome for step in steps if step.kind is StepKind.WROTE)

    assert set(kinds) >= set(StepKind) - {StepKind.HELD}
    assert writes[WriteOutcome.ACKNOWLEDGED] >= 0.9 * sum(writes.values())
    assert any(ticket.attachments for ticket in tickets)


def test_calls_lead_to_tickets_and_tickets_to_calls(lively: Outcome, tickets: list[Ticket]):
    """Each a contact of its own that names what it came from."""
    with lively.record() as record:
        chases = [call for call in record.calls() if call.why is Why.CHASE]

    after_calls = [ticket for ticket in tickets if ticket.parent]
    assert {call.parent for call in chases} <= {ticket.id for ticket in tickets}
    assert chases
    assert after_calls
    assert all("/calls/" in (ticket.parent or "") for ticket in after_calls)


def test_nothing_that_customers_wrote_is_lost_or_doubled_in_a_failover(lively: Outcome):
    """The leader of the store dies while they write; what was acknowledged is in a store."""
    audit = lively.result["tickets"]

    assert audit["complete"]
    assert audit["updates"] > 30
    assert (audit["lost_updates"], audit["duplicated_updates"], audit["divergent"]) == ([], [], [])


def test_both_views_tell_the_same_of_later_replies(lively: Outcome):
    """What customers waited for and what the provider counted are one thing."""
    values = {
        (each["view"], each["kpi"]): each["value"]
        for each in lively.result["objectives"]
        if each["phase"] == "peak" and each["aspect"] == "value"
    }

    for kpi in ("ticket_next_reply", "ticket_reopened"):
        callers, provider = values["callers", kpi], values["provider", kpi]
        assert callers == pytest.approx(provider, abs=0.15), kpi
