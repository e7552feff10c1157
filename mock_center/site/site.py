"""A site: its standing with the edge, its call floor, its ticket floor, one stream of events."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp

from mock_center import log
from mock_center.clock import CentreClock, wall_now
from mock_center.conditions import Conditions
from mock_center.config import TICKETS, Centre
from mock_center.events import Feed
from mock_center.faults.kinds.house import METRICS_GONE
from mock_center.metrics import MetricsPage
from mock_center.site.calls import CallFloor
from mock_center.site.membership import Membership
from mock_center.site.metrics import SiteMetrics
from mock_center.site.peers import TOKEN_HEADER, HttpPeer
from mock_center.site.tickets import TicketFloor
from mock_center.tickets.defects import spoils_of, trouble_of
from mock_center.tickets.node import Role, TicketNode
from mock_center.tickets.store import TicketStore

_RING = 100_000
_WALL_FLOOR_S = 0.1
_PROBE_TIMEOUT_FLOOR_S = 0.3
# Longer than the edge takes to give a silent site up, so that a busy machine does not cut off a
# healthy one; correctness rests on admissions and epochs, not on this.
_LAPSE_MARGIN = 1.5


class StaleAdmissionError(Exception):
    """A join that was stuck in a socket, and that a later one has overtaken."""


def lapse_s(centre: Centre) -> float:
    """Return the wall seconds without a probe after which a site knows that it was given up."""
    every_s = max(centre.health_check.every_s / centre.speed, _WALL_FLOOR_S)
    timeout_s = max(every_s / 2, _PROBE_TIMEOUT_FLOOR_S)
    return _LAPSE_MARGIN * centre.health_check.fall * (every_s + timeout_s)


class Site:
    """One location. ``run`` keeps it going; the HTTP handlers in ``app`` call the rest."""

    def __init__(
        self,
        centre: Centre,
        *,
        name: str,
        incarnation: int,
        folder: Path,
        peers: Mapping[str, str],
        token: str,
        began_at: float,
        staff: Mapping[str, int],
        conditions: Conditions | None = None,
    ) -> None:
        self.centre = centre
        self.conditions = conditions or Conditions()
        self.name = name
        self.incarnation = incarnation
        self.token = token
        # Agents beyond the plan, by skill; after each joining they are at work again.
        self._staff: Counter[str] = Counter(staff)
        self._clock = clock = CentreClock.begun_at(began_at, centre.speed)
        self.metrics = SiteMetrics(centre, name)
        self.page = MetricsPage(
            self.metrics.registry,
            self.measure,
            gone=lambda: self.conditions.asked(METRICS_GONE) is not None,
        )
        self.membership = Membership(lapse_s(centre))
        self._leveled = False
        self._joining = asyncio.Lock()
        self._last_admission = 0
        self._session = aiohttp.ClientSession(
            headers={TOKEN_HEADER: token, "Content-Type": "application/json"},
            timeout=aiohttp.ClientTimeout(total=None),
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=30),
        )
        self.node = TicketNode(
            name,
            TicketStore(folder / f"{name}.sqlite", name),
            {peer: HttpPeer(self._session, url) for peer, url in peers.items()},
            lag_s=None if centre.lag_s is None else centre.lag_s / centre.speed,
            changed=self._store_changed,
            spoils=lambda: spoils_of(centre, wall_now()),
            trouble=lambda: trouble_of(self.conditions),
        )
        self.calls = CallFloor(
            centre, name, clock, self.metrics, Feed(_RING), self.conditions, self.check_standing
        )
        self.tickets = TicketFloor(
            centre, name, clock, self.metrics, self.node, self._publish, self.check_standing
        )
        self.tickets.staff(self._staff[TICKETS])
        self.conditions.when_changed(self._conditions_changed)

    @property
    def ready(self) -> bool:
        """Whether this site takes part: admitted, and level with the leader of the store."""
        self.check_standing()
        return self.membership.admission is not None and self._leveled

    async def run(self) -> None:
        """Do the work of both floors until cancelled."""
        try:
            async with asyncio.TaskGroup() as floors:
                floors.create_task(self.node.run())
                floors.create_task(self.tickets.run())
                freezes_s = self.centre.defects.freezes_metrics_after_s
                if freezes_s is not None:
                    floors.create_task(self.page.freeze(self._clock.loop_time(freezes_s)))
        finally:
            self.calls.close()
            await self._session.close()

    def check_standing(self) -> None:
        """Drop out if the edge must have given this site up while it was frozen or cut off."""
        if self.membership.lapses(time.monotonic()):
            log.warning("lapsed", why="no probe by the edge for too long")
            self._drop_out()

    async def join(self, admission: int, epoch: int, leader: str | None) -> None:
        """Join the centre afresh: no calls, agents idle, tickets as *leader* has them.

        Raises:
            StaleEpochError: the store has seen a higher epoch than *epoch*.
            StaleAdmissionError: a later admission has been here; the edge gave this one up.
        """
        async with self._joining:
            if admission <= self._last_admission:
                raise StaleAdmissionError(f"{admission} after {self._last_admission}")
            self._last_admission = admission
            self.membership.leave()
            self._leveled = False
            self.tickets.close()
            self.tickets.forget_outsiders()
            lost = self.calls.reset(Feed(_RING))
            for skill, heads in self._staff.items():
                if skill != TICKETS:
                    self.calls.staff(skill, heads)
            if leader == self.name:
                await self.lead(epoch)
            else:
                await self.node.follow(epoch, leader)
            self.membership.admit(time.monotonic(), admission)
        log.info("joined", admission=admission, epoch=epoch, leader=leader, calls_dropped=lost)

    async def lead(self, epoch: int) -> None:
        """Lead the ticket store from now on, and work on all that is open.

        Raises:
            StaleEpochError: the store has seen a higher epoch than *epoch*.
        """
        await self.node.lead(epoch)
        self._leveled = True
        await self.tickets.open()
        log.info("leads", epoch=epoch)

    async def follow(self, epoch: int, leader: str) -> None:
        """Follow another *leader*; calls go on.

        Raises:
            StaleEpochError: the store has seen a higher epoch than *epoch*.
        """
        self.tickets.close()
        await self.node.follow(epoch, leader)

    async def step_down(self, epoch: int, to: str) -> None:
        """Stop leading the ticket store, in good order, so that *to* can lead it; calls go on.

        Raises:
            NotLeadingError: this site does not lead *epoch*.
            GapError: *to* does not have everything; this site goes on leading.
            StaleEpochError: another site has been made leader meanwhile.
        """
        await self.node.step_down(epoch, to)
        self.tickets.close()
        log.info("stepped_down", epoch=epoch, to=to)

    def staff(self, skill: str, heads: int) -> None:
        """Have *heads* more agents of *skill*, fewer if negative; who leaves finishes first.

        Raises:
            KeyError: no such skill.
        """
        if skill != TICKETS:
            self.calls.staff(skill, heads)
        self._staff[skill] += heads
        self.tickets.staff(self._staff[TICKETS])
        log.info("staff", skill=skill, heads=heads)

    def probe(self) -> dict[str, Any]:
        """Answer the edge's health check; the edge alone asks this."""
        self.check_standing()
        self.membership.probed(time.monotonic())
        return {
            "site": self.name,
            "incarnation": self.incarnation,
            "admission": self.membership.admission,
            "ready": self.ready,
            "contacts": self.calls.contacts,
        }

    async def measure(self) -> None:
        """Set every gauge to what is true now."""
        self.check_standing()
        self.calls.queues()
        self.metrics.store_is(
            primary=self.node.role is Role.LEADER,
            degraded=self.node.degraded,
            open_tickets=await self.node.ask(self.node.store.count_open),
        )
        await self.tickets.measure()

    def _conditions_changed(self) -> None:
        self.check_standing()
        if self.membership.admission is not None:
            self.calls.conditions_changed()
        self.node.troubles_changed()

    def _drop_out(self) -> None:
        self.membership.leave()
        self._leveled = False
        self.tickets.close()
        self.tickets.forget_outsiders()
        lost = self.calls.reset(Feed(_RING))
        log.warning("dropped_out", calls_dropped=lost)
        if self.node.role is not Role.OUTSIDE:
            self.node.leave()

    def _publish(self, event: dict[str, object]) -> None:
        self.calls.feed.publish(event)

    def _store_changed(self) -> None:
        if self.node.role is Role.OUTSIDE:
            if self.membership.admission is not None:
                self._drop_out()  # deposed by a peer: whoever leads now has not heard of our calls
            return
        self._leveled = self._leveled or self.node.level
        copies = self.node.copies
        if copies is not None:
            self._publish({"type": "store.copies", **copies._asdict()})
