"""``/v1/tickets``."""

import asyncio
import json

from aiohttp import web

from mock_center.edge.api.bodies import (
    TicketDraft,
    fingerprint,
    idempotency_key,
    query_int,
    query_limit,
    read_body,
)
from mock_center.edge.api.problems import key_conflict, store_unavailable
from mock_center.edge.api.route import MOST, Route, idempotent_replayed
from mock_center.edge.edge import Edge
from mock_center.edge.link import RefusedError
from mock_center.edge.tickets import SiteDownError, StoreUnavailableError
from mock_center.problems import ProblemError, no_such
from mock_center.server import reply


class TicketsApi:
    """Tickets."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            ("POST", "/v1/tickets", self._create_ticket),
            ("GET", "/v1/tickets", self._list_tickets),
            ("GET", "/v1/tickets/{id}", self._get_ticket),
        ]

    async def _create_ticket(self, request: web.Request) -> web.Response:
        key = idempotency_key(request)
        draft = await read_body(request, TicketDraft)
        ticket = {**draft.model_dump(), "key": key, "fingerprint": fingerprint(draft)}
        try:
            answer = await self._edge.tickets.create(ticket)
        except StoreUnavailableError as error:
            raise store_unavailable(error) from error
        except RefusedError as refused:
            if refused.type == "idempotency-conflict":
                raise key_conflict() from refused
            raise store_unavailable(refused) from refused
        written = answer["ticket"]
        body = {name: written[name] for name in ("id", "reference", "site")} | {"state": "new"}
        return reply(body, 201, **idempotent_replayed(answer["replayed"]))

    async def _get_ticket(self, request: web.Request) -> web.Response:
        name = request.match_info["id"]
        if not name.isascii() or not name.replace("-", "").isalnum():
            raise no_such("ticket", name)
        try:
            return reply(await self._edge.tickets.get(name))
        except StoreUnavailableError as error:
            raise store_unavailable(error) from error
        except RefusedError as refused:
            if refused.status == 404:
                raise no_such("ticket", name) from refused
            raise store_unavailable(refused) from refused

    async def _list_tickets(self, request: web.Request) -> web.Response:
        after = query_int(request, "after", 0, most=MOST)
        limit = query_limit(request)
        site = request.query.get("site")
        if site is not None and site not in self._edge.fleet.links:
            raise no_such("site", site)
        try:
            page = await self._edge.tickets.page(after, limit, site)
        except SiteDownError as error:
            raise ProblemError(503, "site-down", "This site is not up", str(error)) from error
        except (StoreUnavailableError, RefusedError) as error:
            raise store_unavailable(error) from error
        following = page["next"]
        page["next"] = None if following is None else str(following)
        return web.Response(
            text=await asyncio.to_thread(json.dumps, page), content_type="application/json"
        )
