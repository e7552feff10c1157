"""The application of the edge: every resource's routes, behind counting, problems and tokens."""

from typing import Any

from aiohttp import web

from mock_center.edge.api.agents import AgentsApi
from mock_center.edge.api.callbacks import CallbacksApi
from mock_center.edge.api.calls import CallsApi
from mock_center.edge.api.events import EventsApi
from mock_center.edge.api.house import TOKEN_PATH, HouseApi
from mock_center.edge.api.problems import unauthorised
from mock_center.edge.api.route import Route
from mock_center.edge.api.tickets import TicketsApi
from mock_center.edge.edge import Edge
from mock_center.edge.metrics import counting
from mock_center.edge.tokens import TokenExpiredError, TokenInvalidError
from mock_center.problems import Handler, problems_as_json
from mock_center.server import BODY_LIMIT

RESOURCES = (HouseApi, CallsApi, CallbacksApi, AgentsApi, TicketsApi, EventsApi)


def edge_app(edge: Edge) -> web.Application:
    """Return the web application of *edge*."""
    routes: list[Route] = [route for kind in RESOURCES for route in kind(edge).routes()]
    edge.metrics.serve([path for _, path, _ in routes])
    app = web.Application(
        middlewares=[counting(edge.metrics), problems_as_json, _authorised(edge)],
        client_max_size=BODY_LIMIT,
    )
    for method, path, handler in routes:
        app.router.add_routes([web.route(method, path, handler)])
    return app


def _authorised(edge: Edge) -> Any:
    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith("/v1/") or request.path == TOKEN_PATH:
            return await handler(request)
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        try:
            edge.tokens.check(token.strip() if kind.lower() == "bearer" else "")
        except TokenExpiredError as error:
            raise unauthorised("token-expired", "The token has expired") from error
        except TokenInvalidError as error:
            raise unauthorised("invalid-token", "A valid bearer token is needed") from error
        return await handler(request)

    return check
