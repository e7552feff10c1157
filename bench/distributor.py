"""A day of 20,000 calls through the mock's call distributor, in virtual time."""

import heapq
from collections.abc import Iterator
from random import Random

import simpy

from bench.ratio import Ratio, compare
from mock_center.acd.engine import BlockedError, Engine, WrongStateError
from mock_center.acd.events import Answered, Ended, Event
from mock_center.acd.floor import Always, Floor, Handling
from mock_center.chance import Draws, HandleTime
from mock_center.config.centre import (
    Backup,
    Breaks,
    Callbacks,
    CallHandling,
    Experience,
    Ivr,
    Overflow,
    QueueRule,
    Ringing,
    Widening,
)

CALLS = 20_000
AGENTS = 43
_RATE = 720 / 3600
_TALK_S, _PATIENCE_S = 180.0, 180.0

Caller = tuple[float, str, float]
"""When, for which queue, with how much patience."""


def measure() -> Iterator[Ratio]:
    """Measure the plain model against SimPy, and what every feature costs on top."""
    rng = Random(2026)
    callers = _callers(rng, ("q",), _RATE)
    talks = [rng.expovariate(1 / _TALK_S) for _ in callers]
    ours, theirs = compare(
        lambda: play(_plain(talks), callers), lambda: _simpy(callers, talks), cpu=True
    )
    yield Ratio(
        f"a day of 20,000 calls, M/M/{AGENTS}+M, every event told",
        "the same model in SimPy",
        ours / theirs,
        1,
        f"{ours:.2f} s",
    )
    mixed = _callers(rng, ("a", "b", "c"), _RATE)
    full, plain = compare(
        lambda: play(_everything(), mixed, callbacks=True),
        lambda: play(_plain(talks), callers),
        cpu=True,
    )
    yield Ratio(
        "the same day with every feature on", "the plain day", full / plain, 5, f"{full:.2f} s"
    )


def play(engine: Engine, callers: list[Caller], *, callbacks: bool = False) -> int:
    """Play *callers* as a live floor would, patience and all; return how many were answered.

    With *callbacks*, who is out of patience asks for one and gives up only if there is none.
    """
    answered = 0
    waiting: set[str] = set()
    leaving: list[tuple[float, str]] = []

    def leave(at_s: float, name: str) -> int:
        return _leave(engine, at_s, name, waiting, callbacks=callbacks)

    for number, (at_s, queue, patience_s) in enumerate(callers):
        while leaving and leaving[0][0] <= at_s:
            answered += leave(*heapq.heappop(leaving))
        name = f"c{number}"
        waiting.add(name)
        try:
            events = engine.offer(at_s, call=name, queue=queue, reference=name)
        except BlockedError:
            waiting.discard(name)
            continue
        answered += _read(events, waiting)
        if name in waiting:
            heapq.heappush(leaving, (at_s + patience_s, name))
    while leaving:
        answered += leave(*heapq.heappop(leaving))
    return answered


def _leave(engine: Engine, leave_s: float, name: str, waiting: set[str], *, callbacks: bool) -> int:
    """Let *name* give up, unless answered; return how many were answered meanwhile."""
    if name not in waiting:
        return 0
    answered = _read(engine.advance(leave_s), waiting)
    if name in waiting:
        answered += _read(_given_up(engine, leave_s, name, callbacks=callbacks), waiting)
    return answered


def _given_up(engine: Engine, at_s: float, name: str, *, callbacks: bool) -> list[Event]:
    if callbacks:
        wants = f"b-{name}"
        try:  # the queue is that of the call, whatever is asked for
            _, events = engine.call_back(
                at_s, callback=wants, queue="a", reference=wants, call=name
            )
        except WrongStateError:  # it rings, or is in the menu
            pass
        else:
            return events
    return engine.hang_up(at_s, name)


def _read(events: list[Event], waiting: set[str]) -> int:
    answered = 0
    for event in events:
        kind = type(event)
        if kind is Answered:
            answered += 1
            waiting.discard(event.call)
        elif kind is Ended:
            waiting.discard(event.call)
    return answered


def _callers(rng: Random, queues: tuple[str, ...], rate_per_s: float) -> list[Caller]:
    at_s = 0.0
    found = []
    for _ in range(CALLS):
        at_s += rng.expovariate(rate_per_s)
        found.append((at_s, rng.choice(queues), rng.expovariate(1 / _PATIENCE_S)))
    return found


def _plain(talks: list[float]) -> Engine:
    floor = Floor({"q": QueueRule()}, Always({"q": AGENTS}), {"carrier": CALLS})
    return Engine(floor, lambda reference: Handling(talks[int(reference[1:])], 0.0))


class _Roster:
    """Shifts that change on the hour; ``c`` is closed for a quarter of an hour each day."""

    def heads(self, skill: str, at_s: float) -> int:  # noqa: ARG002 - the same for all
        return 15 + int(at_s // 3600) % 2

    def change_after(self, skill: str, at_s: float) -> float:  # noqa: ARG002 - as above
        return (at_s // 3600 + 1) * 3600

    def is_open(self, queue: str, at_s: float) -> bool:
        return queue != "c" or at_s % 86400 > 900


def _everything() -> Engine:
    takes = CallHandling(
        talk=HandleTime(130.0, 1.0),
        wrap_up=HandleTime(30.0, 0.8),
        hold=HandleTime(30.0, 1.0),
        held=0.2,
    )
    pick_up, menu = HandleTime(4.0, 0.5), HandleTime(25.0, 0.6)

    def draw(reference: str) -> Handling:
        draws = Draws("bench", reference)
        return Handling(
            talk_s=takes.talk.of(draws.normal("talk")),
            wrap_up_s=takes.wrap_up.of(draws.normal("wrap_up")),
            hold_s=takes.hold.of(draws.normal("hold")) if draws.uniform("held") < 0.2 else 0.0,
            pick_up_s=pick_up.of(draws.normal("pick_up")),
            second_talk_s=takes.second_talk.of(draws.normal("second_talk")),
            menu_s=menu.of(draws.normal("menu")),
            missed=draws.uniform("missed"),
            transferred=draws.uniform("transferred"),
            resolved=draws.uniform("resolved"),
            contained=draws.uniform("contained"),
            reached=draws.uniform("reached"),
        )

    floor = Floor(
        {
            "a": QueueRule(
                head_start_s=30.0,
                widening=(Widening(20.0, ("b",)), Widening(40.0, ("c",))),
                transfer_to="b",
            ),
            "b": QueueRule(overflow=Overflow(60.0, "c"), longest_s=600.0),
            "c": QueueRule(widening=(Widening(30.0, ("a", "b")),)),
        },
        _Roster(),
        {"carrier": 200, "second": 200},
        ringing=Ringing(pick_up=pick_up, missed=0.02),
        breaks=(Breaks("break", 7200.0, HandleTime(600.0, 0.3)),),
        ivr=Ivr(menu, contained=0.1),
        callbacks=Callbacks(),
        backup=Backup({"a": 3, "b": 3}, below=0.5),
        experience=Experience(),
        weeks=2.0,
        transferred=0.1,
        resolved=0.75,
    )
    return Engine(floor, draw)


def _simpy(callers: list[Caller], talks: list[float]) -> int:
    env = simpy.Environment()
    desk = simpy.Resource(env, capacity=AGENTS)
    answered = 0

    def caller(talk_s: float, patience_s: float) -> Iterator[simpy.Event]:
        nonlocal answered
        with desk.request() as served:
            yield served | env.timeout(patience_s)
            if served.triggered:
                answered += 1
                yield env.timeout(talk_s)

    def street() -> Iterator[simpy.Event]:
        for (at_s, _, patience_s), talk_s in zip(callers, talks, strict=True):
            yield env.timeout(at_s - env.now)
            env.process(caller(talk_s, patience_s))

    env.process(street())
    env.run()
    return answered
