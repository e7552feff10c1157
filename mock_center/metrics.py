"""What edge and sites have in common in their metrics: registry, buckets, the page itself.

Counters and histograms exist at 0 for every combination of labels from the start; gauges are
absent until they are measured. No id is ever a label.
"""

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web
from prometheus_client import (
    CollectorRegistry,
    Gauge,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from mock_center import log
from mock_center.problems import ProblemError

WAIT_BUCKETS = (1, 2, 3, 5, 6, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 300, 600, 900)
HANDLE_BUCKETS = (10, 20, 30, 60, 90, 120, 180, 240, 300, 420, 600, 900, 1200, 1800, 3600)
DELAY_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 8, 11, 30)
MOS_BUCKETS = (1, 2, 2.5, 3.1, 3.6, 3.8, 4.0, 4.2, 4.34, 4.5)
TICKET_BUCKETS = (
    *(60, 300, 900, 1800, 3600, 7200, 14400, 28800),
    *(86400, 172800, 259200, 604800),
)


def new_registry(speed: float) -> CollectorRegistry:
    """Return a registry that already tells the process's figures and the centre's *speed*."""
    disable_created_metrics()  # type: ignore[no-untyped-call]
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    Gauge("cc_speed", "Centre seconds per wall second.", registry=registry).set(speed)
    return registry


class MetricsPage:
    """The Prometheus text page of *registry*. *measure* sets the gauges before each reading.

    While *gone* says so there is none.
    """

    def __init__(
        self,
        registry: CollectorRegistry,
        measure: Callable[[], Awaitable[None]],
        *,
        gone: Callable[[], bool] = lambda: False,
    ) -> None:
        self._registry = registry
        self._measure = measure
        self._gone = gone
        self._frozen: bytes | None = None

    async def response(self) -> web.Response:
        """Return the page as it is now, or as it was when it froze.

        Raises:
            ProblemError: 404, it is gone.
        """
        if self._gone():
            raise ProblemError(404, "not-found", "There is no metrics page here", "metrics_gone")
        page = await self._read() if self._frozen is None else self._frozen
        return web.Response(body=page, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def freeze(self, at_s: float) -> None:
        """Wait until *at_s* of the event loop's time; from then on the page never changes.

        A defect: an exporter that hangs still answers, and a verdict that believes it is wrong. A
        site that is started again later freezes as it starts.
        """
        await asyncio.sleep(max(at_s - asyncio.get_running_loop().time(), 0.0))
        self._frozen = await self._read()
        log.warning("metrics_frozen", why="defects.freezes_metrics_after")

    async def _read(self) -> bytes:
        await self._measure()
        return generate_latest(self._registry)
