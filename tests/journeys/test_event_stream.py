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
        self.heard, self.lost, self.shut = [], [], False
    def believes(self, status, headers):
        return True
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


CUT = """
import gevent
from gevent.server import StreamServer
from harness.adapter.protocol import Response
from harness.adapter.reference import ReferenceAdapter
from harness.model.target import Endpoints
from scenarios.journeys.stream import EventStream

class Journeys:
    def __init__(self):
        self.heard, self.lost, self.shut = [], [], False
    def believes(self, status, headers):
        return True
    def hear(self, notice):
        self.heard.append(notice.seq)
    def lose_sight(self, why):
        self.lost.append(why)
    def lets_out(self, request):
        return not self.shut
    def is_over(self):
        pass
    def carry(self, request):
        return Response(200, body=b'{"access_token": "t"}'), 0.0

asked, done = [], gevent.event.Event()

def chunks(*seqs):
    lines = [b'{"seq": %d, "type": "call.queued", "reference": "r"}\\n' % seq for seq in seqs]
    return b"".join(b"%x\\r\\n%b\\r\\n" % (len(line), line) for line in lines)

OPEN = b"HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n"
MANY = range(3, 20_003)
answers = [
    [OPEN + chunks(1, 2)],                                # cut after two
    [OPEN + chunks(*MANY)[:-9]],                          # cut in the middle of a line
    [OPEN + chunks(20_002)],
    [b"HTTP/1.1 410 Gone\\r\\nContent-Length: 0\\r\\n\\r\\n"],
    [OPEN + chunks(1, 2), b"0\\r\\n\\r\\n"],
]

def answer(socket, _):
    told = b""
    while b"\\r\\n\\r\\n" not in told:
        told += socket.recv(4096)
    asked.append(told.split()[1].decode().split("?")[1])
    if not answers:
        done.set()
        gevent.sleep(60)
    for part in answers.pop(0):
        socket.sendall(part)
    socket.close()

server = StreamServer(("127.0.0.1", 0), answer)
server.start()
edge = Endpoints(f"http://127.0.0.1:{server.server_port}", {})
journeys = Journeys()
stream = EventStream(edge, ReferenceAdapter(edge), "w", journeys)
gevent.spawn(stream.read)
assert done.wait(20)
print(asked, journeys.heard == [*range(1, 20_003), 1, 2], len(journeys.lost), stream.gaps)
"""


def test_a_stream_that_is_cut_goes_on_where_it_was():
    """A failover cuts it; what happened meanwhile comes late, and only what is gone is unknown."""
    done = subprocess.run(
        [sys.executable, "-c", CUT], capture_output=True, text=True, cwd=ROOT, check=True
    )

    assert done.stdout.strip() == (
        "['consumer=w&since=0', 'consumer=w&since=2', 'consumer=w&since=20001',"
        " 'consumer=w&since=20002', 'consumer=w.1&since=0', 'consumer=w.1&since=2'] True 1 1"
    )


HELD = """
import gevent
from gevent.server import StreamServer
from harness.adapter.protocol import Response
from harness.adapter.reference import ReferenceAdapter
from harness.model.guard import Watch
from harness.model.target import Endpoints
from scenarios.journeys.stream import EventStream

class Journeys:
    shut, lets, over = False, [False, True], 0
    def lets_out(self, request):
        return self.lets.pop(0)
    def is_over(self):
        self.over += 1
    def believes(self, status, headers):
        return False
    def carry(self, request):
        return Response(200, body=b'{"access_token": "t"}'), 0.0

heads = []

def answer(socket, _):
    told = b""
    while b"\\r\\n\\r\\n" not in told:
        told += socket.recv(4096)
    heads.append(told.decode())
    socket.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n")
    socket.close()

server = StreamServer(("127.0.0.1", 0), answer)
server.start()
edge = Endpoints(f"http://127.0.0.1:{server.server_port}", {}, watch=Watch(run="run-1"))
journeys = Journeys()
stream = EventStream(edge, ReferenceAdapter(edge), "w", journeys)
stream._read_once()
print(len(heads), journeys.over, end=" ")
stream._read_once()
lines = [each for each in heads[0].splitlines() if each.startswith(("User-Agent", "X-Load"))]
print(len(heads), journeys.over, sorted(lines))
"""


def test_the_stream_is_a_request_like_any_other():
    """Cut again and again it is asked for again: within the caps, and so that it can be blocked."""
    done = subprocess.run([sys.executable, "-c", HELD], capture_output=True, text=True, cwd=ROOT)
    said = done.stdout.strip()

    marks = ["User-Agent: cutover-rehearsal", "X-Load-Test-Run: run-1"]
    assert said == f"0 0 1 1 {marks}", done.stderr


DEAF = """
import json
import gevent
from gevent.pywsgi import WSGIServer
from harness.model.staffing import Crew, Spell
from scenarios.staff import staff_of
from tests.journeys.starting import start_of

log_ins, gone, cut, taken = [], set(), gevent.event.Event(), gevent.event.Event()
OFFER = {"type": "agent.changed", "seq": 1, "reference": "run-1/staff/0", "state": "reserved",
         "call": {"id": "c-1", "reference": "r"}}

def answer(environ, start):
    path, body = environ["PATH_INFO"], environ["wsgi.input"].read()
    status, said = "200 OK", {"access_token": "t", "state": "available"}
    if path == "/v1/agents":
        log_ins.append(json.loads(body)["consumer"])
        status, said = "201 Created", {"id": f"a-{len(log_ins)}"}
    if path == "/v1/events" and cut.is_set() and "s.1" not in environ["QUERY_STRING"]:
        status = "410 Gone"
    if path.startswith("/v1/agents/"):
        agent = path.split("/")[3]
        if b'"offline"' in body:
            gone.add(agent)
        said["state"] = "offline" if agent in gone else "available"
    if path.endswith("/accept"):
        taken.set()
    start(status, [("Content-Type", "application/json")])
    if path == "/v1/events" and status == "200 OK":
        yield b'{"type": "alive"}\\n'
        while not (cut.is_set() if "s.1" not in environ["QUERY_STRING"] else log_ins[1:]):
            gevent.sleep(0.01)
        if log_ins[1:]:
            yield json.dumps(OFFER).encode() + b"\\n"
            gevent.sleep(60)
    else:
        yield json.dumps(said).encode()

server = WSGIServer(("127.0.0.1", 0), answer, log=None)
server.start()
crew = Crew({"north": {"billing": 1}}, picks_up=Spell(0.0))
staff = staff_of(
    start_of(server.server_port, crew),
    index=0,
    shards=1,
    fire=lambda **_: None,
    report=lambda *_: None,
    wire=None,
    tripped=lambda _: None,
)
staff.come_in()
cut.set()
print(taken.wait(8), log_ins)
"""


def test_after_a_stream_that_began_anew_agents_hear_of_offers():
    """Whoever stayed under the old name would be offered callers whom nobody takes."""
    done = subprocess.run([sys.executable, "-c", DEAF], capture_output=True, text=True, cwd=ROOT)

    assert done.stdout.strip() == "True ['run-1-0s', 'run-1-0s.1']", done.stderr
