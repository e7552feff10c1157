"""Looks at a target from outside, as a stranger would: does this site answer, and who says so?"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import aiohttp

from harness.http import HttpBlock
from harness.model.target import Endpoints

PATIENCE_WALL_S = 0.5
EDGE = "edge"
"""The front door, where a site's name might stand."""


class Answer(StrEnum):
    """What a site did when it was asked for its health."""

    HEALTHY = "healthy"
    UNWELL = "unwell"
    SILENT = "silent"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a request came to: ``status`` None if nothing answered within ``wall_s``.

    Wall seconds; header names are in lower case.
    """

    status: int | None
    wall_s: float
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def problem(self) -> str:
        """The type of the problem that the body names; empty if it names none."""
        try:
            return str(json.loads(self.body).get("type", ""))
        except (ValueError, AttributeError):
            return ""


class Probe(HttpBlock):
    """Asks sites and edge, on fresh connections, how they are. Use it as an async block."""

    def __init__(self, endpoints: Endpoints) -> None:
        super().__init__(
            ca_file=endpoints.ca_file,
            fresh=True,
            timeout=aiohttp.ClientTimeout(total=PATIENCE_WALL_S),
        )
        self._endpoints = endpoints

    async def ask_site(self, site: str) -> Answer:
        """Return what *site* does when asked for its health, within half a wall second."""
        try:
            async with self._session.get(
                f"{self._endpoints.sites[site]}/healthz", allow_redirects=False
            ) as answer:
                return Answer.HEALTHY if answer.status == 200 else Answer.UNWELL
        except TimeoutError:
            return Answer.SILENT
        except aiohttp.ClientConnectorError as error:
            refused = isinstance(error.os_error, ConnectionRefusedError)
            return Answer.REFUSED if refused else Answer.UNWELL
        except aiohttp.ClientError:
            return Answer.UNWELL

    async def ask(
        self,
        path: str,
        *,
        source: str = EDGE,
        method: str = "GET",
        token: str = "",
        patience_wall_s: float = PATIENCE_WALL_S,
    ) -> Seen:
        """Return what *source*, the edge or a site by its name, answers.

        Without a *token* nothing of the API is carried out: it answers 401 when it is well.
        """
        base = self._endpoints.edge if source == EDGE else self._endpoints.sites[source]
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        began = time.perf_counter()
        try:
            async with self._session.request(
                method,
                base + path,
                headers=headers,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=patience_wall_s),
            ) as answer:
                body = await answer.read()
                wall_s = time.perf_counter() - began
                told = {name.lower(): value for name, value in answer.headers.items()}
                return Seen(answer.status, wall_s, body, told)
        except (aiohttp.ClientError, TimeoutError):
            return Seen(None, time.perf_counter() - began)

    async def sign_in(self) -> str:
        """Return a new token of the API; empty if there is none to be had."""
        form = {
            "grant_type": "client_credentials",
            "client_id": self._endpoints.client_id,
            "client_secret": self._endpoints.client_secret,
        }
        url = f"{self._endpoints.edge}/v1/oauth/token"
        try:
            async with self._session.post(url, data=form, allow_redirects=False) as answer:
                found = await answer.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return ""
        return str(found.get("access_token", "")) if isinstance(found, dict) else ""

    async def edge_calls_it_up(self, site: str) -> bool:
        """Return whether the edge sends traffic to *site*, by its own health page."""
        try:
            async with self._session.get(
                f"{self._endpoints.edge}/healthz", allow_redirects=False
            ) as answer:
                page = await answer.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return False
        return isinstance(page, dict) and page.get("sites", {}).get(site) == "up"


async def healed(site: str, probe: Probe) -> str | None:
    """Return the proof that *site* is whole: it answers, and the edge sends it traffic again."""
    if await probe.ask_site(site) is Answer.HEALTHY and await probe.edge_calls_it_up(site):
        return f"{site} answers its health check and the edge sends it traffic"
    return None
