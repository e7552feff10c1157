"""Sends a run's readings to a Prometheus that cannot come and fetch them: that of a CI job, mostly.

What the target's pages said, and our own figures, every five seconds. The run comes first: a server
that refuses or does not answer is told of once, and the run goes on; what it missed is tried again
for a minute and then given up. What has ended is marked as ended, so that nothing freezes there.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import aiohttp

from harness import __version__
from harness.errors import Problem, UsageError
from harness.exporter import wire
from harness.http import HttpBlock
from harness.model.own_metrics import UP
from harness.model.sample import Scrape, Series
from harness.shielding import to_the_end

AUTHORIZATION = "HARNESS_REMOTE_WRITE_AUTHORIZATION"
"""Where the value of the header stands, such as ``Bearer ...``: never on a command line."""
EVERY_WALL_S = 5.0
KEPT_WALL_S = 60.0
"""For how long readings wait for a server that does not answer."""
_TIMEOUT_S = 4.0
_LAST_TRIES = 2
_TOLD_CHARACTERS = 200

Tell = Callable[[str, dict[str, str]], None]
"""Whoever wants to know what became of the sending: an event's name and its fields."""


def checked(url: str) -> str:
    """Return *url* if one can write there.

    Raises:
        UsageError: it is no address of a web server, or holds a password.
    """
    want = "the receiver's address, such as https://prometheus.example/api/v1/write"
    try:
        split = urlsplit(url)
        _ = split.port
    except ValueError:  # half a bracket, or a port that is none
        raise UsageError([Problem("--remote-write", repr(url), want)]) from None
    if split.scheme not in ("http", "https") or not split.hostname:
        raise UsageError([Problem("--remote-write", repr(url), want)])
    if split.username or split.password:
        found = "an address with a password in it, which every user of this machine can read"
        want = f"it without, and the header's value in {AUTHORIZATION}"
        raise UsageError([Problem("--remote-write", found, want)])
    return url


@dataclass(slots=True)
class _Source:
    """What is known of one source: the encoded labels of its series, and what it showed last."""

    heads: dict[Series, bytes] = field(default_factory=dict)
    shown: frozenset[Series] = frozenset()


@dataclass(frozen=True, slots=True)
class _Reading:
    """One reading, as it waits to be sent."""

    source: str
    at_ms: int
    values: dict[Series, bytes]


class RemoteWriter(HttpBlock):
    """Takes readings and sends them on. Use it as an async block, and run ``keep_sending``."""

    def __init__(self, url: str, *, authorization: str, tell: Tell) -> None:
        headers = {
            "Content-Type": "application/x-protobuf",
            "Content-Encoding": "snappy",
            "X-Prometheus-Remote-Write-Version": "0.1.0",
            "User-Agent": f"cutover-rehearsal/{__version__}",
        }
        if authorization.strip():
            headers["Authorization"] = authorization.strip()
        super().__init__(timeout=aiohttp.ClientTimeout(total=_TIMEOUT_S), headers=headers)
        self.sent = 0
        self.given_up = 0
        self._url = url
        self._named = url.partition("?")[0]  # what follows may be a secret, and events are kept
        self._tell = tell
        self._run = ""
        self._sources: dict[str, _Source] = {}
        self._waiting: deque[_Reading] = deque()
        self._troubled = ""

    def take(self, scrape: Scrape, at: float, run: str) -> None:
        """Take a reading of *run*, made *at* (epoch seconds), to be sent soon."""
        self._run = run
        source = self._sources.setdefault(scrape.source, _Source())
        shown = {**scrape.values, Series(UP): float(scrape.ok)}
        values = {series: wire.value_of(value) for series, value in shown.items()}
        values |= dict.fromkeys(source.shown - shown.keys(), wire.STALE)
        source.shown = frozenset(shown)
        self._waiting.append(_Reading(scrape.source, round(at * 1000), values))
        while self._waiting[0].at_ms < self._waiting[-1].at_ms - KEPT_WALL_S * 1000:
            self.given_up += len(self._waiting.popleft().values)

    async def keep_sending(self, until: asyncio.Event) -> None:
        """Send what has come, every five seconds, *until* that is set.

        Not cancelled in the middle: a server that had taken half of it would refuse all of it when
        it comes again.
        """
        while not until.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(EVERY_WALL_S):
                    await until.wait()
            await self.send()

    async def finish(self, at: float) -> None:
        """Mark everything as ended *at* (epoch seconds), and send what is left."""
        for name, source in self._sources.items():
            ended = dict.fromkeys(source.shown, wire.STALE)
            self._waiting.append(_Reading(name, round(at * 1000), ended))
            source.shown = frozenset()
        for _ in range(_LAST_TRIES):
            if self._waiting:
                await self.send()
        self.given_up += sum(len(each.values) for each in self._waiting)
        if self.given_up:
            self._tell("remote_write_incomplete", {"samples": f"{self.given_up} were not taken"})

    async def send(self) -> None:
        """Send what waits. What is refused is dropped, what was not answered waits on."""
        readings = list(self._waiting)
        if not readings:
            return
        body = wire.snappy(wire.request(self._rows(readings)))
        count = sum(len(each.values) for each in readings)
        try:
            async with self._session.post(self._url, data=body, allow_redirects=False) as answer:
                status, said = answer.status, (await answer.text(errors="replace")).strip()
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            self._trouble(f"no answer ({error or type(error).__name__})")
            return
        if 200 <= status < 300:
            self.sent += count
            self._well()
        else:
            self._trouble(f"HTTP {status} {said[:_TOLD_CHARACTERS]}".strip())
            if status == 429 or status >= 500:
                return
            self.given_up += count
        for each in readings:  # those that came meanwhile, or were too old, are not among them
            if self._waiting and self._waiting[0] is each:
                self._waiting.popleft()

    def _rows(self, readings: list[_Reading]) -> list[tuple[bytes, list[wire.Sample]]]:
        """Return the samples of *readings* by series; of two in one millisecond the later one."""
        rows: dict[bytes, dict[int, bytes]] = {}
        for reading in readings:
            heads = self._sources[reading.source].heads
            for series, value in reading.values.items():
                head = heads.get(series)
                if head is None:
                    head = heads[series] = wire.head(series, reading.source, self._run)
                rows.setdefault(head, {})[reading.at_ms] = value
        return [
            (head, [(value, at_ms) for at_ms, value in sorted(samples.items())])
            for head, samples in rows.items()
        ]

    def _trouble(self, why: str) -> None:
        """Tell of trouble, once for each kind."""
        if why != self._troubled:
            self._troubled = why
            self._tell("remote_write_refused", {"by": self._named, "why": why})

    def _well(self) -> None:
        if self._troubled:
            self._troubled = ""
            self._tell("remote_write_taken_again", {"by": self._named})


@asynccontextmanager
async def written(writer: RemoteWriter, now: Callable[[], float]) -> AsyncIterator[None]:
    """Have *writer* send for the length of the block, and what is left at its end."""
    over = asyncio.Event()
    async with writer:
        sending = asyncio.ensure_future(writer.keep_sending(over))
        try:
            yield
        finally:
            over.set()
            await to_the_end(_ended(writer, sending, now))


async def _ended(
    writer: RemoteWriter, sending: "asyncio.Future[None]", now: Callable[[], float]
) -> None:
    await sending
    await writer.finish(now())
