"""Scrapes every source once a wall second, and at once wherever a phase or a fault begins or ends.

Sums between scrapes are exact only if a scrape stands on each border, so those are forced.
"""

import asyncio
from collections.abc import Callable, Mapping

import aiohttp

from harness.clock import RunClock, wall_now
from harness.http import HttpBlock
from harness.model.sample import SCRAPE_EVERY_WALL_S, Scrape, Series
from harness.model.target import PROMETHEUS, Metrics
from harness.scrape.exposition import Exposition
from harness.scrape.prometheus import vector
from harness.scrape.translation import Translation

TIMEOUT_S = 0.9


class Scraper(HttpBlock):
    """Reads metrics pages and hands each reading on. Use it as an async block."""

    def __init__(
        self,
        urls: Mapping[str, str],
        clock: RunClock,
        keep: Callable[[Scrape], object],
        *,
        ca_file: str = "",
        pins: Mapping[str, tuple[str, ...]] | None = None,
        metrics: Metrics | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Read *urls*; *metrics* is what a provider of its own names calls things, and more.

        *headers* are those of somebody who may read them; they go to no other address.
        """
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        super().__init__(ca_file=ca_file, pins=pins, timeout=timeout, headers=headers)
        metrics = metrics or Metrics()
        self._translation = None if metrics.names is None else Translation(metrics.names)
        self._prometheus = metrics.prometheus
        self._urls = dict(urls)
        self._clock = clock
        self._keep = keep
        self._parsers = {source: Exposition() for source in urls}
        self._sources = (*urls, *((PROMETHEUS,) if self._prometheus else ()))
        self._turns = {source: asyncio.Lock() for source in self._sources}
        self.latest: dict[str, Scrape] = {}
        self.hushed = False

    @property
    def values(self) -> dict[str, Mapping[Series, float]]:
        """What each source said last."""
        return {source: scrape.values for source, scrape in self.latest.items()}

    async def run(self) -> None:
        """Scrape every second, for ever. A slow source makes a gap, never a queue."""
        due = wall_now()
        while True:
            await self.scrape()
            now = wall_now()
            due = max(due + SCRAPE_EVERY_WALL_S, now - (now - due) % SCRAPE_EVERY_WALL_S)
            await asyncio.sleep(max(0.0, due - now))

    async def scrape(self, border: str = "") -> None:
        """Read every source once, now; *border* says which border forced it.

        Once ``hushed`` is set nobody is asked any more.
        """
        if self.hushed:
            return
        await asyncio.gather(*(self._read(source, border) for source in self._sources))

    async def _read(self, source: str, border: str) -> None:
        async with self._turns[source]:  # two readings out of order would look like a restart
            if source == PROMETHEUS:
                values = await self._answers()
            else:
                page = await self._page(source)
                values = None if page is None else self._values(source, page)
            at_s = self._clock.now_s()
            scrape = Scrape(source, at_s, values is not None, values or {}, border)
            self.latest[source] = scrape
            self._keep(scrape)

    def _values(self, source: str, page: str) -> dict[Series, float] | None:
        """Return what *page* says; None if it is no metrics page, which is as good as no answer."""
        try:
            values = self._parsers[source].parse(page)
        except ValueError:
            return None
        return values if self._translation is None else self._translation.ours(values)

    async def _answers(self) -> dict[Series, float] | None:
        """Return what the Prometheus server says of every input; None if it left one out."""
        assert self._prometheus is not None
        url = f"{self._prometheus.url}/api/v1/query"
        found: dict[Series, float] = {}
        asked = self._prometheus.inputs.items()
        answers = await asyncio.gather(*(self._query(url, query) for _, query in asked))
        for (name, _), answer in zip(asked, answers, strict=True):
            values = None if answer is None else vector(name, answer)
            if values is None:
                return None
            found.update(values)
        return found

    async def _query(self, url: str, query: str) -> object | None:
        try:
            async with self._session.get(
                url, params={"query": query}, allow_redirects=False
            ) as answer:
                return await answer.json(content_type=None) if answer.status == 200 else None
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return None

    async def _page(self, source: str) -> str | None:
        """Return the page of *source*; None if there was none in time."""
        try:
            async with self._session.get(self._urls[source], allow_redirects=False) as answer:
                return await answer.text() if answer.status == 200 else None
        except (aiohttp.ClientError, TimeoutError, UnicodeDecodeError):
            return None
