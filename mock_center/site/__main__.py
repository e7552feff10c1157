"""``python -m mock_center.site``: one site, told by its supervisor who it is."""

import asyncio
import sys
from pathlib import Path
from typing import Any

from mock_center import log
from mock_center.conditions import Conditions
from mock_center.config import parse_centre
from mock_center.control import run_child, say
from mock_center.server import listen_on, serving
from mock_center.site.app import site_app
from mock_center.site.site import Site


async def run_site(orders: dict[str, Any], conditions: Conditions) -> None:
    """Serve as the site that *orders* describe, until cancelled."""
    name = orders["name"]
    site = Site(
        parse_centre(orders["document"]),
        name=name,
        incarnation=orders["incarnation"],
        folder=Path(orders["folder"]),
        peers={peer: url for peer, url in orders["sites"].items() if peer != name},
        token=orders["token"],
        began_at=orders["began_at"],
        staff=orders["staff"],
        conditions=conditions,
    )
    async with asyncio.TaskGroup() as group:
        group.create_task(site.run())
        async with serving(site_app(site), listen_on(orders["port"])):
            log.info("site_listens", port=orders["port"], incarnation=orders["incarnation"])
            say("listening")
            try:
                await asyncio.Event().wait()
            finally:
                site.calls.feed.close()


def main() -> int:
    """Run the process that its supervisor wants; return the exit code."""
    return run_child("site", run_site)


if __name__ == "__main__":
    sys.exit(main())
