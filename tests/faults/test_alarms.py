"""Our own alarms: seen in a real Prometheus, and what is concluded when the room is silent."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from harness.faults.alarms import AlarmWatch, Before
from harness.model.alarm import AlarmRun, OperationsRoom
from tests.kpi.judges import needs, served_prometheus

EXPECTED = AlarmRun("loss/site_down/north/1.0", "loss", "site_down north", "SiteDown", 60.0)
QUIET = Before(firing=False, silences=frozenset({"of-before"}))
RULES = """
groups:
  - name: rehearsal
    rules:
      - alert: SiteDown
        expr: cc_site_up == 0
        labels: {severity: page}
"""


@asynccontextmanager
async def serving(routes: dict[str, Callable[[web.Request], Awaitable[web.Response]]]):
    """Serve *routes* on loopback for the block; yields the address."""
    app = web.Application()
    app.add_routes([web.get(path, handler) for path, handler in routes.items()])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


class Room:
    """A stand-in for Prometheus and Alertmanager: what fires, what is silenced, what was asked."""

    def __init__(self, *, fires: bool = False, silenced: bool = False, status: int = 200) -> None:
        self.fires, self.silenced, self.status = fires, silenced, status
        self.asked: list[str] = []

    async def query(self, request: web.Request) -> web.Response:
        self.asked.append(request.query["query"])
        result = [{"metric": {}, "value": [0, "1"]}] if self.fires else []
        body = {"status": "success", "data": {"resultType": "vector", "result": result}}
        return web.json_response(body, status=self.status)

    async def alerts(self, request: web.Request) -> web.Response:
        self.asked.append(request.query["filter"])
        silenced = ["of-before"] + (["a-silence"] if self.silenced else [])
        return web.json_response([{"status": {"state": "active", "silencedBy": silenced}}])

    async def silences(self, _: web.Request) -> web.Response:
        return web.json_response([{"id": "of-before"}], status=self.status)


@asynccontextmanager
async def watch(room: Room) -> AsyncIterator[AlarmWatch]:
    routes = {
        "/api/v1/query": room.query,
        "/api/v2/alerts": room.alerts,
        "/api/v2/silences": room.silences,
    }
    async with serving(routes) as url, AlarmWatch(OperationsRoom(url, url)) as found:
        yield found


async def until(what: Callable[[], Any]) -> None:
    """Wait until *what* holds."""
    async with asyncio.timeout(20):
        while not what():  # noqa: ASYNC110  nobody tells us, we look
            await asyncio.sleep(0.02)


async def test_an_alarm_is_timed_from_the_injection_and_so_is_who_takes_it():
    """First it fires, then somebody silences it."""
    room, told = Room(), []
    async with (
        watch(room) as alarms,
        alarms.watched(EXPECTED, before=QUIET, tell=told.append),
    ):
        await until(lambda: room.asked)
        room.fires = True
        await until(lambda: told[-1].fired_wall_s is not None)
        room.silenced = True
        await until(lambda: told[-1].acknowledged_wall_s is not None)

    assert told[-1].missed is False
    assert 0 < told[-1].fired_wall_s < told[-1].acknowledged_wall_s
    assert room.asked[0] == 'ALERTS{alertname="SiteDown",alertstate="firing"}'
    assert room.asked[-1] == 'alertname="SiteDown"'


async def test_a_silence_of_before_the_fault_acknowledges_nothing():
    """Whoever set it has seen nothing of this fault."""
    room = Room(fires=True)
    async with watch(room) as alarms:
        before = await alarms.before("SiteDown")
        assert before.silences is not None
        taken = await alarms.acknowledged("SiteDown", but=before.silences)
        room.silenced = True
        taken_since = await alarms.acknowledged("SiteDown", but=before.silences)

    assert (taken, taken_since) == (False, True)


async def test_an_alarm_that_never_fires_is_missed():
    """Silence while customers suffer."""
    room, told = Room(), []
    async with (
        watch(room) as alarms,
        alarms.watched(EXPECTED, before=QUIET, tell=told.append),
    ):
        await until(lambda: len(room.asked) >= 2)

    assert told[-1].missed is True


@pytest.mark.parametrize(
    ("before", "doubt"), [(True, "firing before anything"), (None, "did not answer before")]
)
async def test_what_was_so_before_the_fault_shows_nothing(before: bool | None, doubt: str):
    """A lamp that is always on is no alarm; nor is one in a dark room."""
    room, told = Room(fires=True), []
    async with (
        watch(room) as alarms,
        alarms.watched(EXPECTED, before=Before(before), tell=told.append),
    ):
        await until(lambda: told and told[-1].fired_wall_s is not None)

    assert doubt in told[-1].doubt
    assert told[-1].missed is None


@pytest.mark.parametrize("status", [500, 401])
async def test_a_room_that_does_not_answer_is_not_taken_for_a_quiet_one(status: int):
    """Neither fired nor missed: unknown."""
    async with watch(Room(status=status)) as alarms:
        assert await alarms.firing("SiteDown") is None


async def test_nobody_there_is_no_answer():
    """A refused connection raises nothing."""
    async with AlarmWatch(OperationsRoom("http://127.0.0.1:1")) as alarms:
        assert await alarms.firing("SiteDown") is None
        assert await alarms.acknowledged("SiteDown") is None


async def test_a_name_with_a_quote_asks_for_itself_alone():
    """No name reaches out of its matcher."""
    room = Room()
    async with watch(room) as alarms:
        await alarms.firing('a"} or vector(1) #')

    assert room.asked == ['ALERTS{alertname="a\\"} or vector(1) #",alertstate="firing"}']


async def test_a_real_rule_in_a_real_prometheus_fires_and_is_seen(tmp_path: Path):
    """Scraped from a page, by a rule, as in the operations room."""
    needs("prometheus")
    up = 1

    async def page(_: web.Request) -> web.Response:
        text = f"# TYPE cc_site_up gauge\ncc_site_up {up}\n"
        return web.Response(text=text, content_type="text/plain", charset="utf-8")

    (tmp_path / "rules.yml").write_text(RULES)
    async with serving({"/metrics": page}) as target:
        config = (
            "global: {scrape_interval: 200ms, evaluation_interval: 200ms}\n"
            f"rule_files: [{tmp_path}/rules.yml]\n"
            "scrape_configs:\n  - job_name: edge\n    static_configs:\n"
            f"      - targets: ['{target.removeprefix('http://')}']\n"
        )
        opened = served_prometheus(config, tmp_path)
        judge = await asyncio.to_thread(opened.__enter__)
        try:
            told: list[AlarmRun] = []
            async with AlarmWatch(OperationsRoom(judge.url)) as alarms:
                async with asyncio.timeout(60):
                    before = None
                    while before is not False:
                        before = await alarms.firing("SiteDown")
                        await asyncio.sleep(0.1)
                async with alarms.watched(EXPECTED, before=Before(before), tell=told.append):
                    up = 0
                    await until(lambda: told and told[-1].fired_wall_s is not None)
        finally:
            await asyncio.to_thread(opened.__exit__, None, None, None)

    assert told[-1].missed is False
