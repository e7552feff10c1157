"""What the generator keeps of customers who are gone: nothing that grows with their number."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import gc, json
from harness.clock import RunClock, wall_now
from harness.model.target import Endpoints
from scenarios.journeys.driver import Journeys, _Playing
from scenarios.journeys.story import Leave, Scene, Wait

def talk():
    yield Wait(7200.0)  # however short it is, its timer is set for the longest

clock = RunClock(wall_now(), 1.0)
journeys = Journeys(Endpoints("http://127.0.0.1:9", {}), clock, lambda **_: None)
most = 0
for each in range(100):
    for number in range(50):
        id_ = f"soak/calls/{each}/{number}"
        journeys.start(Scene(None, None, "", id_, print, None, print), talk())
    journeys._throw(Leave())
    most = max(most, sum(isinstance(found, _Playing) for found in gc.get_objects()))
print(json.dumps([len(journeys), most]))
"""


def test_who_is_gone_is_forgotten_long_before_their_timer_is_due():
    """A talk's timer is set for two hours: 2,400 calls, a kilobyte each, where fifty are playing."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr
    playing, most = json.loads(done.stdout)

    assert playing == 0
    assert most < 1000
