"""The detour between edge and site: what a bad network does to bytes, and to nothing else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

import pytest

from mock_center.edge.detour import Detour, Trouble


class Site:
    """A site that answers each connection's line with the same line, in capitals."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.accepted, self.reached = asyncio.Event(), asyncio.Event()
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted.set()
        line = await reader.readline()
        self.heard.append(line)
        self.reached.set()
        writer.write(line.upper())
        await writer.drain()
        writer.close()


@asynccontextmanager
async def on_the_way(trouble: Trouble, *, seed: str = "7") -> AsyncIterator[tuple[Site, Detour]]:
    site = Site()
    server = await asyncio.start_server(site.serve, "127.0.0.1", 0)
    site.port = server.sockets[0].getsockname()[1]
    detour = Detour(site.port, trouble, seed=seed)
    await detour.open()
    try:
        yield site, detour
    finally:
        await detour.close()
        server.close()


async def ask(detour: Detour, line: bytes, *, patience_s: float = 5.0) -> bytes | None:
    """Return the answer to *line*: empty if the connection ended, None if none came in time."""
    reader, writer = await asyncio.open_connection("127.0.0.1", detour.port)
    try:
        writer.write(line)
        async with asyncio.timeout(patience_s):
            return await reader.read()
    except TimeoutError:
        return None
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def test_without_trouble_everything_arrives_as_it_was_sent():
    """Also more than fits into one read, in order."""
    async with on_the_way(Trouble()) as (_, detour):
        long = b"ab" * 30_000 + b"\n"

        assert await ask(detour, b"hello\n") == b"HELLO\n"
        assert await ask(detour, long) == long.upper()


async def test_a_delay_is_felt_each_way():
    """What is asked and what is answered are both held back."""
    async with on_the_way(Trouble(delay_s=0.1)) as (_, detour):
        loop = asyncio.get_running_loop()
        began = loop.time()

        assert await ask(detour, b"hello\n") == b"HELLO\n"
        assert loop.time() - began >= 0.2


async def test_through_a_cut_link_nothing_reaches_the_site():
    """And whoever asked waits in vain, instead of being refused: packets vanish."""
    async with on_the_way(Trouble(there=False, back=False)) as (site, detour):
        assert await ask(detour, b"hello\n", patience_s=0.2) is None
        assert site.heard == []


async def test_through_a_half_open_link_the_site_hears_and_is_not_heard():
    """What the edge believes to have failed was carried out."""
    async with on_the_way(Trouble(back=False)) as (site, detour):
        asked = asyncio.ensure_future(ask(detour, b"hello\n", patience_s=30))
        await asyncio.wait_for(site.reached.wait(), 5)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asked, 0.2)

        assert site.heard == [b"hello\n"]


def test_as_many_requests_are_lost_as_was_asked_half_of_them_on_the_way_back():
    """Whether the site has carried it out is what nobody can know."""
    rng = Random("drawn")
    drawn = [Trouble(lost=0.3).drawn(rng) for _ in range(10_000)]
    lost = [each for each in drawn if not each.back]
    arrived = [each for each in lost if each.there]

    assert len(lost) / len(drawn) == pytest.approx(0.3, abs=0.02)
    assert len(arrived) / len(lost) == pytest.approx(0.5, abs=0.03)


async def test_closing_lets_what_is_on_the_way_arrive():
    """A link that gets well loses nothing by getting well."""
    async with on_the_way(Trouble(delay_s=0.1)) as (site, detour):
        asked = asyncio.ensure_future(ask(detour, b"hello\n"))
        await asyncio.wait_for(site.accepted.wait(), 5)
        await detour.close()

        assert await asked == b"HELLO\n"


async def test_closing_a_cut_link_ends_what_waits_for_nothing():
    """At once: nobody hangs on a link that was given up."""
    async with on_the_way(Trouble(there=False, back=False)) as (_, detour):
        asked = asyncio.ensure_future(ask(detour, b"hello\n", patience_s=30))
        async with asyncio.timeout(5):
            while not detour._under_way:  # noqa: ASYNC110 - nobody tells us, we look
                await asyncio.sleep(0.005)
        await detour.close()

        assert await asked == b""


async def test_a_site_that_refuses_connections_is_no_end_of_the_detour():
    """The next connection is tried anew."""
    async with on_the_way(Trouble()) as (_, detour):
        free = Detour(1, Trouble(), seed="7")  # nobody listens there
        await free.open()
        try:
            assert await ask(free, b"hello\n") == b""
            assert await ask(free, b"hello\n") == b""
        finally:
            await free.close()
        assert await ask(detour, b"hello\n") == b"HELLO\n"
