"""One HTTP session for the length of an async block: what every client of ours has in common.

And the gate that those go through which talk to a guarded target.
"""

import asyncio
import errno
import ipaddress
import socket
import ssl
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Protocol, Self

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult


class Gate(Protocol):
    """What lets requests out and looks at what comes back: the guard's ``Wire``."""

    tripped: str

    @property
    def shut(self) -> bool:
        """Whether nothing may go out any more."""
        ...

    def out(
        self, method: str, path: str, body: bytes, now: float, *, patient: bool = False
    ) -> float | None:
        """Return how long (wall seconds) to wait before sending; None: it must not be sent."""
        ...

    def back(self, status: int | None, headers: Mapping[str, str], body: bytes) -> bool:
        """Return whether an answer may be believed."""
        ...

    def done(self) -> None:
        """A request that was let out is over."""
        ...


async def let_out(gate: Gate, method: str, path: str, body: bytes) -> bool:
    """Return whether *gate* lets a request out now, having waited until the caps allow it.

    Whoever was let out tells the gate when the request is ``done``.
    """
    wait_wall_s = gate.out(method, path, body, time.monotonic(), patient=True)
    if wait_wall_s is None:
        return False
    if wait_wall_s:
        try:
            await asyncio.sleep(wait_wall_s)
        except asyncio.CancelledError:
            gate.done()
            raise
        if gate.shut:  # somebody else tripped meanwhile
            gate.done()
            return False
    return True


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
        connector = connector_to(self._pins, ca_file=self._ca_file, fresh=self._fresh)
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


def connector_to(
    pins: Mapping[str, tuple[str, ...]] | None, *, ca_file: str, fresh: bool
) -> aiohttp.TCPConnector:
    """Return what connects to *pins* and to this machine alone; None: to wherever it is told.

    An address that is written as a number passes by every resolver: the socket looks at it again.
    """
    if pins is None:
        return aiohttp.TCPConnector(ssl=trust(ca_file), force_close=fresh)
    found = {ipaddress.ip_address(address) for some in pins.values() for address in some}

    def opened(where: aiohttp.AddrInfoType) -> socket.socket:
        family, kind, protocol, _, (number, *_) = where
        address = ipaddress.ip_address(str(number))
        if address not in found and not address.is_loopback:
            raise OSError(errno.EACCES, f"{address} is no address that the guard let through")
        return socket.socket(family, kind, protocol)

    return aiohttp.TCPConnector(
        ssl=trust(ca_file), force_close=fresh, resolver=Pinned(pins), socket_factory=opened
    )


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
