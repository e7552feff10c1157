"""What a waiting caller costs the generator: an entry in a table, against a parked greenlet."""

import json
import subprocess
import sys
from collections.abc import Iterator

from bench.ratio import Ratio

WAITING = 10_000
# In a process of its own: gevent and asyncio never meet in one.
_SCRIPT = """
import json, sys
import gevent, psutil
from harness.clock import RunClock, wall_now
from harness.model.target import Endpoints
from scenarios.journeys.driver import Journeys
from scenarios.journeys.story import Scene, Wait

def resident():
    return psutil.Process().memory_info().rss

def wait():
    yield Wait(1e9)

number = int(sys.argv[1])
before = resident()
if sys.argv[2] == "table":
    edge = Endpoints("http://127.0.0.1:9", {})
    journeys = Journeys(edge, RunClock(wall_now(), 1.0), lambda **_: None)
    for each in range(number):
        journeys.start(Scene(None, None, "", f"peak/calls/{each}", print, None, print), wait())
else:
    parked = [gevent.spawn(gevent.sleep, 1e6) for _ in range(number)]
    gevent.sleep(0)
print(json.dumps((resident() - before) / number))
"""


def measure() -> Iterator[Ratio]:
    """Measure the resident memory of each of 10,000 waiting callers, both ways."""
    table, greenlet = (_bytes(kind) for kind in ("table", "greenlet"))
    yield Ratio(
        "memory of a waiting caller",
        "a parked greenlet",
        table / greenlet,
        0.25,
        f"{table:.0f} bytes against {greenlet:.0f}",
    )


def _bytes(kind: str) -> float:
    arguments = [sys.executable, "-c", _SCRIPT, str(WAITING), kind]
    done = subprocess.run(arguments, check=True, capture_output=True, text=True)
    size: float = json.loads(done.stdout)
    return size
