"""Where a run is told of while it goes on: a page to be scraped, a server to be written to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from harness.exporter.figures import Figures
from harness.exporter.server import Server, serving
from harness.generator import Address

_LAST_LOOK_WALL_S = 2.0
_LOOK_WALL_S = 0.05


@dataclass(frozen=True, slots=True)
class Outlets:
    """What was asked for; nothing by default."""

    scraped_at: Address | None = None

    @classmethod
    def asked(cls, metrics_port: str | None) -> "Outlets":
        """Return what the options ask for.

        Raises:
            UsageError: one of them cannot be.
        """
        at = None
        if metrics_port is not None:
            at = Address.to_listen(metrics_port, "--metrics-port")
        return cls(at)

    @asynccontextmanager
    async def open(self, figures: Figures) -> AsyncIterator[None]:
        """Tell of *figures* for the length of the block.

        Raises:
            UsageError: one of the outlets is not to be had; nothing has begun then.
        """
        async with AsyncExitStack() as held:
            server = None
            if self.scraped_at is not None:
                server = await held.enter_async_context(serving(figures, self.scraped_at))
            yield
            if server is not None:
                await _last_look(server)


async def _last_look(server: Server) -> None:
    """Give who reads the page every second the time to see how the run ended."""
    deadline = asyncio.get_running_loop().time() + _LAST_LOOK_WALL_S
    while server.is_read and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(_LOOK_WALL_S)
