"""The agents' half: people or programs from outside who staff a site through the API.

Who gives a consumer at the log-in hears of offers on that consumer's event stream; everybody may
ask. An agent who is neither listening nor asking for a while is gone, and is logged out: a program
that was killed must not leave ghosts at whom calls ring in vain.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, NamedTuple

from mock_center import log
from mock_center.config import TICKETS
from mock_center.edge.calls import Calls
from mock_center.edge.fleet import Fleet
from mock_center.edge.link import RefusedError, UnreachableError
from mock_center.problems import ProblemError, no_such

_MOST = 10_000
_LOG_IN_TIMEOUT_S = 2.0
"""Whole teams log in at the same moment; nobody waits on the line for it."""
SILENCE_WALL_S = 60.0
"""How long an agent may be silent; half of what Amazon Connect's agents have for a heartbeat."""


@dataclass(slots=True)
class Agent:
    """One agent from outside; *number* is what its site calls it.

    *consumer* hears of its offers, under its *reference*; *heard_at* is when it was last heard of,
    by the loop's clock; *asking* how many of its requests are waiting for an offer.
    """

    id: str
    name: str
    site: str
    skill: str
    number: int
    heard_at: float
    consumer: str | None = None
    reference: str = ""
    asking: int = 0
    news: asyncio.Event = field(default_factory=asyncio.Event)


class _LogIn(NamedTuple):
    """A log-in that is under way at *site*, in the admission of that number."""

    site: str
    admission: int
    skill: str
    key: str


class Agents:
    """Logs agents in at their site and passes on what they do.

    Args:
        fleet: the sites.
        calls: the book of calls, to tell an agent who is calling.
        publish: tells a consumer of an event.
        listens: whether a consumer reads its event stream at present.
        timeout_s: wall seconds to wait for a site's answer.
        silence_s: wall seconds after which an agent who is not heard of is logged out.
    """

    def __init__(
        self,
        fleet: Fleet,
        calls: Calls,
        *,
        publish: Callable[[str, dict[str, Any]], None],
        listens: Callable[[str], bool],
        timeout_s: float,
        silence_s: float = SILENCE_WALL_S,
    ) -> None:
        self._publish = publish
        self._listens = listens
        self._silence_s = silence_s
        self._fleet = fleet
        self._calls = calls
        self._timeout_s = timeout_s
        self._agents: dict[str, Agent] = {}
        # Log-ins that the site may have carried out without our hearing of it, and since when.
        self._doubtful: dict[_LogIn, float] = {}
        self._by_number: dict[tuple[str, bool, int], Agent] = {}
        # What sites have told of agents whose log-in they have not answered yet.
        self._early: dict[tuple[str, bool, int], list[Mapping[str, Any]]] = {}
        self._numbers = count(1)

    async def run(self) -> None:
        """Log out who has fallen silent, until cancelled."""
        while True:
            await asyncio.sleep(self._silence_s / 4)
            now = _now()
            for agent in self.all():
                if agent.asking or (agent.consumer and self._listens(agent.consumer)):
                    agent.heard_at = now
                elif now - agent.heard_at > self._silence_s:
                    await self._let_go(agent)
            for log_in, since in list(self._doubtful.items()):
                if now - since > self._silence_s:
                    await self._undo(log_in)

    def all(self) -> list[Agent]:
        """Return the agents who are logged in."""
        return list(self._agents.values())

    def get(self, agent: str) -> Agent:
        """Return the agent with that id.

        Raises:
            ProblemError: 404, none is logged in under it.
        """
        found = self._agents.get(agent)
        if found is None:
            raise no_such("agent logged in", agent)
        found.heard_at = _now()
        return found

    async def log_in(
        self,
        name: str,
        site: str,
        skill: str,
        *,
        key: str,
        consumer: str | None = None,
        reference: str = "",
    ) -> Agent:
        """Log an agent in at *site* for *skill*, available from now on.

        The same *key* after a log-in that failed finds the same agent, should it be there. A
        *consumer* will be told of every change, each with the agent's own *reference*.

        Raises:
            ProblemError: 503 if the site is not up, 429 if too many are logged in.
        """
        if len(self._agents) >= _MOST:
            raise ProblemError(
                429,
                "too-many-agents",
                "Too many agents are logged in",
                headers={"Retry-After": "1"},
            )
        link = self._fleet.links[site]
        if not link.up:
            raise _lost(site)
        admission = link.admission
        log_in = _LogIn(site, admission, skill, key)
        self._doubtful[log_in] = _now()  # until the site has answered
        order = {"skill": skill, "key": key}
        answer = await self._ask(site, "/internal/agents", order, timeout_s=_LOG_IN_TIMEOUT_S)
        self._doubtful.pop(log_in, None)
        agent = Agent(
            f"a-{next(self._numbers)}",
            name,
            site,
            skill,
            answer["agent"],
            heard_at=_now(),
            consumer=consumer,
            reference=reference,
        )
        if link.admission != admission or not link.up:
            raise _lost(site)
        self._agents[agent.id] = agent
        self._by_number[_place(agent)] = agent
        for event in self._early.pop(_place(agent), ()):
            self.take(site, event)
        if not self._doubtful:
            self._early.clear()  # of agents who have gone
        return agent

    async def look(self, agent: Agent) -> dict[str, Any]:
        """Return how *agent* stands: its state, and the call it has.

        Raises:
            ProblemError: 503, its site does not answer.
        """
        return self._shown(agent, await self._ask(agent.site, self._path(agent), None))

    async def do(self, agent: Agent, what: str, order: Mapping[str, object]) -> dict[str, Any]:
        """Have the site do *what* for *agent*; return how it stands then.

        Raises:
            ProblemError: 409 if that cannot be done now, 503 if its site does not answer.
        """
        found = await self._ask(agent.site, f"{self._path(agent)}/{what}", dict(order))
        if found["state"] == "offline":
            self._forget(agent)
        return self._shown(agent, found)

    async def offer(self, agent: Agent, wait_s: float) -> dict[str, Any] | None:
        """Return how *agent* stands once it has an offer; None if none comes in *wait_s* wall s.

        Raises:
            ProblemError: 503, its site does not answer; 404, it was lost meanwhile.
        """
        deadline = _now() + wait_s
        agent.asking += 1
        try:
            while True:
                agent.news.clear()
                found = await self.look(self.get(agent.id))
                if found["state"] == "reserved" or found["call"] or found["ticket"]:
                    return found
                try:
                    async with asyncio.timeout_at(deadline):
                        await agent.news.wait()
                except TimeoutError:
                    return None
        finally:
            agent.asking -= 1

    def take(self, site: str, event: Mapping[str, Any]) -> None:
        """Take in that something changed for an agent of *site*."""
        place = (site, event.get("skill") == TICKETS, event["agent"])
        agent = self._by_number.get(place)
        if agent is None:
            if self._doubtful:
                self._early.setdefault(place, []).append(event)
            return
        if event["state"] == "offline":
            self._forget(agent)  # who logged out in a contact, which is over now
        agent.news.set()
        self._tell(agent, event)

    def lose(self, site: str) -> None:
        """Forget the agents of a *site* that was given up: they have to log in again."""
        self._early = {place: told for place, told in self._early.items() if place[0] != site}
        for agent in [each for each in self._agents.values() if each.site == site]:
            self._forget(agent)
            agent.news.set()
            self._tell(agent, {"state": "offline", "call": None})

    def _tell(self, agent: Agent, found: Mapping[str, Any]) -> None:
        """Tell the consumer of *agent*, if it has one, how it stands."""
        if agent.consumer is not None:
            stands = self._shown(agent, found)
            told = {name: stands[name] for name in ("site", "skill", "state", "call", "ticket")}
            about = {"type": "agent.changed", "agent": agent.id, "reference": agent.reference}
            self._publish(agent.consumer, {**about, **told})

    async def _undo(self, log_in: "_LogIn") -> None:
        """Log out whom the site may have logged in without our hearing of it."""
        if self._fleet.links[log_in.site].admission == log_in.admission:
            order = {"skill": log_in.skill, "key": log_in.key}
            try:
                await self._ask(log_in.site, "/internal/forget-agent", order)
            except ProblemError:
                return  # next time
        self._doubtful.pop(log_in, None)

    async def _let_go(self, agent: Agent) -> None:
        """Log out an agent who has fallen silent; a caller on its line is hung up on."""
        try:
            found = await self.look(agent)
            if found["call"] is not None and found["state"] != "reserved":
                order = {"call": found["call"]["id"], "to": None, "resolved": False}
                await self.do(agent, "finish", order)
            await self.do(agent, "log-out", {})
        except ProblemError as error:
            log.warning("silent_agent_stays", agent=agent.id, error=error)
            return  # its site is down, which will lose it; or it has just done something
        log.warning("silent_agent_logged_out", agent=agent.id, site=agent.site, skill=agent.skill)

    def _forget(self, agent: Agent) -> None:
        self._agents.pop(agent.id, None)
        self._by_number.pop(_place(agent), None)

    @staticmethod
    def _path(agent: Agent) -> str:
        return f"/internal/{_floor(agent.skill)}/{agent.number}"

    def _shown(self, agent: Agent, found: Mapping[str, Any]) -> dict[str, Any]:
        call = self._calls.get(found["call"]) if found["call"] is not None else None
        return {
            "id": agent.id,
            "name": agent.name,
            "site": agent.site,
            "skill": agent.skill,
            "state": found["state"],
            "call": None
            if found["call"] is None
            else {
                "id": found["call"],
                "reference": found["reference"],
                "queue": agent.skill if call is None else call.queue,
                "line": None if call is None else call.line,
            },
            "ticket": found.get("ticket"),
        }

    async def _ask(
        self, site: str, path: str, order: object, *, timeout_s: float | None = None
    ) -> dict[str, Any]:
        link = self._fleet.links[site]
        if not link.up:
            raise _lost(site)
        method = "GET" if order is None else "POST"
        try:
            return await link.ask(method, path, order, timeout_s=timeout_s or self._timeout_s)
        except UnreachableError as error:
            raise _lost(site) from error
        except RefusedError as refused:
            if refused.type == "wrong-state":
                raise ProblemError(
                    409, "wrong-state", "This agent cannot do that now", refused.detail
                ) from refused
            raise _lost(site) from refused


def _floor(skill: str) -> str:
    return "ticket-agents" if skill == TICKETS else "agents"


def _place(agent: Agent) -> tuple[str, bool, int]:
    """Return where an agent is found: each floor of a site counts its own."""
    return agent.site, agent.skill == TICKETS, agent.number


def _now() -> float:
    return asyncio.get_running_loop().time()


def _lost(site: str) -> ProblemError:
    return ProblemError(503, "site-down", "This site is not up", site)
