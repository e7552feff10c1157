"""What was away in a soak: the run goes on, says what it was, and blames nobody for what it did not see."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import psutil
import pytest

from harness.errors import UsageError
from harness.record.run_record import RunRecord
from tests.e2e.network import Link, Network, network
from tests.e2e.small_rehearsal import (
    DEADLINE_S,
    Outcome,
    Rehearsal,
    environment,
    outcome,
    started,
    wait_for,
)

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(420)]
SPEED = 20
SITES = ("north", "south")
HEADS = {"billing": 50, "support": 34, "tickets": 40}
CLIENT = {"id": "harness", "secret": "synthetic"}
OBJECTIVES = (
    "{kpi: service_level, goal: 80/20, gates: {soak: 80%}}",
    '{kpi: blocked, goal: "<= 5%", gates: {soak: 5%}}',
    '{kpi: lost_tickets, goal: "<= 0"}',
)
PROFILE = """\
name: acme-uat
virtual_clock: yes
edge: {edge}
sites: {{north: {north}, south: {south}}}
authentication: {{kind: oauth2, client_id: harness, client_secret: {{file: acme.secret}}}}
offers: [calls, tickets]
metrics: {{sources: {{edge: {edge_page}/metrics, north: {north}/metrics, south: {south}/metrics}}}}
"""


class Centre:
    """A mock centre that somebody else runs, and can start anew at other ports."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0
        self.start()

    def start(self) -> None:
        self._count += 1
        folder = self._folder / f"centre{self._count}"
        folder.mkdir()
        orders = {
            "speed": SPEED,
            "seed": "2026",
            "lines": {"billing": ["+441632960101"], "support": ["+441632960201"]},
            "staffing": dict.fromkeys(SITES, HEADS),
            "client": CLIENT,
            "folder": str(folder),
            "mock": {"replication": "synchronous"},
        }
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "mock_center"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(),
            text=True,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(orders) + "\n")
        self.process.stdin.flush()
        ready = json.loads(self.process.stdout.readline())
        self.edge: str = ready["edge"]
        self.sites: dict[str, str] = ready["sites"]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()

    def kill(self, site: str) -> None:
        """Kill the process of *site*, as a crash would."""
        port = urlsplit(self.sites[site]).port
        (found,) = [
            each
            for each in psutil.Process(self.process.pid).children()
            if any(
                open_.status == psutil.CONN_LISTEN and open_.laddr.port == port
                for open_ in each.net_connections("tcp")
            )
        ]
        found.kill()


@dataclass
class Scene:
    """A soak that goes on, and everything that can be taken away from it."""

    centre: Centre
    net: Network
    api: Link
    pages: dict[str, Link]
    folder: Path
    run: subprocess.Popen[str]
    links: list[Link] = field(default_factory=list)

    def wait_for_scrapes(self, count: int, *, ok: bool) -> None:
        """Wait until the edge's page was read, or missed, *count* times more than now."""
        begun = self._scrapes(ok=ok)
        until(lambda: self._scrapes(ok=ok) >= begun + count)

    def _scrapes(self, *, ok: bool) -> int:
        (folder,) = (self.folder / "runs").glob("*-small")
        with suppress(UsageError), RunRecord.open(folder) as record:
            return sum(each is ok for _, each in record.answers("edge"))
        return 0

    def ended(self) -> Outcome:
        """Return what the run left, once it has come to its end."""
        stdout, stderr = self.run.communicate(timeout=DEADLINE_S)
        return outcome(self.run.returncode, stdout, stderr, self.folder)


def until(holds: Callable[[], bool]) -> None:
    """Wait until *holds*."""
    deadline = time.monotonic() + DEADLINE_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.2)


@contextmanager
def soaking(folder: Path, *, for_: str = "18m", page_of_edge: str = "") -> Iterator[Scene]:
    """Begin a soak over a network of ours, and yield it once it has gone well for a while."""
    centre = Centre(folder)
    try:
        with network() as net:
            api, edge_page = net.link(centre.edge), net.link(centre.edge)
            pages = {site: net.link(url) for site, url in centre.sites.items()}
            rehearsal = Rehearsal(
                phases=(f"{{name: soak, kind: soak, load: 100%, for: {for_}}}",),
                objectives=OBJECTIVES,
                staffed_by="target",
            )
            scenario = rehearsal.write(folder)
            urls = {site: link.url for site, link in pages.items()}
            edge = page_of_edge or edge_page.url
            (folder / "target.yaml").write_text(
                PROFILE.format(edge=api.url, edge_page=edge, **urls)
            )
            (folder / "acme.secret").write_text(CLIENT["secret"] + "\n")
            with started(scenario, folder) as run:
                wait_for(run, "phase began  soak")
                pages = {"edge": edge_page, **pages}
                scene = Scene(centre, net, api, pages, folder, run)
                scene.wait_for_scrapes(10, ok=True)
                yield scene
    finally:
        centre.stop()


def kinds(ended: Outcome) -> list[str]:
    return [each["kind"] for each in ended.result["interruptions"]]


def told(ended: Outcome, words: str) -> None:
    """Every report that people read says *words*."""
    for name in ("summary.md", "report.html"):
        assert words in (ended.folder / name).read_text(encoding="utf-8"), name


@pytest.mark.nightly
def test_a_network_that_is_gone_leaves_the_run_in_doubt_and_blames_nobody(tmp_path: Path):
    """The soak goes on when it is back; what nobody saw is neither a GO nor a NO-GO."""
    with soaking(tmp_path) as scene:
        for link in scene.net.links:
            link.cut()
        scene.wait_for_scrapes(10, ok=False)
        for link in scene.net.links:
            link.mend()
        ended = scene.ended()

    assert ended.exit_code == 3, ended.last_line
    assert "nothing of the target could be reached" in ended.last_line
    assert kinds(ended) == ["network"]
    (gone,) = ended.result["interruptions"]
    assert gone["of"] == ["edge", *SITES]
    assert gone["end_s"] - gone["start_s"] >= 9 * SPEED
    told(ended, "the network between was gone, ours or its own")
    failed = [each["name"] for each in ended.result["objectives"] if each["status"] == "fail"]
    assert failed == []
    with ended.record() as record:
        assert record.ending == "complete"
        (_, soak) = record.phases()
        late = [each for each in record.calls() if each.due_s > gone["end_s"] + 3 * SPEED]
        assert soak.held_until_s >= soak.end_s
    assert len([each for each in late if each.answered_s is not None]) > 50, "service went on"


@pytest.mark.early
def test_a_target_that_is_restarted_is_judged_by_what_its_customers_met(tmp_path: Path):
    """The run goes on, with other ports, tokens and streams; what was acknowledged is owed."""
    with soaking(tmp_path, for_="10m") as scene:
        scene.centre.stop()
        scene.centre.start()
        scene.api.lead_to(scene.centre.edge)
        scene.pages["edge"].lead_to(scene.centre.edge)
        for site, url in scene.centre.sites.items():
            scene.pages[site].lead_to(url)
        ended = scene.ended()

    assert ended.exit_code == 1, ended.last_line
    assert "lost_tickets" in ended.last_line, "its stores are empty"
    assert kinds(ended) == ["target"]
    told(ended, "started anew")
    (away,) = ended.result["interruptions"]
    with ended.record() as record:
        assert record.ending == "complete"
        after = [each for each in record.calls() if each.due_s > away["end_s"] + 3 * SPEED]
    assert len([each for each in after if each.answered_s is not None]) > 50, "service went on"


@pytest.mark.nightly
def test_a_network_that_carries_nothing_for_a_minute_is_a_gap_as_well(tmp_path: Path):
    """No connection breaks, nobody is refused: requests wait, and come when nobody wants them."""
    with soaking(tmp_path, for_="35m") as scene:
        for link in scene.net.links:
            link.hush()
        scene.wait_for_scrapes(45, ok=False)
        for link in scene.net.links:
            link.mend()
        ended = scene.ended()

    assert ended.exit_code == 3, ended.last_line
    assert kinds(ended) == ["network"]


@pytest.mark.nightly
def test_metrics_that_nobody_can_read_cost_metrics_alone(tmp_path: Path):
    """Customers are served meanwhile, so nothing of theirs is left out."""
    with soaking(tmp_path) as scene:
        for link in scene.pages.values():
            link.cut()
        scene.wait_for_scrapes(10, ok=False)
        for link in scene.pages.values():
            link.mend()
        ended = scene.ended()

    assert ended.exit_code == 3, ended.last_line
    assert "scrapes in soak" in ended.last_line
    assert kinds(ended) == ["metrics"]
    told(ended, "no page of metrics was told")


@pytest.mark.nightly
def test_a_site_that_crashes_and_comes_back_is_a_finding_and_no_verdict(tmp_path: Path):
    """The contract may have been kept; somebody has to say why it happened all the same."""
    with soaking(tmp_path) as scene:
        scene.centre.kill("north")
        ended = scene.ended()

    assert ended.exit_code in (0, 3), ended.last_line
    assert kinds(ended) == ["process"]
    told(ended, "north was started anew")
    assert "the process of north was started anew" in (ended.folder / "findings.csv").read_text()


@pytest.mark.nightly
def test_a_front_door_that_is_shut_is_the_targets_even_if_its_pages_look_fine(tmp_path: Path):
    """Customers cannot get in: whoever looks at the metrics alone sees a quiet centre."""
    with soaking(tmp_path) as scene:
        scene.api.cut()
        scene.wait_for_scrapes(20, ok=True)
        scene.api.mend()
        ended = scene.ended()

    assert ended.exit_code in (1, 3), ended.last_line
    assert kinds(ended) == ["door"]
    told(ended, "customers could not reach the target,")


@pytest.mark.nightly
def test_a_page_that_stands_still_is_named_with_its_times(tmp_path: Path):
    """An exporter that hangs still answers: with the page of a better hour."""
    kept: list[bytes] = []

    class Hanging(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(kept[0])

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hanging)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with soaking(tmp_path) as scene:
            kept.append(urlopen(f"{scene.centre.edge}/metrics", timeout=5).read())
            scene.pages["edge"].lead_to(f"http://127.0.0.1:{server.server_port}")
            scene.pages["edge"].cut()
            scene.pages["edge"].mend()
            ended = scene.ended()
    finally:
        server.shutdown()
        server.server_close()

    assert ended.exit_code == 3, ended.last_line
    assert "the metrics page of edge stood still in soak, from 0:" in ended.last_line
    assert "frozen" in kinds(ended)
