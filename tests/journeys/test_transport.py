"""One HTTP exchange of the generator: what is written, and what an answer that never came means."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import gevent
from gevent.event import Event
from gevent.server import StreamServer
from harness.adapter.protocol import Request
from harness.model.target import Endpoints
from scenarios.journeys.transport import Transport

heard = []
thirty_heard = Event()

def answer(socket, _):
    while told := socket.recv(65536):
        heard.append(told.decode())
        if len(heard) == 30:
            thirty_heard.set()
        if b"/cut" in told:
            return
        if b"/hang" in told:
            thirty_heard.wait()
        socket.sendall(b"HTTP/1.1 201 Created\\r\\nETag: v7\\r\\nContent-Length: 2\\r\\n\\r\\n{}")

server = StreamServer(("127.0.0.1", 0), answer)
server.start()
port = server.server_port

def waiting(answer_s):
    edge = Endpoints(f"http://127.0.0.1:{port}", {})
    return Transport(edge, answer_s=answer_s, connections=40)

transport = waiting(20)

def ask(method, path, body=b"", **headers):
    return transport.exchange(Request("step", method, path, headers, body))

"""


def said(script: str) -> str:
    """Return what *script* prints; in a process of its own, as gevent has to be."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT + script], capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_request_is_written_as_http_says():
    """A provider's front door is a stranger's: it takes what is in the standard, and no less."""
    told = said("""
answer = ask("POST", "/v1/calls", b"{}", Authorization="Bearer t")
print([answer.status, answer.body, answer.headers.get("etag"), heard[0].replace(str(port), "PORT")])
""")

    written = (
        "POST /v1/calls HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nUser-Agent: cutover-rehearsal\r\n"
        "Authorization: Bearer t\r\nContent-Length: 2\r\n\r\n{}"
    )
    assert told == str([201, b"{}", "v7", written])


def test_what_would_be_a_line_of_its_own_is_not_sent():
    """Ids come from the target: one with a line's end in it could smuggle a second request."""
    told = said(r"""
for path, value in (("/a HTTP/1.1\r\nX: y", "z"), ("/a b", "z"), ("/", "z\r\nX: y"), ("/", "z\n")):
    answer = ask("GET", path, Name=value)
    print(answer.status, answer.sent, end="; ")
print(heard)
""")

    assert told == "None False; " * 4 + "[]"


def test_a_request_that_is_none_breaks_its_journey_and_is_counted():
    """It would hang for ever otherwise, told to nobody; nor has the target failed anybody."""
    told = said("""
from harness.clock import RunClock, wall_now
from harness.guard.wire import Wire
from scenarios.journeys.driver import Journeys
from scenarios.journeys.story import Scene

def call():
    yield Request("place_call", "POST", "/v1/calls", {}, "a body of text")

edge, wire = Endpoints(f"http://127.0.0.1:{port}", {}), Wire(None)
journeys = Journeys(edge, RunClock(wall_now(), 1.0), lambda **_: None, wire=wire)
journeys.start(Scene(None, None, "", "peak/calls/1", print, None, print), call())
gevent.joinall(list(journeys._carrying), timeout=5)
print(len(journeys), journeys.broken, wire.under_way, heard)
""")

    assert told == "0 1 0 []"


def test_who_is_still_at_work_while_all_others_leave_trips_no_cap_of_the_rate():
    """An ordinary end would be a halt, with people left standing: callers leave before agents do."""
    told = said("""
import time
from harness.adapter.protocol import Request
from harness.clock import RunClock, wall_now
from harness.guard.wire import Wire
from harness.model.guard import Watch
from scenarios.journeys.driver import Journeys
from scenarios.journeys.story import Leave, Scene, Wait

def call():
    try:
        yield Wait(7200.0)
    except Leave:
        yield Request("hang_up", "POST", "/hangup", {}, b"{}", leaves=True)

edge, wire = Endpoints(f"http://127.0.0.1:{port}", {}), Wire(Watch(requests_per_s=50, scans=False))
journeys = Journeys(edge, RunClock(wall_now(), 1.0), lambda **_: None, wire=wire)
for number in range(150):
    journeys.start(Scene(None, None, "", f"peak/calls/{number}", print, None, print), call())
leaving = gevent.spawn(journeys.leave, 20.0)
gevent.sleep(0.2)
response, _ = journeys.carry(Request("work", "POST", "/work"))
leaving.join()
print(response.status, leaving.value, wire.tripped or "not tripped", len(heard))
""")

    assert told == "201 0 not tripped 151"


def test_a_request_that_is_killed_while_it_is_held_back_takes_no_room_any_more():
    """What stays under way for ever would let no agent log out, who share the caps."""
    told = said("""
from harness.clock import RunClock, wall_now
from harness.guard.wire import Wire
from harness.model.guard import Watch
from scenarios.journeys.driver import Journeys
import time

edge = Endpoints(f"http://127.0.0.1:{port}", {})
wire = Wire(Watch(requests_per_s=1, concurrent=2, scans=False))
wire.out("GET", "/", b"", time.monotonic())
wire.done()
journeys = Journeys(edge, RunClock(wall_now(), 1.0), lambda **_: None, wire=wire)
held = gevent.spawn(journeys.carry, Request("step", "GET", "/"))
gevent.sleep(0.05)
under_way = wire.under_way
held.kill()
print(under_way, wire.under_way, heard)
""")

    assert told == "1 0 []"


def test_only_a_refused_connection_is_known_not_to_have_left():
    """Everything else may have reached the target: what became of it is unknown."""
    told = said("""
cut = ask("POST", "/cut")
transport = waiting(0.2)
hung = ask("POST", "/hang")
with gevent.Timeout(20):
    while len(heard) < 2:
        gevent.sleep(0.01)
server.stop()
refused = waiting(20).exchange(Request("step", "GET", "/"))
print([(each.status, each.sent) for each in (cut, hung, refused)], len(heard))
""")

    assert told == "[(None, True), (None, True), (None, False)] 2"  # and none was sent twice


def test_an_answer_that_dribbles_is_given_up_when_its_time_is_over():
    """A byte now and then kept a caller waiting for ever; a probe would have given up long since."""
    told = said("""
def dribble(socket, _):
    socket.recv(65536)
    socket.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 9999\\r\\n\\r\\n")
    while True:
        socket.sendall(b".")
        gevent.sleep(0.02)

server.set_handle(dribble)
transport = waiting(0.2)
with gevent.Timeout(5):
    answer = ask("GET", "/")
free = transport._pool._semaphore.counter
print(answer.status, answer.sent, answer.error, transport._pool.size - free)
""")

    assert told == "None True TimeoutError: no whole answer in time 0"


def test_slow_answers_do_not_queue_callers_inside_the_client():
    """A small pool would make its own waiting line, and call it the target's."""
    told = said("""
transport = waiting(60)
asked = [gevent.spawn(ask, "POST", "/hang") for _ in range(30)]
with gevent.Timeout(20):
    thirty_heard.wait()
print(len(heard))
""")

    assert told == "30"


def test_a_connection_is_kept_and_one_that_was_closed_meanwhile_is_not_used():
    """A front door closes idle connections: a request written to one would be lost, and unknown."""
    told = said("""
opened = []
def open_door(socket, address):
    opened.append(socket)
    answer(socket, address)
server.set_handle(open_door)
print([ask("GET", "/").status for _ in range(3)], len(opened), end="; ")
opened[0].shutdown(gevent.socket.SHUT_RDWR)
gevent.sleep(0.05)
print([ask("GET", "/").status for _ in range(2)], len(opened))
""")

    assert told == "[201, 201, 201] 1; [201, 201] 2"


def test_the_connections_of_a_process_with_a_thousand_files_are_kept_too():
    """After a target that hung so many are open: ``select`` would take none of them for alive."""
    told = said("""
import os, resource
resource.setrlimit(resource.RLIMIT_NOFILE, (2048, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
files = [os.open(os.devnull, os.O_RDONLY) for _ in range(1100)]
opened = []
def open_door(socket, address):
    opened.append(socket)
    answer(socket, address)
server.set_handle(open_door)
print([ask("GET", "/").status for _ in range(3)], len(opened), max(files) > 1024)
""")

    assert told == "[201, 201, 201] 1 True"
