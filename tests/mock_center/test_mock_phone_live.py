"""The phone side of a running centre: menu, keys, callbacks, transfers, quality, outside agents."""

import asyncio

import pytest
import pytest_asyncio
from live_centre import BILLING, LONG_CALLS, SHORT_CALLS, SUPPORT, Centre, orders, running

NO_TALK = {"talk": {"mean": "1s", "variation": "0"}, "wrap_up": {"mean": "1s", "variation": "0"}}


def one_site(folder, *, billing: int = 2, support: int = 2, **mock) -> dict:
    """Return the first line of a centre with one site, so that it is known who answers."""
    line = orders(folder, **mock)
    line["staffing"] = {"north": {"billing": billing, "support": support, "tickets": 1}}
    return line


async def post(centre: Centre, path: str, body=None, *, key: str = "k1"):
    return await centre.ask(
        "POST", path, body or {}, headers={**centre.headers, "Idempotency-Key": key}
    )


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def mixed(tmp_path_factory):
    """A centre that transfers its callers, tells how they sounded, and has misrouted a line."""
    features = {
        "transfer": {"share": "100%", "mean": "2s", "variation": "0", "to": {"billing": "support"}},
        "media": {"codec": "g729", "delay": "150ms", "loss": "1%", "jitter": "0ms", "varies": "0%"},
        "defects": {"misroutes": {SUPPORT: "billing"}},
    }
    async with running(one_site(tmp_path_factory.mktemp("mixed"), **features, **NO_TALK)) as centre:
        yield centre


def callback(reference: str, call: str | None = None) -> dict:
    return {
        "line": BILLING,
        "number": "+447700900002",
        "customer": "c",
        "reason": "bill",
        "reference": reference,
        "consumer": "w1",
        "call": call,
    }


async def test_a_caller_passes_the_menu_and_zero_leads_straight_to_the_queue(tmp_path):
    """A menu that cannot be left holds callers who need a person; its time is no waiting time."""
    menu = {"mean": "10000s", "variation": "0", "contained": "0%"}
    async with (
        running(one_site(tmp_path, ivr=menu, **SHORT_CALLS)) as centre,
        centre.events() as told,
    ):
        status, placed, _ = await centre.call("r1")

        assert (status, placed["state"]) == (201, "menu")
        await told.until("call.menu", "r1")
        status, answer, _ = await centre.ask(
            "POST", f"/v1/calls/{placed['id']}/dtmf", {"digits": "0"}
        )
        assert status == 200, answer
        answered = await told.until("call.answered", "r1")
        assert answered["answered_at"] - answered["queued_at"] < 0.5
        assert (await told.until("call.ended", "r1"))["reason"] == "agent"


async def test_callers_served_by_the_menu_are_contained_and_never_queue(tmp_path):
    """Containment is what the menu is bought for; counted as abandoned it would look like failure."""
    menu = {"mean": "2s", "variation": "0", "contained": "100%"}
    async with running(one_site(tmp_path, ivr=menu)) as centre, centre.events() as told:
        await centre.call("r1")

        assert (await told.until("call.ended", "r1"))["reason"] == "contained"
        assert not [event for event in told.seen if event["type"] == "call.queued"]
        assert await centre.sample(centre.sites["north"], 'cc_ivr_total{result="contained"') == 1


async def test_a_callback_takes_the_callers_place_and_is_kept(tmp_path):
    """A promise that goes to the end of the queue, or is forgotten, is worse than no promise."""
    rules = {"reached": "100%", "ring": "1s", "within": "30m"}
    line = one_site(tmp_path, billing=1, callbacks=rules, **LONG_CALLS)
    async with running(line) as centre, centre.events() as told:
        _, first, _ = await centre.call("first")
        await told.until("call.answered", "first")
        _, second, _ = await centre.call("second")
        await told.until("call.queued", "second")
        await centre.call("third")
        status, promised, _ = await post(centre, "/v1/callbacks", callback("cb", second["id"]))
        assert (status, promised["state"]) == (201, "promised")
        assert (await told.until("call.ended", "second"))["reason"] == "callback"

        await centre.hang_up(first["id"])
        kept = await told.until("callback.answered", "cb")

        assert kept["kept"] is True
        assert not [
            e for e in told.seen if e["type"] == "call.answered" and e["reference"] == "third"
        ]
        unknown, problem, _ = await post(centre, "/v1/callbacks", callback("x", "c-99"), key="k2")
        assert (unknown, problem["type"]) == (404, "not-found"), "a caller whom nobody knows"
        again, same, headers = await post(centre, "/v1/callbacks", callback("cb", second["id"]))
        assert (again, same["id"], headers["Idempotent-Replayed"]) == (201, promised["id"], "true")


@pytest.mark.asyncio(loop_scope="module")
async def test_a_callback_that_nobody_offers_is_refused(mixed):
    """Silence would be taken for a promise."""
    found, problem, _ = await post(mixed, "/v1/callbacks", callback("cb"))

    assert (found, problem["type"]) == (409, "wrong-state")


async def test_a_promise_outlives_the_site_that_gave_it(tmp_path):
    """The customer was told a time; that the site burned down is the provider's affair."""
    rules = {"reached": "100%", "ring": "1s"}
    line = orders(tmp_path, callbacks=rules, split={"north": "100%", "south": "0%"}, **SHORT_CALLS)
    line["staffing"]["north"]["billing"] = 0
    async with running(line) as centre, centre.events() as told:
        _, promised, _ = await post(centre, "/v1/callbacks", callback("cb"))
        assert promised["site"] == "north"
        await centre.inject("site_down", "north")

        assert (await told.until("callback.answered", "cb", within_s=8))["site"] == "south"


@pytest.mark.asyncio(loop_scope="module")
async def test_a_transferred_caller_is_the_same_call_in_another_queue(mixed):
    """Counted as a new call, a transfer would double the volume and hide the second wait."""
    north, counted = mixed.sites["north"], 'cc_transfers_total{queue="billing"'
    async with mixed.events("transfer") as told:
        before = await mixed.sample(north, counted)
        _, placed, _ = await mixed.call("moves", consumer="transfer")
        moved = await told.until("call.transferred", "moves")
        ended = await told.until("call.ended", "moves")

        assert (moved["from"], moved["queue"], moved["id"]) == ("billing", "support", placed["id"])
        assert (ended["reason"], ended["leg"], ended["queue"]) == ("agent", 2, "support")
        assert await mixed.sample(north, counted) == before + 1


@pytest.mark.asyncio(loop_scope="module")
async def test_the_end_of_a_call_tells_how_it_sounded(mixed):
    """Quality is judged per call; a provider that reports none cannot be held to any."""
    async with mixed.events("sound") as told:
        before = await mixed.sample(mixed.sites["north"], "cc_mos_count")
        await mixed.call("sounds", consumer="sound")
        heard = (await told.until("call.ended", "sounds"))["media"]

        assert heard["mos"] == 3.80
        assert await mixed.sample(mixed.sites["north"], "cc_mos_count") == before + 1


async def test_callers_outside_opening_hours_are_told_so(tmp_path):
    """Left to wait for nobody they would count as abandoned, and the line as dead."""
    line = one_site(tmp_path, starts_at="2026-03-01T09:00")  # a Sunday
    line["opening_hours"] = {"billing": "Mon-Fri 08:00-18:00"}
    async with running(line) as centre, centre.events() as told:
        status, placed, _ = await centre.call("r1")
        assert (status, placed["state"]) == (201, "ended")
        assert (await told.until("call.ended", "r1"))["reason"] == "closed"
        await centre.call("r2", line=SUPPORT)
        await told.until("call.answered", "r2")


@pytest.mark.asyncio(loop_scope="module")
async def test_a_mis_routed_line_leads_to_the_wrong_queue(mixed):
    """The defect that the test of the lines exists to find."""
    async with mixed.events("astray") as told:
        _, placed, _ = await mixed.call("astray", line=SUPPORT, consumer="astray")
        await told.until("call.ended", "astray")

    assert placed["queue"] == "billing"


async def test_an_agent_from_outside_staffs_a_queue_where_nobody_else_answers(tmp_path):
    """A provider's empty test environment can be rehearsed on, with agents of one's own."""
    async with running(one_site(tmp_path, billing=0)) as centre, centre.events() as told:
        _, placed, _ = await centre.call("r1")
        await told.until("call.queued", "r1")
        login = {"name": "virtual 1", "site": "north", "skill": "billing"}
        status, agent, _ = await post(centre, "/v1/agents", login)
        assert status == 201
        path = f"/v1/agents/{agent['id']}"
        status, rings, _ = await centre.ask("GET", f"{path}/offer?wait_s=5")
        assert (status, rings["state"], rings["call"]["reference"]) == (200, "reserved", "r1")
        call = {"call": placed["id"]}
        assert (await centre.ask("POST", f"{path}/accept", call))[1]["state"] == "busy"
        await told.until("call.answered", "r1")
        assert (await centre.ask("POST", f"{path}/accept", call))[0] == 409
        assert (await centre.ask("POST", f"{path}/finish", call))[1]["state"] == "wrap_up"
        assert (await told.until("call.ended", "r1"))["reason"] == "agent"
        ready = await centre.ask("PUT", f"{path}/state", {"state": "available"})
        assert ready[1]["state"] == "available"
        assert (await centre.ask("GET", f"{path}/offer"))[0] == 204
        assert (await centre.ask("PUT", f"{path}/state", {"state": "offline"}))[1][
            "state"
        ] == "offline"
        assert (await centre.ask("GET", path))[0] == 404


async def test_agents_from_outside_are_lost_with_their_site(tmp_path):
    """After a failover agents have to log in again: the storm of log-ins is part of the rehearsal."""
    async with running(orders(tmp_path, **LONG_CALLS)) as centre:
        login = {"name": "virtual 1", "site": "south", "skill": "billing"}
        _, agent, _ = await post(centre, "/v1/agents", login)
        waits = asyncio.create_task(centre.ask("GET", f"/v1/agents/{agent['id']}/offer?wait_s=7"))
        await asyncio.sleep(0)
        await centre.inject("site_down", "south")

        status, _, _ = await waits
        assert status in (404, 503)
        await centre.until(lambda health: health["sites"]["south"] == "down")
        assert (await centre.ask("GET", f"/v1/agents/{agent['id']}"))[0] == 404
