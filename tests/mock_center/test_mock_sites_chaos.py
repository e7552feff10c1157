"""Faults, crashes and planned work at three sites at random, under calls and tickets."""

import asyncio
import os
import signal
from pathlib import Path
from random import Random

import pytest
from live_centre import BILLING, FAST_TICKETS, SHORT_CALLS, Centre, orders, running
from live_customers import check_tickets, customers, until_site

from mock_center.chance import stream

THREE = ("north", "south", "east")
MOCK = {"on_site_loss": "requeue", **SHORT_CALLS, **FAST_TICKETS}


async def break_one(centre: Centre, rng: Random) -> None:
    """Hold a fault on a site for a moment, or kill its process without one."""
    site, what = rng.choice(THREE), rng.choice(["site_down", "site_hang", "crash"])
    if what == "crash":
        pid = (await centre.site_states())[site]["pid"]
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
        await asyncio.sleep(1.0)
    else:
        fault = await centre.inject(what, site)
        await asyncio.sleep(rng.uniform(0.1, 2.0))
        await centre.heal(fault)
    await centre.until(lambda health: health["sites"][site] == "up", within_s=20)


async def work_on_one(centre: Centre, rng: Random) -> None:
    """Drain a site, restart it, change its staff or its share; a refusal is no harm."""
    site = rng.choice(THREE)
    match rng.choice(["drain", "restart", "staff", "share"]):
        case "drain":
            await centre.work(f"/sites/{site}/drain")
            await asyncio.sleep(rng.uniform(0.0, 1.5))
            await centre.work(f"/sites/{site}/undrain")
        case "restart":
            await centre.work(f"/sites/{site}/restart", {"wait_s": 5}, 60)
        case "staff":
            order = {"skill": "billing", "heads": rng.choice([-20, 20])}
            await centre.work(f"/sites/{site}/staff", order)
        case "share":
            north = 10 * rng.randrange(11)
            shares = {"north": north, "east": 100 - north}
            await centre.ask("PUT", f"/v1/traffic-distribution/{BILLING}", {"sites": shares})


async def again_and_again(do, centre: Centre, rng: Random) -> None:
    for _ in range(12):
        await do(centre, rng)


def check_life(kinds: list[str]) -> None:
    """A call ends once, after everything else, and each answer but the first is after a move."""
    assert kinds.count("call.ended") == 1, kinds
    assert kinds[-1] == "call.ended", kinds
    talking = False
    for kind in kinds:
        assert not (talking and kind == "call.answered"), kinds
        if kind in ("call.answered", "call.requeued"):
            talking = kind == "call.answered"


@pytest.mark.nightly
@pytest.mark.timeout(400)
@pytest.mark.parametrize("seed", ["1", "2", "3"])
async def test_through_any_work_and_any_faults_at_three_sites_nobody_is_forgotten(
    tmp_path: Path, seed: str
):
    """What each leaves behind in sockets, streams and books meets the next, in any order.

    At most one site is broken at a time, while another may be worked on: so nothing that was
    acknowledged may be lost.
    """
    faults, work = stream(seed, "faults"), stream(seed, "work")
    async with (
        running(orders(tmp_path, agents=60, sites=THREE, **MOCK)) as centre,
        centre.events() as events,
    ):
        async with (
            customers(centre, hang_up=0.3) as (placed, acknowledged, _),
            asyncio.TaskGroup() as group,
        ):
            group.create_task(again_and_again(break_one, centre, faults))
            group.create_task(again_and_again(work_on_one, centre, work))
        for site in THREE:
            await centre.work(f"/sites/{site}/undrain")
            await centre.until(lambda health, site=site: health["sites"][site] == "up", 20)
            await until_site(centre, site, lambda state: state["complete"])
        for reference in placed:
            await events.until("call.ended", reference, within_s=30)

        lives: dict[str, list[str]] = {reference: [] for reference in placed}
        for event in events.seen:
            if event.get("reference") in lives:
                lives[event["reference"]].append(event["type"])
        assert len(placed) > 100
        assert len(acknowledged) > 50
        for kinds in lives.values():
            check_life(kinds)
        await check_tickets(centre, acknowledged, THREE)
