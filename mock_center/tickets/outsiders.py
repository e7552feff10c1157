"""The ticket agents from outside at one site: who is there, and which ticket each has. Pure.

A ticket is offered to the one who has been idle for longest, and goes back to the desk if it is not
accepted in time. What is done to it is written to the store like any comment; here only who has it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from mock_center.acd.agents import AWAY, State
from mock_center.acd.engine import WrongStateError
from mock_center.tickets.desk import Task


@dataclass(slots=True)
class _Outsider:
    number: int
    idle_since_s: float
    state: State = State.AVAILABLE
    task: Task | None = None
    offered_until_s: float | None = None
    pause: State | None = None


class Outsiders:
    """Agents from outside who answer tickets.

    Args:
        timeout_s: centre seconds for which a ticket is offered to one agent.
    """

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._agents: dict[int, _Outsider] = {}
        self._keys: dict[str, int] = {}
        self._numbers = count(1)

    def __len__(self) -> int:
        return len(self._agents)

    def clear(self) -> None:
        """Forget everybody: the site starts afresh."""
        self._agents.clear()
        self._keys.clear()

    def log_in(self, now_s: float, key: str) -> int:
        """Let an agent come, who is available; return its number, the same for the same *key*."""
        known = self.came_under(key)
        if known is not None:
            return known
        agent = _Outsider(next(self._numbers), now_s)
        self._agents[agent.number] = agent
        self._keys[key] = agent.number
        return agent.number

    def came_under(self, key: str) -> int | None:
        """Return who logged in under *key* and is there still, None if nobody."""
        known = self._keys.get(key)
        return known if known in self._agents else None

    def log_out(self, agent: int) -> Task | None:
        """Let an agent go at once; return the ticket it had. An unknown one is gone."""
        found = self._agents.pop(agent, None)
        return found.task if found is not None else None

    def state(self, agent: int) -> tuple[State, Task | None]:
        """Return an agent's state and the ticket it has; offline if unknown."""
        found = self._agents.get(agent)
        return (State.OFFLINE, None) if found is None else (found.state, found.task)

    def idle(self) -> int | None:
        """Return who has been idle for longest, None if nobody is idle."""
        idle = [each for each in self._agents.values() if each.state is State.AVAILABLE]
        if not idle:
            return None
        return min(idle, key=lambda each: (each.idle_since_s, each.number)).number

    def offer(self, now_s: float, agent: int, task: Task) -> None:
        """Offer *task* to an agent who is idle."""
        found = self._agents[agent]
        found.state, found.task = State.RESERVED, task
        found.offered_until_s = now_s + self._timeout_s

    def next_due(self) -> float | None:
        """Return the centre second at which the next offer runs out, None without an offer."""
        due = (each.offered_until_s for each in self._agents.values())
        return min((due_s for due_s in due if due_s is not None), default=None)

    def expire(self, now_s: float) -> Iterator[tuple[int, Task]]:
        """Yield each agent whose offer has run out by *now_s*, and the ticket; it has missed it."""
        for each in self._agents.values():
            if each.task and each.offered_until_s is not None and each.offered_until_s <= now_s:
                yield each.number, self._missed(each)

    def accept(self, agent: int, ticket: str) -> None:
        """An agent takes the ticket that it is offered.

        Raises:
            WrongStateError: it is not offered that ticket (any more).
        """
        found = self._need(agent, ticket, State.RESERVED)
        found.state, found.offered_until_s = State.BUSY, None

    def decline(self, agent: int, ticket: str) -> Task:
        """An agent does not take the ticket; return it. The agent is away until it says otherwise.

        Raises:
            WrongStateError: it is not offered that ticket (any more).
        """
        return self._missed(self._need(agent, ticket, State.RESERVED))

    def finish(self, agent: int, ticket: str) -> Task:
        """An agent is done with its ticket, which is returned; its wrap-up begins, or its break.

        Raises:
            WrongStateError: it does not work on that ticket.
        """
        found = self._need(agent, ticket, State.BUSY)
        task = found.task
        assert task is not None
        found.state, found.task = found.pause or State.WRAP_UP, None
        return task

    def set_away(self, now_s: float, agent: int, reason: State | None) -> None:
        """Send an agent away for *reason*, or with None make it available again.

        Whoever has a ticket goes when it is over.

        Raises:
            WrongStateError: no such agent is logged in, or *reason* is none for being away.
        """
        found = self._need(agent)
        if reason is not None and reason not in AWAY:
            raise WrongStateError(f"{reason} is no reason for being away")
        found.pause = reason
        if found.task is None and (reason is not None or found.state is not State.AVAILABLE):
            self._free(found, now_s)

    def lose(self, now_s: float, ticket: str) -> int | None:
        """Take *ticket* from whoever has it: nothing is left to do. Return who had it, if any."""
        for each in self._agents.values():
            if each.task is not None and each.task.ticket == ticket:
                each.task = each.offered_until_s = None
                self._free(each, now_s)
                return each.number
        return None

    def working(self) -> list[tuple[int, Task]]:
        """Return everybody who has a ticket, offered or accepted, and the ticket."""
        return [(each.number, each.task) for each in self._agents.values() if each.task is not None]

    @staticmethod
    def _missed(agent: _Outsider) -> Task:
        task = agent.task
        assert task is not None
        agent.state, agent.task = agent.pause or State.MISSED, None
        agent.offered_until_s = None
        return task

    @staticmethod
    def _free(agent: _Outsider, now_s: float) -> None:
        agent.state = agent.pause or State.AVAILABLE
        agent.idle_since_s = now_s

    def _need(
        self, number: int, ticket: str | None = None, state: State | None = None
    ) -> _Outsider:
        found = self._agents.get(number)
        if found is None:
            raise WrongStateError(f"no agent {number} from outside is logged in")
        has = found.task is not None and found.task.ticket == ticket and found.state is state
        if ticket is not None and not has:
            raise WrongStateError(f"agent {number} is {found.state}, and not {state} with {ticket}")
        return found
