"""Standing alone: ``locust -f scenarios/locustfile.py`` for people who know Locust. No verdict.

The phases of a scenario are played as its schedule says, against a centre that already runs
(``harness mock``), with Locust's own statistics and web page. Nothing is broken or scraped, no
gate decided: the verdict comes from ``harness run``. The guard's rules hold here too.
"""

import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gevent
from gevent import Greenlet
from pydantic import TypeAdapter

from harness.clock import RunClock, wall_now
from harness.guard.rules import attestation_refusal, refusals
from harness.model.contact import Call, Outcome, from_json
from harness.model.control import Begin, Start, Stop
from harness.model.scenario import PhaseKind, Scenario
from harness.model.target import Endpoints
from scenarios.journeys.transport import client_of
from scenarios.shard import Shard
from scenarios.vitals import Vitals

_SHIPPED = Path(__file__).resolve().parents[1] / "pre_cutover.yaml"
_LEAD_WALL_S = 0.3
_DRAIN_WALL_S = 1.0
_ANSWER_S = 5.0
_REFUSED = 4
_USAGE = 2
_SPEED = re.compile(r"^cc_speed(?:\{[^}]*\})? ([0-9.e+]+)$", re.MULTILINE)
_log = logging.getLogger(__name__)

_NO_HOST = """\
locustfile.py stands alone here: it needs a centre to call. Start one, and tell where it is:

    harness mock --speed 20       (paste the lines it prints that begin with `export`)
    locust -f scenarios/locustfile.py --host $EDGE

It plays the phases of --scenario and shows Locust's statistics.
The verdict comes from `harness run`.
"""


def add_arguments(parser: Any) -> None:
    """Add what a run without a verdict takes, and have the web page on this machine alone."""
    parser.add_argument(
        "--scenario",
        default=str(_SHIPPED),
        include_in_web_ui=False,
        help="Whose phases are played. --users and --spawn-rate change nothing: how many"
        " customers come when is the scenario's. The target is --host, its credentials are in"
        " CLIENT_ID and CLIENT_SECRET, as `harness mock` prints them.",
    )
    # Locust's page listens on every network by default; whoever wants that has to say so.
    parser.set_defaults(web_host="127.0.0.1")


def stand(environment: Any) -> None:
    """Play a scenario whenever Locust's test is started, until it is over or stopped."""
    options = environment.parsed_options
    if not options.host:
        _leave(_NO_HOST, _USAGE)
    endpoints = Endpoints(
        edge=options.host.rstrip("/"),
        sites={},
        client_id=os.environ.get("CLIENT_ID", ""),
        client_secret=os.environ.get("CLIENT_SECRET", ""),
        ca_file=os.environ.get("CURL_CA_BUNDLE", ""),
    )
    if refused := list(refusals(endpoints)):
        _leave("\n".join(refused), _REFUSED)
    refusal = attestation_refusal(_asked(endpoints, "/.well-known/test-environment"))
    if refusal is not None:
        _leave(refusal, _REFUSED)
    player = _Player(environment, endpoints, _loaded(Path(options.scenario)))
    environment.events.test_start.add_listener(player.start)
    environment.events.test_stopping.add_listener(player.stop)
    # Failed calls are what a rehearsal looks for; they are no failure of Locust's.
    environment.process_exit_code = 0


class _Player:
    """Plays all phases of a scenario, one test of Locust's after the other."""

    def __init__(self, environment: Any, endpoints: Endpoints, loaded: Mapping[str, Any]) -> None:
        self._environment = environment
        self._endpoints = endpoints
        self._scenario = TypeAdapter(Scenario).validate_python(loaded["scenario"])
        self._adapter = str(loaded["adapter"])
        self._host = environment.host
        self._tests = 0
        # Calls that ended with a promise: each is told again when it is kept, and at its end.
        self._promised: set[str] = set()
        self._shard: Shard | None = None
        self._playing: Greenlet[..., None] | None = None

    def start(self, **_: object) -> None:
        """Begin with the first phase."""
        if self._environment.host != self._host:
            _log.error(
                "E_OTHER_HOST: the target is %s, as --host said; it is not changed on the page."
                " Nothing was sent.",
                self._host,
            )
            gevent.spawn(self._environment.runner.stop)
            return
        self._tests += 1
        self._promised.clear()  # the same customers come again
        run = f"locust-{os.getpid()}-{self._tests}"
        speed = _speed_of(self._endpoints)
        clock = RunClock(wall_now(), speed)
        _log.warning(
            "Playing %s at the target's speed of %g, without its faults. This shows statistics;"
            " the verdict comes from `harness run`.",
            self._scenario.name,
            speed,
        )
        self._shard = Shard(
            Start(
                scenario=self._scenario,
                endpoints=self._endpoints,
                adapter=self._adapter,
                epoch=clock.epoch,
                speed=speed,
                run=run,
                reference_prefix=f"{run}/",
            ),
            index=0,
            shards=1,
            fire=self._environment.events.request.fire,
            report=self._report,
            vitals=Vitals(run, ""),
        )
        self._playing = gevent.spawn(self._play, self._shard, clock)

    def stop(self, **_: object) -> None:
        """Let nobody new come; who is still there hangs up."""
        shard, self._shard = self._shard, None
        if self._playing is not None and self._playing is not gevent.getcurrent():
            self._playing.kill()
        if shard is not None:
            shard.stop(Stop(0.0, _DRAIN_WALL_S))

    def _play(self, shard: Shard, clock: RunClock) -> None:
        if not shard.wait_until_ready():
            _log.error("The target's event stream did not open; nobody was sent.")
            self._end()
            return
        at_s = clock.now_s() + _LEAD_WALL_S * clock.speed
        for phase in self._scenario.phases:
            if phase.kind is PhaseKind.LINES:
                continue
            _log.warning("phase %s", phase.name)
            shard.begin(Begin(phase.name, at_s))
            at_s += phase.duration_s
            # The next phase is announced before it begins, so that no contact of it is late.
            announced = clock.wall(at_s) - _LEAD_WALL_S
            gevent.sleep(max(0.0, announced - wall_now()))
        gevent.sleep(max(0.0, clock.wall(at_s) - wall_now()))
        _log.warning("The schedule is over. The verdict comes from `harness run`.")
        self._end()

    def _end(self) -> None:
        """End Locust's test, and without a page Locust itself."""
        runner = self._environment.runner
        headless = self._environment.web_ui is None
        gevent.spawn(runner.quit if headless else runner.stop)

    def _report(self, kind: str, data: dict[str, Any]) -> None:
        """Show how calls ended beside Locust's requests; times are the centre's."""
        for line in data["lines"] if kind == "contacts" else ():
            contact = from_json(line)
            if isinstance(contact, Call) and contact.ended_s is not None and contact.outcome:
                if contact.id in self._promised:
                    continue
                if contact.outcome is Outcome.CALLBACK:
                    self._promised.add(contact.id)
                good = contact.outcome is Outcome.ANSWERED
                self._environment.events.request.fire(
                    request_type="CALL",
                    name=f"{contact.queue} in {contact.phase}: wait",
                    response_time=1000 * (contact.wait_s or contact.ended_s - contact.due_s),
                    response_length=0,
                    exception=None if good else _NotAnswered(contact.outcome.value),
                    context={},
                )


class _NotAnswered(Exception):
    """How a call ended that no agent answered."""


def _loaded(scenario: Path) -> Mapping[str, Any]:
    """Return the scenario as checked values: in a process of its own, for it needs no gevent."""
    root = str(Path(__file__).resolve().parents[2])
    done = subprocess.run(
        [sys.executable, "-P", "-m", "harness", "check", str(scenario), "--json"],
        env={**os.environ, "PYTHONPATH": root},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        _leave("", done.returncode)  # what is wrong was printed by the child
    loaded: Mapping[str, Any] = json.loads(done.stdout)
    return loaded


def _asked(endpoints: Endpoints, path: str) -> object:
    """Return the JSON at *path* of the target; None if it does not answer with any."""
    try:
        return json.loads(_read(endpoints, path))
    except (OSError, ValueError):
        return None


def _speed_of(endpoints: Endpoints) -> float:
    """Return the speed that the target publishes; without one its time is real."""
    try:
        found = _SPEED.search(_read(endpoints, "/metrics").decode())
    except (OSError, ValueError):
        return 1.0
    return float(found.group(1)) if found else 1.0


def _read(endpoints: Endpoints, path: str) -> bytes:
    client = client_of(endpoints, answer_s=_ANSWER_S)
    try:
        response = client.get(path)
        return bytes(response.read()) if response.status_code == 200 else b""
    finally:
        client.close()


def _leave(why: str, code: int) -> None:
    if why:
        sys.stderr.write(why + "\n")
    raise SystemExit(code)
