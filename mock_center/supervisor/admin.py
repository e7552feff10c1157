"""The admin port: who runs, break it, mend it, planned work. Loopback and bearer token only."""

import asyncio
import hmac
import time
from typing import Any

import aiohttp
from aiohttp import web

from mock_center.config import Problem
from mock_center.edge.standing import Standing
from mock_center.faults.book import LONGEST_LEASE_S, Fault
from mock_center.faults.kinds import no_kind
from mock_center.faults.spec import number
from mock_center.problems import Handler, ProblemError, no_such, problems_as_json
from mock_center.server import BODY_LIMIT, read_object, reply
from mock_center.supervisor.child import DeafError, StartError
from mock_center.supervisor.edge_control import EdgeControl
from mock_center.supervisor.maintenance import Maintenance
from mock_center.supervisor.maintenance_api import MaintenanceApi
from mock_center.supervisor.supervisor import Supervisor

_ASK_TIMEOUT_S = 0.5
_lease = number(0.001, LONGEST_LEASE_S)


def admin_app(
    supervisor: Supervisor, token: str, session: aiohttp.ClientSession
) -> web.Application:
    """Return the admin application; *session* asks edge and sites how they are."""
    edge = EdgeControl(session, supervisor.url("edge control"), supervisor.token)
    maintenance = Maintenance(supervisor, edge)
    app = web.Application(
        middlewares=[problems_as_json, _with_token(token)], client_max_size=BODY_LIMIT
    )
    admin = _Admin(supervisor, maintenance, session)
    app.add_routes(
        [
            web.get("/sites", admin.sites),
            web.get("/faults", admin.list_faults),
            web.post("/faults", admin.inject),
            web.delete("/faults/{id}", admin.heal),
        ]
    )

    async def end_work(_: web.Application) -> None:
        await maintenance.end_rolling_restart()

    app.on_shutdown.append(end_work)
    for method, path, handler in MaintenanceApi(supervisor, maintenance).routes():
        app.router.add_routes([web.route(method, path, handler)])
    return app


def _with_token(token: str) -> Any:
    wanted = f"Bearer {token}".encode()

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        found = request.headers.get("Authorization", "").encode(errors="surrogateescape")
        if not hmac.compare_digest(found, wanted):
            raise ProblemError(
                401,
                "invalid-token",
                "The admin token is needed",
                headers={"WWW-Authenticate": "Bearer"},
            )
        return await handler(request)

    return check


class _Admin:
    def __init__(
        self, supervisor: Supervisor, maintenance: Maintenance, session: aiohttp.ClientSession
    ) -> None:
        self._supervisor = supervisor
        self._maintenance = maintenance
        self._session = session

    async def sites(self, _: web.Request) -> web.Response:
        names = self._supervisor.sites
        standings, *states = await asyncio.gather(
            self._maintenance.standings(), *(self._site(name) for name in names)
        )
        return reply(
            {
                name: {**state, **_standing(standings.get(name))}
                for name, state in zip(names, states, strict=True)
            }
        )

    async def list_faults(self, _: web.Request) -> web.Response:
        return reply([_shown(fault) for fault in self._supervisor.faults.active()])

    async def inject(self, request: web.Request) -> web.Response:
        kind, asked, lease_s = await self._read_order(request)
        try:
            # Shielded: a client that hangs up must not leave a fault half made.
            fault = await asyncio.shield(self._supervisor.inject(kind, asked, lease_s))
        except ValueError as error:
            raise ProblemError(
                409, "site-faulted", "This cannot be broken now", str(error)
            ) from error
        except DeafError as error:
            raise ProblemError(500, "inject-failed", "It may be half broken", str(error)) from error
        return reply(_shown(fault), 201)

    async def heal(self, request: web.Request) -> web.Response:
        name = request.match_info["id"]
        fault = self._supervisor.faults.get(name)
        if fault is None:
            raise no_such("fault", name)
        try:
            await asyncio.shield(self._supervisor.heal(fault))
        except (StartError, DeafError) as error:
            raise ProblemError(500, "heal-failed", "It is not whole again", str(error)) from error
        return reply({"id": fault.id, "healed": True})

    async def _read_order(self, request: web.Request) -> tuple[str, dict[str, Any], float]:
        try:
            told = await read_object(request)
        except (ValueError, RecursionError) as error:
            raise ProblemError(400, "invalid-body", "The body is not a JSON object") from error
        kind, lease_s = told.pop("kind", None), told.pop("lease_s", None)
        kinds = self._supervisor.kinds
        spec = kinds.get(kind) if isinstance(kind, str) else None
        asked, wrong = spec.read(told) if spec else ({}, [])
        if spec is None:
            wrong.append(Problem("kind", repr(kind), no_kind(kinds)))
        try:
            lease_s = _lease(lease_s)
        except ValueError as error:
            wrong.append(Problem("lease_s", repr(lease_s), str(error)))
        if spec is None or wrong:
            why = "; ".join(f"{each.where}: found {each.found}, want {each.want}" for each in wrong)
            raise ProblemError(422, "invalid-body", "The fault is not valid", why)
        return spec.kind, asked, lease_s

    async def _site(self, name: str) -> dict[str, Any]:
        known = self._supervisor.state(name)
        if known["state"] == "running":
            known["state"] = "up" if await self._is_healthy(known["url"]) else "starting"
        return known

    async def _is_healthy(self, url: str) -> bool:
        try:
            async with (
                asyncio.timeout(_ASK_TIMEOUT_S),
                self._session.get(f"{url}/healthz") as response,
            ):
                return response.status == 200
        except (aiohttp.ClientError, ConnectionError, TimeoutError):
            return False


def _standing(found: Standing | None) -> dict[str, object]:
    """Return what the edge adds to a site's state; unknown while it does not answer."""
    names = ("draining", "drained", "calls", "leads", "complete")
    return {name: None if found is None else getattr(found, name) for name in names}


def _shown(fault: Fault) -> dict[str, object]:
    return {
        "id": fault.id,
        "kind": fault.kind,
        "place": fault.place,
        "asked": dict(fault.asked),
        "expires_in_s": round(max(fault.until_s - time.monotonic(), 0.0), 3),
    }
