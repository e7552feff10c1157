"""The page that Prometheus scrapes, held to Prometheus' own reader and checker."""

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as plain

import harness.exporter.figures as module
from harness.errors import UsageError
from harness.exporter.figures import Figures
from harness.exporter.outlets import Outlets
from harness.exporter.server import Server
from harness.generator import Address
from harness.record.run_record import RunRecord
from harness.scrape.exposition import Exposition
from harness.watching import Watcher
from tests.exporter.watched import kept_record, watched
from tests.kpi.judges import needs


@pytest.fixture
def record(tmp_path: Path) -> Iterator[RunRecord]:
    """Return the record of a run that has begun."""
    with kept_record(tmp_path / "run") as record:
        yield record


async def page(figures: Figures, path: str = "/metrics", accept: str = "") -> str:
    """Return what *path* answers."""
    server = TestServer(Server(figures).app(), host="127.0.0.1")
    async with server, aiohttp.ClientSession(headers={"Accept": accept}) as session:
        answer = await session.get(server.make_url(path))
        assert answer.status == 200
        return await answer.text()


async def test_the_page_says_what_the_picture_says(record: RunRecord):
    """Value for value, read back by our own parser."""
    figures = watched(record)
    text = await page(figures)

    assert figures.latest is not None
    assert Exposition().parse(text) == figures.latest.values


async def test_prometheus_client_reads_the_page_in_both_formats(record: RunRecord):
    """Two readers that are none of ours, one of them strict about what a counter is called."""
    figures = watched(record)
    old = list(plain(await page(figures)))
    new = list(openmetrics(await page(figures, accept="application/openmetrics-text")))

    assert len(old) == len(new) > 20
    assert all(family.documentation for family in old)


async def test_promtool_finds_nothing_to_complain_of(record: RunRecord):
    """Names, units and help texts as Prometheus wants them."""
    needs("promtool")
    text = await page(watched(record))
    check = ["promtool", "check", "metrics"]
    told = await asyncio.to_thread(
        subprocess.run, check, input=text, capture_output=True, text=True, timeout=60
    )

    assert told.returncode == 0, told.stdout + told.stderr


async def test_a_run_that_stands_still_has_no_source_up_and_no_figures(
    record: RunRecord, monkeypatch
):
    """Stale data vanish: a panel that shows the last value for ever lies."""
    figures = watched(record)
    later = module.wall_now() + module.STALE_WALL_S + 1
    monkeypatch.setattr(module, "wall_now", lambda: later)
    values = Exposition().parse(await page(figures))

    assert {series.name for series in values} == {"harness_build_info", "harness_target_up"}
    assert {s.label("source"): v for s, v in values.items() if s.label("source")} == {
        "edge": 0.0,
        "north": 0.0,
    }


async def test_before_the_run_has_begun_the_page_is_there_and_knows_nothing():
    """Prometheus may be there first, and should be: its first reading comes late."""
    values = Exposition().parse(await page(Figures()))

    assert {series.name for series in values} == {"harness_build_info"}


async def test_prometheus_is_told_where_the_centre_is(record: RunRecord):
    """Its ports differ from run to run; by hand nobody could scrape it."""
    import json

    targets = json.loads(await page(watched(record), "/targets"))
    north = next(each for each in targets if each["labels"]["instance"] == "north")

    assert north["targets"] == ["127.0.0.1:2"]
    assert north["labels"] == {
        "__scheme__": "http",
        "__metrics_path__": "/metrics",
        "job": "contact_centre",
        "instance": "north",
        "run": record.facts.run,
        "rehearsal": "true",
    }


async def test_a_port_that_is_taken_is_told_before_anything_begins():
    """Not after the first phase."""
    figures = Figures()
    async with TestServer(Server(figures).app(), host="127.0.0.1") as other:
        assert other.port is not None
        outlets = Outlets(Address("127.0.0.1", other.port))
        with pytest.raises(UsageError) as refused:
            async with outlets.open(figures, Watcher()):
                pytest.fail("it began")

    assert "--metrics-port" in str(refused.value)


@pytest.mark.parametrize("written", ["", "metrics", "localhost:9464", "70000"])
def test_a_port_that_is_none_is_told_by_its_option(written: str):
    """A name may come to mean another machine; a number does not."""
    with pytest.raises(UsageError) as refused:
        Outlets.asked(written)

    assert "--metrics-port" in str(refused.value)
