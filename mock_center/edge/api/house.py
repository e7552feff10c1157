"""What the API says of itself: health, metrics, its document, its attestation; and tokens."""

import asyncio
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from aiohttp import web

from mock_center.edge.api.problems import unauthorised
from mock_center.edge.api.route import Route
from mock_center.edge.edge import Edge
from mock_center.edge.tokens import EXPIRES_IN_S
from mock_center.metrics import metrics_page
from mock_center.problems import ProblemError
from mock_center.server import reply

TOKEN_PATH = "/v1/oauth/token"


@cache
def openapi() -> dict[str, Any]:
    """Return the OpenAPI document of the edge."""
    document: dict[str, Any] = yaml.safe_load(
        files("mock_center").joinpath("openapi.yaml").read_text(encoding="utf-8")
    )
    return document


@cache
def statuses() -> dict[str, set[int]]:
    """Return the statuses that each path may answer, whatever the method."""
    return {
        path: {int(code) for each in operations.values() for code in each["responses"]}
        for path, operations in openapi()["paths"].items()
    }


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
        self._edge.metrics.streams_are(self._edge.consumers.streams)
        return metrics_page(self._edge.metrics.registry)

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
        form = await request.post()
        if form.get("grant_type") != "client_credentials":
            raise ProblemError(
                400,
                "unsupported-grant-type",
                "Only client credentials are known here",
                "want grant_type=client_credentials, form-encoded",
            )
        if not self._edge.tokens.knows(str(form.get("client_id")), str(form.get("client_secret"))):
            raise unauthorised("invalid-client", "The client credentials are wrong")
        issued = self._edge.tokens.issue()
        return reply(
            {"access_token": issued, "token_type": "Bearer", "expires_in": EXPIRES_IN_S},
            Cache_Control="no-store",
        )
