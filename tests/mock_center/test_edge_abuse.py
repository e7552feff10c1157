"""What a client can do to the edge: it answers what can be answered, changes nothing, and goes on."""

import asyncio
import contextlib
import json
import resource
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from live_centre import LONG_CALLS, Centre, family, orders, running

from mock_center import events
from mock_center.events import Feed
from mock_center.server import listen_on, port_of, serving

_STREAMS = 2000


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("abuse")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def centre(folder):
    async with running(orders(folder, **LONG_CALLS)) as centre:
        yield centre


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def unharmed(centre: Centre, folder: Path) -> AsyncIterator[None]:
    """After each abuse: nothing was placed, the edge answers, and its log tells no traceback."""
    yield
    _, queues, _ = await centre.ask("GET", "/v1/queues")
    _, hooks, _ = await centre.ask("GET", "/v1/webhooks")

    assert sum(q["in_talk"] + q["waiting"] for q in queues["queues"]) == 0
    assert await centre.references() == []
    assert hooks["webhooks"] == []
    for name in ("edge", "north", "south"):
        log = (folder / f"{name}.log").read_text()
        assert "Traceback" not in log
        assert "ERROR" not in log


def port(centre: Centre) -> int:
    return int(centre.edge.rpartition(":")[2])


def a_post(centre: Centre, *headers: bytes, body: bytes = b"", path: bytes = b"/v1/calls") -> bytes:
    token = centre.headers["Authorization"].encode()
    lines = [b"POST " + path + b" HTTP/1.1", b"Host: x", b"Idempotency-Key: k"]
    lines += [b"Authorization: " + token, *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


async def exchange(centre: Centre, sent: bytes) -> bytes:
    """Return what comes back until the edge has answered with a body, or closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port(centre))
    found = b""
    try:
        with contextlib.suppress(ConnectionError):
            writer.write(sent)
            async with asyncio.timeout(5):
                await writer.drain()
                while b"\r\n\r\n" not in found or not found.rstrip().endswith((b"}", b"/html>")):
                    chunk = await reader.read(65536)
                    if not chunk:
                        break
                    found += chunk
    finally:
        writer.close()
    return found


NO_HTTP = {
    "garbage": b"\x00\x01\xff\xfe garbage\r\n\r\n",
    "a TLS hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 300,
    "an unknown version": b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
    "an unknown method": b"BREW /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
    "two hosts": b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "5,000 headers": b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
    + b"".join(b"X-%d: y\r\n" % n for n in range(5000))
    + b"\r\n",
    "a header of 100 kB": b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
    "a header without end": b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 1_000_000,
    "a path of 100 kB": b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "bytes that are no path": b"GET /v1/calls/\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
    "length and chunks": b"POST /v1/calls HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /metrics HTTP/1.1\r\nHost: x\r\n\r\n",
    "two lengths": b"POST /v1/calls HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
    b"Content-Length: 6\r\n\r\nabcdef",
    "a negative length": b"POST /v1/calls HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "a length with a sign": b"POST /v1/calls HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\nabcde",
    "chunks, then something else": b"POST /v1/calls HTTP/1.1\r\nHost: x\r\n"
    b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "an unknown encoding": b"POST /v1/calls HTTP/1.1\r\nHost: x\r\n"
    b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "a space before the colon": b"GET /healthz HTTP/1.1\r\nHost : x\r\n\r\n",
    "a folded header": b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n",
    "a zero byte in a header": b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n",
    "line feeds only": b"GET /healthz HTTP/1.1\nHost: x\n\n",
}


@pytest.mark.parametrize("sent", NO_HTTP.values(), ids=NO_HTTP.keys())
@pytest.mark.asyncio(loop_scope="module")
async def test_what_is_no_http_gets_one_problem_and_the_connection_ends(centre, sent):
    """Two readers of one stream of bytes must never disagree where a request ends."""
    found = await exchange(centre, sent)
    head, _, body = found.partition(b"\r\n\r\n")

    assert b" 400 " in head.split(b"\r\n")[0]
    assert b"application/problem+json" in head
    assert json.loads(body)["type"] == "bad-request", "one answer, and nothing after it"


BODIES_THAT_LIE = {
    "a chunk that is no number": (b"Transfer-Encoding: chunked", b"ZZ\r\nabc\r\n0\r\n\r\n"),
    "a chunk of another length": (b"Transfer-Encoding: chunked", b"3\r\nabcXX\r\n0\r\n\r\n"),
    "gzip that is none": (b"Content-Encoding: gzip\r\nContent-Length: 5", b"abcde"),
}


@pytest.mark.parametrize("case", BODIES_THAT_LIE.values(), ids=BODIES_THAT_LIE.keys())
@pytest.mark.asyncio(loop_scope="module")
async def test_a_body_that_is_not_what_its_headers_say_is_the_clients_fault(centre, case):
    """400, and no 500: a bug of the generator must not look like a failure of the provider."""
    header, body = case
    found = await exchange(
        centre, a_post(centre, b"Content-Type: application/json", header, body=body)
    )

    assert b" 400 " in found.split(b"\r\n")[0]
    assert b'"bad-request"' in found


@pytest.mark.asyncio(loop_scope="module")
async def test_who_waits_for_leave_to_send_gets_it(centre):
    """Any other expectation is ignored, as a server may: the document promises no 417."""
    ignored = await exchange(centre, a_post(centre, b"Expect: magic", b"Content-Length: 0"))
    body = b'{"line": 1}'
    headers = [b"Content-Type: application/json", b"Content-Length: %d" % len(body)]
    asked = await exchange(centre, a_post(centre, b"Expect: 100-continue", *headers, body=body))

    assert b" 415 " in ignored.split(b"\r\n")[0]
    assert asked.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 422 ")


@pytest.mark.asyncio(loop_scope="module")
async def test_ten_megabytes_are_413_and_the_connection_is_fine_afterwards(centre):
    """The rest of such a body must not be taken for the next request."""
    raw = b'{"a": "' + b"x" * 10_000_000 + b'"}'
    connector = aiohttp.TCPConnector(limit=1)
    async with aiohttp.ClientSession(connector=connector) as session:
        headers = {
            **centre.headers,
            "Idempotency-Key": "k",
            "Content-Type": "application/json",
        }
        async with session.post(f"{centre.edge}/v1/calls", data=raw, headers=headers) as response:
            problem = await response.json(content_type=None)
            used = response.connection and response.connection.transport
        async with session.get(f"{centre.edge}/healthz") as after:
            same = after.connection is None or after.connection.transport is used

    assert (response.status, problem["type"]) == (413, "body-too-large")
    assert after.status == 200
    assert same


CALL = {"line": "x", "caller": "x", "customer": "x", "reason": "x", "reference": "x"}
WHOLE = {**CALL, "consumer": "x"}


@pytest.mark.parametrize(
    ("raw", "kind", "status", "slug"),
    [
        (b'{"line": "\xff\xfe"}', "application/json", 400, "invalid-body"),
        (json.dumps(WHOLE).encode("utf-16"), "application/json", 400, "invalid-body"),
        (b"\xef\xbb\xbf" + json.dumps(WHOLE).encode(), "application/json", 400, "invalid-body"),
        (b"[" * 30_000 + b"]" * 30_000, "application/json", 400, "invalid-body"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "application/json", 400, "invalid-body"),
        (b'{"line": NaN}', "application/json", 400, "invalid-body"),
        (b'{"line": Infinity}', "application/json", 400, "invalid-body"),
        (b'{"line": 1e999}', "application/json", 422, "invalid-body"),
        (b'{"line": ' + b"9" * 5000 + b"}", "application/json", 400, "invalid-body"),
        (json.dumps(WHOLE).encode()[:-1] + b', "line": "y"}', "application/json", 400, None),
        (b'{"line": "\\ud800"}', "application/json", 400, "invalid-body"),
        (b"null", "application/json", 422, "invalid-body"),
        (json.dumps(WHOLE).encode() + b"{}", "application/json", 400, "invalid-body"),
        (json.dumps(WHOLE).encode(), "text/plain", 415, "unsupported-media-type"),
        (json.dumps(WHOLE).encode(), "application/x-www-form-urlencoded", 415, None),
        (json.dumps(WHOLE).encode(), "application/jsonp", 415, "unsupported-media-type"),
        (json.dumps(WHOLE).encode(), "/;;;=", 415, "unsupported-media-type"),
        (json.dumps(WHOLE).encode(), "application/json; charset=utf-8", 404, "unknown-line"),
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_json_has_one_meaning_or_is_refused(centre, raw, kind, status, slug):
    """What one reader takes for one order and another for a second one is no order at all."""
    headers = {**centre.headers, "Idempotency-Key": "k", "Content-Type": kind}
    code, problem, answer = await centre.ask("POST", "/v1/calls", raw=raw, headers=headers)

    assert code == problem["status"] == status
    assert slug in (None, problem["type"])
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"grant_type=client_credentials&grant_type=password", "application/x-www-form-urlencoded"),
        (b"\xff\xfe", "application/x-www-form-urlencoded; charset=bogus"),
        (b"&".join(b"a%d=1" % n for n in range(5000)), "application/x-www-form-urlencoded"),
        (b"--x\r\n", "multipart/form-data"),
        (b'{"grant_type": "client_credentials"}', "application/json"),
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_a_strange_form_is_no_token_and_no_failure(centre, body, kind):
    """The one door without a token: everybody may knock there."""
    code, problem, _ = await centre.ask(
        "POST", "/v1/oauth/token", raw=body, headers={"Content-Type": kind}
    )

    assert code == problem["status"] == 400


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (b"/%76%31/lines", 401),
        (b"//v1/lines", 404),
        (b"/x/../v1/lines", 404),
        (b"/%2e%2e/v1/lines", 404),
        (b"/v1%2Flines", 401),
        (b"/V1/lines", 404),
        (b"/v1/lines/", 401),
        (b"http://elsewhere/v1/lines", 401),
        (b"/v1/oauth/token/../../lines", 401),
        (b"/v1/oauth%2ftoken", 404),
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_no_spelling_of_a_path_gets_past_the_door(centre, path, status):
    """The token is asked for by path: so no two readings of a path may differ."""
    found = await exchange(centre, b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n\r\n")

    assert b" %d " % status in found.split(b"\r\n")[0]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/calls/%00%ff%E2%80%AE", 404),
        ("/v1/webhooks/..%2f..%2fmetrics", 404),
        ("/v1/tickets/%2e%2e", 404),
        ("/v1/tickets?after=%ff", 400),
        ("/v1/tickets?after=9999999999999999999", 400),
        ("/v1/tickets?limit=-1", 400),
        ("/v1/tickets?limit=%D9%A1", 400),
        ("/v1/tickets?limit=1e3", 400),
        ("/v1/tickets?site=%ed%a0%80", 404),
        ("/v1/events?consumer=%00", 400),
        ("/v1/events?consumer=" + "x" * 65, 400),
        ("/v1/events?consumer=a&since=NaN", 400),
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_absurd_paths_and_queries_get_a_problem(centre, path, status):
    """Never a 5xx for a client's mistake."""
    reply = await exchange(
        centre,
        b"GET %s HTTP/1.1\r\nHost: x\r\nAuthorization: %s\r\n\r\n"
        % (path.encode(), centre.headers["Authorization"].encode()),
    )
    head, _, body = reply.partition(b"\r\n\r\n")

    assert b" %d " % status in head.split(b"\r\n")[0]
    assert json.loads(body)["status"] == status


@pytest.mark.parametrize("header", [b"Bearer \xff.\xfe", b"Bearer \xff", b"bearer a.b.c.d", b""])
@pytest.mark.asyncio(loop_scope="module")
async def test_a_token_may_be_any_bytes_and_is_still_only_wrong(centre, header):
    """Bytes beyond ASCII reach us as lone surrogates, which do not survive an encoding."""
    found = await exchange(
        centre, b"GET /v1/lines HTTP/1.1\r\nHost: x\r\nAuthorization: " + header + b"\r\n\r\n"
    )

    assert b" 401 " in found.split(b"\r\n")[0]


@pytest.mark.asyncio(loop_scope="module")
async def test_head_is_get_without_its_body_but_a_stream_has_none(centre):
    """Monitors ask so; a head that never ends would hold them, and take the reader's place."""
    head, text, headers = await centre.ask("HEAD", "/healthz")
    stream, _, allowed = await centre.ask("HEAD", "/v1/events?consumer=w1")
    options, _, methods = await centre.ask("OPTIONS", "/v1/calls")

    assert (head, text) == (200, "")
    assert int(headers["Content-Length"]) > 0
    assert (stream, allowed["Allow"]) == (405, "GET")
    assert (options, methods["Allow"]) == (405, "POST")


@pytest.mark.asyncio(loop_scope="module")
async def test_clients_that_vanish_anywhere_leave_nothing_behind(centre):
    """In the headers, in the body, before the answer, in a stream: machines die everywhere."""
    token = b"Authorization: " + centre.headers["Authorization"].encode()
    stream = b"GET /v1/events?consumer=gone-%d HTTP/1.1\r\nHost: x\r\n" + token + b"\r\n\r\n"
    json_500 = b"Content-Type: application/json\r\nContent-Length: 500"
    for n in range(10):
        for sent in (
            b"GET /hea",
            a_post(centre, json_500, body=b'{"a'),
            a_post(centre, b"Content-Length: 500000", body=b"x", path=b"/nothing"),
            a_post(centre, b"Transfer-Encoding: chunked", body=b"5\r\nab"),
            stream % n,
        ):
            _, writer = await asyncio.open_connection("127.0.0.1", port(centre))
            writer.write(sent)
            await writer.drain()
            if sent.startswith(b"GET /v1/events"):
                await asyncio.sleep(0.02)  # so that some streams have begun
            writer.transport.abort()
    await centre.until_sample("cc_event_streams", lambda count: count == 0)

    assert (await centre.health())["status"] == "ok"


def edge_memory_mb(centre: Centre) -> float:
    """Return the resident memory of the edge."""
    for pid, name in family(centre.process.pid).items():
        if name == "mock edge":
            for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith("VmRSS"):
                    return int(line.split()[1]) / 1024
    raise AssertionError("no edge")


@pytest.mark.skipif(
    resource.getrlimit(resource.RLIMIT_NOFILE)[1] < 3 * _STREAMS, reason="too few open files"
)
@pytest.mark.parametrize("number", [300, pytest.param(_STREAMS, marks=pytest.mark.nightly)])
async def test_many_streams_are_all_told_and_the_edge_still_answers(tmp_path: Path, number: int):
    """A big run has many workers; none of them may lose its events because of the others."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 3 * number)), hard))
    async with running(orders(tmp_path, agents=0, speed=1.0)) as centre:
        before_mb = edge_memory_mb(centre)
        token = centre.headers["Authorization"].encode()
        ask = b"GET /v1/events?consumer=c%d HTTP/1.1\r\nHost: x\r\nAuthorization: %s\r\n\r\n"
        streams = []
        for n in range(number):
            reader, writer = await asyncio.open_connection("127.0.0.1", port(centre))
            writer.write(ask % (n, token))
            streams.append((reader, writer))
        await centre.until_sample("cc_event_streams", lambda count: count >= number, within_s=60)
        status, _, _ = await centre.ask("GET", "/v1/queues")
        told = range(0, number, number // 20)
        placed = [(await centre.call(f"r{n}", consumer=f"c{n}"))[0] for n in told]
        for n in told:
            async with asyncio.timeout(20):
                await streams[n][0].readuntil(b'"call.queued"')
        grown_mb = edge_memory_mb(centre) - before_mb
        for _, writer in streams:
            writer.transport.abort()
        await centre.until_sample("cc_event_streams", lambda count: count == 0, within_s=30)

        assert status == 200
        assert set(placed) == {201}
        assert grown_mb < 0.1 * number, "100 kB a stream at most"
        assert "Traceback" not in (tmp_path / "edge.log").read_text()


@asynccontextmanager
async def serving_a(feed: Feed) -> AsyncIterator[int]:
    async def stream(request: web.Request) -> web.StreamResponse:
        return await feed.stream(request, 0)

    app = web.Application()
    app.router.add_get("/", stream)
    listener = listen_on(0)
    async with serving(app, listener):
        yield port_of(listener)


async def test_a_reader_that_never_reads_is_dropped_with_its_connection(monkeypatch):
    """It would hold its unsent events, and a place, for ever; a polite end would wait for it too."""
    monkeypatch.setattr(events, "_STUCK_READER_S", 0.2)
    feed = Feed(20_000)
    for n in range(20_000):
        feed.publish({"type": "x", "n": n, "filler": "x" * 400})
    async with serving_a(feed) as at:
        stuck = socket.create_connection(("127.0.0.1", at))
        stuck.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        async with asyncio.timeout(5):
            while not feed.has_reader:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            while feed.has_reader:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        stuck.settimeout(2)

        def drain() -> int:
            return sum(iter(lambda: len(stuck.recv(1 << 20)), 0))

        read = await asyncio.to_thread(drain)  # what the kernel held, and then the end
        stuck.close()

        assert read < feed.held * 400
