"""The guard's one request: sent only to an address it may be sent to, and never led elsewhere."""

import socket

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from harness.errors import Refused
from harness.guard.checks import admit
from harness.model.target import Endpoints

PATH = "/.well-known/test-environment"


class Target:
    """A target that says *answer* of itself, and counts who asks."""

    def __init__(self, answer: web.Response) -> None:
        self.asked: list[str] = []
        self._answer = answer

    async def handle(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        return self._answer


async def serve(target: Target) -> TestServer:
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", target.handle)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    return server


async def admitted(answer: web.Response) -> str:
    async with await serve(Target(answer)) as server:
        return await admit(Endpoints(str(server.make_url("/")).rstrip("/"), {}))


async def test_a_target_that_is_no_production_system_is_admitted():
    """And tells which environment it is."""
    word = web.json_response({"production": False, "environment_id": "mock-1"})

    assert await admitted(word) == "mock-1"


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(lambda: web.json_response({"production": True}), id="production"),
        pytest.param(lambda: web.Response(text="<html>"), id="no JSON"),
        pytest.param(lambda: web.json_response({"production": False}, status=404), id="not found"),
        pytest.param(lambda: web.json_response({"production": False}, status=500), id="broken"),
    ],
)
async def test_any_other_answer_is_refused(answer):
    """Fail closed."""
    with pytest.raises(Refused, match="E_ATTEST_PROD"):
        await admitted(answer())


async def test_a_word_from_somewhere_else_does_not_count():
    """A redirect would let a stranger vouch for the target."""
    voucher = Target(web.json_response({"production": False}))
    async with await serve(voucher) as elsewhere:
        moved = web.Response(status=302, headers={"Location": str(elsewhere.make_url(PATH))})
        with pytest.raises(Refused):
            await admitted(moved)

    assert voucher.asked == []


async def test_nobody_there_is_refused():
    """No answer is no attestation."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]

    with pytest.raises(Refused, match="E_ATTEST_PROD"):
        await admit(Endpoints(f"http://127.0.0.1:{port}", {}))


async def test_a_target_elsewhere_is_refused_before_anything_is_sent():
    """Even when its edge, which would vouch for it, is here."""
    target = Target(web.json_response({"production": False}))
    async with await serve(target) as server:
        edge = str(server.make_url("/")).rstrip("/")
        with pytest.raises(Refused, match="E_NOT_LOOPBACK"):
            await admit(Endpoints(edge, {"north": "http://10.0.0.1"}))

    assert target.asked == []
