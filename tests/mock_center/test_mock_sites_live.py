"""Sites as those who run them see it: shares, loss, drain, restart, staff; real processes."""

import asyncio
import os
import signal
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio
from live_centre import (
    BILLING,
    FAST_TICKETS,
    LONG_CALLS,
    PATIENT,
    SHORT_CALLS,
    SLOW_TICKETS,
    SUPPORT,
    Centre,
    orders,
    running,
)
from live_customers import check_tickets, customers, until_acknowledged, until_site

THREE = ("north", "south", "east")
REQUEUE = {"on_site_loss": "requeue"}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def idle(tmp_path_factory):
    """A centre for questions that change nothing."""
    async with running(orders(tmp_path_factory.mktemp("idle"), **LONG_CALLS)) as centre:
        yield centre


async def send_all(centre: Centre, site: str, line: str = BILLING) -> None:
    """Send every new call of *line* to *site*."""
    path = f"/v1/traffic-distribution/{line}"
    status, answer, _ = await centre.ask("PUT", path, {"sites": {site: 100}})
    assert status == 200, answer


async def call_at(centre: Centre, site: str, reference: str) -> str:
    """Place a call at *site*; return its id."""
    await send_all(centre, site)
    status, call, _ = await centre.call(reference)
    assert (status, call["site"]) == (201, site)
    return str(call["id"])


# -- traffic distribution


async def test_shares_change_while_calls_come_in_and_may_send_them_where_nobody_works(
    tmp_path: Path,
):
    """Moving the calls and forgetting the agents is the classic mistake of a migration."""
    first_line = orders(tmp_path, split={"north": "100%"}, **SHORT_CALLS)
    first_line["staffing"]["south"]["billing"] = 0
    async with running(first_line) as centre, centre.events() as events:
        before = [(await centre.call(f"a{n}"))[1]["site"] for n in range(4)]
        await send_all(centre, "south")
        after = [(await centre.call(f"b{n}"))[1]["site"] for n in range(4)]
        _, listed, _ = await centre.ask("GET", "/v1/traffic-distribution")
        share = await centre.sample(
            centre.edge, f'cc_traffic_share{{line="{BILLING}",site="south"}}'
        )
        for n in range(4):
            await events.until("call.ended", f"a{n}")
        _, queues, _ = await centre.ask("GET", "/v1/queues")

        assert before == ["north"] * 4
        assert after == ["south"] * 4
        assert {each["line"]: each["sites"] for each in listed["lines"]} == {
            BILLING: {"north": 0, "south": 100},
            SUPPORT: {"north": 100, "south": 0},
        }
        assert share == 1
        assert queues["queues"][0]["waiting"] == 4, "north has idle agents, and cannot take them"


@pytest.mark.parametrize(
    ("line", "body", "status", "slug"),
    [
        ("+44", {"sites": {"north": 100}}, 404, "not-found"),
        (BILLING, {"sites": {"north": 90}}, 422, "invalid-distribution"),
        (BILLING, {"sites": {"north": 55, "south": 45}}, 422, "invalid-distribution"),
        (BILLING, {"sites": {"north": 50, "mars": 50}}, 422, "invalid-distribution"),
        (BILLING, {"sites": {"north": 200, "south": -100}}, 422, "invalid-distribution"),
        (BILLING, {"sites": {"north": "100"}}, 422, "invalid-body"),
        (BILLING, {"sites": {"north": 10**30}}, 422, "invalid-distribution"),
        (BILLING, {"site": {"north": 100}}, 422, "invalid-body"),
        (BILLING, [], 422, "invalid-body"),
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_shares_that_cannot_be_get_their_problem(idle: Centre, line, body, status, slug):
    """A wrong share is refused as a whole, or callers would be sent into the void."""
    path = f"/v1/traffic-distribution/{line}"
    code, problem, _ = await idle.ask("PUT", path, body)
    _, listed, _ = await idle.ask("GET", "/v1/traffic-distribution")

    assert (code, problem["type"]) == (status, slug)
    assert {str(each["sites"]) for each in listed["lines"]} == {"{'north': 50, 'south': 50}"}


# -- site loss with anchored calls


async def test_calls_of_a_lost_site_go_to_the_front_elsewhere_with_the_wait_they_have(
    tmp_path: Path,
):
    """The edge has the caller on the line: neither the call nor its wait may be lost."""
    async with (
        running(orders(tmp_path, agents=1, **REQUEUE, **LONG_CALLS)) as centre,
        centre.events() as events,
    ):
        talk = await call_at(centre, "north", "talk")
        await call_at(centre, "north", "wait")
        busy = await call_at(centre, "south", "busy")
        await call_at(centre, "south", "young")
        first = {name: await events.until("call.queued", name) for name in ("talk", "wait")}
        await events.until("call.answered", "busy")
        fault = await centre.inject("site_down", "north")
        moved = {name: await events.until("call.requeued", name) for name in ("talk", "wait")}
        for leaves, next_one in ((busy, "talk"), (talk, "wait")):
            before = len(events.seen)
            await centre.hang_up(leaves)
            await events.until("call.answered", next_one, since=before)
        await centre.heal(fault)
        requeued = await centre.sample(centre.edge, 'cc_calls_requeued_total{site="north"}')
        lost = await centre.sample(centre.edge, 'cc_calls_lost_total{site="north"}')

        assert moved["wait"]["queued_at"] == first["wait"]["queued_at"]
        assert moved["talk"]["queued_at"] > first["wait"]["queued_at"], "to talk is not to wait"
        for name in ("talk", "wait"):
            assert (moved[name]["from"], moved[name]["site"]) == ("north", "south")
        answered = [e["reference"] for e in events.seen if e["type"] == "call.answered"]
        assert answered == ["talk", "busy", "talk", "wait"], "young has waited less"
        assert (requeued, lost) == (2, 0)
        assert not [e for e in events.seen if e.get("reason") == "site-loss"]


async def test_calls_that_no_other_site_can_take_are_dropped(tmp_path: Path):
    """A promise to keep every call would be a lie: there may be no channel left."""
    async with (
        running(orders(tmp_path, channels="2", **REQUEUE, **LONG_CALLS)) as centre,
        centre.events() as events,
    ):
        for site in ("north", "south"):
            for n in range(2 if site == "north" else 1):
                await call_at(centre, site, f"{site}{n}")
        await centre.inject("site_down", "north")
        kept = await events.until("call.requeued")
        lost = await events.until("call.ended")

        assert (lost["reason"], lost["site"]) == ("site-loss", "north")
        assert {kept["reference"], lost["reference"]} == {"north0", "north1"}


# -- drain, restart, staff


async def test_a_drained_site_finishes_its_calls_gets_no_new_ones_and_hands_over_the_lead(
    tmp_path: Path,
):
    """Planned work must not be felt by anybody: neither a caller nor a ticket writer.

    North's agent comes only when the drain is answered: until then its calls cannot be over.
    """
    first_line = orders(tmp_path, agents=1, **PATIENT, **SHORT_CALLS, **SLOW_TICKETS)
    first_line["staffing"]["north"]["billing"] = 0
    async with running(first_line) as centre, centre.events() as events:
        for n in range(3):
            await call_at(centre, "north", f"old{n}")
        tickets = [asyncio.create_task(centre.ticket(f"t{n}")) for n in range(30)]
        status, standing = await centre.work("/sites/north/drain")
        await centre.work("/sites/north/staff", {"skill": "billing", "heads": 1})
        written = [(await ticket)[0] for ticket in tickets]
        new = [(await centre.call(f"new{n}"))[1]["site"] for n in range(3)]
        for n in range(3):
            await events.until("call.ended", f"old{n}", within_s=10)
        await until_site(centre, "north", lambda state: state["drained"])
        health = await centre.health()
        _, back = await centre.work("/sites/north/undrain")
        again = (await centre.call("again"))[1]["site"]

        assert (status, standing["draining"], standing["drained"]) == (200, True, False)
        assert written == [201] * 30
        assert new == ["south"] * 3
        assert {
            e["reason"]
            for e in events.seen
            if e["type"] == "call.ended" and e["reference"].startswith("old")
        } == {"agent"}
        assert health["ticket_primary"] == "south"
        assert health["sites"]["north"] == "up", "it still serves, and holds a copy"
        assert (back["draining"], again) == (False, "north")
        await check_tickets(centre, {f"t{n}" for n in range(30)})


@pytest.mark.nightly
async def test_a_drain_loses_nothing_even_if_replication_lags(tmp_path: Path):
    """What was acknowledged and not shipped dies with a site that is killed, not with a planned end."""
    lag = {"replication": "asynchronous", "replication_lag": "600s"}
    async with running(orders(tmp_path, **lag, **SLOW_TICKETS)) as centre:
        for n in range(5):
            await centre.ticket(f"t{n}")
        before = await centre.references("south")
        status, _ = await centre.work("/sites/north/restart", {"wait_s": 5})

        assert (before, status) == ([], 200)
        assert (await centre.health())["ticket_primary"] == "south"
        await check_tickets(centre, {f"t{n}" for n in range(5)})


async def test_a_rolling_restart_is_felt_by_nobody(tmp_path: Path):
    """The provider patches its systems in office hours; that must not cost a call or a ticket."""
    mock = {**PATIENT, **SHORT_CALLS, **FAST_TICKETS}
    async with (
        running(orders(tmp_path, agents=60, sites=THREE, **mock)) as centre,
        centre.events() as events,
    ):
        async with customers(centre) as (placed, acknowledged, refused):
            status, answer = await centre.work("/rolling-restart", {"wait_s": 20}, 60)
        states = await centre.site_states()
        for reference in placed:
            await events.until("call.ended", reference)

        ends = [event for event in events.seen if event["type"] == "call.ended"]
        assert status == 200, answer
        assert sorted(answer["restarted"]) == sorted(THREE)
        assert answer["restarted"][-1] == "north", "the leader last: the lead moves once"
        assert [states[site]["incarnation"] for site in THREE] == [2, 2, 2]
        assert refused == []
        assert len(placed) > 30
        assert {event["reason"] for event in ends} == {"agent"}
        assert len(ends) == len(placed)
        await check_tickets(centre, acknowledged, THREE)


async def test_a_restart_that_cannot_drain_in_time_gives_up_and_changes_nothing(tmp_path: Path):
    """Planned work has no right to drop a call: better no restart."""
    async with running(orders(tmp_path, **LONG_CALLS)) as centre:
        await call_at(centre, "north", "long")
        before = (await centre.site_states())["north"]
        status, problem = await centre.work("/sites/north/restart", {"wait_s": 0.3})
        after = (await centre.site_states())["north"]
        rolled, why = await centre.work("/rolling-restart", {"wait_s": 0.3}, 60)

        assert (status, problem["type"]) == (409, "not-drained")
        assert "1 calls left" in problem["detail"]
        assert (after["pid"], after["draining"], after["calls"]) == (before["pid"], False, 1)
        assert (rolled, why["type"]) == (409, "not-drained")


async def test_staff_comes_and_goes_while_it_runs_and_is_still_there_after_a_restart(
    tmp_path: Path,
):
    """Scale-up is what a client asks for in a peak; who leaves finishes the call at hand."""

    async def agents(centre: Centre, site: str) -> int:
        _, page, _ = await centre.ask("GET", "/metrics", base=centre.sites[site])
        wanted = f'queue="billing",site="{site}"'
        lines = [x for x in page.splitlines() if x.startswith("cc_agents{") and wanted in x]
        return sum(int(float(line.rpartition(" ")[2])) for line in lines if "offline" not in line)

    async with (
        running(orders(tmp_path, agents=1, **LONG_CALLS)) as centre,
        centre.events() as events,
    ):
        await call_at(centre, "north", "first")
        second = await call_at(centre, "north", "second")
        _, before, _ = await centre.ask("GET", "/v1/queues")
        status, answer = await centre.work("/sites/north/staff", {"skill": "billing", "heads": 2})
        await events.until("call.answered", "second")
        more = await agents(centre, "north")
        await centre.work("/sites/north/staff", {"skill": "billing", "heads": -2})
        await centre.hang_up(second)
        await events.until("call.ended", "second")
        tickets, _ = await centre.work("/sites/north/staff", {"skill": "tickets", "heads": 4})
        await centre.work("/sites/south/staff", {"skill": "billing", "heads": 3})
        await centre.work("/sites/south/restart", {"wait_s": 5})
        restarted = await agents(centre, "south")
        staff = (await centre.site_states())["south"]["staff"]

        assert (status, answer) == (200, {"site": "north", "skill": "billing", "heads": 2})
        assert [each["waiting"] for each in before["queues"] if each["queue"] == "billing"] == [1]
        assert more == 3
        assert not [
            e for e in events.seen if e["type"] == "call.ended" and e["reference"] == "first"
        ]
        assert tickets == 200
        assert (restarted, staff) == (4, {"billing": 3})


async def test_a_site_that_crashes_is_started_again(tmp_path: Path):
    """Without a fault nobody would ever heal it, and the rest of the rehearsal would be for nothing."""
    restarts = 'cc_site_restarts_total{site="north"}'
    async with running(orders(tmp_path, **SLOW_TICKETS)) as centre:
        await centre.ticket("t1")
        pid = (await centre.site_states())["north"]["pid"]
        os.kill(pid, signal.SIGKILL)
        # An "up" from before is that of the process that is gone.
        await centre.until_sample(restarts, lambda count: count > 0, within_s=10)
        await centre.until(lambda health: health["sites"]["north"] == "up", within_s=10)
        state = (await centre.site_states())["north"]

        assert (state["state"], state["crashes"], state["incarnation"]) == ("up", 1, 2)
        assert await centre.sample(centre.edge, restarts) == 1
        await check_tickets(centre, {"t1"})


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/sites/mars/drain", None, 404),
        ("/sites/mars/undrain", None, 404),
        ("/sites/mars/restart", {"wait_s": 1}, 404),
        ("/sites/mars/staff", {"skill": "billing", "heads": 1}, 404),
        ("/sites/north/restart", None, 400),
        ("/sites/north/restart", {}, 422),
        ("/sites/north/restart", {"wait_s": 0}, 422),
        ("/sites/north/restart", {"wait_s": True}, 422),
        ("/sites/north/restart", {"wait_s": "5"}, 422),
        ("/sites/north/restart", {"wait_s": 1e9}, 422),
        ("/rolling-restart", {"wait": 1}, 422),
        ("/sites/north/staff", {"skill": "cooking", "heads": 1}, 422),
        ("/sites/north/staff", {"skill": [], "heads": 1}, 422),
        ("/sites/north/staff", {"skill": "billing", "heads": 0}, 422),
        ("/sites/north/staff", {"skill": "billing", "heads": 1.5}, 422),
        ("/sites/north/staff", {"skill": "billing", "heads": True}, 422),
        ("/sites/north/staff", {"skill": "billing", "heads": 5000}, 422),
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_planned_work_that_cannot_be_gets_its_problem(idle: Centre, path, body, status):
    """Nothing is broken by a wrong order, and its sender learns what would be right."""
    code, problem = await idle.work(path, body)

    assert code == problem["status"] == status
    assert all(not state["draining"] for state in (await idle.site_states()).values())


@pytest.mark.asyncio(loop_scope="module")
async def test_planned_work_keeps_off_a_site_under_a_fault_and_off_strangers(idle: Centre):
    """A fault and a restart at once would prove neither; and only the harness has the token."""
    fault = await idle.inject("site_down", "south")
    restart = await idle.work("/sites/south/restart", {"wait_s": 1})
    staff = await idle.work("/sites/south/staff", {"skill": "billing", "heads": 1})
    await idle.heal(fault)
    await idle.until(lambda health: health["sites"]["south"] == "up")
    stranger, _, _ = await idle.ask("POST", "/sites/north/drain", base=idle.admin, headers={})
    public, _, _ = await idle.ask("POST", "/internal/sites/north/drain")

    assert (restart[0], restart[1]["type"]) == (409, "site-faulted")
    assert (staff[0], staff[1]["type"]) == (409, "site-faulted")
    assert (stranger, public) == (401, 404)


# -- any number of sites, with traffic running


@pytest.mark.parametrize(
    ("kind", "site"),
    [
        ("site_down", "north"),
        pytest.param("site_down", "south", marks=pytest.mark.nightly),
        pytest.param("site_hang", "north", marks=pytest.mark.nightly),
        pytest.param("drain", "north", marks=pytest.mark.nightly),  # by day: the rolling restart
    ],
)
async def test_no_acknowledged_ticket_and_no_call_is_lost_while_customers_keep_coming(
    tmp_path: Path, kind: str, site: str
):
    """The promise under load, for each thing that can happen to the primary or its copy."""
    mock = {**REQUEUE, **SHORT_CALLS, **FAST_TICKETS}
    async with (
        running(orders(tmp_path, agents=60, **mock)) as centre,
        centre.events() as events,
    ):
        async with customers(centre) as (placed, acknowledged, refused):
            await asyncio.sleep(0.5)  # traffic before, during and after
            if kind == "drain":
                await centre.work(f"/sites/{site}/drain")
                await until_site(centre, site, lambda state: state["drained"])
                await centre.work(f"/sites/{site}/undrain")
            else:
                fault = await centre.inject(kind, site)
                await centre.until(lambda health: health["sites"][site] == "down")
                await asyncio.sleep(0.5)
                await centre.heal(fault)
                await centre.until(lambda health: health["sites"][site] == "up")
        for reference in placed:
            await events.until("call.ended", reference)

        ends = [event for event in events.seen if event["type"] == "call.ended"]
        assert len(ends) == len(placed)
        assert {event["reason"] for event in ends} == {"agent"}
        assert refused == [] or kind != "drain"
        assert len(acknowledged) > 10
        await check_tickets(centre, acknowledged)


async def test_three_sites_survive_the_loss_of_two_in_turn_and_come_back(tmp_path: Path):
    """Two failures in one night do happen; whoever is left has everything, and so have all in the end."""
    async with running(orders(tmp_path, sites=THREE, **SLOW_TICKETS)) as centre:
        acknowledged: set[str] = set()

        async def write(n: int, *, leaderless: bool = False) -> None:
            once = partial(centre.ticket, f"t{n}")
            status, answer, _ = await (until_acknowledged(once) if leaderless else once())
            assert status == 201, answer
            acknowledged.add(f"t{n}")

        await write(1)
        north = await centre.inject("site_down", "north")
        await write(2, leaderless=True)
        await centre.until(lambda health: health["ticket_primary"] == "south")
        await write(3)
        await until_site(centre, "east", lambda state: state["complete"])
        south = await centre.inject("site_down", "south")
        await write(4, leaderless=True)
        await centre.until(lambda health: health["ticket_primary"] == "east")
        alone = await centre.references()
        call = (await centre.call("c"))[1]["site"]
        for site, fault in (("north", north), ("south", south)):
            await centre.heal(fault)
            await centre.until(lambda health, site=site: health["sites"][site] == "up")
            await write(5 if site == "north" else 6)
        await until_site(centre, "north", lambda state: state["complete"])
        moved, _ = await centre.work("/sites/east/drain")
        await write(7)
        health = await centre.health()

        assert sorted(alone) == ["t1", "t2", "t3", "t4"]
        assert call == "east"
        assert (moved, health["ticket_primary"]) == (200, "north"), "failback, planned"
        await check_tickets(centre, acknowledged, THREE)


async def test_a_new_leader_tells_the_latest_replies_again_marked_as_such(tmp_path: Path):
    """The old one may have died with a reply written and not told: then nobody would ever hear."""
    async with (
        running(orders(tmp_path, **FAST_TICKETS)) as centre,
        centre.events() as events,
    ):
        await centre.ticket("t1")
        told = await events.until("ticket.replied", "t1")
        await events.until("ticket.solved", "t1")
        await centre.inject("site_down", "north")
        again = await events.until("ticket.replied", "t1", since=len(events.seen))

        assert "repeated" not in told
        assert again == {**told, "seq": again["seq"], "site": "south", "repeated": True}


async def test_a_centre_of_one_site_works_fails_and_comes_back_by_itself(tmp_path: Path):
    """The smallest provider there is: no failover, but what it acknowledged it still has."""
    first_line = orders(tmp_path, sites=("north",), **REQUEUE, **LONG_CALLS, **SLOW_TICKETS)
    async with running(first_line) as centre, centre.events() as events:
        placed = (await centre.call("r1"))[0]
        written = (await centre.ticket("t1"))[0]
        fault = await centre.inject("site_down", "north")
        ended = await events.until("call.ended", "r1")
        _, problem, _ = await centre.call("r2")
        nothing = (await centre.ticket("t2"))[0]
        await centre.heal(fault)
        await centre.until(lambda health: health["ticket_primary"] == "north")
        restarted = await centre.work("/sites/north/restart", {"wait_s": 5})
        after = (await centre.ticket("t3"))[0]

        assert (placed, written, ended["reason"]) == (201, 201, "site-loss")
        assert (problem["type"], nothing) == ("no-site", 503)
        assert restarted[0] == 200
        assert after == 201
        assert await centre.references() == ["t1", "t3"]


@pytest.mark.parametrize(
    ("provisioned", "result"),
    [("yes", "at_work"), pytest.param("no", "no_access", marks=pytest.mark.nightly)],
)
async def test_the_backup_pool_comes_when_called_if_it_was_ever_given_access(
    tmp_path, provisioned, result
):
    """Agents without access are the classic surprise of the first spike: it has to be seen before."""
    backup = {"heads": {"billing": "3"}, "delay": "1s", "provisioned": provisioned}
    async with (
        running(orders(tmp_path, agents=0, backup=backup)) as centre,
        centre.events() as told,
    ):
        await centre.call("r1")
        await told.until("call.queued", "r1")
        for site in ("north", "south"):
            status, answer, _ = await centre.ask(
                "POST",
                f"/sites/{site}/backup",
                {"called": True},
                base=centre.admin,
                headers=centre.admin_headers,
            )
            assert (status, answer) == (200, {"site": site, "called": True})
        if provisioned == "yes":
            await told.until("call.answered", "r1")

        counted = f'cc_backup_calls_total{{result="{result}"'
        assert await centre.sample(centre.sites["north"], counted) == 1


@pytest.mark.asyncio(loop_scope="module")
async def test_a_centre_without_a_backup_pool_says_so(idle: Centre):
    """Silence would be taken for help on its way."""
    status, problem = await idle.work("/sites/north/backup", {"called": True})

    assert (status, problem["type"]) == (409, "no-backup")
