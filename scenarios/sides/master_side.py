"""Master or single process: obeys the harness, writes the contact log, reports upwards."""

import json
import logging
import os
import socket
import sys
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import gevent
from gevent.event import Event
from gevent.fileobject import FileObject
from locust.runners import MasterRunner
from pydantic import TypeAdapter

from harness.clock import wall_now
from harness.model.control import Progress
from harness.segments import SegmentedLog
from scenarios.joining import TOKEN, Door, Unwelcome, sealed, versions
from scenarios.sides.probing import probe
from scenarios.sides.shard_side import HURRIED_DRAIN_S, PROGRESS_S
from scenarios.sides.told import Told
from scenarios.vitals import Vitals

CONTACT_LOG = "HARNESS_CONTACT_LOG"
SHARDS = "HARNESS_SHARDS"

_PROGRESS = TypeAdapter(Progress)
_OF_ALL = ("workers", "workers_lost", "processes")
_SUMMED = tuple(each.name for each in fields(Progress) if each.name not in _OF_ALL)
_LOOK_S = 0.2
_LAST_REPORT_S = 0.5
_ONLY = "the only one"
_log = logging.getLogger(__name__)


class MasterSide:
    """What steers the shards, however many; a single process is its own and only shard."""

    def __init__(self, environment: Any, told: Told) -> None:
        self._environment = environment
        self._told = told
        self._shards = int(os.environ[SHARDS])
        log = Path(os.environ[CONTACT_LOG])
        self._log = SegmentedLog(log)
        self._log_full = False
        self._assigned: set[str] = set()
        self._ready: set[str] = set()
        self._done: set[str] = set()
        self._lost: set[str] = set()
        self._all_done = Event()
        self._all_joined = Event()
        self._progress: dict[str, Progress] = {}
        self._staff: dict[str, list[dict[str, Any]]] = {}
        self._vitals: Vitals | None = None
        self._probing = False
        self._door = Door(os.environ.get(TOKEN, ""), shards=self._shards, ours=versions())
        runner = environment.runner
        runner.register_message("contacts", self._on_contacts)
        runner.register_message("progress", self._on_progress)
        runner.register_message("staff", self._on_staff)
        runner.register_message("halt", self._on_halt)
        runner.register_message("shard_ready", self._on_ready)
        runner.register_message("shard_done", self._on_done)
        if isinstance(runner, MasterRunner):
            self._vitals = Vitals("master", socket.gethostname())
            runner.register_message("join", self._on_join)
            runner.register_message("prove", self._on_prove)
            runner.register_message("clock", self._on_clock)
            gevent.spawn(self._look_after_workers)
        else:
            self._all_joined.set()

    def obey(self) -> None:
        """Carry out the harness's commands until it says stop or is gone."""
        commands = FileObject(sys.stdin.fileno(), "rb", close=False)
        for line in commands:
            command = json.loads(line)
            kind = command.pop("command")
            if kind == "start":
                gevent.spawn(self._assign, command)
            elif kind == "begin":
                self._begin(command)
            elif kind == "halt":
                self._send("halt_load", command)
            elif kind == "stop":
                self._stop(command)
                self._part("over")
                return
        self._stop({"at_s": 0.0, "drain_wall_s": HURRIED_DRAIN_S})
        self._part("orphaned")

    # ------------------------------------------------------------------ joining

    def _on_join(self, msg: Any, **_: object) -> None:
        reply = self._door.challenge(msg.node_id, msg.data)
        self._environment.runner.send_message("challenge", reply, msg.node_id)

    def _on_prove(self, msg: Any, **_: object) -> None:
        host = self._door.host_of(msg.node_id)
        runner = self._environment.runner
        try:
            words = self._door.let_in(msg.node_id, msg.data)
        except Unwelcome as no:
            runner.send_message("refused", {"why": str(no)}, msg.node_id)
            self._told.say("refused", host=host, why=str(no))
            return
        runner.send_message("admitted", words, msg.node_id)
        count = len(self._door.admitted)
        self._told.say("joined", name=words["name"], host=host, count=count, of=self._shards)
        if self._door.full:
            self._all_joined.set()

    def _on_clock(self, msg: Any, **_: object) -> None:
        if msg.node_id in self._door.admitted:
            reply = {"sent": msg.data["sent"], "here": wall_now()}
            self._environment.runner.send_message("clock", reply, msg.node_id)

    def _look_after_workers(self) -> None:
        """Notice who went missing, once and for good: what it had to do was not done in time."""
        while not self._all_done.is_set():
            gevent.sleep(_LOOK_S)
            for node, worker in self._door.admitted.items():
                if node not in self._lost and node not in self._done and not self._hears_of(node):
                    self._lost.add(node)
                    self._told.say("lost", name=worker.name, host=worker.host)
                    self._see_who_is_done()

    def _hears_of(self, node: str) -> bool:
        clients = self._environment.runner.clients
        alive = (*clients.ready, *clients.running, *clients.spawning)
        return any(client.id == node for client in alive)

    # ------------------------------------------------------------------ the load

    def _assign(self, start: dict[str, Any]) -> None:
        self._all_joined.wait()  # the harness gives up on us if they never come
        if self._lost:
            self._told.say("failed", why="a worker was lost before the load began")
            return
        runner, text = self._environment.runner, json.dumps(start)
        if not isinstance(runner, MasterRunner):
            self._assigned.add(_ONLY)
            runner.send_message("assign", {"index": 0, "shards": 1, "start": text})
        for worker in self._door.admitted.values():
            self._assigned.add(worker.node)
            box = sealed(worker.key, text)
            data = {"index": worker.index, "shards": self._shards, "start": box}
            runner.send_message("assign", data, worker.node)
        gevent.spawn(self._report_progress)

    def _begin(self, command: dict[str, Any]) -> None:
        if self._vitals is not None and not self._probing:
            self._probing = True
            gevent.spawn(probe, self._vitals)
        self._send("begin", command)

    def _send(self, kind: str, data: dict[str, Any]) -> None:
        """Tell all shards, and nobody else who may have connected."""
        runner = self._environment.runner
        if not isinstance(runner, MasterRunner):
            runner.send_message(kind, data)
        for node in self._door.admitted:
            runner.send_message(kind, data, node)

    def _stop(self, command: dict[str, Any]) -> None:
        self._send("end_load", command)
        self._see_who_is_done()
        if self._assigned:
            self._all_done.wait(command["drain_wall_s"] + 5.0)
        self._log.close()
        if self._log.lost:
            _log.error("contacts_lost lines=%d", self._log.lost)
        self._told.say("done", **asdict(self._sum(at_the_end=True)))

    def _part(self, how: str) -> None:
        """Let the workers go, telling them how the run ended, and end ourselves."""
        for node in self._door.admitted:
            self._environment.runner.send_message("parting", {"how": how}, node)
        gevent.sleep(_LAST_REPORT_S)
        # A failover run expects failed requests; the verdict is not Locust's to give.
        self._environment.process_exit_code = 0
        self._environment.runner.quit()

    # ------------------------------------------------------------------ what shards report

    def _knows(self, msg: Any) -> bool:
        """Whether *msg* is of a shard of ours, not of somebody who merely connected."""
        return self._vitals is None or msg.node_id in self._door.admitted

    def _node(self, msg: Any) -> str:
        return _ONLY if self._vitals is None else str(msg.node_id)

    def _on_contacts(self, msg: Any, **_: object) -> None:
        if self._knows(msg) and not self._log.closed:
            why = self._log.write(("\n".join(msg.data["lines"]) + "\n").encode())
            if why and not self._log_full:
                self._log_full = True
                self._told.say("log_full", why=why)

    def _on_progress(self, msg: Any, **_: object) -> None:
        if self._knows(msg):
            self._progress[self._node(msg)] = _PROGRESS.validate_python(msg.data)

    def _on_staff(self, msg: Any, **_: object) -> None:
        if self._knows(msg):
            self._staff[self._node(msg)] = msg.data["rows"]
            self._told.say("staff", rows=[row for rows in self._staff.values() for row in rows])

    def _on_halt(self, msg: Any, **_: object) -> None:
        """One shard has tripped: stop the others before anything else, then say so."""
        if self._knows(msg):
            self._send("halt_load", {"why": msg.data["why"]})
            self._told.say("halt", why=msg.data["why"])

    def _on_ready(self, msg: Any, **_: object) -> None:
        if not self._knows(msg):
            return
        self._ready.add(self._node(msg))
        if msg.data["why"]:
            self._told.say("failed", why=msg.data["why"])
        elif len(self._ready) == self._shards:
            self._told.say("progress", **asdict(self._sum()))
            self._told.say("ready")

    def _on_done(self, msg: Any, **_: object) -> None:
        if self._knows(msg):
            self._on_progress(msg)
            self._done.add(self._node(msg))
            self._see_who_is_done()

    def _see_who_is_done(self) -> None:
        if self._assigned and self._assigned <= self._done | self._lost:
            self._all_done.set()

    def _report_progress(self) -> None:
        while not self._all_done.is_set():
            self._told.say("progress", **asdict(self._sum()))
            gevent.sleep(PROGRESS_S)

    def _sum(self, *, at_the_end: bool = False) -> Progress:
        """Return all shards' progress in one.

        At the end whoever did not say that it is done is lost: what it had may never have come.
        """
        progress = self._progress
        silent = set(self._door.admitted) - self._done if at_the_end else set()
        lost = self._lost | silent
        gone = max(len(lost), self._shards - len(self._done)) if at_the_end else len(lost)
        processes = [
            replace(process, lost=node in lost)
            for node, each in sorted(progress.items(), key=lambda item: self._place(item[0]))
            for process in each.processes
        ]
        if self._vitals is not None:
            processes.insert(0, self._vitals.told())
        return Progress(
            **{name: sum(getattr(each, name) for each in progress.values()) for name in _SUMMED},
            workers=self._shards - gone,
            workers_lost=gone,
            processes=tuple(processes),
        )

    def _place(self, node: str) -> int:
        return self._door.admitted[node].index if node in self._door.admitted else 0
