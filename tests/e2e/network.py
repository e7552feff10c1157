"""A network on this machine between the harness and its target, that can be lost and come back."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar
from urllib.parse import urlsplit

_T = TypeVar("_T")
_CHUNK = 65536


class Link:
    """A way to one address: a port of its own, from which bytes are carried both ways.

    ``cut`` breaks what is open and refuses what comes; ``hush`` keeps all of it open and carries
    nothing on; ``mend`` is as if nothing had been, for what comes and what was hushed. Made and
    used by ``network``; every method may be called from any thread.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, to: str) -> None:
        self._loop = loop
        self._to = _address(to)
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._carries = asyncio.Event()
        self._carries.set()
        self.port = 0
        self._on_loop(self._listen())

    @property
    def url(self) -> str:
        """Where it begins."""
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """Break every connection, and refuse those that come."""
        self._on_loop(self._cut())

    def hush(self) -> None:
        """Carry nothing any more; whoever waits for an answer waits."""
        self._loop.call_soon_threadsafe(self._carries.clear)

    def mend(self) -> None:
        """Carry everything again."""
        self._on_loop(self._mend())

    def lead_to(self, to: str) -> None:
        """Lead to another address from now on; what is open stays where it is."""
        self._to = _address(to)

    def _on_loop(self, work: Coroutine[Any, Any, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _cut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._open):
            writer.transport.abort()

    async def _mend(self) -> None:
        self._carries.set()
        if self._server is None:
            await self._listen()

    async def _carry(self, near_in: asyncio.StreamReader, near_out: asyncio.StreamWriter) -> None:
        self._open.add(near_out)
        far_out = None
        try:
            await self._carries.wait()
            far_in, far_out = await asyncio.open_connection(*self._to)
            self._open.add(far_out)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._one_way(near_in, far_out))
                group.create_task(self._one_way(far_in, near_out))
        except* OSError:
            pass  # one of the two has gone
        finally:
            for writer in (near_out, far_out):
                if writer is not None:
                    self._open.discard(writer)
                    writer.transport.abort() if writer.is_closing() else writer.close()

    async def _one_way(self, here: asyncio.StreamReader, there: asyncio.StreamWriter) -> None:
        while data := await here.read(_CHUNK):
            await self._carries.wait()
            there.write(data)
            await there.drain()
        with suppress(OSError):
            there.write_eof()


class Network:
    """Makes links; see ``Link``."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.links: list[Link] = []

    def link(self, to: str) -> Link:
        """Return a new way to the address *to*."""
        made = Link(self._loop, to)
        self.links.append(made)
        return made


@contextmanager
def network() -> Iterator[Network]:
    """Yield a network for the block."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    made = Network(loop)
    try:
        yield made
    finally:
        for link in made.links:
            link.cut()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    return parts.hostname, parts.port
