"""Looks into the operations room while a fault lasts: is the alert there, has somebody taken it?

Only ever asks: GETs, to the Prometheus (``ALERTS``) and to its Alertmanager, where an alert that a
person has silenced since then counts as acknowledged. What decides is none of its business.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

import aiohttp

from harness.clock import wall_now
from harness.http import HttpBlock
from harness.model.alarm import AlarmRun, OperationsRoom

_PATIENCE_WALL_S = 3.0
LOOK_EVERY_WALL_S = 0.5


@dataclass(frozen=True, slots=True)
class Before:
    """What was so of an alert before the fault; None: the room did not say.

    ``silences`` are the ids of all that there were.
    """

    firing: bool | None
    silences: frozenset[str] | None = None


class AlarmWatch(HttpBlock):
    """Asks the operations room at *room*. Use it as an async block."""

    def __init__(self, room: OperationsRoom) -> None:
        super().__init__(timeout=aiohttp.ClientTimeout(total=_PATIENCE_WALL_S))
        self._prometheus = room.prometheus.rstrip("/")
        self._alertmanager = room.alertmanager.rstrip("/")

    async def firing(self, name: str) -> bool | None:
        """Return whether the alert *name* fires now; None if the Prometheus does not say."""
        query = f"ALERTS{{alertname={_quoted(name)},alertstate={_quoted('firing')}}}"
        found = await self._get(f"{self._prometheus}/api/v1/query", query=query)
        try:
            return bool(found["data"]["result"])
        except (KeyError, TypeError):
            return None

    async def before(self, name: str) -> Before:
        """Return what is so of the alert *name* while nothing is broken."""
        silences: frozenset[str] | None = None
        if self._alertmanager:
            found = await self._get(f"{self._alertmanager}/api/v2/silences")
            with suppress(KeyError, TypeError):
                silences = frozenset(str(each["id"]) for each in found)
        return Before(await self.firing(name), silences)

    async def acknowledged(self, name: str, *, but: Collection[str] = ()) -> bool | None:
        """Return whether somebody has silenced the alert *name*; None if nobody can tell.

        Silences in *but* do not count.
        """
        if not self._alertmanager:
            return None
        url = f"{self._alertmanager}/api/v2/alerts"
        found = await self._get(url, filter=f"alertname={_quoted(name)}")
        try:
            silences = {each for alert in found for each in alert["status"]["silencedBy"]}
            return bool(silences.difference(but))
        except (KeyError, TypeError):
            return None

    @asynccontextmanager
    async def watched(
        self, expected: AlarmRun, *, before: Before, tell: Callable[[AlarmRun], None]
    ) -> AsyncIterator[None]:
        """Watch for *expected* while the block lasts, from the injection on; *tell* what is seen.

        If it was firing *before*, or the room did not say, its firing now shows nothing. Nor does
        a silence that was there before.
        """
        run = expected
        if before.firing is None:
            run = replace(run, doubt="the operations room did not answer before the fault")
        elif before.firing:
            run = replace(run, doubt="it was firing before anything was broken")
        watching = asyncio.ensure_future(self._watch(run, before.silences, tell))
        try:
            yield
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching

    async def _watch(
        self, run: AlarmRun, silences: Collection[str] | None, tell: Callable[[AlarmRun], None]
    ) -> None:
        began = wall_now()
        answered = False
        tell(run)
        while run.fired_wall_s is None:
            fires = await self.firing(run.name)
            answered = answered or fires is not None
            if fires:
                run = replace(run, fired_wall_s=wall_now() - began)
                tell(run)
            elif not answered and not run.doubt and wall_now() - began > run.within_wall_s:
                run = replace(run, doubt="the operations room did not answer")
                tell(run)
            await asyncio.sleep(LOOK_EVERY_WALL_S)
        while silences is not None and run.acknowledged_wall_s is None:
            if await self.acknowledged(run.name, but=silences):
                run = replace(run, acknowledged_wall_s=wall_now() - began)
                tell(run)
            await asyncio.sleep(LOOK_EVERY_WALL_S)

    async def _get(self, url: str, **parameters: str) -> Any:
        try:
            async with self._session.get(url, params=parameters, allow_redirects=False) as answer:
                return await answer.json(content_type=None) if answer.status == 200 else None
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return None


def _quoted(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
