"""Where a run is told of while it goes on: a page to be scraped, a server to be written to."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from harness.clock import wall_now
from harness.exporter.figures import Figures
from harness.exporter.remote_write import AUTHORIZATION, RemoteWriter, checked, written
from harness.exporter.server import Server, serving
from harness.generator import Address
from harness.model.event import Event, Level
from harness.watching import Watcher

_LAST_LOOK_WALL_S = 2.0
_LOOK_WALL_S = 0.05


@dataclass(frozen=True, slots=True)
class Outlets:
    """What was asked for; nothing by default."""

    scraped_at: Address | None = None
    written_to: str | None = None

    @classmethod
    def asked(cls, metrics_port: str | None = None, remote_write: str | None = None) -> "Outlets":
        """Return what the options ask for.

        Raises:
            UsageError: one of them cannot be.
        """
        at = None
        if metrics_port is not None:
            at = Address.to_listen(metrics_port, "--metrics-port")
        return cls(at, None if remote_write is None else checked(remote_write))

    @asynccontextmanager
    async def open(self, figures: Figures, watcher: Watcher) -> AsyncIterator[None]:
        """Tell of *figures* for the length of the block; *watcher* hears if somebody will not.

        Raises:
            UsageError: one of the outlets is not to be had; nothing has begun then.
        """
        async with AsyncExitStack() as held:
            server = None
            if self.scraped_at is not None:
                server = await held.enter_async_context(serving(figures, self.scraped_at))
            if self.written_to is not None:
                writer = RemoteWriter(
                    self.written_to,
                    authorization=os.environ.get(AUTHORIZATION, ""),
                    tell=partial(_told, figures, watcher),
                )
                figures.read_by(writer.take)
                await held.enter_async_context(written(writer, wall_now))
            yield
            if server is not None:
                await _last_look(server)


def _told(figures: Figures, watcher: Watcher, name: str, fields: dict[str, str]) -> None:
    """Tell *watcher* what became of the sending, and keep it with the run."""
    level = Level.INFO if name == "remote_write_taken_again" else Level.WARNING
    event = Event(figures.now_s, name, tuple(fields.items()), level)
    figures.keep(event)
    watcher.event(event)


async def _last_look(server: Server) -> None:
    """Give who reads the page every second the time to see how the run ended."""
    deadline = asyncio.get_running_loop().time() + _LAST_LOOK_WALL_S
    while server.is_read and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(_LOOK_WALL_S)
