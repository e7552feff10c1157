"""Numbered events, kept in a bounded ring and streamed as NDJSON.

Used twice: by a site towards the edge, and by the edge towards each of its consumers. A reader
says after which number it wants to go on; a number that has left the ring is gone, and the reader
is told so rather than given a stream with a hole.
"""

import asyncio
import json
from collections import deque
from contextlib import suppress
from typing import Any

from aiohttp import web

ALIVE = b'{"type":"alive"}\n'
ALIVE_EVERY_S = 1.0
_STUCK_READER_S = 10.0
_BURST = 500


class GoneError(Exception):
    """The ring no longer holds (or never held) what would come next."""


class Feed:
    """The latest *size* events, numbered from 1, and those who wait for more."""

    def __init__(self, size: int) -> None:
        self._lines: deque[bytes] = deque(maxlen=size)
        self._last = 0
        self._news = asyncio.Event()
        self._reader: object = None
        self._closed = False

    @property
    def last(self) -> int:
        """The number of the newest event; 0 before the first."""
        return self._last

    @property
    def held(self) -> int:
        """How many events the ring holds."""
        return len(self._lines)

    @property
    def has_reader(self) -> bool:
        """Whether somebody streams this feed at present."""
        return self._reader is not None

    def publish(self, event: dict[str, Any]) -> int:
        """Append *event* with the next number as its ``seq``; return the number."""
        self._last += 1
        line = json.dumps({"seq": self._last, **event}, separators=(",", ":"))
        self._lines.append(line.encode() + b"\n")
        self._news.set()
        return self._last

    def after(self, seq: int) -> list[bytes]:
        """Return up to 500 lines that follow number *seq*, the oldest first.

        Raises:
            GoneError: *seq* is older than the ring reaches back, or lies in the future.
        """
        first = self._last - len(self._lines)
        if not first <= seq <= self._last:
            raise GoneError(f"holds what follows {first} to {self._last}, asked for {seq}")
        start = seq - first
        return [self._lines[i] for i in range(start, min(start + _BURST, len(self._lines)))]

    def forget(self, events: int) -> int:
        """Let go of the oldest *events* of the ring; return how many it let go."""
        events = min(events, len(self._lines))
        for _ in range(events):
            self._lines.popleft()
        return events

    def close(self) -> None:
        """End the stream of whoever reads."""
        self._closed = True
        self._news.set()

    async def stream(self, request: web.Request, since: int) -> web.StreamResponse:
        """Answer *request* with the events after *since*, each as soon as it is published.

        The stream ends when another reader takes over, the feed is closed, or this reader is too
        slow to keep up; a reader that comes back goes on where it was.

        Raises:
            GoneError: *since* is not in the ring.
        """
        self.after(since)
        me = self._reader = object()
        self._news.set()  # whoever read until now wakes up, and finds itself replaced
        response = web.StreamResponse(
            headers={"Content-Type": "application/x-ndjson", "Cache-Control": "no-store"}
        )
        try:
            await response.prepare(request)
            await response.write(ALIVE)
            with suppress(GoneError):  # too slow: it will be told 410 when it asks again
                await self._send(response, me, since)
            async with asyncio.timeout(_STUCK_READER_S):
                await response.write_eof()
        except TimeoutError:
            # It does not read at all. A polite end would wait for it for ever, and hold its
            # connection with all that is unsent.
            if request.transport is not None:
                request.transport.abort()
        except ConnectionError:
            pass  # the reader has gone
        finally:
            if self._reader is me:
                self._reader = None
        return response

    async def _send(self, response: web.StreamResponse, me: object, seq: int) -> None:
        loop = asyncio.get_running_loop()
        alive_at = loop.time() + ALIVE_EVERY_S
        while self._reader is me and not self._closed:
            lines = self.after(seq)
            seq += len(lines)
            if not lines:
                self._news.clear()
                try:
                    async with asyncio.timeout_at(alive_at):
                        await self._news.wait()
                except TimeoutError:
                    lines = [ALIVE]
            if lines:
                async with asyncio.timeout(_STUCK_READER_S):
                    await response.write(b"".join(lines))
            if loop.time() >= alive_at:
                if lines != [ALIVE]:
                    await response.write(ALIVE)
                alive_at = max(alive_at + ALIVE_EVERY_S, loop.time())
