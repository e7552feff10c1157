"""A site's HTTP: its health and metrics for everyone, ``/internal`` for the edge and its peers.

Whatever the edge asks carries the number of its admission; see ``membership``.
"""

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from mock_center.config import TICKETS
from mock_center.events import GoneError
from mock_center.faults.kinds.sites import SITE_SLOW
from mock_center.problems import ProblemError, problems_as_json
from mock_center.server import read_object, reply
from mock_center.site.calls import BlockedError, ClosedError, RevokedError, WrongStateError
from mock_center.site.peers import ADMISSION_HEADER, STORE_HEADER, TOKEN_HEADER
from mock_center.site.site import Site, StaleAdmissionError
from mock_center.site.ticket_app import TicketHandlers, reply_large
from mock_center.tickets.ticket import (
    Changes,
    GapError,
    NotLeadingError,
    Position,
    StaleEpochError,
)

# A page of a copy that catches up holds up to 1000 tickets of 64 kB at the very most.
_INTERNAL_BODY_LIMIT = 128 * 1024 * 1024

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def site_app(site: Site) -> web.Application:
    """Return the web application of *site*."""
    app = web.Application(
        middlewares=[problems_as_json, _slow_on_purpose(site), _internal_only(site)],
        client_max_size=_INTERNAL_BODY_LIMIT,
    )
    handlers = _Handlers(site)
    app.add_routes(
        [
            web.get("/healthz", handlers.health),
            web.get("/metrics", handlers.metrics),
            web.get("/internal/probe", handlers.probe),
            web.post("/internal/join", handlers.join),
            web.post("/internal/lead", handlers.lead),
            web.post("/internal/follow", handlers.follow),
            web.post("/internal/step-down", handlers.step_down),
            web.post("/internal/staff", handlers.staff),
            web.get("/internal/events", handlers.events),
            web.get("/internal/queues", handlers.queues),
            web.post("/internal/calls", handlers.place_call),
            web.post("/internal/calls/{id}/hangup", handlers.hang_up),
            web.post("/internal/calls/{id}/press", handlers.press),
            web.post("/internal/callbacks", handlers.call_back),
            web.post("/internal/agents", handlers.log_in),
            web.post("/internal/forget-agent", handlers.forget_agent),
            web.get("/internal/agents/{agent}", handlers.agent),
            web.post("/internal/agents/{agent}/{what}", handlers.agent_does),
            web.get("/internal/ticket-agents/{agent}", handlers.ticket_agent),
            web.post("/internal/ticket-agents/{agent}/{what}", handlers.ticket_agent_does),
            web.post("/internal/backup", handlers.backup),
            web.post("/internal/replicate", handlers.replicate),
            web.post("/internal/changes", handlers.changes),
            web.post("/internal/catch-up", handlers.catch_up),
        ]
    )
    tickets = TicketHandlers(site, handlers.check_admission).routes()
    app.add_routes([web.route(method, path, handler) for method, path, handler in tickets])
    return app


def _slow_on_purpose(site: Site) -> Any:
    @web.middleware
    async def hold_up(request: web.Request, handler: Handler) -> web.StreamResponse:
        slow = site.conditions.asked(SITE_SLOW)
        if slow is not None:
            await asyncio.sleep(slow["delay"])
        return await handler(request)

    return hold_up


def _internal_only(site: Site) -> Any:
    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith("/internal/"):
            return await handler(request)
        found = request.headers.get(TOKEN_HEADER, "")
        if not hmac.compare_digest(found.encode(errors="surrogateescape"), site.token.encode()):
            raise ProblemError(401, "invalid-token", "For edge and sites only")
        site.check_standing()
        try:
            response = await handler(request)
            if (copies := site.node.copies) is not None and not response.prepared:
                response.headers[STORE_HEADER] = copies.written()
            return response
        except StaleEpochError as error:
            raise _conflict("stale-epoch", error) from error
        except GapError as error:
            raise _conflict("gap", error) from error
        except NotLeadingError as error:
            raise _conflict("not-leading", error) from error
        except (KeyError, TypeError, ValueError) as error:
            raise ProblemError(400, "invalid-body", "Not what a peer sends", repr(error)) from error

    return check


def _conflict(slug: str, error: Exception) -> ProblemError:
    return ProblemError(409, slug, "Not in this state", str(error))


class _Handlers:
    def __init__(self, site: Site) -> None:
        self._site = site

    async def health(self, _: web.Request) -> web.Response:
        if not self._site.ready:
            return reply({"status": "resyncing", "site": self._site.name}, 503)
        return reply(
            {"status": "ok", "site": self._site.name, "incarnation": self._site.incarnation}
        )

    async def metrics(self, _: web.Request) -> web.Response:
        return await self._site.page.response()

    async def probe(self, _: web.Request) -> web.Response:
        return reply(self._site.probe())

    async def join(self, request: web.Request) -> web.Response:
        told = await read_object(request)
        try:
            await self._site.join(told["admission"], told["epoch"], told["leader"])
        except StaleAdmissionError as error:
            raise _conflict("stale-admission", error) from error
        return reply(self._site.probe())

    async def lead(self, request: web.Request) -> web.Response:
        self.check_admission(request)
        await self._site.lead((await read_object(request))["epoch"])
        return reply({})

    async def follow(self, request: web.Request) -> web.Response:
        self.check_admission(request)
        told = await read_object(request)
        await self._site.follow(told["epoch"], told["leader"])
        return reply({})

    async def step_down(self, request: web.Request) -> web.Response:
        self.check_admission(request)
        told = await read_object(request)
        await self._site.step_down(told["epoch"], told["to"])
        return reply({})

    async def staff(self, request: web.Request) -> web.Response:
        told = await read_object(request)
        self._site.staff(told["skill"], told["heads"])
        return reply({})

    async def events(self, request: web.Request) -> web.StreamResponse:
        self.check_admission(request)
        try:
            return await self._site.calls.feed.stream(request, int(request.query["since"]))
        except GoneError as error:
            raise ProblemError(410, "events-gone", "These events are gone", str(error)) from error

    async def queues(self, request: web.Request) -> web.Response:
        self.check_admission(request)
        return reply(self._site.calls.queues())

    async def place_call(self, request: web.Request) -> web.Response:
        told = await read_object(request)
        self.check_admission(request)
        try:
            state = self._site.calls.place(
                told["id"],
                told["queue"],
                told["reference"],
                told.get("queued_at"),
                told.get("ranked_at"),
            )
        except BlockedError as busy:
            raise ProblemError(503, "trunks-busy", "All channels are busy", str(busy)) from busy
        except RevokedError as revoked:
            raise _conflict("revoked", revoked) from revoked
        return reply({"state": state}, 201)

    async def hang_up(self, request: web.Request) -> web.Response:
        self.check_admission(request)
        return reply({"was_here": self._site.calls.hang_up(request.match_info["id"])})

    async def press(self, request: web.Request) -> web.Response:
        told = await read_object(request)
        self.check_admission(request)
        try:
            self._site.calls.press(request.match_info["id"], told["digits"])
        except WrongStateError as error:
            raise _conflict("wrong-state", error) from error
        return reply({})

    async def call_back(self, request: web.Request) -> web.Response:
        told = await read_object(request)
        self.check_admission(request)
        try:
            promised_at = self._site.calls.call_back(
                told["id"],
                told["queue"],
                told["reference"],
                call=told["call"],
                promised_at=told["promised_at"],
            )
        except RevokedError as revoked:
            raise _conflict("revoked", revoked) from revoked
        except WrongStateError as error:
            raise _conflict("wrong-state", error) from error
        except ClosedError as error:
            raise _conflict("closed", error) from error
        return reply({"promised_at": promised_at}, 201)

    async def log_in(self, request: web.Request) -> web.Response:
        told = await read_object(request)
        self.check_admission(request)
        at_desk = told["skill"] == TICKETS
        key = told["key"]
        if at_desk:
            return reply({"agent": self._site.tickets.log_in(key)}, 201)
        return reply({"agent": self._site.calls.log_in(told["skill"], key)}, 201)

    async def forget_agent(self, request: web.Request) -> web.Response:
        told = await read_object(request)
        self.check_admission(request)
        if told["skill"] == TICKETS:
            await self._site.tickets.forget(told["key"])
        else:
            self._site.calls.forget(told["key"])
        return reply({})

    async def agent(self, request: web.Request) -> web.Response:
        self.check_admission(request)
        return reply(self._site.calls.agent_is(int(request.match_info["agent"])))

    async def ticket_agent(self, request: web.Request) -> web.Response:
        self.check_admission(request)
        return reply(self._site.tickets.agent_is(int(request.match_info["agent"])))

    async def ticket_agent_does(self, request: web.Request) -> web.Response:
        told = await read_object(request)
        self.check_admission(request)
        agent, what = int(request.match_info["agent"]), request.match_info["what"]
        try:
            await self._site.tickets.agent_does(agent, what, told)
        except WrongStateError as error:
            raise _conflict("wrong-state", error) from error
        return reply(self._site.tickets.agent_is(agent))

    async def agent_does(self, request: web.Request) -> web.Response:
        told = await read_object(request)
        self.check_admission(request)
        agent, what = int(request.match_info["agent"]), request.match_info["what"]
        try:
            self._site.calls.agent_does(agent, what, told)
        except WrongStateError as error:
            raise _conflict("wrong-state", error) from error
        return reply(self._site.calls.agent_is(agent))

    async def backup(self, request: web.Request) -> web.Response:
        told = await read_object(request)
        self._site.calls.backup(called=told["called"])
        return reply({})

    async def replicate(self, request: web.Request) -> web.Response:
        await self._site.node.receive(Changes.from_wire(await read_object(request)))
        return reply({})

    async def changes(self, request: web.Request) -> web.Response:
        told = await read_object(request)
        position = Position(told["epoch"], told["seq"])
        changes = await self._site.node.supply(position, told["follower"])
        return await reply_large(self._site, changes.to_wire())

    async def catch_up(self, request: web.Request) -> web.Response:
        self._site.node.catch_up((await read_object(request))["epoch"])
        return reply({})

    def check_admission(self, request: web.Request) -> None:
        """Refuse what was sent under another admission than the one this site holds."""
        found = request.headers.get(ADMISSION_HEADER)
        if found != str(self._site.membership.admission):
            held = self._site.membership.admission
            raise ProblemError(
                409, "stale-admission", "Not admitted under it", f"found {found}, hold {held}"
            )
