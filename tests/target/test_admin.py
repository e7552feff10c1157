"""The admin port answers as it should, or there is an error that whoever heals can go on after."""

import pytest
from aiohttp import web

from harness.errors import TargetError
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
