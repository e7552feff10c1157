"""Customers who keep coming while a test does things to a live centre."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from live_centre import Centre

from mock_center.chance import stream


async def until_site(
    centre: Centre, site: str, what: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    """Wait until the state of *site* satisfies *what*; return it."""
    async with asyncio.timeout(10):
        while not what(state := (await centre.site_states())[site]):  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.05)
    return dict(state)


async def until_acknowledged(
    write: Callable[[], Awaitable[tuple[int, Any, Any]]],
) -> tuple[int, Any, Any]:
    """Repeat *write*, which has its key, until the store takes it; return that answer.

    A lost leader is replaced as soon as the machine has time for it. If the edge's patience ends
    before, it says 503, and the customer has to come again.
    """
    async with asyncio.timeout(20):
        while True:
            answer = await write()
            if answer[0] == 201:
                return answer
            assert answer[0] == 503, answer
            await asyncio.sleep(0.05)  # what Retry-After asks for, in small


@asynccontextmanager
async def customers(centre: Centre, hang_up: float = 0.0):
    """Place a call and a ticket every 50 ms for the block; yield what became of them.

    A share *hang_up* of the callers hangs up at some moment of the first 300 ms.
    """
    rng = stream("customers", "hang-up")
    placed: set[str] = set()
    acknowledged: set[str] = set()
    refused: list[tuple[str, object]] = []

    async def one(n: int) -> None:
        status, answer, _ = await centre.call(f"r{n}")
        if status == 201:
            placed.add(f"r{n}")
        else:
            refused.append((f"r{n}", answer))
        if status == 201 and rng.random() < hang_up:
            await asyncio.sleep(rng.uniform(0.0, 0.3))
            await centre.hang_up(answer["id"])
        status, answer, _ = await centre.ticket(f"t{n}")
        if status == 201:
            acknowledged.add(f"t{n}")
        else:
            refused.append((f"t{n}", answer))

    async def all_day() -> None:
        async with asyncio.TaskGroup() as group:
            for n in range(10_000):
                group.create_task(one(n))
                await asyncio.sleep(0.05)
                if over.is_set():
                    break

    over = asyncio.Event()
    day = asyncio.create_task(all_day())
    try:
        yield placed, acknowledged, refused
    finally:
        over.set()
        await day


async def check_tickets(centre: Centre, acknowledged: set[str], sites=("north", "south")) -> None:
    """Every copy holds every acknowledged ticket once, and all copies are the same."""
    copies = [await centre.references(site) for site in sites]
    for copy in copies:
        assert len(copy) == len(set(copy))
        assert acknowledged <= set(copy)
        assert copy == copies[0]
