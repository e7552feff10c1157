"""The call distributor: line -> queue -> longest-idle agent -> talk -> wrap-up -> idle.

Pure. Time (centre seconds) comes in as an argument, events go out as values, and ``next_due()``
says when to call again. A live site drives it with a clock, a test with numbers.
"""

import heapq
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count


class Reason(StrEnum):
    """Why a call ended."""

    AGENT = "agent"
    CALLER = "caller"
    ABANDONED = "abandoned"
    SITE_LOSS = "site-loss"


@dataclass(frozen=True, slots=True)
class Handling:
    """How long an agent is busy with one call, in centre seconds: talking, then wrapping up."""

    talk_s: float
    wrap_up_s: float


@dataclass(frozen=True, slots=True)
class Queued:
    """A call entered its queue at *at_s*."""

    call: str
    queue: str
    at_s: float


@dataclass(frozen=True, slots=True)
class Answered:
    """An agent took a call at *at_s*; it had waited since *queued_s*."""

    call: str
    queue: str
    queued_s: float
    at_s: float
    agent: int


@dataclass(frozen=True, slots=True)
class Ended:
    """A call is over. *answered_s* is None if nobody ever took it."""

    call: str
    queue: str
    reason: Reason
    queued_s: float
    answered_s: float | None
    at_s: float


Event = Queued | Answered | Ended


@dataclass(frozen=True, slots=True)
class QueueState:
    """One queue at one moment; *longest_wait_s* is 0 if nobody waits."""

    waiting: int
    in_talk: int
    available: int
    wrap_up: int
    longest_wait_s: float


@dataclass(slots=True)
class _Call:
    id: str
    queue: str
    handling: Handling
    queued_s: float
    answered_s: float | None = None
    agent: "_Agent | None" = None


@dataclass(slots=True)
class _Agent:
    number: int
    queue: str
    call: _Call | None = None
    # The one entry of the agenda that still concerns this agent. A hang-up makes the end of the
    # talk moot; its entry stays in the heap and is skipped.
    appointment: int = -1


@dataclass(slots=True)
class _Pool:
    waiting: dict[str, _Call] = field(default_factory=dict)  # in order of arrival
    idle: deque[_Agent] = field(default_factory=deque)  # the longest idle first
    in_talk: int = 0
    wrap_up: int = 0


class Engine:
    """Queues, agents and calls of one site.

    Args:
        agents: agents per queue, >= 0. A call of an unstaffed queue waits until its caller hangs
            up.
        channels: trunk channels; each call holds one from queueing to its end (not in wrap-up).
        draw: the handling of a call, asked once per call.
    """

    def __init__(
        self, agents: Mapping[str, int], channels: int, draw: Callable[[str], Handling]
    ) -> None:
        numbers = count(1)
        self._pools = {
            queue: _Pool(idle=deque(_Agent(next(numbers), queue) for _ in range(n)))
            for queue, n in agents.items()
        }
        self._channels = channels
        self._draw = draw
        self._calls: dict[str, _Call] = {}
        self._agenda: list[tuple[float, int, _Agent]] = []
        self._entries = count()
        self._now_s = float("-inf")

    @property
    def full(self) -> bool:
        """Whether every trunk channel is taken, so that the next call is blocked."""
        return len(self._calls) >= self._channels

    def holds(self, call: str) -> bool:
        """Return whether *call* is queued or in talk here."""
        return call in self._calls

    def live(self) -> dict[str, str]:
        """Return the queue of every call that is queued or in talk, by the call's id."""
        return {call.id: call.queue for call in self._calls.values()}

    def next_due(self) -> float | None:
        """Return the centre second of the next event, or None if only callers can cause one."""
        while self._agenda and self._agenda[0][1] != self._agenda[0][2].appointment:
            heapq.heappop(self._agenda)
        return self._agenda[0][0] if self._agenda else None

    def offer(
        self, now_s: float, *, call: str, queue: str, reference: str, queued_s: float | None = None
    ) -> list[Event]:
        """Let *call* enter *queue*; return what happened up to and including *now_s*.

        *queued_s* is when its wait began, if that was earlier, at a site that is lost.

        The last event is its ``Queued``, or its ``Answered`` if an agent was idle.

        Raises:
            ValueError: the id is taken, all channels are busy, or time ran backwards.
            KeyError: no such queue.
        """
        pool = self._pools[queue]
        if self.holds(call):
            raise ValueError(f"call {call} is already here")
        events = self.advance(now_s)
        if self.full:
            raise ValueError("all trunk channels are busy")
        entered = _Call(
            call, queue, self._draw(reference), queued_s=now_s if queued_s is None else queued_s
        )
        self._calls[call] = pool.waiting[call] = entered
        events.append(Queued(call, queue, entered.queued_s))
        events += self._match(pool, now_s)
        return events

    def hang_up(self, now_s: float, call: str) -> list[Event]:
        """The caller hangs up; return what happened up to and including *now_s*.

        A queued call is abandoned, a call in talk ends for its agent too. An unknown or ended call
        changes nothing: the agent may have hung up at the same moment.
        """
        events = self.advance(now_s)
        leaving = self._calls.get(call)
        if leaving is None:
            return events
        if leaving.agent is None:
            del self._pools[leaving.queue].waiting[call]
            events.append(self._end(leaving, Reason.ABANDONED, now_s))
        else:
            agent = leaving.agent
            events.append(self._end(leaving, Reason.CALLER, now_s))
            self._wrap_up(agent, leaving, now_s)
            # A wrap-up of no length frees the agent at this very moment.
            events += self.advance(now_s)
        return events

    def advance(self, now_s: float) -> list[Event]:
        """Return everything that was due up to and including *now_s*, in order, stamped when due.

        Raises:
            ValueError: *now_s* lies before a time already told.
        """
        if now_s < self._now_s:
            raise ValueError(f"time runs backwards: {now_s} after {self._now_s}")
        events: list[Event] = []
        while (due_s := self.next_due()) is not None and due_s <= now_s:
            agent = heapq.heappop(self._agenda)[2]
            if agent.call is not None:
                over = agent.call
                events.append(self._end(over, Reason.AGENT, due_s))
                self._wrap_up(agent, over, due_s)
            else:
                pool = self._pools[agent.queue]
                agent.appointment = -1
                pool.wrap_up -= 1
                pool.idle.append(agent)
                events += self._match(pool, due_s)
        self._now_s = now_s
        return events

    def state(self, now_s: float) -> dict[str, QueueState]:
        """Return each queue as it stands; call ``advance(now_s)`` first."""
        return {
            name: QueueState(
                waiting=len(pool.waiting),
                in_talk=pool.in_talk,
                available=len(pool.idle),
                wrap_up=pool.wrap_up,
                longest_wait_s=next((now_s - c.queued_s for c in pool.waiting.values()), 0.0),
            )
            for name, pool in self._pools.items()
        }

    def _match(self, pool: _Pool, now_s: float) -> list[Event]:
        events: list[Event] = []
        while pool.waiting and pool.idle:
            call = pool.waiting.pop(next(iter(pool.waiting)))
            agent = pool.idle.popleft()
            call.answered_s, call.agent, agent.call = now_s, agent, call
            pool.in_talk += 1
            self._appoint(agent, now_s + call.handling.talk_s)
            events.append(Answered(call.id, call.queue, call.queued_s, now_s, agent.number))
        return events

    def _end(self, call: _Call, reason: Reason, now_s: float) -> Ended:
        del self._calls[call.id]
        return Ended(call.id, call.queue, reason, call.queued_s, call.answered_s, now_s)

    def _wrap_up(self, agent: _Agent, call: _Call, now_s: float) -> None:
        pool = self._pools[agent.queue]
        agent.call = None
        pool.in_talk -= 1
        pool.wrap_up += 1
        self._appoint(agent, now_s + call.handling.wrap_up_s)

    def _appoint(self, agent: _Agent, due_s: float) -> None:
        agent.appointment = next(self._entries)
        heapq.heappush(self._agenda, (due_s, agent.appointment, agent))
