"""The alarm of one's own operations room is rehearsed with the fault that has to raise it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.e2e.small_rehearsal import Rehearsal, outcome, started, wait_for

pytestmark = pytest.mark.e2e

LOSS = (
    "{kind: site_down, site: north, at: 10s, for: 5m, runbook: runbook.md,"
    " expect_alert: {name: SiteDown, within: 10s}}"
)
OBJECTIVE = '{kpi: alerts_missed, goal: "<= 0"}'


class Room(ThreadingHTTPServer):
    """Answers as Prometheus does; the alert fires while ``fires`` is set."""

    fires = False


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        fires = self.server.fires
        result = [{"metric": {}, "value": [0, "1"]}] if fires else []
        body = json.dumps({"status": "success", "data": {"result": result}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@contextmanager
def room() -> Iterator[Room]:
    server = Room(("127.0.0.1", 0), _Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.nightly
def test_an_alarm_that_comes_in_time_is_told_with_its_fault(tmp_path: Path):
    """Whether anybody would have noticed is part of a failover."""
    with room() as operations:
        url = f"http://127.0.0.1:{operations.server_address[1]}"
        small = Rehearsal(
            (f"{{name: loss, kind: fault, load: 100%, for: 6m, faults: [{LOSS}]}}",),
            objectives=(OBJECTIVE,),
            staffed_by=f"target\noperations: {{prometheus: '{url}'}}",
        )
        with started(small.write(tmp_path), tmp_path) as process:
            wait_for(process, "fault injected")
            operations.fires = True
            stdout, stderr = process.communicate(timeout=90)
    ended = outcome(process.returncode, stdout, stderr, tmp_path)
    (fault,) = ended.result["faults"]

    assert ended.exit_code in (0, 3), ended.stderr
    assert fault["alarm"]["missed"] is False
    assert 0 < fault["alarm"]["fired_wall_s"] < 10
    assert "Our alarm" in (ended.folder / "report.html").read_text()
