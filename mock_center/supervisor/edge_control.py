"""The supervisor's way to the edge's second door, and to those who work at a site."""

import json
from typing import Any

import aiohttp

from mock_center.edge.standing import Standing
from mock_center.site.peers import TOKEN_HEADER

_TIMEOUT_S = 10.0


class NoAnswerError(Exception):
    """The process did not answer, or not with a success; its words are in the message."""


class EdgeControl:
    """Asks the edge at *url*, with the internal *token*."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str) -> None:
        self._session = session
        self._url = url
        self._headers = {TOKEN_HEADER: token, "Content-Type": "application/json"}

    async def sites(self) -> dict[str, Standing]:
        """Return how every site stands.

        Raises:
            NoAnswerError: the edge does not answer.
        """
        found = await self._ask("GET", f"{self._url}/internal/sites")
        return {site: Standing(**standing) for site, standing in found.items()}

    async def drain(self, site: str) -> None:
        """Let *site* have no new calls, and hand over its lead.

        Raises:
            NoAnswerError: the edge does not answer.
        """
        await self._ask("POST", f"{self._url}/internal/sites/{site}/drain")

    async def undrain(self, site: str) -> None:
        """Let *site* have calls again.

        Raises:
            NoAnswerError: the edge does not answer.
        """
        await self._ask("POST", f"{self._url}/internal/sites/{site}/undrain")

    async def staff(self, url: str, skill: str, heads: int) -> None:
        """Have *heads* more agents (fewer if negative) of *skill* at the site at *url*.

        Raises:
            NoAnswerError: the site does not answer; it may have heard all the same.
        """
        await self._ask("POST", f"{url}/internal/staff", {"skill": skill, "heads": heads})

    async def backup(self, url: str, *, called: bool) -> None:
        """Call the backup pool of the site at *url*, or send it home.

        Raises:
            NoAnswerError: the site does not answer; it may have heard all the same.
        """
        await self._ask("POST", f"{url}/internal/backup", {"called": called})

    async def _ask(self, method: str, url: str, body: object = None) -> Any:
        try:
            async with self._session.request(
                method,
                url,
                data=None if body is None else json.dumps(body),
                headers=self._headers,
                timeout=aiohttp.ClientTimeout(total=_TIMEOUT_S),
            ) as response:
                answer = await response.json(content_type=None)
        except (aiohttp.ClientError, ConnectionError, TimeoutError, ValueError) as error:
            raise NoAnswerError(f"{method} {url}: {type(error).__name__}") from error
        if response.status >= 400:
            raise NoAnswerError(f"{method} {url}: {response.status} {answer.get('detail')}")
        return answer
