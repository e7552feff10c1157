"""How the API tells what the ticket store said: its refusals as problems, its lists as pages."""

import asyncio
import json
from collections.abc import Awaitable
from typing import Any

from aiohttp import web

from mock_center.edge.api.problems import key_conflict, store_unavailable
from mock_center.edge.link import RefusedError
from mock_center.edge.tickets import SiteDownError, StoreUnavailableError
from mock_center.problems import ProblemError, no_such

_REFUSALS = {
    "ticket-closed": (409, "The ticket is closed for good"),
    "ticket-full": (409, "The ticket takes no more comments"),
    "already-resolved": (409, "The support request is resolved"),
    "etag-mismatch": (412, "The ticket has changed since it was read"),
    "position-gone": (410, "The changes did not go on from there: begin again"),
}


def stored_id(request: web.Request, what: str) -> str:
    """Return the id of a *what* in the path.

    Raises:
        ProblemError: 404, nothing in the store is called so.
    """
    name = request.match_info["id"]
    if not name.isascii() or not name.replace("-", "").isalnum():
        raise no_such(what, name)
    return name


async def from_store(answer: Awaitable[dict[str, Any]], what: str, name: str) -> dict[str, Any]:
    """Return the store's *answer* about the *what* called *name*.

    Raises:
        ProblemError: it refused, or there is no store to ask.
    """
    try:
        return await answer
    except SiteDownError as error:
        raise ProblemError(503, "site-down", "This site is not up", str(error)) from error
    except StoreUnavailableError as error:
        raise store_unavailable(error) from error
    except RefusedError as refused:
        if refused.status == 404:
            raise no_such(what, name) from refused
        if refused.type == "idempotency-conflict":
            raise key_conflict() from refused
        if refused.type in _REFUSALS:
            status, title = _REFUSALS[refused.type]
            raise ProblemError(status, refused.type, title, name) from refused
        raise store_unavailable(refused) from refused


async def page_of(page: dict[str, Any], **headers: str) -> web.Response:
    """Return a large *page* as a response, its JSON made off the loop.

    A ``next`` that is a number is told as text: to clients it is a cursor, not something to count.
    """
    if isinstance(page.get("next"), int):
        page["next"] = str(page["next"])
    return web.Response(
        text=await asyncio.to_thread(json.dumps, page),
        content_type="application/json",
        headers=headers,
    )
