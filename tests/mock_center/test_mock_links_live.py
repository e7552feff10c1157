"""The way between edge and site gets bad and well again, and planned work is begun and ended."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.mock_center.live_centre import (
    FAST_TICKETS,
    LONG_CALLS,
    PATIENT,
    SHORT_CALLS,
    Centre,
    orders,
    running,
)
from tests.mock_center.live_customers import check_tickets, customers, until_acknowledged
from tests.mock_center.test_mock_sites_live import call_at


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def idle(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Centre]:
    """A centre for orders that are refused."""
    async with running(orders(tmp_path_factory.mktemp("idle"))) as centre:
        yield centre


async def order(centre: Centre, kind: str, **asked: Any) -> str:
    """Order a fault of north's link and return its id."""
    body = {"kind": kind, "site": "north", "lease_s": 60, **asked}
    status, fault, _ = await centre.ask(
        "POST", "/faults", body, base=centre.admin, headers=centre.admin_headers
    )
    assert status == 201, fault
    return str(fault["id"])


async def heal(centre: Centre, fault: str) -> None:
    status, _, _ = await centre.ask(
        "DELETE", f"/faults/{fault}", base=centre.admin, headers=centre.admin_headers
    )
    assert status == 200


async def until_checks_take(centre: Centre, enough: Any) -> None:
    """Wait until the edge's check of north takes as long as *enough* says."""
    async with asyncio.timeout(10):
        # Nobody tells us, we look.
        while not enough(  # noqa: ASYNC110
            await centre.sample(centre.edge, 'cc_site_check_seconds{site="north"}')
        ):
            await asyncio.sleep(0.02)


async def test_a_slow_link_costs_nobody_a_call_neither_as_it_comes_nor_as_it_goes(tmp_path: Path):
    """What is under way ends as it began, and the news of calls goes on where it was."""
    mock = {**PATIENT, **SHORT_CALLS, **FAST_TICKETS}
    async with (
        running(orders(tmp_path, agents=60, **mock)) as centre,
        centre.events() as events,
    ):
        async with customers(centre) as (placed, acknowledged, refused):
            for _ in range(3):
                fault = await order(centre, "link_latency", delay=0.04)
                await until_checks_take(centre, lambda took_s: took_s >= 0.08)
                await heal(centre, fault)
                await until_checks_take(centre, lambda took_s: took_s < 0.08)
        for reference in placed:
            await events.until("call.ended", reference)

        ends = [event for event in events.seen if event["type"] == "call.ended"]
        assert refused == []
        assert len(placed) > 10
        assert {event["reason"] for event in ends} == {"agent"}
        assert len(ends) == len(placed)
        await check_tickets(centre, acknowledged)


async def test_a_link_that_is_cut_costs_the_calls_of_its_site_and_it_comes_back(tmp_path: Path):
    """The site is well all the time; it joins again once it can be reached."""
    async with (
        running(orders(tmp_path, **LONG_CALLS, **FAST_TICKETS)) as centre,
        centre.events() as events,
    ):
        await call_at(centre, "north", "cut")
        acknowledged, _, _ = await centre.ticket("before")
        fault = await order(centre, "link_cut")
        ended = await events.until("call.ended", "cut")
        await centre.until(lambda health: health["sites"]["north"] == "down")
        await until_acknowledged(partial(centre.ticket, "meanwhile"))
        await heal(centre, fault)
        await centre.until(lambda health: health["sites"]["north"] == "up", within_s=15)

        assert ended["reason"] == "site-loss"
        assert acknowledged == 201
        await check_tickets(centre, {"before", "meanwhile"})


async def test_a_rolling_restart_that_is_ended_gives_back_the_site_at_hand(tmp_path: Path):
    """Who begins planned work can end it, and nobody is dropped by that either."""
    async with running(orders(tmp_path, **LONG_CALLS)) as centre:
        for site in ("north", "south"):
            await call_at(centre, site, f"long-{site}")
        before = await centre.site_states()

        async def roll(method: str, body: Any = None) -> tuple[int, Any]:
            status, answer, _ = await centre.ask(
                method,
                "/rolling-restart",
                body,
                base=centre.admin,
                headers=centre.admin_headers,
                within_s=20,
            )
            return status, answer

        begun, told = await roll("PUT", {"wait_s": 30})
        again, _ = await roll("PUT", {"wait_s": 30})
        async with asyncio.timeout(10):
            while not any(  # noqa: ASYNC110
                s["draining"] for s in (await centre.site_states()).values()
            ):
                await asyncio.sleep(0.02)
        ended, left = await roll("DELETE")
        after = await centre.site_states()

        assert (begun, again, ended) == (202, 409, 200)
        assert told["under_way"]
        assert (left["under_way"], left["restarted"]) == (False, [])
        assert [s["pid"] for s in after.values()] == [s["pid"] for s in before.values()]
        assert not any(s["draining"] for s in after.values())


@pytest.mark.parametrize("body", [None, {}, {"wait_s": 0}, {"wait_s": 1, "more": 1}])
@pytest.mark.asyncio(loop_scope="module")
async def test_planned_work_that_makes_no_sense_is_not_begun(idle: Centre, body: Any):
    """A wrong order changes nothing."""
    status, _, _ = await idle.ask(
        "PUT", "/rolling-restart", body, base=idle.admin, headers=idle.admin_headers
    )
    states = await idle.site_states()

    assert status in (400, 422)
    assert not any(state["draining"] for state in states.values())
