"""Whatever callers, agents and the house do, in any order: what must hold of the distributor.

Two machines. The first plays everything there is against a floor with every feature, and compares
the engine with a ledger kept from its events alone. The second plays agents from outside against a
model of what they may do, and what must be refused.
"""

from itertools import count
from math import inf, isclose, nextafter
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from mock_center.acd.agents import AWAY, PRESENT, Pool, State
from mock_center.acd.backup import Trigger
from mock_center.acd.contact import Stage
from mock_center.acd.engine import BlockedError, ClosedError, Engine, WrongStateError
from mock_center.acd.events import (
    Answered,
    BackupCalled,
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
from mock_center.acd.floor import Floor, Handling
from mock_center.chance import HandleTime
from mock_center.config.centre import (
    Backup,
    Breaks,
    Callbacks,
    Experience,
    Ivr,
    Overflow,
    QueueRule,
    Ringing,
    Widening,
)

NEVER_ANSWERED = {
    Reason.ABANDONED,
    Reason.LEFT_MENU,
    Reason.CONTAINED,
    Reason.CALLBACK,
    Reason.CLOSED,
    Reason.TIMED_OUT,
    Reason.UNREACHED,
    Reason.CANCELLED,
}
RULES = {
    "a": QueueRule(
        head_start_s=10.0,
        widening=(Widening(4.0, ("b",)), Widening(9.0, ("c",))),
        overflow=Overflow(25.0, "c"),
        transfer_to="b",
    ),
    "b": QueueRule(longest_s=40.0, widening=(Widening(0.0, ("c",)),)),
    "c": QueueRule(),
}


class Tides:
    """A timetable that changes all the time: heads every 30 s, ``b`` closes every other minute."""

    def __init__(self, heads: dict[str, tuple[int, int]]) -> None:
        self._heads = heads

    def heads(self, skill: str, at_s: float) -> int:
        return self._heads[skill][int(at_s // 30) % 2]

    def change_after(self, skill: str, at_s: float) -> float:
        return (at_s // 30 + 1) * 30

    def is_open(self, queue: str, at_s: float) -> bool:
        return queue != "b" or int(at_s // 60) % 2 == 0


ANY_FLOOR = st.builds(
    Floor,
    queues=st.just(RULES),
    timetable=st.builds(
        Tides,
        st.fixed_dictionaries(
            {name: st.tuples(st.integers(0, 2), st.integers(0, 2)) for name in RULES}
        ),
    ),
    trunks=st.fixed_dictionaries({"first": st.integers(1, 4), "second": st.integers(0, 3)}),
    ringing=st.builds(
        Ringing,
        pick_up=st.none() | st.just(HandleTime(3.0, 1.0)),
        missed=st.sampled_from([0.0, 0.5, 1.0]),
        timeout_s=st.just(5.0),
        away_s=st.just(7.0),
    ),
    breaks=st.sampled_from(
        [
            (),
            (
                Breaks("break", 40.0, HandleTime(10.0, 0.5)),
                Breaks("training", 90.0, HandleTime(20.0, 0.5)),
            ),
        ]
    ),
    ivr=st.none() | st.builds(Ivr, st.just(HandleTime(5.0, 1.0)), st.just(0.3), st.integers(1, 3)),
    callbacks=st.builds(
        Callbacks,
        within_s=st.just(30.0),
        reached=st.sampled_from([0.0, 0.5, 1.0]),
        ring_s=st.just(4.0),
        attempts=st.integers(1, 3),
        retry_s=st.just(11.0),
    ),
    backup=st.none()
    | st.builds(
        Backup,
        st.just({"a": 1, "c": 1}),
        delay_s=st.just(20.0),
        provisioned=st.booleans(),
        below=st.none() | st.just(0.9),
        threshold_s=st.just(3.0),
        interval_s=st.just(15.0),
    ),
    experience=st.none() | st.just(Experience()),
    transferred=st.sampled_from([0.0, 0.4]),
    resolved=st.sampled_from([1.0, 0.7]),
    skipped=st.sampled_from([0.0, 0.5]),
    slower_per_hour=st.sampled_from([0.0, 5.0]),
)
PAUSES = st.sampled_from([0.0, 1.0, 4.0, 5.0, 30.0]) | st.floats(0.0, 45.0)


def handling_of(reference: str) -> Handling:
    """Return what any contact might take, zero seconds too."""
    rng = Random(reference)

    def seconds(longest: float) -> float:
        return rng.choice([0.0, rng.uniform(0, longest)])

    return Handling(
        talk_s=seconds(30),
        wrap_up_s=seconds(10),
        hold_s=seconds(8),
        pick_up_s=seconds(4),
        second_talk_s=seconds(20),
        menu_s=seconds(8),
        missed=rng.random(),
        transferred=rng.random(),
        resolved=rng.random(),
        contained=rng.random(),
        reached=rng.random(),
    )


class Seen:
    """What the events have told of one contact."""

    def __init__(self, *, callback: bool) -> None:
        self.callback = callback
        self.stage = "new"
        self.leg = 1
        self.queue = ""
        self.queued_s = inf
        self.answered_s: float | None = None
        self.agent = -1
        self.talk_s = 0.0
        self.tries = 0
        self.reason: Reason | None = None


class Ledger:
    """Follows each contact by the events; an event that cannot follow the last one fails."""

    def __init__(self) -> None:
        self.contacts: dict[str, Seen] = {}
        self.last_s = 0.0

    def read(self, events: list[Event], since_s: float, now_s: float) -> None:
        for event in events:
            assert max(self.last_s, since_s) <= event.at_s <= now_s, "stamps never decrease"
            self.last_s = event.at_s
            if not isinstance(event, WrappedUp | BackupCalled):
                self._follow(event, self.contacts[event.call])

    def here(self) -> set[str]:
        return {name for name, seen in self.contacts.items() if seen.stage != "over"}

    def _follow(self, event: Event, seen: Seen) -> None:  # noqa: C901
        match event:
            case InMenu():
                assert seen.stage == "new"
                seen.stage = "menu"
            case Queued():
                assert seen.stage in ("new", "menu", "transferred", "overflowed")
                assert event.leg == seen.leg
                assert event.queued_s <= event.at_s
                if seen.stage == "overflowed":
                    assert event.queued_s == seen.queued_s, "an overflowed caller's wait goes on"
                if seen.stage == "transferred":
                    assert event.queued_s == event.at_s, "a second leg waits anew"
                seen.queue, seen.queued_s, seen.stage = event.queue, event.queued_s, "waiting"
            case Offered():
                assert seen.stage == "waiting"
                seen.stage, seen.agent = "ringing", event.agent
            case Missed():
                assert (seen.stage, seen.agent) == ("ringing", event.agent)
                seen.stage = "waiting"
            case Tried():
                assert seen.callback
                assert seen.stage == "waiting"
                seen.tries += 1
                assert event.attempt == seen.tries
            case Answered():
                assert seen.stage in ("waiting", "ringing")
                assert seen.stage == "waiting" or seen.agent == event.agent
                assert (event.queue, event.leg) == (seen.queue, seen.leg)
                assert event.queued_s == seen.queued_s, "no wait is ever reset"
                assert (event.kept is not None) == seen.callback
                seen.stage, seen.agent, seen.answered_s = "talk", event.agent, event.at_s
            case Overflowed():
                assert seen.stage == "waiting"
                assert event.queue == seen.queue
                seen.stage = "overflowed"
            case Transferred():
                assert seen.stage == "talk"
                self._talked(event.talk_s, event.hold_s, event.at_s, seen)
                seen.stage, seen.leg, seen.answered_s = "transferred", seen.leg + 1, None
                seen.callback = False  # the customer is on the line now, as any caller
            case Ended():
                self._ended(event, seen)

    def _talked(self, talk_s: float, hold_s: float, at_s: float, seen: Seen) -> None:
        assert seen.answered_s is not None
        assert talk_s >= -1e-9
        assert hold_s >= 0
        assert isclose(talk_s + hold_s, at_s - seen.answered_s, abs_tol=1e-6)

    def _ended(self, event: Ended, seen: Seen) -> None:
        assert seen.stage != "over", "nothing ends twice"
        assert event.leg == seen.leg
        assert event.answered_s == seen.answered_s
        match event.reason:
            case Reason.AGENT | Reason.CALLER:
                assert seen.stage == "talk"
                self._talked(event.talk_s, event.hold_s, event.at_s, seen)
            case Reason.LEFT_MENU | Reason.CONTAINED:
                assert seen.stage == "menu"
            case Reason.CLOSED:
                assert seen.stage in ("new", "menu")
            case Reason.CANCELLED | Reason.UNREACHED:
                assert seen.callback
                assert seen.stage in ("waiting", "ringing")
            case Reason.ABANDONED:
                assert seen.stage in ("waiting", "ringing")
                assert not seen.callback
            case Reason.CALLBACK | Reason.TIMED_OUT:
                assert seen.stage == "waiting"
                assert not seen.callback
            case _:
                raise AssertionError(event)
        assert (event.reason in NEVER_ANSWERED) == (event.answered_s is None)
        seen.stage, seen.reason = "over", event.reason


class AnyDay(RuleBasedStateMachine):
    """Everything that can be done to an engine."""

    @initialize(floor=ANY_FLOOR)
    def begin(self, floor: Floor) -> None:
        self.floor = floor
        self.now_s = 0.0
        self.engine = Engine(self.floor, handling_of)
        self.ledger = Ledger()
        self.numbers = count()
        self.outsiders: list[int] = []

    def tell(self, events: list[Event], since_s: float | None = None) -> None:
        self.ledger.read(events, self.now_s if since_s is None else since_s, self.now_s)

    # -- time

    @rule(pause_s=PAUSES)
    def time_passes(self, pause_s: float) -> None:
        since_s, self.now_s = self.now_s, self.now_s + pause_s
        self.tell(self.engine.advance(self.now_s), since_s)

    @rule()
    def nothing_happens_before_it_is_due(self) -> None:
        due_s = self.engine.next_due()
        if due_s is None or due_s <= self.now_s or due_s > self.now_s + 120:
            return
        self.now_s = max(self.now_s, nextafter(due_s, 0))
        assert self.engine.advance(self.now_s) == []
        assert self.engine.next_due() == due_s

    @rule(back_s=st.floats(0.001, 10))
    def time_does_not_run_backwards(self, back_s: float) -> None:
        if self.now_s - back_s < self.now_s:
            with pytest.raises(ValueError, match="backwards"):
                self.engine.advance(self.now_s - back_s)

    # -- callers

    @rule(queue=st.sampled_from(sorted(RULES)), waited_s=st.none() | st.floats(0.0, 50.0))
    def a_call_comes(self, queue: str, waited_s: float | None) -> None:
        call = f"c{next(self.numbers)}"
        used = {group: used for group, (used, _) in self.engine.trunks.state().items()}
        was_full, menu_full = self.engine.full, False
        if self.floor.ivr is not None and self.engine._menu_works and waited_s is None:
            menu_full = self.engine.ports_used >= self.floor.ivr.ports
        self.ledger.contacts[call] = Seen(callback=False)
        queued_s = None if waited_s is None else self.now_s - waited_s
        try:
            events = self.engine.offer(
                self.now_s, call=call, queue=queue, reference=call, queued_s=queued_s
            )
        except BlockedError:
            del self.ledger.contacts[call]
            assert was_full or menu_full
            assert used == {group: n for group, (n, _) in self.engine.trunks.state().items()}
        else:
            assert not was_full
            assert not menu_full
            self.tell(events)

    @rule(data=st.data())
    def a_caller_hangs_up(self, data) -> None:
        if self.ledger.contacts:
            call = data.draw(st.sampled_from(sorted(self.ledger.contacts)))
            was_here = self.engine.holds(call)
            self.tell(self.engine.hang_up(self.now_s, call))
            assert not self.engine.holds(call)
            assert was_here or self.ledger.contacts[call].stage == "over"

    @rule(data=st.data(), digits=st.sampled_from(["0", "1", "20"]))
    def a_caller_dials(self, data, digits: str) -> None:
        if here := sorted(self.ledger.here()):
            self.tell(self.engine.press(self.now_s, data.draw(st.sampled_from(here)), digits))

    @rule(data=st.data(), queue=st.sampled_from(sorted(RULES)), promised=st.booleans())
    def a_callback_is_asked_for(self, data, queue: str, promised: bool) -> None:
        callback = f"b{next(self.numbers)}"
        waiting = sorted(c for c, s in self.ledger.contacts.items() if s.stage == "waiting")
        call = data.draw(st.none() | st.sampled_from(waiting)) if waiting else None
        promised_s = self.now_s + 10 if promised and call is None else None
        self.ledger.contacts[callback] = Seen(callback=True)
        try:
            until_s, events = self.engine.call_back(
                self.now_s, callback=callback, queue=queue, reference=callback,
                call=call, promised_s=promised_s,
            )  # fmt: skip
        except ClosedError:
            del self.ledger.contacts[callback]
            assert call is None
            assert not self.floor.timetable.is_open(queue, self.now_s)
        except WrongStateError:
            del self.ledger.contacts[callback]
            assert call is not None
            assert self.ledger.contacts[call].callback
        else:
            assert until_s == (promised_s or self.now_s + 30.0)
            self.tell(events)
            if call is not None:
                assert self.ledger.contacts[call].reason is Reason.CALLBACK

    # -- the house

    @rule(skill=st.sampled_from(sorted(RULES)), heads=st.integers(-2, 2))
    def the_roster_changes(self, skill: str, heads: int) -> None:
        self.tell(self.engine.staff(self.now_s, skill, heads))

    @rule(called=st.booleans())
    def the_backup_is_called_or_sent_home(self, called: bool) -> None:
        act = self.engine.call_backup if called else self.engine.release_backup
        self.tell(act(self.now_s))

    @rule(up=st.booleans())
    def the_menu_is_switched(self, up: bool) -> None:
        self.tell(self.engine.menu_is(self.now_s, up=up))
        assert up or self.engine.ports_used == 0

    @rule(group=st.sampled_from(["first", "second"]), channels=st.integers(0, 4))
    def a_trunk_group_is_resized(self, group: str, channels: int) -> None:
        self.engine.trunks.resize(group, channels)

    # -- agents from outside

    @rule(skill=st.sampled_from(sorted(RULES)))
    def an_outsider_logs_in(self, skill: str) -> None:
        if len(self.outsiders) < 4:
            number, events = self.engine.log_in(self.now_s, skill)
            self.outsiders.append(number)
            self.tell(events)

    @precondition(lambda self: self.outsiders)
    @rule(
        data=st.data(),
        what=st.sampled_from(["accept", "decline", "finish", "pass", "away", "back", "out"]),
    )
    def an_outsider_does_something(self, data, what: str) -> None:
        engine, now_s = self.engine, self.now_s
        number = data.draw(st.sampled_from(self.outsiders))
        _, call = engine.agent_state(number)
        call = call if call is not None else "nothing"
        try:
            match what:
                case "accept":
                    events = engine.accept(now_s, number, call)
                case "decline":
                    events = engine.decline(now_s, number, call)
                case "finish":
                    events = engine.finish(now_s, number, call)
                case "pass":
                    events = engine.finish(now_s, number, call, to="b")
                case "away":
                    events = engine.set_away(now_s, number, State.MEETING)
                case "back":
                    events = engine.set_away(now_s, number, None)
                case _:
                    events = engine.log_out(now_s, number)
        except WrongStateError:
            return
        self.tell(events)

    # -- what always holds

    @invariant()
    def all_holds(self) -> None:
        # What was due in the same moment, and what a refused order left untold, comes now.
        self.tell(self.engine.advance(self.now_s))
        self.every_contact_is_in_one_place()
        self.no_agent_has_two_contacts()
        self.the_queues_are_as_they_are_told()
        self.nobody_waits_for_nothing()
        due_s = self.engine.next_due()
        assert due_s is None or due_s >= self.now_s, "what is due is done"

    def every_contact_is_in_one_place(self) -> None:
        engine, contacts = self.engine, self.engine._contacts
        stages = {name: contact.stage for name, contact in contacts.items()}
        assert set(stages) == self.ledger.here(), "none lost, none too many"
        assert set(engine.live()) == set(stages)
        assert engine.ports_used == sum(stage is Stage.MENU for stage in stages.values())
        for name, contact in contacts.items():
            assert (contact.agent is not None) == (contact.stage in (Stage.RINGING, Stage.TALK))
            assert (contact.wait >= 0) == (contact.stage is Stage.WAITING)
            seen = self.ledger.contacts[name]
            if contact.stage in (Stage.MENU, Stage.TALK):
                assert seen.stage == contact.stage.name.lower()
        used = dict.fromkeys(self.floor.trunks, 0)
        for contact in contacts.values():
            on_line = not contact.is_callback or contact.stage is Stage.TALK
            assert not on_line or contact.trunk is not None, "who is on the line holds a channel"
            if contact.stage in (Stage.RESTING, Stage.WAITING) and contact.is_callback:
                assert contact.trunk is None
            if contact.trunk is not None:
                used[contact.trunk] += 1
        assert used == {group: n for group, (n, _) in engine.trunks.state().items()}

    def no_agent_has_two_contacts(self) -> None:
        having = [contact.agent for contact in self.engine._contacts.values() if contact.agent]
        assert len({id(agent) for agent in having}) == len(having)
        for team in self.engine.teams():
            states = dict.fromkeys(PRESENT, 0)
            for number, agent in team.members.items():
                assert agent.number == number
                states[agent.state] += 1
                with_caller = agent.state in (State.RESERVED, State.BUSY, State.HOLD)
                assert with_caller == (agent.contact is not None)
                assert agent.contact is None or agent.contact.agent is agent
                assert agent.contact is None or agent.contact.id in self.engine._contacts
                assert not (agent.sidelined and agent.contact)
            assert states == {state: team.count(state) for state in PRESENT}
            assert all(agent.state is State.OFFLINE for agent in team.off_duty)

    def the_queues_are_as_they_are_told(self) -> None:
        contacts = list(self.engine._contacts.values())
        for name, told in self.engine.state(self.now_s).items():
            mine = [contact for contact in contacts if contact.queue == name]
            waiting = [c for c in mine if c.stage is Stage.WAITING]
            callers = [c for c in waiting if not c.is_callback]
            assert told.waiting == len(callers)
            assert told.callbacks == len(waiting) - len(callers)
            assert told.in_talk == sum(c.stage is Stage.TALK for c in mine)
            longest_s = max((self.now_s - c.queued_s for c in callers), default=0.0)
            assert isclose(told.longest_wait_s, longest_s, abs_tol=1e-9)
            assert sum(told.agents.values()) == sum(
                len(team.members) for team in self.engine.teams() if team.skill == name
            )

    def nobody_waits_for_nothing(self) -> None:
        for name, queue in self.engine._queues.items():
            idle = [
                agent
                for team in self.engine.teams()
                for agent in team.members.values()
                if team.skill == name and agent.state is State.AVAILABLE and not agent.sidelined
            ]
            assert not (idle and queue.served.first() is not None)
            assert (queue.idle.since() is not None) == bool(idle)

    def teardown(self) -> None:
        """When all have hung up and time has passed, nothing is held by anybody."""
        if not hasattr(self, "engine"):
            return
        for call in self.engine.live():
            self.tell(self.engine.hang_up(self.now_s, call))
        since_s, self.now_s = self.now_s, self.now_s + 500.0
        self.tell(self.engine.advance(self.now_s), since_s)

        assert self.engine.live() == {}
        assert self.ledger.here() == set()
        assert all(used == 0 for used, _ in self.engine.trunks.state().values())
        assert self.engine.ports_used == 0
        for team in self.engine.teams():
            for state in (State.RESERVED, State.BUSY, State.HOLD):
                assert team.count(state) == 0
            assert team.pool is Pool.OUTSIDE or team.count(State.WRAP_UP) == 0


class Outsiders(RuleBasedStateMachine):
    """Two agents from outside, nobody else: what each may do is known in every state."""

    @initialize()
    def begin(self) -> None:
        floor = Floor(
            {"q": QueueRule()},
            Tides({"q": (0, 0)}),
            {"carrier": 100},
            ringing=Ringing(timeout_s=15.0),
        )
        self.engine = Engine(floor, lambda _: Handling(10.0, 5.0))
        self.now_s = 0.0
        self.numbers = count()
        self.expected: dict[int, State] = {}  # of those logged in
        self.call: dict[int, str] = {}
        self.rings_until_s: dict[int, float] = {}
        self.wish: dict[int, State | None] = {}
        self.leaving: set[int] = set()
        self.queue: list[tuple[float, int, str]] = []  # since when, and in which order
        self.queued_s: dict[str, float] = {}
        self.additions = count()
        self.idle: list[int] = []  # the longest-idle first

    # The model: what a distributor for these two has to do.

    def _waits(self, call: str) -> None:
        self.queue.append((self.queued_s[call], next(self.additions), call))
        self.queue.sort()
        self._match()

    def _match(self) -> None:
        while self.queue and self.idle:
            agent, (_, _, call) = self.idle.pop(0), self.queue.pop(0)
            self.expected[agent], self.call[agent] = State.RESERVED, call
            self.rings_until_s[agent] = self.now_s + 15.0

    def _free(self, agent: int) -> None:
        wish = self.wish.get(agent)
        if agent in self.leaving:
            self._gone(agent)
        elif wish is not None:
            self.expected[agent] = wish
        else:
            self.expected[agent] = State.AVAILABLE
            self.idle.append(agent)
        self._match()

    def _gone(self, agent: int) -> None:
        del self.expected[agent]
        self.leaving.discard(agent)

    def _misses(self, agent: int) -> None:
        call = self.call.pop(agent)
        self.rings_until_s.pop(agent)
        if agent in self.leaving:
            self._gone(agent)
        else:
            self.expected[agent] = self.wish.get(agent) or State.MISSED
        self._waits(call)

    def _is_through(self, agent: int) -> None:
        if agent in self.leaving:
            self._gone(agent)
        else:
            self.expected[agent] = self.wish.get(agent) or State.WRAP_UP

    # What they do.

    @rule()
    def logs_in(self) -> None:
        if len(self.expected) < 2:
            number, _ = self.engine.log_in(self.now_s, "q")
            self.wish[number] = None
            self._free(number)

    @rule()
    def a_call_comes(self) -> None:
        call = f"c{next(self.numbers)}"
        self.engine.offer(self.now_s, call=call, queue="q", reference=call)
        self.queued_s[call] = self.now_s
        self._waits(call)

    @rule(pause_s=st.sampled_from([1.0, 7.5, 15.0, 16.0]))
    def time_passes(self, pause_s: float) -> None:
        until_s = self.now_s + pause_s
        while self.rings_until_s and min(self.rings_until_s.values()) <= until_s:
            agent = min(self.rings_until_s, key=lambda each: self.rings_until_s[each])
            self.now_s = self.rings_until_s[agent]
            self._misses(agent)
        self.now_s = until_s
        self.engine.advance(until_s)

    def _agent(self, data) -> int:
        return data.draw(st.sampled_from([*sorted(self.expected) * 4, 999]))

    def _may(self, allowed: bool, act, *arguments) -> None:
        if allowed:
            act(self.now_s, *arguments)
        else:
            with pytest.raises(WrongStateError):
                act(self.now_s, *arguments)

    @rule(data=st.data(), wrong=st.booleans())
    def accepts(self, data, wrong: bool) -> None:
        agent = self._agent(data)
        call = "another" if wrong else self.call.get(agent, "none")
        allowed = self.expected.get(agent) is State.RESERVED and not wrong
        self._may(allowed, self.engine.accept, agent, call)
        if allowed:
            self.expected[agent] = State.BUSY
            del self.rings_until_s[agent]

    @rule(data=st.data())
    def declines(self, data) -> None:
        agent = self._agent(data)
        allowed = self.expected.get(agent) is State.RESERVED
        self._may(allowed, self.engine.decline, agent, self.call.get(agent, "none"))
        if allowed:
            self._misses(agent)

    @rule(data=st.data(), passes_on=st.booleans())
    def finishes(self, data, passes_on: bool) -> None:
        agent = self._agent(data)
        call = self.call.get(agent, "none")
        allowed = self.expected.get(agent) is State.BUSY
        to = "q" if passes_on else None
        self._may(
            allowed, lambda now_s, *a: self.engine.finish(now_s, *a, to=to), agent, call
        )  # fmt: skip
        if allowed:
            del self.call[agent]
            self._is_through(agent)
            if passes_on:
                self.queued_s[call] = self.now_s
                self._waits(call)

    @rule(data=st.data())
    def the_caller_hangs_up(self, data) -> None:
        agent = self._agent(data)
        call = self.call.pop(agent, None)
        if call is None:
            return
        self.engine.hang_up(self.now_s, call)
        if self.rings_until_s.pop(agent, None) is not None:
            self._free(agent)
        else:
            self._is_through(agent)

    @rule(data=st.data(), reason=st.sampled_from([None, State.BREAK, State.TECH, State.BUSY]))
    def goes_away_or_comes_back(self, data, reason: State | None) -> None:
        agent = self._agent(data)
        allowed = agent in self.expected and (reason is None or reason in AWAY)
        self._may(allowed, self.engine.set_away, agent, reason)
        if allowed:
            self.wish[agent] = reason
            was_idle = agent in self.idle
            if agent in self.call or (was_idle and reason is None):
                return
            if was_idle:
                self.idle.remove(agent)
            self._free(agent)

    @rule(data=st.data())
    def logs_out(self, data) -> None:
        agent = self._agent(data)
        self.engine.log_out(self.now_s, agent)
        if agent in self.call:
            self.leaving.add(agent)
        elif agent in self.expected:
            if agent in self.idle:
                self.idle.remove(agent)
            self._gone(agent)

    @invariant()
    def each_is_in_the_expected_state(self) -> None:
        for agent, state in self.expected.items():
            assert self.engine.agent_state(agent) == (state, self.call.get(agent))
        assert self.engine.agent_state(999) == (State.OFFLINE, None)
        told = self.engine.state(self.now_s)["q"]
        assert told.waiting == len(self.queue)
        assert sum(told.agents.values()) == len(self.expected)


@pytest.mark.parametrize(
    ("machine", "examples"), [(AnyDay, 30), (Outsiders, 25)], ids=["any-day", "outsiders"]
)
def test_whatever_happens_every_contact_ends_once_and_nobody_is_in_two_places(machine, examples):
    """A distributor that loses one call in a million would be blamed on the harness."""
    _run(machine, examples, 40)


@pytest.mark.nightly
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("machine", [AnyDay, Outsiders], ids=["any-day", "outsiders"])
def test_the_same_over_many_more_histories(machine):
    """Rare interleavings need many tries."""
    _run(machine, 1500, 80)


def _run(machine, examples: int, steps: int) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate, Phase.shrink],
            database=None,
        ),
    )


def test_an_empty_interval_is_no_bad_interval():
    """Nobody called at night: that is no reason to call the backup."""
    trigger = Trigger(Backup({}, below=0.8, intervals=2))
    trigger.left_queue(100.0, answered=True)
    assert not trigger.end_interval()
    assert not trigger.end_interval()
    trigger.left_queue(100.0, answered=False)

    assert trigger.end_interval()
