"""The asyncio parent of one worker that joins a run from elsewhere: `harness worker`."""

import asyncio
import json
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path

from harness.errors import HarnessError, Problem, TargetError, UsageError
from harness.generator import processes
from harness.generator.crew import Address

_LOG = "locust-worker"
_MOST_LOG_LINES = 50


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
            await _until_over(up, at, Path(folder))
            tell("the run is over")
        finally:
            await family.end()
            # Its folder goes now, and what went wrong in it would be known nowhere.
            for line in _log(Path(folder))[-_MOST_LOG_LINES:]:
                tell(line)


async def _check_known(at: Address) -> None:
    try:
        await asyncio.get_running_loop().getaddrinfo(at.host, at.port, type=socket.SOCK_STREAM)
    except OSError as error:
        found = f"a machine that is not known here ({error.strerror})"
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


async def _until_over(up: asyncio.StreamReader, at: Address, folder: Path) -> None:
    """Wait until the process ends, which it does when the run tells it to."""
    over = False
    while line := await up.readline():
        message = json.loads(line)
        if message["event"] == "refused":
            raise _refused(at, message["why"])
        if message["event"] == "orphaned":
            raise TargetError(f"the run at {at} is gone: no word of it; the load was ended")
        over = over or message["event"] == "over"
    if not over:
        raise _broken(folder)


def _refused(at: Address, why: str) -> HarnessError:
    want = "a worker of the run's own version that shares its token and comes before it begins"
    return UsageError([Problem(f"--join {at}", f"a run that refused this worker: {why}", want)])


def _broken(folder: Path) -> HarnessError:
    said = _log(folder)
    last = f"its last words: {said[-1]}" if said else "it said nothing"
    return TargetError(f"the worker's process ended by itself; {last}")


def _log(folder: Path) -> list[str]:
    """Return what the worker's process has logged, line by line."""
    path = folder / f"{_LOG}.log"
    return path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
