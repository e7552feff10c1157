"""The contact record survives the pipe between generator and harness unchanged."""

import json
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model.contact import (
    Call,
    Contact,
    EndedBy,
    Exchange,
    Outcome,
    StepKind,
    Ticket,
    TicketStep,
    Why,
    WriteOutcome,
    from_json,
    to_json,
)
from tests.fakes import answered, call, ticket

MOMENTS = st.integers(0, 360_000_000).map(lambda tenths_of_ms: tenths_of_ms / 10_000)
WORDS = st.text(max_size=20)
EXCHANGES = st.lists(
    st.builds(
        Exchange,
        step=WORDS,
        status=st.none() | st.integers(100, 599),
        wall_s=st.integers(0, 10_000_000).map(lambda us: us / 1_000_000),
    ),
    max_size=3,
).map(tuple)
STEPS = st.lists(
    st.builds(
        TicketStep,
        kind=st.sampled_from(StepKind),
        at_s=MOMENTS,
        outcome=st.none() | st.sampled_from(WriteOutcome),
    ),
    max_size=3,
).map(tuple)
OF_A_CALL = {
    "id": WORDS,
    "phase": WORDS,
    "held": st.booleans(),
    "queue": WORDS,
    "line": WORDS,
    "customer": WORDS,
    "parent": st.none() | WORDS,
    "why": st.sampled_from(Why),
    "due_s": MOMENTS,
    "started_s": MOMENTS,
    "queued_s": st.none() | MOMENTS,
    "answered_s": st.none() | MOMENTS,
    "transferred_s": st.none() | MOMENTS,
    "answered_again_s": st.none() | MOMENTS,
    "ended_s": st.none() | MOMENTS,
    "ivr_s": MOMENTS,
    "site_queued_s": st.none() | MOMENTS,
    "site_answered_s": st.none() | MOMENTS,
    "outcome": st.none() | st.sampled_from(Outcome),
    "ended_by": st.none() | st.sampled_from(EndedBy),
    "resolved": st.none() | st.booleans(),
    "promised_s": st.none() | MOMENTS,
    "called_back_s": st.none() | MOMENTS,
    "site": st.none() | WORDS,
    "provider_id": st.none() | WORDS,
    "error": st.none() | WORDS,
    "exchanges": EXCHANGES,
}
CALLS = st.builds(Call, **OF_A_CALL)
OF_A_TICKET = {
    "id": WORDS,
    "phase": WORDS,
    "held": st.booleans(),
    "priority": WORDS,
    "customer": WORDS,
    "parent": st.none() | WORDS,
    "due_s": MOMENTS,
    "started_s": MOMENTS,
    "acknowledged_s": st.none() | MOMENTS,
    "replied_s": st.none() | MOMENTS,
    "solved_s": st.none() | MOMENTS,
    "steps": STEPS,
    "attachments": st.integers(0, 9),
    "subject": WORDS,
    "outcome": st.none() | st.sampled_from(WriteOutcome),
    "site": st.none() | WORDS,
    "provider_id": st.none() | WORDS,
    "error": st.none() | WORDS,
    "exchanges": EXCHANGES,
}
WRITTEN = st.builds(Ticket, **OF_A_TICKET)


@given(CALLS | WRITTEN)
def test_a_contact_comes_back_as_it_was_written(contact: Contact):
    """What Locust logs and what the record reads are the same customer."""
    assert from_json(to_json(contact)) == contact


def test_the_properties_try_every_field_of_a_contact():
    """A field that is new and that nobody tries may be lost on the way."""
    assert OF_A_CALL.keys() == {each.name for each in fields(Call)}
    assert OF_A_TICKET.keys() == {each.name for each in fields(Ticket)}


@given(CALLS | WRITTEN)
def test_a_contact_is_one_line(contact: Contact):
    """The log is read line by line while it grows: no field may break a line."""
    assert len(to_json(contact).splitlines()) == 1


@given(CALLS | WRITTEN, st.floats(0, 1, exclude_max=True))
def test_a_truncated_line_is_no_contact(contact: Contact, share: float):
    """A generator that was killed in the middle of a line must not leave half a customer."""
    line = to_json(contact)

    with pytest.raises(ValueError):
        from_json(line[: int(len(line) * share)])


def test_what_did_not_happen_is_left_out():
    """Most fields of most contacts never happen; an hour of them is a file all the same."""
    fields = json.loads(to_json(call()))

    assert set(fields) == {
        "stream", "id", "phase", "queue", "line", "customer", "due_s", "started_s",
    }  # fmt: skip


@pytest.mark.parametrize(
    "line",
    [
        pytest.param('{"stream":"calls","id":"a"}', id="fields that every call has are missing"),
        pytest.param('{"stream":"tickets","id":"a","colour":"red"}', id="a field nobody knows"),
        pytest.param('{"stream":"calls","outcome":"vanished"}', id="an outcome nobody knows"),
        pytest.param(
            to_json(ticket()).replace('"tickets"', '"faxes"'), id="a whole one of no stream we know"
        ),
    ],
)
def test_what_is_not_a_whole_record_is_refused(line: str):
    """The reader's promise: a contact or a ValueError, nothing between."""
    with pytest.raises(ValueError):
        from_json(line)


@pytest.mark.parametrize("line", ["{}", "[]", "7", '{"stream":"calls","exchanges":[["a"]]}'])
def test_json_that_is_no_record_is_refused_as_such(line: str):
    """The docstring promises ValueError; whoever reads a foreign log catches that alone."""
    with pytest.raises(ValueError):
        from_json(line)


def test_the_wait_runs_from_the_due_time_without_the_ivr():
    """A late generator must not shorten what the customer would have waited."""
    late = answered(due_s=10.0, started_s=14.0, answered_s=40.0, ivr_s=5.0)

    assert late.wait_s == 25.0


def test_nobody_answered_is_not_a_wait_of_zero():
    """None means that it did not happen."""
    assert call().wait_s is None


def test_the_sites_wait_needs_both_of_its_stamps():
    """Half a measurement is none."""
    assert answered(site_answered_s=9.0).site_wait_s is None


def test_a_first_reply_is_timed_from_the_due_time():
    """As with calls: the customer's clock starts when they wanted to write."""
    assert ticket(due_s=10.0, started_s=12.0, replied_s=70.0).first_reply_s == 60.0


def test_the_life_of_a_ticket_comes_back_as_it_was_written():
    """A write whose answer never came has no outcome, and that is not the same as none."""
    lived = ticket(
        attachments=2,
        steps=(
            TicketStep(StepKind.REPLIED, 60.5),
            TicketStep(StepKind.WROTE, 70.0, WriteOutcome.ACKNOWLEDGED),
            TicketStep(StepKind.WROTE, 80.0),
        ),
    )

    assert from_json(to_json(lived)) == lived


def test_a_ticket_of_which_nothing_more_happened_takes_no_more_room():
    """A million of them are kept."""
    line = to_json(ticket())

    assert "steps" not in line
    assert "attachments" not in line
