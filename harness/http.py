"""One HTTP session for the length of an async block: what every client of ours has in common."""

import ssl
from types import TracebackType
from typing import Any, Self

import aiohttp


class HttpBlock:
    """Something that talks HTTP while its block lasts. Ignores proxy variables.

    *ca_file* is the authority whose certificates are trusted; if empty, those of this machine.
    *fresh*: a new connection for each request.

    Requests go where the profile says and nowhere else: no client of ours follows a redirect.
    """

    def __init__(
        self,
        base_url: str | None = None,
        *,
        ca_file: str = "",
        fresh: bool = False,
        timeout: aiohttp.ClientTimeout,
        **session: Any,
    ) -> None:
        self._arguments = {"base_url": base_url, "timeout": timeout, "trust_env": False, **session}
        self._ca_file = ca_file
        self._fresh = fresh
        self._open: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(ssl=trust(self._ca_file), force_close=self._fresh)
        self._open = aiohttp.ClientSession(connector=connector, **self._arguments)
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


def trust(ca_file: str) -> ssl.SSLContext:
    """Return what verifies a server's certificate: *ca_file*, or this machine's if it is empty."""
    return ssl.create_default_context(cafile=ca_file or None)
