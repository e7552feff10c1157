"""Who is at work: shifts, breaks, backup, experience, people from outside; in virtual time."""

from collections.abc import Callable

import pytest

from mock_center.acd.agents import PRESENT, Pool, State
from mock_center.acd.engine import Engine, WrongStateError
from mock_center.acd.events import (
    Answered,
    BackupCalled,
    Ended,
    Event,
    Missed,
    Offered,
    Transferred,
    WrappedUp,
)
from mock_center.acd.floor import Always, Floor, Handling
from mock_center.acd.learning import proficiency
from mock_center.chance import HandleTime
from mock_center.config.centre import Backup, Breaks, Callbacks, Experience, QueueRule, Ringing
from tests.mock_center.simulation import floor_of

PLAIN = Handling(talk_s=100.0, wrap_up_s=10.0)
Q = {"q": QueueRule()}


def works(floor: Floor, handling: Handling = PLAIN) -> Engine:
    return Engine(floor, lambda _: handling)


def call(engine: Engine, at_s: float, name: str, queue: str = "q") -> list[Event]:
    return engine.offer(at_s, call=name, queue=queue, reference=name)


def count(engine: Engine, *states: State, pool: Pool | None = None) -> int:
    teams = [team for team in engine.teams() if pool in (None, team.pool)]
    return sum(team.count(state) for team in teams for state in states or PRESENT)


def seconds(engine: Engine, now_s: float, *states: State) -> float:
    return sum(team.seconds(state, now_s) for team in engine.teams() for state in states or PRESENT)


# -- shifts


class Shifts(Always):
    """Two agents until 1000, three until 2000, none after that."""

    def heads(self, skill: str, at_s: float) -> int:
        return 2 if at_s < 1000 else 3 if at_s < 2000 else 0

    def change_after(self, skill: str, at_s: float) -> float | None:
        return next((change_s for change_s in (1000.0, 2000.0) if change_s > at_s), None)


def test_shifts_begin_and_end_and_whoever_has_a_caller_finishes_first():
    """Nobody drops a customer at five o'clock; and nobody new is taken on after it."""
    engine = works(Floor(Q, Shifts({}), {"carrier": 99}))
    heads = [count(engine)]
    engine.advance(1000.0)
    heads.append(count(engine))
    call(engine, 1950.0, "late")
    engine.advance(2000.0)
    heads.append(count(engine))
    call(engine, 2001.0, "too late")
    events = engine.advance(2059.0)
    wrapping = count(engine, State.WRAP_UP)
    events += engine.advance(3000.0)

    assert heads == [2, 3, 1]
    assert wrapping == 1, "and wraps up"
    assert [type(event) for event in events] == [Ended, WrappedUp]
    assert count(engine) == 0
    assert engine.state(3000.0)["q"].waiting == 1


def test_a_shift_that_begins_takes_those_who_wait():
    """The first morning agent finds a queue."""
    engine = works(Floor(Q, Shifts({}), {"carrier": 99}), Handling(5000.0, 0.0))
    for number in range(4):
        call(engine, 900.0, f"c{number}")
    events = engine.advance(1000.0)

    assert [(e.call, e.at_s) for e in events if type(e) is Answered] == [("c2", 1000.0)]


def test_staff_comes_at_once_and_goes_after_the_contact_at_hand():
    """The admin port's order: idle agents leave first, calls add up, and it never goes below 0."""
    engine = works(floor_of({"q": 2}))
    call(engine, 0.0, "c")
    engine.staff(1.0, "q", -1)
    idle_gone = count(engine, State.AVAILABLE), count(engine)
    engine.staff(2.0, "q", -5)
    still = count(engine)
    engine.advance(200.0)
    gone = count(engine)
    engine.staff(300.0, "q", 9)
    with pytest.raises(KeyError):
        engine.staff(300.0, "nowhere", 1)

    assert idle_gone == (0, 1)
    assert (still, gone) == (1, 0)
    assert count(engine, State.AVAILABLE) == 5, "2 planned, 6 taken away, 9 added"


def test_whoever_was_to_leave_stays_if_needed_again():
    """No new face while an old one is still at the desk."""
    engine = works(floor_of({"q": 1}))
    call(engine, 0.0, "c")
    engine.staff(1.0, "q", -1)
    engine.staff(2.0, "q", 1)
    engine.advance(200.0)
    found = call(engine, 200.0, "d")

    assert count(engine) == 1
    assert [e.agent for e in found if type(e) is Answered] == [1]


# -- away for a while


def test_agents_take_breaks_between_calls_and_come_back():
    """About one in every interval, never in the middle of a caller."""
    rests = (Breaks("break", 1000.0, HandleTime(100.0, 0.0)),)
    engine = works(floor_of({"q": 20}, breaks=rests))
    day_s = 40_000.0
    for number in range(2000):
        call(engine, number * 20.0, f"c{number}")
    engine.advance(day_s)
    share = seconds(engine, day_s, State.BREAK) / seconds(engine, day_s)

    assert share == pytest.approx(0.1, abs=0.015), "100 s in every 1000 s"
    assert count(engine) == 20


def test_who_talks_takes_the_break_afterwards_and_the_next_caller_waits():
    """A break that is due in a talk begins when the wrap-up is over."""
    rests = (Breaks("training", 1000.0, HandleTime(100.0, 0.0)),)  # due after 500 to 1500 s
    engine = works(floor_of({"q": 1}, breaks=rests), Handling(1600.0, 10.0))
    call(engine, 0.0, "c")
    call(engine, 1.0, "waits")
    engine.advance(1610.0)
    away = count(engine, State.TRAINING)
    events = engine.advance(1710.0)

    assert away == 1
    assert [(e.call, e.at_s) for e in events if type(e) is Answered] == [("waits", 1710.0)]


def test_a_break_ends_with_the_shift():
    """What was planned for one shift does not send the next one away."""
    rests = (Breaks("break", 1500.0, HandleTime(100_000.0, 0.0)),)
    engine = works(Floor(Q, Shifts({}), {"carrier": 9}, breaks=rests))
    engine.advance(1999.0)
    away = count(engine, State.BREAK)
    engine.advance(2000.0)

    assert away > 0
    assert count(engine) == 0
    assert engine.advance(9000.0) == []


# -- the backup pool

BACKUP = Backup({"q": 3}, delay_s=600.0, pace=1.2)


def test_the_backup_comes_after_its_delay_works_slower_and_is_sent_home():
    """Ten minutes to log in, 20 % slower; whoever has a caller finishes first."""
    engine = works(floor_of({"q": 0}, backup=BACKUP))
    call(engine, 0.0, "c")
    called = engine.call_backup(100.0)
    again = engine.call_backup(200.0)
    before = engine.advance(699.9)
    events = engine.advance(700.0)
    at_work = count(engine, pool=Pool.BACKUP)
    engine.release_backup(710.0)
    staying = count(engine)
    events += engine.advance(2000.0)
    ended = next(event for event in events if type(event) is Ended)

    assert called == [BackupCalled(3, 100.0, 700.0)]
    assert (again, before) == ([], [])
    assert (at_work, staying, count(engine)) == (3, 1, 0)
    assert (ended.talk_s, ended.at_s) == (pytest.approx(120.0), pytest.approx(820.0))


def test_the_backup_is_slower_on_hold_too():
    """Whoever has to ask leaves the caller waiting for longer."""
    engine = works(floor_of({"q": 0}, backup=BACKUP), PLAIN._replace(hold_s=50.0))
    call(engine, 0.0, "c")
    engine.call_backup(0.0)
    (ended,) = [each for each in engine.advance(2000.0) if type(each) is Ended]

    assert (ended.talk_s, ended.hold_s) == (pytest.approx(120.0), pytest.approx(60.0))


def test_a_backup_sent_home_before_it_came_does_not_come():
    """And called anew, it comes its delay after that call, not after the first."""
    engine = works(floor_of({"q": 0}, backup=BACKUP))
    engine.call_backup(0.0)
    engine.release_backup(100.0)
    engine.advance(150.0)
    engine.call_backup(200.0)
    engine.advance(600.0)
    too_early = count(engine)
    engine.advance(800.0)

    assert too_early == 0
    assert count(engine) == 3


def test_a_backup_without_access_never_comes():
    """Trained, willing, and nobody gave them a login: the classic of a first spike."""
    backup = Backup({"q": 3}, provisioned=False)
    engine = works(floor_of({"q": 0}, backup=backup))
    called = engine.call_backup(0.0)
    engine.advance(10_000.0)

    assert called == [BackupCalled(3, 0.0, None)]
    assert count(engine) == 0


def test_a_backup_that_cannot_be_reached_is_called_in_vain():
    """It comes when it is called again, once it can be."""
    engine = works(floor_of({"q": 0}, backup=BACKUP))
    engine.backup_is(reachable=False)
    engine.call_backup(0.0)
    engine.advance(1000.0)
    in_vain = count(engine)
    engine.backup_is(reachable=True)
    engine.release_backup(1000.0)
    engine.call_backup(1000.0)
    engine.advance(1600.0)

    assert (in_vain, count(engine)) == (0, 3)


def test_without_a_backup_the_call_changes_nothing():
    """A button with nothing behind it."""
    engine = works(floor_of({"q": 1}))

    assert engine.call_backup(0.0) == []
    assert engine.release_backup(1.0) == []


@pytest.mark.parametrize(("waits_s", "called"), [(19.0, False), (21.0, True)])
def test_bad_intervals_in_a_row_call_the_backup_by_themselves(waits_s, called):
    """The service level of two whole intervals below 80 %: not one, and not a bad minute."""
    backup = Backup({"q": 1}, below=0.8, threshold_s=20.0, interval_s=100.0, intervals=2)
    engine = works(floor_of({"q": 0}, backup=backup))
    told = []
    for interval in range(2):
        name = f"c{interval}"
        told += call(engine, interval * 100.0 + 1, name)
        told += engine.staff(interval * 100.0 + 1 + waits_s, "q", 1)
        told += engine.advance(interval * 100.0 + 60.0)
        told += engine.hang_up(interval * 100.0 + 60.0, name)
        told += engine.staff(interval * 100.0 + 80.0, "q", -1)
    told += engine.advance(200.0)
    found = [event.at_s for event in told if type(event) is BackupCalled]

    assert found == ([200.0] if called else [])


# -- experience


def test_handicaps_halve_every_four_weeks():
    """Week 0: 40 % slower, twice the transfers, half as many unresolved again; week 12: an eighth."""
    rules = Experience()

    assert proficiency(rules, 0) == (1.4, 2.0, 1.5)
    assert proficiency(rules, 4) == pytest.approx((1.2, 1.5, 1.25))
    assert proficiency(rules, 12) == pytest.approx((1.05, 1.125, 1.0625))


def outcome(weeks: float) -> tuple[float, float, float]:
    """Return mean talk, share transferred and share unresolved of 1000 first talks."""
    handlings = {
        f"c{n}": Handling(100.0, 0.0, transferred=(n * 7 % 1000 + 0.5) / 1000,
                          resolved=(n * 13 % 1000 + 0.5) / 1000, second_talk_s=50.0)
        for n in range(1000)
    }  # fmt: skip
    rules = {"q": QueueRule(transfer_to="second"), "second": QueueRule()}
    floor = floor_of(
        {"q": 1000, "second": 1000}, queues=rules, experience=Experience(), weeks=weeks,
        transferred=0.1, resolved=0.8,
    )  # fmt: skip
    engine = Engine(floor, handlings.__getitem__)
    for name in handlings:
        call(engine, 0.0, name)
    events = engine.advance(10_000.0)
    passed_on = [event for event in events if type(event) is Transferred]
    ended = [event for event in events if type(event) is Ended]
    talks = [e.talk_s for e in passed_on] + [e.talk_s for e in ended if e.leg == 1]
    unresolved = sum(event.resolved is False for event in ended) / len(ended)
    return sum(talks) / len(talks), len(passed_on) / 1000, unresolved


def test_in_week_1_agents_are_slower_pass_on_more_and_solve_less_than_in_week_12():
    """The dip of the first months is what a cutover has to survive."""
    new, seasoned = outcome(1), outcome(12)

    assert new == pytest.approx((133.636, 0.184, 0.284), abs=0.001)
    assert seasoned == pytest.approx((105.0, 0.1125, 0.2125), abs=0.001)


# -- time adds up


def test_the_seconds_in_all_states_add_up_to_the_time_at_work():
    """Occupancy is a ratio of these; a second counted twice would bend it."""
    rests = (Breaks("break", 700.0, HandleTime(60.0, 0.5)),)
    floor = Floor(Q, Shifts({}), {"carrier": 99}, breaks=rests,
                  ringing=Ringing(pick_up=HandleTime(5.0, 0.0)))  # fmt: skip
    handling = Handling(80.0, 20.0, hold_s=30.0, pick_up_s=5.0)
    engine = works(floor, handling)
    for number in range(20):
        call(engine, number * 50.0, f"c{number}")
    engine.advance(1000.0)
    staffed_s = [seconds(engine, 1000.0)]
    engine.advance(1900.0)
    staffed_s.append(seconds(engine, 1900.0))
    busy_s = [seconds(engine, 1900.0, state) for state in (State.BUSY, State.HOLD, State.WRAP_UP)]

    assert staffed_s == pytest.approx([2000.0, 2000.0 + 2700.0])
    assert busy_s[0] / busy_s[1] == pytest.approx(80 / 30, rel=0.15)
    assert busy_s[0] / busy_s[2] == pytest.approx(4, rel=0.15)
    assert all(seconds(engine, 1900.0, state) >= 0 for state in PRESENT)


# -- people from outside


def alone(**rules) -> tuple[Engine, int]:
    """Return a floor on which only one agent from outside works, and its number."""
    engine = works(floor_of({"q": 0}, **rules))
    number, _ = engine.log_in(0.0, "q")
    return engine, number


def test_an_outsider_is_offered_a_call_accepts_it_and_ends_it():
    """Offer, accept, finish, wrap up for as long as it takes, available again."""
    engine, me = alone()
    offered = call(engine, 1.0, "c")[-1]
    reserved = engine.agent_state(me)
    answered = engine.accept(4.0, me, "c")
    busy = engine.agent_state(me)
    engine.advance(1000.0)
    ended = engine.finish(1000.0, me, "c")
    after = engine.advance(1500.0), engine.agent_state(me)
    wrapped = engine.set_away(1600.0, me, None)

    assert offered == Offered("c", "q", me, 1.0, 16.0)
    assert reserved == (State.RESERVED, "c")
    assert answered == [Answered("c", "q", 1.0, 4.0, me, 1, None)]
    assert busy == (State.BUSY, "c")
    assert (ended[0].talk_s, ended[0].resolved) == (996.0, True)
    assert after == ([], (State.WRAP_UP, None))
    assert wrapped == [WrappedUp("q", me, 600.0, 1600.0)]
    assert engine.agent_state(me) == (State.AVAILABLE, None)


@pytest.mark.parametrize("declines", [True, False])
def test_an_outsider_who_declines_or_lets_it_ring_is_away_until_available_again(declines):
    """The caller goes to the next agent with the wait that was; nobody is offered it twice."""
    engine, me = alone()
    call(engine, 0.0, "c")
    events = engine.decline(14.0, me, "c") if declines else engine.advance(15.0)
    state = engine.agent_state(me)
    engine.advance(500.0)
    other, taken = engine.log_in(500.0, "q")
    engine.set_away(501.0, me, None)

    assert events == [Missed("c", "q", me, 14.0 if declines else 15.0)]
    assert state == (State.MISSED, None)
    assert taken == [Offered("c", "q", other, 500.0, 515.0)]
    assert engine.agent_state(me) == (State.AVAILABLE, None)


def test_an_outsider_passes_a_caller_on():
    """To a queue that exists; the second leg is somebody else's."""
    engine = works(floor_of({"q": 0, "second": 1}), PLAIN._replace(second_talk_s=30.0))
    me, _ = engine.log_in(0.0, "q")
    call(engine, 0.0, "c")
    engine.accept(1.0, me, "c")
    with pytest.raises(KeyError):
        engine.finish(50.0, me, "c", to="nowhere")
    still = engine.agent_state(me)
    events = engine.finish(51.0, me, "c", to="second") + engine.advance(500.0)

    assert still == (State.BUSY, "c")
    assert events[0] == Transferred("c", "q", "second", 51.0, 50.0, 0.0)
    assert events[-2].talk_s == 30.0
    assert events[-2].leg == 2
    assert engine.agent_state(me) == (State.WRAP_UP, None)


def test_an_unresolved_contact_is_told_as_such():
    """The agent from outside knows best."""
    engine, me = alone()
    call(engine, 0.0, "c")
    engine.accept(1.0, me, "c")

    assert engine.finish(2.0, me, "c", resolved=False)[0].resolved is False


def _available(engine: Engine, me: int) -> None:
    pass


def _ringing(engine: Engine, me: int) -> None:
    call(engine, 1.0, "c")


def _talking(engine: Engine, me: int) -> None:
    call(engine, 1.0, "c")
    engine.accept(2.0, me, "c")


def _wrapping_up(engine: Engine, me: int) -> None:
    _talking(engine, me)
    engine.finish(3.0, me, "c")


def _missed(engine: Engine, me: int) -> None:
    _ringing(engine, me)
    engine.decline(2.0, me, "c")


def _away(engine: Engine, me: int) -> None:
    engine.set_away(1.0, me, State.MEETING)


AT_ONCE = [_available, _wrapping_up, _missed, _away]


@pytest.mark.parametrize("state", AT_ONCE)
def test_an_outsider_without_a_caller_logs_out_at_once(state: Callable[[Engine, int], None]):
    """Whatever else it was doing; and is unknown from then on."""
    engine, me = alone()
    state(engine, me)
    engine.log_out(10.0, me)

    assert engine.agent_state(me) == (State.OFFLINE, None)
    assert count(engine) == 0
    with pytest.raises(WrongStateError):
        engine.set_away(11.0, me, None)
    assert engine.log_out(12.0, me) == []


@pytest.mark.parametrize("state", [_ringing, _talking])
def test_an_outsider_with_a_caller_logs_out_after_it(state: Callable[[Engine, int], None]):
    """The caller is not dropped; while it still rings, it may be taken or left."""
    engine, me = alone()
    state(engine, me)
    engine.log_out(3.0, me)
    present = count(engine)
    if state is _ringing:
        engine.advance(16.0)
    else:
        engine.finish(16.0, me, "c")

    assert present == 1
    assert count(engine) == 0
    assert engine.holds("c") == (state is _ringing)


@pytest.mark.parametrize("state", [_available, _wrapping_up, _missed, _away, _ringing])
def test_what_cannot_be_done_now_is_refused_and_changes_nothing(state):
    """A client that mixes up its agents must not disturb a call."""
    engine, me = alone()
    state(engine, me)
    before = engine.agent_state(me)
    with pytest.raises(WrongStateError):
        engine.finish(5.0, me, "c")
    with pytest.raises(WrongStateError):
        engine.accept(5.0, me, "another")
    with pytest.raises(WrongStateError):
        engine.decline(5.0, me, "another")
    with pytest.raises(WrongStateError):
        engine.set_away(5.0, me, State.BUSY)
    with pytest.raises(WrongStateError):
        engine.accept(5.0, me + 1, "c")

    assert engine.agent_state(me) == before


def test_only_the_call_in_talk_can_be_ended():
    """A client that mixes up two calls must not cut off the wrong one."""
    engine, me = alone()
    _talking(engine, me)
    with pytest.raises(WrongStateError):
        engine.finish(5.0, me, "another")

    assert engine.agent_state(me) == (State.BUSY, "c")


def test_who_asks_for_a_break_in_a_call_has_it_afterwards_also_if_the_call_was_missed():
    """The wish is kept; coming back is the agent's own decision."""
    engine, me = alone()
    call(engine, 0.0, "c")
    engine.set_away(1.0, me, State.BREAK)
    ringing = engine.agent_state(me)
    engine.decline(2.0, me, "c")
    states = [engine.agent_state(me)[0]]
    engine.set_away(3.0, me, None)
    engine.accept(4.0, me, "c")
    engine.set_away(5.0, me, State.TECH)
    engine.finish(6.0, me, "c")
    states.append(engine.agent_state(me)[0])
    engine.set_away(7.0, me, None)
    states.append(engine.agent_state(me)[0])

    assert ringing == (State.RESERVED, "c")
    assert states == [State.BREAK, State.TECH, State.AVAILABLE]


def test_saying_available_twice_does_not_cost_the_turn():
    """A client that repeats itself, as clients do, must not be moved to the end of the idle."""
    engine, me = alone()
    engine.log_in(1.0, "q")
    engine.set_away(2.0, me, None)

    assert call(engine, 3.0, "c")[-1].agent == me


def test_an_outsider_dials_a_callback_by_itself_and_cannot_accept_or_decline_it():
    """It rings at the customer. Accepting would answer for somebody who is not there."""
    engine, me = alone(callbacks=Callbacks(ring_s=20.0))
    engine.call_back(0.0, callback="b-1", queue="q", reference="b-1")
    for refused in (engine.accept, engine.decline):
        with pytest.raises(WrongStateError):
            refused(1.0, me, "b-1")
    lines = engine.trunks.state()["carrier"][0]
    events = engine.advance(20.0)
    engine.finish(50.0, me, "b-1")

    assert lines == 1
    assert [(type(e), e.at_s) for e in events] == [(Answered, 20.0)]
    assert engine.trunks.state()["carrier"][0] == 0


def test_a_callback_that_is_passed_on_is_not_dialled_again():
    """The customer is on the line: one channel, and the next agent is rung as for any caller."""
    engine = works(floor_of({"q": 0, "second": 0}, callbacks=Callbacks(ring_s=20.0)))
    me, _ = engine.log_in(0.0, "q")
    engine.call_back(0.0, callback="b-1", queue="q", reference="b-1")
    engine.advance(20.0)
    engine.finish(50.0, me, "b-1", to="second")
    waits = engine.state(50.0)["second"].waiting
    other, offered = engine.log_in(60.0, "second")
    engine.accept(61.0, other, "b-1")
    lines = engine.trunks.state()["carrier"][0]
    engine.finish(90.0, other, "b-1")

    assert waits == 1
    assert offered == [Offered("b-1", "second", other, 60.0, 75.0)]
    assert (lines, engine.trunks.state()["carrier"][0]) == (1, 0)
