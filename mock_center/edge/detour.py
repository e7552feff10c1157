"""A detour on the way from the edge to a site: a small TCP proxy that does what a bad network does.

It is put in place while a fault asks for it. Nothing of the edge's requests is looked into: bytes
are held back, lost, or passed on. One connection carries one request, so what is lost is a request
or its answer as a whole: the edge waits in vain and knows not which of the two it was.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from random import Random

from mock_center.server import HOST

_CHUNK = 65_536
_LAST_BYTES_S = 1.0


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with the network. ``delay_s`` is wall seconds each way, ``lost`` a share.

    ``there`` and ``back`` say whether anything passes: towards the site, and towards the edge.
    """

    delay_s: float = 0.0
    lost: float = 0.0
    there: bool = True
    back: bool = True

    def drawn(self, rng: Random) -> "Trouble":
        """Return what becomes of one request: with ``lost`` it, or its answer, is gone."""
        if rng.random() >= self.lost:
            return self
        reaches_site = rng.random() < 0.5
        return Trouble(self.delay_s, there=self.there and reaches_site, back=False)


class Detour:
    """The proxy in front of the site at *port*, on a port of its own. *seed* draws what is lost.

    ``trouble`` may change at any time: connections made from then on meet the new one.
    """

    def __init__(self, port: int, trouble: Trouble, *, seed: str) -> None:
        self.trouble = trouble
        self.port = 0
        self._to_port = port
        self._rng = Random(seed)
        self._server: asyncio.Server | None = None
        self._under_way: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Listen; ``port`` says where."""
        self._server = await asyncio.start_server(self._carry, HOST, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Take no more; what is under way has a second to arrive, unless nothing gets through."""
        assert self._server is not None
        self._server.close()
        if self.trouble.there and self.trouble.back and self._under_way:
            await asyncio.wait(self._under_way, timeout=_LAST_BYTES_S + 2 * self.trouble.delay_s)
        for task in self._under_way:
            task.cancel()
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=_LAST_BYTES_S)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._under_way.add(task)
        try:
            await self._between(reader, writer, self.trouble.drawn(self._rng))
        except (OSError, asyncio.CancelledError):
            pass  # an end of it is gone, or we are; asyncio would log a cancelled connection
        finally:
            self._under_way.discard(task)
            writer.close()

    async def _between(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, trouble: Trouble
    ) -> None:
        """Carry one connection until either end closes it."""
        if not trouble.there:
            while await reader.read(_CHUNK):  # the site never hears of it
                pass
            return
        from_site, to_site = await asyncio.open_connection(HOST, self._to_port)
        try:
            async with asyncio.TaskGroup() as ways:
                ways.create_task(_pass_on(reader, to_site, trouble.delay_s))
                if trouble.back:
                    ways.create_task(_pass_on(from_site, writer, trouble.delay_s))
                else:
                    ways.create_task(_swallow(from_site))
        except* OSError:
            pass
        finally:
            to_site.close()


async def _pass_on(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay_s: float
) -> None:
    """Pass on what comes, each chunk *delay_s* later than it came, in order; then the end."""
    loop = asyncio.get_running_loop()
    late: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(maxsize=256)

    async def deliver() -> None:
        while True:
            due_s, chunk = await late.get()
            if (wait_s := due_s - loop.time()) > 0:
                await asyncio.sleep(wait_s)
            if not chunk:
                break
            writer.write(chunk)
            await writer.drain()
        with suppress(OSError):
            if writer.can_write_eof():
                writer.write_eof()

    async with asyncio.TaskGroup() as both:
        both.create_task(deliver())
        while chunk := await reader.read(_CHUNK):
            await late.put((loop.time() + delay_s, chunk))
        await late.put((loop.time() + delay_s, b""))


async def _swallow(reader: asyncio.StreamReader) -> None:
    while await reader.read(_CHUNK):
        pass
