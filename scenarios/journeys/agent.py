"""The story of an agent: log in, take what is offered, serve, wrap up, rest now and then, go home.

An agent is not a customer: nothing here is a contact, and who waits for work is a record in a table
like a caller who waits in a queue. A closed loop, as agents are: the next customer comes when the
last one is done.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass

from harness.adapter.protocol import (
    AgentsHalf,
    AgentState,
    NewAgent,
    Notice,
    Request,
    Response,
    Standing,
    Work,
)
from harness.model.staffing import Crew
from harness.traffic.shifts import Handling, Place, ShiftLog, break_s, handling, time_to_break
from scenarios.journeys.story import Journey, Leave, Lost, Scene, Wait, leaving

POLL_WALL_S = 2
"""How long one question for an offer waits, where offers are not told: no longer than a drain."""
_LOOK_WALL_S = 20.0
"""How often an agent who hears nothing looks how it stands."""
_RETRY_WALL_S = 1.0
_MOST_RETRY_WALL_S = 4.0
"""A failed log-in is tried again after 1, 2, 4, 4 ... s: a site that comes back is not stormed."""
_BREATHER_S = 5.0
"""Centre seconds until an agent who missed or declined somebody is there again."""
_REPLY = "Thank you for writing. This is what a virtual agent found."

_Chapter = Generator[Request | Wait, Response | Notice | None, Standing | None]


@dataclass(slots=True)
class _Shift:
    """What an agent knows: who it is, how it works, and what it did last."""

    adapter: AgentsHalf
    crew: Crew
    scene: Scene
    log: ShiftLog
    seed: str
    consumer: Callable[[], str]
    agent: str = ""
    told: bool = False
    told_as: str = ""
    asked_out: bool = False
    served: str = ""
    wrap_up_s: float = 0.0
    breaks: int = 0
    break_due_s: float | None = None

    def now_s(self) -> float:
        return self.scene.clock.now_s()

    def in_wall_s(self, wall_s: float) -> float:
        return self.now_s() + wall_s * self.scene.clock.speed

    def plan(self, work: Work) -> Handling:
        """Return what *work* will take."""
        name = work.reference or work.id
        turn = self.log.post.number * 1_000_003 + self.log.offers
        is_ticket = work.is_ticket
        return handling(self.crew, seed=self.seed, reference=name, is_ticket=is_ticket, turn=turn)

    def next_break(self) -> None:
        post = self.log.post.number
        after_s = time_to_break(self.crew, seed=self.seed, post=post, turn=self.breaks)
        self.break_due_s = None if after_s is None else self.now_s() + after_s

    def is_deaf(self) -> bool:
        return self.told and self.told_as != self.consumer()

    def wants_a_break(self) -> bool:
        return self.break_due_s is not None and self.now_s() >= self.break_due_s


def work_a_shift(
    adapter: AgentsHalf,
    crew: Crew,
    scene: Scene,
    log: ShiftLog,
    *,
    seed: str,
    consumer: Callable[[], str],
) -> Journey:
    """Play one agent from the beginning of the run to its end; *log* counts what happens to it.

    Whom the target forgets, because its site was lost, logs in again. So does, once nobody is with
    it, who gave another name than that under which *consumer* says that news is read now.
    """
    my = _Shift(adapter, crew, scene, log, seed, consumer)
    try:
        while True:
            yield from _log_in(my)
            yield from _work(my)
            log.lost += not my.asked_out
            log.go(Place.OUT, my.now_s())
            my.agent = ""
    except Leave:
        log.go(Place.OUT, my.now_s())
        if my.agent:
            yield from leaving(adapter.log_out(my.agent))


def _log_in(my: _Shift) -> Journey:
    """Log in, however long it takes. One key until it works: a lost answer must leave no ghost."""
    post, scene, consumer = my.log.post, my.scene, my.consumer()
    new = NewAgent(
        name=post.name,
        site=post.site,
        skill=post.skill,
        reference=scene.reference,
        consumer=consumer,
        key=f"{scene.reference}/{my.log.sessions}",
    )
    wait_wall_s = _RETRY_WALL_S
    while True:
        found = yield from my.adapter.log_in(new)
        if found.agent is not None:
            break
        my.log.refused(found.error or "no reason given")
        yield from _pause(my.in_wall_s(wait_wall_s))
        wait_wall_s = min(2 * wait_wall_s, _MOST_RETRY_WALL_S)
    my.agent, my.told, my.told_as, my.asked_out = found.agent, found.told, consumer, False
    my.log.came(my.now_s())
    my.next_break()


def _work(my: _Shift) -> Journey:
    """Do what the standing asks for, until the target does not know this agent any more."""
    standing = yield from my.adapter.stand(my.agent)
    while standing is None or standing.state is not AgentState.OFFLINE:
        standing = yield from _step(my, standing)
        my.scene.exchanges = ()  # nobody reads them, and a shift is long


def _step(my: _Shift, standing: Standing | None) -> _Chapter:
    match standing:
        case Standing(AgentState.OFFERED, Work() as work):
            next_step = _take(my, work)
        case Standing(AgentState.BUSY, Work() as work):
            next_step = _serve(my, work)
        case Standing(AgentState.WRAP_UP):
            next_step = _wrap_up(my)
        case Standing(AgentState.AVAILABLE) if my.is_deaf():
            next_step = _log_in_anew(my)
        case Standing(AgentState.AVAILABLE) if my.wants_a_break():
            next_step = _rest(my)
        case Standing(AgentState.AVAILABLE):
            next_step = _wait_for_work(my)
        case None:
            next_step = _look_again(my)
        case _:
            next_step = _come_back(my)
    return (yield from next_step)


def _log_in_anew(my: _Shift) -> _Chapter:
    """Log out, to log in again under the name by which offers will be heard of.

    Who is still in is asked to go again: forgotten, they would be somebody whom calls ring for.
    """
    my.asked_out = True
    yield from my.adapter.log_out(my.agent)
    found = yield from my.adapter.stand(my.agent)
    return found if found is not None and _is_lost(found) else (yield from _look_again(my))


def _look_again(my: _Shift) -> _Chapter:
    """Ask once more, in a moment, after there was no answer."""
    yield from _pause(my.in_wall_s(_RETRY_WALL_S))
    return (yield from my.adapter.stand(my.agent))


def _come_back(my: _Shift) -> _Chapter:
    """Be there again: somebody was missed or declined, or the state is none that we asked for."""
    my.log.go(Place.AWAY, my.now_s())
    yield from _pause(my.now_s() + _BREATHER_S)
    return (yield from my.adapter.be_available(my.agent))


def _wait_for_work(my: _Shift) -> _Chapter:
    """Wait for the next offer, or a break."""
    my.log.go(Place.IDLE, my.now_s())
    if not my.told:
        yield Wait(my.now_s())  # between two questions the run may end
        again_s = my.in_wall_s(_RETRY_WALL_S)
        found = yield from my.adapter.next_offer(my.agent, POLL_WALL_S)
        if found is None and my.now_s() < again_s:  # it does not wait: to ask on would storm it
            yield from _pause(again_s)
        return found or (yield from my.adapter.stand(my.agent))
    until_s = my.in_wall_s(_LOOK_WALL_S)
    if my.break_due_s is not None:
        until_s = min(until_s, my.break_due_s)
    try:
        while (notice := (yield Wait(until_s))) is not None:
            assert isinstance(notice, Notice)
            found = notice.standing
            if found is not None and (_is_lost(found) or _is_new(found, my.served)):
                return found
    except Lost:
        pass
    return (yield from my.adapter.stand(my.agent))


def _take(my: _Shift, work: Work) -> _Chapter:
    """Let it ring for a moment, then take the offer, or now and then decline it."""
    plan, offered_s = my.plan(work), my.now_s()
    my.log.go(Place.IDLE, offered_s)
    my.log.offers += 1
    my.served = ""
    yield from _pause(offered_s + plan.picks_up_s)
    if plan.declined:
        my.log.declined += 1
        found = yield from my.adapter.decline(my.agent, work)
        return found or (yield from my.adapter.stand(my.agent))
    sent_s = my.now_s()
    found = yield from my.adapter.accept(my.agent, work)
    # A round trip takes wall time, which speed multiplies. At speed 1 it is the target's own.
    trip_s = (my.now_s() - sent_s) * (1 - 1 / my.scene.clock.speed)
    if found is None:
        found = yield from my.adapter.stand(my.agent)
    if found is not None and found.state is AgentState.BUSY:
        my.log.took(sent_s - offered_s - plan.picks_up_s + trip_s)
    elif found is not None and found.state is AgentState.MISSED:
        my.log.missed += 1
    else:
        my.log.gone += 1
    return found


def _serve(my: _Shift, work: Work) -> _Chapter:
    """Talk, or write, until it is done or the customer has gone."""
    plan = my.plan(work)
    my.log.go(Place.BUSY, my.now_s())
    my.served, my.wrap_up_s = work.id, plan.wrap_up_s
    until_s = my.now_s() + plan.work_s
    try:
        while (notice := (yield Wait(until_s))) is not None:
            assert isinstance(notice, Notice)
            found = notice.standing
            if found is not None and (found.work is None or found.work.id != work.id):
                my.log.handled += not _is_lost(found)
                return found
    except Lost:
        return (yield from my.adapter.stand(my.agent))
    replied = True
    if work.is_ticket:
        key = f"{my.scene.reference}/{work.id}/{my.log.offers}"
        replied = yield from my.adapter.reply(work, _REPLY, key=key)
    found = yield from my.adapter.finish(my.agent, work, resolved=replied)
    my.log.handled += found is not None
    return found or (yield from my.adapter.stand(my.agent))


def _wrap_up(my: _Shift) -> _Chapter:
    """Do the paperwork of the last customer, then be there again, or take the break that is due."""
    yield from _pause(my.now_s() + my.wrap_up_s)
    my.wrap_up_s = 0.0
    if my.wants_a_break():
        return (yield from _rest(my))
    return (yield from my.adapter.be_available(my.agent))


def _rest(my: _Shift) -> _Chapter:
    """Be away for a while, unless a customer is faster."""
    found = yield from my.adapter.be_away(my.agent)
    if found is None or found.state is not AgentState.AWAY:
        if found is not None and found.work is None:
            # Whom they do not let go asks again later: at once, and for ever, would storm them.
            my.break_due_s = my.in_wall_s(_LOOK_WALL_S)
        return found
    my.log.go(Place.AWAY, my.now_s())
    post = my.log.post.number
    yield from _pause(my.now_s() + break_s(my.crew, seed=my.seed, post=post, turn=my.breaks))
    my.breaks += 1
    my.next_break()
    return (yield from my.adapter.be_available(my.agent))


def _is_lost(found: Standing) -> bool:
    return found.state is AgentState.OFFLINE


def _is_new(found: Standing, served: str) -> bool:
    """Whether there is work, and not that which was *served* last: news of it may come late."""
    return found.work is not None and found.work.id != served


def _pause(until_s: float) -> Journey:
    """Let time pass until *until_s*, whatever is told meanwhile."""
    waiting = True
    while waiting:
        try:
            waiting = (yield Wait(until_s)) is not None
        except Lost:
            continue
