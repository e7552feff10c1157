"""Webhooks: delivered at least once, signed, retried, given up; and never in the stream's way."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from live_centre import LONG_CALLS, SHORT_CALLS, orders, running

from mock_center.edge import webhooks
from mock_center.edge.metrics import EdgeMetrics
from mock_center.edge.webhooks import Webhooks
from mock_center.server import listen_on, port_of


class Receiver:
    """A client's end of a webhook: keeps what it gets, answers what it is told to."""

    def __init__(self, answer: Callable[[int], int]) -> None:
        self.url = ""
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.at_once = self.most_at_once = 0
        self.held = asyncio.Event()
        self.held.set()
        self._answer = answer
        self._news = asyncio.Event()

    async def take(self, request: web.Request) -> web.Response:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        body = await request.read()
        self.got.append((dict(request.headers), body))
        self._news.set()
        try:
            await self.held.wait()
        finally:
            self.at_once -= 1
        return web.Response(
            status=self._answer(len(self.got)), headers={"Location": "http://10.0.0.1/"}
        )

    async def until(self, posts: int, within_s: float = 5.0) -> None:
        async with asyncio.timeout(within_s):
            while len(self.got) < posts:
                self._news.clear()
                await self._news.wait()

    @property
    def seqs(self) -> list[int]:
        return [json.loads(body)["seq"] for _, body in self.got]


@asynccontextmanager
async def receiving(answer: Callable[[int], int] = lambda _: 204) -> AsyncIterator[Receiver]:
    receiver = Receiver(answer)
    app = web.Application()
    app.router.add_post("/hook", receiver.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    listener = listen_on(0)
    await web.SockSite(runner, listener).start()
    receiver.url = f"http://127.0.0.1:{port_of(listener)}/hook"
    try:
        yield receiver
    finally:
        receiver.held.set()
        await runner.cleanup()


class Hooks:
    """Webhooks of an edge that is not there, and the count of what became of their deliveries."""

    def __init__(self, *pauses_s: float) -> None:
        self.metrics = EdgeMetrics(lines=(), sites=(), speed=1)
        self.all = Webhooks(seed="1", pauses_s=pauses_s, metrics=self.metrics)
        self._seq = 0

    def happen(self, times: int = 1) -> None:
        for _ in range(times):
            self._seq += 1
            self.all.take("w1", {"seq": self._seq, "type": "call.ended"})

    def count(self, result: str) -> float:
        found = self.metrics.registry.get_sample_value(
            "cc_webhook_deliveries_total", {"result": result}
        )
        assert found is not None
        return found

    async def until(self, result: str, count: float) -> None:
        async with asyncio.timeout(5):
            while self.count(result) < count:  # noqa: ASYNC110 - a counter has no event
                await asyncio.sleep(0.005)


@asynccontextmanager
async def hooks(*pauses_s: float) -> AsyncIterator[Hooks]:
    made = Hooks(*pauses_s)
    work = asyncio.create_task(made.all.run())
    try:
        yield made
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


def is_signed_by(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """Verify as a receiver would, with nothing of ours."""
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return wanted in headers["webhook-signature"].split(" ")


async def test_a_delivery_is_tried_again_under_the_same_id_until_it_is_acknowledged():
    """At least once: the receiver knows a repeat by its id."""
    async with receiving(lambda n: 200 if n == 3 else 500) as receiver, hooks(0.01, 0.01) as made:
        hook = made.all.subscribe(receiver.url, ["*"], "w1")
        made.happen()
        await made.until("delivered", 1)

        assert len(receiver.got) == 3
        assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
        assert all(is_signed_by(hook.secret, *post) for post in receiver.got)
        assert made.count("retried") == 2
        assert hook.outbox.held == 0


async def test_a_redirect_is_no_acknowledgement_and_is_not_followed():
    """It would be the way off the machine that the URL check has closed."""
    async with receiving(lambda n: 307) as receiver, hooks() as made:
        made.all.subscribe(receiver.url, ["*"], "w1")
        made.happen()
        await made.until("failed", 1)

        assert len(receiver.got) == 1


async def test_an_event_that_exhausts_its_tries_is_counted_and_the_hook_goes_on():
    """One poisoned event must not end a subscription."""
    async with receiving(lambda n: 500 if n <= 2 else 200) as receiver, hooks(0.01) as made:
        hook = made.all.subscribe(receiver.url, ["*"], "w1")
        made.happen()
        await made.until("failed", 1)
        made.happen()
        await made.until("delivered", 1)

        assert hook.enabled
        assert receiver.seqs == [1, 1, 2]


async def test_410_disables_the_hook_and_drops_what_was_waiting():
    """A receiver that says it is gone is not asked again."""
    async with receiving(lambda n: 410) as receiver, hooks(0.01) as made:
        hook = made.all.subscribe(receiver.url, ["*"], "w1")
        receiver.held.clear()
        made.happen(20)
        await receiver.until(8)
        receiver.held.set()
        await made.until("failed", 20)
        made.happen()

        assert hook.public()["state"] == "disabled"
        assert not made.all.follow("w1")
        assert len(receiver.got) == 8
        assert hook.outbox.held == 0


async def test_a_receiver_that_hangs_holds_eight_deliveries_and_no_other_hook():
    """Slow is the commonest failure of a receiver; it must cost its own events only."""
    async with receiving() as slow, receiving() as quick, hooks() as made:
        slow.held.clear()
        hook = made.all.subscribe(slow.url, ["*"], "w1")
        made.all.subscribe(quick.url, ["*"], "w1")
        made.happen(50)
        await quick.until(50)
        await slow.until(8)
        waiting = hook.outbox.held
        slow.held.set()
        await slow.until(50)

        assert waiting == 50
        assert slow.most_at_once == 8
        assert sorted(quick.seqs) == sorted(slow.seqs) == list(range(1, 51))


async def test_a_receiver_that_does_not_acknowledge_in_time_is_asked_again(monkeypatch):
    """Five seconds in life; the event may well have arrived, so this is where repeats come from."""
    monkeypatch.setattr(webhooks, "_ACK_WITHIN_S", 0.05)
    async with receiving() as receiver, hooks(*[0.01] * 200) as made:
        made.all.subscribe(receiver.url, ["*"], "w1")
        receiver.held.clear()
        made.happen()
        await receiver.until(2)
        retried = made.count("retried")
        receiver.held.set()
        await made.until("delivered", 1)

        assert retried >= 1
        assert set(receiver.seqs) == {1}
        assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
        assert made.count("delivered") == 1


async def test_what_a_full_queue_drops_is_counted_and_shown():
    """Memory is bounded; a loss that nobody is told of is a lie."""
    async with receiving() as receiver, hooks() as made:
        receiver.held.clear()
        hook = made.all.subscribe(receiver.url, ["*"], "w1")
        made.happen(10_005)

        assert made.count("dropped") == 5
        assert hook.public()["lagging"]
        assert hook.public()["undelivered"] == 10_000


async def test_a_receiver_that_is_not_there_or_speaks_no_http_does_no_harm():
    """Refused, broken off, garbage: all are a failed try, none a traceback."""

    async def garble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"\x00\xff nonsense\r\n\r\n")
        writer.close()

    garbler = await asyncio.start_server(garble, "127.0.0.1", 0)
    free = listen_on(0)
    nobody, somebody = port_of(free), garbler.sockets[0].getsockname()[1]
    free.close()
    async with hooks() as made:
        for port in (nobody, somebody):
            made.all.subscribe(f"http://127.0.0.1:{port}/", ["*"], "w1")
        made.happen()
        await made.until("failed", 2)
    garbler.close()


async def test_a_deleted_hook_sends_no_more():
    """Deleted means silent, be there a thousand events left."""
    async with receiving() as receiver, receiving() as other, hooks() as made:
        receiver.held.clear()
        hook = made.all.subscribe(receiver.url, ["*"], "w1")
        made.happen(100)
        await receiver.until(8)
        made.all.remove(hook)
        made.all.remove(hook)
        receiver.held.set()
        made.all.subscribe(other.url, ["*"], "w1")
        made.happen(30)
        await other.until(30)  # by then the first would have sent more of its hundred

        assert [each.url for each in made.all.all()] == [other.url]
        assert len(receiver.got) == 8


DELIVERED = 'cc_webhook_deliveries_total{result="delivered"}'


async def subscribe(centre, url: str, events: list[str], key: str = "hook"):
    body = {"url": url, "events": events, "consumer": "w1"}
    headers = {**centre.headers, "Idempotency-Key": key}
    return await centre.ask("POST", "/v1/webhooks", body, headers=headers)


async def test_a_webhook_and_a_stream_both_get_every_event_with_the_same_number(tmp_path: Path):
    """The alternative to the stream must be no worse than the stream, and must not take it away."""
    async with (
        running(orders(tmp_path, **SHORT_CALLS)) as centre,
        receiving() as receiver,
        centre.events() as events,
    ):
        status, hook, _ = await subscribe(centre, receiver.url, ["call.queued", "call.ended"])
        again, same, headers = await subscribe(centre, receiver.url, ["call.queued", "call.ended"])
        await centre.call("r1")
        ended = await events.until("call.ended", "r1")
        await receiver.until(2)
        _, listed, _ = await centre.ask("GET", "/v1/webhooks")
        rotated = [
            await centre.ask(
                "POST",
                f"/v1/webhooks/{hook['id']}/rotate",
                headers={**centre.headers, "Idempotency-Key": "turn"},
            )
            for _ in range(2)
        ]
        await centre.call("r2")
        await receiver.until(4)
        # The receiver knows before the edge has its acknowledgement.
        await centre.until_sample(DELIVERED, lambda count: count >= 4)
        gone, _, _ = await centre.ask("DELETE", f"/v1/webhooks/{hook['id']}")
        missing, problem, _ = await centre.ask("GET", f"/v1/webhooks/{hook['id']}")
        delivered = await centre.sample(centre.edge, DELIVERED)

        posted = sorted((json.loads(body) for _, body in receiver.got), key=lambda e: e["seq"])
        streamed = [event for event in events.seen if event.get("reference") == "r1"]
        assert (status, again) == (201, 201)
        assert same == hook
        assert headers["Idempotent-Replayed"] == "true"
        assert [event["seq"] for event in streamed] == [1, 2, 3]
        assert posted[:2] == [streamed[0], ended]
        assert "secret" not in listed["webhooks"][0]
        assert [(code, answer) for code, answer, _ in rotated] == [(200, rotated[0][1])] * 2
        assert rotated[0][1]["previous_until"] > time.time()
        for headers, body in receiver.got[2:]:
            assert is_signed_by(hook["secret"], headers, body)
            assert is_signed_by(rotated[0][1]["secret"], headers, body)
        assert (gone, missing, problem["type"]) == (204, 404, "not-found")
        assert delivered == 4


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def idle(tmp_path_factory):
    """A centre in which nothing ever happens."""
    async with running(orders(tmp_path_factory.mktemp("idle"), **LONG_CALLS)) as centre:
        yield centre


@pytest.mark.parametrize(
    ("change", "slug"),
    [
        ({"url": "http://example.com/"}, "url-not-allowed"),
        ({"events": ["call.exploded"]}, "invalid-body"),
        ({"events": []}, "invalid-body"),
        ({"events": "*"}, "invalid-body"),
        ({"secret": "mine"}, "invalid-body"),
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_a_bad_subscription_is_refused_and_leaves_no_hook(idle, change, slug):
    """A hook that will never fire looks like a centre where nothing happens."""
    body = {"url": "http://127.0.0.1:9/", "events": ["*"], "consumer": "w1", **change}
    headers = {**idle.headers, "Idempotency-Key": "k"}
    status, problem, _ = await idle.ask("POST", "/v1/webhooks", body, headers=headers)
    _, listed, _ = await idle.ask("GET", "/v1/webhooks")

    assert (status, problem["type"]) == (422, slug)
    assert listed == {"webhooks": []}
