"""The edge's Prometheus metrics, and the middleware that counts its answers."""

import platform
import time
from collections.abc import Awaitable, Callable, Iterable

from aiohttp import web
from prometheus_client import Counter, Gauge, Histogram

import mock_center
from mock_center.metrics import DELAY_BUCKETS, new_registry

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

RESULTS = ("accepted", "blocked", "refused", "failed")
CODES = (200, 201, 204, 400, 401, 404, 405, 409, 410, 413, 422, 429, 500, 503)
UNKNOWN = "unknown"
"""The label of lines and routes that do not exist: what clients invent must not become labels."""


class EdgeMetrics:
    """The metrics of the edge, for *lines* and *sites*. ``serve`` tells it the API's paths."""

    def __init__(self, *, lines: Iterable[str], sites: Iterable[str], speed: float) -> None:
        self.registry = registry = new_registry(speed)
        attempts = Counter(
            "cc_call_attempts",
            "Calls offered by clients, by what became of the offer.",
            ["line", "result"],
            registry=registry,
        )
        self._attempts = {
            (line, result): attempts.labels(line, result)
            for line in (*lines, UNKNOWN)
            for result in RESULTS
        }
        self._all_durations = Histogram(
            "cc_api_request_duration_seconds",
            "Wall seconds per request; streams are left out.",
            ["route"],
            buckets=DELAY_BUCKETS,
            registry=registry,
        )
        self._all_requests = Counter(
            "cc_api_requests", "Requests answered.", ["route", "code"], registry=registry
        )
        self.serve(())
        site_up = Gauge("cc_site_up", "1 while the site takes part.", ["site"], registry=registry)
        self._site_up = {site: site_up.labels(site) for site in sites}
        lost = Counter(
            "cc_calls_lost", "Calls ended because their site was lost.", ["site"], registry=registry
        )
        self._lost = {site: lost.labels(site) for site in sites}
        self._streams = Gauge("cc_event_streams", "Event streams being read.", registry=registry)
        Gauge(
            "cc_build_info", "1, with what is running.", ["version", "python"], registry=registry
        ).labels(mock_center.__version__, platform.python_version()).set(1)

    def serve(self, routes: Iterable[str]) -> None:
        """Begin to count the answers of *routes*, and those of paths that do not exist."""
        routes = (*dict.fromkeys(routes), UNKNOWN)
        self._duration = {route: self._all_durations.labels(route) for route in routes}
        self._requests = {
            (route, code): self._all_requests.labels(route, str(code))
            for route in routes
            for code in CODES
        }

    def call_attempt(self, line: str, result: str) -> None:
        """Count an offered call; *result* is one of ``RESULTS``."""
        known = line if (line, result) in self._attempts else UNKNOWN
        self._attempts[known, result].inc()

    def site_is(self, site: str, *, up: bool) -> None:
        """Set whether *site* takes part."""
        self._site_up[site].set(up)

    def call_lost(self, site: str) -> None:
        """Count a call lost with its *site*."""
        self._lost[site].inc()

    def streams_are(self, streams: int) -> None:
        """Set how many event streams are being read."""
        self._streams.set(streams)

    def answered(self, route: str, code: int, seconds: float | None) -> None:
        """Count an answer, and its duration if it was no stream."""
        if route not in self._duration:
            route = UNKNOWN
        bound = self._requests.get((route, code))
        (bound or self._all_requests.labels(route, str(code))).inc()
        if seconds is not None:
            self._duration[route].observe(seconds)


def counting(metrics: EdgeMetrics) -> Callable[..., Awaitable[web.StreamResponse]]:
    """Return the middleware that counts every answer; the outermost one."""

    @web.middleware
    async def count(request: web.Request, handler: Handler) -> web.StreamResponse:
        began = time.perf_counter()
        response = await handler(request)
        resource = request.match_info.route.resource
        route = UNKNOWN if resource is None else resource.canonical
        stream = isinstance(response, web.StreamResponse) and not isinstance(response, web.Response)
        seconds = None if stream else time.perf_counter() - began
        metrics.answered(route, response.status, seconds)
        return response

    return count
