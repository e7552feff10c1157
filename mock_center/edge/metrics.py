"""The edge's Prometheus metrics, and the middleware that counts its answers."""

import platform
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping

from aiohttp import web
from prometheus_client import Counter, Gauge, Histogram

import mock_center
from mock_center.metrics import DELAY_BUCKETS, new_registry

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

RESULTS = ("accepted", "blocked", "refused", "failed")
CHECKS = ("answered", "failed")
DELIVERIES = ("delivered", "retried", "failed", "dropped")
UNKNOWN = "unknown"
"""The label of lines and routes that do not exist: what clients invent must not become labels."""
OTHER = "other"
"""The label of the lines for which the page has no more room."""
_LINE_SERIES = 110
"""So many series may tell lines apart, whatever the number of lines and sites."""
_UNTIMED = ("/v1/events", "/v1/traffic-distribution", "/v1/webhooks")


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
        lines, sites = tuple(lines), tuple(sites)
        room = _LINE_SERIES // (len(RESULTS) + len(sites))
        self._shown = frozenset(lines if len(lines) <= room else lines[: room - 1])
        self._label = {line: line if line in self._shown else OTHER for line in lines}
        self._attempts = {
            (line, result): attempts.labels(line, result)
            for line in dict.fromkeys((*self._label.values(), UNKNOWN))
            for result in RESULTS
        }
        self._setup = Histogram(
            "cc_setup_seconds",
            "Centre seconds from a call's arrival at the edge until a site had it.",
            buckets=DELAY_BUCKETS,
            registry=registry,
        )
        self._speed = speed
        self._all_durations = Histogram(
            "cc_api_request_duration_seconds",
            "Wall seconds per request of customers and agents; streams are left out.",
            ["route"],
            buckets=DELAY_BUCKETS,
            registry=registry,
        )
        self._all_requests = Counter(
            "cc_api_requests", "Requests answered.", ["route", "code"], registry=registry
        )
        self.serve({})
        deliveries = Counter(
            "cc_webhook_deliveries",
            "Tries to deliver an event to a webhook; failed and dropped ones are not tried again.",
            ["result"],
            registry=registry,
        )
        self._deliveries = {result: deliveries.labels(result) for result in DELIVERIES}
        self._delivery = Histogram(
            "cc_webhook_delivery_seconds",
            "Wall seconds from an event to its receiver's acknowledgement.",
            buckets=DELAY_BUCKETS,
            registry=registry,
        )
        site_up = Gauge("cc_site_up", "1 while the site takes part.", ["site"], registry=registry)
        self._site_up = {site: site_up.labels(site) for site in sites}
        lost = Counter(
            "cc_calls_lost", "Calls ended because their site was lost.", ["site"], registry=registry
        )
        self._lost = {site: lost.labels(site) for site in sites}
        requeued = Counter(
            "cc_calls_requeued",
            "Calls that another site took over because their site was lost.",
            ["site"],
            registry=registry,
        )
        self._requeued = {site: requeued.labels(site) for site in sites}
        callbacks = Counter(
            "cc_callbacks",
            "Callbacks that are over, by the result; the sites count what became of the others.",
            ["site", "result"],
            registry=registry,
        )
        self._callbacks_lost = {site: callbacks.labels(site, "lost") for site in sites}
        restarts = Counter(
            "cc_site_restarts",
            "New processes of the site since the centre began, for whatever reason.",
            ["site"],
            registry=registry,
        )
        self._restarts = {site: restarts.labels(site) for site in sites}
        checks = Counter(
            "cc_site_checks",
            "The edge's health checks of the site, by whether it answered.",
            ["site", "result"],
            registry=registry,
        )
        self._checks = {
            (site, result): checks.labels(site, result) for site in sites for result in CHECKS
        }
        self._check_took = Gauge(
            "cc_site_check_seconds",
            "Wall seconds that the last health check of the site took.",
            ["site"],
            registry=registry,
        )
        self._draining = Gauge(
            "cc_site_draining", "1 while the site gets no new calls.", ["site"], registry=registry
        )
        self._shares = Gauge(
            "cc_traffic_share",
            "Share of the line's calls that goes to the site while all are up.",
            ["line", "site"],
            registry=registry,
        )
        self._streams = Gauge("cc_event_streams", "Event streams being read.", registry=registry)
        Gauge(
            "cc_build_info", "1, with what is running.", ["version", "python"], registry=registry
        ).labels(mock_center.__version__, platform.python_version()).set(1)

    def serve(self, routes: Mapping[str, Iterable[int]]) -> None:
        """Begin to count the answers of *routes*, each with the statuses that it may have.

        Those of paths that do not exist are counted together. Durations are told of what customers
        and agents work with, under ``/v1``: pages about the house, its set-up and streams would
        only hide them, and each costs 14 of the 800 series that one page should have.
        """
        routes = {**routes, UNKNOWN: (400, 401, 404, 405, 429)}
        self._duration = {
            route: self._all_durations.labels(route)
            for route in routes
            if route.startswith("/v1/") and not route.startswith(_UNTIMED)
        }
        self._requests = {
            (route, code): self._all_requests.labels(route, str(code))
            for route, codes in routes.items()
            for code in {*codes, 500}  # a bug of ours must not be a counter's first value
        }

    def call_attempt(self, line: str, result: str) -> None:
        """Count an offered call; *result* is one of ``RESULTS``."""
        self._attempts[self._label.get(line, UNKNOWN), result].inc()

    def call_set_up(self, wall_s: float) -> None:
        """Count an accepted call that a site had *wall_s* wall seconds after it had come in."""
        self._setup.observe(wall_s * self._speed)

    def site_is(self, site: str, *, up: bool) -> None:
        """Set whether *site* takes part."""
        self._site_up[site].set(up)

    def call_lost(self, site: str) -> None:
        """Count a call lost with its *site*."""
        self._lost[site].inc()

    def call_requeued(self, site: str) -> None:
        """Count a call of *site*, which was lost, that another site took over."""
        self._requeued[site].inc()

    def callback_lost(self, site: str) -> None:
        """Count a callback that was to be made at *site*, which was lost, and now by nobody."""
        self._callbacks_lost[site].inc()

    def site_restarted(self, site: str) -> None:
        """Count a new process of *site*."""
        self._restarts[site].inc()

    def site_checked(self, site: str, answered: bool, wall_s: float) -> None:  # noqa: FBT001
        """Count a health check of *site* that took *wall_s* wall seconds."""
        self._checks[site, "answered" if answered else "failed"].inc()
        self._check_took.labels(site).set(wall_s)

    def site_drains(self, site: str, *, drains: bool) -> None:
        """Set whether *site* gets no new calls."""
        self._draining.labels(site).set(drains)

    def shares_are(self, line: str, shares: Mapping[str, float]) -> None:
        """Set which share of the calls to *line* goes to which site, if there is room for it."""
        if line not in self._shown:
            return
        for site, share in shares.items():
            self._shares.labels(line, site).set(share)

    def streams_are(self, streams: int) -> None:
        """Set how many event streams are being read."""
        self._streams.set(streams)

    def webhook(self, result: str, after_s: float | None = None) -> None:
        """Count what became of a try to deliver; *after_s* wall seconds if it was delivered."""
        self._deliveries[result].inc()
        if after_s is not None:
            self._delivery.observe(after_s)

    def answered(self, route: str, code: int, seconds: float | None) -> None:
        """Count an answer, and its duration if it was no stream."""
        bound = self._requests.get((route, code))
        (bound or self._all_requests.labels(route, str(code))).inc()
        if seconds is not None and route in self._duration:
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
