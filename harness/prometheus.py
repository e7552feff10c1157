"""A Prometheus of our own for one run that is over: filled, started, ended.

It listens on loopback and keeps all in a folder that goes with it. A gauge that was last seen
five minutes ago is still shown by default; our readings are a second apart, so here it is five
seconds: what had ended is not shown as if it went on.
"""

import asyncio
import re
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import aiohttp

from harness.children import Child, child_environment, ended
from harness.errors import Problem, TargetError, UsageError
from harness.record.run_record import RunRecord

OLDEST = (2, 42)
"""The oldest Prometheus that this was tried with: Debian 12 has it."""
_READY_S = 60.0
_LOOK_S = 0.1
_MARGIN_S = 5.0
_INSTALL = "Debian, Ubuntu: apt install prometheus; others: prometheus.io/download"
_CONFIG = "global: {}\n"
LOOK_BACK_S = 5.0
"""For how long a value is shown that was not read again."""
_WHILE_WE_LIVE = 'exec 3<&0; "$@" & server=$!; (cat <&3 >/dev/null; kill $server) & wait $server'
"""Runs a command until standard input closes, which it does even if we are killed."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Where to look at a run: which server, and which stretch of time (epoch seconds)."""

    run: str
    url: str
    start: float
    end: float
    speed: float

    @classmethod
    def of(cls, record: RunRecord, port: int) -> "Shown":
        """Return where the run of *record* can be looked at once it is held at *port*.

        Raises:
            UsageError: nothing was ever scraped in it.
        """
        phases = record.phases()
        if not phases or not record.sources():
            want = "a run that got as far as its first phase"
            raise UsageError([Problem(str(record.folder), "nothing that was scraped", want)])
        end_s = max(max(phase.end_s, phase.held_until_s) for phase in phases)
        start, end = record.wall(phases[0].start_s) - _MARGIN_S, record.wall(end_s) + _MARGIN_S
        return cls(record.facts.run, f"http://127.0.0.1:{port}", start, end, record.facts.speed)

    @property
    def when(self) -> str:
        """The stretch in words: ``2026-11-22 10:45:00 to 10:49:12 UTC``."""
        start, end = (datetime.fromtimestamp(each, UTC) for each in (self.start, self.end))
        return f"{start:%Y-%m-%d %H:%M:%S} to {end:%H:%M:%S} UTC"

    def links(self) -> Iterator[tuple[str, str]]:
        """Yield what is worth looking at first, and where."""
        queries = (
            ("phases and faults", "harness_phase == 1", "harness_fault_active"),
            (
                "load: came, and planned, per centre second",
                "sum by (stream) (rate(harness_arrivals_total[10s])) / scalar(harness_speed)",
                "harness_load_planned_per_second",
            ),
            ("calls waiting, by queue", "sum by (queue) (cc_calls_in_queue)"),
            ("objectives as they stood", "harness_kpi_value"),
        )
        for about, *asked in queries:
            yield about, self._graph(asked)

    def _graph(self, queries: list[str]) -> str:
        parts: dict[str, str] = {}
        end = f"{datetime.fromtimestamp(self.end, UTC):%Y-%m-%d %H:%M:%S}"
        for number, query in enumerate(queries):
            parts |= {
                f"g{number}.expr": query,
                f"g{number}.tab": "0",
                f"g{number}.range_input": f"{round(self.end - self.start)}s",
                f"g{number}.end_input": end,
            }
        return f"{self.url}/graph?{urlencode(parts)}"


@asynccontextmanager
async def holding(text: Iterable[str], port: int) -> AsyncIterator[None]:
    """Have a Prometheus hold the OpenMetrics *text* and answer at *port* for the block.

    Raises:
        UsageError: it is not installed, too old, or the port is taken.
        TargetError: it would not take the text, or did not start.
    """
    await _check_version()
    _check_free(port)
    with tempfile.TemporaryDirectory(prefix="harness-view-") as name:
        folder = Path(name)
        await _fill(text, folder)
        child = await _start(folder, port)
        try:
            await _ready(child, port)
            yield
        finally:
            await ended([child])


async def forever() -> None:
    """Wait until cancelled."""
    await asyncio.Event().wait()


async def _check_version() -> None:
    missing = [name for name in ("prometheus", "promtool") if shutil.which(name) is None]
    if missing:
        found = f"no {' and no '.join(missing)} on this machine"
        raise UsageError([Problem("harness view", found, _INSTALL)])
    _, said = await _run("prometheus", "--version")
    version = re.search(r"version (\d+)\.(\d+)", said)
    if version is None or (int(version[1]), int(version[2])) < OLDEST:
        told = version[0] if version else repr(said.strip()[:60])
        want = f"{'.'.join(map(str, OLDEST))} or later. {_INSTALL}"
        raise UsageError([Problem("prometheus --version", told, want)])


def _check_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            found = f"a port that cannot be listened at ({error.strerror})"
            raise UsageError([Problem(f"--port {port}", found, "a free one")]) from None


async def _fill(text: Iterable[str], folder: Path) -> None:
    """Make blocks of *text* in *folder*'s ``data``."""
    exported = folder / "run.om"
    with exported.open("w", encoding="utf-8", newline="\n") as file:
        for piece in text:
            file.write(piece)
            await asyncio.sleep(0)  # a long run takes a while, and Ctrl-C must not
    make = ("promtool", "tsdb", "create-blocks-from", "openmetrics")
    code, said = await _run(*make, str(exported), str(folder / "data"))
    if code != 0:
        raise TargetError(f"promtool would not take the run: {said.strip()[-300:]}")
    exported.unlink()


async def _start(folder: Path, port: int) -> Child:
    config = folder / "prometheus.yml"
    config.write_text(_CONFIG, encoding="utf-8")
    return await asyncio.create_subprocess_exec(
        "sh",
        "-c",
        _WHILE_WE_LIVE,
        "sh",
        "prometheus",
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'data'}",
        "--storage.tsdb.retention.time=100y",
        f"--web.listen-address=127.0.0.1:{port}",
        f"--query.lookback-delta={LOOK_BACK_S:g}s",
        "--log.level=error",
        stdin=asyncio.subprocess.PIPE,
        env=child_environment(),
        start_new_session=True,
    )


async def _ready(child: Child, port: int) -> None:
    timeout = aiohttp.ClientTimeout(total=2)
    async with aiohttp.ClientSession(timeout=timeout, trust_env=False) as session:
        try:
            async with asyncio.timeout(_READY_S):
                while not await _answers(session, f"http://127.0.0.1:{port}/-/ready"):
                    if child.returncode is not None:
                        raise TargetError("Prometheus ended by itself; what it said stands above")
                    await asyncio.sleep(_LOOK_S)
        except TimeoutError:
            raise TargetError(f"Prometheus was not ready after {_READY_S:g} s") from None


async def _answers(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(url, allow_redirects=False) as answer:
            return answer.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False


async def _run(*command: str) -> tuple[int, str]:
    """Run *command* to its end; return its exit code and all that it said."""
    child = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=child_environment(),
        start_new_session=True,
    )
    try:
        said, _ = await child.communicate()
    except BaseException:
        child.kill()
        await child.wait()
        raise
    assert child.returncode is not None
    return child.returncode, said.decode(errors="replace")
