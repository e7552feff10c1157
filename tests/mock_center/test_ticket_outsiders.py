"""Ticket agents from outside: who is offered what, and where a ticket goes that nobody takes."""

from collections.abc import Callable

import pytest

from mock_center.acd.agents import State
from mock_center.acd.engine import WrongStateError
from mock_center.tickets.desk import Desk, Task, Work
from mock_center.tickets.outsiders import Outsiders


def task(name: str, priority: str = "P2", created_at: float = 0.0, **more: object) -> Task:
    return Task(name, f"r-{name}", priority, created_at, **more)


def empty_desk() -> Desk:
    return Desk(0, lambda _: Work(reply_s=10.0, solve_s=2.0))


def test_the_desk_hands_out_what_its_own_agents_would_have_taken_next():
    """Who answers must not change in which order customers are answered."""
    desk = empty_desk()
    for each in (task("late", created_at=2.0), task("early", created_at=1.0), task("urgent", "P1")):
        desk.add(0.0, each)

    assert [desk.hand_out().ticket for _ in range(3)] == ["urgent", "early", "late"]
    assert desk.hand_out() is None
    assert desk.unfinished == 3


def test_a_ticket_that_was_handed_out_is_not_worked_twice():
    """A customer with two answers asks which is right."""
    desk = empty_desk()
    desk.add(0.0, task("t"))
    desk.hand_out()
    desk.staff(1.0, 5)
    desk.add(2.0, task("t", touch=1, replied=True))  # our agent has replied

    assert desk.busy == 0
    assert desk.is_out("t")


def test_a_ticket_that_comes_back_waits_as_it_stands_then():
    """Replied to and given up half-way: only the solving is left, in the next touch."""
    desk = empty_desk()
    desk.add(0.0, task("t"))
    desk.hand_out()
    desk.add(2.0, task("t", touch=1, replied=True))
    desk.take_back(3.0, "t")

    assert desk.hand_out() == task("t", touch=1, replied=True)


def test_a_ticket_that_its_customer_solved_does_not_come_back():
    """Nothing is left to do for whoever had it."""
    desk = empty_desk()
    desk.add(0.0, task("t"))
    desk.hand_out()
    desk.remove(1.0, "t")
    desk.take_back(2.0, "t")

    assert desk.hand_out() is None


def test_the_longest_idle_is_offered_the_next_ticket():
    """As on the call floor."""
    agents = Outsiders(15.0)
    first, second = agents.log_in(0.0, "k1"), agents.log_in(1.0, "k2")
    agents.offer(2.0, first, task("a"))
    agents.accept(first, "a")

    assert agents.idle() == second


def test_an_offer_that_runs_out_is_missed_and_its_agent_must_come_back_by_itself():
    """A ghost at the desk must not be offered ticket after ticket."""
    agents = Outsiders(15.0)
    one = agents.log_in(0.0, "k")
    agents.offer(2.0, one, task("a"))

    assert agents.next_due() == 17.0
    assert list(agents.expire(16.9)) == []
    assert list(agents.expire(17.0)) == [(one, task("a"))]
    assert agents.state(one) == (State.MISSED, None)
    assert agents.idle() is None
    agents.set_away(18.0, one, None)
    assert agents.idle() == one


def test_an_agent_works_accepts_wraps_up_and_is_free_again():
    """The states of a shift, one after the other."""
    agents = Outsiders(15.0)
    one = agents.log_in(0.0, "k")
    seen = [agents.state(one)[0]]
    agents.offer(0.0, one, task("a"))
    seen.append(agents.state(one)[0])
    agents.accept(one, "a")
    seen.append(agents.state(one)[0])
    agents.finish(one, "a")
    seen.append(agents.state(one)[0])
    agents.set_away(9.0, one, None)
    seen.append(agents.state(one)[0])

    assert seen == ["available", "reserved", "busy", "wrap_up", "available"]


@pytest.mark.parametrize("over", [lambda a, _: a.lose(2.0, "a"), lambda a, n: a.finish(n, "a")])
def test_who_asks_for_a_break_at_work_takes_it_afterwards(over: Callable[[Outsiders, int], object]):
    """Nobody leaves a ticket half-way for a coffee."""
    agents = Outsiders(15.0)
    one = agents.log_in(0.0, "k")
    agents.offer(0.0, one, task("a"))
    agents.accept(one, "a")
    agents.set_away(1.0, one, State.BREAK)
    at_work = agents.state(one)[0]
    over(agents, one)

    assert (at_work, agents.state(one)) == (State.BUSY, (State.BREAK, None))


@pytest.mark.parametrize("what", ["accept", "decline", "finish"])
def test_nothing_can_be_done_to_a_ticket_one_has_not(what):
    """Two agents who both think it theirs would answer it twice."""
    agents = Outsiders(15.0)
    one = agents.log_in(0.0, "k")
    agents.offer(0.0, one, task("a"))

    with pytest.raises(WrongStateError):
        getattr(agents, what)(one, "b")
    with pytest.raises(WrongStateError):
        getattr(agents, what)(99, "a")


def test_who_logs_out_gives_the_ticket_back():
    """It goes to the next agent at once."""
    agents = Outsiders(15.0)
    one = agents.log_in(0.0, "k")
    agents.offer(0.0, one, task("a"))

    assert agents.log_out(one) == task("a")
    assert agents.log_out(one) is None
    assert agents.state(one) == (State.OFFLINE, None)


def test_one_key_logs_one_agent_in_until_it_has_gone():
    """Whoever did not hear the answer asks again, and must not leave a ghost at the desk."""
    agents = Outsiders(15.0)
    one = agents.log_in(0.0, "k")

    assert agents.log_in(1.0, "k") == one
    assert len(agents) == 1
    agents.log_out(one)
    assert agents.log_in(2.0, "k") != one
