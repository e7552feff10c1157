"""How a site reaches the ticket nodes of the other sites: HTTP, with the internal token."""

import json
from typing import Any

import aiohttp

from mock_center.tickets.peer import PeerUnreachableError
from mock_center.tickets.ticket import Changes, GapError, NotLeadingError, Position, StaleEpochError

# Here, so that the edge, which sends them too, need not load a whole site.
TOKEN_HEADER = "X-Internal-Token"
ADMISSION_HEADER = "X-Admission"
STORE_HEADER = "X-Store"

_REFUSALS: dict[str, type[Exception]] = {
    "stale-epoch": StaleEpochError,
    "gap": GapError,
    "not-leading": NotLeadingError,
}


class HttpPeer:
    """The ticket node behind *url*. Deadlines are the caller's."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url

    async def push(self, changes: Changes) -> None:
        """Have the peer apply *changes*."""
        await self._post("/internal/replicate", changes.to_wire())

    async def pull(self, position: Position, follower: str) -> Changes:
        """Return what *follower* lacks."""
        asked = {"epoch": position.epoch, "seq": position.seq, "follower": follower}
        return Changes.from_wire(await self._post("/internal/changes", asked))

    async def nudge(self, epoch: int) -> None:
        """Tell the peer that it has fallen behind."""
        await self._post("/internal/catch-up", {"epoch": epoch})

    async def _post(self, path: str, payload: object) -> Any:
        try:
            async with self._session.post(self._url + path, data=json.dumps(payload)) as response:
                answer = await response.json(content_type=None)
        except (aiohttp.ClientError, ConnectionError, ValueError) as error:
            raise PeerUnreachableError(f"{self._url}{path}: {type(error).__name__}") from error
        if response.status == 200:
            return answer
        refusal = _REFUSALS.get(answer.get("type", ""), PeerUnreachableError)
        raise refusal(f"{self._url}{path}: {answer.get('detail')}")
