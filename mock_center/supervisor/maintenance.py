"""Planned work on sites: drain, restart, one after the other, more staff. Nobody is dropped by it.

Unlike a fault it asks the edge first, waits until the site is empty, and gives up if that takes too
long: then the site goes on as if nothing had been.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from mock_center import log
from mock_center.edge.standing import Standing
from mock_center.supervisor.child import StartError
from mock_center.supervisor.edge_control import EdgeControl, NoAnswerError
from mock_center.supervisor.supervisor import SiteFaultedError, Supervisor

_LOOK_EVERY_S = 0.05
_BACK_S = 30.0


class BusyError(Exception):
    """Planned work is under way at this site already."""


class NotDrainedError(Exception):
    """The site was not empty in time; it takes calls again."""


class NotBackError(Exception):
    """The restarted site does not take part again."""


class Maintenance:
    """Planned work on the sites of *supervisor*; *edge* drains them."""

    def __init__(self, supervisor: Supervisor, edge: EdgeControl) -> None:
        self._supervisor = supervisor
        self._edge = edge
        self._at_work: set[str] = set()
        self._rolling: asyncio.Task[list[str]] | None = None
        self.restarted: list[str] = []

    async def standings(self) -> dict[str, Standing]:
        """Return how every site stands with the edge; nothing while it does not answer."""
        try:
            return await self._edge.sites()
        except NoAnswerError:
            return {}

    async def drain(self, site: str) -> Standing:
        """Let *site* have no new calls, and hand over its lead; return how it stands.

        Raises:
            BusyError: it is being restarted.
        """
        async with self._work_on(site):
            await self._edge.drain(site)
        return (await self._edge.sites())[site]

    async def undrain(self, site: str) -> Standing:
        """Let *site* have calls again; return how it stands.

        Raises:
            BusyError: it is being restarted.
        """
        async with self._work_on(site):
            await self._edge.undrain(site)
        return (await self._edge.sites())[site]

    async def restart(self, site: str, wait_s: float) -> None:
        """Replace the process of *site*, once it is drained; return when it takes part again.

        It is drained afterwards only if it was before.

        Args:
            site: which one.
            wait_s: wall seconds in which its calls must be over.

        Raises:
            BusyError: it is being restarted already.
            SiteFaultedError: it is under a fault, or came under one meanwhile.
            NotDrainedError: its calls were not over in time.
            StartError: the new process did not start. It is tried again.
            NotBackError: the new process was not up in 30 wall seconds.
        """
        async with self._work_on(site):
            self._supervisor.check_unbroken(site)
            was_draining = (await self._edge.sites())[site].draining
            log.info("planned_restart", site=site, wait_s=wait_s)
            try:
                await self._edge.drain(site)
                await self._until_drained(site, wait_s)
                await self._supervisor.restart(site)
                await self._until_back(site)
            finally:
                if not was_draining:
                    await asyncio.shield(self._edge.undrain(site))

    async def rolling_restart(self, wait_s: float) -> list[str]:
        """Restart one site after the other, the leader of the ticket store last; return the order.

        The first that fails ends it: the others keep their process.

        Raises:
            Exception: whatever ``restart`` raises.
        """
        standings = await self._edge.sites()
        self.restarted = []
        for site in sorted(standings, key=lambda site: standings[site].leads):
            await self.restart(site, wait_s)
            self.restarted.append(site)
        return self.restarted

    def begin_rolling_restart(self, wait_s: float) -> None:
        """Begin a rolling restart and let it go on by itself; ``restarted`` grows meanwhile.

        Raises:
            BusyError: one is under way.
        """
        if self.rolls:
            raise BusyError("a rolling restart is under way")
        self._rolling = asyncio.create_task(self._roll(wait_s))

    async def end_rolling_restart(self) -> None:
        """End the rolling restart that is under way, if one is: the site at hand is given back."""
        if self._rolling is not None:
            self._rolling.cancel()
            await asyncio.wait([self._rolling])

    @property
    def rolls(self) -> bool:
        """Whether a rolling restart that was begun is under way."""
        return self._rolling is not None and not self._rolling.done()

    async def _roll(self, wait_s: float) -> list[str]:
        try:
            return await self.rolling_restart(wait_s)
        except (BusyError, SiteFaultedError, NotDrainedError, NotBackError, StartError) as error:
            log.error("rolling_restart_ended", error=error)
            return self.restarted

    async def staff(self, site: str, skill: str, heads: int) -> None:
        """Have *heads* more agents of *skill* (fewer if negative) at *site*, for good.

        Raises:
            SiteFaultedError: the site is under a fault: nobody could come or go.
            NoAnswerError: the site does not answer.
        """
        self._supervisor.check_unbroken(site)
        await self._edge.staff(self._supervisor.url(site), skill, heads)
        self._supervisor.note_staff(site, skill, heads)
        log.info("staff", site=site, skill=skill, heads=heads)

    async def backup(self, site: str, *, called: bool) -> None:
        """Call the backup pool of *site*, or send it home.

        Raises:
            SiteFaultedError: the site is under a fault: nobody could come or go.
            NoAnswerError: the site does not answer.
        """
        self._supervisor.check_unbroken(site)
        await self._edge.backup(self._supervisor.url(site), called=called)
        log.info("backup", site=site, called=called)

    async def _until_drained(self, site: str, wait_s: float) -> None:
        deadline = time.monotonic() + wait_s
        while not (standing := (await self._edge.sites())[site]).drained:
            self._supervisor.check_unbroken(site)
            if time.monotonic() > deadline:
                left = f"{standing.calls} calls left" + ", leads the store" * standing.leads
                raise NotDrainedError(f"{site} after {wait_s:g} s: {left}")
            await asyncio.sleep(_LOOK_EVERY_S)

    async def _until_back(self, site: str) -> None:
        deadline = time.monotonic() + _BACK_S
        while True:
            standing = (await self._edge.sites())[site]
            if standing.up and standing.incarnation == self._supervisor.incarnation(site):
                return
            self._supervisor.check_unbroken(site)
            if time.monotonic() > deadline:
                raise NotBackError(f"{site} was not up in {_BACK_S:g} s")
            await asyncio.sleep(_LOOK_EVERY_S)

    @asynccontextmanager
    async def _work_on(self, site: str) -> AsyncIterator[None]:
        if site in self._at_work:
            raise BusyError(f"{site} is being restarted")
        self._at_work.add(site)
        try:
            yield
        finally:
            self._at_work.discard(site)
