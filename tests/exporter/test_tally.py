"""Contacts are counted once each, however often the log tells of them."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from harness.exporter.tally import Tally
from harness.model.contact import Outcome, Stream, Why, WriteOutcome
from tests.fakes import abandoned, answered, blocked, call, ticket


def in_states(id_: str):
    """Return an answered call as the log tells of it: begun, waiting, talking, over."""
    whole = answered(id_, due_s=10.0)
    begun = call(id_, due_s=10.0)
    waiting = replace(begun, queued_s=10.0)
    return [begun, waiting, replace(whole, ended_s=None), whole]


def test_a_call_is_one_arrival_and_one_outcome_whatever_the_log_says_of_it():
    """Four lines of one customer are not four customers."""
    tally = Tally()
    for each in in_states("peak/calls/0"):
        tally.add([each])

    assert tally.arrivals == {(Stream.CALLS, Why.FIRST): 1}
    assert tally.outcomes == {(Stream.CALLS, Outcome.ANSWERED): 1}
    assert tally.lags(Stream.CALLS)[-1] == (float("inf"), 1)


def test_a_call_stands_in_one_state_at_a_time():
    """Else those who wait would be counted among those who talk."""
    tally, seen = Tally(), []
    for each in in_states("peak/calls/0"):
        tally.add([each])
        seen.append({state for (_, state), count in tally.states.items() if count})

    assert seen == [{"placing"}, {"waiting"}, {"talking"}, {"over"}]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3)), max_size=60))
def test_the_states_always_add_up_to_the_contacts(told: list[tuple[int, int]]):
    """Nobody is counted twice, nobody is lost, in whatever order workers report."""
    tally, far = Tally(), dict.fromkeys(range(10), -1)
    for number, state in told:
        if state > far[number]:
            far[number] = state
            tally.add([in_states(f"peak/calls/{number}")[state]])

    came = sum(state >= 0 for state in far.values())
    assert sum(tally.states.values()) == sum(tally.arrivals.values()) == came
    assert min(tally.states.values(), default=0) >= 0


def test_a_call_that_was_promised_to_be_called_back_is_heard_of_again_and_stays_one():
    """The callback is made after the call is over."""
    promised = abandoned(outcome=Outcome.CALLBACK, promised_s=300.0)
    tally = Tally()
    tally.add([promised])
    tally.add([replace(promised, called_back_s=280.0)])

    assert sum(tally.arrivals.values()) == 1
    assert tally.outcomes == {(Stream.CALLS, Outcome.CALLBACK): 1}


def test_a_ticket_that_is_opened_again_is_no_new_one():
    """Its id stays known for as long as the run lasts."""
    new = ticket(outcome=WriteOutcome.ACKNOWLEDGED, acknowledged_s=1.0)
    solved = replace(new, replied_s=50.0, solved_s=60.0)
    tally = Tally()
    for each in (new, solved, replace(solved, solved_s=None), solved):
        tally.add([each])

    assert tally.arrivals == {(Stream.TICKETS, Why.FIRST): 1}
    assert tally.states[Stream.TICKETS, "solved"] == 1


def test_a_lag_falls_into_the_bucket_that_prometheus_would_put_it_into():
    """A bucket holds what is at most its bound, the bound itself too."""
    tally = Tally()
    tally.add([blocked("a", started_s=0.1), blocked("b", started_s=0.11)])
    lags = dict(tally.lags(Stream.CALLS))

    assert (lags[0.05], lags[0.1], lags[0.25], lags[float("inf")]) == (0, 1, 2, 2)


def test_a_soak_of_a_week_takes_a_byte_for_each_ticket():
    """A ticket may be opened again at any time, so it cannot be forgotten; a call can."""
    tally = Tally()
    for number in range(2000):
        tally.add([answered(f"soak/calls/{number}", due_s=1.0)])
        tally.add([ticket(f"soak/tickets/{number}", solved_s=9.0)])
        tally.add([ticket(f"soak/calls/{number}/ticket", solved_s=9.0)])
        tally.add([answered(f"soak/calls/{number}/redial-1", due_s=1.0)])

    assert len(tally._known) <= 4 * 2000
    assert not tally._known._others


@given(st.lists(st.sampled_from(["a/1", "a/2", "a/1/ticket", "a/1/redial-1", "x", "7", "a/é", ""])))
def test_whatever_an_id_looks_like_it_is_one_contact(ids: list[str]):
    """Ids are those of a schedule; whoever adapts a provider may have others."""
    tally = Tally()
    for each in ids:
        tally.add([ticket(each)])

    assert sum(tally.arrivals.values()) == len(set(ids))
