"""How a person, or a provider's system, says that it has acted: a key, a request, or a file."""

import asyncio
import os
import termios
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

INJECT = "injected"
HEAL = "healed"
_LOOK_EVERY_WALL_S = 0.1

Confirmed = Callable[[str, float], Awaitable[None]]
"""Waits for a word, ``injected`` or ``healed``, for so many wall seconds.

Raises:
    TimeoutError: it did not come; says why, if not because nobody gave it.
"""

_waited_at: set[int] = set()
"""Terminals at which a key is awaited: one key cannot say two things."""


def by_file(path: Path) -> Confirmed:
    """Return what waits for ``PATH.injected`` or ``PATH.healed``; one of earlier does not count."""

    async def confirmed(word: str, within_wall_s: float) -> None:
        awaited = f"{path}.{word}"
        before = _stamp(awaited)
        async with asyncio.timeout(within_wall_s):
            while _stamp(awaited) == before:  # noqa: ASYNC110  nobody tells us, we look
                await asyncio.sleep(_LOOK_EVERY_WALL_S)

    return confirmed


def _stamp(path: str) -> int | None:
    try:
        return os.stat(path).st_mtime_ns  # noqa: PTH116  Path.stat would raise for the usual case
    except OSError:
        return None


def by_request(port: int) -> Confirmed:
    """Return what waits for ``POST /injected`` or ``POST /healed`` on *port* of this machine."""

    async def confirmed(word: str, within_wall_s: float) -> None:
        came = asyncio.Event()

        async def take(_: web.Request) -> web.Response:
            came.set()
            return web.json_response({"confirmed": word})

        app = web.Application()
        app.router.add_post(f"/{word}", take)
        runner = web.AppRunner(app)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
            async with asyncio.timeout(within_wall_s):
                await came.wait()
        except OSError as error:
            if isinstance(error, TimeoutError):
                raise
            raise TimeoutError(f"port {port}: {error.strerror}") from None
        finally:
            await runner.cleanup()

    return confirmed


def by_key(terminal: int) -> Confirmed:
    """Return what waits for a line on *terminal*; keys pressed before do not count."""

    async def confirmed(word: str, within_wall_s: float) -> None:
        async with asyncio.timeout(within_wall_s):
            while terminal in _waited_at:
                if word == INJECT:
                    raise TimeoutError("the Enter key is awaited for another fault")
                await asyncio.sleep(_LOOK_EVERY_WALL_S)  # what is broken is mended all the same
            _waited_at.add(terminal)
            try:
                await _pressed(terminal)
            finally:
                _waited_at.discard(terminal)

    return confirmed


async def _pressed(terminal: int) -> None:
    """Wait for a line on *terminal*.

    Raises:
        TimeoutError: it is none.
    """
    if os.isatty(terminal):
        termios.tcflush(terminal, termios.TCIFLUSH)
    pressed = asyncio.Event()
    loop = asyncio.get_running_loop()

    def read() -> None:
        if os.read(terminal, 4096):
            pressed.set()
        else:  # the terminal is gone: nobody will press a key
            loop.remove_reader(terminal)

    try:
        loop.add_reader(terminal, read)
    except OSError:
        raise TimeoutError("there is no terminal to press a key at") from None
    try:
        await pressed.wait()
    finally:
        loop.remove_reader(terminal)
