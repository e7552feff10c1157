"""A receiver of webhooks of our own, on this machine, that can be down and come back."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

_HOST = "127.0.0.1"


@dataclass(slots=True)
class Receiver:
    """Takes webhooks while it is up; while it is down it answers 503, as a broken receiver does.

    ``refused`` counts what came while it was down. ``delivered`` counts how often each event came
    by its number among its consumer's: more than once is the provider's right, never is not.
    """

    down: bool = True
    refused: int = 0
    delivered: Counter[int] = field(default_factory=Counter)
    _runner: Any = None

    async def open(self) -> str:
        """Listen, and return the address to post to."""
        app = web.Application()
        app.router.add_post("/hook", self._take)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, _HOST, 0).start()
        return f"http://{_HOST}:{self._runner.addresses[0][1]}/hook"

    async def close(self) -> None:
        """Listen no more; twice is no mistake."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    @property
    def missing(self) -> int:
        """How many events never came, of those before the latest that did."""
        return max(self.delivered, default=0) - len(self.delivered)

    @property
    def repeats(self) -> int:
        """How many deliveries were not the first of their event."""
        return self.delivered.total() - len(self.delivered)

    async def _take(self, request: web.Request) -> web.Response:
        if self.down:
            self.refused += 1
            return web.Response(status=503)
        try:
            number = (await request.json())["seq"]
        except (ValueError, KeyError, TypeError):
            return web.Response(status=400)
        self.delivered[int(number)] += 1
        return web.Response(status=204)
