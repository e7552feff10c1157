"""``python -m mock_center.edge``: the front door, told by its supervisor where the sites are."""

import asyncio
import sys
from typing import Any

from mock_center import log
from mock_center.conditions import Conditions
from mock_center.config import parse_centre
from mock_center.control import run_child, say
from mock_center.edge.api.app import edge_app
from mock_center.edge.control import control_app
from mock_center.edge.edge import Edge
from mock_center.edge.tls import tls_of
from mock_center.server import allow_many_files, listen_on, serving

_MOST_STREAMS = 5000


async def run_edge(orders: dict[str, Any], conditions: Conditions) -> None:
    """Serve as the edge that *orders* describe, until cancelled."""
    files = allow_many_files()
    edge = Edge(
        parse_centre(orders["document"]),
        urls=orders["sites"],
        token=orders["token"],
        environment_id=orders["environment_id"],
        began_at=orders["began_at"],
        conditions=conditions,
        # Half of what may be open is left to requests, to the sites, and to webhooks.
        most_streams=min(files // 2, _MOST_STREAMS),
    )
    async with asyncio.TaskGroup() as group:
        group.create_task(edge.run())
        listener = listen_on(orders["port"])
        async with (
            serving(edge_app(edge), listener, tls=tls_of(orders["tls"], conditions)),
            serving(control_app(edge, orders["token"]), listen_on(orders["control_port"])),
        ):
            log.info("edge_listens", port=orders["port"])
            await edge.fleet.assembled()
            say("listening")
            try:
                await asyncio.Event().wait()
            finally:
                edge.consumers.close()


def main() -> int:
    """Run the process that its supervisor wants; return the exit code."""
    return run_child("edge", run_edge)


if __name__ == "__main__":
    sys.exit(main())
