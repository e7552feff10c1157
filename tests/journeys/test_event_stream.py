"""The event stream of a generator process: what counts as lost, and what is merely unknown."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
from harness.adapter.reference import ReferenceAdapter
from harness.model.target import Endpoints
from scenarios.journeys.stream import EventStream

class Journeys:
    def __init__(self):
        self.heard, self.lost = [], []
    def hear(self, notice):
        self.heard.append(notice.kind.value)
    def lose_sight(self, why):
        self.lost.append(why)

edge = Endpoints("http://127.0.0.1:9", {})
journeys = Journeys()
stream = EventStream(edge, ReferenceAdapter(edge), "w", journeys)
for line in LINES:
    stream._hear(line)
print(journeys.heard, journeys.lost, stream.gaps)
"""


def heard(*lines: bytes) -> str:
    """Return what the stream makes of *lines*; in a process of its own, as gevent has to be."""
    script = SCRIPT.replace("LINES", repr(list(lines)))
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True
    )
    return done.stdout.strip()


def test_an_event_that_is_not_known_is_not_lost():
    """A provider may add kinds of events at any time; taken for lost, each would blind us."""
    said = heard(
        b'{"seq": 1, "type": "call.queued", "reference": "r"}\n',
        b'{"seq": 2, "type": "call.serenaded", "reference": "r"}\n',
        b'{"seq": 3, "type": "call.answered", "reference": "r"}\n',
    )

    assert said == "['queued', 'answered'] [] 0"


def test_a_number_that_never_came_is_lost():
    """What happened in between is not known, and must not be guessed."""
    said = heard(
        b'{"seq": 1, "type": "call.queued", "reference": "r"}\n',
        b'{"seq": 3, "type": "call.answered", "reference": "r"}\n',
    )

    assert said == "['queued', 'answered'] ['events 2 to 2 never came'] 1"
