"""The agents' half of the reference API: logging in, taking offers, answering tickets."""

import json
from collections.abc import Mapping
from typing import Any

from harness.adapter.protocol import (
    AgentState,
    LoggedIn,
    NewAgent,
    Request,
    Response,
    Standing,
    Steps,
    Work,
)

_STATES = {
    "offline": AgentState.OFFLINE,
    "available": AgentState.AVAILABLE,
    "reserved": AgentState.OFFERED,
    "busy": AgentState.BUSY,
    "hold": AgentState.BUSY,
    "wrap_up": AgentState.WRAP_UP,
    "missed": AgentState.MISSED,
}
"""Any other state is a reason for being away."""


class ReferenceAgents:
    """What ``ReferenceAdapter`` does for agents; the adapter carries the requests."""

    def log_in(self, agent: NewAgent) -> Steps[LoggedIn]:
        """Log *agent* in under its key; its consumer will be told of its offers."""
        body = {
            "name": agent.name,
            "site": agent.site,
            "skill": agent.skill,
            "consumer": agent.consumer,
            "reference": agent.reference,
        }
        response = yield from self._send("log_in", "POST", "/v1/agents", body, agent.key)
        name = _fields(response).get("id") if response.status == 201 else None
        if name is None:
            return LoggedIn(None, error=response.error or f"status {response.status}")
        return LoggedIn(str(name), told=True)

    def stand(self, agent: str) -> Steps[Standing | None]:
        """Ask how *agent* stands: offline if the provider does not know it (any more)."""
        request = Request("stand", "GET", f"/v1/agents/{agent}")
        return _standing((yield from self._authorised(request)))

    def next_offer(self, agent: str, wait_wall_s: int) -> Steps[Standing | None]:
        """Wait for an offer by a long poll."""
        path = f"/v1/agents/{agent}/offer?wait_s={wait_wall_s}"
        return _standing((yield from self._authorised(Request("next_offer", "GET", path))))

    def accept(self, agent: str, work: Work) -> Steps[Standing | None]:
        """Take *work*."""
        return (yield from self._act("accept", agent, _named(work)))

    def decline(self, agent: str, work: Work) -> Steps[Standing | None]:
        """Let *work* go to the next agent."""
        return (yield from self._act("decline", agent, _named(work)))

    def reply(self, work: Work, text: str, *, key: str) -> Steps[bool]:
        """Write a public comment on the ticket."""
        body = {"author": "agent", "text": text}
        path = f"/v1/tickets/{work.id}/comments"
        response = yield from self._send("reply", "POST", path, body, key)
        return response.status == 201

    def finish(self, agent: str, work: Work, *, resolved: bool) -> Steps[Standing | None]:
        """End the talk, or be done with the ticket."""
        return (yield from self._act("finish", agent, {**_named(work), "resolved": resolved}))

    def be_available(self, agent: str) -> Steps[Standing | None]:
        """Be there for the next customer."""
        return (yield from self._be("available", agent))

    def be_away(self, agent: str) -> Steps[Standing | None]:
        """Take a break."""
        return (yield from self._be("break", agent))

    def log_out(self, agent: str) -> Steps[None]:
        """Log out; whoever is in talk goes when it is over."""
        yield from self._be("offline", agent)

    def _act(self, what: str, agent: str, body: Mapping[str, object]) -> Steps[Standing | None]:
        path = f"/v1/agents/{agent}/{what}"
        return _standing((yield from self._send(what, "POST", path, body)))

    def _be(self, state: str, agent: str) -> Steps[Standing | None]:
        path = f"/v1/agents/{agent}/state"
        return _standing((yield from self._send(f"be_{state}", "PUT", path, {"state": state})))

    def _authorised(self, request: Request) -> Steps[Response]:
        """Carry *request* with a token that is valid now."""
        raise NotImplementedError

    def _send(
        self, step: str, method: str, path: str, body: object, key: str = ""
    ) -> Steps[Response]:
        """Carry a request with a JSON *body*."""
        raise NotImplementedError


def standing(fields: Mapping[str, Any]) -> Standing:
    """Return how an agent stands by what the provider shows of it."""
    state = _STATES.get(str(fields.get("state")), AgentState.AWAY)
    for kind in ("ticket", "call"):
        found = fields.get(kind)
        if isinstance(found, dict) and "id" in found:
            reference = str(found.get("reference") or "")
            return Standing(state, Work(str(found["id"]), kind == "ticket", reference))
    return Standing(state)


def _standing(response: Response) -> Standing | None:
    if response.status == 404:
        return Standing(AgentState.OFFLINE)
    return standing(_fields(response)) if response.status == 200 else None


def _named(work: Work) -> dict[str, object]:
    return {"ticket" if work.is_ticket else "call": work.id}


def _fields(response: Response) -> dict[str, Any]:
    try:
        fields = json.loads(response.body)
    except ValueError:
        return {}
    return fields if isinstance(fields, dict) else {}
