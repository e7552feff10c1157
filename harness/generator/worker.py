"""The asyncio parent of one worker that joins a run from elsewhere: `harness worker`."""

import asyncio
import contextlib
import json
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path

from harness.children import Child
from harness.errors import HarnessError, Problem, TargetError, UsageError
from harness.generator import processes
from harness.generator.crew import Address

_LOG = "locust-worker"
_MOST_LOG_LINES = 50
_ENDS_WITHIN_S = 10.0


async def work(
    at: Address, *, token: str, join_within_s: float, tell: Callable[[str], None]
) -> None:
    """Join the run at *at* and generate its load until it is over; *tell* what happens.

    Raises:
        UsageError: nobody let us in: the message says who or what was wrong.
        TargetError: the run ended without a word, or our own process broke.
    """
    await _check_known(at)
    with tempfile.TemporaryDirectory(prefix="harness-worker-") as folder:
        family = processes.Family(Path(folder))
        try:
            up = await family.start_reporting(_LOG, processes.worker(at), HARNESS_JOIN_TOKEN=token)
            try:
                async with asyncio.timeout(join_within_s):
                    name = await _joined(up, at, Path(folder))
            except TimeoutError:
                family.terminate()  # it only waits for an answer still: there is nothing to drain
                found = f"nobody who answers there within {join_within_s:g} s"
                want = "a run that waits for workers: `harness run ... --workers N --listen ...`"
                raise UsageError([Problem(f"--join {at}", found, want)]) from None
            tell(f"joined the run at {at} as {name}")
            if not await _until_over(up, at):
                raise await ended_early(family.first, at, Path(folder))
            tell("the run is over")
        finally:
            await family.end()
            # Its folder goes now, and what went wrong in it would be known nowhere.
            for line in _log(Path(folder))[-_MOST_LOG_LINES:]:
                tell(line)


async def _check_known(at: Address) -> None:
    try:
        await asyncio.get_running_loop().getaddrinfo(at.host, at.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:  # the latter: a label that is empty, or too long
        found = f"a machine that is not known here ({getattr(error, 'strerror', None) or error})"
        raise UsageError([Problem(f"--join {at}", found, "the run's HOST:PORT")]) from None


async def _joined(up: asyncio.StreamReader, at: Address, folder: Path) -> str:
    """Return the name that the run gave us, once it has let us in."""
    while line := await up.readline():
        message = json.loads(line)
        if message["event"] == "joined":
            return str(message["name"])
        if message["event"] == "refused":
            raise _refused(at, message["why"])
    raise _broken(folder)


async def _until_over(up: asyncio.StreamReader, at: Address) -> bool:
    """Wait until the process ends; return whether it did because the run told it to."""
    over = False
    while line := await up.readline():
        message = json.loads(line)
        if message["event"] == "refused":
            raise _refused(at, message["why"])
        if message["event"] == "orphaned":
            raise TargetError(f"the run at {at} is gone: no word of it; the load was ended")
        over = over or message["event"] == "over"
    return over


async def ended_early(child: Child, at: Address, folder: Path) -> TargetError:
    """Return why the process *child* has ended before the run at *at* was over.

    One that was killed, or has last words in *folder*, broke. One that left of its own accord was
    let go by the run, whose word of parting was lost on the way: who is killed is in a hurry.
    """
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_ENDS_WITHIN_S):
            await child.wait()
    if child.returncode is not None and child.returncode >= 0 and not _log(folder):
        return TargetError(f"the run at {at} is gone: it let us go before it was over")
    return _broken(folder)


def _refused(at: Address, why: str) -> HarnessError:
    want = "a worker of the run's own version that shares its token and comes before it begins"
    return UsageError([Problem(f"--join {at}", f"a run that refused this worker: {why}", want)])


def _broken(folder: Path) -> TargetError:
    said = _log(folder)
    last = f"its last words: {said[-1]}" if said else "it said nothing"
    return TargetError(f"the worker's process ended by itself; {last}")


def _log(folder: Path) -> list[str]:
    """Return what the worker's process has logged, line by line."""
    path = folder / f"{_LOG}.log"
    return path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
