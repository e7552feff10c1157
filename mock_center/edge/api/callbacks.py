"""``/v1/callbacks``: be called back instead of waiting."""

from typing import Any

from aiohttp import web

from mock_center.edge.api.bodies import CallbackOrder, read_body
from mock_center.edge.api.idempotent import answer_once
from mock_center.edge.api.route import Route
from mock_center.edge.callbacks import Callback, CallbackState
from mock_center.edge.edge import Edge
from mock_center.problems import no_such
from mock_center.server import reply


class CallbacksApi:
    """Callbacks."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            ("POST", "/v1/callbacks", self._promise),
            ("GET", "/v1/callbacks/{id}", self._get),
            ("POST", "/v1/callbacks/{id}/cancel", self._cancel),
        ]

    async def _promise(self, request: web.Request) -> web.Response:
        order = await read_body(request, CallbackOrder)

        async def promise() -> dict[str, Any]:
            callback = await self._new(order)
            return {**callback.public(), "state": CallbackState.PROMISED.value}

        return await answer_once(self._edge.answers, request, order, promise)

    async def _new(self, order: CallbackOrder) -> Callback:
        call = None
        if order.call is not None:
            call = self._edge.calls.get(order.call)
            if call is None:
                raise no_such("call", order.call)
        return await self._edge.callbacks.promise(
            reference=order.reference,
            consumer=order.consumer,
            line=order.line,
            queue=self._edge.queue_for(order.line),
            call=call,
        )

    async def _get(self, request: web.Request) -> web.Response:
        return reply(self._callback(request).public())

    async def _cancel(self, request: web.Request) -> web.Response:
        callback = self._callback(request)
        await self._edge.callbacks.cancel(callback)
        return reply({"id": callback.id, "state": "ended"})

    def _callback(self, request: web.Request) -> Callback:
        name = request.match_info["id"]
        found = self._edge.callbacks.get(name)
        if found is None:
            raise no_such("callback", name)
        return found
