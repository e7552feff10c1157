"""The edge's house rules on a real centre: token life, rate limit, TLS, the page, frozen metrics."""

import asyncio
import json
import re
import ssl
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from live_centre import BILLING, CLIENT, LONG_CALLS, Centre, orders, running, said, send, spawn
from live_centre import end as end_process


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def plain(tmp_path_factory):
    """A centre without any of the house rules."""
    async with running(orders(tmp_path_factory.mktemp("plain"))) as centre:
        yield centre


async def test_a_token_lives_as_long_as_it_says_and_then_asks_for_another(tmp_path: Path):
    """Expiry in the middle of a run is what every client forgets; so it must be easy to have."""
    async with running(orders(tmp_path, api={"token_life": "1s"})) as centre:
        form = {"grant_type": "client_credentials", "client_id": CLIENT["id"]}
        form["client_secret"] = CLIENT["secret"]
        async with centre.session.post(f"{centre.edge}/v1/oauth/token", data=form) as response:
            issued = await response.json()
        async with asyncio.timeout(5):
            while True:
                code, problem, headers = await centre.ask("GET", "/v1/lines")
                if code != 200:
                    break
                await asyncio.sleep(0.05)
        await centre.authorise()
        renewed, _, _ = await centre.ask("GET", "/v1/lines")

        assert issued["expires_in"] == 1
        assert (code, problem["type"]) == (401, "token-expired")
        assert headers["WWW-Authenticate"] == "Bearer"
        assert renewed == 200


async def test_over_the_limit_is_429_with_the_time_to_come_back_and_changes_nothing(
    tmp_path: Path,
):
    """A generator must be able to tell the provider's limit from the provider's failure."""
    limits = {"rate_limit": "6", "burst": "4"}
    async with running(orders(tmp_path, api=limits, **LONG_CALLS)) as centre:
        answers = [await centre.call(f"r{n}") for n in range(6)]
        missing, _, of_problem = await centre.ask("GET", "/v1/nothing")
        await centre.authorise()
        health, _, of_health = await centre.ask("GET", "/healthz")
        _, state, _ = await centre.ask("GET", "/state.json")
        name = 'cc_api_requests_total{code="429",route="/v1/calls"}'
        counted = await centre.sample(centre.edge, name)

        told = [headers.get("RateLimit-Remaining") for _, _, headers in answers]
        refused = answers[4][2]
        assert [status for status, _, _ in answers] == [201] * 4 + [429] * 2
        assert told == ["3", "2", "1", "0", "0", "0"]
        assert answers[4][1]["type"] == "rate-limited"
        assert 1 <= int(refused["Retry-After"]) <= 10
        assert refused["RateLimit-Limit"] == "4"
        assert 30 <= int(refused["RateLimit-Reset"]) <= 40
        assert missing == 429
        assert "RateLimit-Limit" in of_problem
        assert health == 200, "only what is under /v1 is limited"
        assert "RateLimit-Limit" not in of_health
        assert counted == 2
        assert state["queues"][0]["in_talk"] == 4


async def test_a_stream_costs_one_request_and_says_what_is_left(tmp_path: Path):
    """A stream that is open for an hour is no flood."""
    limits = {"rate_limit": "1", "burst": "3"}
    async with (
        running(orders(tmp_path, api=limits)) as centre,
        centre.events() as events,
    ):
        left = events._response.headers["RateLimit-Remaining"]
        for _ in range(2):
            await events.until("alive")
            events.seen.clear()
        _, _, headers = await centre.ask("GET", "/v1/lines")

        assert left == "2"
        assert headers["RateLimit-Remaining"] == "1"


@pytest.mark.asyncio(loop_scope="module")
async def test_without_a_limit_no_answer_speaks_of_one(plain: Centre):
    """A feature that is off changes nothing."""
    _, _, headers = await plain.ask("GET", "/v1/lines")

    assert not [name for name in headers if name.lower().startswith("ratelimit")]


async def test_with_tls_the_edge_is_https_for_those_who_trust_its_authority(tmp_path: Path):
    """Clients' handling of certificates is rehearsed with a real one, and verification on."""
    process = await spawn(cwd="/")
    try:
        await send(process, orders(tmp_path, api={"tls": "yes"}))
        ready = await said(process)
        trust = ssl.create_default_context(cafile=ready["ca"])
        connector = aiohttp.TCPConnector(ssl=trust)
        async with aiohttp.ClientSession(connector=connector) as session:
            centre = Centre(process, ready, session)
            await centre.authorise()
            status, _, _ = await centre.call("r1")
            by_name, _, _ = await centre.ask(
                "GET", "/healthz", base=ready["edge"].replace("127.0.0.1", "localhost")
            )
            site, _, _ = await centre.ask("GET", "/healthz", base=ready["sites"]["north"])
        refused = None
        async with aiohttp.ClientSession() as stranger:
            try:
                await stranger.get(ready["edge"] + "/healthz")
            except aiohttp.ClientConnectorCertificateError as error:
                refused = error
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", int(ready["edge"].rpartition(":")[2])
        )
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        plain = await reader.read()
        writer.close()

        assert ready["edge"].startswith("https://127.0.0.1:")
        assert (status, by_name, site) == (201, 200, 200)
        assert refused is not None
        assert not plain.startswith(b"HTTP")
        assert "Traceback" not in (tmp_path / "edge.log").read_text()
    finally:
        await end_process(process)


@pytest.mark.asyncio(loop_scope="module")
async def test_without_tls_the_ready_line_names_no_authority(plain: Centre):
    """What is off leaves no trace, in the folder neither."""
    assert "ca" not in plain.ready
    assert plain.edge.startswith("http://")
    assert (plain.folder / "edge.log").exists()
    assert not (plain.folder / "ca.pem").exists()


async def test_frozen_metrics_stay_as_they_were_while_the_centre_goes_on(tmp_path: Path):
    """The negative control of every verdict that is read from the provider's own figures."""
    frozen = {"freezes_metrics_after": "1s"}
    async with running(orders(tmp_path, defects=frozen, **LONG_CALLS)) as centre:
        async with asyncio.timeout(5):
            while "metrics_frozen" not in (tmp_path / "edge.log").read_text():  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        bases = (centre.edge, *centre.sites.values())
        before = [await centre.ask("GET", "/metrics", base=base) for base in bases]
        status, _, _ = await centre.call("r1")
        after = [await centre.ask("GET", "/metrics", base=base) for base in bases]

        name = f'cc_call_attempts_total{{line="{BILLING}",result="accepted"}} 0.0'
        assert status == 201
        assert [page for _, page, _ in before] == [page for _, page, _ in after]
        assert name in after[0][1]


async def test_the_page_shows_what_runs_where_and_with_what_and_its_json_says_the_same(
    tmp_path: Path,
):
    """Whoever finds the address in a log must see at once what it is, and that it is no production."""
    made = orders(
        tmp_path,
        defects={"hangs_up": "5%"},
        api={"rate_limit": "6000"},
        ivr={"contained": "40%"},
        **LONG_CALLS,
    )
    made["client"] = {"id": "<b>'harness", "secret": "top & secret"}
    process = await spawn(cwd="/")
    try:
        await send(process, made)
        ready = await said(process)
        async with aiohttp.ClientSession() as session:
            centre = Centre(process, ready, session)
            status, page, headers = await centre.ask("GET", "/")
            _, evil, _ = await centre.ask("GET", "/", headers={"Host": '"><script>x</script>'})
            _, state, _ = await centre.ask("GET", "/state.json")
        policy = headers["Content-Security-Policy"]

        assert status == 200
        assert "This is a test environment" in page
        for shown in (
            *(ready["sites"].values()),
            state["environment_id"],
            BILLING,
            "Hangs up",
            "Voice menu",
            "Rate limit",
            "/openapi.json",
            "/v1/oauth/token",
        ):
            assert shown in page, shown
        assert "<b>'harness" not in page
        assert "secret" not in page.replace("client_secret", "").replace("the secret from", "")
        assert "<script>x" not in evil
        assert not re.findall(r'(?:src|href)="(?!/|data:,)', page), "no outside resource"
        assert "default-src 'none'" in policy
        nonce = re.search(r"script-src 'nonce-([^']+)'", policy).group(1)
        assert page.count(f'nonce="{nonce}"') == 2
        assert state["production"] is False
        assert state["sites"][0]["skills"][0]["heads"] == 5
        assert {site["state"] for site in state["sites"]} == {"up"}
        assert [feature["name"] for feature in state["defects"]] == ["Hangs up"]
        assert json.dumps(state)
    finally:
        await end_process(process)


@pytest.mark.asyncio(loop_scope="module")
async def test_the_state_tells_of_a_site_that_is_down(plain: Centre):
    """The page is looked at when something is wrong: it must work then."""
    fault = await plain.inject("site_down", "north")
    await plain.until(lambda health: health["ticket_primary"] == "south")
    async with asyncio.timeout(5):
        while True:  # it may be half a second old
            status, state, _ = await plain.ask("GET", "/state.json")
            north = next(site for site in state["sites"] if site["site"] == "north")
            if north["state"] == "down":
                break
            await asyncio.sleep(0.02)
    page_status, page, _ = await plain.ask("GET", "/")
    await plain.heal(fault)

    assert (status, page_status) == (200, 200)
    assert state["ticket_primary"] == "south"
    assert north["skills"][0]["waiting"] is None
    assert 'data-value="down"' in page
