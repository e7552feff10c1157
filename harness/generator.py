"""The asyncio parent of the Locust processes: starts them, steers them, notices when they die.

Knows nothing of customers: it passes on which phase begins when, and hears how the load is doing.
What became of each contact is in the contact log, which the record reads while it grows.
"""

import asyncio
import json
import os
import secrets
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import IO, Any

from pydantic import TypeAdapter

from harness.children import Child, child_environment, ended
from harness.errors import TargetError
from harness.model.control import Begin, Progress, Start, Stop
from harness.model.staffing import ShiftTally, merged
from harness.shielding import to_the_end

CONTACT_LOG = "contacts.ndjson"
_READY_S = 30.0
_END_S = 10.0
_LOCUSTFILE = Path(__file__).parent.parent / "scenarios" / "locustfile.py"


class Generator:
    """A running load generator. Made by ``running``."""

    def __init__(
        self, processes: list[Child], up: asyncio.StreamReader, log: Path, workers: int
    ) -> None:
        self.contact_log = log
        self.workers = workers
        self.progress = Progress()
        self.staff: tuple[ShiftTally, ...] = ()
        self._processes = processes
        self._up = up
        self._ready = asyncio.Event()
        self._done = asyncio.Event()
        self._failure = ""

    async def start(self, start: Start) -> None:
        """Assign the shards and wait until each hears the target's events.

        Raises:
            TargetError: the generator did not get ready.
        """
        await self._say("start", TypeAdapter(Start).dump_python(start, mode="json"))
        try:
            async with asyncio.timeout(_READY_S):
                await self._ready.wait()
        except TimeoutError:
            logs = self.contact_log.parent
            message = f"the load generator was not ready after {_READY_S:g} s; see {logs}"
            raise TargetError(message) from None
        if self._failure:
            raise TargetError(f"the load generator could not begin: {self._failure}")

    async def begin(self, phase: str, at_s: float) -> None:
        """From *at_s* (centre seconds of the run) on the load is that of *phase*."""
        await self._say("begin", TypeAdapter(Begin).dump_python(Begin(phase, at_s)))

    async def stop(self, at_s: float, *, drain_wall_s: float) -> None:
        """End the load at *at_s*, give who is still there *drain_wall_s* to hang up, and wait.

        Raises:
            TargetError: it did not say that it was done.
        """
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
            TargetError: it died before it was told to stop.
        """
        while line := await self._up.readline():
            message = json.loads(line)
            event = message.pop("event")
            if event == "failed":
                self._failure = message["why"]
                self._ready.set()
            elif event == "ready":
                self._ready.set()
            elif event == "staff":
                self.staff = merged(ShiftTally(**row) for row in message["rows"])
            elif event == "progress":
                self.progress = Progress(**message)
            elif event == "done":
                self.progress = Progress(**message)
                self._done.set()
                return
        self._failure = "its process ended"
        self._ready.set()
        raise TargetError(f"the load generator ended by itself; see {self.contact_log.parent}")

    async def _say(self, command: str, fields: dict[str, Any]) -> None:
        pipe = self._processes[0].stdin
        assert pipe is not None
        try:
            pipe.write(json.dumps({"command": command, **fields}).encode() + b"\n")
            await pipe.drain()
        except (BrokenPipeError, ConnectionResetError):
            raise TargetError(
                f"the load generator is gone; see {self.contact_log.parent}"
            ) from None


@asynccontextmanager
async def running(folder: Path, *, workers: int = 1) -> AsyncIterator[Generator]:
    """Run a generator for the block: one process, or a master and *workers* of them.

    Its log files go to *folder*, which is also its working directory: Locust puts that first on
    the import path, and a run's folder holds no package of a stranger's.
    """
    log = folder / CONTACT_LOG
    processes: list[Child] = []
    async with AsyncExitStack() as up:
        read, write = os.pipe()
        with os.fdopen(write, "wb"):  # ours is closed once the generator has its own
            transport, reader = await _reader(os.fdopen(read, "rb"))
            up.callback(transport.close)
            up.push_async_callback(to_the_end, ended(processes))
            environment = child_environment(
                # Locust reads ~/.locust.conf: a developer's file must not change a run.
                HOME=str(folder),
                HARNESS_REPORT_FD=str(write),
                HARNESS_CONTACT_LOG=str(log),
                HARNESS_SHARDS=str(workers),
            )
            for name, arguments in _command_lines(workers):
                with (folder / f"{name}.log").open("ab") as output:
                    processes.append(
                        await asyncio.create_subprocess_exec(
                            *arguments,
                            stdin=asyncio.subprocess.PIPE,
                            stdout=output,
                            stderr=output,
                            cwd=folder,
                            env=environment,
                            pass_fds=() if processes else (write,),
                            start_new_session=True,
                        )
                    )
        yield Generator(processes, reader, log, workers)


async def _reader(pipe: IO[bytes]) -> tuple[asyncio.ReadTransport, asyncio.StreamReader]:
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), pipe
    )
    return transport, reader


def _command_lines(workers: int) -> list[tuple[str, list[str]]]:
    """Return name and command line of each process; the first is the one that is steered."""
    locust = [sys.executable, "-P", "-m", "locust", "-f", str(_LOCUSTFILE)]
    locust += ["--loglevel", "WARNING"]
    head = ["--headless", "--users", str(workers), "--spawn-rate", str(workers), "--only-summary"]
    if workers == 1:
        return [("locust", locust + head)]
    port = str(_free_port())
    master = ["--master", "--master-bind-host", "127.0.0.1", "--master-bind-port", port]
    master += ["--expect-workers", str(workers), "--expect-workers-max-wait", str(int(_READY_S))]
    worker = ["--worker", "--master-host", "127.0.0.1", "--master-port", port]
    lines = [("locust-master", locust + head + master)]
    return lines + [(f"locust-worker-{n}", locust + worker) for n in range(workers)]


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
