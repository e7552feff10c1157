"""``/v1/webhooks``: events that are posted to the client."""

from typing import Any

from aiohttp import web
from pydantic import Field

from mock_center.clock import wall_now
from mock_center.edge.api.bodies import Body, Consumer, Url, read_body
from mock_center.edge.api.document import event_types
from mock_center.edge.api.idempotent import answer_once
from mock_center.edge.api.route import Route
from mock_center.edge.edge import Edge
from mock_center.edge.webhooks import ALL, TooManyWebhooksError, UrlNotAllowedError, Webhook
from mock_center.problems import ProblemError, no_such
from mock_center.server import reply


class WebhookOrder(Body):
    """``POST /v1/webhooks``."""

    url: Url
    events: list[str] = Field(min_length=1, max_length=50)
    consumer: Consumer


class WebhooksApi:
    """Webhooks."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            ("POST", "/v1/webhooks", self._subscribe),
            ("GET", "/v1/webhooks", self._list),
            ("GET", "/v1/webhooks/{id}", self._get),
            ("DELETE", "/v1/webhooks/{id}", self._delete),
            ("POST", "/v1/webhooks/{id}/rotate", self._rotate),
        ]

    async def _subscribe(self, request: web.Request) -> web.Response:
        order = await read_body(request, WebhookOrder)
        unknown = sorted(set(order.events) - {ALL, *event_types()})
        if unknown:
            found = f"events: found {unknown[0]!r}, want {ALL} or any of {', '.join(event_types())}"
            raise ProblemError(422, "invalid-body", "The body is not valid", found)

        async def subscribe() -> dict[str, Any]:
            try:
                hook = self._edge.webhooks.subscribe(order.url, order.events, order.consumer)
            except UrlNotAllowedError as error:
                raise ProblemError(
                    422,
                    "url-not-allowed",
                    "A mock sends nothing off its machine",
                    f"url: found {order.url[:200]!r}, want http://127.0.0.1:PORT/PATH",
                ) from error
            except TooManyWebhooksError as error:
                raise ProblemError(
                    409, "too-many-webhooks", "There is no room for more", f"found {error}"
                ) from error
            return {**hook.public(), "secret": hook.secret}

        return await answer_once(self._edge.answers, request, order, subscribe)

    async def _list(self, _: web.Request) -> web.Response:
        return reply({"webhooks": [hook.public() for hook in self._edge.webhooks.all()]})

    async def _get(self, request: web.Request) -> web.Response:
        return reply(self._hook(request).public())

    async def _delete(self, request: web.Request) -> web.Response:
        self._edge.webhooks.remove(self._hook(request))
        return web.Response(status=204)

    async def _rotate(self, request: web.Request) -> web.Response:
        hook = self._hook(request)

        async def rotate() -> dict[str, Any]:
            overlap_s = self._edge.webhooks.rotate(hook)
            return {
                "id": hook.id,
                "secret": hook.secret,
                "previous_until": round(wall_now() + overlap_s, 3),
            }

        return await answer_once(self._edge.answers, request, None, rotate, status=200)

    def _hook(self, request: web.Request) -> Webhook:
        name = request.match_info["id"]
        hook = self._edge.webhooks.get(name)
        if hook is None:
            raise no_such("webhook", name)
        return hook
