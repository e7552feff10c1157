"""Agents from outside on a running centre: told of offers on a stream, at calls and at tickets."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from live_centre import Centre, orders, running

from mock_center.edge.agents import Agents
from mock_center.edge.calls import Calls
from mock_center.edge.link import UnreachableError
from mock_center.problems import ProblemError


async def log_in(centre: Centre, skill: str, reference: str) -> str:
    """Log an agent in whose consumer is ``staff``; return its path."""
    body = {"name": "v", "site": "north", "skill": skill, "consumer": "staff"}
    headers = {**centre.headers, "Idempotency-Key": reference}
    status, agent, _ = await centre.ask(
        "POST", "/v1/agents", {**body, "reference": reference}, headers=headers
    )
    assert status == 201, agent
    return f"/v1/agents/{agent['id']}"


def unstaffed(folder: Any) -> dict[str, Any]:
    """Return orders for a centre of one site where nobody answers."""
    document = orders(folder, agents=0, sites=("north",))
    document["staffing"] = {"north": {"billing": 0, "support": 0, "tickets": 0}}
    return document


async def comment(centre: Centre, ticket: str, key: str) -> int:
    body = {"author": "agent", "text": "This is what we found."}
    headers = {**centre.headers, "Idempotency-Key": key}
    return (await centre.ask("POST", f"/v1/tickets/{ticket}/comments", body, headers=headers))[0]


async def test_agents_hear_that_their_site_was_lost(tmp_path):
    """They have to log in again, and need not find out by themselves."""
    async with running(orders(tmp_path)) as centre, centre.events("staff") as staff:
        await log_in(centre, "billing", "agent-1")
        await centre.inject("site_down", "north")

        assert (await staff.until("agent.changed", "agent-1"))["state"] == "offline"


async def test_offers_are_told_on_the_event_stream_and_a_ticket_is_answered(tmp_path):
    """A hundred agents need one connection for their offers, not a hundred long polls.

    And a caller who hangs up is told to the agent, who would talk to nobody else.
    """
    async with running(unstaffed(tmp_path)) as centre, centre.events("staff") as staff:
        phone = await log_in(centre, "billing", "agent-1")
        _, placed, _ = await centre.call("r1")
        rings = await staff.until("agent.changed", "agent-1")
        assert (rings["state"], rings["call"]["id"]) == ("reserved", placed["id"])
        assert (await centre.ask("POST", f"{phone}/accept", {"ticket": "t"}))[0] == 409
        await centre.ask("POST", f"{phone}/accept", {"call": placed["id"]})
        seen = len(staff.seen)
        await centre.hang_up(placed["id"])
        while (left := await staff.until("agent.changed", "agent-1", since=seen))["call"]:
            seen = len(staff.seen)
        assert left["state"] == "wrap_up"

        desk = await log_in(centre, "tickets", "agent-2")
        name = (await centre.ticket("t1"))[1]["id"]
        offered = await staff.until("agent.changed", "agent-2")
        assert (offered["state"], offered["ticket"]["id"]) == ("reserved", name)
        assert (await centre.ask("GET", f"{desk}/offer?wait_s=5"))[1]["ticket"]["id"] == name
        work = {"ticket": name}
        assert (await centre.ask("POST", f"{desk}/accept", work))[1]["state"] == "busy"
        assert await comment(centre, name, "c1") == 201
        assert (await centre.ask("POST", f"{desk}/finish", work))[1]["state"] == "wrap_up"
        _, ticket, _ = await centre.ask("GET", f"/v1/tickets/{name}")
        assert (ticket["state"], ticket["solved_by"]) == ("solved", "agent")

        await centre.ask("PUT", f"{desk}/state", {"state": "available"})
        other = (await centre.ticket("t2"))[1]["id"]
        assert (await centre.ask("GET", f"{desk}/offer?wait_s=5"))[1]["ticket"]["id"] == other
        declined = await centre.ask("POST", f"{desk}/decline", {"ticket": other})
        assert declined[1]["state"] == "missed"
        await centre.ask("PUT", f"{desk}/state", {"state": "available"})
        again = await centre.ask("GET", f"{desk}/offer?wait_s=5")
        assert again[1]["ticket"]["id"] == other, "nobody else is there"
        assert (await centre.ask("POST", f"{desk}/accept", {"ticket": other}))[0] == 200
        finish = {"ticket": other, "resolved": True}
        assert (await centre.ask("POST", f"{desk}/finish", finish))[0] == 200
        _, ticket, _ = await centre.ask("GET", f"/v1/tickets/{other}")
        assert ticket["state"] == "new", "nobody has replied to it"


class OneSite:
    """A fleet of one site that answers at once and keeps what it was asked."""

    def __init__(self, state: str = "available", call: str | None = None) -> None:
        self.links = {"north": self}
        self.admission, self.up = 1, True
        self.asked: list[str] = []
        self.silent_on: set[str] = set()
        self._state, self._call = state, call

    async def ask(self, method: str, path: str, body: Any = None, **_: object) -> Mapping[str, Any]:
        self.asked.append(path)
        if path in self.silent_on:
            raise UnreachableError("no answer", delivered=True)
        if path.endswith("log-out"):
            self._state = "offline"
        if path == "/internal/agents":
            return {"agent": 7}
        return {"state": self._state, "call": self._call, "reference": None}


def agents_at(
    site: OneSite, *, listening: bool = True, told: list[dict[str, Any]] | None = None
) -> Agents:
    """Return the edge's agents, who may be silent for 20 ms; *told* gets their events."""
    calls = Calls(
        site, order=None, publish=None, lost=None, requeued=None, timeout_s=1, on_site_loss=None
    )
    return Agents(
        site,
        calls,
        publish=lambda _, event: None if told is None else told.append(event),
        listens=lambda _: listening,
        timeout_s=1.0,
        silence_s=0.02,
    )


async def left_alone(site: OneSite, *, listening: bool) -> list[Any]:
    """Return who is logged in after one agent was silent for much longer than allowed."""
    agents = agents_at(site, listening=listening)
    await agents.log_in("v", "north", "billing", key="k", consumer="staff")
    watch = asyncio.create_task(agents.run())
    await asyncio.sleep(0.1)
    watch.cancel()
    return agents.all()


async def test_a_silent_agent_is_logged_out_and_its_caller_is_not_left_talking_to_nobody():
    """A generator that was killed says no goodbye; its agents would be rung in vain for ever."""
    site = OneSite("busy", "c-1")
    left = await left_alone(site, listening=False)

    assert left == []
    assert site.asked[-2:] == ["/internal/agents/7/finish", "/internal/agents/7/log-out"]


async def test_an_agent_whose_consumer_listens_need_not_say_anything():
    """An idle afternoon is no reason to be sent home."""
    assert len(await left_alone(OneSite(), listening=True)) == 1


async def test_a_log_in_whose_answer_was_lost_leaves_no_ghost():
    """The site has an agent of whom nobody knows: calls would ring at it in vain, for ever."""
    site = OneSite()
    agents = agents_at(site)
    site.silent_on = {"/internal/agents"}
    with pytest.raises(ProblemError):
        await agents.log_in("v", "north", "billing", key="lost")
    site.silent_on = set()
    await agents.log_in("v", "north", "billing", key="found", consumer="staff")
    watch = asyncio.create_task(agents.run())
    await asyncio.sleep(0.1)
    watch.cancel()

    assert site.asked.count("/internal/forget-agent") == 1
    assert len(agents.all()) == 1


async def test_who_logs_out_in_a_contact_is_out_when_it_is_over():
    """An agent that stays on the list is asked for ever by those who staff by that list."""
    site, told = OneSite("busy", "c-1"), []
    agents = agents_at(site, told=told)
    await agents.log_in("v", "north", "billing", key="k", consumer="staff")
    gone = {"type": "agent.changed", "agent": 7, "state": "offline", "call": None}
    agents.take("north", {**gone, "reference": None})

    assert [event["state"] for event in told] == ["offline"]
    assert agents.all() == []


async def test_who_hears_at_the_end_of_a_contact_of_being_out_is_out():
    """The site's event may be lost with its stream; its answer says the same."""
    agents = agents_at(OneSite("offline"))
    agent = await agents.log_in("v", "north", "billing", key="k")
    await agents.do(agent, "finish", {"call": "c-1", "to": None, "resolved": True})

    assert agents.all() == []


async def test_an_offer_that_is_made_at_the_log_in_is_told_once():
    """The site tells it before it answers: who only listens would sit beside a ringing phone."""
    told: list[dict[str, Any]] = []

    class Backlog(OneSite):
        async def ask(self, method: str, path: str, body: Any = None, **more: object) -> Any:
            if path == "/internal/agents":
                rings = {"type": "agent.changed", "agent": 7, "state": "reserved", "call": "c-1"}
                agents.take("north", {**rings, "reference": "r1"})
            return await super().ask(method, path, body, **more)

    agents = agents_at(Backlog(), told=told)
    agent = await agents.log_in("v", "north", "billing", key="k", consumer="staff")
    agents.take("north", {"agent": 8, "state": "reserved", "call": "c-2", "reference": "r2"})

    assert [(e["agent"], e["state"], e["call"]["id"]) for e in told] == [
        (agent.id, "reserved", "c-1")
    ]
