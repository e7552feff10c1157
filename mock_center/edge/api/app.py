"""The application of the edge: every resource's routes, behind counting, problems and the door."""

import math
import time
from typing import Any

from aiohttp import web

from mock_center.edge.api.agents import AgentsApi
from mock_center.edge.api.callbacks import CallbacksApi
from mock_center.edge.api.calls import CallsApi
from mock_center.edge.api.document import statuses
from mock_center.edge.api.events import EventsApi
from mock_center.edge.api.house import TOKEN_PATH, HouseApi
from mock_center.edge.api.illness import ill_on_purpose
from mock_center.edge.api.page import PageApi
from mock_center.edge.api.problems import unauthorised
from mock_center.edge.api.route import ID, Route
from mock_center.edge.api.support import SupportApi
from mock_center.edge.api.tickets import TicketsApi
from mock_center.edge.api.traffic import TrafficApi
from mock_center.edge.api.webhooks import WebhooksApi
from mock_center.edge.edge import Edge
from mock_center.edge.metrics import counting
from mock_center.edge.rate_limit import Allowance
from mock_center.edge.tokens import TokenExpiredError, TokenInvalidError
from mock_center.problems import Handler, ProblemError, problems_as_json
from mock_center.server import BODY_LIMIT

RESOURCES = (
    HouseApi,
    CallsApi,
    CallbacksApi,
    AgentsApi,
    TicketsApi,
    SupportApi,
    EventsApi,
    TrafficApi,
    WebhooksApi,
    PageApi,
)
_ALLOWANCE = web.RequestKey("allowance", Allowance)


def edge_app(edge: Edge) -> web.Application:
    """Return the web application of *edge*."""
    routes: list[Route] = [route for kind in RESOURCES for route in kind(edge).routes()]
    known = statuses()
    edge.metrics.serve({path: known.get(path, ()) for _, path, _ in routes})
    app = web.Application(
        middlewares=[
            counting(edge.metrics),
            problems_as_json,
            ill_on_purpose(edge.conditions),
            _door(edge),
        ],
        client_max_size=BODY_LIMIT,
    )
    app.on_response_prepare.append(_tell_allowance)
    for method, path, handler in routes:
        route = web.route(method, path.replace("{id}", ID), handler, expect_handler=_expect)
        app.router.add_routes([route])
    return app


async def _expect(request: web.Request) -> None:
    """Ask for the body of who waits for leave to send it; other expectations are none of ours.

    aiohttp asks this before any middleware, and would refuse what it does not know in plain text.
    """
    if request.headers.get("Expect", "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # it was no part of the answer


def _door(edge: Edge) -> Any:
    """Return the middleware that lets in who has a token, as often as the rate limit has it."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith("/v1/") or request.path == TOKEN_PATH:
            return await handler(request)
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        try:
            client = edge.tokens.check(token.strip() if kind.lower() == "bearer" else "")
        except TokenExpiredError as error:
            raise unauthorised("token-expired", "The token has expired") from error
        except TokenInvalidError as error:
            raise unauthorised("invalid-token", "A valid bearer token is needed") from error
        if edge.rate_limit is not None:
            allowance = edge.rate_limit.take(client, time.monotonic())
            request[_ALLOWANCE] = allowance
            if not allowance.granted:
                raise _too_many(allowance)
        return await handler(request)

    return check


def _too_many(allowance: Allowance) -> ProblemError:
    return ProblemError(
        429,
        "rate-limited",
        "Too many requests",
        f"{allowance.limit} may come at once; see RateLimit-Reset",
        headers={"Retry-After": str(max(math.ceil(allowance.retry_after_s), 1))},
    )


async def _tell_allowance(request: web.Request, response: web.StreamResponse) -> None:
    """Say on every answer, streams and problems included, what the client has left."""
    allowance = request.get(_ALLOWANCE)
    if allowance is not None:
        response.headers.update(allowance.headers())
