"""The interface check: each probe can fail, and says why; each is made again when a run goes on."""

import asyncio
import base64
import hmac
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from harness.adapter.protocol import Notice, NoticeKind, Request, Response
from harness.adapter.reference import ReferenceAdapter
from harness.clock import RunClock, wall_now
from harness.interfaces import Hooks, check_metrics, check_tickets
from harness.inventory import check_lines, consumer_of
from harness.model.event import StoredTicket
from harness.model.sample import Scrape, Series
from harness.model.target import Endpoints
from tests.fakes import conversed

SECRET = "whsec_" + base64.b64encode(b"a key of both").decode()
BODY = json.dumps({"type": "call.ended", "seq": 3}).encode()


def signature(key: bytes, body: bytes) -> str:
    digest = hmac.digest(key, b"msg-1.1700000000." + body, "sha256")
    return "v1," + base64.b64encode(digest).decode()


def posted(signed: str, body: bytes = BODY) -> str | None:
    headers = {
        "webhook-id": "msg-1",
        "webhook-timestamp": "1700000000",
        "webhook-signature": signed,
    }
    return ReferenceAdapter(Endpoints("http://127.0.0.1:1", {})).posted(SECRET, headers, body)


def test_a_post_counts_only_with_the_provider_s_signature():
    """Anybody on the network could say that a webhook works; also after a secret was rotated."""
    right = signature(b"a key of both", BODY)

    assert posted(right) == "call.ended"
    assert posted(f"{signature(b'an older key', BODY)} {right}") == "call.ended"
    assert posted(signature(b"another key", BODY)) is None
    assert posted(right, BODY + b" ") is None
    assert posted("") is None


async def test_a_webhook_that_was_posted_is_right_and_one_by_a_stranger_is_not(monkeypatch):
    """A forged post is told, since it explains why nothing came."""
    monkeypatch.setattr("harness.interfaces.WITHIN_WALL_S", 0.01)
    hooks = Hooks()
    hooks.take("call.ended")
    hooks.take(None)

    came, missing = await hooks.checks(("call.ended", "call.queued"))

    assert came.ok
    assert not missing.ok
    assert "1 posts were not signed as agreed" in missing.note


def test_a_source_has_to_answer_with_metrics_that_mean_something():
    """A page that answers 200 and tells nothing of ours would leave every provider's view empty."""
    latest = {
        "good": Scrape("good", 1.0, True, {Series("cc_speed"): 1.0}),
        "empty": Scrape("empty", 1.0, True, {}),
        "silent": Scrape("silent", 1.0, False, {}),
    }

    found = {
        each.line: each.ok for each in check_metrics(("good", "empty", "silent", "new"), latest)
    }

    assert found == {"good": True, "empty": False, "silent": False, "new": False}


class Remembering:
    """A driver to an edge that lives on: it keeps every answer by its key, and every notice."""

    def __init__(self) -> None:
        self.adapter = self
        self.real = ReferenceAdapter(Endpoints("http://127.0.0.1:1", {}))
        self.done: dict[str, Response] = {}
        self.news: dict[str, list[Notice]] = {}
        self.written: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def read_tickets(self, site: str) -> Any:
        yield Request("read_tickets", "GET", "/v1/tickets")
        return [StoredTicket(site, each, each) for each in self.written]

    async def carry(self, steps: Any) -> Any:
        return conversed(steps, self._answer)[1]

    def _answer(self, request: Request) -> Response:
        key = request.headers.get("Idempotency-Key")
        if request.step not in ("place_call", "open_ticket") or key is None:
            return Response(200, body=b'{"access_token": "t"}')
        if key not in self.done:
            body = json.loads(request.body)
            self.written.append(body["reference"])
            if request.step == "place_call":
                told = Notice(NoticeKind.ANSWERED, 1, body["reference"], queue="billing")
                self.news.setdefault(body["consumer"], []).append(told)
            self.done[key] = Response(201, body=b'{"id": "1", "queue": "billing"}')
        return self.done[key]

    @asynccontextmanager
    async def hearing(self, consumer: str) -> AsyncIterator[AsyncIterator[Notice]]:
        async def all_of_it() -> AsyncIterator[Notice]:
            told = 0
            while True:
                for notice in self.news.get(consumer, [])[told:]:
                    told += 1
                    yield notice
                await asyncio.sleep(0)

        yield all_of_it()


async def test_a_run_that_goes_on_calls_every_line_again():
    """Its calls have the first run's prefix; what the target told of the first proves nothing."""
    edge: Any = Remembering()
    clock, lines = RunClock(wall_now(), 1.0), {"billing": ("+441632960101",)}
    found = [
        check
        for phase in ("lines", "lines-2")
        async for check in check_lines(lines, edge, clock, prefix="run/", phase=phase)
    ]

    assert [check.ok for check in found] == [True, True]
    assert edge.written == ["run/lines/lines/+441632960101", "run/lines/lines-2/+441632960101"]
    assert len(edge.news) == 2, "and each hears of its own calls alone"


def test_the_consumer_of_the_probes_is_one_that_the_reference_api_takes():
    """A longer one is refused, and with it the whole run; one of a worker's ends its stream."""
    runs = [f"20261001T120000Z-{'s' * 40}{again}" for again in ("", "-2", "-99")]
    phases = ("p" * 40, "p" * 40 + "-2", "0")
    names = [consumer_of(f"{run}/", phase) for run in runs for phase in phases]

    assert all(re.fullmatch("[A-Za-z0-9._:-]{1,64}", each) for each in names)
    assert len({*names, *(f"{run}-0" for run in runs)}) == 12


async def test_a_run_that_goes_on_opens_a_ticket_again():
    """The first one may be all that the store still has."""
    edge: Any = Remembering()
    found = [
        await check_tickets(edge, ("north",), prefix="run/", phase=phase, consumer="run-" + phase)
        for phase in ("lines", "lines-2")
    ]

    assert [check.ok for check in found] == [True, True]
    assert edge.written == ["run/_interfaces/lines/ticket", "run/_interfaces/lines-2/ticket"]
