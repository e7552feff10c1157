"""The asyncio parent of the Locust processes: starts them, steers them, notices when they die.

Knows nothing of customers: it passes on which phase begins when, and hears how the load is doing.
What became of each contact is in the contact log, which the record reads while it grows.
"""

import asyncio
import contextlib
import json
import secrets
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from harness.errors import Problem, TargetError, UsageError
from harness.generator import processes
from harness.generator.crew import Address, Crew
from harness.model.control import Begin, Halt, Progress, Start, Stop
from harness.model.event import Level
from harness.model.guard import Watch
from harness.model.scenario import Load
from harness.model.staffing import ShiftTally, merged

CONTACT_LOG = "contacts.ndjson"
_READY_S = 30.0
_END_S = 10.0
_LOOK_S = 0.2
_PROGRESS = TypeAdapter(Progress)

Tell = Callable[[str, Level, dict[str, str]], None]
"""Whoever wants to know what happens to the workers: a name, how bad it is, and its fields."""


class Generator:
    """A running load generator. Made by ``running``."""

    def __init__(
        self,
        family: processes.Family,
        up: asyncio.StreamReader,
        log: Path,
        crew: Crew,
        tell: Tell,
    ) -> None:
        self.contact_log = log
        self.workers = crew.workers
        self.progress = Progress(workers=crew.workers)
        self.staff: tuple[ShiftTally, ...] = ()
        self.tripped = ""
        self.log_full = ""
        self._watch: Watch | None = None
        self._family = family
        self._crew = crew
        self._up = up
        self._tell = tell
        self._joined = 0
        self._ready = asyncio.Event()
        self._done = asyncio.Event()
        self._failure = ""

    async def gather(self) -> None:
        """Wait until every worker that has to join has done so. Before ``listen``.

        Raises:
            UsageError: they did not come in time.
            TargetError: the master ended.
        """
        at, within_s = self._crew.listen, self._crew.join_within_s
        self._tell("waiting_for_workers", Level.INFO, {"at": str(at), "workers": str(self.workers)})
        try:
            async with asyncio.timeout(within_s):
                while self._joined < self.workers:
                    if not (line := await self._up.readline()):
                        raise self._ended_by_itself()
                    self._hear(json.loads(line))
        except TimeoutError:
            found = f"{self._joined} of them joined at {at} within {within_s:g} s"
            want = f"{self.workers} times `harness worker --join {at}`, or a longer --join-within"
            raise UsageError([Problem(f"--workers {self.workers}", found, want)]) from None

    async def start(self, start: Start) -> None:
        """Assign the shards and wait until each hears the target's events.

        Raises:
            TargetError: the generator did not get ready.
        """
        self._watch = start.endpoints.watch
        await self._say("start", TypeAdapter(Start).dump_python(start, mode="json"))
        try:
            async with asyncio.timeout(_READY_S):
                await self._until_ready()
        except TimeoutError:
            logs = self.contact_log.parent
            message = f"the load generator was not ready after {_READY_S:g} s; see {logs}"
            raise TargetError(message) from None
        if self._failure:
            raise TargetError(f"the load generator could not begin: {self._failure}")

    async def _until_ready(self) -> None:
        """Wait until all shards are ready, or until one of our processes cannot become so."""
        while not self._ready.is_set():
            if name := self._family.gone:
                logs = self.contact_log.parent
                raise TargetError(f"{name} ended before the load began; see {logs}/{name}.log")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_S):
                    await self._ready.wait()

    async def begin(self, phase: str, at_s: float, load: Load) -> None:
        """From *at_s* (centre seconds of the run) on the load is that of *phase*: *load*."""
        await self._say("begin", TypeAdapter(Begin).dump_python(Begin(phase, at_s, load)))

    async def halt(self, why: str) -> None:
        """Let nobody new come from now on, because of *why*: a code of the guard's."""
        await self._say("halt", TypeAdapter(Halt).dump_python(Halt(why)))

    async def stop(self, at_s: float, *, drain_wall_s: float) -> None:
        """End the load at *at_s*, give who is still there *drain_wall_s* to hang up, and wait.

        Under a rate cap they have as much longer as they and the agents take, one after the other.

        Raises:
            TargetError: it did not say that it was done.
        """
        people = self.progress.playing + sum(each.heads for each in self.staff)
        drain_wall_s += self._watch.leaving_wall_s(people) if self._watch else 0.0
        await self._say("stop", TypeAdapter(Stop).dump_python(Stop(at_s, drain_wall_s)))
        try:
            async with asyncio.timeout(drain_wall_s + _END_S):
                await self._done.wait()
        except TimeoutError:
            logs = self.contact_log.parent
            raise TargetError(f"the load generator did not end when told to; see {logs}") from None

    async def listen(self) -> None:
        """Follow what the generator says until it is done.

        Raises:
            TargetError: it died, or lost all its workers, before it was told to stop.
        """
        while line := await self._up.readline():
            self._hear(json.loads(line))
            if self._done.is_set():
                return
            if not self.progress.workers:
                raise TargetError("every worker was lost: nobody is left to generate load")
        self._failure = "its process ended"
        self._ready.set()
        raise self._ended_by_itself()

    async def end(self) -> None:
        """End its processes, whatever they are doing."""
        await self._family.end()

    def _hear(self, message: dict[str, Any]) -> None:
        event = message.pop("event")
        if event == "failed":
            self._failure = message["why"]
            self._ready.set()
        elif event == "ready":
            self._ready.set()
        elif event == "halt":
            self.tripped = self.tripped or str(message["why"])
        elif event == "log_full":
            self.log_full = str(message["why"])
        elif event == "staff":
            self.staff = merged(ShiftTally(**row) for row in message["rows"])
        elif event == "progress":
            self.progress = _PROGRESS.validate_python(message)
        elif event == "done":
            self.progress = _PROGRESS.validate_python(message)
            self._done.set()
        else:
            self._hear_of_workers(event, message)

    def _hear_of_workers(self, event: str, message: dict[str, Any]) -> None:
        if event == "joined":
            self._joined = message["count"]
            which = {"worker": f"{message['name']} on {message['host']}"}
            self._tell(
                "worker_joined", Level.INFO, which | {"count": f"{self._joined} of {message['of']}"}
            )
        elif event == "refused":
            self._tell(
                "worker_refused", Level.WARNING, {"host": message["host"], "why": message["why"]}
            )
        elif event == "lost":
            which = {"worker": f"{message['name']} on {message['host']}"}
            self._tell(
                "worker_lost", Level.ERROR, which | {"why": "no word of it for three seconds"}
            )

    def _ended_by_itself(self) -> TargetError:
        return TargetError(f"the load generator ended by itself; see {self.contact_log.parent}")

    async def _say(self, command: str, fields: dict[str, Any]) -> None:
        pipe = self._family.first.stdin
        assert pipe is not None
        try:
            pipe.write(json.dumps({"command": command, **fields}).encode() + b"\n")
            await pipe.drain()
        except (BrokenPipeError, ConnectionResetError):
            raise TargetError(
                f"the load generator is gone; see {self.contact_log.parent}"
            ) from None


@asynccontextmanager
async def running(folder: Path, *, crew: Crew, tell: Tell) -> AsyncIterator[Generator]:
    """Run a generator for the block: one process, or a master and the workers of *crew*.

    Workers that have to join from elsewhere have done so when the block begins. Log files go to
    *folder*.

    Raises:
        UsageError: not all workers joined, or the address to meet at is taken.
        TargetError: the generator broke.
    """
    alone = crew.workers == 1 and crew.listen is None
    at = crew.listen or Address("127.0.0.1", 0 if alone else _free_port())
    if crew.listen is not None:
        _check_free(crew.listen)
    token = crew.token or secrets.token_urlsafe(32)
    family = processes.Family(folder)
    log = folder / CONTACT_LOG
    try:
        reader = await family.start_reporting(
            "locust" if alone else "locust-master",
            processes.locust("--headless", "--only-summary", *([] if alone else _master(at))),
            HARNESS_CONTACT_LOG=str(log),
            HARNESS_SHARDS=str(crew.workers),
            HARNESS_JOIN_TOKEN=token,
        )
        generator = Generator(family, reader, log, crew, tell)
        if crew.listen is not None:
            await generator.gather()
        elif not alone:
            for number in range(1, crew.workers + 1):
                await family.start(
                    f"locust-worker-{number}",
                    processes.worker(at),
                    HARNESS_WORKER_NAME=f"worker {number}",
                    HARNESS_JOIN_TOKEN=token,
                )
        yield generator
    finally:
        await family.end()


def _master(at: Address) -> list[str]:
    return ["--master", "--master-bind-host", at.host, "--master-bind-port", str(at.port)]


def _check_free(at: Address) -> None:
    """Refuse an address at which nobody can meet us.

    Raises:
        UsageError: it is taken, or not one of this machine's.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((at.host, at.port))
        except OSError as error:
            found = f"an address that cannot be listened at ({error.strerror})"
            raise UsageError(
                [Problem(f"--listen {at}", found, "a free one of this machine's")]
            ) from None


def _free_port() -> int:
    """Return a port on loopback that is free now, outside the range of outgoing connections."""
    for _ in range(100):
        port = secrets.choice(range(20_000, 32_000))  # two runs at once must not meet
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise TargetError("no free port between 20000 and 32000 for the Locust master")
