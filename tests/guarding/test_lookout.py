"""Every halt of the lookout: what was found before the run is no longer so."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
from aiohttp import web

import harness.guarding.asking as asking_module
from harness.errors import Refused
from harness.guard.codes import HALTS, POLITE
from harness.guard.rules_attest import stamp
from harness.guarding import Load, Lookout
from harness.guarding.lookout import LOST_AFTER
from harness.guarding.strangers import others_calls, others_tickets
from harness.model.event import StoredTicket
from tests.guarding.test_admission import put, tenant
from tests.guarding.uat import EDGE, NEVER, NOW, SITE, STRANGER, Uat, certified, uat

QUIET = Load(arrived=None, ours=0, prefix="run-1/")


class Change(NamedTuple):
    """What changes while the run lasts, and the halt that has to follow."""

    code: str
    because: str
    change: Callable[[Uat], object]


def names(**addresses: tuple[str, ...]) -> Callable[[Uat], object]:
    """Return what changes where names lead."""
    hosts = {"edge": EDGE, "site": SITE, "production": "api.acme.example"}
    return lambda env: env.names.update({hosts[key]: each for key, each in addresses.items()})


def forbid(text: str) -> Callable[[Uat], object]:
    """Return what adds *text* to the deny file."""
    return lambda env: (env.folder / "never.yaml").write_text(NEVER + text)


NAMES = (
    Change("HALT_DNS_DRIFT", "another address", names(edge=("127.0.0.9",))),
    Change("HALT_DNS_DRIFT", "one more address", names(site=("127.0.0.1", "203.0.113.9"))),
    Change("HALT_PROD_CLASH", "production moved here", names(production=("127.0.0.1",))),
    Change("HALT_PROD_DENY", "a new rule", lambda env: (env.folder / "never.yaml").write_text(f"hosts: [{EDGE}]\n")),
    Change("HALT_PROD_DENY", "a new network", lambda env: (env.folder / "never.yaml").write_text("hosts: [a.example]\nnetworks: [127.0.0.0/8]\n")),
    Change("HALT_PROD_DENY", "a file that cannot be read", forbid("nonsense: 1\n")),
    Change("HALT_LEVER", "somebody pulls it", forbid("halt: a freeze of all changes\n")),
)  # fmt: skip
WORDS = (
    Change("HALT_ATTEST", "it became production", lambda env: env.payload.update(production=True)),
    Change("HALT_ATTEST", "a stranger signs", put(signer=STRANGER)),
    Change("HALT_ATTEST", "it ran out", lambda env: env.payload.update(not_after=stamp(NOW - 1))),
    Change("HALT_ATTEST", "it is gone, and somebody well says so", put(word=lambda _: web.Response(status=404))),
    Change("HALT_ATTEST", "another environment answers", put(marks="acme-prod")),
)  # fmt: skip


def rows(changes: tuple[Change, ...]) -> list[object]:
    return [pytest.param(each, id=f"{each.code}: {each.because}") for each in changes]


async def looked(env: Uat, change: Callable[[Uat], object], look: str, times: int = 1) -> list[str]:
    """Return what each of so many looks says after the *change*."""
    admitted = await env.admitted()
    assert admitted.asking is not None
    lookout = Lookout(admitted, (await env.plan()).target, env.ground())
    assert await getattr(lookout, look)(admitted.asking) == "", "nothing has changed yet"
    change(env)
    return [await getattr(lookout, look)(admitted.asking) for _ in range(times)]


@pytest.mark.parametrize("change", rows(NAMES))
async def test_a_change_of_where_names_lead_ends_the_run(change: Change, tmp_path: Path):
    """A deployment can swap test and production while we send."""
    async with uat(tmp_path) as env:
        (why,) = await looked(env, change.change, "names")

    assert why.startswith(f"{change.code}: "), why


@pytest.mark.parametrize("change", rows(WORDS))
async def test_a_change_of_its_word_ends_the_run(change: Change, tmp_path: Path):
    """What it said at the start it has to say as long as we send."""
    async with uat(tmp_path) as env:
        (why,) = await looked(env, change.change, "word")

    assert why.startswith(f"{change.code}: "), why


async def test_a_site_that_is_gone_does_not_hide_what_the_other_says(tmp_path: Path):
    """While a fault lasts somebody is always gone: that must not be the time to become production."""
    async with uat(tmp_path) as env:

        def change(env: Uat) -> None:
            env.payload.update(production=True)
            gone = iter([True, False])
            env.word = lambda text: (
                web.Response(status=503) if next(gone) else web.Response(body=text)
            )

        (why,) = await looked(env, change, "word")

    assert why.startswith("HALT_ATTEST: "), why


async def test_a_site_that_was_gone_from_the_first_look_on_does_not_either(
    tmp_path: Path, monkeypatch
):
    """What its certificate is was seen at the start: nobody's word goes unread for the want of it."""
    real = asking_module.certificate

    async def north_is_gone(origin, address, ca_file):
        return None if origin.host == SITE else await real(origin, address, ca_file)

    async with uat(tmp_path) as env:
        admitted = await env.admitted()
        assert admitted.asking is not None
        lookout = Lookout(admitted, (await env.plan()).target, env.ground())
        env.payload.update(production=True)
        monkeypatch.setattr(asking_module, "certificate", north_is_gone)
        why = await lookout.word(admitted.asking, under_fault=True)

    assert why.startswith("HALT_ATTEST: "), why


async def test_an_address_that_was_declared_is_no_drift(tmp_path: Path):
    """A failover by DNS is something to be rehearsed, not a reason to stop."""
    async with uat(tmp_path) as env:
        env.guard["also"] = ["127.0.0.9"]
        (why,) = await looked(env, names(edge=("127.0.0.9",)), "names")

    assert why == ""


async def test_a_resolver_that_hiccups_is_borne_twice(tmp_path: Path):
    """We go on with the addresses that were looked at; for ever that would be blind."""
    async with uat(tmp_path) as env:
        said = await looked(env, names(edge=()), "names", LOST_AFTER)

    assert said[:-1] == [""] * (LOST_AFTER - 1)
    assert said[-1].startswith("HALT_DNS_LOST: ")


async def test_an_edge_that_fails_is_borne_twice(tmp_path: Path):
    """A 503 says nothing of what the target is; a target that never answers again says too little."""
    async with uat(tmp_path) as env:
        said = await looked(env, put(word=lambda _: web.Response(status=503)), "word", LOST_AFTER)

    assert said[:-1] == [""] * (LOST_AFTER - 1)
    assert said[-1].startswith("HALT_ATTEST_LOST: ")


async def test_an_edge_that_we_have_broken_is_borne_as_long_as_it_is(tmp_path: Path):
    """Otherwise no failover could be rehearsed."""
    async with uat(tmp_path) as env:
        admitted = await env.admitted()
        assert admitted.asking is not None
        lookout = Lookout(admitted, (await env.plan()).target, env.ground())
        env.word = lambda _: web.Response(status=503)
        said = [await lookout.word(admitted.asking, under_fault=True) for _ in range(9)]

    assert said == [""] * 9


async def test_another_certificate_ends_the_run(tmp_path: Path):
    """Whoever answers now is not who was looked at."""
    async with uat(tmp_path) as env:
        env.guard["certificates"] = [f"sha256/{env.key}"]
        admitted = await env.admitted()
        asking = admitted.asking
        assert asking is not None
        lookout = Lookout(admitted, (await env.plan()).target, env.ground())
        (tmp_path / "other").mkdir()
        _, other = certified(tmp_path / "other")
        asking.guard = replace(asking.guard, certificates=(other,))
        said = await lookout.word(asking)

    assert said.startswith("HALT_CERTIFICATE: ")


async def test_a_key_that_is_productions_ends_the_run(tmp_path: Path):
    """An address that nobody reached at the start may show it, once it is back."""
    async with uat(tmp_path) as env:
        (why,) = await looked(
            env, lambda _: forbid(f"certificates: [sha256/{env.key}]\n")(env), "word"
        )

    assert why.startswith("HALT_CERTIFICATE: "), why


async def test_a_tenant_that_changes_ends_the_run(tmp_path: Path, monkeypatch):
    """Sign-ins run out, and the next one may be somebody else's."""
    told = {"id": "t-1", "sandbox": True}

    async def account(*_: object) -> web.Response:
        return web.json_response(told)

    monkeypatch.setattr("scenarios.examples.ticket_desk.server.Server._health", account)
    async with uat(tmp_path) as env:
        tenant(env)
        env.guard["tenant"]["ask"] = "/healthz"
        (why,) = await looked(env, lambda _: told.update(id="t-production"), "word")

    assert why.startswith("HALT_TENANT: ")


SERVER = "scenarios.examples.ticket_desk.server"


def signed_in_by_token(env: Uat) -> None:
    """Have the target be a tenant that is asked for a token, then for its account."""
    tenant(env)
    env.guard["tenant"]["ask"] = "/healthz"
    env.profile["authentication"] = {
        "kind": "oauth2",
        "client_id": "rehearsal",
        "client_secret": {"file": "desk.password"},
        "token_path": "/rest/requesters",
    }


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Return the statuses of a shared service's two pages: change one, and it answers so."""
    statuses = {"token": 200, "account": 200}

    async def token(*_: object) -> web.Response:
        return web.json_response({"access_token": "t"}, status=statuses["token"])

    async def account(_: object, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != "Bearer t":
            return web.json_response({}, status=401)
        return web.json_response({"id": "t-1", "sandbox": True}, status=statuses["account"])

    monkeypatch.setattr(f"{SERVER}._OPEN_TO_ALL", ("/healthz", "/rest/requesters"))
    monkeypatch.setattr(f"{SERVER}.Server._requester", token)
    monkeypatch.setattr(f"{SERVER}.Server._health", account)
    return statuses


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("page", ["token", "account"])
async def test_a_shared_service_that_fails_is_borne_twice(
    service: dict[str, int], page: str, status: int, tmp_path: Path
):
    """Whoever issues no token, or lets us wait, has not said that we are somebody else."""
    async with uat(tmp_path) as env:
        signed_in_by_token(env)
        said = await looked(env, lambda _: service.update({page: status}), "word", LOST_AFTER)

    assert said[:-1] == [""] * (LOST_AFTER - 1)
    assert said[-1].startswith("HALT_ATTEST_LOST: ")


async def test_a_shared_service_that_fails_now_and_then_is_borne_for_ever(
    service: dict[str, int], tmp_path: Path
):
    """In a row: three hiccups in five hours are no reason to end a soak."""
    async with uat(tmp_path) as env:
        signed_in_by_token(env)
        admitted = await env.admitted()
        assert admitted.asking is not None
        lookout = Lookout(admitted, (await env.plan()).target, env.ground())
        said = []
        for status in (503, 200) * LOST_AFTER:
            service["account"] = status
            said.append(await lookout.word(admitted.asking))

    assert said == [""] * 2 * LOST_AFTER


async def test_a_shared_service_that_issues_no_token_is_named_before_the_start(
    service: dict[str, int], tmp_path: Path
):
    """Whoever reads "signed in as None" looks in the wrong place."""
    async with uat(tmp_path) as env:
        signed_in_by_token(env)
        service["token"] = 503
        with pytest.raises(Refused, match="E_TENANT: /rest/requesters answers 503"):
            await env.admitted()


async def test_a_run_that_takes_too_long_is_ended(tmp_path: Path):
    """The provider gave us the environment until then."""
    async with uat(tmp_path) as env:
        env.profile["caps"] = {"run": "30m"}
        admitted = await env.admitted()
        lookout = Lookout(admitted, (await env.plan()).target, env.ground())
        early = lookout.overdue()
        env.now += 1801
        late = lookout.overdue()

    assert early == ""
    assert late.startswith("HALT_RUN_CAP: ")


def test_tickets_of_others_end_the_run():
    """Whoever writes there does not know that we are testing."""
    known = {"1": StoredTicket("1", "theirs/1", 0)}
    ours = {**known, "2": StoredTicket("2", "run-1/peak:tickets:1", 0)}
    theirs = {**ours, "3": StoredTicket("3", "", 0)}

    assert others_tickets(known, known, prefix="run-1/") == ""
    assert others_tickets(known, ours, prefix="run-1/") == ""
    assert others_tickets(known, theirs, prefix="run-1/").startswith("HALT_LIVE_TRAFFIC: ")


@pytest.mark.parametrize(
    ("arrived", "ours", "halts"),
    [
        (None, 0, False),  # counts none: says nothing
        (1000, 1000, False),
        (1040, 1000, False),  # metrics and log are not of the same moment
        (1200, 1000, True),
        (5, 0, False),
        (50, 0, True),
    ],
)
def test_calls_of_others_end_the_run(arrived: float | None, ours: int, halts: bool):
    """More arrive than we place: somebody's customers are among them."""
    why = others_calls(Load(arrived=arrived, ours=ours, prefix="run-1/"))

    assert why.startswith("HALT_LIVE_TRAFFIC: ") == halts


async def test_calls_of_others_are_believed_the_second_time(tmp_path: Path):
    """A page that was read between two counters looks like a stranger, once."""
    async with uat(tmp_path) as env:
        admitted = await env.admitted()
        lookout = Lookout(admitted, (await env.plan()).target, env.ground())
        many = replace(QUIET, arrived=500.0)
        said = [lookout.calls(each) for each in (many, QUIET, many, many)]

    assert [bool(each) for each in said] == [False, False, False, True]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda env: env.names.update({EDGE: ("127.0.0.9",)}), "HALT_DNS_DRIFT"),
        (lambda env: setattr(env, "marks", "acme-prod"), "HALT_ATTEST"),
    ],
)
async def test_the_watch_tells_once_and_ends(
    change: Callable[[Uat], None], code: str, tmp_path: Path
):
    """Looked at by itself, again and again, as long as the run lasts."""
    told: list[str] = []
    async with uat(tmp_path) as env:
        admitted = await env.admitted()
        ground = env.ground()
        lookout = Lookout(admitted, (await env.plan()).target, replace(ground, now=ticking(env)))

        async def halted(why: str) -> None:
            told.append(why)

        change(env)
        await lookout.watch(halted, lambda: QUIET, Silent())  # type: ignore[arg-type]

    assert len(told) == 1
    assert told[0].startswith(code)


def ticking(env: Uat) -> Callable[[], float]:
    """Return a clock that moves on by a second whenever it is looked at."""

    def now() -> float:
        env.now += 1.0
        return env.now

    return now


class Silent:
    """A driver whose adapter lists nothing."""

    adapter = object()


def test_every_halt_has_been_seen():
    """A code that nobody has seen halt is a hope."""
    seen = {each.code for each in (*NAMES, *WORDS)} | {
        "HALT_DNS_LOST", "HALT_ATTEST_LOST", "HALT_CERTIFICATE", "HALT_TENANT", "HALT_RUN_CAP",
        "HALT_LIVE_TRAFFIC",
    }  # fmt: skip
    on_the_wire = {"HALT_ENV_MARKER", "HALT_NOT_SYNTHETIC"} | (POLITE - {"HALT_RUN_CAP"})

    assert seen | on_the_wire == set(HALTS)
