"""The metrics pages: in good form by Prometheus's own judgement, complete from the start, bounded."""

import asyncio
import os
import shutil
import subprocess

import pytest
import pytest_asyncio
from live_centre import orders, running

from mock_center.clock import CentreClock
from mock_center.conditions import Conditions
from mock_center.config import parse_centre
from mock_center.config.parse import (
    MOST_QUEUES,
    MOST_QUEUES_CALLED_BACK,
    MOST_SITES,
    MOST_TRUNK_GROUPS,
)
from mock_center.edge.metrics import EdgeMetrics
from mock_center.events import Feed
from mock_center.site.calls import CallFloor
from mock_center.site.metrics import SiteMetrics

PROMTOOL = shutil.which("promtool")
MOST_SERIES = 800
EVERYTHING = {
    "ivr": {"contained": "30%"},
    "callbacks": {},
    "backup": {"heads": {"billing": "2"}},
    "transfer": {"share": "10%"},
    "hold": {"share": "20%"},
    "ringing": {"mean": "3s", "missed": "5%"},
    "trunks": {f"carrier-{n}": "100" for n in range(MOST_TRUNK_GROUPS)},
}


def promtool(page: str) -> subprocess.CompletedProcess[str]:
    command = [PROMTOOL or "promtool", "check", "metrics"]
    return subprocess.run(command, input=page, capture_output=True, text=True)


def series(page: str) -> list[str]:
    return [line for line in page.splitlines() if line and not line.startswith("#")]


def large(folder, *, queues: int, sites: int, lines: int = 20, **mock):
    """Return the orders of a centre as large as said, with agents in every queue."""
    line = orders(folder, **mock)
    names = [f"queue{n}" for n in range(queues)]
    line["lines"] = {
        name: [f"+44163296{n}{each:03}" for each in range(lines)] for n, name in enumerate(names)
    }
    line["mock"]["backup"] = {"heads": {"queue0": "2"}}
    staffing = {**dict.fromkeys(names, 2), "tickets": 1}
    line["staffing"] = {f"site{n}": dict(staffing) for n in range(sites)}
    return line


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def largest(tmp_path_factory):
    """A centre with every feature, and as many queues, sites and lines as there may be."""
    folder = tmp_path_factory.mktemp("largest")
    made = large(folder, queues=MOST_QUEUES_CALLED_BACK, sites=MOST_SITES, **EVERYTHING)
    async with running(made) as centre:
        yield centre


@pytest.mark.skipif(
    PROMTOOL is None and not os.environ.get("CI"), reason="promtool is not installed"
)
@pytest.mark.asyncio(loop_scope="module")
async def test_prometheus_finds_nothing_to_object_to(largest):
    """A page that its own linter objects to makes every dashboard and rule on it doubtful."""
    status, _, _ = await largest.call("r1", line="+441632960000")
    assert status == 201
    for base in (largest.edge, *largest.sites.values()):
        _, page, _ = await largest.ask("GET", "/metrics", base=base)
        said = await asyncio.to_thread(promtool, page)

        assert (said.returncode, said.stdout + said.stderr) == (0, "")


@pytest.mark.asyncio(loop_scope="module")
async def test_a_page_has_at_most_800_series_whatever_is_switched_on(largest):
    """Each run keeps every sample: pages that grow with the configuration fill disks and break panels."""
    for base in (largest.edge, *largest.sites.values()):
        _, page, _ = await largest.ask("GET", "/metrics", base=base)

        assert len(series(page)) <= MOST_SERIES, base


async def test_a_queue_more_fits_where_nobody_is_called_back(tmp_path):
    """Callbacks cost each queue a histogram; without them there is room for one queue more."""
    features = {name: how for name, how in EVERYTHING.items() if name != "callbacks"}
    async with running(large(tmp_path, queues=MOST_QUEUES, sites=1, **features)) as centre:
        _, page, _ = await centre.ask("GET", "/metrics", base=centre.sites["site0"])

        assert 'cc_expected_wait_seconds{queue="queue4",site="site0"}' in page, "all are staffed"
        assert len(series(page)) <= MOST_SERIES


def test_lines_for_which_there_is_no_room_are_counted_together():
    """A long inventory of numbers is no reason to refuse it, nor to fill the disk with zeros."""
    lines = [f"+44163296{n:04}" for n in range(100)]
    metrics = EdgeMetrics(lines=lines, sites=("north", "south"), speed=1)
    for line in (*lines, "+441632999999"):
        metrics.call_attempt(line, "accepted")
        metrics.shares_are(line, {"north": 0.5, "south": 0.5})
    told = {
        sample.labels["line"]: sample.value
        for family in metrics.registry.collect()
        for sample in family.samples
        if sample.name == "cc_call_attempts_total" and sample.labels["result"] == "accepted"
    }

    assert sum(told.values()) == 101
    assert (told[lines[0]], told["unknown"]) == (1, 1)
    assert told["other"] == 100 - (len(told) - 2)
    assert len(told) == 19


def test_those_who_leave_for_a_callback_have_waited_too(tmp_path):
    """A service level that counts everybody who left the queue in time needs them."""
    from mock_center.acd.events import Ended, Reason

    centre = parse_centre(orders(tmp_path, callbacks={}))
    metrics = SiteMetrics(centre, "north")
    metrics.happened(Ended("c1", "billing", Reason.CALLBACK, 12.0, None, 30.0, 0.0, 0.0, 1, None))
    waits = {
        sample.name: sample.value
        for family in metrics.registry.collect()
        for sample in family.samples
        if sample.labels.get("outcome") == "callback"
        and sample.labels["queue"] == "billing"
        and sample.labels.get("le", "20.0") == "20.0"
    }

    assert waits == {
        "cc_wait_seconds_bucket": 1,
        "cc_wait_seconds_count": 1,
        "cc_wait_seconds_sum": 18,
    }


async def test_a_site_that_begins_afresh_has_lost_its_calls_and_no_callbacks(tmp_path):
    """Another site may make those: only the edge knows, and counts the ones that nobody makes."""
    centre = parse_centre(orders(tmp_path, callbacks={}, agents=0))
    metrics = SiteMetrics(centre, "north")
    floor = CallFloor(centre, "north", CentreClock(1.0), metrics, Feed(10), Conditions())
    floor.place("c-1", "billing", "r1")
    floor.call_back("b-1", "billing", "r2", call=None, promised_at=None)
    dropped = floor.reset(Feed(10))
    floor.close()
    about = {"queue": "billing", "site": "north", "reason": "site-loss"}
    lost = metrics.registry.get_sample_value("cc_calls_ended_total", about)

    assert (dropped, lost) == (2, 1)


def test_a_broken_promise_is_counted_in_one_place(tmp_path):
    """Kept callbacks are a share of all that are over; each must be in it once."""
    edge = EdgeMetrics(lines=["+1"], sites=["north"], speed=1.0)
    edge.callback_lost("north")
    about = {"site": "north", "result": "lost"}
    site = SiteMetrics(parse_centre(orders(tmp_path, callbacks={})), "north")

    assert edge.registry.get_sample_value("cc_callbacks_total", about) == 1
    assert site.registry.get_sample_value("cc_callbacks_total", about) is None


async def test_what_has_not_happened_yet_is_there_at_zero(tmp_path):
    """A counter that appears with its first event hides that event from every rate and increase."""
    async with running(orders(tmp_path)) as centre:
        _, before, _ = await centre.ask("GET", "/metrics", base=centre.sites["north"])
        _, edge, _ = await centre.ask("GET", "/metrics")

    for wanted in (
        'cc_wait_seconds_bucket{le="20.0",outcome="abandoned",queue="support",site="north"} 0.0',
        'cc_calls_ended_total{queue="billing",reason="timed-out",site="north"} 0.0',
        'cc_callbacks_total{result="late",site="north"} 0.0',
        'cc_agent_state_seconds_total{pool="backup",site="north",state="busy"} 0.0',
    ):
        assert wanted in before.splitlines()
    for wanted in (
        'cc_call_attempts_total{line="+441632960201",result="blocked"} 0.0',
        'cc_callbacks_total{result="lost",site="north"} 0.0',
    ):
        assert wanted in edge.splitlines()


def test_a_flattering_provider_reports_short_waits_that_were_long(tmp_path):
    """Only the callers know then; that the two are compared is what the harness is for."""
    from mock_center.acd.events import Answered

    honest = parse_centre(orders(tmp_path))
    liar = parse_centre(orders(tmp_path, defects={"flatters_service_level": "100%"}))
    pages = {}
    for name, centre in (("honest", honest), ("liar", liar)):
        metrics = SiteMetrics(centre, "north")
        for number in range(10):
            metrics.happened(Answered(f"c{number}", "billing", 0.0, 60.0, 1, 1, None))
        pages[name] = {
            sample.labels["le"]: sample.value
            for family in metrics.registry.collect()
            for sample in family.samples
            if sample.name == "cc_wait_seconds_bucket"
            and sample.labels["outcome"] == "answered"
            and sample.labels["queue"] == "billing"
        }

    assert (pages["honest"]["20.0"], pages["liar"]["20.0"]) == (0, 10)
