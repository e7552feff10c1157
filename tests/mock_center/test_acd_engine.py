"""The call distributor in virtual time: queueing theory, and what must hold for any history."""

import heapq
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_center.acd.engine import Answered, Ended, Engine, Event, Handling, Queued, Reason

# domain.md 7.2: agents, handle time, patience, calls per hour -> share that waits, that abandons,
# mean wait of all, share answered within 20 s of all offered.
ERLANG_A = [
    (10, 240, 180, 120, 0.2685, 0.0595, 10.71, 0.8044),
    (20, 360, 150, 180, 0.2861, 0.0655, 9.82, 0.7984),
    (20, 360, 150, 240, 0.6857, 0.2049, 30.74, 0.4371),
    (34, 300, 180, 360, 0.2291, 0.0315, 5.67, 0.8709),
    (50, 300, 180, 600, 0.4580, 0.0634, 11.42, 0.7311),
]


def simulate(agents: int, handle_s: float, patience_s: float, per_hour: float, calls: int):
    """Return (wait, answered?) of each call of an M/M/n+M queue."""
    rng = Random(f"erlang:{agents}:{per_hour}")
    engine = Engine(
        {"q": agents}, 10**9, lambda _: Handling(rng.expovariate(1 / handle_s), wrap_up_s=0.0)
    )
    waits: dict[str, tuple[float, bool]] = {}
    hang_ups: list[tuple[float, str]] = []

    def note(events: list[Event]) -> None:
        for event in events:
            if isinstance(event, Answered):
                waits[event.call] = (event.at_s - event.queued_s, True)
            elif isinstance(event, Ended) and event.answered_s is None:
                waits[event.call] = (event.at_s - event.queued_s, False)

    now_s = 0.0
    for number in range(calls):
        now_s += rng.expovariate(per_hour / 3600)
        while hang_ups and hang_ups[0][0] <= now_s:
            at_s, call = heapq.heappop(hang_ups)
            note(engine.advance(at_s))
            if call not in waits:
                note(engine.hang_up(at_s, call))
        name = str(number)
        note(engine.offer(now_s, call=name, queue="q", reference=name))
        if name not in waits:
            heapq.heappush(hang_ups, (now_s + rng.expovariate(1 / patience_s), name))
    return list(waits.values())


@pytest.mark.parametrize("case", ERLANG_A, ids=lambda c: f"{c[0]}-agents-{c[3]}-per-hour")
def test_the_engine_agrees_with_erlang_a(case):
    """A distributor that is off by a little would bend every verdict reached on the mock.

    150,000 calls, one fixed seed per case. Calls of one busy spell share its fate, so the shares
    scatter by about a point here (1.5 million calls came within half a point in all five cases):
    hence 2 points for shares, 0.7 for abandons, 8 % for the mean wait.
    """
    agents, handle_s, patience_s, per_hour, waiting, abandoned, mean_wait_s, within_20 = case
    told = simulate(agents, handle_s, patience_s, per_hour, 150_000)

    n = len(told)
    assert sum(wait > 0 for wait, _ in told) / n == pytest.approx(waiting, abs=0.02)
    assert sum(not answered for _, answered in told) / n == pytest.approx(abandoned, abs=0.007)
    assert sum(wait for wait, _ in told) / n == pytest.approx(mean_wait_s, rel=0.08)
    share = sum(answered and wait <= 20 for wait, answered in told) / n
    assert share == pytest.approx(within_20, abs=0.02)


steps = st.lists(
    st.tuples(
        st.floats(0, 30),
        st.one_of(
            st.tuples(st.just("offer"), st.sampled_from(["a", "b"])),
            st.tuples(st.just("hang_up"), st.integers(0, 60)),
            st.tuples(st.just("advance"), st.none()),
        ),
    ),
    max_size=60,
)


def play(script, agents: dict[str, int], channels: int) -> tuple[list[Event], int, Engine, float]:
    """Return all events, how many calls were let in, the engine and the time, after *script*."""
    handling = Random("handling")
    engine = Engine(
        agents, channels, lambda _: Handling(handling.uniform(0, 40), handling.uniform(0, 10))
    )
    events: list[Event] = []
    now_s, offered = 0.0, 0
    for pause_s, (what, value) in script:
        now_s += pause_s
        if what == "offer":
            events += engine.advance(now_s)
            if not engine.full:
                call = str(offered)
                events += engine.offer(now_s, call=call, queue=value, reference=call)
                offered += 1
        elif what == "hang_up":
            events += engine.hang_up(now_s, str(value))
        else:
            events += engine.advance(now_s)
    return events, offered, engine, now_s


@settings(max_examples=150, deadline=None)
@given(steps, st.integers(0, 3), st.integers(0, 3), st.integers(1, 12))
def test_no_call_is_lost_answered_twice_or_ended_twice(script, a: int, b: int, channels: int):
    """Whatever happens, what came in is queued, in talk or ended: exactly once each."""
    events, offered, engine, now_s = play(script, {"a": a, "b": b}, channels)

    queued = [e.call for e in events if isinstance(e, Queued)]
    answered = [e.call for e in events if isinstance(e, Answered)]
    ended = [e.call for e in events if isinstance(e, Ended)]
    states = engine.state(now_s)
    assert len(queued) == len(set(queued)) == offered
    assert len(answered) == len(set(answered))
    assert len(ended) == len(set(ended))
    assert set(queued) == set(ended) | set(engine.live())
    assert len(engine.live()) == sum(s.waiting + s.in_talk for s in states.values()) <= channels
    assert [e.at_s for e in events] == sorted(e.at_s for e in events)
    for name, agents in (("a", a), ("b", b)):
        assert states[name].available + states[name].in_talk + states[name].wrap_up == agents
        assert not (states[name].waiting and states[name].available), "nobody waits for nothing"


@settings(max_examples=150, deadline=None)
@given(steps, st.integers(1, 3), st.integers(1, 3))
def test_queues_are_first_in_first_out_and_no_agent_has_two_calls(script, a: int, b: int):
    """Fairness to callers, and agents who are people: the two rules every distributor keeps."""
    events, _, _, _ = play(script, {"a": a, "b": b}, 1000)

    for queue in ("a", "b"):
        taken = [e for e in events if isinstance(e, Answered) and e.queue == queue]
        assert [e.queued_s for e in taken] == sorted(e.queued_s for e in taken)
    holding: dict[int, str] = {}
    for event in events:
        if isinstance(event, Answered):
            assert event.agent not in holding
            holding[event.agent] = event.call
        elif isinstance(event, Ended):
            holding = {agent: call for agent, call in holding.items() if call != event.call}


def test_the_longest_idle_agent_is_next():
    """Work is shared evenly: the agent who finished first is called first."""
    talks = {"x": 5.0, "y": 3.0, "z": 1.0}
    engine = Engine({"q": 2}, 10, lambda reference: Handling(talks[reference], 1.0))
    first = engine.offer(0.0, call="x", queue="q", reference="x")[-1]
    second = engine.offer(0.0, call="y", queue="q", reference="y")[-1]
    engine.advance(20.0)
    third = engine.offer(20.0, call="z", queue="q", reference="z")[-1]

    assert isinstance(first, Answered)
    assert isinstance(second, Answered)
    assert isinstance(third, Answered)
    assert third.agent == second.agent != first.agent


def test_the_wait_clock_runs_from_queueing_to_the_moment_the_agent_was_free():
    """Stamps are those of the due moment, however late the clockwork calls."""
    engine = Engine({"q": 1}, 10, lambda _: Handling(talk_s=10.0, wrap_up_s=2.0))
    engine.offer(0.0, call="first", queue="q", reference="first")
    engine.offer(4.0, call="second", queue="q", reference="second")
    events = engine.advance(50.0)

    assert engine.next_due() is None
    assert events == [
        Ended("first", "q", Reason.AGENT, 0.0, 0.0, 10.0),
        Answered("second", "q", 4.0, 12.0, agent=1),
        Ended("second", "q", Reason.AGENT, 4.0, 12.0, 22.0),
    ]


def test_a_hang_up_in_talk_frees_the_agent_after_the_wrap_up_not_after_the_planned_talk():
    """The agent's planned end of talk is moot then, and must not end the next call."""
    engine = Engine({"q": 1}, 10, lambda _: Handling(talk_s=100.0, wrap_up_s=2.0))
    engine.offer(0.0, call="first", queue="q", reference="first")
    engine.offer(1.0, call="second", queue="q", reference="second")
    events = [*engine.hang_up(10.0, "first"), *engine.advance(111.9)]

    assert events == [
        Ended("first", "q", Reason.CALLER, 0.0, 0.0, 10.0),
        Answered("second", "q", 1.0, 12.0, agent=1),
    ]
    assert engine.next_due() == 112.0


def test_time_does_not_run_backwards():
    """An engine that accepted it would hand out negative waits."""
    engine = Engine({"q": 1}, 10, lambda _: Handling(1.0, 1.0))
    engine.advance(5.0)

    with pytest.raises(ValueError, match="backwards"):
        engine.advance(4.9)
