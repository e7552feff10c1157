"""Where the centre's processes begin: forked from one that has read all their code.

To read it takes half a second of CPU, more than all else that a site or an edge does at its start.
Here it is read once, when the first of them is wanted; a site that is started again after a crash
or a fault is there at once.

The nursery is forked before its supervisor has a thread or an event loop, and never has either: a
fork copies one thread alone, with whatever locks the others hold. It dies with its supervisor, and
all that began in it dies with it, frozen processes too (see ``control``).
"""

import asyncio
import contextlib
import gc
import json
import os
import select
import signal
import socket
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import IO, NoReturn, Self

from mock_center import log
from mock_center.control import be_called, die_with_parent

_ORDER_LIMIT = 4096


class NurseryGoneError(Exception):
    """The nursery has ended: nothing begins there any more, and what began there is dead."""


class Process:
    """A process that began in the nursery; *said* and *told* are its stdout and its stdin."""

    def __init__(self, said: asyncio.StreamReader, told: asyncio.StreamWriter) -> None:
        self.said = said
        self.told = told
        self.pid = 0
        self.running = False
        self._begun = asyncio.Event()
        self._ended = asyncio.Event()

    async def begun(self) -> bool:
        """Wait until it runs and return True; False if it never will."""
        await self._begun.wait()
        return self.pid != 0

    async def wait(self) -> None:
        """Wait until it has ended."""
        await self._ended.wait()

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal; nothing if it has ended."""
        if self.running:
            with contextlib.suppress(ProcessLookupError):  # it ended by itself just now
                os.kill(self.pid, number)

    def begins(self, pid: int) -> None:
        """Take note that it runs, as *pid*."""
        self.pid, self.running = pid, True
        self._begun.set()

    def ends(self) -> None:
        """Take note that it does not run, and never will again."""
        self.running = False
        self.told.close()
        self._begun.set()
        self._ended.set()


class Nursery:
    """The supervisor's end of a nursery; to be opened before there is an event loop."""

    def __init__(self) -> None:
        self._line, theirs = socket.socketpair()
        self._pid = os.fork()
        if self._pid == 0:
            self._line.close()
            _exit_after(partial(_bring_up, theirs))
        theirs.close()
        self._line.setblocking(False)
        self._unborn: deque[Process] = deque()
        self._living: dict[int, Process] = {}
        self._news: asyncio.Task[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the nursery, and whatever has not ended of all that began there."""
        self._line.close()
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)

    async def begin(self, module: str, errors: IO[bytes]) -> Process:
        """Begin a process that runs ``main()`` of *module*, with *errors* for its stderr.

        Raises:
            NurseryGoneError: there is no nursery any more.
        """
        if self._news is None:
            self._news = asyncio.create_task(self._listen())
        ours, theirs = socket.socketpair()
        with theirs:
            process = Process(*await asyncio.open_unix_connection(sock=ours))
            try:
                files = [theirs.fileno(), errors.fileno()]
                socket.send_fds(self._line, [module.encode()], files)
            except OSError as error:
                process.ends()
                raise NurseryGoneError(f"the nursery takes no orders: {error}") from error
            self._unborn.append(process)
        try:
            if await process.begun():
                return process
        except asyncio.CancelledError:
            process.told.close()  # its life line: should it begin yet, it ends
            raise
        raise NurseryGoneError("the nursery has ended")

    async def _listen(self) -> None:
        """Take note of what the nursery tells; at its end, of the end of all that began there."""
        loop, rest = asyncio.get_running_loop(), b""
        try:
            while chunk := await loop.sock_recv(self._line, 65536):
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    self._hear(**json.loads(line))
        except ConnectionError:
            log.error("nursery_gone")
        finally:
            for process in (*self._unborn, *self._living.values()):
                process.ends()

    def _hear(self, event: str, pid: int) -> None:
        if event == "begun":
            process = self._living[pid] = self._unborn.popleft()
            process.begins(pid)
        else:
            self._living.pop(pid).ends()


def _bring_up(line: socket.socket) -> int:
    """Begin what is ordered on *line*, and tell there what has ended, until nobody is there."""
    _settle()
    died, dies = os.pipe()
    os.set_blocking(dies, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)  # else the descriptor is told nothing
    signal.set_wakeup_fd(dies)

    def tell(event: str, pid: int) -> None:
        line.sendall(json.dumps({"event": event, "pid": pid}).encode() + b"\n")

    while True:
        ready, _, _ = select.select([line.fileno(), died], [], [])
        if died in ready:
            os.read(died, 4096)
            for pid in _dead():
                tell("ended", pid)
        if line.fileno() in ready:
            order, files, _, _ = socket.recv_fds(line, _ORDER_LIMIT, 2)
            if not order:
                return 0
            main = import_module(order.decode()).main
            gc.freeze()  # a collection in one process would copy what all of them share
            pid = os.fork()
            if pid == 0:
                _exit_after(partial(_begin, main, files, (line.fileno(), died, dies)))
            for file in files:
                os.close(file)
            tell("begun", pid)


def _settle() -> None:
    """Let nothing but the supervisor's end be ours."""
    be_called("mock nursery")
    die_with_parent()
    # What reaches the whole group, as Ctrl-C does: only the supervisor decides what it means.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    # The supervisor's own pipes are no business of ours: whoever reads there waits for their end.
    with Path(os.devnull).open("r+b") as nothing:
        for file in (0, 1):
            os.dup2(nothing.fileno(), file)


def _begin(main: Callable[[], int], files: Sequence[int], others: Sequence[int]) -> int:
    """Be a process of the centre, with *files* for what it is told and says, and for its log.

    Of the nursery's descriptors, *others*, it keeps none.
    """
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    talk, errors = files
    for stream, file in enumerate((talk, talk, errors)):
        os.dup2(file, stream)
    for file in (*files, *others):
        os.close(file)
    return main()


def _dead() -> list[int]:
    """Return who has ended, and bury them."""
    found = []
    with contextlib.suppress(ChildProcessError):  # nobody is left
        while (pid := os.waitpid(-1, os.WNOHANG)[0]) != 0:
            found.append(pid)
    return found


def _exit_after(work: Callable[[], int]) -> NoReturn:
    """Do *work*, the whole life of a forked process, and end without what its parent has to do."""
    code = 1
    try:
        code = work()
    except BaseException:  # noqa: BLE001 - whatever it was, the log has to say so
        log.error("broke")
    finally:
        os._exit(code)
