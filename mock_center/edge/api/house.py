"""What the API says of itself: health, metrics, its document, its attestation; and tokens."""

import asyncio
from urllib.parse import parse_qsl

from aiohttp import web

from mock_center.edge.api.document import openapi
from mock_center.edge.api.problems import unauthorised
from mock_center.edge.api.route import Route
from mock_center.edge.edge import Edge
from mock_center.problems import ProblemError
from mock_center.server import reply

TOKEN_PATH = "/v1/oauth/token"
_TOKEN_FORM = ("grant_type", "client_id", "client_secret")
_MOST_FIELDS = 1000


class HouseApi:
    """The house itself."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            ("GET", "/healthz", self._health),
            ("GET", "/metrics", self._metrics),
            ("GET", "/openapi.json", self._openapi),
            ("GET", "/.well-known/test-environment", self._test_environment),
            ("POST", TOKEN_PATH, self._token),
        ]

    async def _health(self, _: web.Request) -> web.Response:
        fleet = self._edge.fleet
        sites = {name: "up" if link.up else "down" for name, link in fleet.links.items()}
        return reply({"status": "ok", "sites": sites, "ticket_primary": fleet.leader})

    async def _metrics(self, _: web.Request) -> web.Response:
        return await self._edge.page.response()

    async def _openapi(self, _: web.Request) -> web.Response:
        return reply(await asyncio.to_thread(openapi))

    async def _test_environment(self, _: web.Request) -> web.Response:
        return reply(
            {
                "environment_id": self._edge.environment_id,
                "production": False,
                "provider": "mock centre",
                "data_class": "synthetic",
            }
        )

    async def _token(self, request: web.Request) -> web.Response:
        form = await _read_form(request)
        if form.get("grant_type") != "client_credentials":
            raise ProblemError(
                400,
                "unsupported-grant-type",
                "Only client credentials are known here",
                "want grant_type=client_credentials, form-encoded",
            )
        if not self._edge.tokens.knows(form.get("client_id", ""), form.get("client_secret", "")):
            raise unauthorised("invalid-client", "The client credentials are wrong")
        tokens = self._edge.tokens
        # Rounded down: a client that renews in time must not come too late.
        expires_in_s = int(tokens.life_s)
        return reply(
            {"access_token": tokens.issue(), "token_type": "Bearer", "expires_in": expires_in_s},
            Cache_Control="no-store",
        )


async def _read_form(request: web.Request) -> dict[str, str]:
    """Return the form in the body; nothing if it is none.

    Raises:
        ProblemError: 400, a key comes twice: which of the two is meant?
    """
    raw = await request.read()
    if request.content_type != "application/x-www-form-urlencoded":
        return {}
    try:
        pairs = parse_qsl(
            raw.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict"
        )
    except ValueError:
        return {}
    # Others are ignored, as RFC 6749 wants it.
    known = [(name, value) for name, value in pairs if name in _TOKEN_FORM]
    if len(dict(known)) != len(known):
        raise ProblemError(400, "invalid-body", "The body is not valid", "a key comes twice")
    return dict(known)
