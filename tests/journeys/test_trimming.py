"""Locust's own memory of a run stays short, and its workers mind no clock that is set."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
# In a process of its own: importing Locust patches the one it is imported into.
HOUR = """
import json
from unittest import mock
import locust.stats
from locust.stats import RequestStats
from scenarios.sides.trimming import trim
with mock.patch("locust.stats.time") as clock:
    clock.time.return_value = 0.0
    stats, sizes = RequestStats(), []
    for second in range(3600):
        clock.time.return_value = float(second)
        stats.log_request("POST", "place_call", 12, 100)
        if second % 7 == 0:
            stats.log_request("GET", "listen", 3, 100)
            stats.log_error("POST", "place_call", f"refused by {second}")
        if second % 5 == 0:
            stats.history.append({"time": second})
        if second % 30 == 0:
            trim(stats, now=float(second))
            entries = [stats.total, *stats.entries.values()]
            sizes.append(
                max(len(each.num_reqs_per_sec) + len(each.num_fail_per_sec) for each in entries)
                + len(stats.history) + len(stats.errors)
            )
    rate = stats.total.current_rps
    trim(stats, now=-3600.0)
    back = len(stats.total.num_reqs_per_sec)
print(json.dumps({
    "most": max(sizes), "requests": stats.total.num_requests, "rate": rate, "back": back,
}))
"""
HEARTBEAT = """
import json, locust.runners
from scenarios.sides.trimming import mind_no_clock
before = locust.runners.MASTER_HEARTBEAT_TIMEOUT
mind_no_clock()
checker = locust.runners.WorkerRunner.heartbeat_timeout_checker.__code__
print(json.dumps([
    before, locust.runners.MASTER_HEARTBEAT_TIMEOUT,
    "MASTER_HEARTBEAT_TIMEOUT" in checker.co_names,
]))
"""


@cache
def told(code: str):
    """Return what *code* prints as JSON."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True, text=True, check=True, cwd=ROOT, timeout=120,
    )  # fmt: skip
    return json.loads(done.stdout.splitlines()[-1])


def test_an_hour_of_requests_leaves_no_more_than_a_minute_of_them():
    """By the second, and for ever, it was 7 MB a day for each kind of request; the sum stays."""
    found = told(HOUR)

    assert found["most"] <= 2 * 61 + 20 + 100
    assert found["requests"] == 3_600 + 515
    assert found["rate"] > 0.9, "what Locust looks back on is left alone"


def test_a_clock_that_was_set_back_leaves_nothing_of_the_future():
    """Seconds that have not come yet would be kept until they have."""
    assert told(HOUR)["back"] == 0


def test_a_worker_of_ours_does_not_take_a_step_of_the_clock_for_silence():
    """Locust ends a worker whose master was not heard for a minute of a clock that anybody may set."""
    before, now, is_looked_at = told(HEARTBEAT)

    assert (before, is_looked_at) == (60, True), "Locust does it otherwise now: look again"
    assert now > 365 * 86_400
