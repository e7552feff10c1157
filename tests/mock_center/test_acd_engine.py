"""The way of a call through the distributor, one step at a time, in virtual time."""

from collections.abc import Callable, Mapping

import pytest

from mock_center.acd.agents import State
from mock_center.acd.engine import BlockedError, ClosedError, Engine, WrongStateError
from mock_center.acd.events import (
    Answered,
    Ended,
    Event,
    InMenu,
    Missed,
    Offered,
    Overflowed,
    Queued,
    Reason,
    Transferred,
    Tried,
    WrappedUp,
)
from mock_center.acd.floor import Always, Floor, Handling
from mock_center.chance import HandleTime
from mock_center.config.centre import Callbacks, Ivr, Overflow, QueueRule, Ringing, Widening
from tests.mock_center.simulation import floor_of

PLAIN = Handling(talk_s=100.0, wrap_up_s=10.0)
MENU = Ivr(HandleTime(20.0, 0.0), contained=0.5, ports=2)
Q = {"q": QueueRule()}


class Caller:
    """Plays callers, and keeps all that was told."""

    def __init__(self, floor: Floor, handlings: Mapping[str, Handling] | None = None) -> None:
        known = handlings or {}
        self.engine = Engine(floor, lambda reference: known.get(reference, PLAIN))
        self.told: list[Event] = []

    def calls(
        self,
        at_s: float,
        call: str,
        queue: str = "q",
        *,
        since: float | None = None,
        ranked_s: float | None = None,
    ) -> None:
        self.told += self.engine.offer(
            at_s, call=call, queue=queue, reference=call, queued_s=since, ranked_s=ranked_s
        )

    def hangs_up(self, at_s: float, call: str) -> None:
        self.told += self.engine.hang_up(at_s, call)

    def wants_a_callback(
        self, at_s: float, name: str, *, call: str | None = None, queue="q", **more
    ):
        until_s, events = self.engine.call_back(
            at_s, callback=name, queue=queue, reference=name, call=call, **more
        )
        self.told += events
        return until_s

    def at(self, now_s: float) -> "Caller":
        self.told += self.engine.advance(now_s)
        return self

    def all(self, kind: type) -> list:
        return [event for event in self.told if type(event) is kind]

    def answered(self) -> list[tuple[str, float]]:
        return [(event.call, event.at_s) for event in self.all(Answered)]

    def ended(self) -> dict[str, Reason]:
        return {event.call: event.reason for event in self.all(Ended)}

    def in_state(self, state: State) -> int:
        return sum(team.count(state) for team in self.engine.teams())


# -- queue and agent


def test_a_call_is_queued_answered_ended_and_wrapped_up():
    """The plain way, with the stamps of the due moments however late the clockwork calls."""
    day = Caller(floor_of({"q": 1}))
    day.calls(0.0, "first")
    day.calls(4.0, "second")
    day.at(1000.0)

    assert day.engine.next_due() is None
    assert day.told == [
        Queued("first", "q", 0.0, 0.0, 1),
        Answered("first", "q", 0.0, 0.0, 1, 1, None),
        Queued("second", "q", 4.0, 4.0, 1),
        Ended("first", "q", Reason.AGENT, 0.0, 0.0, 100.0, 100.0, 0.0, 1, True),
        WrappedUp("q", 1, 10.0, 110.0),
        Answered("second", "q", 4.0, 110.0, 1, 1, None),
        Ended("second", "q", Reason.AGENT, 4.0, 110.0, 210.0, 100.0, 0.0, 1, True),
        WrappedUp("q", 1, 10.0, 220.0),
    ]


def test_callers_of_a_queue_are_served_first_come_first_served():
    """Fairness to callers is the first thing a distributor owes."""
    day = Caller(floor_of({"q": 1}))
    for number in range(5):
        day.calls(float(number), f"c{number}")
    day.at(2000.0)

    assert [call for call, _ in day.answered()] == ["c0", "c1", "c2", "c3", "c4"]


def test_a_hang_up_in_talk_frees_the_agent_after_the_wrap_up_not_after_the_planned_talk():
    """The agent's planned end of talk is moot then, and must not end the next call."""
    day = Caller(floor_of({"q": 1}))
    day.calls(0.0, "first")
    day.calls(1.0, "second")
    day.hangs_up(10.0, "first")
    day.at(119.9)

    assert day.answered() == [("first", 0.0), ("second", 20.0)]
    assert day.all(Ended)[0].resolved is False, "whoever hangs up on an agent is not content"
    assert "second" not in day.ended()
    assert day.engine.next_due() == 120.0


def test_a_caller_who_gives_up_leaves_the_queue_and_an_unknown_one_changes_nothing():
    """The agent may have hung up in the same moment: that is no error."""
    day = Caller(floor_of({"q": 0}))
    day.calls(0.0, "c")
    day.hangs_up(7.0, "c")
    day.hangs_up(8.0, "c")
    day.hangs_up(9.0, "nobody")

    assert day.told[1:] == [
        Ended("c", "q", Reason.ABANDONED, 0.0, None, 7.0, 0.0, 0.0, 1, None),
    ]


def test_the_longest_idle_agent_is_next():
    """Work is shared evenly: the agent who finished first is called first."""
    day = Caller(floor_of({"q": 2}), {"x": Handling(5.0, 1.0), "y": Handling(3.0, 1.0)})
    day.calls(0.0, "x")
    day.calls(0.0, "y")
    day.at(20.0).calls(20.0, "z")
    x, y, z = (event.agent for event in day.all(Answered))

    assert z == y != x


def test_the_longest_idle_agent_is_next_over_skills_too():
    """A widened call goes to whoever has waited longest, not to the first skill on the list."""
    rules = {
        "a": QueueRule(widening=(Widening(5.0, ("b", "c")),)),
        "b": QueueRule(),
        "c": QueueRule(),
    }
    short = Handling(2.0, 0.0)
    day = Caller(floor_of({"a": 0, "b": 1, "c": 1}, queues=rules), {"x": short, "y": short})
    day.calls(0.0, "x", "c")
    day.calls(1.0, "y", "b")
    day.at(10.0).calls(10.0, "w", "a")
    day.at(20.0)

    x, y, w = day.all(Answered)
    assert w.at_s == 15.0
    assert w.agent == x.agent != y.agent


def test_time_does_not_run_backwards_and_an_id_is_used_once():
    """An engine that accepted either would hand out negative waits, or lose a call."""
    engine = Engine(floor_of({"q": 1}), lambda _: PLAIN)
    engine.offer(5.0, call="c", queue="q", reference="c")

    with pytest.raises(ValueError, match="backwards"):
        engine.advance(4.9)
    with pytest.raises(ValueError, match="already here"):
        engine.offer(6.0, call="c", queue="q", reference="c")
    with pytest.raises(KeyError):
        engine.offer(6.0, call="d", queue="nowhere", reference="d")
    assert list(engine.live()) == ["c"]


def test_a_call_moved_from_another_site_brings_its_wait_and_its_turn():
    """It waited there: it is before those who came here meanwhile."""
    day = Caller(floor_of({"q": 1}))
    day.calls(0.0, "busy")
    day.calls(40.0, "here")
    day.calls(50.0, "moved", since=10.0)
    day.at(110.0)

    assert day.answered() == [("busy", 0.0), ("moved", 110.0)]
    assert day.all(Queued)[2] == Queued("moved", "q", 10.0, 50.0, 1)
    assert day.all(Answered)[1].queued_s == 10.0


def test_a_call_cut_off_in_talk_at_another_site_has_its_turn_but_waits_anew():
    """It is before those who waited longer, and what it talked there is no wait in any book."""
    rules = {"q": QueueRule(longest_s=90.0), "other": QueueRule()}
    day = Caller(floor_of({"q": 1, "other": 0}, queues=rules))
    day.calls(0.0, "busy")
    day.calls(40.0, "here")
    day.calls(100.0, "moved", since=100.0, ranked_s=-50.0)
    longest_s = day.engine.state(100.0)["q"].longest_wait_s
    day.at(110.0)

    assert day.answered() == [("busy", 0.0), ("moved", 110.0)]
    assert day.all(Answered)[1].queued_s == 100.0
    assert longest_s == 60.0
    assert day.ended() == {"busy": Reason.AGENT}


def test_a_turn_is_kept_through_an_overflow_and_by_the_callback_that_takes_the_place():
    """As a wait is: neither begins a new one."""
    rules = {"a": QueueRule(overflow=Overflow(30.0, "b")), "b": QueueRule()}
    day = Caller(floor_of({"a": 0, "b": 0}, queues=rules, callbacks=PROMISE))
    day.calls(10.0, "early", "b")
    day.calls(20.0, "moved", "a", since=20.0, ranked_s=5.0)
    day.at(50.0)
    first = day.engine._queues["b"].served.first().id
    day.wants_a_callback(60.0, "b-1", call="moved", queue="b")
    then = day.engine._queues["b"].served.first().id

    assert (first, then) == ("moved", "b-1")


def test_whoever_is_passed_on_has_no_better_turn_than_others():
    """A second leg waits anew, whatever happened to the first."""
    day = Caller(floor_of({"a": 0, "b": 0}))
    agent, _ = day.engine.log_in(0.0, "a")
    day.calls(20.0, "moved", "a", since=20.0, ranked_s=5.0)
    day.engine.accept(21.0, agent, "moved")
    day.calls(22.0, "early", "b")
    day.engine.finish(30.0, agent, "moved", to="b")

    assert [contact.id for contact in day.engine._queues["b"].served] == ["early", "moved"]


# -- trunks


def test_calls_overflow_over_the_trunk_groups_in_order_and_are_blocked_after_the_last():
    """The dear backup carrier is used last, and given back when a call ends."""
    day = Caller(Floor(Q, Always({"q": 0}), {"cheap": 2, "dear": 1}))
    used = []
    for number in range(3):
        day.calls(0.0, f"c{number}")
        used.append({name: n for name, (n, _) in day.engine.trunks.state().items()})
    with pytest.raises(BlockedError):
        day.calls(1.0, "blocked")
    day.hangs_up(2.0, "c0")
    freed = day.engine.trunks.state()

    assert used == [{"cheap": 1, "dear": 0}, {"cheap": 2, "dear": 0}, {"cheap": 2, "dear": 1}]
    assert freed == {"cheap": (1, 2), "dear": (1, 1)}
    assert not day.engine.full


def test_a_trunk_group_that_shrinks_lets_its_calls_end():
    """A carrier's fault takes new calls; those in progress keep their channels."""
    day = Caller(floor_of({"q": 0}, channels=2))
    day.calls(0.0, "a")
    day.calls(0.0, "b")
    day.engine.trunks.resize("carrier", 1)
    day.hangs_up(1.0, "a")

    assert day.engine.full
    assert set(day.engine.live()) == {"b"}


# -- the menu


def test_a_caller_hears_the_menu_before_the_wait_begins():
    """The time in the menu is no time in the queue: the service level counts from the queue."""
    day = Caller(floor_of({"q": 1}, ivr=MENU), {"c": PLAIN._replace(menu_s=20.0)})
    day.calls(0.0, "c")
    waits, ports = day.engine.waits("c"), day.engine.ports_used
    day.at(30.0)

    assert (waits, ports, day.engine.ports_used) == (False, 1, 0)
    assert day.told[0] == InMenu("c", "q", 0.0)
    assert day.told[1] == Queued("c", "q", 20.0, 20.0, 1)
    assert day.answered() == [("c", 20.0)]


MENU_ENDS = [
    ("who serves himself is contained", 0.4, [], Reason.CONTAINED, 20.0),
    ("who does not goes to the queue", 0.6, [], None, 20.0),
    ("who dials 0 goes to the queue at once, self-service or not", 0.4, ["0"], None, 5.0),
    ("who chooses self-service gets it", 0.6, ["1"], Reason.CONTAINED, 20.0),
    ("who chooses, and then 0, goes to the queue", 0.6, ["1", "20"], None, 5.0),
]


@pytest.mark.parametrize(
    ("chance", "digits", "reason", "at_s"), [row[1:] for row in MENU_ENDS],
    ids=[row[0] for row in MENU_ENDS],
)  # fmt: skip
def test_the_menu_lets_go(chance, digits, reason, at_s):
    """Each row is one way out of the menu."""
    handling = PLAIN._replace(menu_s=20.0, contained=chance)
    day = Caller(floor_of({"q": 0}, ivr=MENU), {"c": handling})
    day.calls(0.0, "c")
    day.at(5.0)
    for each in digits:
        day.told += day.engine.press(5.0, "c", each)
    day.at(19.9 if at_s == 20.0 else at_s)
    early = len(day.told)
    day.at(25.0)

    assert day.told[-1].at_s == at_s
    assert early == (1 if at_s == 20.0 else 2)
    assert day.ended() == ({} if reason is None else {"c": reason})
    assert day.engine.waits("c") == (reason is None)
    assert day.engine.ports_used == 0


def test_a_hang_up_in_the_menu_is_neither_abandoned_nor_contained():
    """It never queued, so no service level speaks of it."""
    day = Caller(floor_of({"q": 1}, ivr=MENU), {"c": PLAIN._replace(menu_s=20.0)})
    day.calls(0.0, "c")
    day.hangs_up(3.0, "c")
    day.at(100.0)

    assert day.ended() == {"c": Reason.LEFT_MENU}
    assert day.all(Ended)[0].queued_s is None
    assert (day.engine.ports_used, day.engine.full) == (0, False)


def test_when_the_ports_of_the_menu_are_taken_callers_hear_busy_and_hold_no_channel():
    """A menu is a bottleneck of its own, in front of idle agents and free trunks."""
    slow = PLAIN._replace(menu_s=20.0)
    day = Caller(floor_of({"q": 5}, ivr=MENU), dict.fromkeys("abcd", slow))
    day.calls(0.0, "a")
    day.calls(0.0, "b")
    with pytest.raises(BlockedError):
        day.calls(0.0, "c")
    held = day.engine.trunks.state()
    day.calls(20.0, "d")

    assert held == {"carrier": (2, 10**6)}
    assert set(day.engine.live()) == {"a", "b", "d"}


def test_without_the_menu_every_call_goes_unfiltered_to_its_queue():
    """That is what a failed IVR does to the agents; back up, it filters again."""
    slow = PLAIN._replace(menu_s=20.0, contained=0.0)
    day = Caller(floor_of({"q": 0}, ivr=MENU), dict.fromkeys("abc", slow))
    day.calls(0.0, "a")
    day.told += day.engine.menu_is(5.0, up=False)
    day.calls(6.0, "b")
    down = [day.engine.waits("a"), day.engine.waits("b")]
    day.told += day.engine.menu_is(7.0, up=True)
    day.calls(8.0, "c")
    day.at(30.0)

    assert down == [True, True]
    assert day.ended() == {"c": Reason.CONTAINED}


# -- opening hours


class Nights(Always):
    """Open from second 100 to second 200."""

    def is_open(self, queue: str, at_s: float) -> bool:
        return 100.0 <= at_s < 200.0


def test_outside_opening_hours_callers_are_told_so_and_disconnected():
    """Who waits at closing time is still served; who comes out of the menu too late is not."""
    slow = PLAIN._replace(menu_s=20.0)
    floor = Floor(Q, Nights({"q": 1}), {"carrier": 9}, ivr=MENU, callbacks=Callbacks())
    day = Caller(floor, dict.fromkeys(["late"], slow))
    for at_s, call in ((50.0, "early"), (170.0, "in time"), (175.0, "waits"), (190.0, "late")):
        day.at(at_s).calls(at_s, call)
    day.at(500.0)
    with pytest.raises(ClosedError):
        day.wants_a_callback(500.0, "b")

    assert day.ended() == {
        "early": Reason.CLOSED,
        "late": Reason.CLOSED,
        "in time": Reason.AGENT,
        "waits": Reason.AGENT,
    }
    assert all(e.queued_s is None for e in day.all(Ended) if e.reason is Reason.CLOSED)
    assert day.engine.trunks.state() == {"carrier": (0, 9)}


# -- priorities, tiers, overflow, the longest wait


def test_a_head_start_puts_callers_before_others_who_have_waited_longer():
    """The bank's rule: high priority counts as 90 s longer in the queue, no more than that."""
    rules = {
        "gold": QueueRule(head_start_s=90.0, widening=(Widening(0.0, ("plain",)),)),
        "plain": QueueRule(),
    }
    day = Caller(floor_of({"gold": 0, "plain": 1}, queues=rules))
    day.calls(0.0, "busy", "plain")
    day.calls(1.0, "very patient", "plain")
    day.calls(50.0, "patient", "plain")
    day.calls(95.0, "gold", "gold")
    day.at(1000.0)

    assert [c for c, _ in day.answered()] == ["busy", "very patient", "gold", "patient"]


def test_tiers_widen_to_more_skills_as_the_wait_goes_on():
    """First the best agents, then the others: at the second, not when somebody next looks."""
    rules = {
        "a": QueueRule(widening=(Widening(10.0, ("b",)), Widening(20.0, ("c",)))),
        "b": QueueRule(),
        "c": QueueRule(),
    }
    day = Caller(floor_of({"a": 0, "b": 1, "c": 1}, queues=rules))
    for number in range(3):
        day.calls(0.0, f"c{number}", "a")
    day.at(115.0)

    assert day.answered() == [("c0", 10.0), ("c1", 20.0)]
    assert day.engine.state(115.0)["a"].in_talk == 1, "c0 is through at 110, c1 talks"
    assert day.at(120.0).answered()[2] == ("c2", 120.0)


def test_an_overflowed_caller_changes_the_queue_and_keeps_the_wait():
    """A provider that reset the clock here would meet any service level."""
    rules = {"a": QueueRule(overflow=Overflow(30.0, "b")), "b": QueueRule()}
    day = Caller(floor_of({"a": 0, "b": 1}, queues=rules))
    day.calls(0.0, "busy", "b")
    day.calls(5.0, "c", "a")
    day.calls(20.0, "later", "b")
    day.at(110.0)

    assert day.all(Overflowed) == [Overflowed("c", "a", "b", 35.0)]
    assert day.all(Queued)[-1] == Queued("c", "b", 5.0, 35.0, 1)
    assert day.all(Answered)[-1] == Answered("c", "b", 5.0, 110.0, 1, 1, None)


def test_a_caller_overflows_once():
    """Else two queues that point at each other would pass one to and fro."""
    rules = {
        "a": QueueRule(overflow=Overflow(30.0, "b")),
        "b": QueueRule(overflow=Overflow(60.0, "a")),
    }
    day = Caller(floor_of({"a": 0, "b": 0}, queues=rules))
    day.calls(0.0, "c", "a")
    day.at(1000.0)

    assert day.all(Overflowed) == [Overflowed("c", "a", "b", 30.0)]


def test_a_promised_callback_neither_overflows_nor_is_it_disconnected():
    """Whoever hung up for it trusts in its turn."""
    rules = {
        "a": QueueRule(overflow=Overflow(30.0, "b"), longest_s=60.0),
        "b": QueueRule(),
    }
    day = Caller(floor_of({"a": 0, "b": 0}, queues=rules, callbacks=PROMISE))
    day.wants_a_callback(0.0, "b-1", queue="a")
    day.at(1000.0)

    assert (day.all(Overflowed), day.ended()) == ([], {})
    assert day.engine.state(1000.0)["a"].callbacks == 1


def test_nobody_waits_longer_than_the_longest_wait():
    """Disconnected, and counted as that: not as abandoned."""
    day = Caller(floor_of({"q": 0}, queues={"q": QueueRule(longest_s=60.0)}))
    day.calls(0.0, "c")
    day.calls(50.0, "moved", since=-20.0)
    day.at(59.9)
    early = day.ended()
    day.at(61.0)

    assert early == {"moved": Reason.TIMED_OUT}
    assert day.all(Ended)[1].at_s == 60.0
    assert day.ended()["c"] is Reason.TIMED_OUT


# -- ring


def test_a_call_rings_until_the_agent_picks_up_and_the_wait_counts_until_then():
    """The caller hears ringing: the speed of answer includes it."""
    ringing = Ringing(pick_up=HandleTime(4.0, 0.0))
    day = Caller(floor_of({"q": 1}, ringing=ringing), {"c": PLAIN._replace(pick_up_s=4.0)})
    day.calls(0.0, "c")
    reserved = day.in_state(State.RESERVED), day.engine.waits("c")
    day.at(4.0)

    assert reserved == (1, True)
    assert day.told[1:] == [
        Offered("c", "q", 1, 0.0, 4.0),
        Answered("c", "q", 0.0, 4.0, 1, 1, None),
    ]


def test_a_missed_call_goes_to_the_next_agent_and_keeps_its_place():
    """Who missed it is away for a while; the caller is served before those who came later."""
    ringing = Ringing(missed=0.5, timeout_s=15.0, away_s=30.0)
    often = {"c": PLAIN._replace(missed=0.1), "later": PLAIN}
    day = Caller(floor_of({"q": 1}, ringing=ringing), often)
    day.calls(0.0, "c")
    day.calls(1.0, "later")
    day.at(15.0)
    missed = day.in_state(State.MISSED)
    day.at(60.0)

    assert missed == 1
    assert day.all(Missed)[0] == Missed("c", "q", 1, 15.0)
    assert [event.call for event in day.all(Offered)] == ["c", "c"], "0.1 is 0.2, then 0.4"
    assert [event.at_s for event in day.all(Offered)] == [0.0, 45.0]


def test_a_second_agent_takes_the_call_that_the_first_one_missed():
    """Nobody waits for the first one to come back."""
    ringing = Ringing(missed=0.2, timeout_s=15.0, away_s=30.0)
    day = Caller(floor_of({"q": 2}, ringing=ringing), {"c": PLAIN._replace(missed=0.1)})
    day.calls(0.0, "c")
    day.at(40.0)

    assert day.all(Answered) == [Answered("c", "q", 0.0, 15.0, 2, 1, None)]


def test_a_caller_who_hangs_up_while_it_rings_frees_the_agent_at_once():
    """There is nothing to wrap up."""
    ringing = Ringing(missed=1.0)
    day = Caller(floor_of({"q": 1}, ringing=ringing), {"c": PLAIN._replace(missed=0.5)})
    day.calls(0.0, "c")
    day.hangs_up(3.0, "c")

    assert day.ended() == {"c": Reason.ABANDONED}
    assert day.in_state(State.AVAILABLE) == 1
    assert day.engine.next_due() is None


# -- hold and transfer


def test_talk_leaves_hold_out_and_the_call_lasts_for_both():
    """Handle time is talk, hold and wrap-up, each reported once."""
    day = Caller(floor_of({"q": 1}), {"c": PLAIN._replace(hold_s=30.0)})
    day.calls(0.0, "c")
    day.at(60.0)
    on_hold = day.in_state(State.HOLD)
    day.at(200.0)

    assert on_hold == 1
    assert day.all(Ended) == [
        Ended("c", "q", Reason.AGENT, 0.0, 0.0, 130.0, 100.0, 30.0, 1, True),
    ]


def test_a_hang_up_on_hold_counts_the_hold_until_then():
    """The agent comes back to a dead line."""
    day = Caller(floor_of({"q": 1}), {"c": PLAIN._replace(hold_s=30.0)})
    day.calls(0.0, "c")
    day.hangs_up(60.0, "c")
    ended = day.all(Ended)[0]

    assert (ended.talk_s, ended.hold_s, ended.reason) == (50.0, 10.0, Reason.CALLER)


def test_a_transfer_is_a_new_queue_entry_of_the_same_contact_with_a_second_talk():
    """Same id, leg 2, a wait of its own; the first agent wraps up and is free."""
    rules = {"q": QueueRule(transfer_to="second"), "second": QueueRule()}
    handling = PLAIN._replace(transferred=0.05, second_talk_s=40.0, hold_s=20.0)
    day = Caller(
        floor_of({"q": 1, "second": 1}, queues=rules, transferred=0.1),
        {"c": handling, "busy": PLAIN._replace(talk_s=150.0)},
    )
    day.calls(0.0, "busy", "second")
    day.calls(0.0, "c")
    day.at(500.0)

    about = [e for e in day.told if getattr(e, "call", "") == "c"]
    assert about[2:] == [
        Transferred("c", "q", "second", 120.0, 100.0, 20.0),
        Queued("c", "second", 120.0, 120.0, 2),
        Answered("c", "second", 120.0, 160.0, 2, 2, None),
        Ended("c", "second", Reason.AGENT, 120.0, 160.0, 200.0, 40.0, 0.0, 2, True),
    ]
    assert WrappedUp("q", 1, 10.0, 130.0) in day.told


def test_a_caller_may_give_up_in_the_second_queue():
    """Being passed on is where many do; the first talk stays counted by the transfer."""
    rules = {"q": QueueRule(transfer_to="second"), "second": QueueRule()}
    floor = floor_of({"q": 1, "second": 0}, queues=rules, transferred=0.1)
    day = Caller(floor, {"c": PLAIN._replace(transferred=0.05)})
    day.calls(0.0, "c")
    day.hangs_up(150.0, "c")
    ended = day.all(Ended)[0]

    assert (ended.reason, ended.leg, ended.queued_s) == (Reason.ABANDONED, 2, 100.0)
    assert ended.answered_s is None


@pytest.mark.parametrize(("chance", "resolved"), [(0.1, True), (0.69, True), (0.71, False)])
def test_a_share_of_the_callers_will_have_to_call_again(chance, resolved):
    """First-contact resolution is a share of what agents are through with."""
    day = Caller(floor_of({"q": 1}, resolved=0.7), {"c": PLAIN._replace(resolved=chance)})
    day.calls(0.0, "c")
    day.at(200.0)

    assert day.all(Ended)[0].resolved is resolved


# -- callbacks

PROMISE = Callbacks(within_s=300.0, reached=0.5, ring_s=20.0, attempts=2, retry_s=60.0)


def test_a_callback_takes_the_callers_place_in_line_and_frees_the_line():
    """Who hangs up and is called back must not lose the turn to those who stayed."""
    day = Caller(floor_of({"q": 1}, callbacks=PROMISE))
    day.calls(0.0, "busy")
    day.calls(1.0, "c")
    day.calls(2.0, "stays")
    until_s = day.wants_a_callback(50.0, "b-1", call="c")
    lines = day.engine.trunks.state()["carrier"][0]
    day.at(1000.0)

    assert until_s == 350.0
    assert lines == 2
    assert day.ended()["c"] is Reason.CALLBACK
    assert day.answered() == [("busy", 0.0), ("b-1", 130.0), ("stays", 240.0)]
    assert day.all(Answered)[1] == Answered("b-1", "q", 1.0, 130.0, 1, 1, kept=True)


def test_a_callback_after_the_promised_time_is_late():
    """It is still made, and counted as what it is."""
    day = Caller(floor_of({"q": 1}, callbacks=PROMISE), {"busy": PLAIN._replace(talk_s=400.0)})
    day.calls(0.0, "busy")
    day.wants_a_callback(1.0, "b-1")
    day.at(1000.0)

    assert day.all(Answered)[1].kept is False


@pytest.mark.parametrize(("promised_s", "kept"), [(20.0, True), (19.9, False)])
def test_a_callback_at_the_promised_second_is_kept(promised_s: float, kept: bool):
    """It rings for twenty seconds before the customer takes it."""
    day = Caller(floor_of({"q": 1}, callbacks=PROMISE))
    day.wants_a_callback(0.0, "b-1", promised_s=promised_s)
    day.at(20.0)

    assert [(each.at_s, each.kept) for each in day.all(Answered)] == [(20.0, kept)]


def test_a_promise_of_another_site_keeps_its_time_and_its_turn():
    """A failover is the provider's affair, not the customer's."""
    day = Caller(floor_of({"q": 1}, callbacks=PROMISE))
    day.calls(0.0, "busy")
    day.calls(50.0, "here")
    until_s = day.wants_a_callback(60.0, "b-1", promised_s=320.0)
    day.at(1000.0)

    assert until_s == 320.0
    assert [call for call, _ in day.answered()] == ["busy", "b-1", "here"], "asked for at 20"


def test_who_is_not_reached_is_tried_again_and_then_given_up():
    """Each try rings, then the agent is free; after the last the promise is broken."""
    day = Caller(floor_of({"q": 1}, callbacks=PROMISE), {"b-1": PLAIN._replace(reached=0.99)})
    day.wants_a_callback(0.0, "b-1")
    ringing = day.engine.trunks.state()["carrier"][0]
    day.at(30.0)
    resting = day.engine.trunks.state()["carrier"][0], day.in_state(State.AVAILABLE)
    day.at(1000.0)

    assert (ringing, resting) == (1, (0, 1))
    assert [(e.attempt, e.at_s) for e in day.all(Tried)] == [(1, 20.0), (2, 100.0)]
    assert day.ended() == {"b-1": Reason.UNREACHED}


def test_a_second_try_may_reach_the_customer():
    """A chance of 0.6 against 0.5 is 0.2 at the next try: each try is a draw of its own."""
    day = Caller(floor_of({"q": 1}, callbacks=PROMISE), {"b-1": PLAIN._replace(reached=0.6)})
    day.wants_a_callback(0.0, "b-1")
    day.at(1000.0)

    assert day.answered() == [("b-1", 100.0)]
    assert day.ended() == {"b-1": Reason.AGENT}


@pytest.mark.parametrize("at_s", [10.0, 40.0, 85.0], ids=["ringing", "resting", "ringing again"])
def test_a_cancelled_callback_leaves_nothing_behind(at_s):
    """In each stage of it."""
    day = Caller(floor_of({"q": 1}, callbacks=PROMISE), {"b-1": PLAIN._replace(reached=0.99)})
    day.wants_a_callback(0.0, "b-1")
    day.hangs_up(at_s, "b-1")
    day.at(1000.0)

    assert day.ended() == {"b-1": Reason.CANCELLED}
    assert day.engine.trunks.state()["carrier"][0] == 0
    assert day.in_state(State.AVAILABLE) == 1


def test_without_a_free_channel_nobody_can_be_called_back():
    """A callback needs a trunk too: the try fails, however reachable the customer is."""
    day = Caller(floor_of({"q": 1, "r": 0}, channels=1, callbacks=PROMISE), {"b-1": PLAIN})
    day.calls(0.0, "holds the channel", "r")
    day.wants_a_callback(1.0, "b-1")
    day.at(1000.0)

    assert len(day.all(Tried)) == 2
    assert day.ended() == {"b-1": Reason.UNREACHED}


def test_only_a_waiting_caller_of_a_centre_that_calls_back_is_called_back():
    """In talk, unknown, itself a callback, or no callbacks at all: refused, and nothing changed."""
    day = Caller(floor_of({"q": 1}, callbacks=PROMISE))
    day.calls(0.0, "talks")
    day.wants_a_callback(1.0, "b-1")
    for call in ("talks", "unknown", "b-1"):
        with pytest.raises(WrongStateError):
            day.wants_a_callback(2.0, "b-2", call=call)
    with pytest.raises(WrongStateError):
        Caller(floor_of({"q": 1})).wants_a_callback(0.0, "b-1")
    with pytest.raises(ValueError, match="already here"):
        day.wants_a_callback(2.0, "b-1")

    assert set(day.engine.live()) == {"talks", "b-1"}


# -- what can be seen


def test_the_state_of_a_queue_counts_those_who_wait_and_foretells_the_wait():
    """The longest wait is that of a caller, not of a promised callback."""
    day = Caller(floor_of({"q": 1}, callbacks=PROMISE))
    day.calls(0.0, "talks")
    idle = Engine(floor_of({"q": 1}), lambda _: PLAIN).state(0.0)["q"]
    day.wants_a_callback(2.0, "b-1")
    day.calls(4.0, "waits")
    state = day.at(10.0).engine.state(10.0)["q"]
    nobody = Engine(floor_of({"q": 0}), lambda _: PLAIN).state(0.0)["q"]

    assert (state.waiting, state.callbacks, state.in_talk, state.available) == (1, 1, 1, 0)
    assert state.longest_wait_s == 6.0
    assert state.expected_wait_s == 540.0, "three times the usual 180 s by one agent"
    assert (idle.expected_wait_s, nobody.expected_wait_s) == (0.0, float("inf"))


def test_who_is_away_foretells_no_shorter_wait():
    """Two work, a third is at lunch: one ahead and oneself, by two agents of 180 s each."""
    day = Caller(floor_of({"q": 2}))
    away, _ = day.engine.log_in(0.0, "q")
    day.engine.set_away(0.0, away, State.BREAK)
    for number in range(4):
        day.calls(0.0, f"c{number}")

    assert day.engine.state(0.0)["q"].expected_wait_s == 3 * 180.0 / 2


def test_only_who_is_in_the_menu_is_in_it():
    """Not before, not after, and nobody else."""
    day = Caller(floor_of({"q": 1}, ivr=MENU))
    day.calls(0.0, "c")
    inside = day.engine.in_menu("c"), day.engine.in_menu("another")
    day.engine.press(1.0, "c", "0")

    assert inside == (True, False)
    assert day.engine.holds("c")
    assert not day.engine.in_menu("c")


LATE: dict[str, Callable[[Engine, int], tuple[object, list[Event]] | list[Event]]] = {
    "staff": lambda engine, _: engine.staff(200.0, "q", 1),
    "backup called": lambda engine, _: engine.call_backup(200.0),
    "backup released": lambda engine, _: engine.release_backup(200.0),
    "menu": lambda engine, _: engine.menu_is(200.0, up=True),
    "log in": lambda engine, _: engine.log_in(200.0, "q"),
    "log out": lambda engine, _: engine.log_out(200.0, 99),
    "away": lambda engine, me: engine.set_away(200.0, me, State.BREAK),
    "callback": lambda engine, _: engine.call_back(
        200.0, callback="b", queue="other", reference="b"
    ),
}


@pytest.mark.parametrize("order", LATE)
def test_whatever_is_ordered_what_was_due_before_has_happened_before(order: str):
    """The clockwork may call late: a talk that ended at 100 s ended then, and is told first."""
    engine = Engine(floor_of({"q": 1, "other": 0}, callbacks=PROMISE), lambda _: PLAIN)
    me, _ = engine.log_in(0.0, "other")
    engine.offer(0.0, call="c", queue="q", reference="c")
    told = LATE[order](engine, me)
    events = told[1] if isinstance(told, tuple) else told

    assert [(type(each), each.at_s) for each in events[:2]] == [(Ended, 100.0), (WrappedUp, 110.0)]


def test_what_was_due_before_may_leave_nothing_to_do():
    """A call that is over takes no digits; one that rang too long is nobody's to take."""
    day = Caller(floor_of({"q": 1, "other": 0}))
    me, _ = day.engine.log_in(0.0, "other")
    day.calls(0.0, "c")
    day.calls(0.0, "rings", "other")
    with pytest.raises(WrongStateError):
        day.engine.press(200.0, "c", "1")
    with pytest.raises(WrongStateError):
        day.engine.press(200.0, "nobody", "1")
    for order in (day.engine.accept, day.engine.decline):
        with pytest.raises(WrongStateError):
            order(200.0, me, "rings")

    assert day.engine.waits("rings")


@pytest.mark.parametrize("order", [
    lambda engine: engine.staff(0.0, "nobody's", 1),
    lambda engine: engine.log_in(0.0, "nobody's"),
    lambda engine: engine.call_back(0.0, callback="b", queue="nobody's", reference="b"),
    lambda engine: engine.offer(0.0, call="c", queue="nobody's", reference="c"),
])  # fmt: skip
def test_a_queue_or_skill_that_is_not_there_is_told_by_its_name(order):
    """And nothing has begun."""
    engine = Engine(floor_of({"q": 1}, callbacks=PROMISE), lambda _: PLAIN)
    with pytest.raises(KeyError, match="nobody's"):
        order(engine)

    assert (engine.live(), engine.next_due()) == ({}, None)


# -- defects, on purpose


def test_the_defect_that_resets_the_wait_resets_it_at_every_move():
    """The harness has to notice; so the mock must be able to."""
    rules = {"a": QueueRule(overflow=Overflow(30.0, "b")), "b": QueueRule()}
    day = Caller(floor_of({"a": 0, "b": 0}, queues=rules, resets_wait=True))
    day.calls(5.0, "c", "a")
    day.calls(20.0, "moved", "b", since=1.0)
    day.at(40.0)

    assert [(e.queued_s, e.at_s) for e in day.all(Queued)] == [(5, 5), (20, 20), (35, 35)]


def test_the_defect_that_slows_agents_down_does_so_by_the_hour():
    """10 % slower an hour: after five hours a call takes half as long again."""
    day = Caller(floor_of({"q": 1}, slower_per_hour=0.1))
    day.calls(0.0, "fresh")
    day.calls(5 * 3600.0, "tired")
    day.at(6 * 3600.0)

    assert [e.talk_s for e in day.all(Ended)] == pytest.approx([100.0, 150.0])


def test_the_defect_that_skips_agents_leaves_the_share_idle():
    """They are at work, available, and never get a call, while callers wait."""
    day = Caller(floor_of({"q": 10}, skipped=0.3))
    for number in range(20):
        day.calls(0.0, f"c{number}")

    assert day.in_state(State.BUSY) == 7
    assert day.in_state(State.AVAILABLE) == 3
    assert day.engine.state(0.0)["q"].waiting == 13
