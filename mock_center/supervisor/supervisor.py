"""Starts the centre, holds and heals its faults, ends it. The only parent of every process."""

import asyncio
import secrets
import socket
import time
from pathlib import Path
from typing import Any

from mock_center import log
from mock_center.clock import wall_now
from mock_center.config import Centre
from mock_center.server import HOST, port_of, reserve_port
from mock_center.supervisor.certificates import make_certificates
from mock_center.supervisor.child import Child, StartError
from mock_center.supervisor.faults import Fault, FaultBook, Kind

_RETRY_HEAL_S = 1.0


class EdgeGoneError(Exception):
    """The edge ended by itself: there is no centre without it."""


class Supervisor:
    """The centre that *document* (parsed: *centre*) describes, its files in *folder*.

    Every start begins with empty ticket stores.
    """

    def __init__(self, centre: Centre, document: dict[str, Any], folder: Path) -> None:
        self.environment_id = f"mock-{secrets.token_hex(4)}"
        self.faults = FaultBook()
        self._certificates = make_certificates(folder) if centre.api.tls else None
        self._ports: dict[str, socket.socket] = {
            name: reserve_port() for name in ("edge", *centre.sites)
        }
        self._orders = {
            "document": document,
            "folder": str(folder),
            "token": secrets.token_urlsafe(24),
            "environment_id": self.environment_id,
            "began_at": wall_now(),
            "sites": {site: self.url(site) for site in centre.sites},
        }
        self._edge = Child("mock_center.edge", "edge", folder)
        self._sites = {site: Child("mock_center.site", site, folder) for site in centre.sites}
        self._incarnations = dict.fromkeys(centre.sites, 0)
        self._locks = {site: asyncio.Lock() for site in centre.sites}
        self._leases_changed = asyncio.Event()
        for site in centre.sites:
            for old in folder.glob(f"{site}.sqlite*"):
                old.unlink()

    @property
    def sites(self) -> tuple[str, ...]:
        """The names of the sites."""
        return tuple(self._sites)

    def url(self, process: str) -> str:
        """Return the address of ``edge`` or of a site; it is the same after each restart."""
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
        """Heal each fault when its lease ends, until cancelled.

        Raises:
            EdgeGoneError: the edge ended by itself.
        """
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keep_leases())
            group.create_task(self._watch_edge())

    async def stop(self) -> None:
        """End every process, frozen ones included."""
        async with asyncio.TaskGroup() as ends:
            for child in (self._edge, *self._sites.values()):
                ends.create_task(child.end())
        for holder in self._ports.values():
            holder.close()

    async def inject(self, kind: Kind, site: str, lease_s: float) -> Fault:
        """Break *site* for at most *lease_s* wall seconds; return once it is broken.

        Raises:
            ValueError: the site has a fault already, or there is no process to break.
        """
        async with self._locks[site]:
            child = self._sites[site]
            if self.faults.on(site) is None and not child.running:
                raise ValueError(f"{site} has no process")
            fault = self.faults.open(kind, site, time.monotonic() + lease_s)
            log.info("fault_injected", kind=kind.value, site=site, lease_s=lease_s, id=fault.id)
            # The lease runs from here on, whatever becomes of the request that asked for it.
            self._leases_changed.set()
            if kind is Kind.SITE_DOWN:
                await child.kill()
            else:
                child.freeze()
            return fault

    async def heal(self, fault: Fault) -> None:
        """Mend *fault*; return once its process runs. Nothing if it is healed already.

        Raises:
            StartError: the site did not start; its fault stays active and is tried again.
        """
        async with self._locks[fault.site]:
            if fault.healed:
                return
            if fault.kind is Kind.SITE_DOWN:
                await self._start_site(fault.site)
            else:
                self._sites[fault.site].thaw()
            fault.healed = True
            log.info("fault_healed", kind=fault.kind.value, site=fault.site, id=fault.id)

    def state(self, site: str) -> dict[str, Any]:
        """Return what is known of the process of *site*, without asking it."""
        child = self._sites[site]
        frozen = child.running and child.frozen
        return {
            "pid": child.pid,
            "state": "frozen" if frozen else "running" if child.running else "down",
            "incarnation": self._incarnations[site],
            "url": self.url(site),
        }

    async def _start_edge(self) -> None:
        files = self._certificates
        tls = files and {"certificate": str(files.certificate), "key": str(files.key)}
        await self._edge.start({**self._orders, "port": port_of(self._ports["edge"]), "tls": tls})

    async def _start_site(self, site: str) -> None:
        self._incarnations[site] += 1
        orders = {"incarnation": self._incarnations[site], "port": port_of(self._ports[site])}
        await self._sites[site].start({**self._orders, **orders})

    async def _keep_leases(self) -> None:
        while True:
            self._leases_changed.clear()
            now_s = time.monotonic()
            for fault in self.faults.over(now_s):
                log.warning("lease_over", id=fault.id, site=fault.site)
                try:
                    await self.heal(fault)
                except StartError as error:
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
