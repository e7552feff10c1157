"""How a Locust process is started: its command line, its environment, the pipe it reports by."""

import asyncio
import contextlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from harness.children import Child, child_environment, ended
from harness.generator.crew import Address
from harness.shielding import to_the_end

_LONGEST_LINE_BYTES = 16 * 2**20
"""A line tells of all workers and their agents: of many it is longer than asyncio reads."""
_LOCUSTFILE = Path(__file__).parents[2] / "scenarios" / "locustfile.py"


def locust(*arguments: str) -> list[str]:
    """Return the command line of a Locust process of ours."""
    command = [sys.executable, "-P", "-m", "locust", "-f", str(_LOCUSTFILE)]
    return [*command, "--loglevel", "WARNING", *arguments]


def worker(at: Address) -> list[str]:
    """Return the command line of a worker that joins the run at an address."""
    return locust("--worker", "--master-host", at.host, "--master-port", str(at.port))


class Family:
    """Locust processes of ours that end together. Logs and working directory are *folder*.

    Locust puts its working directory first on the import path; one of ours holds no package of a
    stranger's. It also reads ``~/.locust.conf``: a developer's file must not change a run, so the
    home is *folder* too.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._children: dict[str, Child] = {}
        self._transport: asyncio.ReadTransport | None = None

    @property
    def first(self) -> Child:
        """The process that reports, and is steered."""
        return next(iter(self._children.values()))

    @property
    def gone(self) -> str:
        """The name of a process that has ended; empty if all are there."""
        ended = (name for name, child in self._children.items() if child.returncode is not None)
        return next(ended, "")

    async def start_reporting(
        self, name: str, command: Sequence[str], **environment: str
    ) -> asyncio.StreamReader:
        """Start the first process; return what it will say. It ends when the process does."""
        read, write = os.pipe()
        with os.fdopen(write, "wb"):  # ours is closed once the process has its own
            self._transport, reader = await _reader(os.fdopen(read, "rb"))
            await self.start(name, command, report_fd=write, **environment)
        return reader

    async def start(
        self, name: str, command: Sequence[str], *, report_fd: int | None = None, **environment: str
    ) -> None:
        """Start one more process, whose log is ``name.log``."""
        own = dict(environment, HOME=str(self._folder))
        if report_fd is not None:
            own["HARNESS_REPORT_FD"] = str(report_fd)
        with (self._folder / f"{name}.log").open("ab") as output:
            child = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=output,
                stderr=output,
                cwd=self._folder,
                env=child_environment(**own),
                pass_fds=() if report_fd is None else (report_fd,),
                start_new_session=True,
            )
        self._children[name] = child

    def terminate(self) -> None:
        """Tell them to go at once; only for processes that have done nothing yet."""
        for child in self._children.values():
            with contextlib.suppress(ProcessLookupError):
                child.terminate()

    async def end(self) -> None:
        """End them all, the first one first, however often we are cancelled meanwhile."""
        await to_the_end(ended(list(self._children.values())))
        if self._transport is not None:
            self._transport.close()


async def _reader(pipe: IO[bytes]) -> tuple[asyncio.ReadTransport, asyncio.StreamReader]:
    reader = asyncio.StreamReader(limit=_LONGEST_LINE_BYTES)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), pipe
    )
    return transport, reader
