"""The control pipe: what a parent says on stdin, and the end of it as the end of the process.

The first line is the process's orders. The pipe then stays open as a lifeline: when it closes, the
parent is gone, and so are we. ``kill -9`` of a parent leaves nothing behind.
"""

import asyncio
import contextlib
import ctypes
import json
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from mock_center import log
from mock_center.conditions import Condition, Conditions

_LINE_LIMIT = 16 * 1024 * 1024
_LAST_GRACE_S = 3.0
_PR_SET_PDEATHSIG = 1


def say(event: str, **fields: object) -> None:
    """Write one JSON line to stdout. A parent that no longer reads is not an error."""
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write(json.dumps({"event": event, **fields}) + "\n")
        sys.stdout.flush()


def first_line() -> tuple[bytes, bytes]:
    """Wait for the first line of stdin; return it, and what came together with it.

    For whoever has no event loop yet. At the end of stdin what there is counts as a line.
    """
    found = b""
    while b"\n" not in found and len(found) <= _LINE_LIMIT and (chunk := os.read(0, 65536)):
        found += chunk
    line, _, rest = found.partition(b"\n")
    return line, rest


class Lines:
    """The lines of *rest* and stdin, read by a thread: so files, pipes and terminals all work.

    The thread reads the descriptor, not ``sys.stdin``: a daemon thread inside a buffered reader
    would hold its lock when the interpreter shuts down.
    """

    def __init__(self, rest: bytes = b"") -> None:
        self._loop = asyncio.get_running_loop()
        self._lines: asyncio.Queue[bytes | None] = asyncio.Queue()
        threading.Thread(target=self._read, args=(rest,), name="stdin", daemon=True).start()

    async def next(self) -> bytes | None:
        """Return the next line, or None once the pipe is closed."""
        line = await self._lines.get()
        if line is None:
            self._lines.put_nowait(None)
        return line

    def _read(self, rest: bytes) -> None:
        while True:
            *lines, rest = rest.split(b"\n")
            for line in lines:
                self._hand_over(line)
            try:
                chunk = os.read(0, 65536)
            except OSError:
                chunk = b""
            if not chunk or len(rest) > _LINE_LIMIT:
                break
            rest += chunk
        if rest:
            self._hand_over(rest)  # a last line without its newline still counts
        self._hand_over(None)

    def _hand_over(self, line: bytes | None) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has closed: nobody listens
            self._loop.call_soon_threadsafe(self._lines.put_nowait, line)


Work = Callable[[dict[str, Any], Conditions], Awaitable[None]]
"""What a child does, with its orders and with what is wrong in it on purpose."""


def run_child(process: str, work: Work) -> int:
    """Run *work* with the orders from stdin until it ends, SIGTERM comes, or the parent is gone.

    Each later line has the conditions of this process anew, and is answered once they are in force.

    Returns:
        The exit code: 0, or 1 if *work* broke (the log says how).
    """
    die_with_parent()
    # Ctrl-C at a terminal reaches the whole group; only the supervisor decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        asyncio.run(_until_told(process, work))
    except Exception:  # noqa: BLE001 - whatever it was, the log has to say so
        log.error("broke")
        return 1
    return 0


async def _until_told(process: str, work: Work) -> None:
    lines = Lines()
    first = await lines.next()
    if first is None:
        return
    orders: dict[str, Any] = json.loads(first)
    name = str(orders.get("name", process))
    log.start_log(name)
    be_called(f"mock {name}")
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    async with asyncio.TaskGroup() as group:
        conditions = Conditions(_conditions(orders))
        job = group.create_task(_work(work, orders, conditions))
        watch = group.create_task(_until_closed(lines, conditions, told))
        await told.wait()
        # If the orderly end hangs, end all the same: nobody is left who could kill us.
        last = threading.Timer(_LAST_GRACE_S, os._exit, args=(1,))
        last.daemon = True
        last.start()
        watch.cancel()
        job.cancel()
    last.cancel()


async def _work(work: Work, orders: dict[str, Any], conditions: Conditions) -> None:
    await work(orders, conditions)


async def _until_closed(lines: Lines, conditions: Conditions, told: asyncio.Event) -> None:
    while (line := await lines.next()) is not None:
        order = json.loads(line)
        conditions.put(_conditions(order))
        log.info("conditions", kinds=[each["kind"] for each in order["conditions"]])
        say("conditions", number=order["number"])
    told.set()


def _conditions(order: dict[str, Any]) -> list[Condition]:
    return [Condition.of(told) for told in order["conditions"]]


def die_with_parent() -> None:
    """Have the kernel kill us when our parent dies, even if we are frozen (Linux only).

    Elsewhere a frozen process of a killed supervisor stays until someone ends it; every other one
    ends by its lifeline.
    """
    if not sys.platform.startswith("linux"):
        return
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def be_called(name: str) -> None:
    """Have ``top`` show *name* (15 bytes of it): what is forked is called as its parent was."""
    with contextlib.suppress(OSError):
        Path("/proc/self/comm").write_text(name, encoding="utf-8")
