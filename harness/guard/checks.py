"""What the guard itself asks: a resolver, a certificate, and the target's word on what it is.

Every request goes to addresses that were looked at, ignores proxies and follows no redirect.
"""

import asyncio
import hashlib
import socket
import ssl
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import aiohttp
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from harness.errors import Refused
from harness.guard.rules import attestation_refusal, refusals
from harness.guard.rules_hosts import Origin, Resolved, address_of
from harness.guard.signed import MOST_BYTES, read
from harness.http import HttpBlock, trust
from harness.model.guard import ATTESTATION_PATH
from harness.model.target import Endpoints

_TIMEOUT_S = 5.0

Resolve = Callable[[str], Awaitable[Resolved]]
"""Whoever says what a name means now; no address if nobody knows."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """The SHA-256 of a server's public key in base64, and the names it vouches for."""

    fingerprint: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. ``status`` is None if nothing did. Header names are in lower case."""

    status: int | None
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def gone(self) -> bool:
        """Whether nobody who is well answered: that says nothing of what the target is."""
        return self.status is None or self.status >= 500


async def resolved(host: str) -> Resolved:
    """Return what this machine's resolver says *host* means; an address means itself."""
    if address_of(host) is not None:
        return Resolved((host,))
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            found = await asyncio.get_running_loop().getaddrinfo(
                host, None, type=socket.SOCK_STREAM, flags=socket.AI_CANONNAME
            )
    except (OSError, TimeoutError, UnicodeError):
        return Resolved(())
    addresses = dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found)
    return Resolved(tuple(addresses), found[0][3])


async def certificate(origin: Origin, address: str, ca_file: str = "") -> Certificate | None:
    """Return the certificate of *origin* at *address*; None if none is shown, or is trusted.

    A handshake, and no request.
    """
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            _, writer = await asyncio.open_connection(
                address, origin.port, ssl=trust(ca_file), server_hostname=origin.host
            )
    except (OSError, ssl.SSLError, TimeoutError):
        return None
    shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.transport.abort()
    return _read_certificate(shown) if shown else None


async def asked(
    url: str,
    *,
    pins: Mapping[str, tuple[str, ...]],
    ca_file: str = "",
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Return what a GET of *url* brings, from the addresses that its host is pinned to."""
    return await _Asking(pins, ca_file).get(url, headers or {})


async def admit(endpoints: Endpoints) -> str:
    """Return the id that a target on this machine gives itself, if it may be rehearsed on.

    Raises:
        Refused: it may not; the message has every reason.
    """
    reasons = list(refusals(endpoints))
    if reasons:
        raise Refused("\n".join(reasons))
    answer = await asked(f"{endpoints.edge}{ATTESTATION_PATH}", pins={}, ca_file=endpoints.ca_file)
    attestation: object = None
    if answer.status == 200:
        try:
            attestation = read(answer.body)
        except ValueError:
            attestation = None
    if isinstance(attestation, dict) and "signature" in attestation:
        attestation = attestation.get("payload")  # on this machine a bare word would do
    reason = attestation_refusal(attestation)
    if reason is not None:
        raise Refused(reason)
    assert isinstance(attestation, dict)
    return str(attestation.get("environment_id", ""))


class _Asking(HttpBlock):
    """One request, on a connection of its own."""

    def __init__(self, pins: Mapping[str, tuple[str, ...]], ca_file: str) -> None:
        timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
        super().__init__(ca_file=ca_file, fresh=True, pins=pins, timeout=timeout)

    async def get(self, url: str, headers: Mapping[str, str]) -> Answer:
        """Return what a GET of *url* brings."""
        try:
            async with (
                self,
                self._session.get(url, headers=headers, allow_redirects=False) as answer,
            ):
                told = {name.lower(): value for name, value in answer.headers.items()}
                return Answer(answer.status, told, await answer.content.read(MOST_BYTES + 1))
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError):
            return Answer(None, {})


def _read_certificate(shown: bytes) -> Certificate | None:
    try:
        found = x509.load_der_x509_certificate(shown)
        key = found.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except ValueError:
        return None
    try:
        extension = found.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        names = tuple(map(str, extension.value.get_values_for_type(x509.DNSName)))
    except (x509.ExtensionNotFound, ValueError):
        names = ()
    return Certificate(b64encode(hashlib.sha256(key).digest()).decode(), names)
