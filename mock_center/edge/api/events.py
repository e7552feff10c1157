"""``/v1/events``: what happens, as it happens."""

from aiohttp import web

from mock_center.edge.api.bodies import query_consumer, query_int
from mock_center.edge.api.route import MOST, Route
from mock_center.edge.edge import Edge
from mock_center.events import GoneError
from mock_center.problems import ProblemError


class EventsApi:
    """The event streams."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            ("GET", "/v1/events", self._events),
        ]

    async def _events(self, request: web.Request) -> web.StreamResponse:
        if request.method == "HEAD":
            raise web.HTTPMethodNotAllowed("HEAD", ["GET"])  # a stream's head would never end
        consumer = query_consumer(request)
        since = query_int(request, "since", 0, most=MOST)
        consumers = self._edge.consumers
        feed = consumers.feed(consumer)
        if not feed.has_reader and consumers.streams >= self._edge.most_streams:
            raise ProblemError(
                503,
                "too-many-streams",
                "No further stream can be opened",
                f"{self._edge.most_streams} are open",
                headers={"Retry-After": "1"},
            )
        try:
            return await feed.stream(request, since)
        except GoneError as error:
            raise ProblemError(
                410, "events-gone", "These events are no longer held", str(error)
            ) from error
