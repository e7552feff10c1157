"""The page that Prometheus scrapes, and the list of what else it may scrape.

Only what it is asked for is answered, and nothing can be changed here: ``/metrics`` are the run's
own figures, ``/targets`` are the mock centre's pages, whose ports differ from run to run, in the
form of Prometheus' HTTP service discovery.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from harness.clock import wall_now
from harness.errors import Problem, UsageError
from harness.exporter.figures import Figures
from harness.exporter.page import Page
from harness.generator import Address
from harness.model.own_metrics import CENTRE_JOB, REHEARSAL, RUN

_ATTENTIVE_WALL_S = 5.0


class Server:
    """Answers while the block of ``serving`` lasts."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures
        self._registry = CollectorRegistry()
        self._registry.register(Page(figures))
        self._seen = 0
        self._read_at = 0.0

    @property
    def is_read(self) -> bool:
        """Whether somebody reads the page regularly and has not seen the latest picture yet."""
        latest = self._figures.latest
        unseen = latest is not None and latest.number > self._seen
        return unseen and wall_now() - self._read_at < _ATTENTIVE_WALL_S

    def app(self) -> web.Application:
        """Return what answers."""
        app = web.Application()
        app.router.add_get("/metrics", self._metrics)
        app.router.add_get("/targets", self._targets)
        return app

    async def _metrics(self, request: web.Request) -> web.Response:
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        latest = self._figures.latest
        body = encode(self._registry)
        self._seen, self._read_at = latest.number if latest else 0, wall_now()
        return web.Response(body=body, headers={"Content-Type": content_type})

    async def _targets(self, _: web.Request) -> web.Response:
        found = [self._target(source, url) for source, url in self._figures.pages.items()]
        return web.json_response(found)

    def _target(self, source: str, url: str) -> dict[str, Any]:
        split = urlsplit(url)
        labels = {
            "__scheme__": split.scheme,
            "__metrics_path__": split.path,
            "job": CENTRE_JOB,
            "instance": source,
            RUN: self._figures.run,
            **dict([REHEARSAL]),
        }
        return {"targets": [split.netloc], "labels": labels}


@asynccontextmanager
async def serving(figures: Figures, at: Address) -> AsyncIterator[Server]:
    """Answer *at* for the length of the block.

    Raises:
        UsageError: nobody can listen there.
    """
    server = Server(figures)
    runner = web.AppRunner(server.app(), access_log=None)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, at.host, at.port).start()
        except OSError as error:
            found = f"an address that cannot be listened at ({os.strerror(error.errno or 0)})"
            want = "a free port of this machine's, as Prometheus is told to scrape it"
            raise UsageError([Problem(f"--metrics-port {at}", found, want)]) from None
        yield server
    finally:
        await runner.cleanup()
