"""After a halt: what may still leave, whatever the halt is, and from whichever side it is sent."""

from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from harness.adapter.driver import Driver
from harness.adapter.protocol import Request, Response, Steps
from harness.guard.codes import HALTS, POLITE, halt
from harness.guard.wire import Wire
from harness.model.guard import Marker, Watch
from harness.model.target import Endpoints

WATCH = Watch(marker=Marker(header="X-Environment-Id"), environment="acme-uat", scans=False)


class Asked:
    """An edge that counts, and says of itself what it is told to."""

    def __init__(self) -> None:
        self.requests = 0
        self.environment = "acme-uat"

    async def handle(self, _: web.Request) -> web.Response:
        self.requests += 1
        return web.json_response({}, headers={"X-Environment-Id": self.environment})


def asking() -> Steps[Response]:
    return (yield Request("open_ticket", "POST", "/v1/tickets", body=b"{}"))


async def sent(asked: Asked, wire: Wire, times: int) -> list[Response]:
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", asked.handle)
    async with TestServer(app, host="127.0.0.1") as server:
        endpoints = Endpoints(str(server.make_url("/")).rstrip("/"), {})
        async with Driver(object(), endpoints, gate=wire) as driver:  # type: ignore[arg-type]
            return [await driver.carry(asking()) for _ in range(times)]


@pytest.mark.parametrize("code", HALTS)
async def test_no_probe_of_ours_leaves_after_a_halt(code: str):
    """Only after a cap may people hang up: a call that is left standing would cost them more."""
    asked, wire = Asked(), Wire(WATCH)
    wire.trip(halt(code, "because"))
    answers = await sent(asked, wire, 3)

    assert asked.requests == (3 if code in POLITE else 0)
    if code not in POLITE:
        assert all(each.status is None and each.sent is False for each in answers)
        assert all(each.error and each.error.startswith(code) for each in answers)


async def test_the_first_answer_without_the_mark_is_the_last_request():
    """And it is not believed: nothing that it says becomes a figure."""
    asked, wire = Asked(), Wire(WATCH)
    asked.environment = "acme-prod"
    answers = await sent(asked, wire, 3)

    assert asked.requests == 1
    assert answers[0].status is None
    assert wire.tripped.startswith("HALT_ENV_MARKER: response 1 carried 'acme-prod'")


def test_every_halt_is_told_to_the_generator_by_its_code():
    """Which of the two it is, it finds out by itself: the code is all that it needs."""
    for code in HALTS:
        wire = Wire(WATCH)
        wire.trip(halt(code, "because"))

        assert wire.shut == (code not in POLITE)
        assert (wire.out("POST", "/", b"", 0.0) is None) == wire.shut


def test_the_page_names_the_polite_ones():
    """What is said to providers has to be so."""
    page = (Path(__file__).parents[2] / "docs" / "guard.md").read_text(encoding="utf-8")

    assert "After a halt for a cap people may still hang up" in page
    assert all(code.endswith("_CAP") for code in POLITE)
