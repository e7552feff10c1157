"""What does not prove a fault: one slow answer, an edge that says nothing, work that was given up."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from harness.faults.kinds import KINDS, for_a_run
from harness.faults.kinds.backup_called import BackupCalled
from harness.faults.kinds.misrouted_line import MisroutedLine
from harness.faults.kinds.rolling_restart import RollingRestart
from harness.faults.probe import Answer, Dialled, Probe, Seen
from harness.faults.signs import Figure, Page, Site, seen
from harness.model.fault import Value
from harness.model.sample import Series
from harness.model.scenario import FaultPlan
from harness.model.target import Endpoints, Metrics
from harness.scrape.exposition import Exposition
from tests.faults.stand_ins import serving


@dataclass
class Scripted:
    """A probe to which things look as the test says.

    ``answers`` of a site come one after the other, the last one again and again.
    """

    answers: Sequence[Answer] = (Answer.HEALTHY,)
    up: bool | None = True
    metrics: Mapping[str, float] = field(default_factory=dict)
    queue: str = ""
    busy: Sequence[bool] = ()
    pages: Sequence[int | None] = ()
    figures: Sequence[Mapping[str, float] | None] = ()
    asked: int = 0
    sites: tuple[str, ...] = ("north", "south")

    async def ask_site(self, _: str) -> Answer:
        self.asked += 1
        return self.answers[min(self.asked, len(self.answers)) - 1]

    async def edge_calls_it_up(self, _: str) -> bool | None:
        return self.up

    async def metric(self, _: str, name: str, **__: str) -> float | None:
        return self.metrics.get(name)

    async def call(self, _: str, **__: Any) -> Dialled:
        self.asked += 1
        if self.asked <= len(self.busy) and self.busy[self.asked - 1]:
            return Dialled(503, "", "trunks-busy")
        return Dialled(201, self.queue, "")

    async def fetch(self, _: str) -> Seen:
        self.asked += 1
        return Seen(self.pages[self.asked - 1], 0.01)

    async def told(self, _: str) -> Mapping[Series, float] | None:
        self.asked += 1
        page = self.figures[self.asked - 1]
        return None if page is None else {Series(name): value for name, value in page.items()}


def plan(kind: str, site: str = "", **asked: Value) -> FaultPlan:
    return FaultPlan(kind, site, 0.0, 60.0, None, asked, KINDS[kind].place({"site": site, **asked}))


@pytest.mark.parametrize("kind", ["link_cut", "link_half_open"])
async def test_an_edge_that_does_not_answer_has_not_lost_a_site(kind: str):
    """Under load it may take longer than we wait; that is no cut link."""
    link = plan(kind, "north")

    assert await KINDS[kind].proof(link, Scripted(up=None)) is None  # type: ignore[arg-type]
    assert await KINDS[kind].proof(link, Scripted(up=False)) is not None  # type: ignore[arg-type]


@pytest.mark.parametrize(("busy", "proven"), [((True, True, False), False), ((True,) * 3, True)])
async def test_a_call_that_hears_busy_may_have_met_full_trunks(
    busy: tuple[bool, ...], proven: bool
):
    """Under load one of a hundred does; a number that is blocked is busy each time."""
    blocked = plan("blocked_destination", line="+441632960101")
    found = await KINDS["blocked_destination"].proof(blocked, Scripted(busy=busy))  # type: ignore[arg-type]

    assert (found is not None) == proven


@pytest.mark.parametrize(("pages", "shown"), [((503, 503, 200), False), ((503,) * 3, True)])
async def test_one_page_that_fails_under_load_is_no_sign(pages: tuple[int, ...], shown: bool):
    """An order that broke nothing would be proven by it, and its GO be for nothing."""
    sign = Page("http://127.0.0.1:1/healthz", 503)

    assert (await seen(sign, Scripted(pages=pages)) is not None) == shown  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "shown"),
    [((0, 0, 2), None), ((0, None), None), ((0, 0, 0.5), "trunks of edge is 0.5")],
)
async def test_a_metric_that_crosses_its_bound_once_is_no_sign(
    values: tuple[float | None, ...], shown: str | None, monkeypatch: pytest.MonkeyPatch
):
    """Of two hundred looks one would nearly always meet a gauge that swings by itself."""
    monkeypatch.setattr(Figure, "apart_wall_s", 0.0)
    sign = Figure("trunks", "edge", below=1, above=-math.inf)
    figures = [None if value is None else {"trunks": value} for value in values]

    assert await seen(sign, Scripted(figures=figures)) == shown  # type: ignore[arg-type]


PAGE = {"get": "http://127.0.0.1:1/v1/queues", "status": "503"}
FIGURE = {"metric": "trunks", "source": "edge", "below": "1"}


@pytest.mark.parametrize(
    ("proof", "probe", "gone"),
    [
        (PAGE, Scripted(pages=(200,)), True),
        (PAGE, Scripted(pages=(503,)), False),
        (PAGE, Scripted(pages=(None, 503)), False),
        (FIGURE, Scripted(figures=({"trunks": 2},)), True),
        (FIGURE, Scripted(figures=({},)), True),
        (FIGURE, Scripted(figures=({"trunks": 0},)), False),
        (FIGURE, Scripted(figures=(None, {"trunks": 0})), False),
        ({"site": "north", "is": "unwell"}, Scripted(), True),
        ({"site": "north", "is": "unwell"}, Scripted((Answer.UNWELL, Answer.HEALTHY)), False),
    ],
)
async def test_no_answer_does_not_show_that_a_sign_is_gone(
    proof: dict[str, str], probe: Scripted, *, gone: bool
):
    """The sites may be well all the while: what is broken would be told as healed."""
    told = await KINDS["http"].heal_proof(
        plan("http", where="north", proof=json.dumps(proof)),
        probe,  # type: ignore[arg-type]
    )

    assert told == ("every site answers its health check" if gone else None)


async def test_whether_the_edge_has_lost_a_site_is_not_known_while_it_says_nothing():
    """A page without the site, an error or no page at all is no word against the site."""
    pages: list[object] = [{"sites": {"north": "down"}}, {"sites": {"north": "up"}}, {}, [], None]
    shown = iter(pages)

    async def health(_: web.Request) -> web.Response:
        page = next(shown)
        return web.Response(status=500) if page is None else web.json_response(page)

    app = web.Application()
    app.router.add_get("/healthz", health)
    async with (
        serving(app) as url,
        Probe(Endpoints(edge=url, sites={"north": url}), lambda _: {}) as probe,
    ):
        said = [await probe.edge_calls_it_up("north") for _ in pages]

    assert said == [False, True, None, None, None]


async def test_a_metric_is_read_on_the_page_that_the_profile_names():
    """There need be none beside the API: nothing would ever be proven, nor healed."""

    async def page(request: web.Request) -> web.Response:
        known = request.headers.get("X-Key") == "of a reader"
        return web.Response(text="trunks 0\n", status=200 if known else 403)

    app = web.Application()
    app.router.add_get("/internal/metrics", page)
    async with serving(app) as url:
        endpoints = Endpoints(
            edge=url,
            sites={"north": url},
            metrics=Metrics(sources={"north": f"{url}/internal/metrics"}),
            metrics_headers={"X-Key": "of a reader"},
        )
        async with Probe(endpoints, Exposition().parse) as probe:
            told = await Figure("trunks", "north", below=1, above=-math.inf).look(probe)

    assert told == "trunks of north is 0"


async def test_one_slow_health_check_is_no_silent_site():
    """With one slow answer in a hundred, a hundred looks would nearly always see one."""
    sign = Site("north", Answer.SILENT)
    once = Scripted(answers=(Answer.SILENT, Answer.HEALTHY))
    always = Scripted(answers=(Answer.SILENT,))

    assert await seen(sign, once) is None  # type: ignore[arg-type]
    assert await seen(sign, always) == "north is silent"  # type: ignore[arg-type]


async def test_a_line_that_reaches_its_own_queue_is_not_misrouted():
    """Whatever the fault was asked for, callers notice nothing."""
    kind, wrong = MisroutedLine(), plan("misrouted_line", line="+441632960101", queue="billing")
    await kind.heal_proof(wrong, Scripted(queue="billing"))  # type: ignore[arg-type]

    assert await kind.proof(wrong, Scripted(queue="billing")) is None  # type: ignore[arg-type]


async def test_a_drained_site_is_no_restart():
    """Maintenance may give up on a site whose calls do not end: then no process was replaced."""
    kind, work = RollingRestart(), plan("rolling_restart", wait=60.0)

    def look(restarts: float, draining: float) -> Any:
        return Scripted(metrics={"cc_site_restarts_total": restarts, "cc_site_draining": draining})

    await kind.heal_proof(work, look(2, 0))
    drained = await kind.proof(work, look(2, 1))
    restarted = await kind.proof(work, look(3, 0))

    assert drained is None
    assert restarted == "1 of 2 sites restarted so far"


def pool(calls: float, called: float) -> Any:
    """Return a look at a backup pool that was called so many times, and is *called* now or not."""
    return Scripted(metrics={"cc_backup_calls_total": calls, "cc_backup_called": called})


async def test_a_backup_pool_that_did_not_go_home_is_not_healed():
    """The site that is there and counts is no proof: the next phase would have the pool as well."""
    kind, call = BackupCalled(), plan("backup_called", "north")

    before = await kind.heal_proof(call, pool(2, 0))
    proof = await kind.proof(call, pool(3, 1))
    still = await kind.heal_proof(call, pool(3, 1))
    home = await kind.heal_proof(call, pool(3, 0))

    assert before is not None
    assert proof is not None
    assert still is None
    assert home == "the backup pool of north was called 3 times, and is at home"


async def test_a_site_that_calls_its_pool_again_by_itself_is_healed():
    """It is what the pool is there for, and none of our doing."""
    kind, call = BackupCalled(), plan("backup_called", "north")

    await kind.heal_proof(call, pool(2, 0))
    await kind.proof(call, pool(3, 1))

    assert await kind.heal_proof(call, pool(4, 1)) is not None


async def test_what_a_kind_remembers_ends_with_the_run():
    """Scenarios of one folder may have one number in different queues."""
    wrong = plan("misrouted_line", line="+441632960101", queue="sales")
    first, second = for_a_run()["misrouted_line"], for_a_run()["misrouted_line"]

    assert await first.heal_proof(wrong, Scripted(queue="billing"))  # type: ignore[arg-type]
    assert await second.heal_proof(wrong, Scripted(queue="support"))  # type: ignore[arg-type]
