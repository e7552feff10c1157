"""One HTTP session for the length of an async block: what every client of ours has in common."""

from types import TracebackType
from typing import Any, Self

import aiohttp


class HttpBlock:
    """Something that talks HTTP while its block lasts. Ignores proxy variables.

    Requests go where the profile says and nowhere else: no client of ours follows a redirect.
    """

    def __init__(self, base_url: str | None = None, **session: Any) -> None:
        self._arguments = {"base_url": base_url, "trust_env": False, **session}
        self._open: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._open = aiohttp.ClientSession(**self._arguments)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._session.close()

    @property
    def _session(self) -> aiohttp.ClientSession:
        assert self._open is not None, "use it as an async block"
        return self._open
