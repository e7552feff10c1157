"""Another site's ticket node, as a node reaches it. Deadlines are the caller's."""

from typing import Protocol

from mock_center.tickets.ticket import Changes, Position


class PeerUnreachableError(Exception):
    """The peer refused the connection, broke it, or is not ready to answer."""


class Peer(Protocol):
    """Another site's ticket node, as this one reaches it."""

    async def push(self, changes: Changes) -> None:
        """Have the peer apply *changes*. Raises StaleEpochError, GapError, PeerUnreachableError."""

    async def pull(self, position: Position, follower: str) -> Changes:
        """Return what *follower* lacks; attaches it if that is nothing. Raises as ``push``."""

    async def nudge(self, epoch: int) -> None:
        """Tell the peer to catch up with the leader of *epoch*. Raises as ``push``."""
