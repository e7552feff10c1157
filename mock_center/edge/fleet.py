"""The sites as the edge sees them: probes, joining, and who leads the ticket store.

A site is let in by joining: it drops whatever it held, learns the leader, catches up, and then
counts as up after ``rise`` good probes. A site that is down and comes back (restarted, or frozen
and woken) joins again under a new number, so nothing from before can pass for the present.

The leader stays until it is lost. Then the first site that is up and *complete* is promoted with a
higher epoch. Complete is a site that holds every acknowledged ticket: the leader says which copies
are attached, and a copy that goes down while another site leads is complete no more. If nobody
complete is up, nobody leads: better no store than one that forgets what it acknowledged.

A site that is drained gets no more calls, and if it leads hands the lead over in good order: it
stops, ships what it has not shipped, and a copy that then has everything leads. Writes that come in
between wait for the new leader.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import aclosing
from typing import Any

from mock_center import log
from mock_center.config import Centre
from mock_center.edge.link import RefusedError, SiteLink, UnreachableError
from mock_center.edge.routing import Health
from mock_center.tickets.copies import Copies

_EVERY_FLOOR_S = 0.1
_TIMEOUT_FLOOR_S = 0.3
_JOIN_TIMEOUT_S = 2.0
_LEAD_TIMEOUT_S = 1.0
_STEP_DOWN_TIMEOUT_S = 1.0
_HANDOVER_PATIENCE_S = 4.0
_ASSEMBLY_S = 15.0
_ASSEMBLY_EVERY_S = 0.02
_REOPEN_S = 0.05

Failed = (UnreachableError, RefusedError)


class Fleet:
    """All sites of the centre.

    Args:
        centre: how often to probe, and what counts as up.
        links: one per site, in the order in which they may lead.
        on_event: called with a site's name and each of its events.
        on_up: called with a site's name when it takes part.
        on_down: called with a site's name when it is given up, before its requests are cut.
        on_restart: called with a site's name for each new process of it.
        on_check: called with a site's name after each probe: whether it was answered, and the
            wall seconds that it took.
    """

    def __init__(
        self,
        centre: Centre,
        links: Mapping[str, SiteLink],
        *,
        on_event: Callable[[str, dict[str, Any]], None],
        on_up: Callable[[str], None],
        on_down: Callable[[str], None],
        on_restart: Callable[[str], None],
        on_check: Callable[[str, bool, float], None] = lambda _site, _answered, _wall_s: None,
    ) -> None:
        check = centre.health_check
        self.links = links
        self.leader: str | None = None
        self.epoch = 0
        self._every_s = max(check.every_s / centre.speed, _EVERY_FLOOR_S)
        self._timeout_s = max(self._every_s / 2, _TIMEOUT_FLOOR_S)
        self._health = {name: Health(check.fall, check.rise) for name in links}
        self._complete: set[str] = {next(iter(links))}
        self._copies = Copies(0, 0, ())
        self._handing_over = False
        self._elected = asyncio.Event()
        self._assembled = asyncio.Event()
        # Held while a site joins or a leader is chosen: a site must not learn of one leader while
        # another is being made.
        self._council = asyncio.Lock()
        self._on_event = on_event
        self._on_up = on_up
        self._on_down = on_down
        self._on_restart = on_restart
        self._on_check = on_check

    @property
    def up(self) -> list[str]:
        """The sites that take part, in order."""
        return [name for name, link in self.links.items() if link.up]

    @property
    def open(self) -> list[str]:
        """The sites that take new calls, in order."""
        return [name for name in self.links if self.takes_calls(name)]

    def takes_calls(self, site: str) -> bool:
        """Return whether *site* is up, and is not being drained."""
        link = self.links[site]
        return link.up and not link.draining

    async def drain(self, site: str) -> None:
        """Let *site* have no new calls; if it leads the ticket store, have it hand over the lead.

        Returns when the lead is handed over, or cannot be for now; it is tried again until it can.
        """
        link = self.links[site]
        if not link.draining:
            log.info("drain", site=site)
            link.draining = True
            link.contacts = None
        await self._hand_over(link)

    def undrain(self, site: str) -> None:
        """Let *site* have calls again. It does not get back the lead."""
        if self.links[site].draining:
            log.info("undrain", site=site)
            self.links[site].draining = False

    def is_complete(self, site: str) -> bool:
        """Return whether *site* holds every acknowledged ticket, so that it could lead."""
        return site in self._complete

    def leading_link(self) -> SiteLink | None:
        """Return the link to the site that leads the ticket store, or None if nobody does."""
        return self.links[self.leader] if self.leader is not None else None

    async def run(self) -> None:
        """Watch every site until cancelled."""
        try:
            async with asyncio.TaskGroup() as watches:
                for link in self.links.values():
                    watches.create_task(self._watch(link))
                    watches.create_task(self._listen(link))
                watches.create_task(self._relieve())
        finally:
            for link in self.links.values():
                await link.close()

    async def assembled(self) -> None:
        """Wait until every site has been up once.

        Raises:
            TimeoutError: a site did not come up in 15 wall seconds.
        """
        async with asyncio.timeout(_ASSEMBLY_S):
            await self._assembled.wait()

    async def elected_after(self, epoch: int, timeout_s: float) -> bool:
        """Wait until there is a leader with a higher epoch; return whether it came in time.

        While the lead is being handed over, it may take longer than *timeout_s*.
        """
        if self._handing_over:
            timeout_s = max(timeout_s, _HANDOVER_PATIENCE_S)
        try:
            async with asyncio.timeout(timeout_s):
                while self.leader is None or self.epoch <= epoch:
                    self._elected.clear()
                    await self._elected.wait()
        except TimeoutError:
            return False
        return True

    async def _watch(self, link: SiteLink) -> None:
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            await self._check(link)
            first = not self._assembled.is_set()
            every_s = _ASSEMBLY_EVERY_S if first else self._every_s
            await asyncio.sleep(max(began + every_s - loop.time(), 0.005))

    async def _check(self, link: SiteLink) -> None:
        """Probe *link* once, and do what follows from the answer."""
        health = self._health[link.name]
        asked_s = asyncio.get_running_loop().time()

        def checked(*, answered: bool) -> None:
            self._on_check(link.name, answered, asyncio.get_running_loop().time() - asked_s)

        try:
            answer = await link.ask("GET", "/internal/probe", timeout_s=self._timeout_s)
        except Failed:
            checked(answered=False)
            if health.observe(ok=False):
                await self._give_up(link, why="no answer")
            return
        checked(answered=True)
        self._note_process(link, answer["incarnation"])
        link.contacts = answer["contacts"]
        in_step = answer["admission"] == link.admission and link.joined.is_set()
        if health.up and (not in_step or link.out_of_step):
            # It restarted between two probes, or dropped out by itself: its calls are gone.
            health.force(up=False)
            await self._give_up(link, why="lost its admission")
        elif not in_step:
            await self._let_in(link)
        elif link.told_epoch != self.epoch:
            await self._tell_leader(link)
        elif health.observe(ok=answer["ready"]):
            await self._turn(link, up=health.up)
        if self.leader is None:
            await self._elect()

    def _note_process(self, link: SiteLink, incarnation: int) -> None:
        if link.incarnation:
            for _ in range(link.incarnation, incarnation):
                self._on_restart(link.name)
        link.incarnation = incarnation

    async def _turn(self, link: SiteLink, *, up: bool) -> None:
        if not up:
            await self._give_up(link, why="not ready")
            return
        link.up = True
        log.info("site_up", site=link.name, admission=link.admission)
        self._on_up(link.name)
        if len(self.up) == len(self.links):
            self._assembled.set()

    async def _give_up(self, link: SiteLink, *, why: str) -> None:
        log.warning("site_down", site=link.name, why=why)
        was_joined = link.joined.is_set()
        link.up = False
        link.joined.clear()
        self._on_down(link.name)
        await link.cut()
        async with self._council:
            if link.name == self.leader:
                self.leader = None
            elif self.leader is not None and was_joined:
                self._complete.discard(link.name)
        await self._elect()
        await self._tell_all()

    async def _let_in(self, link: SiteLink) -> None:
        """Have the site join: as a copy of the leader, or as the leader if it is due to be."""
        async with self._council:
            leads = self.leader is None and link.name in self._complete
            if leads:
                self.epoch += 1
            elif self.leader is not None:
                self._complete.discard(link.name)
            leader = link.name if leads else self.leader
            link.admission += 1
            link.out_of_step = False
            told = {"admission": link.admission, "epoch": self.epoch, "leader": leader}
            try:
                await link.ask("POST", "/internal/join", told, timeout_s=_JOIN_TIMEOUT_S)
            except Failed as error:
                log.warning("join_failed", site=link.name, error=error)
                return
            link.told_epoch = self.epoch
            link.joined.set()
            log.info("site_joined", site=link.name, admission=link.admission, leader=leader)
            if leads:
                await self._crown(link)

    async def _elect(self) -> None:
        """If nobody leads the ticket store, promote the first complete site that is up.

        One that is being drained leads only if there is no other: better that than no store.
        """
        async with self._council:
            if self.leader is None:
                fit = [link for link in self.links.values() if self._is_fit(link)]
                await self._promote(sorted(fit, key=lambda link: link.draining))

    def _is_fit(self, link: SiteLink) -> bool:
        return link.up and link.name in self._complete

    async def _promote(self, candidates: Iterable[SiteLink]) -> None:
        """Make the first of *candidates* that can do it the leader, in a new epoch."""
        for link in candidates:
            self.epoch += 1
            try:
                told = {"epoch": self.epoch}
                await link.ask("POST", "/internal/lead", told, timeout_s=_LEAD_TIMEOUT_S)
            except Failed as error:
                log.warning("promotion_failed", site=link.name, error=error)
                continue
            link.told_epoch = self.epoch
            await self._crown(link)
            return

    async def _relieve(self) -> None:
        """Have a leader that is being drained hand over as soon as it can.

        Not between two probes: a site that is not probed for too long takes itself to be given up.
        """
        while True:
            await asyncio.sleep(self._every_s)
            link = self.leading_link()
            if link is not None and link.draining:
                await self._hand_over(link)

    async def _hand_over(self, old: SiteLink) -> None:
        """Have *old* hand its lead to a complete site that is not drained, if there is one.

        Nothing it has acknowledged is lost: it stops first, and only if that site is attached. If
        its answer does not come, nobody knows whether it has stopped: it is asked to lead anew.
        """
        async with self._council:
            heirs = [link for link in self.links.values() if self._is_fit(link)]
            heir = next((link for link in heirs if not link.draining), None)
            if self.leader != old.name or not old.draining or heir is None:
                return
            self._handing_over = True
            try:
                successors = await self._step_down(old, heir)
                if successors:
                    self.leader = None
                    await self._promote(link for link in successors if self._is_fit(link))
                    log.info("handed_over", site=old.name, to=self.leader, epoch=self.epoch)
            finally:
                self._handing_over = False
        await self._tell_all()

    async def _step_down(self, old: SiteLink, heir: SiteLink) -> list[SiteLink]:
        """Have *old* stop leading for *heir*; return who may lead now, the best first.

        Nobody new, if *old* goes on because that copy has just fallen behind.
        """
        told = {"epoch": self.epoch, "to": heir.name}
        try:
            await old.ask("POST", "/internal/step-down", told, timeout_s=_STEP_DOWN_TIMEOUT_S)
        except RefusedError as refused:
            log.warning("handover_refused", site=old.name, to=heir.name, error=refused)
            return [] if refused.type == "gap" else [old, heir]
        except UnreachableError as error:
            log.warning("handover_failed", site=old.name, to=heir.name, error=error)
            return [old, heir]
        return [heir, old]

    async def _crown(self, link: SiteLink) -> None:
        self.leader = link.name
        self._complete = {link.name}
        self._elected.set()
        log.info("leader", site=link.name, epoch=self.epoch)

    async def _tell_all(self) -> None:
        """Tell every site that does not know yet who leads: until then it is no copy.

        Not between two probes of a site that is up: another one may take long to answer.
        """
        for link in self.links.values():
            if link.told_epoch != self.epoch:
                await self._tell_leader(link)

    async def _tell_leader(self, link: SiteLink) -> None:
        async with self._council:
            if self.leader is None or self.leader == link.name or not link.joined.is_set():
                return
            told = {"epoch": self.epoch, "leader": self.leader}
            try:
                await link.ask("POST", "/internal/follow", told, timeout_s=_JOIN_TIMEOUT_S)
            except Failed as error:
                log.warning("follow_failed", site=link.name, error=error)
                return
            link.told_epoch = self.epoch

    async def _listen(self, link: SiteLink) -> None:
        """Read the site's events for as long as it is joined; go on where the stream broke."""
        admission, seq = 0, 0
        while True:
            await link.joined.wait()
            if link.admission != admission:
                admission, seq = link.admission, 0
            try:
                async with aclosing(link.events(seq)) as events:
                    async for event in events:
                        if link.admission != admission or not link.joined.is_set():
                            break
                        if "seq" in event:
                            seq = event["seq"]
                            self._take(link, event)
            except RefusedError as refused:
                if refused.status == 410:
                    link.out_of_step = True  # we missed events: only a fresh start is honest
            except UnreachableError:
                pass
            await asyncio.sleep(_REOPEN_S)

    def _take(self, link: SiteLink, event: dict[str, Any]) -> None:
        if event["type"] == "store.copies":
            attached = tuple(event["attached"])
            self.copies_are(link.name, Copies(event["epoch"], event["version"], attached))
        else:
            self._on_event(link.name, event)

    def copies_are(self, site: str, told: Copies) -> None:
        """Take in what *site* says about the copies of the store it leads."""
        if site != self.leader or told.epoch != self.epoch or told < self._copies:
            return  # it leads no longer, or something newer has overtaken this
        self._copies = told
        joined = {name for name, other in self.links.items() if other.joined.is_set()}
        self._complete = {site} | (set(told.attached) & joined)
