"""``/v1/agents``: log in, take calls or tickets, wrap up: virtual agents for a site."""

from typing import Any

from aiohttp import web

from mock_center.config import TICKETS
from mock_center.edge.agents import Agent
from mock_center.edge.api.bodies import (
    AgentFinish,
    AgentLogin,
    AgentState,
    AgentWork,
    idempotency_key,
    query_int,
    read_body,
)
from mock_center.edge.api.idempotent import answer_once
from mock_center.edge.api.route import Route
from mock_center.edge.edge import Edge
from mock_center.problems import ProblemError
from mock_center.server import reply

_LONGEST_POLL_S = 30


class AgentsApi:
    """The agents' half."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            ("POST", "/v1/agents", self._log_in),
            ("GET", "/v1/agents", self._list),
            ("GET", "/v1/agents/{id}", self._get),
            ("GET", "/v1/agents/{id}/offer", self._offer),
            ("PUT", "/v1/agents/{id}/state", self._set_state),
            ("POST", "/v1/agents/{id}/accept", self._accept),
            ("POST", "/v1/agents/{id}/decline", self._decline),
            ("POST", "/v1/agents/{id}/finish", self._finish),
        ]

    async def _log_in(self, request: web.Request) -> web.Response:
        login = await read_body(request, AgentLogin)
        self._check(login)

        async def log_in() -> dict[str, Any]:
            agent = await self._edge.agents.log_in(
                login.name,
                login.site,
                login.skill,
                key=idempotency_key(request),
                consumer=login.consumer,
                reference=login.reference or "",
            )
            return _identity(agent)

        return await answer_once(self._edge.answers, request, login, log_in)

    def _check(self, login: AgentLogin) -> None:
        sites, skills = self._edge.fleet.links, [*self._edge.centre.lines, TICKETS]
        wrong = []
        if login.site not in sites:
            wrong.append(f"site: found {login.site!r}, want {' or '.join(sites)}")
        if login.skill not in skills:
            wrong.append(f"skill: found {login.skill!r}, want {' or '.join(skills)}")
        if wrong:
            raise ProblemError(422, "invalid-body", "The body is not valid", "; ".join(wrong))

    async def _list(self, _: web.Request) -> web.Response:
        return reply({"agents": [_identity(agent) for agent in self._edge.agents.all()]})

    async def _get(self, request: web.Request) -> web.Response:
        return reply(await self._edge.agents.look(self._agent(request)))

    async def _offer(self, request: web.Request) -> web.Response:
        agent = self._agent(request)
        wait_s = query_int(request, "wait_s", 0, most=_LONGEST_POLL_S)
        found = await self._edge.agents.offer(agent, wait_s)
        return web.Response(status=204) if found is None else reply(found)

    async def _set_state(self, request: web.Request) -> web.Response:
        agent = self._agent(request)
        state = (await read_body(request, AgentState)).state
        match state:
            case "available":
                return await self._do(agent, "available", {})
            case "offline":
                return await self._do(agent, "log-out", {})
        return await self._do(agent, "away", {"reason": state})

    async def _accept(self, request: web.Request) -> web.Response:
        return await self._work(request, "accept")

    async def _decline(self, request: web.Request) -> web.Response:
        return await self._work(request, "decline")

    async def _work(self, request: web.Request, what: str) -> web.Response:
        agent = self._agent(request)
        work = await read_body(request, AgentWork)
        _check_kind(agent, work)
        return await self._do(agent, what, work.model_dump(exclude_none=True))

    async def _finish(self, request: web.Request) -> web.Response:
        agent = self._agent(request)
        told = await read_body(request, AgentFinish)
        _check_kind(agent, told)
        if told.transfer_to is not None and told.transfer_to not in self._edge.centre.lines:
            raise ProblemError(
                422, "invalid-body", "The body is not valid", f"no queue {told.transfer_to!r}"
            )
        order = {
            "call": told.call,
            "ticket": told.ticket,
            "to": told.transfer_to,
            "resolved": told.resolved,
        }
        return await self._do(agent, "finish", order)

    async def _do(self, agent: Agent, what: str, order: dict[str, Any]) -> web.Response:
        return reply(await self._edge.agents.do(agent, what, order))

    def _agent(self, request: web.Request) -> Agent:
        return self._edge.agents.get(request.match_info["id"])


def _check_kind(agent: Agent, work: AgentWork) -> None:
    """Refuse a ticket to who answers calls, and a call to who answers tickets: they have none."""
    if (agent.skill == TICKETS) != (work.ticket is not None):
        want = "tickets" if agent.skill == TICKETS else "calls"
        detail = f"an agent of {agent.skill} has {want}"
        raise ProblemError(409, "wrong-state", "This agent cannot do that now", detail)


def _identity(agent: Agent) -> dict[str, Any]:
    return {"id": agent.id, "name": agent.name, "site": agent.site, "skill": agent.skill}
