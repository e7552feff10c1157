"""What a generator passes on of its contacts: all of it, but no more lines than it takes."""

import json

from harness.model.contact import Outcome, replace
from scenarios.unsent import Unsent
from tests.fakes import call


def states(lines: list[str]) -> list[tuple[str, str | None]]:
    """Return id and outcome of each line."""
    told = [json.loads(line) for line in lines]
    return [(each["id"], each.get("outcome")) for each in told]


def test_what_came_a_moment_later_shares_a_line():
    """To write a line is a twentieth of what a whole call costs."""
    unsent, first = Unsent(), call("a")
    unsent.tell(first)
    unsent.tell(call("b"))
    unsent.tell(replace(first, outcome=Outcome.ANSWERED))

    unsent.write(2)

    assert states(unsent.take()) == [("a", "answered"), ("b", None)]
    assert unsent.take() == []


def test_a_state_that_is_written_down_is_followed_by_the_next_not_replaced():
    """Who reads takes the last line of a contact for the truth: it has to be the latest."""
    unsent, first = Unsent(), call("a")
    unsent.tell(first)
    unsent.write(1)
    unsent.tell(replace(first, outcome=Outcome.ANSWERED))
    unsent.write(1)

    assert states(unsent.take()) == [("a", None), ("a", "answered")]


def test_a_portion_is_of_those_who_waited_longest():
    """Under a load that never ends nobody may be put off for ever."""
    unsent = Unsent()
    for id_ in "abc":
        unsent.tell(call(id_))
    unsent.write(2)

    assert [id_ for id_, _ in states(unsent.take())] == ["a", "b"]
    assert len(unsent) == 1
