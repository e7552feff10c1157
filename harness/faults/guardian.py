"""The guardian: a small process that undoes every open fault if the harness no longer can.

``python -m harness.faults.guardian``; one JSON object a line in, one out. ``{"hold": PATH}`` puts
the lease at PATH into its care, ``{"heal": PATH}`` has it undone; ``{"injected": PATH}``, which is
not answered, says that no step that breaks it is at work any more. When its input ends, even
because the harness was killed, it heals all it holds, the last one first, and leaves; what a step
may still be breaking is undone at once, and once more when the time of that step is over. A lease
that runs out is healed without being asked. It ignores Ctrl-C and its relatives: they are meant for
the harness.
"""

import asyncio
import json
import logging
import os
import signal
import sys
from pathlib import Path

from harness.clock import wall_now
from harness.errors import HarnessError
from harness.faults import leases
from harness.faults.steps import do_all

TRIES = 3
PAUSE_WALL_S = 0.5
"""Before the second try; twice as long before each further one."""
_log = logging.getLogger("guardian")


class Guardian:
    """Holds leases, in the order in which they came, and heals them."""

    def __init__(self, pause_wall_s: float = PAUSE_WALL_S) -> None:
        self._pause_wall_s = pause_wall_s
        self._held: dict[Path, asyncio.Task[None]] = {}
        self._locks: dict[Path, asyncio.Lock] = {}
        self._injecting: dict[Path, float] = {}
        """Until when, in wall seconds since 1970, a step may still break what was undone."""

    def hold(self, path: Path) -> None:
        """Take the lease at *path* into care."""
        lease = leases.read(path)
        self._locks[path] = asyncio.Lock()
        if lease.injecting_until > wall_now():
            self._injecting[path] = lease.injecting_until
        self._held[path] = asyncio.ensure_future(self._at_its_end(path, lease.until))

    def injected(self, path: Path) -> None:
        """Know that no step is at work any more that breaks what the lease at *path* undoes."""
        self._injecting.pop(path, None)

    async def heal(self, path: Path) -> str:
        """Undo the fault of the lease at *path*; return why that failed, or nothing.

        The lease stays open while a step may still be at work that breaks it.
        """
        async with self._locks.setdefault(path, asyncio.Lock()):
            if not leases.is_open(path):
                return ""  # the lease ran out before we were asked
            pause_wall_s = self._pause_wall_s
            for tried in range(1, TRIES + 1):
                why = await self._undone(path)
                if not why or tried == TRIES:
                    break
                await asyncio.sleep(pause_wall_s)
                pause_wall_s *= 2
        _log.info("healed %s", path.name) if not why else _log.error("%s: %s", path.name, why)
        return why

    async def heal_all(self) -> None:
        """Undo all that is held, the last one first."""
        for timer in self._held.values():
            timer.cancel()
        for path in reversed(list(self._held)):
            await self.heal(path)
        for path, until in reversed(list(self._injecting.items())):
            await asyncio.sleep(max(0.0, until - wall_now()))
            self.injected(path)
            leases.reopen(path)  # whoever closed it meanwhile did not know of the step
            await self.heal(path)

    async def _undone(self, path: Path) -> str:
        try:
            lease = leases.read(path)
            if not lease.undo:
                return f"nobody but a person can undo it: {lease.by_hand}"
            await do_all(lease.undo)
            if path not in self._injecting:
                leases.close(path)
        except (HarnessError, OSError) as error:  # what else it holds must be healed all the same
            return str(error)
        return ""

    async def _at_its_end(self, path: Path, until: float) -> None:
        await asyncio.sleep(max(0.0, until - wall_now()))
        _log.warning("%s: its lease has run out", path.name)
        self.injected(path)  # it runs out after the time of every step
        await asyncio.shield(asyncio.ensure_future(self.heal(path)))


async def serve(guardian: Guardian, lines: asyncio.StreamReader) -> None:
    """Do what *lines* say until they end, then heal everything."""
    while line := await lines.readline():
        asked = json.loads(line)
        if "injected" in asked:
            guardian.injected(Path(asked["injected"]))
            continue
        answer = {"why": ""}
        try:
            if "hold" in asked:
                guardian.hold(Path(asked["hold"]))
            else:
                guardian.injected(Path(asked["heal"]))
                answer["why"] = await guardian.heal(Path(asked["heal"]))
        except HarnessError as error:
            answer["why"] = str(error)
        _say(answer)
    await guardian.heal_all()


def _say(answer: dict[str, str]) -> None:
    try:
        os.write(1, json.dumps(answer).encode() + b"\n")
    except OSError:  # nobody listens any more; the end of the input is near
        _log.warning("the harness no longer listens")


async def _main() -> None:
    lines = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    await serve(Guardian(), lines)


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    asyncio.run(_main())
