"""The public API, ``/v1``: thin handlers; ``openapi.yaml`` says the same to clients."""

import asyncio
import json
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from aiohttp import web

from mock_center.edge.bodies import (
    CallOrder,
    TicketDraft,
    fingerprint,
    idempotency_key,
    query_consumer,
    query_int,
    query_limit,
    read_body,
)
from mock_center.edge.calls import Call, CallState, NoSiteError, TrunksBusyError
from mock_center.edge.edge import Edge
from mock_center.edge.link import RefusedError, UnreachableError
from mock_center.edge.metrics import counting
from mock_center.edge.once import KeyConflictError
from mock_center.edge.tickets import SiteDownError, StoreUnavailableError
from mock_center.edge.tokens import EXPIRES_IN_S, TokenExpiredError, TokenInvalidError
from mock_center.events import GoneError
from mock_center.metrics import metrics_page
from mock_center.problems import Handler, ProblemError, no_such, problems_as_json
from mock_center.server import BODY_LIMIT, reply

TOKEN_PATH = "/v1/oauth/token"
ROUTES = (
    ("GET", "/healthz", "health"),
    ("GET", "/metrics", "metrics"),
    ("GET", "/openapi.json", "openapi"),
    ("GET", "/.well-known/test-environment", "test_environment"),
    ("POST", TOKEN_PATH, "token"),
    ("POST", "/v1/calls", "place_call"),
    ("GET", "/v1/calls/{id}", "get_call"),
    ("POST", "/v1/calls/{id}/hangup", "hang_up"),
    ("POST", "/v1/tickets", "create_ticket"),
    ("GET", "/v1/tickets", "list_tickets"),
    ("GET", "/v1/tickets/{id}", "get_ticket"),
    ("GET", "/v1/lines", "list_lines"),
    ("GET", "/v1/queues", "list_queues"),
    ("GET", "/v1/events", "events"),
)
_MOST = 10**18 - 1
_QUEUES_TIMEOUT_S = 1.0


def edge_app(edge: Edge) -> web.Application:
    """Return the web application of *edge*."""
    api = _Api(edge)
    app = web.Application(
        middlewares=[counting(edge.metrics), problems_as_json, _authorised(edge)],
        client_max_size=BODY_LIMIT,
    )
    for method, path, name in ROUTES:
        if method == "GET":
            app.router.add_get(path, getattr(api, name), allow_head=False)
        else:
            app.router.add_post(path, getattr(api, name))
    return app


@cache
def openapi() -> dict[str, Any]:
    """Return the OpenAPI document of the edge."""
    document: dict[str, Any] = yaml.safe_load(
        files("mock_center").joinpath("openapi.yaml").read_text(encoding="utf-8")
    )
    return document


def _authorised(edge: Edge) -> Any:
    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith("/v1/") or request.path == TOKEN_PATH:
            return await handler(request)
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        try:
            edge.tokens.check(token.strip() if kind.lower() == "bearer" else "")
        except TokenExpiredError as error:
            raise _unauthorised("token-expired", "The token has expired") from error
        except TokenInvalidError as error:
            raise _unauthorised("invalid-token", "A valid bearer token is needed") from error
        return await handler(request)

    return check


def _unauthorised(slug: str, title: str) -> ProblemError:
    return ProblemError(401, slug, title, headers={"WWW-Authenticate": "Bearer"})


def _key_conflict() -> ProblemError:
    return ProblemError(
        422, "idempotency-conflict", "The Idempotency-Key was used before, with another body"
    )


def _store_unavailable(error: Exception) -> ProblemError:
    return ProblemError(
        503,
        "store-unavailable",
        "The ticket store is not available",
        str(error),
        headers={"Retry-After": "1"},
    )


class _Api:
    def __init__(self, edge: Edge) -> None:
        self._edge = edge

    async def health(self, _: web.Request) -> web.Response:
        fleet = self._edge.fleet
        sites = {name: "up" if link.up else "down" for name, link in fleet.links.items()}
        return reply({"status": "ok", "sites": sites, "ticket_primary": fleet.leader})

    async def metrics(self, _: web.Request) -> web.Response:
        self._edge.metrics.streams_are(self._edge.consumers.streams)
        return metrics_page(self._edge.metrics.registry)

    async def openapi(self, _: web.Request) -> web.Response:
        return reply(await asyncio.to_thread(openapi))

    async def test_environment(self, _: web.Request) -> web.Response:
        return reply(
            {
                "environment_id": self._edge.environment_id,
                "production": False,
                "provider": "mock centre",
                "data_class": "synthetic",
            }
        )

    async def token(self, request: web.Request) -> web.Response:
        form = await request.post()
        if form.get("grant_type") != "client_credentials":
            raise ProblemError(
                400,
                "unsupported-grant-type",
                "Only client credentials are known here",
                "want grant_type=client_credentials, form-encoded",
            )
        if not self._edge.tokens.knows(str(form.get("client_id")), str(form.get("client_secret"))):
            raise _unauthorised("invalid-client", "The client credentials are wrong")
        issued = self._edge.tokens.issue()
        return reply(
            {"access_token": issued, "token_type": "Bearer", "expires_in": EXPIRES_IN_S},
            Cache_Control="no-store",
        )

    async def place_call(self, request: web.Request) -> web.Response:
        line, result = "", "refused"
        try:
            key = idempotency_key(request)
            order = await read_body(request, CallOrder)
            line = order.line
            call, replayed = await self._edge.call_answers.do(
                key, fingerprint(order), lambda: self._place(order)
            )
        except KeyConflictError as error:
            raise _key_conflict() from error
        except TrunksBusyError as error:
            result = "blocked"
            raise ProblemError(503, "trunks-busy", "All trunk channels are busy") from error
        except NoSiteError as error:
            result = "failed"
            raise ProblemError(503, "no-site", "No site can take the call") from error
        else:
            result = "" if replayed else "accepted"
        finally:
            if result:
                self._edge.metrics.call_attempt(line, result)
        # The answer is that of the moment of placing, also when it is given again.
        answer = {**call.public(), "state": CallState.QUEUED.value}
        return reply(answer, 201, **({"Idempotent_Replayed": "true"} if replayed else {}))

    async def _place(self, order: CallOrder) -> Call:
        queue = self._edge.queue_of.get(order.line)
        if queue is None:
            raise ProblemError(404, "unknown-line", "Nobody answers this line", order.line)
        return await self._edge.calls.place(
            reference=order.reference, consumer=order.consumer, line=order.line, queue=queue
        )

    async def get_call(self, request: web.Request) -> web.Response:
        return reply(self._call(request).public())

    async def hang_up(self, request: web.Request) -> web.Response:
        call = self._call(request)
        if call.state is CallState.PLACING:
            raise ProblemError(409, "wrong-state", "The call is still being placed", call.id)
        await self._edge.calls.hang_up(call)
        return reply({"id": call.id, "state": CallState.ENDED.value})

    def _call(self, request: web.Request) -> Call:
        name = request.match_info["id"]
        call = self._edge.calls.get(name)
        if call is None:
            raise no_such("call", name)
        return call

    async def create_ticket(self, request: web.Request) -> web.Response:
        key = idempotency_key(request)
        draft = await read_body(request, TicketDraft)
        ticket = {**draft.model_dump(), "key": key, "fingerprint": fingerprint(draft)}
        try:
            answer = await self._edge.tickets.create(ticket)
        except StoreUnavailableError as error:
            raise _store_unavailable(error) from error
        except RefusedError as refused:
            if refused.type == "idempotency-conflict":
                raise _key_conflict() from refused
            raise _store_unavailable(refused) from refused
        written = answer["ticket"]
        body = {name: written[name] for name in ("id", "reference", "site")} | {"state": "new"}
        return reply(body, 201, **({"Idempotent_Replayed": "true"} if answer["replayed"] else {}))

    async def get_ticket(self, request: web.Request) -> web.Response:
        name = request.match_info["id"]
        if not name.isascii() or not name.replace("-", "").isalnum():
            raise no_such("ticket", name)
        try:
            return reply(await self._edge.tickets.get(name))
        except StoreUnavailableError as error:
            raise _store_unavailable(error) from error
        except RefusedError as refused:
            if refused.status == 404:
                raise no_such("ticket", name) from refused
            raise _store_unavailable(refused) from refused

    async def list_tickets(self, request: web.Request) -> web.Response:
        after = query_int(request, "after", 0, most=_MOST)
        limit = query_limit(request)
        site = request.query.get("site")
        if site is not None and site not in self._edge.fleet.links:
            raise no_such("site", site)
        try:
            page = await self._edge.tickets.page(after, limit, site)
        except SiteDownError as error:
            raise ProblemError(503, "site-down", "This site is not up", str(error)) from error
        except (StoreUnavailableError, RefusedError) as error:
            raise _store_unavailable(error) from error
        following = page["next"]
        page["next"] = None if following is None else str(following)
        return web.Response(
            text=await asyncio.to_thread(json.dumps, page), content_type="application/json"
        )

    async def list_lines(self, _: web.Request) -> web.Response:
        lines = [{"line": line, "queue": queue} for line, queue in self._edge.queue_of.items()]
        return reply({"lines": lines})

    async def list_queues(self, _: web.Request) -> web.Response:
        links = [self._edge.fleet.links[name] for name in self._edge.fleet.up]
        total: dict[str, dict[str, float]] = {queue: {} for queue in self._edge.centre.lines}
        for link in links:
            try:
                found = await link.ask("GET", "/internal/queues", timeout_s=_QUEUES_TIMEOUT_S)
            except (UnreachableError, RefusedError):
                continue  # it was just lost; the others tell what is left
            _add_up(total, found)
        names = ("waiting", "in_talk", "agents_available", "longest_wait_s")
        queues = [
            {"queue": queue, **{name: state.get(name, 0) for name in names}}
            for queue, state in total.items()
        ]
        return reply({"queues": queues})

    async def events(self, request: web.Request) -> web.StreamResponse:
        consumer = query_consumer(request)
        since = query_int(request, "since", 0, most=_MOST)
        try:
            return await self._edge.consumers.feed(consumer).stream(request, since)
        except GoneError as error:
            raise ProblemError(
                410, "events-gone", "These events are no longer held", str(error)
            ) from error


def _add_up(total: dict[str, dict[str, float]], found: dict[str, dict[str, float]]) -> None:
    for queue, state in found.items():
        sums = total[queue]
        for name, value in state.items():
            both = (sums.get(name, 0), value)
            sums[name] = max(both) if name == "longest_wait_s" else sum(both)
