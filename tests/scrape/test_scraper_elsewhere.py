"""The scraper at a provider: its names become ours, its Prometheus is asked, and gaps stay gaps."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.test_utils import TestServer

from harness.clock import RunClock, wall_now
from harness.model.sample import Scrape, Series
from harness.model.target import PROMETHEUS, Metrics, Prometheus, Renamed
from harness.scrape.scraper import Scraper


class Provider:
    """A metrics page under its own names, and a Prometheus that knows one query."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.down = False

    async def page(self, request: web.Request) -> web.Response:
        self.asked.append(("page", request.headers.get("Authorization", "")))
        return web.Response(text='desk_solved{urgency="critical"} 4\nother 1\n')

    async def query(self, request: web.Request) -> web.Response:
        self.asked.append((request.query["query"], request.headers.get("Authorization", "")))
        if self.down:
            return web.Response(status=503)
        result = [{"metric": {"queue": "billing"}, "value": [1, "12"]}]
        return web.json_response({"data": {"resultType": "vector", "result": result}})


@asynccontextmanager
async def scraped(provider: Provider) -> AsyncIterator[list[Scrape]]:
    app = web.Application()
    app.router.add_get("/metrics", provider.page)
    app.router.add_get("/api/v1/query", provider.query)
    kept: list[Scrape] = []
    async with TestServer(app, host="127.0.0.1") as server:
        url = str(server.make_url("/")).rstrip("/")
        metrics = Metrics(
            {"desk": f"{url}/metrics"},
            {"cc_ticket_solved_total": Renamed("desk_solved", labels={"priority": "urgency"})},
            Prometheus(url, {"cc_calls_queued_total": "sum by (queue) (acd)"}),
        )
        headers = {"Authorization": "Bearer hush"}
        clock = RunClock(wall_now(), 1.0)
        async with Scraper(
            metrics.sources, clock, kept.append, metrics=metrics, headers=headers
        ) as scraper:
            await scraper.scrape("border")
            yield kept


async def test_both_sources_are_kept_under_our_names():
    """What follows knows one vocabulary, whoever the provider is."""
    provider = Provider()
    async with scraped(provider) as kept:
        found = {each.source: each for each in kept}

    assert found["desk"].values == {
        Series("cc_ticket_solved_total", (("priority", "critical"),)): 4.0
    }
    assert found[PROMETHEUS].values == {
        Series("cc_calls_queued_total", (("queue", "billing"),)): 12.0
    }
    assert {token for _, token in provider.asked} == {"Bearer hush"}
    assert "sum by (queue) (acd)" in [query for query, _ in provider.asked]


async def test_a_prometheus_that_does_not_answer_is_a_gap():
    """A gap makes the run doubtful; half of the inputs would look like a quiet centre."""
    provider = Provider()
    provider.down = True
    async with scraped(provider) as kept:
        found = {each.source: each for each in kept}

    assert not found[PROMETHEUS].ok
    assert found["desk"].ok
