"""What edge and sites have in common in their metrics: registry, buckets, the page itself.

Counters and histograms exist at 0 for every combination of labels from the start; gauges are
absent until they are measured. No id is ever a label.
"""

from aiohttp import web
from prometheus_client import (
    CollectorRegistry,
    Gauge,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST

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


def metrics_page(registry: CollectorRegistry) -> web.Response:
    """Return the Prometheus text page of *registry*."""
    return web.Response(
        body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST}
    )
