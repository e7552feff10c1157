"""What the centre is and does at this moment, for its page and ``/state.json``."""

import asyncio
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, timedelta
from typing import Any

import mock_center
from mock_center.clock import wall_now
from mock_center.edge.edge import Edge
from mock_center.edge.features import defects, features
from mock_center.edge.link import RefusedError, SiteLink, UnreachableError
from mock_center.hours import Calendar

_TIMEOUT_S = 1.0
_FRESH_S = 0.5
_FIGURES = ("waiting", "in_talk", "agents_available", "longest_wait_s")

Queues = Mapping[str, Mapping[str, float]]


class State:
    """The state of *edge*, asked of the sites at most twice a wall second.

    The page needs no token, and many may look at it: they must not become a load on the sites.
    """

    def __init__(self, edge: Edge) -> None:
        self._edge = edge
        self._asking = asyncio.Lock()
        self._last: dict[str, Any] = {}
        self._asked_s = float("-inf")

    async def now(self) -> dict[str, Any]:
        """Return the state, half a second old at most."""
        async with self._asking:
            if time.monotonic() - self._asked_s > _FRESH_S:
                self._last = await self._ask()
                self._asked_s = time.monotonic()
            return self._last

    async def _ask(self) -> dict[str, Any]:
        edge, centre = self._edge, self._edge.centre
        links = edge.fleet.links
        queues = dict(zip(links, await asyncio.gather(*map(_queues, links.values())), strict=True))
        now_s = edge.clock.now_s()
        calendar = Calendar(centre.hours)
        begun = centre.hours.starts_at
        centre_time = (begun.astimezone(UTC) + timedelta(seconds=now_s)).astimezone(begun.tzinfo)
        return {
            "version": mock_center.__version__,
            "environment_id": edge.environment_id,
            "production": False,
            "speed": centre.speed,
            "at": round(wall_now(), 3),
            "centre_time": f"{centre_time:%a %Y-%m-%d %H:%M:%S %Z}",
            "ticket_primary": edge.fleet.leader,
            "lines": [{"line": line, "queue": queue} for line, queue in edge.queue_of.items()],
            "queues": [
                {"queue": name, "open": calendar.is_open(name, now_s)}
                | _sums(name, queues.values())
                for name in centre.lines
            ],
            "sites": [
                {
                    "site": name,
                    "url": link.url,
                    "state": "up" if link.up else "down",
                    "leads_tickets": edge.fleet.leader == name,
                    "skills": [
                        {
                            "skill": skill,
                            "heads": sum(
                                shift.heads for shift in shifts if calendar.at_work(shift, now_s)
                            ),
                            **_figures(skill, queues[name]),
                        }
                        for skill, shifts in centre.staffing[name].items()
                    ],
                }
                for name, link in links.items()
            ],
            "features": [feature._asdict() for feature in features(centre)],
            "defects": [defect._asdict() for defect in defects(centre)],
        }


async def _queues(link: SiteLink) -> Queues:
    """Return the queues of a site; none if it is not up, or does not answer."""
    if not link.up:
        return {}
    try:
        return await link.ask("GET", "/internal/queues", timeout_s=_TIMEOUT_S)
    except (UnreachableError, RefusedError):
        return {}


def _sums(queue: str, of_sites: Iterable[Queues]) -> dict[str, int]:
    """Return the figures of *queue* over all sites; of the waits the longest."""
    found = [site[queue] for site in of_sites if queue in site]
    each = {name: [figures[name] for figures in found] for name in _FIGURES}
    longest = {"longest_wait_s": round(max(each.pop("longest_wait_s"), default=0))}
    return {name: round(sum(values)) for name, values in each.items()} | longest


def _figures(skill: str, queues: Queues) -> dict[str, int | None]:
    """Return a site's figures of one queue; None for those that it does not tell, or has not."""
    found = queues.get(skill, {})
    return {name: round(found[name]) if name in found else None for name in _FIGURES}
