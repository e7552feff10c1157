"""The asyncio driver carries the same adapter over a real socket, and goes nowhere else."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from harness.adapter.driver import Driver
from harness.adapter.find import find_adapter
from harness.adapter.protocol import NewCall, NoticeKind, Request, Response, Steps
from harness.adapter.reference import ReferenceAdapter
from harness.errors import TargetError, UsageError
from harness.faults.probe import Answer, Probe
from harness.guard.wire import Wire
from harness.model.contact import Outcome
from harness.model.event import StoredTicket
from harness.model.guard import Marker, Watch
from harness.model.target import Endpoints

CALL = NewCall(
    reference="lines/1", consumer="lines", line="+441632960101", caller="+447700900999",
    customer="interface-check", reason="interface check",
)  # fmt: skip


class TinyProvider:
    """The reference API in a few lines: one token, one call, two tickets, one notice."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.moved_to = ""

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Endpoints]:
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", self._handle)
        async with TestServer(app, host="127.0.0.1") as server:
            url = str(server.make_url("/")).rstrip("/")
            yield Endpoints(url, {"north": url}, client_id="harness", client_secret="hush")

    async def _handle(self, request: web.Request) -> web.Response:
        self.paths.append(request.path)
        if self.moved_to and request.path != "/v1/oauth/token":
            raise web.HTTPTemporaryRedirect(f"{self.moved_to}{request.path_qs}")
        match request.path:
            case "/v1/oauth/token":
                return web.json_response({"access_token": "one"})
            case "/v1/calls":
                body = await request.json()
                ok = body["reference"] == request.headers["Idempotency-Key"]
                return web.json_response(
                    {"id": "C-1", "queue": "billing"}, status=201 if ok else 422
                )
            case "/v1/tickets":
                after = request.query.get("after")
                row = {"reference": after or "first", "id": "T-1"}
                return web.json_response({"tickets": [row], "next": None if after else "last"})
            case "/v1/events":
                line = json.dumps({"type": "call.answered", "seq": 1, "reference": "lines/1"})
                return web.Response(body=line.encode() + b"\n")
        return web.json_response({}, status=404)


@asynccontextmanager
async def driving(provider: TinyProvider) -> AsyncIterator[Driver]:
    async with (
        provider.serving() as endpoints,
        Driver(ReferenceAdapter(endpoints), endpoints) as driver,
    ):
        yield driver


async def test_the_adapter_of_the_journeys_serves_the_probes_too():
    """One class per provider: what yields requests to gevent yields them to asyncio."""
    async with driving(TinyProvider()) as driver:
        placed = await driver.carry(driver.adapter.place_call(CALL))

    assert (placed.outcome, placed.provider_id, placed.queue) == (None, "C-1", "billing")


async def test_a_store_is_read_over_the_wire():
    """Pages and all."""
    async with driving(TinyProvider()) as driver:
        found = await driver.carry(driver.adapter.read_tickets("north"))

    assert found == (StoredTicket("north", "first", "T-1"), StoredTicket("north", "last", "T-1"))


async def test_the_event_stream_is_opened():
    """Line by line, as notices."""
    async with driving(TinyProvider()) as driver:
        stream = await driver.open_stream("lines")
        notice = driver.adapter.parse_notice(await stream.content.readline())
        stream.close()

    assert notice is not None
    assert notice.kind is NoticeKind.ANSWERED


@asynccontextmanager
async def hearing_from(begin: bytes, rest: bytes, *, after_s: float = 0.0):
    """Yield the news of a provider that says *begin*, *rest* after a silence, and is then gone."""

    async def tell(request: web.Request) -> web.StreamResponse:
        if request.path == "/v1/oauth/token":
            return web.json_response({"access_token": "one"})
        stream = web.StreamResponse()
        stream.enable_chunked_encoding()
        await stream.prepare(request)
        await stream.write(begin)
        await asyncio.sleep(after_s)
        await stream.write(rest)
        assert request.transport is not None
        request.transport.close()  # in the middle of its answer
        return stream

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", tell)
    async with TestServer(app, host="127.0.0.1") as server:
        endpoints = Endpoints(str(server.make_url("/")).rstrip("/"), {}, client_id="a")
        async with (
            Driver(ReferenceAdapter(endpoints), endpoints) as driver,
            driver.hearing("lines") as news,
        ):
            yield news


ANSWERED = b'{"type": "call.answered", "seq": 1, "reference": "lines/1"}\n'


async def test_an_event_stream_that_is_cut_is_the_targets_fault_and_named():
    """A lost connection in the interface check was a traceback, as if the harness had broken."""
    heard = []
    with pytest.raises(TargetError, match="event stream was cut: ClientPayloadError"):
        async with hearing_from(ANSWERED, b" ") as news:
            async for notice in news:
                heard.append(notice.kind)  # noqa: PERF401  it raises before the end

    assert heard == [NoticeKind.ANSWERED]


async def test_an_event_stream_may_be_silent_for_longer_than_an_answer_may_take(monkeypatch):
    """A line may ring for two minutes, and not every provider says meanwhile that it is there."""
    monkeypatch.setattr("harness.adapter.driver.TIMEOUT_S", 1.0)
    async with hearing_from(b"\n", ANSWERED, after_s=1.2) as news:
        first = await anext(news)

    assert first.kind is NoticeKind.ANSWERED


async def test_a_redirect_is_not_followed():
    """Requests go where the profile says: a 307 would carry a customer to a stranger."""
    provider, stranger = TinyProvider(), TinyProvider()
    async with stranger.serving() as elsewhere:
        provider.moved_to = elsewhere.edge
        async with driving(provider) as driver:
            placed = await driver.carry(driver.adapter.place_call(CALL))

    assert placed.outcome is Outcome.UNKNOWN
    assert stranger.paths == []


async def test_the_event_stream_follows_no_redirect():
    """'Never follows a redirect', says the class; the stream is a request like the others."""
    provider, stranger = TinyProvider(), TinyProvider()
    async with stranger.serving() as elsewhere:
        provider.moved_to = elsewhere.edge
        async with driving(provider) as driver:
            (await driver.open_stream("lines")).close()

    assert stranger.paths == []


async def test_a_probe_follows_no_redirect():
    """A site that sends us to another one is not healthy, and nobody asked that other one."""
    provider, stranger = TinyProvider(), TinyProvider()
    async with stranger.serving() as elsewhere, provider.serving() as endpoints:
        provider.moved_to = elsewhere.edge
        async with Probe(endpoints, lambda _: {}) as probe:
            answer = await probe.ask_site("north")

    assert (answer, stranger.paths) == (Answer.UNWELL, [])


async def test_a_refused_connection_was_certainly_not_sent():
    """The one failure of which we know that nothing happened at the target."""
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))  # and does not listen, nor can anybody else on its port
        endpoints = Endpoints(f"http://127.0.0.1:{deaf.getsockname()[1]}", {})
        async with Driver(ReferenceAdapter(endpoints), endpoints) as driver:
            placed = await driver.carry(driver.adapter.place_call(CALL))

    assert placed.outcome is Outcome.FAILED


async def hang_up_at_once(reader: object, writer) -> None:
    writer.close()


async def test_a_connection_that_breaks_may_have_been_heard():
    """After that the request may have been executed: unknown, not failed."""
    server = await asyncio.start_server(hang_up_at_once, "127.0.0.1", 0)
    endpoints = Endpoints(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", {})
    async with server, Driver(ReferenceAdapter(endpoints), endpoints) as driver:
        placed = await driver.carry(driver.adapter.place_call(CALL))

    assert placed.outcome is Outcome.UNKNOWN


def test_a_silence_counts_as_sent():
    """Unless the driver knows better."""
    assert Response(None).sent


ENDPOINTS = Endpoints("http://127.0.0.1:1", {})


def test_an_adapter_is_named_by_its_import_path():
    """A real provider needs one class and no fork."""
    adapter = find_adapter("harness.adapter.reference:ReferenceAdapter")(ENDPOINTS)

    assert isinstance(adapter, ReferenceAdapter)


@pytest.mark.parametrize(
    "path",
    [
        "harness.adapter.reference:NoSuchAdapter",
        "no.such.module:Adapter",
        "harness.adapter.reference",
        "ReferenceAdapter",
        "",
    ],
)
def test_an_adapter_that_is_not_there_is_the_users_mistake(path: str):
    """A message with an example, not a traceback."""
    with pytest.raises(UsageError, match=r"harness\.adapter\.reference:ReferenceAdapter"):
        find_adapter(path)


def test_an_adapter_may_be_a_file_of_the_users(tmp_path: Path):
    """One class in one file: a package to install would be a day of somebody else's work."""
    path = tmp_path / "desk.py"
    path.write_text(
        "class Desk:\n    def __init__(self, endpoints):\n        self.at = endpoints\n"
        "    def open_ticket(self, ticket): ...\n"
    )
    made = find_adapter(f"{path}:Desk")

    assert made(ENDPOINTS).at is ENDPOINTS  # type: ignore[attr-defined]
    assert find_adapter(f"{path}:Desk") is made, "one class, however often it is asked for"


@pytest.mark.parametrize(
    ("text", "saying"),
    [
        ("raise RuntimeError('no')", "no"),
        ("Desk = 3", "no\\s+adapter"),
        ("class Desk: ...", "nor opens"),
        ("", "AttributeError"),
    ],
)
def test_a_file_that_holds_no_adapter_is_the_users_mistake(tmp_path: Path, text: str, saying: str):
    """Whatever their code does when it is imported, it ends in a message of ours."""
    path = tmp_path / f"desk_{len(text)}.py"
    path.write_text(text)

    for _ in range(2):
        with pytest.raises(UsageError, match=saying):
            find_adapter(f"{path}:Desk")


class Halting:
    """A gate that holds a request back, and is shut by somebody else meanwhile."""

    tripped = "HALT_LEVER: a freeze"

    def __init__(self) -> None:
        self.shut = False
        self.under_way = 0

    def out(self, *_: object, **__: object) -> float:
        self.under_way += 1
        asyncio.get_running_loop().call_soon(self._close)
        return 0.01

    def back(self, *_: object) -> bool:
        return False

    def done(self) -> None:
        self.under_way -= 1

    def _close(self) -> None:
        self.shut = True


async def test_what_was_held_back_is_not_sent_after_a_halt():
    """A probe may wait for its turn as long as it takes: by then the run may have been ended."""
    provider, gate = TinyProvider(), Halting()
    async with (
        provider.serving() as endpoints,
        Driver(ReferenceAdapter(endpoints), endpoints, gate=gate) as driver,
    ):
        await driver.carry(driver.adapter.read_tickets("north"))

    assert provider.paths == []
    assert gate.under_way == 0


async def test_a_number_is_no_way_past_the_guard():
    """No resolver is asked about it: it could be production's, in the link of an answer."""
    pinned = {"uat.acme.example": ("203.0.113.7",)}
    stray = Endpoints("http://198.51.100.7:9", {}, watch=Watch(pins=pinned))

    async with Driver(ReferenceAdapter(stray), stray) as driver:
        with pytest.raises(OSError, match=r"198\.51\.100\.7 is no address that the guard let"):
            await driver._session.get("/")


async def test_the_news_of_a_stranger_are_not_heard():
    """A stream without the mark is not the target's: it ends before its first line."""
    provider = TinyProvider()
    async with provider.serving() as endpoints:
        watch = Watch(marker=Marker(header="X-Environment-Id"), environment="acme-uat")
        wire = Wire(watch)
        adapter = Listener(endpoints)
        async with Driver(adapter, endpoints, gate=wire) as driver:
            with pytest.raises(TargetError, match="HALT_ENV_MARKER"):
                await driver.open_stream("lines")


class Listener(ReferenceAdapter):
    """Needs no token: the stream's is the first answer."""

    def listen(self, consumer: str, since: int = 0) -> Steps[Request]:
        return Request("listen", "GET", "/v1/events")
        yield
