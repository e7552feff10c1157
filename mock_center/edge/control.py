"""The edge's second door, for its supervisor alone: which sites are to be drained, how they stand.

It has a port of its own, so nothing of it is part of the public API, and needs the internal token.
"""

import hmac
from typing import Any

from aiohttp import web

from mock_center.edge.edge import Edge
from mock_center.problems import Handler, ProblemError, no_such, problems_as_json
from mock_center.server import reply
from mock_center.site.peers import TOKEN_HEADER


def control_app(edge: Edge, token: str) -> web.Application:
    """Return the application behind the second door of *edge*."""
    app = web.Application(middlewares=[problems_as_json, _with_token(token)])
    control = _Control(edge)
    app.add_routes(
        [
            web.get("/internal/sites", control.sites),
            web.post("/internal/sites/{site}/drain", control.drain),
            web.post("/internal/sites/{site}/undrain", control.undrain),
        ]
    )
    return app


def _with_token(token: str) -> Any:
    wanted = token.encode()

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        found = request.headers.get(TOKEN_HEADER, "").encode(errors="surrogateescape")
        if not hmac.compare_digest(found, wanted):
            raise ProblemError(401, "invalid-token", "For the supervisor only")
        return await handler(request)

    return check


class _Control:
    def __init__(self, edge: Edge) -> None:
        self._edge = edge

    async def sites(self, _: web.Request) -> web.Response:
        sites = self._edge.fleet.links
        return reply({site: self._edge.standing(site)._asdict() for site in sites})

    async def drain(self, request: web.Request) -> web.Response:
        site = self._site(request)
        await self._edge.drain(site)
        return reply(self._edge.standing(site)._asdict())

    async def undrain(self, request: web.Request) -> web.Response:
        site = self._site(request)
        self._edge.undrain(site)
        return reply(self._edge.standing(site)._asdict())

    def _site(self, request: web.Request) -> str:
        site = request.match_info["site"]
        if site not in self._edge.fleet.links:
            raise no_such("site", site)
        return site
