"""Every refusal of the guard, each seen to happen, and how little was sent by then.

The target is a whole test environment with TLS under names of its own. In every row one thing is
not as it should be.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from aiohttp import web

from harness.adapter.protocol import Notice, NoticeKind, Request, Response
from harness.adapter.reference import ReferenceAdapter
from harness.clock import RunClock, wall_now
from harness.errors import Refused, UsageError
from harness.guard.codes import NOTHING_SENT, REFUSALS
from harness.guard.rules_attest import stamp
from harness.guard.wire import Wire, least_cap
from harness.guarding import Admission, Armed
from harness.inventory import check_lines
from harness.model.guard import ATTESTATION_PATH
from harness.model.target import Endpoints
from harness.target.remote import reached
from tests.fakes import conversed
from tests.guarding.uat import (
    EDGE,
    ENVIRONMENT,
    JANE,
    NOW,
    OPERATOR,
    PROVIDER,
    SCENARIO,
    SITE,
    STRANGER,
    Uat,
    certified,
    uat,
)

FAULT = """\
  - name: loss
    kind: fault
    load: 100%
    for: 4m
    faults:
      - kind: http
        where: desk
        at: 1m
        for: 1m
        inject: {url: 'http://127.0.0.1:9/down'}
        heal: {url: 'http://127.0.0.1:9/up'}
        proof: {site: desk, is: refused}
        runbook: runbook.md
"""


class Wrong(NamedTuple):
    """What is not as it should be, and the code it is refused with."""

    code: str
    because: str
    change: Callable[[Uat], object]


def put(**values: object) -> Callable[[Uat], object]:
    """Return what sets attributes of the environment."""
    return lambda env: [setattr(env, name, value) for name, value in values.items()]


def guard(**values: object) -> Callable[[Uat], object]:
    """Return what changes the profile's guard."""
    return lambda env: env.guard.update(values)


def word(**values: object) -> Callable[[Uat], object]:
    """Return what changes the payload of the attestation."""
    return lambda env: env.payload.update(values)


def both(*changes: Callable[[Uat], object]) -> Callable[[Uat], object]:
    """Return what makes all *changes*."""
    return lambda env: [change(env) for change in changes]


def offline(env: Uat) -> None:
    """Have the document handed over, and the plan approved."""
    env.guard |= {"level": "offline", "document": "handed_over.json"}
    env.approval = {}


def tenant(env: Uat) -> None:
    """Have the target be one tenant of a shared service."""
    env.guard = {
        "level": "tenant",
        "environment": ENVIRONMENT,
        "tenant": {"ask": "/rest/account", "id": "t-1", "id_at": "id", "sandbox_at": "sandbox"},
    }


def breaking(**approval: object) -> Callable[[Uat], object]:
    """Return what adds a fault to the plan, and an approval with so much of it different."""

    def change(env: Uat) -> None:
        env.scenario += FAULT
        env.payload["faults_allowed"] = ["http"]
        env.approval = approval

    return change


def edge(url: str) -> Callable[[Uat], object]:
    """Return what puts the edge somewhere else; ``PORT`` is that of the real one."""
    return lambda env: env.profile.update(edge=url.replace("PORT", env.url.rpartition(":")[2]))


SILENT = (
    Wrong("E_NOT_LOOPBACK", "no guard, no address elsewhere", put(guard=None)),
    Wrong("E_PLAIN_HTTP", "no TLS", edge(f"http://{EDGE}:PORT")),
    Wrong("E_HOST", "a number in disguise", edge("https://0x7f.1:PORT")),
    Wrong("E_HOST", "an IPv4 address in the clothes of IPv6", edge("https://[::ffff:127.0.0.1]:PORT")),
    Wrong("E_PROD_NAME", "it looks like production", edge("https://www.acme.example:PORT")),
    Wrong("E_PROD_NAME", "with a number behind it", edge("https://prod1.acme.example:PORT")),
    Wrong(
        "E_PROD_NAME",
        "the waiver is for another host",
        both(edge("https://pre-prod.acme.example:PORT"), guard(heuristic_waived=[EDGE])),
    ),
    Wrong("E_PROD_DENY", "it is production", edge("https://api.acme.example:PORT")),
    Wrong("E_PROD_DENY", "in capitals", edge("https://API.Acme.EXAMPLE:PORT")),
    Wrong("E_PROD_DENY", "with a dot at the end", edge("https://api.acme.example.:PORT")),
    Wrong("E_PROD_DENY", "below a forbidden domain", edge("https://eu.live.acme.example:PORT")),
    Wrong(
        "E_PROD_DENY",
        "a waiver of the heuristic does not touch the organisation's rule",
        both(
            edge("https://api.acme.example:PORT"),
            guard(heuristic_waived=["api.acme.example"]),
        ),
    ),
    Wrong(
        "E_PROD_DENY",
        "its address is in a forbidden network",
        lambda env: env.names.update({SITE: ("127.0.0.1", "198.51.100.9")}),
    ),
    Wrong("E_DENY_MISSING", "nobody said what production is", put(never=None)),
    Wrong("E_DENY_MISSING", "a deny file without a host", put(never="networks: [10.0.0.0/8]\n")),
    Wrong("E_LEVER", "somebody has pulled it", put(never="hosts: [a.example]\nhalt: a freeze\n")),
    Wrong("E_RESOLVE", "a name without an address", lambda env: env.names.update({SITE: ()})),
    Wrong("E_RESOLVE", "a name that means this machine", put(here=None)),
    Wrong(
        "E_NETWORK",
        "one of its addresses lies elsewhere",
        lambda env: env.names.update({EDGE: ("127.0.0.1", "203.0.113.9")}),
    ),
    Wrong(
        "E_NETWORK",
        "and so does one of IPv6",
        lambda env: env.names.update({EDGE: ("127.0.0.1", "2001:db8::1")}),
    ),
    Wrong(
        "E_PROD_UNRESOLVED",
        "nobody knows where production is, so nobody knows that it is not here",
        put(never="hosts: [api.acme.example]\n"),
    ),
    Wrong(
        "E_PROD_CLASH",
        "a second name of production",
        lambda env: env.names.update({"api.acme.example": ("127.0.0.1",)}),
    ),
    Wrong(
        "E_PROD_CLASH",
        "a name of production's domain is known to be there",
        put(never='hosts: [a.example, "*.live.a.example"]\nknown: {a.example: [198.51.100.7], Api.live.a.example: [127.0.0.1]}\n'),
    ),
    Wrong("E_NOT_ARMED", "nobody said that it may be run", put(armed=Armed())),
    Wrong("E_ARM_OTHER", "another plan is armed", put(armed=Armed(("01234567",)))),
    Wrong("E_APPROVAL_MISSING", "it breaks something", lambda env: setattr(env, "scenario", env.scenario + FAULT)),
    Wrong("E_APPROVAL_MISSING", "half a proof", both(offline, put(approval=None))),
    Wrong("E_APPROVAL_FORM", "half an approval", breaking(nonce="")),
    Wrong("E_APPROVAL_FORM", "a word more", breaking(extra="x")),
    Wrong("E_APPROVAL_SIG", "a stranger signed", both(breaking(), put(approver=STRANGER))),
    Wrong("E_APPROVAL_SIG", "another than the one who approves", breaking(approver="joe")),
    Wrong("E_APPROVAL_PLAN", "of another plan", breaking(plan="0" * 64)),
    Wrong("E_APPROVAL_PLAN", "for another environment", breaking(environment_id="acme-prod")),
    Wrong("E_APPROVAL_SELF", "who runs it approves it", both(breaking(operator=JANE), put(account=JANE))),
    Wrong("E_APPROVAL_SELF", "made under another account", breaking(account=OPERATOR)),
    Wrong(
        "E_APPROVAL_SELF",
        "the provider approves for us",
        both(
            breaking(),
            put(approver=PROVIDER),
            lambda env: env.guard["approvers"]["jane"].update(key=env.guard["keys"]["acme"]),
        ),
    ),
    Wrong("E_APPROVAL_OPERATOR", "for somebody else", breaking(operator="joe")),
    Wrong("E_APPROVAL_EXPIRED", "too old", breaking(not_after=stamp(NOW - 1))),
    Wrong("E_APPROVAL_EXPIRED", "not yet", breaking(not_before=stamp(NOW + 60))),
    Wrong("E_APPROVAL_EXPIRED", "for a week", breaking(not_after=stamp(NOW + 7 * 86400))),
    Wrong("E_TENANT_DENY", "production's own tenant", both(tenant, lambda env: env.guard["tenant"].update(id="t-production"))),
)  # fmt: skip
"""Refused before anything at all is sent: not even a connection is opened."""

SHAKEN = (
    Wrong("E_CERTIFICATE", "an authority that nobody knows", put(profile={"ca_file": None})),
    Wrong("E_CERTIFICATE", "another key than the profile has", guard(certificates=["sha256/" + "A" * 43 + "="])),
    Wrong(
        "E_PROD_CLASH",
        "it has the key of production",
        lambda env: setattr(env, "never", f"{env.never}certificates: [sha256/{env.key}]\n"),
    ),
    Wrong(
        "E_PROD_CLASH",
        "its certificate is production's too",
        lambda env: [
            env.profile.update(edge=env.site),
            setattr(env, "never", f"hosts: [{EDGE}]\nknown: {{{EDGE}: [198.51.100.7]}}\n"),
            env.names.pop(EDGE),
        ],
    ),
)  # fmt: skip
"""Refused after a handshake: no request was made."""

CHECKED = (
    SCENARIO.replace(
        "{tickets: {per_hour: 900,",
        "{calls: {per_hour: 100, mix: {billing: 100%}}, tickets: {per_hour: 100,",
    )
    .replace("traffic:", 'interfaces: {lines: {billing: ["+441632960101"]}}\ntraffic:')
    .replace("phases:\n", "phases:\n  - {name: interfaces, kind: lines}\n")
)
"""Takes no calls, so its check writes a ticket: with token and canary three writes, a tenth of 21."""
STAFFED = "staffed_by: {harness: {heads: {desk: {tickets: 20}}}}"
ASKED = (
    Wrong("E_ATTEST_MISSING", "none", put(word=lambda _: web.Response(status=404))),
    Wrong("E_ATTEST_MISSING", "a redirect", put(word=lambda _: web.Response(status=302, headers={"Location": "https://voucher.example/"}))),
    Wrong("E_ATTEST_FORM", "a web page", put(word=lambda _: web.Response(text="<html>"))),
    Wrong("E_ATTEST_FORM", "two readings", put(word=lambda text: web.Response(body=text.replace(b'"schema"', b'"schema": "x", "schema"', 1)))),
    Wrong("E_ATTEST_FORM", "an unsigned word", put(word=lambda _: web.json_response({"production": False}))),
    Wrong("E_ATTEST_FORM", "longer than any", put(word=lambda text: web.Response(body=text + b" " * 70_000))),
    Wrong("E_ATTEST_FORM", "real data", word(data_class="real")),
    Wrong("E_ATTEST_FORM", "a field that nobody knows", word(more="x")),
    Wrong("E_ATTEST_FORM", "an approval in its place", word(schema="cutover-rehearsal/approval/1")),
    Wrong("E_ATTEST_SIG", "a stranger signed", put(signer=STRANGER)),
    Wrong("E_ATTEST_SIG", "altered afterwards", put(word=lambda text: web.Response(body=text.replace(b"platform@", b"platfarm@")))),
    Wrong("E_ATTEST_PROD", "production", word(production=True)),
    Wrong("E_ATTEST_PROD", "no literal false", word(production="false")),
    Wrong("E_ATTEST_PROD", "nothing is not false", word(production=None)),
    Wrong("E_ATTEST_ENV", "replayed from another environment", word(environment_id="acme-dev")),
    Wrong("E_ATTEST_HOST", "another host", word(hosts=[EDGE])),
    Wrong("E_ATTEST_HOST", "another site", word(sites=["elsewhere"])),
    Wrong("E_ATTEST_ADDRESS", "copied onto another machine", word(networks=["203.0.113.0/28"])),
    Wrong("E_ATTEST_ADDRESS", "another certificate", word(certificates=["sha256/" + "A" * 43 + "="])),
    Wrong("E_ATTEST_EXPIRED", "expired", word(not_after=stamp(NOW - 1))),
    Wrong("E_ATTEST_EXPIRED", "not yet valid", word(not_before=stamp(NOW + 60))),
    Wrong("E_ATTEST_TTL", "for ever", word(not_after=stamp(NOW + 90 * 86400))),
    Wrong("E_ATTEST_ENDS", "in the middle of the run", word(not_after=stamp(NOW + 5))),
    Wrong("E_MARKER", "an answer without the mark", put(marks=None)),
    Wrong("E_MARKER", "an answer with another's", put(marks="acme-prod")),
    Wrong("E_PROD_NAME", "waived, but not attested", both(
        edge("https://pre-prod.acme.example:PORT"),
        guard(heuristic_waived=["pre-prod.acme.example"]),
        lambda env: env.names.update({"pre-prod.acme.example": ("127.0.0.1",)}),
    )),
    Wrong("E_FAULT_NOT_ALLOWED", "it allows no fault", both(breaking(), word(faults_allowed=[]))),
    Wrong("E_RATE_CAP", "by the attestation", word(max_requests_per_s=1)),
    Wrong("E_RATE_CAP", "by the profile", put(profile={"caps": {"requests_per_s": "1"}})),
    Wrong("E_CONCURRENCY_CAP", "one at once, and our probes ask too", word(max_concurrent=1)),
    Wrong("E_CONCURRENCY_CAP", "none for each worker", both(word(max_concurrent=13), put(workers=12))),
    Wrong("E_WRITE_CAP", "fewer writes than tickets", word(max_writes=3)),
    Wrong("E_WRITE_CAP", "too few for our own probes", both(
        put(scenario=SCENARIO.replace("per_hour: 900", "per_hour: 100")), word(max_writes=10)
    )),
    Wrong("E_WRITE_CAP", "too few for the check of its interfaces", both(
        put(scenario=CHECKED), word(max_writes=15)
    )),
    Wrong("E_WRITE_CAP", "too few for virtual agents to come and go", both(
        put(
            scenario=SCENARIO.replace("staffed_by: target", STAFFED),
            profile={"adapter": "harness.adapter.reference:ReferenceAdapter"},
        ),
        word(max_writes=80),
    )),
    Wrong("E_RUN_CAP", "longer than may be", put(profile={"caps": {"run": "5s"}})),
    Wrong("E_ATTEST_ADDRESS", "handed over, and bound to nothing", both(offline, word(networks=[]))),
)  # fmt: skip
"""Refused by what it says of itself: nothing but that was asked."""

TENANT = (
    Wrong("E_TENANT", "another tenant", lambda env: None),
)  # fmt: skip


async def refused(env: Uat) -> str:
    with pytest.raises(Refused) as found:
        await env.admitted()
    return str(found.value)


def rows(wrongs: tuple[Wrong, ...]) -> list[object]:
    return [pytest.param(each, id=f"{each.code}: {each.because}") for each in wrongs]


async def test_an_environment_that_proves_itself_is_let_through(tmp_path: Path):
    """Otherwise every refusal below would be one of something else."""
    async with uat(tmp_path) as env:
        found = await env.admitted()

    assert found.endpoints.pins == {EDGE: ("127.0.0.1",), SITE: ("127.0.0.1",)}
    assert found.facts["level"] == "signed"
    assert set(env.requests) == {("GET", ATTESTATION_PATH)}


@pytest.mark.parametrize("wrong", rows(SILENT))
async def test_what_is_wrong_by_itself_is_refused_before_anything_is_sent(
    wrong: Wrong, tmp_path: Path
):
    """The worst thing you can do is test in production; the second worst is to knock there."""
    async with uat(tmp_path) as env:
        wrong.change(env)
        if env.here is None:  # names mean this machine, addresses do not
            env.here = True
            env.profile |= {"sites": {"desk": env.site}}
        message = await refused(env)

    assert f"{wrong.code}: " in message, wrong.because
    assert NOTHING_SENT in message
    assert (env.connections, env.requests) == (0, [])


@pytest.mark.parametrize("wrong", rows(SHAKEN))
async def test_a_wrong_certificate_is_refused_before_any_request(wrong: Wrong, tmp_path: Path):
    """A handshake says who answers; whoever it is hears nothing else."""
    async with uat(tmp_path) as env:
        wrong.change(env)
        message = await refused(env)

    assert f"{wrong.code}: " in message, wrong.because
    assert env.requests == []


def on_another_port(env: Uat, elsewhere: str) -> None:
    """Have the edge be at *elsewhere*, and the site at another port of the same host."""
    env.site, env.url = env.url, f"https://{EDGE}:{elsewhere.rpartition(':')[2]}"
    env.names = {EDGE: ("127.0.0.1",), "api.acme.example": ()}


def at_another_address(env: Uat, elsewhere: str) -> None:
    """Have the edge be at *elsewhere* too."""
    env.names[EDGE] = ("127.0.0.1", elsewhere.rpartition(":")[0])


@pytest.mark.parametrize(
    ("address", "change"), [("127.0.0.1", on_another_port), ("127.0.0.9", at_another_address)]
)
async def test_the_key_of_production_is_found_wherever_it_is_shown(
    address: str, change: Callable[[Uat, str], None], tmp_path: Path
):
    """A host has ports and addresses: a handshake with one of them says nothing of the others."""
    (tmp_path / "other").mkdir()
    context, key = certified(tmp_path / "other")
    async with uat(tmp_path) as env:
        with (tmp_path / "ca.pem").open("ab") as trusted:
            trusted.write((tmp_path / "other" / "ca.pem").read_bytes())
        env.never = f"{env.never}certificates: [sha256/{key}]\n"
        port = int(env.url.rpartition(":")[2]) if change is at_another_address else 0
        async with await asyncio.start_server(lambda *_: None, address, port, ssl=context) as there:
            change(env, f"{address}:{there.sockets[0].getsockname()[1]}")
            message = await refused(env)

    assert "E_PROD_CLASH: " in message
    assert "has the key of production" in message
    assert env.requests == []


@pytest.mark.parametrize("wrong", rows(ASKED))
async def test_what_it_says_of_itself_is_all_that_was_asked(wrong: Wrong, tmp_path: Path):
    """No customer, no sign-in, no metrics page."""
    async with uat(tmp_path) as env:
        wrong.change(env)
        message = await refused(env)

    assert f"{wrong.code}: " in message, wrong.because
    assert set(env.requests) <= {("GET", ATTESTATION_PATH)}


async def test_all_that_is_wrong_is_said_at_once(tmp_path: Path):
    """Who mends one thing after the other loses a day with each."""
    async with uat(tmp_path) as env:
        env.payload |= {"production": True, "hosts": [], "not_after": stamp(NOW - 1)}
        message = await refused(env)

    codes = {line.partition(":")[0] for line in message.splitlines()}
    assert {"E_ATTEST_PROD", "E_ATTEST_HOST", "E_ATTEST_EXPIRED"} <= codes


async def test_an_approval_is_good_for_one_run(tmp_path: Path):
    """A second run is a second decision."""
    async with uat(tmp_path) as env:
        breaking()(env)
        first = await env.admitted()
        message = await refused(env)

    assert first.facts["approved_by"] == "jane"
    assert message.startswith("E_APPROVAL_USED")


async def test_an_approval_survives_a_refusal(tmp_path: Path):
    """Nothing was run with it, so it is not used up."""
    async with uat(tmp_path) as env:
        breaking()(env)
        env.marks = None
        await refused(env)
        env.marks = ENVIRONMENT
        found = await env.admitted()

    assert found.facts["approval"] == "n-1"


async def test_a_handed_over_attestation_lets_half_of_the_load_through(tmp_path: Path):
    """Who cannot serve it proves less: half the caps, and a second person, always."""
    async with uat(tmp_path) as env:
        offline(env)
        env.payload["max_requests_per_s"] = 40
        found = await env.admitted()

    assert found.facts["level"] == "offline"
    assert found.endpoints.watch is not None
    assert found.endpoints.watch.requests_per_s == 20
    assert env.requests == [], "there is nothing to be asked"


@pytest.mark.parametrize(
    ("account", "good"),
    [
        ({"id": "t-1", "sandbox": True}, True),
        ({"id": "t-2", "sandbox": True}, False),
        ({"id": "t-1", "sandbox": False}, False),
        ({"id": "t-1", "sandbox": "true"}, False),
        ({"id": "t-1"}, False),
        ([], False),
    ],
)
async def test_a_shared_service_has_to_name_the_sandbox(
    account: object, good: bool, tmp_path: Path, monkeypatch
):
    """Nobody there can host a file for us: its own API has to say as whom we are signed in."""
    monkeypatch.setattr("scenarios.examples.ticket_desk.server.Server._health", answering(account))
    async with uat(tmp_path) as env:
        tenant(env)
        env.guard["tenant"]["ask"] = "/healthz"
        if good:
            found = await env.admitted()
            assert found.facts["level"] == "tenant"
        else:
            assert (await refused(env)).startswith("E_TENANT: ")

    assert env.requests == [("GET", "/healthz")]


def answering(value: object) -> Callable[..., object]:
    """Return a handler that answers *value*."""

    async def handler(*_: object) -> web.Response:
        return web.json_response(value)

    return handler


async def test_a_deny_file_with_a_mistake_is_no_deny_file_that_may_be_skipped(tmp_path: Path):
    """Fail closed: what cannot be read might have named this very host."""
    async with uat(tmp_path) as env:
        env.never = "hots: [api.acme.example]\n"
        with pytest.raises(UsageError, match=r"never\.yaml"):
            await env.admitted()

    assert env.connections == 0


async def test_proxies_of_the_environment_are_not_used(tmp_path: Path, monkeypatch):
    """A proxy would see everything, and could answer for anybody."""
    for name in ("http_proxy", "https_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with uat(tmp_path) as env:
        await env.admitted()

    assert set(env.requests) == {("GET", ATTESTATION_PATH)}


def test_every_refusal_has_been_tried():
    """A code that nobody has seen refuse is a hope."""
    tried = {each.code for each in (*SILENT, *SHAKEN, *ASKED, *TENANT)}
    elsewhere = {"E_APPROVAL_USED", "E_LIVE_TRAFFIC", "E_CANARY"}

    assert tried | elsewhere == set(REFUSALS)


async def test_what_a_run_wrote_under_its_cap_can_be_taken_away_under_it(tmp_path: Path):
    """And not a tenth of it, which is what its probes may write beside its load."""
    async with uat(tmp_path) as env:
        plan = await env.plan()
        async with reached(plan.target) as endpoints:
            admitted = await Admission(plan.target, ground=env.ground()).admit(endpoints)
        assert admitted.endpoints.watch is not None
        watch = replace(admitted.endpoints.watch, writes=1000)
        admitted = replace(admitted, endpoints=replace(admitted.endpoints, watch=watch))
        alone, beside = admitted.wire(), admitted.wire(plan)

    assert alone is not None
    assert beside is not None
    assert alone.writes_left == 1000
    assert beside.writes_left == pytest.approx(100, abs=1)


class BehindMenus:
    """An edge whose every line has a voice menu; what is asked of it goes by a *wire*."""

    def __init__(self, wire: Wire) -> None:
        self.adapter = ReferenceAdapter(Endpoints("http://127.0.0.1:1", {}))
        self._wire = wire
        self._calls: list[str] = []
        self._news: asyncio.Queue[Notice] = asyncio.Queue()

    async def carry(self, steps: Any) -> Any:
        return conversed(steps, self._answer)[1]

    def _answer(self, request: Request) -> Response:
        out = self._wire.out(request.method, request.path, request.body, 0.0, patient=True)
        assert out is not None, self._wire.tripped
        self._wire.done()
        if request.step == "place_call":
            self._calls.append(json.loads(request.body)["reference"])
            self._news.put_nowait(Notice(NoticeKind.MENU, 1, self._calls[-1]))
            made = {"id": str(len(self._calls) - 1), "queue": "billing"}
            return Response(201, body=json.dumps(made).encode())
        if request.step == "press":
            reference = self._calls[int(request.path.split("/")[3])]
            self._news.put_nowait(Notice(NoticeKind.ANSWERED, 2, reference, queue="billing"))
        return Response(200, body=b'{"access_token": "t"}')

    @asynccontextmanager
    async def hearing(self, _: str) -> AsyncIterator[AsyncIterator[Notice]]:
        async def news() -> AsyncIterator[Notice]:
            while True:
                yield await self._news.get()

        yield news()


async def test_the_least_cap_that_is_let_through_lasts_for_lines_behind_a_menu(tmp_path: Path):
    """Each of them is asked for a person, too. A canary and a ticket are written beside them."""
    lines = tuple(f"+441632960{number:03}" for number in range(20))
    async with uat(tmp_path) as env:
        env.scenario = CHECKED.replace('"+441632960101"', ", ".join(map(json.dumps, lines)))
        env.profile = {
            "adapter": "harness.adapter.reference:ReferenceAdapter",
            "offers": ["calls", "tickets"],
        }
        env.payload["max_writes"] = least_cap(2 + 3 * len(lines) + 1) - 1
        one_less = await refused(env)
        env.payload["max_writes"] += 1
        wire = (await env.admitted()).wire(await env.plan())
    assert wire is not None
    edge: Any = BehindMenus(wire)
    clock = RunClock(wall_now(), 1.0)
    checks = check_lines({"billing": lines}, edge, clock, prefix="run-1/", phase="interfaces")
    answered = [each.ok async for each in checks]

    assert "E_WRITE_CAP" in one_less
    assert answered == [True] * len(lines)
    assert wire.writes_left == 2


async def test_an_adapter_is_tried_under_the_same_guard(tmp_path: Path):
    """Its own check writes and calls, too: to a line of the provider's, and never to anybody else."""
    async with uat(tmp_path) as env:
        plan = await env.plan()
        async with reached(plan.target) as endpoints:
            admitted = await Admission(plan.target, ground=env.ground()).admit(endpoints)
        wire = admitted.wire(lines=["+442079468888"])
        assert wire is not None
        dialled = wire.out("POST", "/v1/calls", b'{"line": "+442079468888"}', 0.0)
        somebody = wire.out("POST", "/v1/calls", b'{"line": "+442079468889"}', 0.0)

    assert dialled == 0.0
    assert somebody is None
    assert wire.tripped.startswith("HALT_NOT_SYNTHETIC")
