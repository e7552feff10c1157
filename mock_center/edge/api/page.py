"""``/`` and ``/state.json``: the centre at a glance, for whoever opens its address in a browser."""

import secrets
import shlex
from functools import cache
from importlib.resources import files

from aiohttp import web
from jinja2 import Environment, StrictUndefined, Template

from mock_center.edge.api.house import TOKEN_PATH
from mock_center.edge.api.route import Route
from mock_center.edge.edge import Edge
from mock_center.edge.state import State
from mock_center.server import reply


class PageApi:
    """The page, and the same as JSON."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge
        self._state = State(edge)

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [("GET", "/", self._page), ("GET", "/state.json", self._json)]

    async def _page(self, request: web.Request) -> web.Response:
        nonce = secrets.token_urlsafe(16)
        scheme = "https" if self._edge.centre.api.tls else "http"
        html = _template().render(
            state=await self._state.now(),
            edge=f"{scheme}://{request.host}",
            token_path=TOKEN_PATH,
            client_id=shlex.quote(f"client_id={self._edge.centre.client_id}"),
            tls=self._edge.centre.api.tls,
            nonce=nonce,
            style=_part("page.css"),
            script=_part("page.js"),
        )
        return web.Response(text=html, content_type="text/html", headers=_headers(nonce))

    async def _json(self, _: web.Request) -> web.Response:
        return reply(await self._state.now(), Cache_Control="no-store")


@cache
def _part(name: str) -> str:
    return files("mock_center.edge").joinpath("page", name).read_text(encoding="utf-8")


@cache
def _template() -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(_part("page.html"))


def _headers(nonce: str) -> dict[str, str]:
    """Return headers by which a browser loads, runs and frames nothing but this very page."""
    return {
        "Content-Security-Policy": (
            f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; "
            "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
            "frame-ancestors 'none'"
        ),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }
