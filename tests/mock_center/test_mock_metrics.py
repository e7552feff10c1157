"""The metrics pages: in good form by Prometheus's own judgement, complete from the start, bounded."""

import asyncio
import os
import shutil
import subprocess

import pytest
import pytest_asyncio
from live_centre import orders, running

from mock_center.config import parse_centre
from mock_center.config.parse import MOST_QUEUES
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
    "trunks": {"carrier-a": "100", "carrier-b": "100"},
}


def promtool(page: str) -> subprocess.CompletedProcess[str]:
    command = [PROMTOOL or "promtool", "check", "metrics"]
    return subprocess.run(command, input=page, capture_output=True, text=True)


def series(page: str) -> list[str]:
    return [line for line in page.splitlines() if line and not line.startswith("#")]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def largest(tmp_path_factory):
    """A centre with every feature and as many queues as there may be."""
    line = orders(tmp_path_factory.mktemp("largest"), **EVERYTHING)
    line["lines"] = {f"queue{n}": [f"+44163296010{n}"] for n in range(MOST_QUEUES)}
    line["mock"]["backup"]["heads"] = {"queue0": "2"}
    line["staffing"] = {site: {"queue0": 2, "tickets": 1} for site in ("north", "south")}
    async with running(line) as centre:
        yield centre


@pytest.mark.skipif(
    PROMTOOL is None and not os.environ.get("CI"), reason="promtool is not installed"
)
@pytest.mark.asyncio(loop_scope="module")
async def test_prometheus_finds_nothing_to_object_to(largest):
    """A page that its own linter objects to makes every dashboard and rule on it doubtful."""
    status, _, _ = await largest.call("r1", line="+441632960100")
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
    assert 'cc_call_attempts_total{line="+441632960201",result="blocked"} 0.0' in edge.splitlines()


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
