"""Tells a webhook what is news. The run is over by then: nothing here changes what became of it.

A message is no load, so a lever that stops rehearsals does not stop it. But it must not reach the
target, or production: its host and its addresses are held against the target's and against the
deny files, it is sent to the addresses that were looked at, and no redirect is followed. Neither
the webhook's address nor the secret is in any text from here.
"""

import asyncio
import base64
import hashlib
import hmac
import os
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from harness import __version__
from harness.errors import Problem, UsageError
from harness.guard.rules_hosts import (
    Origin,
    denying_host,
    denying_network,
    is_here,
    normal,
    origin_of,
    origins,
)
from harness.guarding import GROUND, Ground
from harness.http import HttpBlock
from harness.model.guard import Never
from harness.model.notify import Notify
from harness.model.target import Secret, Target
from harness.target.remote import secret_value

TRIES = 3
PAUSES_S = (2.0, 8.0)
"""Wall seconds between one try and the next."""
TIMEOUT_S = 10.0
"""Wall seconds that a receiver has for one answer."""
_HERE = "localhost"
_WHSEC = "whsec_"
_AGAIN = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True, repr=False)
class Webhook:
    """Where messages go, as read from the environment: never to be shown."""

    url: URL
    origin: Origin
    key: bytes = b""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one message: how often it was tried, and why it was not taken; else empty."""

    tries: int
    why: str = ""


def webhook(notify: Notify, *, environment: Mapping[str, str] = os.environ) -> Webhook | None:
    """Return the webhook that *notify* names; None if there is nothing where its address stands.

    Raises:
        UsageError: what stands there is no address that a message may be sent to, or no secret.
    """
    url = _read(notify.url, "notify.url", environment)
    if not url:
        return None
    origin = _origin(url, str(notify.url))
    signed_with = notify.secret
    if signed_with is None:
        return Webhook(URL(url, encoded=True), origin)
    secret = _read(signed_with, "notify.secret", environment)
    if not secret:
        found, want = f"nothing in {signed_with}", "the secret, or no 'secret' under notify"
        raise UsageError([Problem("notify.secret", found, want)])
    return Webhook(URL(url, encoded=True), origin, _key(secret, signed_with))


def check(notify: Notify | None, target: Target) -> None:
    """Refuse a webhook that could not be told, before the night that it is to be told of.

    Raises:
        UsageError: its address cannot be used, or is one of the target's.
    """
    found = webhook(notify) if notify is not None else None
    if notify is not None and found is not None and (part := _of_target(found.origin, target)):
        where = f"in {notify.url} the address of {part}"
        raise UsageError([Problem("notify.url", where, _ANOTHER)])


async def send(
    to: Webhook,
    body: bytes,
    *,
    key: str,
    target: Target,
    folder: Path,
    ground: Ground = GROUND,
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    timeout_s: float = TIMEOUT_S,
) -> Outcome:
    """Send *body* (JSON) *to* a webhook, and return what became of it. Raises nothing of its own.

    *key* is the same whenever the same is told, so that a receiver may drop what it has. *folder*
    is where deny files are looked for from upwards. Tried three times if nobody answers in time, or
    answers that it cannot now.
    """
    try:
        never = ground.never(folder)
    except UsageError:
        return Outcome(
            0, "a never.yaml cannot be read, so it is not known what must not be reached"
        )
    found = await ground.resolve(to.origin.host)
    if not found.addresses:
        return Outcome(0, "its host has no address")
    if why := await _refusal(to.origin, found.addresses, target, never, ground):
        return Outcome(0, why)
    why = ""
    async with _Sender(pins={to.origin.host: found.addresses}, timeout_s=timeout_s) as sender:
        for number in range(1, TRIES + 1):
            why, again = await sender.post(to, body, key=key, now=ground.now())
            if not why or not again:
                return Outcome(number, why)
            if number < TRIES:
                await pause(PAUSES_S[number - 1])
    return Outcome(TRIES, f"{why}, {TRIES} times")


class _Sender(HttpBlock):
    """Posts to the addresses that were looked at."""

    def __init__(self, *, pins: Mapping[str, tuple[str, ...]], timeout_s: float) -> None:
        timeout = aiohttp.ClientTimeout(total=timeout_s)
        super().__init__(pins=pins, fresh=True, timeout=timeout)

    async def post(self, to: Webhook, body: bytes, *, key: str, now: float) -> tuple[str, bool]:
        """Return why *body* was not taken, empty if it was, and whether to try again.

        Of an answer its status alone is read: how long it is, and what it says, is all the same.
        """
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"cutover-rehearsal/{__version__}",
            "Idempotency-Key": key,
            "webhook-id": key,
            "webhook-timestamp": str(int(now)),
        }
        if to.key:
            headers["webhook-signature"] = signature(to.key, key, int(now), body)
        try:
            async with self._session.post(
                to.url, data=body, headers=headers, allow_redirects=False
            ) as answer:
                status = answer.status
                answer.close()
        except TimeoutError:
            return "no answer in time", True
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # Its text may hold the address.
            return f"no answer ({type(error).__name__})", True
        if 200 <= status < 300:
            return "", False
        if 300 <= status < 400:
            return f"it answered with a redirect ({status}), which is not followed", False
        return f"it answered {status}", status in _AGAIN or status >= 500


def signature(key: bytes, id_: str, timestamp: int, body: bytes) -> str:
    """Return the ``webhook-signature`` of *body*, as Standard Webhooks has it.

    ``v1,`` and the HMAC-SHA256 over ``id.timestamp.body`` in base64.
    """
    signed = b".".join((id_.encode(), str(timestamp).encode(), body))
    return f"v1,{base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()}"


# ---------------------------------------------------------------------- where to, and where not

_ANOTHER = "the address of somebody who is to be told, and nothing that is tested"
_WANT = "the address of a webhook, such as https://chat.example/hooks/..., in one line"


def _read(secret: Secret, where: str, environment: Mapping[str, str]) -> str:
    try:
        return secret_value(secret, environment)
    except (OSError, UnicodeDecodeError) as error:
        found = f"{secret}, which cannot be read ({type(error).__name__})"
        raise UsageError(
            [Problem(where, found, "a file with the secret and nothing else")]
        ) from None


def _origin(url: str, where: str) -> Origin:
    """Return where *url*, which stands at *where*, leads.

    Raises:
        UsageError: it can be read in two ways, or is not protected on its way.
    """
    two_ways = "\\" in url or not all(" " < each <= "~" for each in url)
    try:
        parts = urlsplit(url)
        origin = origin_of(f"{parts.scheme}://{parts.netloc}")
        two_ways = two_ways or normal(URL(url, encoded=True).host or "") != origin.host
    except ValueError:
        two_ways = True
    if two_ways:
        raise UsageError([Problem("notify.url", f"no address in {where}", _WANT)])
    if origin.scheme == "http" and not (origin.host == _HERE or is_here(origin.host)):
        found = f"an address with http in {where}: others could read it on its way"
        raise UsageError([Problem("notify.url", found, "https")])
    return origin


def _key(secret: str, where: Secret) -> bytes:
    """Return the bytes that *secret* stands for: of ``whsec_`` and base64, what that means."""
    try:
        if not secret.startswith(_WHSEC):
            return secret.encode()
        if key := base64.b64decode(secret.removeprefix(_WHSEC), validate=True):
            return key
    except ValueError:  # no base64, or no text at all
        pass
    found, want = (
        f"{_WHSEC} and no base64 in {where}",
        f"{_WHSEC} and base64, or any other text",
    )
    raise UsageError([Problem("notify.secret", found, want)])


def _of_target(webhook: Origin, target: Target) -> str:
    """Return whose address of *target* it is that *webhook* has; empty if it is none of them.

    On this machine the port tells them apart.
    """
    for name, origin in _origins_of(target):
        if webhook.host == origin.host and (
            webhook.port == origin.port or not _on_loopback(origin)
        ):
            return f"the target's {name}"
    return ""


async def _refusal(
    webhook: Origin, addresses: tuple[str, ...], target: Target, never: Never, ground: Ground
) -> str:
    """Return why nothing is sent to *webhook*, which was found at *addresses*; else empty."""
    if part := _of_target(webhook, target):
        return f"it is at the address of {part}"
    if webhook.scheme == "http" and not all(map(is_here, addresses)):
        return "it has no TLS and is not on this machine"
    if any(denying_host(webhook.host, never)) or webhook.host in set(map(normal, never.known)):
        return "a never.yaml forbids its host: nothing is sent to production"
    if any(rule for each in addresses for rule in denying_network(each, never.networks)):
        return "it is at an address that a never.yaml forbids"
    named = {normal(each.what) for each in never.hosts if not each.what.startswith("*.")}
    forbidden = {each for known in never.known.values() for each in known}
    hosts = dict.fromkeys(origin.host for _, origin in _origins_of(target))
    for each in await asyncio.gather(*map(ground.resolve, [*hosts, *named])):
        forbidden |= set(each.addresses)
    if any(each in forbidden and not is_here(each) for each in addresses):
        return "it is at an address of the target or of production"
    return ""


def _origins_of(target: Target) -> Iterator[tuple[str, Origin]]:
    """Yield each address of *target* that is known before and after a run, by what it is."""
    if target.remote is not None:
        found, _ = origins(target.remote.addresses())
        yield from found.items()


def _on_loopback(origin: Origin) -> bool:
    return origin.host == _HERE or is_here(origin.host)
