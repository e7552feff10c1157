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
        consumer = query_consumer(request)
        since = query_int(request, "since", 0, most=MOST)
        try:
            return await self._edge.consumers.feed(consumer).stream(request, since)
        except GoneError as error:
            raise ProblemError(
                410, "events-gone", "These events are no longer held", str(error)
            ) from error
