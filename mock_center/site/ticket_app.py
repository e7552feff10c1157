"""A site's HTTP for tickets and support requests: ``/internal``, for the edge alone."""

import json
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from mock_center.clock import wall_now
from mock_center.problems import ProblemError, no_such
from mock_center.server import read_object, reply
from mock_center.site.site import Site
from mock_center.tickets.ticket import Position, State
from mock_center.tickets.writes import Create, Outcome, Patch, Refusal, Remark, Resolve

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Route = tuple[str, str, Handler]

_REFUSED = {
    Refusal.MISSING: (404, "There is no such thing"),
    Refusal.KEY_CONFLICT: (422, "The key was used with another body"),
    Refusal.CLOSED: (409, "The ticket is closed for good"),
    Refusal.FULL: (409, "The ticket takes no more comments"),
    Refusal.STALE: (412, "The ticket has changed"),
    Refusal.RESOLVED: (409, "The request is resolved"),
}


class TicketHandlers:
    """Tickets and support requests at *site*; *admitted* refuses who was not let in."""

    def __init__(self, site: Site, admitted: Callable[[web.Request], None]) -> None:
        self._site = site
        self._admitted = admitted

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            ("POST", "/internal/tickets", self._create),
            ("GET", "/internal/tickets", self._list),
            ("GET", "/internal/tickets/export", self._export),
            ("GET", "/internal/tickets/{id}", self._get),
            ("POST", "/internal/tickets/{id}/patch", self._patch),
            ("POST", "/internal/tickets/{id}/comments", self._comment),
            ("GET", "/internal/support-requests", self._list_requests),
            ("POST", "/internal/support-requests/{id}/resolve", self._resolve),
        ]

    async def _create(self, request: web.Request) -> web.Response:
        told = await self._told(request)
        write = Create(**_with_text(told["ticket"]), created_at=wall_now())
        outcome = await _written(self._site.tickets.create(write, told["epoch"]))
        assert outcome.ticket is not None
        answer = {"ticket": outcome.ticket.public(), "replayed": outcome.replayed}
        return reply(answer, 200 if outcome.replayed else 201)

    async def _patch(self, request: web.Request) -> web.Response:
        told = await self._told(request)
        now = wall_now()
        wanted = told["patch"]
        solves = wanted.get("state") == State.SOLVED
        patch = Patch(
            request.match_info["id"],
            None if told["matches"] is None else tuple(told["matches"]),
            now,
            wakes_at=self._site.tickets.closes_at(now) if solves else None,
            **wanted,
        )
        outcome = await _written(self._site.tickets.write(patch, told["epoch"]))
        assert outcome.ticket is not None
        return reply({"ticket": outcome.ticket.public()})

    async def _comment(self, request: web.Request) -> web.Response:
        told = await self._told(request)
        comment = _with_text(told["comment"])
        remark = Remark(request.match_info["id"], **comment, at=wall_now())
        outcome = await _written(self._site.tickets.write(remark, told["epoch"]))
        assert outcome.ticket is not None
        assert outcome.comment is not None
        answer = {
            "comment": outcome.comment.shown(),
            "etag": outcome.ticket.etag,
            "replayed": outcome.replayed,
        }
        return reply(answer, 200 if outcome.replayed else 201)

    async def _resolve(self, request: web.Request) -> web.Response:
        told = await self._told(request)
        resolve = Resolve(request.match_info["id"], **told["resolve"], at=wall_now())
        outcome = await _written(self._site.tickets.write(resolve, told["epoch"]))
        assert outcome.request is not None
        return reply({"request": outcome.request.public(), "replayed": outcome.replayed})

    async def _list(self, request: web.Request) -> web.Response:
        self._readable(request)
        after, limit = int(request.query["after"]), int(request.query["limit"])
        node = self._site.node
        page = await node.ask(node.store.page, after, limit)
        # A full page may be the last: the next one is then empty, and says so.
        following = page[-1].number if len(page) == limit else None
        body = {"tickets": [ticket.public() for ticket in page], "next": following}
        return await reply_large(self._site, body)

    async def _export(self, request: web.Request) -> web.Response:
        self._readable(request)
        epoch, limit = int(request.query["epoch"]), int(request.query["limit"])
        since = Position(epoch, int(request.query["seq"]))
        node = self._site.node
        changed, reached = await node.ask(
            lambda: (node.store.changed_after(since, limit), node.store.position)
        )
        if changed is None:
            raise ProblemError(410, "position-gone", "The changes did not go on from there")
        more = len(changed) == limit and changed[-1].seq < reached.seq
        seq = changed[-1].seq if more else reached.seq
        body = {
            "tickets": [ticket.public() for ticket in changed],
            "next": f"{reached.epoch}-{seq}",
            "more": more,
        }
        return await reply_large(self._site, body)

    async def _get(self, request: web.Request) -> web.Response:
        self._readable(request)
        name, node = request.match_info["id"], self._site.node
        ticket, comments = await node.ask(lambda: (node.store.get(name), node.store.comments(name)))
        if ticket is None:
            raise no_such("ticket", name)
        body = {
            **ticket.public(),
            "comments": [comment.shown() for comment in comments],
            "clocks": self._site.tickets.reading(ticket, comments),
        }
        return await reply_large(self._site, body)

    async def _list_requests(self, request: web.Request) -> web.Response:
        self._readable(request)
        after, limit = int(request.query["after"]), int(request.query["limit"])
        node = self._site.node
        page = await node.ask(node.store.requests, request.query.get("state"), after, limit)
        following = page[-1].number if len(page) == limit else None
        body = {"support_requests": [found.public() for found in page], "next": following}
        return await reply_large(self._site, body)

    def _readable(self, request: web.Request) -> None:
        self._admitted(request)
        try:
            self._site.node.check_readable()
        except sqlite3.Error as error:
            raise _unavailable(error) from error

    async def _told(self, request: web.Request) -> dict[str, Any]:
        told = await read_object(request)
        self._admitted(request)
        return told


async def reply_large(site: Site, body: object) -> web.Response:
    """Return *body* as JSON that is made in the store's thread, so that the loop never waits."""
    text = await site.node.ask(json.dumps, body)
    return web.Response(text=text, content_type="application/json")


def _with_text(told: dict[str, Any]) -> dict[str, Any]:
    """Return what was *told* with its attachments as the store keeps them."""
    return {**told, "attachments": json.dumps(told["attachments"])}


async def _written(write: Awaitable[Outcome]) -> Outcome:
    """Return the outcome of *write*.

    Raises:
        ProblemError: it was refused, or the store failed.
    """
    try:
        outcome = await write
    except sqlite3.Error as error:
        raise _unavailable(error) from error
    if outcome.refusal is not None:
        status, title = _REFUSED[outcome.refusal]
        raise ProblemError(status, outcome.refusal.value, title)
    return outcome


def _unavailable(error: sqlite3.Error) -> ProblemError:
    return ProblemError(503, "store-unavailable", "The store failed", str(error))
