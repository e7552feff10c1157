"""The Locust side of a run: Locust carries the processes and messages, the shards the customers.

``harness run`` starts this file, as one process or as a master with workers, and steers it over the
control pipe (standard input; what we say goes to the file descriptor in ``HARNESS_REPORT_FD``). One
user per process holds one shard of the schedule: the number of Locust users is the number of
shards, for ever, because contacts are not users. When the pipe closes, the harness is gone: we
leave politely and end.
"""

import contextlib
import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import gevent
from gevent.event import Event
from gevent.fileobject import FileObject
from locust import User, constant, events, task
from locust.runners import MasterRunner, WorkerRunner
from pydantic import TypeAdapter

from harness.model.control import Begin, Progress, Start, Stop
from scenarios.journeys.find import NoStory
from scenarios.shard import Shard

REPORT_FD = "HARNESS_REPORT_FD"
CONTACT_LOG = "HARNESS_CONTACT_LOG"
SHARDS = "HARNESS_SHARDS"

_PROGRESS_S = 0.5
_CONNECT_POLL_S = 0.05
_LAST_REPORT_S = 0.5
_HURRIED_DRAIN_S = 1.0

_ADDED_UP = ("started", "dropped", "playing", "broken", "stream_gaps", "left", "pending")

_START = TypeAdapter(Start)
_BEGIN = TypeAdapter(Begin)
_STOP = TypeAdapter(Stop)


class Customers(User):
    """The one user of this process: all the customers of its shard."""

    wait_time = constant(1)

    @task
    def attend(self) -> None:
        """Nothing: the shard's own greenlets do the work, and Locust must not count them."""


class ShardSide:
    """Worker or single process: receives an assignment, then phases; reports contacts."""

    def __init__(self, environment: Any) -> None:
        self._environment = environment
        self._shard: Shard | None = None
        runner = environment.runner
        runner.register_message("assign", self._on_assign, concurrent=True)
        runner.register_message("begin", self._on_begin)
        runner.register_message("stop", self._on_stop, concurrent=True)

    def _report(self, kind: str, data: dict[str, object]) -> None:
        self._environment.runner.send_message(kind, data)

    def _on_assign(self, msg: Any, **_: object) -> None:
        start = _START.validate_json(msg.data["start"])
        fire: Callable[..., None] = self._environment.events.request.fire
        try:
            self._shard = Shard(
                start,
                index=msg.data["index"],
                shards=msg.data["shards"],
                fire=fire,
                report=self._report,
            )
        except NoStory as error:
            self._report("shard_ready", {"ready": False, "why": str(error)})
            return
        ready = self._shard.wait_until_ready()
        gevent.spawn(self._report_progress)
        self._report("shard_ready", {"ready": ready})

    def _on_begin(self, msg: Any, **_: object) -> None:
        if self._shard is not None:
            self._shard.begin(_BEGIN.validate_python(msg.data))

    def _on_stop(self, msg: Any, **_: object) -> None:
        if self._shard is not None:
            self._shard.stop(_STOP.validate_python(msg.data))

    def _report_progress(self) -> None:
        while self._shard is not None:
            self._report("progress", {"shard": os.getpid(), **asdict(self._shard.progress())})
            gevent.sleep(_PROGRESS_S)


class MasterSide:
    """Master or single process: obeys the harness, writes the contact log, reports upwards."""

    def __init__(self, environment: Any) -> None:
        self._environment = environment
        self._shards = int(os.environ[SHARDS])
        self._up = os.fdopen(int(os.environ[REPORT_FD]), "w", buffering=1)
        log = Path(os.environ[CONTACT_LOG])
        self._log = log.open("a", buffering=1, encoding="utf-8")
        self._ready = 0
        self._done = 0
        self._all_done = Event()
        self._progress: dict[str, dict[str, Any]] = {}
        self._staff: dict[int, list[dict[str, Any]]] = {}
        runner = environment.runner
        runner.register_message("contacts", self._on_contacts)
        runner.register_message("progress", self._on_progress)
        runner.register_message("staff", self._on_staff)
        runner.register_message("shard_ready", self._on_ready)
        runner.register_message("shard_done", self._on_done)

    def obey(self) -> None:
        """Carry out the harness's commands until it says stop or is gone."""
        commands = FileObject(sys.stdin.fileno(), "rb", close=False)
        for line in commands:
            command = json.loads(line)
            kind = command.pop("command")
            if kind == "start":
                self._assign(command)
            elif kind == "begin":
                self._environment.runner.send_message("begin", command)
            elif kind == "stop":
                self._stop(command)
                return
        self._stop({"at_s": 0.0, "drain_wall_s": _HURRIED_DRAIN_S})

    def _assign(self, start: dict[str, Any]) -> None:
        runner = self._environment.runner
        text = json.dumps(start)
        while self._workers() < self._shards:  # the harness gives up on us if they never come
            gevent.sleep(_CONNECT_POLL_S)
        clients = sorted(runner.clients) if isinstance(runner, MasterRunner) else [None]
        if len(clients) != self._shards:
            self._say("failed", why=f"{len(clients)} workers came, not {self._shards}")
            return
        for index, client in enumerate(clients):
            data = {"index": index, "shards": self._shards, "start": text}
            runner.send_message("assign", data, client)
        gevent.spawn(self._report_progress)

    def _stop(self, command: dict[str, Any]) -> None:
        self._environment.runner.send_message("stop", command)
        self._all_done.wait(command["drain_wall_s"] + 5.0)
        total = self._sum()
        silent = self._shards - self._done  # did not say that they are done: what they had is lost
        self._say("done", **asdict(replace(total, workers_lost=max(total.workers_lost, silent))))
        self._log.close()
        gevent.sleep(_LAST_REPORT_S)
        # A failover run expects failed requests; the verdict is not Locust's to give.
        self._environment.process_exit_code = 0
        self._environment.runner.quit()

    def _on_contacts(self, msg: Any, **_: object) -> None:
        self._log.write("\n".join(msg.data["lines"]) + "\n")

    def _on_progress(self, msg: Any, **_: object) -> None:
        self._progress[str(msg.data.pop("shard"))] = msg.data

    def _on_staff(self, msg: Any, **_: object) -> None:
        self._staff[msg.data["shard"]] = msg.data["rows"]
        self._say("staff", rows=[row for rows in self._staff.values() for row in rows])

    def _on_ready(self, msg: Any, **_: object) -> None:
        self._ready += 1 if msg.data["ready"] else 0
        if not msg.data["ready"]:
            self._say("failed", why=msg.data.get("why", "the event stream did not open"))
        elif self._ready == self._shards:
            self._say("ready")

    def _on_done(self, msg: Any, **_: object) -> None:
        self._on_progress(msg)
        self._done += 1
        if self._done == self._shards:
            self._all_done.set()

    def _report_progress(self) -> None:
        while True:
            self._say("progress", **asdict(self._sum()))
            gevent.sleep(_PROGRESS_S)

    def _sum(self) -> Progress:
        shards = self._progress.values()
        total = {name: sum(shard[name] for shard in shards) for name in _ADDED_UP}
        alive = self._workers()
        return Progress(
            **total,
            workers=alive,
            workers_lost=max(0, self._shards - alive),
        )

    def _workers(self) -> int:
        runner = self._environment.runner
        if not isinstance(runner, MasterRunner):
            return 1
        clients = runner.clients
        return len(clients.ready) + len(clients.running) + len(clients.spawning)

    def _say(self, event: str, **fields: object) -> None:
        with contextlib.suppress(BrokenPipeError):  # gone: the closed control pipe ends us
            self._up.write(json.dumps({"event": event, **fields}) + "\n")


@events.init.add_listener  # type: ignore[untyped-decorator]
def take_sides(environment: Any, **_: object) -> None:
    """Be master, worker or both, once the runner is there."""
    runner = environment.runner
    if REPORT_FD not in os.environ and not isinstance(runner, WorkerRunner):
        sys.exit("locustfile.py is started by `harness run`; see `harness run --help`.")
    if not isinstance(runner, MasterRunner):
        ShardSide(environment)
    if isinstance(runner, WorkerRunner):
        gevent.spawn(_end_with_the_harness, runner)
    else:
        gevent.spawn(MasterSide(environment).obey)


def _end_with_the_harness(runner: WorkerRunner) -> None:
    """Wait for the end of the control pipe, then quit: the harness is gone or done with us."""
    for _ in FileObject(sys.stdin.fileno(), "rb", close=False):
        pass
    runner.quit()
