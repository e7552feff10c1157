"""Starts the centre, holds and heals its faults, ends it: nobody else starts or ends a process."""

import asyncio
import secrets
import socket
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mock_center import log
from mock_center.clock import wall_now
from mock_center.conditions import Condition
from mock_center.config import TICKETS, Centre
from mock_center.faults.book import Fault, FaultBook
from mock_center.faults.kinds import kinds_of, sites
from mock_center.faults.spec import EDGE
from mock_center.server import HOST, port_of, reserve_port
from mock_center.supervisor.child import Child, DeafError, StartError
from mock_center.supervisor.nursery import Nursery

if TYPE_CHECKING:
    from mock_center.supervisor.certificates import Certificates

_RETRY_HEAL_S = 1.0
# A site that ended by itself is started again after a pause: twice as long each time, unless it
# ran well in between.
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 10.0
_RAN_WELL_S = 30.0


class SiteFaultedError(Exception):
    """The site is under a fault."""


class EdgeGoneError(Exception):
    """The edge ended by itself: there is no centre without it."""


class Supervisor:
    """The centre that *document* (parsed: *centre*) describes, its files in *folder*.

    Its processes begin in *nursery*.

    Every start begins with empty ticket stores.
    """

    def __init__(
        self, centre: Centre, document: dict[str, Any], folder: Path, nursery: Nursery
    ) -> None:
        self.environment_id = f"mock-{secrets.token_hex(4)}"
        self.token = secrets.token_urlsafe(24)
        self.faults = FaultBook()
        self.kinds = kinds_of(centre)
        self._certificates = _certificates(folder) if centre.api.tls else None
        self.skills = (*centre.lines, TICKETS)
        self.has_backup = centre.backup is not None
        self._ports: dict[str, socket.socket] = {
            name: reserve_port() for name in ("edge", "edge control", *centre.sites)
        }
        self._orders = {
            "document": document,
            "folder": str(folder),
            "token": self.token,
            "environment_id": self.environment_id,
            "began_at": wall_now(),
            "control_port": port_of(self._ports["edge control"]),
            "sites": {site: self.url(site) for site in centre.sites},
        }
        self._edge = Child(nursery, "mock_center.edge.__main__", "edge", folder)
        self._sites = {
            site: Child(nursery, "mock_center.site.__main__", site, folder) for site in centre.sites
        }
        self._incarnations = dict.fromkeys(centre.sites, 0)
        self._crashes = dict.fromkeys(centre.sites, 0)
        self._staff: dict[str, dict[str, int]] = {site: {} for site in centre.sites}
        self._ended = False
        self._locks = {process: asyncio.Lock() for process in (EDGE, *centre.sites)}
        self._leases_changed = asyncio.Event()
        for site in centre.sites:
            for old in folder.glob(f"{site}.sqlite*"):
                old.unlink()

    @property
    def sites(self) -> tuple[str, ...]:
        """The names of the sites."""
        return tuple(self._sites)

    def url(self, process: str) -> str:
        """Return the address of ``edge``, of its ``edge control``, or of a site.

        It is the same after each restart.
        """
        scheme = "https" if process == "edge" and self._certificates else "http"
        return f"{scheme}://{HOST}:{port_of(self._ports[process])}"

    @property
    def ca(self) -> Path | None:
        """The certificate that vouches for the edge; None if the edge has none."""
        return self._certificates.ca if self._certificates else None

    async def start(self) -> None:
        """Start every process; return once the edge has every site up.

        Raises:
            ExceptionGroup: of StartError, for those that did not start.
        """
        async with asyncio.TaskGroup() as starts:
            for site in self._sites:
                starts.create_task(self._start_site(site))
            starts.create_task(self._start_edge())

    async def watch(self) -> None:
        """Heal each fault when its lease ends, and restart sites that crash, until cancelled.

        Raises:
            EdgeGoneError: the edge ended by itself.
        """
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keep_leases())
            group.create_task(self._watch_edge())
            for site in self._sites:
                group.create_task(self._keep_up(site))

    async def stop(self) -> None:
        """End every process, frozen ones included; none is started any more."""
        self._ended = True
        async with asyncio.TaskGroup() as ends:
            for child in (self._edge, *self._sites.values()):
                ends.create_task(child.end())
        for holder in self._ports.values():
            holder.close()

    async def inject(self, kind: str, asked: Mapping[str, Any], lease_s: float) -> Fault:
        """Break what *kind* says, as *asked*, for at most *lease_s* wall seconds.

        Returns once it is broken. What is *asked* has been read by the kind's own spec.

        Raises:
            ValueError: the place has a fault already, or there is no process to break.
            DeafError: a process did not take it in; it is healed at the end of its lease.
        """
        spec = self.kinds[kind]
        tells = spec.tells(asked)
        async with self._locked(tells or (asked["site"],)):
            if not tells and not self._sites[asked["site"]].running:
                if held := self.faults.on(asked["site"]):
                    raise ValueError(f"{asked['site']} is held by {held.id} ({held.kind})")
                raise ValueError(f"{asked['site']} has no process")
            fault = self.faults.open(kind, asked, spec.place(asked), time.monotonic() + lease_s)
            log.info("fault_injected", kind=kind, place=fault.place, lease_s=lease_s, id=fault.id)
            # The lease runs from here on, whatever becomes of the request that asked for it.
            self._leases_changed.set()
            match kind:
                case sites.SITE_DOWN:
                    await self._sites[asked["site"]].kill()
                case sites.SITE_HANG:
                    self._sites[asked["site"]].freeze()
            for process in tells:
                await self._tell(process)
            return fault

    async def heal(self, fault: Fault) -> None:
        """Mend *fault*; return once its process runs. Nothing if it is healed already.

        Raises:
            StartError: the site did not start; its fault stays active and is tried again.
            DeafError: a process did not take in that it is over; likewise.
        """
        tells = self.kinds[fault.kind].tells(fault.asked)
        async with self._locked(tells or (fault.asked["site"],)):
            if fault.healed:
                return
            match fault.kind:
                case sites.SITE_DOWN:
                    await self._start_site(fault.asked["site"])
                case sites.SITE_HANG:
                    self._sites[fault.asked["site"]].thaw()
            fault.healed = True
            try:
                for process in tells:
                    await self._tell(process)
            except DeafError:
                fault.healed = False
                raise
            log.info("fault_healed", kind=fault.kind, place=fault.place, id=fault.id)

    @asynccontextmanager
    async def _locked(self, processes: Iterable[str]) -> AsyncIterator[None]:
        """Keep everybody else from *processes*; always in the same order, so that none waits."""
        async with AsyncExitStack() as locks:
            for process in sorted(processes):
                await locks.enter_async_context(self._locks[process])
            yield

    def _conditions(self, process: str) -> list[Condition]:
        """Return what is wrong on purpose in *process*."""
        return [
            Condition(fault.kind, fault.asked)
            for fault in self.faults.active()
            if process in self.kinds[fault.kind].tells(fault.asked)
        ]

    async def _tell(self, process: str) -> None:
        child = self._edge if process == EDGE else self._sites[process]
        if child.frozen:
            raise DeafError(f"{process} is frozen")
        await child.tell(self._conditions(process))

    async def restart(self, site: str) -> None:
        """End the process of *site* in good order and start another.

        Raises:
            SiteFaultedError: the site is under a fault.
            StartError: the new process did not start; it is tried again.
        """
        async with self._locks[site]:
            self.check_unbroken(site)
            await self._sites[site].end()
            await self._start_site(site)

    def check_unbroken(self, site: str) -> None:
        """Do nothing if *site* is as it should be.

        Raises:
            SiteFaultedError: it is under a fault.
        """
        fault = self.faults.on(site)
        if fault is not None:
            raise SiteFaultedError(f"{site} is held by {fault.id} ({fault.kind})")

    def note_staff(self, site: str, skill: str, heads: int) -> None:
        """Note that *site* has *heads* more agents of *skill*: a new process has them as well."""
        staff = self._staff[site]
        staff[skill] = staff.get(skill, 0) + heads

    def incarnation(self, site: str) -> int:
        """Return the number of the latest process of *site*."""
        return self._incarnations[site]

    def state(self, site: str) -> dict[str, Any]:
        """Return what is known of the process of *site*, without asking it."""
        child = self._sites[site]
        frozen = child.running and child.frozen
        return {
            "pid": child.pid,
            "state": "frozen" if frozen else "running" if child.running else "down",
            "incarnation": self._incarnations[site],
            "crashes": self._crashes[site],
            "staff": dict(self._staff[site]),
            "url": self.url(site),
        }

    async def _start_edge(self) -> None:
        files = self._certificates
        tls = files and {
            "certificate": str(files.certificate),
            "key": str(files.key),
            "expired": str(files.expired),
        }
        orders = {
            "port": port_of(self._ports["edge"]),
            "tls": tls,
            "conditions": [each.to_wire() for each in self._conditions(EDGE)],
        }
        await self._edge.start({**self._orders, **orders})

    async def _start_site(self, site: str) -> None:
        if self._ended:
            raise StartError(f"{site} is not started: the centre ends")
        self._incarnations[site] += 1
        orders = {
            "incarnation": self._incarnations[site],
            "port": port_of(self._ports[site]),
            "staff": self._staff[site],
            "conditions": [each.to_wire() for each in self._conditions(site)],
        }
        await self._sites[site].start({**self._orders, **orders})

    async def _keep_up(self, site: str) -> None:
        """Start *site* again whenever its process has ended by itself, and no fault took it."""
        child, pause_s = self._sites[site], _FIRST_PAUSE_S
        while True:
            began_s = time.monotonic()
            await child.wait()
            if time.monotonic() - began_s > _RAN_WELL_S:
                pause_s = _FIRST_PAUSE_S
            await asyncio.sleep(pause_s)
            async with self._locks[site]:
                if child.running or self.faults.on(site) is not None:
                    continue  # it was replaced, or a fault will bring it back when it is healed
                self._crashes[site] += 1
                log.warning("site_crashed", site=site, after_s=pause_s)
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
                try:
                    await self._start_site(site)
                except StartError as error:
                    log.error("restart_failed", site=site, error=error)

    async def _keep_leases(self) -> None:
        while True:
            self._leases_changed.clear()
            now_s = time.monotonic()
            for fault in self.faults.over(now_s):
                log.warning("lease_over", id=fault.id, place=fault.place)
                try:
                    await self.heal(fault)
                except (StartError, DeafError) as error:
                    log.error("heal_failed", id=fault.id, error=error)
                    fault.until_s = time.monotonic() + _RETRY_HEAL_S
            end_s = self.faults.next_end()
            pause_s = None if end_s is None else max(end_s - time.monotonic(), 0.0)
            try:
                async with asyncio.timeout(pause_s):
                    await self._leases_changed.wait()
            except TimeoutError:
                continue

    async def _watch_edge(self) -> None:
        await self._edge.wait()
        raise EdgeGoneError("the edge ended by itself, see edge.log")


def _certificates(folder: Path) -> "Certificates":
    """Return the certificates of an edge with TLS, written into *folder*."""
    # Here: cryptography takes a tenth of the supervisor's start, and few centres have TLS.
    from mock_center.supervisor.certificates import make_certificates

    return make_certificates(folder)
