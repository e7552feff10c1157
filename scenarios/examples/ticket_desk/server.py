"""The desk's API over HTTP, on this machine alone: other paths, other words, other habits.

POST   /rest/requesters          find or make a requester: the first of two calls for a case
POST   /rest/cases               open a case
GET    /rest/cases?page=N        a hundred at a time
GET    /rest/cases/ID            one
PUT    /rest/cases/ID            change it: X-Case-Revision is wanted, the answer is always 204
POST   /rest/cases/ID/notes      write on it
DELETE /rest/cases/ID            forget it
GET    /rest/changes?after=N     what happened since: there is no event stream
GET    /internal/metrics         its own figures
"""

import asyncio
import hashlib
import json
from base64 import b64decode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from hmac import compare_digest
from random import Random
from typing import Any

from aiohttp import web

from scenarios.examples.ticket_desk.desk import URGENCIES, Case, Desk

_ROUNDS = 10_000
_SALT = b"desk"
_PAGE = 100
_OPEN_TO_ALL = ("/.well-known/test-environment", "/healthz", "/internal/metrics")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Server:
    """The desk behind HTTP. *speed* is how fast its clock goes: desk seconds a second."""

    def __init__(self, *, user: str, password: str, speed: float, seed: int = 1) -> None:
        self._user = user
        self._hash = _hashed(password)
        self._speed = speed
        self._desk = Desk(Random(seed))

    def app(self) -> web.Application:
        """Return the application."""
        app = web.Application(middlewares=[self._counted, self._admitted])
        app.add_routes(
            [
                web.get("/.well-known/test-environment", self._environment),
                web.get("/healthz", self._health),
                web.get("/internal/metrics", self._metrics),
                web.post("/rest/requesters", self._requester),
                web.post("/rest/cases", self._open),
                web.get("/rest/cases", self._list),
                web.get("/rest/cases/{id:[0-9]+}", self._read),
                web.put("/rest/cases/{id:[0-9]+}", self._change),
                web.post("/rest/cases/{id:[0-9]+}/notes", self._note),
                web.delete("/rest/cases/{id:[0-9]+}", self._forget),
                web.get("/rest/changes", self._changes),
            ]
        )
        return app

    # ------------------------------------------------------------------ before every request

    @web.middleware
    async def _counted(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            answer = await handler(request)
        except web.HTTPException as refused:
            self._desk.counts["desk_http_total", str(refused.status), ""] += 1
            raise
        self._desk.counts["desk_http_total", str(answer.status), ""] += 1
        return answer

    @web.middleware
    async def _admitted(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Hash the password that came with this request too: there are no tokens here."""
        if request.path not in _OPEN_TO_ALL and not self._knows(request.headers):
            raise web.HTTPUnauthorized(headers={"WWW-Authenticate": 'Basic realm="desk"'})
        return await handler(request)

    def _knows(self, headers: Any) -> bool:
        scheme, _, both = headers.get("Authorization", "").partition(" ")
        try:
            user, _, password = b64decode(both, validate=True).decode().partition(":")
        except ValueError:
            return False
        good = compare_digest(_hashed(password), self._hash)
        return scheme == "Basic" and user == self._user and good

    # ------------------------------------------------------------------ what it answers

    async def _environment(self, _: web.Request) -> web.Response:
        return web.json_response({"environment_id": "ticket-desk-example", "production": False})

    async def _health(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def _metrics(self, _: web.Request) -> web.Response:
        return web.Response(text="\n".join(self._desk.metrics(self._speed)) + "\n")

    async def _requester(self, request: web.Request) -> web.Response:
        who = await _inner(request, "requester")
        number = self._desk.requester(str(who.get("external_id")))
        return web.json_response({"requester": {"id": number}})

    async def _open(self, request: web.Request) -> web.Response:
        wanted = await _inner(request, "case")
        known = wanted.get("requester_id") in self._desk.requesters.values()
        if not known or wanted.get("urgency") not in URGENCIES:
            raise web.HTTPUnprocessableEntity(text="no such requester, or urgency")
        fields = {int(each["id"]): str(each["value"]) for each in wanted.get("fields", [])}
        case = self._desk.open(
            int(wanted["requester_id"]),
            str(wanted["urgency"]),
            fields,
            self._now_s(),
            str(wanted.get("title", "")),
        )
        self._work_on(case)
        return web.json_response({"case": case.shown()}, status=201)

    async def _list(self, request: web.Request) -> web.Response:
        page = int(request.query.get("page", "1"))
        cases = list(self._desk.cases.values())[(page - 1) * _PAGE : page * _PAGE]
        more = page * _PAGE < len(self._desk.cases)
        shown = [case.shown() for case in cases]
        return web.json_response({"cases": shown, "next_page": page + 1 if more else None})

    async def _read(self, request: web.Request) -> web.Response:
        return web.json_response({"case": self._case(request).in_full()})

    async def _change(self, request: web.Request) -> web.Response:
        case = self._case(request)
        if "X-Case-Revision" not in request.headers:
            raise web.HTTPPreconditionRequired(text="X-Case-Revision is wanted")
        if request.headers["X-Case-Revision"] != str(case.rev):
            raise web.HTTPConflict(text=f"it is revision {case.rev} by now")
        if self._desk.change(case, await _inner(request, "case")):
            self._work_on(case)
        return web.Response(status=204)

    async def _note(self, request: web.Request) -> web.Response:
        case = self._case(request)
        await _inner(request, "note")
        self._desk.note(case)
        self._work_on(case)
        return web.json_response({"ok": True})

    async def _forget(self, request: web.Request) -> web.Response:
        del self._desk.cases[self._case(request).id]
        return web.Response(status=204)

    async def _changes(self, request: web.Request) -> web.Response:
        changes = self._desk.changes
        after = request.query.get("after", "")
        told = changes[int(after) :] if after else []
        return web.json_response({"changes": told, "last": len(changes)})

    # ------------------------------------------------------------------ who works there

    def _work_on(self, case: Case) -> None:
        """Have *case* answered after a while, and done a while later."""
        answer_s, solve_s = self._desk.delays_s()
        later = asyncio.get_running_loop().call_later
        later(answer_s / self._speed, lambda: self._desk.answer(case, self._now_s()))
        later((answer_s + solve_s) / self._speed, lambda: self._desk.solve(case, self._now_s()))

    def _now_s(self) -> float:
        return asyncio.get_running_loop().time() * self._speed

    def _case(self, request: web.Request) -> Case:
        case = self._desk.cases.get(int(request.match_info["id"]))
        if case is None:
            raise web.HTTPNotFound(text="no such case")
        return case


@asynccontextmanager
async def serving(server: Server, *, port: int = 0) -> AsyncIterator[str]:
    """Serve for the block, on this machine alone, and yield the address."""
    runner = web.AppRunner(server.app())
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def _hashed(password: str) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", password.encode(), _SALT, _ROUNDS)


async def _inner(request: web.Request, key: str) -> dict[str, Any]:
    try:
        body = json.loads(await request.read())
    except ValueError:
        raise web.HTTPBadRequest(text="no JSON") from None
    inner = body.get(key) if isinstance(body, dict) else None
    if not isinstance(inner, dict):
        raise web.HTTPBadRequest(text=f"no {key!r} in the body")
    return inner
