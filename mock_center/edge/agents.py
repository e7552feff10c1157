"""The agents' half: people or programs from outside who staff a site through the API."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from mock_center.edge.calls import Calls
from mock_center.edge.fleet import Fleet
from mock_center.edge.link import RefusedError, UnreachableError
from mock_center.problems import ProblemError, no_such

_MOST = 10_000


@dataclass(slots=True)
class Agent:
    """One agent from outside; *number* is what its site calls it."""

    id: str
    name: str
    site: str
    skill: str
    number: int
    news: asyncio.Event = field(default_factory=asyncio.Event)


class Agents:
    """Logs agents in at their site and passes on what they do.

    Args:
        fleet: the sites.
        calls: the book of calls, to tell an agent who is calling.
        timeout_s: wall seconds to wait for a site's answer.
    """

    def __init__(self, fleet: Fleet, calls: Calls, *, timeout_s: float) -> None:
        self._fleet = fleet
        self._calls = calls
        self._timeout_s = timeout_s
        self._agents: dict[str, Agent] = {}
        self._by_number: dict[tuple[str, int], Agent] = {}
        self._numbers = count(1)

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
        return found

    async def log_in(self, name: str, site: str, skill: str) -> Agent:
        """Log an agent in at *site* for *skill*, available from now on.

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
        admission = link.admission
        answer = await self._ask(site, "/internal/agents", {"skill": skill})
        agent = Agent(f"a-{next(self._numbers)}", name, site, skill, answer["agent"])
        if link.admission != admission or not link.up:
            raise _lost(site)
        self._agents[agent.id] = agent
        self._by_number[site, agent.number] = agent
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
        if what == "log-out" and found["state"] == "offline":
            self._forget(agent)
        return self._shown(agent, found)

    async def offer(self, agent: Agent, wait_s: float) -> dict[str, Any] | None:
        """Return how *agent* stands once a call rings; None if none does in *wait_s* wall seconds.

        Raises:
            ProblemError: 503, its site does not answer; 404, it was lost meanwhile.
        """
        deadline = asyncio.get_running_loop().time() + wait_s
        while True:
            agent.news.clear()
            found = await self.look(self.get(agent.id))
            if found["state"] == "reserved" or found["call"] is not None:
                return found
            try:
                async with asyncio.timeout_at(deadline):
                    await agent.news.wait()
            except TimeoutError:
                return None

    def take(self, site: str, event: Mapping[str, Any]) -> None:
        """Take in that something changed for an agent of *site*."""
        agent = self._by_number.get((site, event["agent"]))
        if agent is not None:
            agent.news.set()

    def lose(self, site: str) -> None:
        """Forget the agents of a *site* that was given up: they have to log in again."""
        for agent in [each for each in self._agents.values() if each.site == site]:
            self._forget(agent)
            agent.news.set()

    def _forget(self, agent: Agent) -> None:
        self._agents.pop(agent.id, None)
        self._by_number.pop((agent.site, agent.number), None)

    @staticmethod
    def _path(agent: Agent) -> str:
        return f"/internal/agents/{agent.number}"

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
        }

    async def _ask(self, site: str, path: str, order: object) -> dict[str, Any]:
        link = self._fleet.links[site]
        if not link.up:
            raise _lost(site)
        method = "GET" if order is None else "POST"
        try:
            return await link.ask(method, path, order, timeout_s=self._timeout_s)
        except UnreachableError as error:
            raise _lost(site) from error
        except RefusedError as refused:
            if refused.type == "wrong-state":
                raise ProblemError(
                    409, "wrong-state", "This agent cannot do that now", refused.detail
                ) from refused
            raise _lost(site) from refused


def _lost(site: str) -> ProblemError:
    return ProblemError(503, "site-down", "This site is not up", site)
