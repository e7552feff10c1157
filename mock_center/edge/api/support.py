"""``/v1/support-requests``: the way back, what the provider asks of the client's own IT."""

from aiohttp import web

from mock_center.edge.api.bodies import (
    fingerprint,
    idempotency_key,
    query_int,
    query_limit,
    read_body,
)
from mock_center.edge.api.route import MOST, Route, idempotent_replayed
from mock_center.edge.api.stored import from_store, page_of, stored_id
from mock_center.edge.api.ticket_bodies import Resolution, query_state
from mock_center.edge.edge import Edge
from mock_center.server import reply


class SupportApi:
    """Support requests."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            ("GET", "/v1/support-requests", self._list),
            ("POST", "/v1/support-requests/{id}/resolve", self._resolve),
        ]

    async def _list(self, request: web.Request) -> web.Response:
        after = query_int(request, "after", 0, most=MOST)
        answer = self._edge.tickets.support_requests(
            query_state(request), after, query_limit(request)
        )
        return await page_of(await from_store(answer, "support request", ""))

    async def _resolve(self, request: web.Request) -> web.Response:
        name = stored_id(request, "support request")
        key = f"{name} {idempotency_key(request)}"
        resolution = await read_body(request, Resolution)
        body = {"key": key, "fingerprint": fingerprint(resolution), "note": resolution.note}
        answer = await from_store(self._edge.tickets.resolve(name, body), "support request", name)
        return reply(answer["request"], 200, **idempotent_replayed(answer["replayed"]))
