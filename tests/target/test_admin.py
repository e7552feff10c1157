"""The admin port answers as it should, or there is an error that whoever heals can go on after."""

import pytest
from aiohttp import web

from harness.errors import NotInjected, TargetError
from harness.model.target import Endpoints
from harness.target.admin import Admin
from tests.faults.stand_ins import serving


@pytest.mark.parametrize(
    ("status", "page", "told"),
    [
        (409, '{"title": "no", "detail": "north is taken"}', "409 north is taken"),
        (409, '{"title": "no"}', "409 no"),
        (500, "500 Internal Server Error", "500 500 Internal Server Error"),
        (502, "", "502"),
        (503, "[]", r"503 \[\]"),
        (200, "<html>", "JSONDecodeError"),
    ],
)
async def test_what_is_no_answer_is_an_error_of_the_target_s(status: int, page: str, told: str):
    """A heal that fails is told and counted; any other error would keep the rest from healing."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status, text=page)

    app = web.Application()
    app.router.add_delete("/faults/f-1", answer)
    async with (
        serving(app) as url,
        Admin(Endpoints(edge=url, sites={}, admin=url, admin_token="t")) as admin,
    ):
        with pytest.raises(TargetError, match=f"DELETE /faults/f-1: {told}"):
            await admin.heal_fault("f-1")


@pytest.mark.parametrize(
    ("status", "error"),
    [(409, NotInjected), (422, NotInjected), (500, TargetError), (401, TargetError)],
)
async def test_an_order_that_is_refused_has_broken_nothing(status: int, error: type[TargetError]):
    """Such a fault counts for nothing and the run goes on; what may be half broken ends it."""

    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"detail": "delay: found 15"}, status=status)

    app = web.Application()
    app.router.add_post("/faults", answer)
    app.router.add_put("/rolling-restart", answer)
    async with (
        serving(app) as url,
        Admin(Endpoints(edge=url, sites={}, admin=url, admin_token="t")) as admin,
    ):
        with pytest.raises(TargetError, match="found 15") as order:
            await admin.order_fault("link_latency", {"delay": 15.0}, lease_wall_s=20.0)
        with pytest.raises(TargetError, match="found 15") as work:
            await admin.begin_rolling_restart(wait_wall_s=60.0)

    assert (order.type, work.type) == (error, error)
