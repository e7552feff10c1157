"""``python -m scenarios.examples.ticket_desk``: serve the desk until Ctrl-C."""

import argparse
import asyncio
import contextlib
from pathlib import Path

from scenarios.examples.ticket_desk.server import Server, serving

_PASSWORD = Path(__file__).parent / "desk.password"


async def main() -> None:
    """Serve, and say where."""
    parser = argparse.ArgumentParser(prog="python -m scenarios.examples.ticket_desk")
    parser.add_argument("--port", type=int, default=8099)
    parser.add_argument("--speed", type=float, default=10.0, help="desk seconds a second")
    chosen = parser.parse_args()
    server = Server(user="rehearsal", password=_PASSWORD.read_text().strip(), speed=chosen.speed)
    async with serving(server, port=chosen.port) as url:
        print(f"the ticket desk answers at {url}; Ctrl-C ends it", flush=True)  # noqa: T201
        await asyncio.Event().wait()


with contextlib.suppress(KeyboardInterrupt):
    asyncio.run(main())
