"""The clocks of a ticket by hand: which seconds count, and what was promised."""

import json

import pytest

from mock_center.chance import HandleTime
from mock_center.config.centre import TicketClock, TicketHandling
from mock_center.tickets import clocks, draws, life
from mock_center.tickets.clocks import AGENT_WORK, REQUESTER_WAIT, Promise
from mock_center.tickets.defects import Fate, Spoils, forgets, forgotten
from mock_center.tickets.desk import Step, Task
from mock_center.tickets.ticket import Comment, State
from mock_center.tickets.writes import Create

H = 3600.0
CREATE = Create("key", "f", "r", "w1", "c", "P3", "s", "b", 8 * H)


def calendar(began: float, ended: float) -> float:
    return ended - began


def office(began: float, ended: float) -> float:
    """Return the seconds from 9 to 17 o'clock on each day between two moments."""
    total = 0.0
    for day in range(int(began // (24 * H)), int(ended // (24 * H)) + 1):
        opens = day * 24 * H + 9 * H
        total += max(0.0, min(ended, opens + 8 * H) - max(began, opens))
    return total


def ticket(*trail: tuple[float, State], **values: float):
    """Return a ticket created at 8 o'clock that has been through *trail*."""
    made = life.born(CREATE, number=1, name="t-1-1", site="north")
    return life.replace(made, trail=json.dumps([[8 * H, "new"], *trail]), **values)


def comment(at_h: float, author: str, *, public: bool = True) -> Comment:
    return Comment("c", "t-1-1", author, "t", int(public), at_h * H, None, "", 1)


LIFE = ticket(
    (10 * H, State.PENDING),
    (12 * H, State.OPEN),
    (13 * H, State.ON_HOLD),
    (16 * H, State.OPEN),
    (18 * H, State.SOLVED),
    (34 * H, State.OPEN),
    (35 * H, State.SOLVED),
)


@pytest.mark.parametrize(
    ("states", "until_h", "measure", "hours", "why"),
    [
        (REQUESTER_WAIT, 35, calendar, 2 + 1 + 3 + 2 + 1, "all but pending and solved"),
        (AGENT_WORK, 35, calendar, 2 + 1 + 2 + 1, "on hold is a third party's time"),
        (REQUESTER_WAIT, 35, office, 1 + 1 + 3 + 1 + 1, "from 8 to 9 and after 17 nobody waits"),
        (AGENT_WORK, 35, office, 1 + 1 + 1 + 1, "the same, without on hold"),
        (REQUESTER_WAIT, 99, calendar, 9, "solved: time goes on, the clocks do not"),
        (REQUESTER_WAIT, 14, calendar, 2 + 1 + 1, "half-way through: what it is by then"),
        (frozenset({State.PENDING}), 99, calendar, 2, "the customer's own time"),
        (frozenset({State.CLOSED}), 99, calendar, 0, "it never was"),
    ],
)
def test_a_clock_counts_its_states_and_its_hours(states, until_h, measure, hours, why):
    """These four numbers are in the contract; each by hand."""
    assert clocks.spent_in(LIFE, states, until_h * H, measure) == hours * H, why


@pytest.mark.parametrize(
    ("comments", "hours", "why"),
    [
        ([], [], "nobody wrote"),
        ([comment(9, "agent")], [], "the first reply is no next reply"),
        ([comment(9, "customer"), comment(10, "agent")], [], "still the first reply"),
        (
            [comment(9, "agent"), comment(10, "customer"), comment(12, "agent")],
            [2],
            "from the question to its answer",
        ),
        (
            [
                comment(9, "agent"),
                comment(10, "customer"),
                comment(11, "customer"),
                comment(11.5, "agent", public=False),
                comment(14, "agent"),
                comment(15, "agent"),
                comment(16, "customer"),
            ],
            [4],
            "the oldest question counts, a note answers none, the last has no answer yet",
        ),
    ],
)
def test_a_next_reply_runs_from_the_oldest_unanswered_question(comments, hours, why):
    """Asking twice must not start the clock anew, or impatience would flatter the provider."""
    assert clocks.next_replies(comments, calendar) == [hour * H for hour in hours], why


def test_a_reading_gives_calendar_or_business_as_it_is_asked():
    """The same ticket is late by the calendar and in time by business hours."""
    late = ticket(
        (18 * H, State.SOLVED), replied_at=34 * H, first_solved_at=18 * H, solved_at=35 * H
    )

    assert clocks.reading(late, [], 40 * H, calendar)["first_reply_s"] == 26 * H
    assert clocks.reading(late, [], 40 * H, office)["first_reply_s"] == 9 * H
    assert clocks.reading(late, [], 40 * H, calendar)["first_resolution_s"] == 10 * H
    assert clocks.reading(late, [], 40 * H, calendar)["full_resolution_s"] == 27 * H
    assert clocks.reading(ticket(), [], 9 * H, calendar)["first_reply_s"] is None


@pytest.mark.parametrize(
    ("clock", "promise", "took_s", "met"),
    [
        (TicketClock(first_reply_s=60), Promise.FIRST_REPLY, 60, True),
        (TicketClock(first_reply_s=60), Promise.FIRST_REPLY, 60.1, False),
        (TicketClock(first_reply_s=60), Promise.RESOLUTION, 60, None),
        (TicketClock(next_reply_s=60), Promise.NEXT_REPLY, 0, True),
        (TicketClock(resolution_s=60), Promise.RESOLUTION, 61, False),
        (None, Promise.FIRST_REPLY, 1e9, None),
    ],
)
def test_a_promise_is_met_up_to_its_last_second_and_none_is_no_promise(clock, promise, took_s, met):
    """Exactly on time is on time; what nobody promised cannot be broken."""
    assert clocks.kept(clock, promise, took_s) is met


def test_turns_come_in_the_shares_that_were_asked_for():
    """The configuration speaks of shares of replies; the draws have to follow."""
    handling = TicketHandling(HandleTime(10, 1), pending=0.2, on_hold=0.1, escalated=0.3)
    turns = [
        draws.touch(handling, "s", Task(f"t{n}", f"r{n}", "P1", 0.0)).reply for n in range(4000)
    ]

    for step, share in ((Step.ASKED, 0.2), (Step.HELD, 0.1), (Step.ESCALATED, 0.3)):
        assert turns.count(step) / 4000 == pytest.approx(share, abs=0.03)


def test_each_touch_has_a_stream_of_its_own():
    """A further reply must not change how long any other touch takes."""
    handling = TicketHandling(HandleTime(10, 1))
    works = {draws.touch(handling, "s", Task("t", "r", "P1", 0.0, touch=n)) for n in range(20)}
    left = draws.touch(handling, "s", Task("t", "r", "P1", 0.0, replied=True, touch=3))

    assert len(works) == 20
    assert left == draws.touch(handling, "s", Task("t", "r", "P1", 0.0, touch=2))


def test_the_same_tickets_are_forgotten_in_every_run_and_a_repeat_is_told_the_same():
    """A defect that cannot be found twice cannot be mended."""
    keys = [f"k{n}" for n in range(4000)]
    gone = [key for key in keys if forgets("s", 0.1, key)]
    told = [forgotten(CREATE, seed="s", epoch=2, site="north").id for _ in range(2)]

    assert len(gone) / 4000 == pytest.approx(0.1, abs=0.02)
    assert gone == [key for key in keys if forgets("s", 0.1, key)]
    assert not any(forgets("s", 0.0, key) for key in keys)
    assert told[0] == told[1]
    assert told[0].startswith("t-2-")


def test_only_young_tickets_are_spoilt_and_each_in_one_way():
    """Lost and doubled at once would cancel out in a count."""
    spoils = Spoils("s", since=9 * H, loses=0.5, doubles=0.5)
    made = [
        life.born(life.replace(CREATE, key=f"k{n}", created_at=at), number=n, name="t", site="n")
        for n in range(1000)
        for at in (8 * H, 9 * H)
    ]
    fates = [spoils.fate(each) for each in made if each.created_at == 9 * H]

    assert {spoils.fate(each) for each in made if each.created_at == 8 * H} == {Fate.KEPT}
    assert fates.count(Fate.LOST) / 1000 == pytest.approx(0.5, abs=0.06)
    assert fates.count(Fate.DOUBLED) / 1000 == pytest.approx(0.25, abs=0.06)
