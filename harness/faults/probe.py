"""Looks at a target from outside, as a stranger would: does this site answer, and who says so?"""

from enum import StrEnum

import aiohttp

from harness.http import HttpBlock
from harness.model.target import Endpoints

PATIENCE_WALL_S = 0.5


class Answer(StrEnum):
    """What a site did when it was asked for its health."""

    HEALTHY = "healthy"
    UNWELL = "unwell"
    SILENT = "silent"
    REFUSED = "refused"


class Probe(HttpBlock):
    """Asks sites and edge for their health on fresh connections. Use it as an async block."""

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
