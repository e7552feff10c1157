"""Tickets at the edge: every write goes to the leader, and waits a moment for a new one."""

from typing import Any

from mock_center.edge.fleet import Fleet
from mock_center.edge.link import RefusedError, SiteLink, UnreachableError

_WRITE_TIMEOUT_S = 2.0
_READ_TIMEOUT_S = 2.0
_PATIENCE_S = 0.5
_OTHER_LEADER = {"not-leading", "stale-epoch", "stale-admission"}


class StoreUnavailableError(Exception):
    """No site leads the ticket store, or it did not answer."""


class SiteDownError(Exception):
    """The site whose copy was asked for is not up."""


class Tickets:
    """Writes and reads tickets at the sites of *fleet*."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet

    async def create(self, ticket: dict[str, str]) -> dict[str, Any]:
        """Write *ticket* (with its key and fingerprint); return it, and whether it is a replay.

        If the leader is lost while it writes, the same key goes to the next leader, provided there
        is one within half a wall second: the key makes sure that it is written once.

        Raises:
            StoreUnavailableError: no leader acknowledged it. It may have been written all the same.
            RefusedError: the leader refused it for good.
        """
        while True:
            link, epoch = await self._leader()
            try:
                return await link.ask(
                    "POST",
                    "/internal/tickets",
                    {"epoch": epoch, "ticket": ticket},
                    timeout_s=_WRITE_TIMEOUT_S,
                )
            except RefusedError as refused:
                if refused.type not in _OTHER_LEADER:
                    raise
            except UnreachableError:
                pass
            if not await self._fleet.elected_after(epoch, _PATIENCE_S):
                raise StoreUnavailableError(f"{link.name} did not acknowledge")

    async def get(self, ticket: str) -> dict[str, Any]:
        """Return one ticket as the leader has it.

        Raises:
            StoreUnavailableError: nobody leads, or it did not answer.
            RefusedError: 404, there is no such ticket.
        """
        link, _ = await self._leader()
        return await self._read(link, f"/internal/tickets/{ticket}")

    async def page(self, after: int, limit: int, site: str | None) -> dict[str, Any]:
        """Return a page of the leader's tickets, or of the copy at *site*.

        Raises:
            StoreUnavailableError: nobody leads, or it did not answer.
            SiteDownError: *site* is not up.
        """
        if site is None:
            link, _ = await self._leader()
        else:
            link = self._fleet.links[site]
            if not link.up:
                raise SiteDownError(site)
        return await self._read(link, f"/internal/tickets?after={after}&limit={limit}")

    async def _leader(self) -> tuple[SiteLink, int]:
        link = self._fleet.leading_link()
        if link is None and await self._fleet.elected_after(0, _PATIENCE_S):
            link = self._fleet.leading_link()
        if link is None:
            raise StoreUnavailableError("no site leads the ticket store")
        return link, self._fleet.epoch

    async def _read(self, link: SiteLink, path: str) -> dict[str, Any]:
        try:
            return await link.ask("GET", path, timeout_s=_READ_TIMEOUT_S)
        except UnreachableError as error:
            raise StoreUnavailableError(str(error)) from error
        except RefusedError as refused:
            if refused.type in _OTHER_LEADER:
                raise StoreUnavailableError(refused.detail) from refused
            raise
