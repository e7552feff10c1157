"""The interface check beside the lines: news, tickets, webhooks and metrics, before any customer.

What is opened here stands in the target under ``PROBED``, which the audit leaves out.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from harness.adapter.driver import Driver
from harness.adapter.protocol import NewTicket, Webhooks
from harness.clock import wall_now
from harness.errors import TargetError
from harness.model.contact import WriteOutcome
from harness.model.event import LineCheck
from harness.model.inventory import NEWS, PROBED, TICKETS, InterfaceKind
from harness.model.sample import Scrape

WITHIN_WALL_S = 10.0
_AGAIN_WALL_S = 0.25
_MOST_BYTES = 1 << 20


def checked(kind: InterfaceKind, name: str, why: str, after_s: float | None = None) -> LineCheck:
    """Return the check of an interface that is no line; *why* it is not right, empty if it is."""
    return LineCheck(name, "", None, after_s, ok=not why, note=why, kind=kind)


async def check_news(driver: Driver, consumer: str) -> LineCheck:
    """Return whether the target tells what is new."""
    try:
        async with driver.hearing(consumer):
            return checked(InterfaceKind.API, NEWS, "")
    except TargetError as error:
        return checked(InterfaceKind.API, NEWS, str(error))


async def check_tickets(
    driver: Driver, sites: Collection[str], *, prefix: str, phase: str, consumer: str
) -> LineCheck:
    """Return whether a ticket can be opened, and is found once at every site in time.

    It is the ticket of one *phase*, as the calls to lines are.
    """
    began = wall_now()
    reference = f"{prefix}{PROBED}{phase}/ticket"
    written = await driver.carry(
        driver.adapter.open_ticket(
            NewTicket(
                reference=reference,
                consumer=consumer,
                customer="interface-check",
                priority="P4",
                subject="Interface check",
                body="Opened before the first customer, by nobody.",
            )
        )
    )
    if written.outcome is not WriteOutcome.ACKNOWLEDGED:
        return checked(InterfaceKind.API, TICKETS, f"{written.outcome}: {written.error}")
    missing = set(sites)
    while missing and wall_now() < began + WITHIN_WALL_S:
        for site in sorted(missing):
            found = await driver.carry(driver.adapter.read_tickets(site))
            if [each.reference for each in found or ()].count(reference) == 1:
                missing.discard(site)
        if missing:
            await asyncio.sleep(_AGAIN_WALL_S)
    where = ", ".join(sorted(missing))
    why = f"acknowledged, and not to be found once at {where}" if missing else ""
    return checked(InterfaceKind.API, TICKETS, why)


def check_metrics(sources: Collection[str], latest: Mapping[str, Scrape]) -> list[LineCheck]:
    """Return the check of each of *sources*, by its *latest* reading."""
    found = []
    for source in sources:
        scrape = latest.get(source)
        why = ""
        if scrape is None or not scrape.ok:
            why = "it did not answer, or not with metrics"
        elif not scrape.values:
            why = "none of its metrics is one that KPIs are made of"
        found.append(checked(InterfaceKind.METRICS, source, why))
    return found


@dataclass(slots=True)
class Hooks:
    """What has been posted to us. *forged* counts what was not the provider's."""

    secret: str = ""
    error: str = ""
    came: set[str] = field(default_factory=set)
    forged: int = 0
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, event: str | None) -> None:
        """Take in that *event* was posted, or (None) something that was not the provider's."""
        if event is None:
            self.forged += 1
        else:
            self.came.add(event)
            self._news.set()

    async def checks(self, events: Collection[str]) -> list[LineCheck]:
        """Return the check of each of *events*, having waited for those that have not come."""
        with suppress(TimeoutError):
            async with asyncio.timeout(WITHIN_WALL_S):
                while not self.error and set(events) - self.came:
                    await self._news.wait()
                    self._news.clear()
        return [checked(InterfaceKind.WEBHOOK, each, self._why(each)) for each in events]

    def _why(self, event: str) -> str:
        if event in self.came:
            return ""
        forged = f"; {self.forged} posts were not signed as agreed" if self.forged else ""
        return self.error or f"it was not posted within {WITHIN_WALL_S:g} s{forged}"


@asynccontextmanager
async def hooked(driver: Driver, events: tuple[str, ...], consumer: str) -> AsyncIterator[Hooks]:
    """Have the target post *events* to this machine for the block; nothing if there are none."""
    hooks, adapter = Hooks(), driver.adapter
    if not events:
        yield hooks
        return
    if not isinstance(adapter, Webhooks):
        hooks.error = "the adapter cannot subscribe to webhooks"
        yield hooks
        return
    webhooks: Webhooks = adapter

    async def take(request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        event = webhooks.posted(hooks.secret, headers, await request.read())
        hooks.take(event)
        return web.Response(status=400 if event is None else 204)

    app = web.Application(client_max_size=_MOST_BYTES)
    app.router.add_post("/hook", take)
    async with _serving(app) as url:
        subscribed = await driver.carry(webhooks.subscribe(f"{url}/hook", events, consumer))
        hooks.secret = subscribed.secret
        if subscribed.id is None:
            hooks.error = f"no subscription: {subscribed.error}"
        try:
            yield hooks
        finally:
            if subscribed.id is not None:
                await driver.carry(webhooks.unsubscribe(subscribed.id))


@asynccontextmanager
async def _serving(app: web.Application) -> AsyncIterator[str]:
    runner: Any = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
