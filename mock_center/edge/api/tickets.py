"""``/v1/tickets``: written once, changed only as it was read, exported in order of change."""

from aiohttp import web

from mock_center.edge.api.bodies import (
    TicketDraft,
    fingerprint,
    idempotency_key,
    query_int,
    query_limit,
    read_body,
)
from mock_center.edge.api.route import MOST, Route, idempotent_replayed
from mock_center.edge.api.stored import from_store, page_of, stored_id
from mock_center.edge.api.ticket_bodies import (
    CommentDraft,
    TicketPatch,
    if_match,
    query_position,
)
from mock_center.edge.edge import Edge
from mock_center.problems import no_such
from mock_center.server import reply


class TicketsApi:
    """Tickets and their comments."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            ("POST", "/v1/tickets", self._create_ticket),
            ("GET", "/v1/tickets", self._list_tickets),
            ("GET", "/v1/tickets/export", self._export_tickets),
            ("GET", "/v1/tickets/{id}", self._get_ticket),
            ("PATCH", "/v1/tickets/{id}", self._change_ticket),
            ("POST", "/v1/tickets/{id}/comments", self._comment),
        ]

    async def _create_ticket(self, request: web.Request) -> web.Response:
        key = idempotency_key(request)
        draft = await read_body(request, TicketDraft)
        ticket = {**draft.model_dump(), "key": key, "fingerprint": fingerprint(draft)}
        answer = await from_store(self._edge.tickets.create(ticket), "ticket", key)
        written = answer["ticket"]
        body = {name: written[name] for name in ("id", "reference", "site")} | {"state": "new"}
        headers = idempotent_replayed(answer["replayed"])
        return reply(body, 201, ETag=_tag(written["etag"]), **headers)

    async def _get_ticket(self, request: web.Request) -> web.Response:
        name = stored_id(request, "ticket")
        ticket = await from_store(self._edge.tickets.get(name), "ticket", name)
        return await page_of(ticket, ETag=_tag(ticket["etag"]))

    async def _change_ticket(self, request: web.Request) -> web.Response:
        name = stored_id(request, "ticket")
        matches = if_match(request)
        changes = (await read_body(request, TicketPatch)).model_dump(exclude_unset=True)
        answer = await from_store(self._edge.tickets.patch(name, matches, changes), "ticket", name)
        ticket = answer["ticket"]
        return reply(ticket, ETag=_tag(ticket["etag"]))

    async def _comment(self, request: web.Request) -> web.Response:
        name = stored_id(request, "ticket")
        key = f"{name} {idempotency_key(request)}"
        draft = await read_body(request, CommentDraft)
        comment = {**draft.model_dump(), "key": key, "fingerprint": fingerprint(draft)}
        answer = await from_store(self._edge.tickets.comment(name, comment), "ticket", name)
        headers = idempotent_replayed(answer["replayed"])
        return reply(answer["comment"], 201, ETag=_tag(answer["etag"]), **headers)

    async def _list_tickets(self, request: web.Request) -> web.Response:
        after = query_int(request, "after", 0, most=MOST)
        limit = query_limit(request)
        site = request.query.get("site")
        if site is not None and site not in self._edge.fleet.links:
            raise no_such("site", site)
        answer = self._edge.tickets.page(after, limit, site)
        return await page_of(await from_store(answer, "site", site or ""))

    async def _export_tickets(self, request: web.Request) -> web.Response:
        epoch, seq = query_position(request)
        answer = self._edge.tickets.export(epoch, seq, query_limit(request))
        return await page_of(await from_store(answer, "position", f"{epoch}-{seq}"))


def _tag(etag: str) -> str:
    return f'"{etag}"'
