"""One site of the mock as a process of its own: how fast, how late, how large."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any, NamedTuple

import aiohttp
import psutil

from bench.ratio import ROUNDS, Ratio
from mock_center.clock import wall_now
from mock_center.server import HOST, port_of, reserve_port
from mock_center.site.app import ADMISSION_HEADER
from mock_center.site.peers import TOKEN_HEADER

ROOT = Path(__file__).parent.parent
RATE_PER_S = 500
SECONDS = 4.0
HELD = 50_000
_TOKEN = "bench"  # of a process that lives for seconds, on loopback
_HEADERS = {TOKEN_HEADER: _TOKEN, ADMISSION_HEADER: "1", "Content-Type": "application/json"}
# A call every 2 ms is in talk for half a wall second, so its whole life falls into the measurement.
_DOCUMENT = {
    "speed": 60,
    "seed": "2026",
    "lines": {"billing": ["+441632960101"]},
    "client": {"id": "harness", "secret": "synthetic"},
    "staffing": {"north": {"billing": 450, "tickets": 1}},
    "mock": {
        "channels": 100_000,
        "talk": {"mean": "30s", "variation": "1"},
        "wrap_up": {"mean": "3s", "variation": "1"},
    },
}
_BARE = """
import json, sys
from aiohttp import web

async def answer(request):
    told = json.loads(await request.read())
    return web.Response(
        status=201, body=json.dumps({"id": told["id"]}).encode(), content_type="application/json"
    )

app = web.Application()
app.add_routes([web.post("/internal/calls", answer)])
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None,
            reuse_port=True)
"""
# A fifth in talk, the others waiting: what each costs a site, its part of the event ring included.
_HELD = """
import asyncio, json, sys
import psutil
from mock_center.clock import CentreClock
from mock_center.conditions import Conditions
from mock_center.config import parse_centre
from mock_center.events import Feed
from mock_center.site.calls import CallFloor
from mock_center.site.metrics import SiteMetrics

def resident():
    return psutil.Process().memory_info().rss

async def main():
    held, document = int(sys.argv[1]), json.loads(sys.argv[2])
    centre = parse_centre(document)
    metrics, feed = SiteMetrics(centre, "north"), Feed(100_000)
    floor = CallFloor(centre, "north", CentreClock(1.0), metrics, feed, Conditions())
    before = resident()
    for number in range(held):
        name = f"c-{number:032x}"
        floor.place(name, "billing", f"bench/calls/{number}")
    state = floor.queues()["billing"]
    assert state["waiting"] + state["in_talk"] == held, state
    print(json.dumps((resident() - before) / held))
    floor.close()

asyncio.run(main())
"""


def measure() -> Iterator[Ratio]:
    """Measure a live site under 500 calls/s, and what 50,000 calls in it weigh."""
    live = asyncio.run(_live())
    late_s, trip_s = (quantiles(each, n=100)[98] for each in (live.lateness, live.bare_trips))
    yield Ratio(
        "CPU of a site per call, all its events told",
        "a bare aiohttp JSON handler, per request",
        live.cost / live.bare,
        3,
        f"{live.cost * 1e6:.0f} µs against {live.bare * 1e6:.0f}",
    )
    yield Ratio(
        f"p99 from an event's stamp to its reader, {RATE_PER_S} calls/s",
        "50 ms",
        late_s / 0.05,
        1,
        f"{late_s * 1000:.1f} ms, median {median(live.lateness) * 1000:.1f};"
        f" a request to the bare handler {trip_s * 1000:.1f} (p99)",
    )
    weight = _weight()
    yield Ratio(
        "memory of a call in progress in a site", "2 kB", weight / 2000, 1, f"{weight:.0f} bytes"
    )


class _Live(NamedTuple):
    """CPU seconds per call of a site and a bare handler; how late each event came; round trips."""

    cost: float
    bare: float
    lateness: list[float]
    bare_trips: list[float]


async def _live() -> _Live:
    """Let a site and a bare handler take the same calls in turns."""
    costs: tuple[list[float], list[float]] = ([], [])
    trips: tuple[list[float], list[float]] = ([], [])
    with tempfile.TemporaryDirectory() as folder:
        async with (
            aiohttp.ClientSession(headers=_HEADERS) as session,
            _bare(session) as bare,
            _site(session, Path(folder)) as (site, url, lateness),
        ):
            for turn in range(ROUNDS):
                for side, (process, base) in enumerate(((site, url), bare)):
                    before = _cpu_s(process)
                    took = await _call(session, base, f"{turn}")
                    costs[side].append((_cpu_s(process) - before) / len(took))
                    trips[side].extend(took)
    return _Live(median(costs[0]), median(costs[1]), lateness, trips[1])


async def _call(session: aiohttp.ClientSession, base: str, name: str) -> list[float]:
    """Place calls at a steady rate, each on time; return the seconds that each request took."""
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    number = 0
    took: list[float] = []

    async def place(call: str) -> None:
        body = json.dumps({"id": call, "queue": "billing", "reference": call}).encode()
        sent_s = loop.time()
        async with session.post(f"{base}/internal/calls", data=body) as response:
            assert response.status == 201, await response.text()
        took.append(loop.time() - sent_s)

    async with asyncio.TaskGroup() as group:
        while loop.time() < began_s + SECONDS:
            due = int((loop.time() - began_s) * RATE_PER_S)
            while number < due:
                group.create_task(place(f"c-{name}-{number}"))
                number += 1
            await asyncio.sleep(0.002)
    await asyncio.sleep(1.0)  # those in talk end
    return took


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


@asynccontextmanager
async def _site(
    session: aiohttp.ClientSession, folder: Path
) -> AsyncIterator[tuple[psutil.Process, str, list[float]]]:
    """Start a site as its supervisor does, be its edge, and read its events."""
    holder = reserve_port()
    port = port_of(holder)
    url = f"http://{HOST}:{port}"
    orders = {
        "name": "north",
        "incarnation": 1,
        "port": port,
        "token": _TOKEN,
        "sites": {"north": url},
        "folder": str(folder),
        "document": _DOCUMENT,
        "began_at": wall_now(),
        "staff": {},
        "conditions": [],
    }
    lateness: list[float] = []
    child = subprocess.Popen(  # noqa: ASYNC220 - nothing else runs yet
        [sys.executable, "-m", "mock_center.site"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        child.stdin.write(json.dumps(orders).encode() + b"\n")
        child.stdin.flush()
        said = await asyncio.to_thread(child.stdout.readline)
        assert said, "the site broke at its start: do its orders lack something?"
        join = {"admission": 1, "epoch": 1, "leader": "north"}
        async with session.post(f"{url}/internal/join", data=json.dumps(join)) as response:
            assert response.status == 200, await response.text()
        async with asyncio.TaskGroup() as group:
            jobs = [
                group.create_task(_probe(session, url)),
                group.create_task(_read(session, url, lateness)),
            ]
            yield psutil.Process(child.pid), url, lateness
            for job in jobs:
                job.cancel()
    finally:
        child.stdin.close()
        child.wait(10)
        holder.close()


async def _probe(session: aiohttp.ClientSession, url: str) -> None:
    while True:
        async with session.get(f"{url}/internal/probe") as response:
            await response.read()
        await asyncio.sleep(0.1)


async def _read(session: aiohttp.ClientSession, url: str, lateness: list[float]) -> None:
    """Note how late each event comes: from the stamp of what happened to here."""
    timeout = aiohttp.ClientTimeout(total=None)
    async with session.get(f"{url}/internal/events?since=0", timeout=timeout) as response:
        async for line in response.content:
            now = wall_now()
            event: dict[str, Any] = json.loads(line)
            stamp = event.get("ended_at") or event.get("answered_at") or event.get("queued_at")
            if stamp is not None:
                lateness.append(now - stamp)


@asynccontextmanager
async def _bare(session: aiohttp.ClientSession) -> AsyncIterator[tuple[psutil.Process, str]]:
    holder = reserve_port()
    port = port_of(holder)
    url = f"http://{HOST}:{port}"
    child = subprocess.Popen(  # noqa: ASYNC220 - nothing else runs yet
        [sys.executable, "-c", _BARE, str(port)]
    )
    try:
        until_s = time.monotonic() + 10
        while True:
            try:
                async with session.post(f"{url}/internal/calls", data=b'{"id":1}') as response:
                    await response.read()
                    break
            except aiohttp.ClientConnectionError:
                if time.monotonic() > until_s:
                    raise
                await asyncio.sleep(0.05)
        yield psutil.Process(child.pid), url
    finally:
        child.terminate()
        child.wait(10)
        holder.close()


def _weight() -> float:
    document = {**_DOCUMENT, "speed": 1}
    document["staffing"] = {"north": {"billing": HELD // 5, "tickets": 1}}
    document["mock"] = {
        "channels": HELD,
        "talk": {"mean": "100000s", "variation": "0"},
    }
    arguments = [sys.executable, "-c", _HELD, str(HELD), json.dumps(document)]
    done = subprocess.run(arguments, check=True, capture_output=True, text=True, cwd=ROOT)
    size: float = json.loads(done.stdout)
    return size
