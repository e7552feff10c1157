"""The virtual agents of a generator process: whoever comes in also leaves, whenever that is."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import json
import gevent
from gevent.pywsgi import WSGIServer
from harness.model.control import Stop
from harness.model.staffing import Crew
from scenarios import staff
from scenarios.shard import Shard
from scenarios.vitals import Vitals
from tests.journeys.starting import start_of

staff._LEAVE_S = 20
asked, states = [], []

def answer(environ, start):
    path, body = environ["PATH_INFO"], environ["wsgi.input"].read()
    status, said = "200 OK", {"access_token": "t", "state": "available"}
    if path == "/v1/agents":
        status, said = "201 Created", {"id": f"a-{len(asked)}"}
        asked.append(json.loads(body)["reference"])
        if len(asked) == 2:  # it hangs until the other is out
            while not states:
                gevent.sleep(0.01)
            status, said = "503 Service Unavailable", {}
    elif path.endswith("/state"):
        states.append((path, json.loads(body)["state"]))
    start(status, [("Content-Type", "application/json")])
    if path == "/v1/events":
        yield b'{"type": "alive"}\\n'
        gevent.sleep(60)
    yield json.dumps(said).encode()

server = WSGIServer(("127.0.0.1", 0), answer, log=None)
server.start()
crew = Crew({"north": {"billing": 2}})
shard = Shard(
    start_of(server.server_port, crew, run="run-2"),
    index=0,
    shards=1,
    fire=lambda **_: None,
    report=lambda *_: None,
    vitals=Vitals("generator", "hill"),
)
coming = gevent.spawn(shard.wait_until_ready)
with gevent.Timeout(30):
    while len(asked) < 2:
        gevent.sleep(0.01)
    shard.stop(Stop(0.0, 0.1))
    coming.join()
print(sorted(asked), states)
"""

CAPPED = """
import json
import gevent
from gevent.pywsgi import WSGIServer
from harness.model.control import Begin, Stop
from harness.model.guard import Watch
from harness.model.staffing import Crew
from scenarios import staff
from scenarios.shard import Shard
from scenarios.vitals import Vitals
from tests.journeys.starting import start_of

staff._LEAVE_S = 20
writes, at_once, told, now = {}, [0], [], []

def answer(environ, start):
    path, body = environ["PATH_INFO"], environ["wsgi.input"].read()
    status, said = "200 OK", {"access_token": "t", "state": "missed"}
    if environ["REQUEST_METHOD"] != "GET":
        what = path.rpartition("/")[2]
        if what == "state":
            what = json.loads(body)["state"]
        writes[what] = writes.get(what, 0) + 1
        if what in ("agents", "calls"):
            status, said = "201 Created", {"id": f"{what}-{writes[what]}"}
    now.append(path)
    at_once.append(len(now))
    start(status, [("Content-Type", "application/json")])
    if path == "/v1/events":
        now.remove(path)
        yield b'{"type": "alive"}\\n'
        gevent.sleep(60)
    else:
        gevent.sleep(0.01)
        now.remove(path)
    yield json.dumps(said).encode()

server = WSGIServer(("127.0.0.1", 0), answer, log=None)
server.start()
crew = Crew({"north": {"billing": 10}})
shard = Shard(
    start_of(server.server_port, crew, speed=60.0, watch=Watch(scans=False, **CAPS)),
    index=0,
    shards=1,
    fire=lambda **_: None,
    report=lambda kind, data: told.append(data["why"]) if kind == "halt" else None,
    vitals=Vitals("generator", "hill"),
)
with gevent.Timeout(90):
    shard.wait_until_ready()
    shard.begin(Begin("peak", shard._clock.now_s()))
    while not told and writes.get("calls", 0) < CALLS:
        gevent.sleep(0.01)
    gevent.sleep(0.5)  # in which agents would go on writing
    shard.stop(Stop(shard._clock.now_s(), 20.0))
print(json.dumps({"writes": writes, "at_once": max(at_once), "told": told}))
"""


def played(script: str) -> str:
    """Return what *script* says at its end, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def said() -> str:
    """Return who asked to come in and what they then did; the second log-in hangs as long as it can."""
    return played(SCRIPT)


def test_a_run_that_ends_while_somebody_logs_in_logs_out_who_is_in(said: str):
    """Else they stand on the provider's floor for ever, and are offered real people's calls."""
    assert said.endswith("[('/v1/agents/a-0/state', 'offline')]")


def test_the_agents_of_a_run_that_goes_on_have_names_of_their_own(said: str):
    """Under the first run's keys its log-ins would be answered once more, or refused for ever."""
    assert said.startswith("['run-2/staff/0', 'run-2/staff/1']")


def test_whoever_came_in_under_a_cap_of_writes_leaves_within_it():
    """Agents write all the time; what they have used up could let nobody hang up, or log out."""
    caps = "CAPS, CALLS = {'writes': 60}, 60\n"
    found = json.loads(played(caps + CAPPED))
    writes = found["writes"]

    assert found["told"][0].startswith("HALT_WRITE_CAP: ")
    assert writes["agents"] == writes["offline"] == 10
    assert writes["hangup"] == writes["calls"] > 0
    assert sum(writes.values()) <= 54, "nine tenths of the cap are the generator's"


def test_whoever_leaves_waits_for_room_under_a_cap_of_requests_at_once():
    """All leave at once; whoever was refused would be left standing."""
    caps = "CAPS, CALLS = {'concurrent': 30}, 40\n"
    found = json.loads(played(caps + CAPPED))
    writes = found["writes"]

    assert writes["agents"] == writes["offline"] == 10
    assert writes["hangup"] == writes["calls"] > 0
    assert found["at_once"] <= 27, "nine tenths of the cap are the generator's"
