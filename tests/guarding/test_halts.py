"""After a halt: what may still leave, whatever the halt is, and from whichever side it is sent."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from harness.adapter.driver import Driver
from harness.adapter.protocol import Request, Response, Steps, marks
from harness.faults.kinds import KINDS
from harness.faults.probe import Answer, Probe
from harness.guard.codes import HALTS, POLITE, halt
from harness.guard.wire import Wire, scanner_for
from harness.model.guard import Marker, Watch
from harness.model.scenario import FaultPlan
from harness.model.target import Endpoints

WATCH = Watch(marker=Marker(header="X-Environment-Id"), environment="acme-uat", scans=False)
LINES = {"billing": ("+441632960101",)}


class Asked:
    """An edge that counts, and says of itself what it is told to."""

    def __init__(self) -> None:
        self.requests = 0
        self.environment = "acme-uat"
        self.runs: set[str] = set()

    async def handle(self, request: web.Request) -> web.Response:
        self.requests += 1
        self.runs.add(request.headers.get("X-Load-Test-Run", ""))
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


@asynccontextmanager
async def probing(asked: Asked, wire: Wire) -> AsyncIterator[Probe]:
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", asked.handle)
    async with TestServer(app, host="127.0.0.1") as server:
        url = str(server.make_url("/")).rstrip("/")
        endpoints = Endpoints(url, {"north": url}, client_id="harness", client_secret="hush")
        async with Probe(endpoints, lambda _: {}, gate=wire, headers=marks("run-1")) as probe:
            yield probe


async def test_no_proof_of_a_fault_is_asked_of_the_api_after_a_halt():
    """Whether a site is well may be asked still: it has to be healed, and that says of nobody."""
    asked, wire = Asked(), Wire(WATCH)
    wire.trip(halt("HALT_ENV_MARKER", "because"))
    async with probing(asked, wire) as probe:
        dialled = await probe.call("+441632960101")
        seen = await probe.ask("/v1/webhooks/1", method="DELETE", token="t")
        named = await probe.fetch(f"{probe._endpoints.edge}/v1/lines")
        api = asked.requests
        well = await probe.ask_site("north")

    assert api == 0
    assert (dialled.status, seen.status, named.status) == (None, None, None)
    assert well is Answer.HEALTHY


@pytest.mark.parametrize(
    "url",
    [
        "https://uat.acme.example/rest/cases",
        "https://uat.acme.example:443/v1/queues",
        "https://UAT.acme.example./v1/queues",
        "https://uat.acme.example/healthz/../v1/queues",
        "https://north.acme.example:8443/metrics/of/calls",
    ],
)
async def test_however_its_address_is_written_the_api_is_not_asked_after_a_halt(url: str):
    """An adapter speaks whatever paths its provider has."""
    wire = Wire(WATCH)
    wire.trip(halt("HALT_ENV_MARKER", "because"))
    sites = {"north": "https://north.acme.example:8443"}
    shut = Probe(Endpoints("https://uat.acme.example", sites), lambda _: {}, gate=wire)

    # Outside its block: what it sent would raise.
    assert (await shut.fetch(url)).status is None


async def test_health_and_metrics_are_asked_and_need_no_mark():
    """Monitoring has pages of its own, which say nothing of anybody."""
    asked, wire = Asked(), Wire(WATCH)
    asked.environment = ""
    async with probing(asked, wire) as probe:
        edge = probe._endpoints.edge
        pages = [f"{edge}/healthz", f"{edge}/healthz?site=north", f"{edge}/metrics"]
        seen = [(await probe.fetch(page)).status for page in pages]

    assert seen == [200, 200, 200]
    assert (wire.answers, wire.tripped) == (0, "")


async def test_a_fault_that_only_the_api_shows_is_not_healed_after_a_halt():
    """Every site may answer its health check meanwhile: what is left broken is exit code 6."""
    asked, wire = Asked(), Wire(WATCH)

    async def healed(probe: Probe, page: str) -> str | None:
        proof = json.dumps({"get": f"{probe._endpoints.edge}{page}", "status": "503"})
        fault = FaultPlan("http", "", 0.0, 60.0, None, {"proof": proof}, "north")
        return await KINDS["http"].heal_proof(fault, probe)

    async with probing(asked, wire) as probe:
        before = await healed(probe, "/rest/queues")
        wire.trip(halt("HALT_ENV_MARKER", "because"))
        after, by_health = await healed(probe, "/rest/queues"), await healed(probe, "/healthz")

    assert before == "every site answers its health check"
    assert after is None
    assert by_health == before


async def test_a_proof_of_a_fault_is_held_to_what_every_request_is():
    """It is marked, counted, looked through, and its answer has to carry the mark."""
    asked, wire = Asked(), Wire(replace(WATCH, scans=True, writes=5), scanner_for((), LINES))
    async with probing(asked, wire) as probe:
        await probe.call("+441632960101")
        assert wire.written == 2
        assert not wire.tripped, "our own caller is made up, and known to be"
        asked.environment = "acme-prod"
        seen = await probe.ask("/v1/queues", token="t")

    assert asked.runs == {"run-1"}
    assert seen.status is None
    assert wire.tripped.startswith("HALT_ENV_MARKER")
    assert wire.under_way == 0


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
