"""Webhooks: a consumer's events, posted to a receiver rather than read from a stream.

A webhook is one more reader of its consumer's events and takes nothing away from ``/v1/events``.
At least once and in no particular order: the receiver has ``webhook-id`` to know a repeat by, and
each event's ``seq`` to put them in order. Nothing is ever sent off this machine.
"""

import asyncio
import ipaddress
import json
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import aiohttp
from yarl import URL

import mock_center
from mock_center import log
from mock_center.chance import stream
from mock_center.clock import wall_now
from mock_center.edge.metrics import EdgeMetrics
from mock_center.edge.outbox import Delivery, Outbox
from mock_center.edge.signing import new_secret, signature
from mock_center.server import HOST

ALL = "*"
_MOST_HOOKS = 64
_IN_FLIGHT = 8
_ACK_WITHIN_S = 5.0
_OVERLAP_S = 300.0  # the age up to which a receiver may accept a timestamp
_KEEP_ALIVE_S = 2.0
_GONE = 410


class UrlNotAllowedError(Exception):
    """The mock would have to send something off this machine, or the URL is none."""


class TooManyWebhooksError(Exception):
    """No further webhook can be had before another is deleted."""


def allowed_url(text: str) -> URL:
    """Return the URL in *text*: http, to a loopback address or ``localhost``.

    No name is ever looked up: ``localhost`` is 127.0.0.1 here.

    Raises:
        UrlNotAllowedError: it is another.
    """
    try:
        url = URL(text)
        host = HOST if url.host == "localhost" else url.host or ""
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError as error:
        raise UrlNotAllowedError(text) from error
    if not loopback or url.scheme != "http" or url.user is not None or url.password is not None:
        raise UrlNotAllowedError(text)
    return url.with_host(host)


@dataclass(slots=True)
class Webhook:
    """One subscription; *events* are types, or ``*`` for all of them."""

    id: str
    url: str
    to: URL
    events: tuple[str, ...]
    consumer: str
    secret: str
    outbox: Outbox
    created_at: float
    enabled: bool = True
    before: str = ""
    before_until_s: float = 0.0
    news: asyncio.Event = field(default_factory=asyncio.Event)
    work: "asyncio.Task[None] | None" = None

    def public(self) -> dict[str, object]:
        """Return what the API's clients see of it: all but the secret."""
        return {
            "id": self.id,
            "url": self.url,
            "events": list(self.events),
            "consumer": self.consumer,
            "state": "enabled" if self.enabled else "disabled",
            "lagging": self.outbox.lagging,
            "undelivered": self.outbox.held,
            "created_at": self.created_at,
        }

    def secrets(self, now_s: float) -> list[str]:
        """Return the secrets to sign with, the newest first."""
        return [
            self.secret,
            *([self.before] if self.before and now_s < self.before_until_s else []),
        ]


class Webhooks:
    """Every subscription, and the deliveries of each. They live as long as the edge.

    Args:
        seed: of the jitter between tries.
        pauses_s: the wall seconds before each further try.
        metrics: where deliveries are counted.
    """

    def __init__(
        self,
        *,
        seed: str,
        pauses_s: Sequence[float],
        metrics: EdgeMetrics,
        cut_off: Callable[[], bool] = lambda: False,
    ) -> None:
        self._cut_off = cut_off
        self._seed = seed
        self._pauses_s = pauses_s
        self._metrics = metrics
        self._hooks: dict[str, Webhook] = {}
        self._followed: set[str] = set()
        self._numbers = count(1)
        self._new: asyncio.Queue[Webhook] = asyncio.Queue()

    async def run(self) -> None:
        """Deliver until cancelled."""
        async with (
            aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEEP_ALIVE_S),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None),
                headers={"User-Agent": f"mock-centre/{mock_center.__version__}"},
            ) as session,
            asyncio.TaskGroup() as group,
        ):
            while True:
                hook = await self._new.get()
                if hook.id in self._hooks:
                    hook.work = group.create_task(self._serve(hook, session))

    def subscribe(self, url: str, events: Sequence[str], consumer: str) -> Webhook:
        """Return a new webhook for what happens to *consumer* from now on.

        Raises:
            UrlNotAllowedError: *url* does not stay on this machine.
            TooManyWebhooksError: there are 64 of them.
        """
        to = allowed_url(url)
        if len(self._hooks) >= _MOST_HOOKS:
            raise TooManyWebhooksError(f"{_MOST_HOOKS} webhooks")
        name = f"w-{next(self._numbers)}"
        outbox = Outbox(self._pauses_s, stream(self._seed, f"webhook:{name}"))
        hook = Webhook(
            name, url, to, tuple(events), consumer, new_secret(), outbox, created_at=wall_now()
        )
        self._hooks[name] = hook
        self._changed()
        self._new.put_nowait(hook)
        log.info("webhook_subscribed", id=name, consumer=consumer)
        return hook

    def get(self, name: str) -> Webhook | None:
        """Return the webhook of that id."""
        return self._hooks.get(name)

    def all(self) -> list[Webhook]:
        """Return every webhook, the oldest first."""
        return list(self._hooks.values())

    def remove(self, hook: Webhook) -> None:
        """Forget *hook* and what it has not delivered; nothing if that has been done."""
        if self._hooks.pop(hook.id, None) is not None:
            self._changed()
            if hook.work is not None:
                hook.work.cancel()

    def rotate(self, hook: Webhook) -> float:
        """Give *hook* a new secret; return for how many wall seconds the old one signs as well."""
        hook.before, hook.secret = hook.secret, new_secret()
        hook.before_until_s = time.monotonic() + _OVERLAP_S
        return _OVERLAP_S

    def follow(self, consumer: str) -> bool:
        """Return whether a webhook follows *consumer*."""
        return consumer in self._followed

    def take(self, consumer: str, event: dict[str, Any]) -> None:
        """Post *event*, which has its ``seq``, to whoever has subscribed to it."""
        body = b""
        for hook in self._hooks.values():
            fits = ALL in hook.events or event["type"] in hook.events
            if hook.consumer != consumer or not hook.enabled or not fits:
                continue
            body = body or json.dumps(event, separators=(",", ":")).encode()
            message = f"msg_{hook.id}-{event['seq']}"
            if hook.outbox.add(Delivery(message, body, time.monotonic())):
                hook.news.set()
            else:
                self._metrics.webhook("dropped")

    async def _serve(self, hook: Webhook, session: aiohttp.ClientSession) -> None:
        """Deliver what *hook* has to, at most eight at a time."""
        slots = asyncio.Semaphore(_IN_FLIGHT)
        async with asyncio.TaskGroup() as flights:
            while True:
                await slots.acquire()
                delivery = await self._next(hook)
                flights.create_task(self._deliver(hook, delivery, session, slots))

    async def _next(self, hook: Webhook) -> Delivery:
        while True:
            delivery = hook.outbox.take(time.monotonic())
            if delivery is not None:
                return delivery
            hook.news.clear()
            async with _until(hook.outbox.due_s()):
                await hook.news.wait()

    async def _deliver(
        self,
        hook: Webhook,
        delivery: Delivery,
        session: aiohttp.ClientSession,
        slots: asyncio.Semaphore,
    ) -> None:
        status = await self._post(hook, delivery, session)
        slots.release()
        now_s = time.monotonic()
        if status is not None and 200 <= status < 300:
            hook.outbox.done()
            self._metrics.webhook("delivered", now_s - delivery.made_s)
        elif status == _GONE or not hook.enabled:
            hook.outbox.done()
            self._metrics.webhook("failed")
            self._disable(hook)
        elif hook.outbox.again(delivery, now_s):
            self._metrics.webhook("retried")
            hook.news.set()
        else:
            self._metrics.webhook("failed")
            log.warning("webhook_failed", id=hook.id, message=delivery.message, status=status)

    async def _post(
        self, hook: Webhook, delivery: Delivery, session: aiohttp.ClientSession
    ) -> int | None:
        """Try *delivery* once; return the receiver's status, or None if it did not answer."""
        if self._cut_off():
            return None
        timestamp = int(wall_now())
        headers = {
            "Content-Type": "application/json",
            "webhook-id": delivery.message,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(
                hook.secrets(time.monotonic()),
                message=delivery.message,
                timestamp=timestamp,
                body=delivery.body,
            ),
        }
        try:
            async with (
                asyncio.timeout(_ACK_WITHIN_S),
                session.post(
                    hook.to, data=delivery.body, headers=headers, allow_redirects=False
                ) as response,
            ):
                return response.status
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError):
            return None  # refused, broken off, too slow, or no HTTP at all

    def _disable(self, hook: Webhook) -> None:
        """The receiver is gone for good: end *hook*, but list it until it is deleted."""
        if hook.enabled:
            hook.enabled = False
            self._changed()
            for _ in range(hook.outbox.clear()):
                self._metrics.webhook("failed")
            log.warning("webhook_disabled", id=hook.id, why="the receiver answered 410")

    def _changed(self) -> None:
        self._followed = {hook.consumer for hook in self._hooks.values() if hook.enabled}


@asynccontextmanager
async def _until(due_s: float | None) -> AsyncIterator[None]:
    """Let the block wait until the moment *due_s* of the monotonic clock; for ever if None."""
    try:
        async with asyncio.timeout(None if due_s is None else max(due_s - time.monotonic(), 0.0)):
            yield
    except TimeoutError:
        pass
