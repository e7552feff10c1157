"""Tickets at the edge: every write goes to the leader, and waits a moment for a new one.

Support requests are in the same store, and go the same way.
"""

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

        Raises: as ``patch``.
        """
        return await self._write("/internal/tickets", {"ticket": ticket})

    async def patch(
        self, ticket: str, matches: list[str] | None, changes: dict[str, str]
    ) -> dict[str, Any]:
        """Change a ticket that is still one of the versions *matches* (None: any); return it.

        Raises:
            StoreUnavailableError: no leader acknowledged it. It may have been written all the same.
            RefusedError: the leader refused it for good.
        """
        body = {"matches": matches, "patch": changes}
        return await self._write(f"/internal/tickets/{ticket}/patch", body)

    async def comment(self, ticket: str, comment: dict[str, Any]) -> dict[str, Any]:
        """Write *comment* (with its key and fingerprint); return it, its ticket's etag, replayed.

        Raises: as ``patch``.
        """
        return await self._write(f"/internal/tickets/{ticket}/comments", {"comment": comment})

    async def resolve(self, request: str, answer: dict[str, str]) -> dict[str, Any]:
        """Resolve a support request; return it, and whether it is a replay.

        Raises: as ``patch``.
        """
        body = {"resolve": answer}
        return await self._write(f"/internal/support-requests/{request}/resolve", body)

    async def get(self, ticket: str) -> dict[str, Any]:
        """Return one ticket as the leader has it.

        Raises:
            StoreUnavailableError: nobody leads, or it did not answer.
            RefusedError: 404, there is no such ticket.
        """
        return await self._read_leader(f"/internal/tickets/{ticket}")

    async def export(self, epoch: int, seq: int, limit: int) -> dict[str, Any]:
        """Return what has changed after that position of the leader's sequence.

        Raises:
            StoreUnavailableError: nobody leads, or it did not answer.
            RefusedError: 410, a failover has taken that position back.
        """
        query = f"epoch={epoch}&seq={seq}&limit={limit}"
        return await self._read_leader(f"/internal/tickets/export?{query}")

    async def support_requests(self, state: str | None, after: int, limit: int) -> dict[str, Any]:
        """Return a page of the leader's support requests; *state* None: of any state.

        Raises:
            StoreUnavailableError: nobody leads, or it did not answer.
        """
        query = f"after={after}&limit={limit}" + (f"&state={state}" if state else "")
        return await self._read_leader(f"/internal/support-requests?{query}")

    async def page(self, after: int, limit: int, site: str | None) -> dict[str, Any]:
        """Return a page of the leader's tickets, or of the copy at *site*.

        Raises:
            StoreUnavailableError: nobody leads, or it did not answer.
            SiteDownError: *site* is not up.
        """
        path = f"/internal/tickets?after={after}&limit={limit}"
        if site is None:
            return await self._read_leader(path)
        link = self._fleet.links[site]
        if not link.up:
            raise SiteDownError(site)
        return await self._read(link, path)

    async def _write(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Have the leader write *body*; return its answer.

        If the leader is lost while it writes, the next one is asked, provided there is one within
        half a wall second: a key, or the version that has to match, makes sure that it is written
        once. A change that the lost leader did write is then told as a version that is out of date.
        """
        while True:
            link, epoch = await self._leader()
            try:
                return await link.ask(
                    "POST", path, {"epoch": epoch, **body}, timeout_s=_WRITE_TIMEOUT_S
                )
            except RefusedError as refused:
                if refused.type not in _OTHER_LEADER:
                    raise
            except UnreachableError:
                pass
            if not await self._fleet.elected_after(epoch, _PATIENCE_S):
                raise StoreUnavailableError(f"{link.name} did not acknowledge")

    async def _leader(self) -> tuple[SiteLink, int]:
        link = self._fleet.leading_link()
        if link is None and await self._fleet.elected_after(0, _PATIENCE_S):
            link = self._fleet.leading_link()
        if link is None:
            raise StoreUnavailableError("no site leads the ticket store")
        return link, self._fleet.epoch

    async def _read_leader(self, path: str) -> dict[str, Any]:
        link, _ = await self._leader()
        return await self._read(link, path)

    async def _read(self, link: SiteLink, path: str) -> dict[str, Any]:
        try:
            return await link.ask("GET", path, timeout_s=_READ_TIMEOUT_S)
        except UnreachableError as error:
            raise StoreUnavailableError(str(error)) from error
        except RefusedError as refused:
            if refused.type in _OTHER_LEADER:
                raise StoreUnavailableError(refused.detail) from refused
            raise
