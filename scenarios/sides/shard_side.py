"""Worker or single process: is given a shard, then phases; reports contacts and its health."""

import logging
import os
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import gevent
from gevent.event import Event
from gevent.fileobject import FileObject
from locust.runners import WorkerRunner
from pydantic import TypeAdapter

from harness.clock import wall_now
from harness.guard.rules import refusals
from harness.model.control import Begin, Halt, Start, Stop
from scenarios.joining import TOKEN, Guest, Unwelcome, unsealed, versions
from scenarios.shard import Shard
from scenarios.sides.probing import probe
from scenarios.sides.told import Told
from scenarios.vitals import Vitals

WORKER_NAME = "HARNESS_WORKER_NAME"
ALONE_NAME = "generator"
HURRIED_DRAIN_S = 1.0
PROGRESS_S = 0.5

_START = TypeAdapter(Start)
_BEGIN = TypeAdapter(Begin)
_HALT = TypeAdapter(Halt)
_STOP = TypeAdapter(Stop)
_CLOCK_ASKED_FIRST = 8
_CLOCK_FIRST_EVERY_S = 0.02
_CLOCK_EVERY_S = 1.0
_CLOCK_KNOWN_S = 2.0
_MASTER_SILENT_S = 10.0
_log = logging.getLogger(__name__)


class ShardSide:
    """One shard of the load, told what to do by the master, or by ourselves if we are it."""

    def __init__(self, environment: Any) -> None:
        self._environment = environment
        self._shard: Shard | None = None
        self._open: Callable[[Any], str] = str
        self._probing = False
        self._ending = False
        self._ended = Event()
        self.vitals = Vitals(ALONE_NAME, socket.gethostname())
        runner = environment.runner
        runner.register_message("assign", self._on_assign, concurrent=True)
        runner.register_message("begin", self._on_begin)
        runner.register_message("halt_load", self._on_halt)
        # Not "stop": that is a word of Locust's own, which a worker would keep to itself.
        runner.register_message("end_load", self._on_end_load, concurrent=True)

    def leave(self) -> None:
        """End the load at once, politely: whoever steered us is gone."""
        self._end_load(Stop(0.0, HURRIED_DRAIN_S))

    def report(self, kind: str, data: dict[str, object]) -> None:
        """Send the master something."""
        self._environment.runner.send_message(kind, data)

    def _on_assign(self, msg: Any, **_: object) -> None:
        try:
            start = _START.validate_json(self._open(msg.data["start"]))
        except Unwelcome as no:
            self.report("shard_ready", {"why": str(no)})
            return
        # The guard has asked the target already; a worker looks for itself all the same, for it
        # may stand on another machine than the one that the guard asked from.
        if refused := list(refusals(start.endpoints)):
            self.report("shard_ready", {"why": " ".join(refused)})
            return
        if self._ending:
            return
        try:
            self._shard = Shard(
                start,
                index=msg.data["index"],
                shards=msg.data["shards"],
                fire=self._environment.events.request.fire,
                report=self.report,
                vitals=self.vitals,
            )
        except Exception as error:  # noqa: BLE001  whatever it is, the run must not wait for us
            _log.exception("shard_not_made")
            self.report("shard_ready", {"why": f"{type(error).__name__}: {error}"})
            return
        ready = self._shard.wait_until_ready()
        gevent.spawn(self._report_progress)
        self.report("shard_ready", {"why": "" if ready else "the event stream did not open"})

    def _on_begin(self, msg: Any, **_: object) -> None:
        if self._shard is None:
            return
        if not self._probing:  # what a process does while it starts says nothing of the load
            self._probing = True
            gevent.spawn(probe, self.vitals)
        self._shard.begin(_BEGIN.validate_python(msg.data))

    def _on_halt(self, msg: Any, **_: object) -> None:
        if self._shard is not None:
            self._shard.halt(_HALT.validate_python(msg.data))

    def _on_end_load(self, msg: Any, **_: object) -> None:
        self._end_load(_STOP.validate_python(msg.data))

    def _end_load(self, stop: Stop) -> None:
        """End the load once; whoever asks again waits until it has ended."""
        if self._ending:
            self._ended.wait()
            return
        self._ending = True
        try:
            if self._shard is not None:
                self._shard.stop(stop)
        finally:
            self._ended.set()

    def _report_progress(self) -> None:
        while self._shard is not None and not self._ending:
            self.report("progress", asdict(self._shard.progress()))
            gevent.sleep(PROGRESS_S)


class WorkerSide(ShardSide):
    """A shard in a process of its own, perhaps on another machine: it has to join first."""

    def __init__(self, environment: Any, told: Told) -> None:
        super().__init__(environment)
        self._runner: WorkerRunner = environment.runner
        self._told = told
        self._clock_known = Event()
        hello = {
            "name": os.environ.get(WORKER_NAME, ""),
            "host": self.vitals.host,
            "versions": versions(),
        }
        self._guest = Guest(os.environ.get(TOKEN, ""), self._runner.client_id, hello)
        self._runner.register_message("challenge", self._on_challenge)
        self._runner.register_message("admitted", self._on_admitted, concurrent=True)
        self._runner.register_message("refused", self._on_refused)
        self._runner.register_message("clock", self._on_clock)
        self._runner.register_message("parting", self._on_parting)

    def join(self) -> None:
        """Knock at the master's door."""
        self.report("join", dict(self._guest.knock()))

    def watch_the_master(self) -> None:
        """Leave when the master falls silent or our parent ends. Run it in a greenlet."""
        heard, since = self._runner.last_heartbeat_timestamp, time.monotonic()
        while True:
            gevent.sleep(1.0)
            # The stamp itself is of the machine's clock, which may be set meanwhile.
            if heard != self._runner.last_heartbeat_timestamp:
                heard, since = self._runner.last_heartbeat_timestamp, time.monotonic()
            elif heard is not None and time.monotonic() - since > _MASTER_SILENT_S:
                self._told.say("orphaned")
                self.leave()
                self._runner.quit()
                return

    def end_with_the_parent(self) -> None:
        """Wait for the end of standard input, then quit. Run it in a greenlet."""
        for _ in FileObject(sys.stdin.fileno(), "rb", close=False):
            pass
        self.leave()
        self._runner.quit()

    def _on_challenge(self, msg: Any, **_: object) -> None:
        self.report("prove", dict(self._guest.prove(msg.data)))

    def _on_admitted(self, msg: Any, **_: object) -> None:
        try:
            self._guest.enter(msg.data)
        except Unwelcome as no:
            self._turned_away(str(no))
            return
        key = self._guest.key
        assert key is not None
        self._open = lambda box: unsealed(key, box)
        self.vitals.name = str(msg.data["name"])
        self._told.say("joined", name=self.vitals.name)
        gevent.spawn(self._ask_the_time)

    def _on_assign(self, msg: Any, **_: object) -> None:
        self._clock_known.wait(_CLOCK_KNOWN_S)
        super()._on_assign(msg)

    def _on_refused(self, msg: Any, **_: object) -> None:
        self._turned_away(str(msg.data["why"]))

    def _on_parting(self, msg: Any, **_: object) -> None:
        self._told.say(str(msg.data["how"]))

    def _turned_away(self, why: str) -> None:
        _log.error("worker_refused why=%s", why)
        self._told.say("refused", why=why)
        gevent.spawn(self._runner.quit)

    def _ask_the_time(self) -> None:
        """Ask the master what time it is, for ever: eight times quickly, then once a second."""
        for asked in range(sys.maxsize):
            self.report("clock", {"sent": wall_now()})
            first = asked < _CLOCK_ASKED_FIRST
            gevent.sleep(_CLOCK_FIRST_EVERY_S if first else _CLOCK_EVERY_S)
            if not first:
                self._clock_known.set()

    def _on_clock(self, msg: Any, **_: object) -> None:
        data = msg.data
        self.vitals.skew.add(sent=data["sent"], theirs=data["here"], heard=wall_now())
