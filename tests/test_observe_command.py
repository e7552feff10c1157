"""The contract after go-live: asked of the provider's Prometheus, which nothing else is sent to."""

import ast
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from typer.testing import CliRunner

import harness.scrape.queries
from harness.cli import app
from harness.cli.observe import AUTHORIZATION
from harness.kpi.catalogue import CATALOGUE
from harness.kpi.exact import measured as counted
from harness.kpi.expression import Last, Peak, metrics
from harness.kpi.question import Question
from harness.observe import seen
from harness.scrape.queries import Queries
from tests.kpi.histories import recorded
from tests.kpi.judges import BASE_S, Judge, needs, prometheus, window_of

SLA = """\
name: care
confidence: 95%
owner: {name: Operations, contact: operations@provider.example}
objectives:
  - {kpi: service_level, goal: 80/20, each: queue}
  - {kpi: abandonment, goal: "<= 40%"}
  - {kpi: asa, goal: "<= 60s"}
  - {kpi: lost_tickets, goal: "<= 0"}
"""


class Recording(ThreadingHTTPServer):
    """Answers like a Prometheus of which every series rose by 1,000, and keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.requests: list[tuple[str, str, str]] = []
        self.status = 200
        self.body: object = None

    def handle_error(self, *_: object) -> None:
        """Keep quiet when somebody who got one bad answer does not wait for the others."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Answer(BaseHTTPRequestHandler):
    def _take(self) -> None:
        query = parse_qs(urlsplit(self.path).query).get("query", [""])[0]
        path = urlsplit(self.path).path
        self.server.requests.append((self.command, path, query))
        told = self.server.body
        if told is None:
            labels = {"queue": "billing", "outcome": "answered", "le": "20.0"}
            value = "10" if "abandoned" in query else "1000"
            told = {
                "data": {
                    "resultType": "vector",
                    "result": [{"metric": labels, "value": [0, value]}],
                }
            }
        body = told if isinstance(told, bytes) else json.dumps(told).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        self._take()

    def do_POST(self) -> None:
        self._take()

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@contextmanager
def room() -> Iterator[Recording]:
    server = Recording()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    path = tmp_path / "sla.yaml"
    path.write_text(SLA)
    return path


def told(*arguments: str | Path, **env: str) -> tuple[int, str]:
    """Return exit code and output of ``harness observe`` with *arguments*."""
    done = CliRunner().invoke(app, ["observe", *map(str, arguments)], env=env)
    return done.exit_code, done.output


def test_nothing_but_queries_is_ever_sent(contract: Path):
    """There are real customers behind that address."""
    with room() as server:
        code, said = told(contract, "--prometheus", server.url, "--over", "7d")

    assert code in (0, 1, 3), said
    assert {(verb, path) for verb, path, _ in server.requests} == {("GET", "/api/v1/query")}
    assert all('run=""' in query and "[604800s]" in query for _, _, query in server.requests)


def test_the_client_could_not_send_anything_else():
    """By how it is built: one request in it, a GET, to one path that is a constant."""
    tree = ast.parse(Path(harness.scrape.queries.__file__).read_text())
    calls = [
        node.func.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and ast.unparse(node.func.value) == "self._session"
    ]
    (cls,) = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    methods = [n.name for n in cls.body if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]

    assert calls == ["get"]
    assert methods == ["__init__", "ask"]
    assert harness.scrape.queries._PATH == "/api/v1/query"


def test_observing_imports_nothing_that_could_place_a_call():
    """No adapter, no generator, no admin port."""
    package = Path(harness.scrape.queries.__file__).parents[1]
    for path in ("cli/observe.py", "observe.py", "scrape/queries.py"):
        tree = ast.parse((package / path).read_text())
        named = {
            node.module
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module
        }
        assert not [
            each
            for each in named
            if each.startswith(
                ("harness.adapter", "harness.generator", "harness.target", "harness.faults")
            )
        ]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judge]:
    """Return a Prometheus that holds a recorded failover, without any run's name."""
    needs("prometheus", "promtool")
    with prometheus(recorded(), tmp_path_factory.mktemp("observed")) as judge:
        yield judge


async def test_each_kpi_is_what_its_panel_and_its_rule_say(live: Judge):
    """One definition: by another way of asking, the same figure to nine digits."""
    history = recorded()
    phase = history.phases[0]
    start_s, end_s = history.span_s(phase)
    kpis = [kpi for kpi in CATALOGUE.values() if kpi.expression is not None]
    wrong, measured = [], 0
    async with Queries(live.url) as queries:
        for kpi in kpis:
            asked = Question(threshold_s=900.0 if kpi.needs_threshold else None)
            expression = kpi.expression(asked)
            how = {Peak: "max", Last: "last"}.get(type(expression), "increase")
            wanted = dict.fromkeys(metrics(expression), how)
            window = round(end_s - start_s)
            found = await seen(queries, wanted, over_s=window, at=BASE_S + end_s)
            ours = counted(expression, found).value
            text = kpi.promql(asked, window=f"{window}s")
            theirs = live.ask(text, phase, history)
            measured += ours is not None
            if ours != theirs and (ours is None or theirs is None or ours != pytest.approx(theirs)):
                wrong.append((kpi.name, ours, theirs))

    assert not wrong
    assert measured > 10
    assert window_of(phase, history)


def test_a_month_is_judged_and_told(live: Judge, contract: Path):
    """The answer in the last line, what only a rehearsal can tell in the one before."""
    _, end_s = recorded().span_s(recorded().phases[0])
    at = datetime.fromtimestamp(BASE_S + end_s, UTC).isoformat()
    code, said = told(contract, "--prometheus", live.url, "--at", at, "--over", "5m")

    assert code in (0, 1, 3)
    assert "service_level[billing]" in said
    assert "Only a rehearsal can tell: lost_tickets" in said
    assert said.strip().splitlines()[-1].split()[0] in ("MET", "MISSED", "UNDECIDED")


def test_the_json_has_what_the_text_has(contract: Path):
    """For the monthly report, made by a program."""
    with room() as server:
        code, said = told(contract, "--prometheus", server.url, "--json")
    read = json.loads(said)

    assert {each["kpi"] for each in read["objectives"]} == {"service_level", "abandonment", "asa"}
    assert read["not_judged"] == ["lost_tickets"]
    assert (read["answer"] == "MET") == (code == 0)


def test_a_rehearsal_is_left_out_unless_it_is_asked_for(contract: Path):
    """Last night's failover is not the provider's month."""
    with room() as server:
        told(contract, "--prometheus", server.url, "--run", "20270301T020000Z-soak")

    assert all('run="20270301T020000Z-soak"' in query for _, _, query in server.requests)


def test_a_provider_s_own_names_are_asked_for_and_come_back_as_ours(tmp_path: Path, contract: Path):
    """By the profile that the rehearsals used."""
    profile = tmp_path / "provider.yaml"
    profile.write_text(
        yaml.safe_dump(
            {
                "name": "provider",
                "edge": "http://127.0.0.1:1",
                "sites": {"north": "http://127.0.0.1:2"},
                "adapter": "harness.adapter.reference:ReferenceAdapter",
                "authentication": {"kind": "none"},
                "metrics": {
                    "sources": {"acd": "http://127.0.0.1:3/metrics"},
                    "names": {
                        "cc_wait_seconds": {
                            "name": "acd_wait_milliseconds",
                            "times": "0.001",
                            "labels": {"queue": "skill"},
                        }
                    },
                },
            }
        )
    )
    with room() as server:
        labels = {"skill": "billing", "outcome": "answered", "le": "20000"}
        result = [{"metric": labels, "value": [0, "1000"]}]
        server.body = {"data": {"resultType": "vector", "result": result}}
        _, said = told(contract, "--prometheus", server.url, "--target", profile)
    asked = " ".join(query for _, _, query in server.requests)

    assert "acd_wait_milliseconds_bucket{" in asked, said
    assert "cc_wait_seconds" not in asked
    assert "service_level[billing]  100 %" in said, said


@pytest.mark.parametrize(
    ("status", "body", "what"),
    [
        (200, b"<html>log in</html>", "no answer"),
        (200, {"status": "success"}, "a vector of series"),
        (401, b"no token", "HTTP 401 no token"),
        (302, b"", "HTTP 302"),
    ],
)
def test_what_is_no_prometheus_is_named(status: int, body: object, what: str, contract: Path):
    """A log-in page is not "every objective missed"."""
    with room() as server:
        server.status, server.body = status, body
        code, said = told(contract, "--prometheus", server.url)

    assert code == 2
    assert what in " ".join(said.split())
    assert "Traceback" not in said


def test_a_server_that_is_not_there_is_named(contract: Path):
    """With its address, and what is wanted."""
    code, said = told(contract, "--prometheus", "http://127.0.0.1:1")

    assert code == 2
    assert "--prometheus http://127.0.0.1:1" in said


def test_a_server_that_knows_none_of_it_is_told_from_a_bad_month(contract: Path):
    """The names are wrong, not the service."""
    with room() as server:
        server.body = {"data": {"resultType": "vector", "result": []}}
        code, said = told(contract, "--prometheus", server.url)

    assert code == 2
    assert "--target" in said


def test_the_token_is_from_the_environment(contract: Path):
    """Never on a command line, which every user of a machine can read."""
    heard = []

    class Listening(_Answer):
        def do_GET(self) -> None:
            heard.append(self.headers.get("Authorization"))
            self._take()

    with room() as server:
        server.RequestHandlerClass = Listening
        told(contract, "--prometheus", server.url, **{AUTHORIZATION: "Bearer secret"})

    assert set(heard) == {"Bearer secret"}


@pytest.mark.parametrize(
    ("option", "written"),
    [
        ("--at", "yesterday"),
        ("--over", "a month"),
        ("--go-live", "2027-13-01"),
        ("--go-live", "2027-01-01"),
    ],
)
def test_an_option_that_makes_no_sense_is_named(option: str, written: str, contract: Path):
    """Nothing is asked then; and a day of going live needs a contract that moves from it on."""
    with room() as server:
        code, said = told(contract, "--prometheus", server.url, option, written)

    assert code == 2
    assert option in said or "progression" in said
    assert not server.requests
