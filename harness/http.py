"""One HTTP session for the length of an async block: what every client of ours has in common."""

import socket
import ssl
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult


class HttpBlock:
    """Something that talks HTTP while its block lasts. Ignores proxy variables.

    *ca_file* is the authority whose certificates are trusted; if empty, those of this machine.
    *fresh*: a new connection for each request. *pins* are the addresses that a host has: no name is
    looked up, and one without pins is not reached. None: names mean what this machine says.

    Requests go where the profile says and nowhere else: no client of ours follows a redirect.
    """

    def __init__(
        self,
        base_url: str | None = None,
        *,
        ca_file: str = "",
        fresh: bool = False,
        pins: Mapping[str, tuple[str, ...]] | None = None,
        timeout: aiohttp.ClientTimeout,
        **session: Any,
    ) -> None:
        self._arguments = {"base_url": base_url, "timeout": timeout, "trust_env": False, **session}
        self._ca_file = ca_file
        self._fresh = fresh
        self._pins = pins
        self._open: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(
            ssl=trust(self._ca_file),
            force_close=self._fresh,
            resolver=None if self._pins is None else Pinned(self._pins),
        )
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


class Pinned(AbstractResolver):
    """Resolves names to the addresses that the guard found, and no other name to anything."""

    def __init__(self, pins: Mapping[str, tuple[str, ...]]) -> None:
        self._pins = pins

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_INET,  # noqa: ARG002  aiohttp's own signature
    ) -> list[ResolveResult]:
        """Return the pinned addresses of *host*, whatever the *family* asked for.

        Raises:
            OSError: it has none.
        """
        addresses = self._pins.get(host.lower().removesuffix("."), ())
        if not addresses:
            raise OSError(f"{host!r} is no host that the guard let through")
        return [
            {
                "hostname": host,
                "host": address,
                "port": port,
                "family": socket.AF_INET6 if ":" in address else socket.AF_INET,
                "proto": 0,
                "flags": socket.AI_NUMERICHOST,
            }
            for address in addresses
        ]

    async def close(self) -> None:
        """Nothing is held."""


def trust(ca_file: str) -> ssl.SSLContext:
    """Return what verifies a server's certificate: *ca_file*, or this machine's if it is empty."""
    return ssl.create_default_context(cafile=ca_file or None)
