"""A ticket store among its peers: group commit, replication, catching up.

Synchronous: a write is acknowledged once every attached copy has it. A copy that does not answer
in time is detached, and the leader goes on *degraded* until the copy has caught up. Asynchronous:
a write is acknowledged at once and shipped ``lag_s`` later; what was not shipped dies with a site.

A leader learns that it was deposed from its peers, which refuse its epoch. It then refuses the
write it was making and stays out until the edge lets it join again.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from typing import ParamSpec, TypeVar

from mock_center import log
from mock_center.tickets.copies import Copies
from mock_center.tickets.defects import WELL, Spoils, Trouble
from mock_center.tickets.peer import Peer, PeerUnreachableError
from mock_center.tickets.store import TicketStore
from mock_center.tickets.ticket import (
    Changes,
    GapError,
    NotLeadingError,
    Position,
    StaleEpochError,
)
from mock_center.tickets.writes import Outcome, Write

P = ParamSpec("P")
T = TypeVar("T")

ACK_TIMEOUT_S = 0.5
_PAGE = 1000
_NUDGE_EVERY_S = 0.2
_RETRY_S = 0.1


class Role(StrEnum):
    """What a node is at present."""

    OUTSIDE = "outside"
    FOLLOWER = "follower"
    LEADER = "leader"


@dataclass(slots=True)
class _Pending:
    write: Write
    done: asyncio.Future[Outcome]


class TicketNode:
    """The ticket half of a site. Enter it as a context to open the file; ``run`` does the work.

    Args:
        name: this site.
        store: opened by the caller, used from here on by this node's thread alone.
        peers: all other sites.
        lag_s: None for synchronous replication, else wall seconds before a write is shipped.
        changed: called when the role or the set of attached copies has changed.
        spoils: asked at each promotion what it does to the latest tickets; None for nothing.
        trouble: asked before each write, read and push what the store cannot do at the moment.
    """

    def __init__(
        self,
        name: str,
        store: TicketStore,
        peers: Mapping[str, Peer],
        *,
        lag_s: float | None,
        changed: Callable[[], None],
        spoils: Callable[[], Spoils | None] = lambda: None,
        trouble: Callable[[], Trouble] = lambda: WELL,
    ) -> None:
        self.name = name
        self.role = Role.OUTSIDE
        self.epoch = 0
        self.level = False
        self._store = store
        self._peers = peers
        self._lag_s = lag_s
        self._changed = changed
        self._spoils = spoils
        self._trouble = trouble
        self._attached: set[str] = set()
        self._version = 0
        self._leader: str | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="tickets")
        self._pending: list[_Pending] = []
        self._wanted = asyncio.Event()
        self._behind = asyncio.Event()
        self._degrading = asyncio.Event()
        self._to_ship: deque[tuple[float, Changes]] = deque()
        self._shipping = asyncio.Event()
        # Held while a group is shipped, so that two do not overtake each other.
        self._shipment = asyncio.Lock()
        # Held while a group is written and replicated, and while a copy is attached: so a copy is
        # attached either before a group, and gets it pushed, or after, and has it.
        self._turn = asyncio.Lock()

    @property
    def attached(self) -> frozenset[str]:
        """The sites that hold everything this leader has acknowledged (or shipped, if lagging)."""
        return frozenset(self._attached)

    @property
    def copies(self) -> Copies | None:
        """The same, for the edge; None if this site does not lead."""
        if self.role is not Role.LEADER:
            return None
        return Copies(self.epoch, self._version, tuple(sorted(self._attached)))

    @property
    def degraded(self) -> bool:
        """Whether this site leads while a copy is missing."""
        return self.role is Role.LEADER and len(self._attached) < len(self._peers)

    async def run(self) -> None:
        """Write, ship and catch up until cancelled."""
        try:
            async with asyncio.TaskGroup() as loops:
                loops.create_task(self._write_groups())
                loops.create_task(self._catch_up())
                loops.create_task(self._nudge_detached())
                loops.create_task(self._ship())
        finally:
            self._give_up_pending()
            self._thread.submit(self._store.close)
            self._thread.shutdown()

    async def ask(self, read: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return ``read(*args)``, run in the store's thread so that the loop never waits."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, lambda: read(*args, **kwargs))

    @property
    def store(self) -> TicketStore:
        """The store, to be read through ``ask`` only."""
        return self._store

    async def lead(self, epoch: int) -> None:
        """Become the leader with *epoch*.

        Raises:
            StaleEpochError: a higher epoch has been seen.
        """
        async with self._turn:
            await self.ask(self._store.lead, epoch, self._spoils())
            self._become(Role.LEADER, epoch, leader=self.name)
            self.level = True

    async def follow(self, epoch: int, leader: str | None) -> None:
        """Become a copy of *leader* and catch up; with no leader, hold still until there is one.

        Raises:
            StaleEpochError: a higher epoch has been seen.
        """
        await self.ask(self._store.raise_fence, epoch)
        self._become(Role.FOLLOWER, epoch, leader=leader)
        self._behind.set()

    async def step_down(self, epoch: int, to: str) -> None:
        """Stop leading, in good order: what was acknowledged is shipped, and *to* has all of it.

        What waits to be written is refused; whoever sent it will find the new leader.

        Raises:
            NotLeadingError: this site does not lead *epoch*.
            GapError: *to* does not have everything; this site goes on leading.
            StaleEpochError: another site has been made leader meanwhile.
        """
        async with self._turn, self._shipment:
            if self.role is not Role.LEADER or epoch != self.epoch:
                raise NotLeadingError(f"{self.name} is {self.role} at epoch {self.epoch}")
            while self._to_ship:
                await self._push(self._to_ship.popleft()[1])
            if to not in self._attached:
                raise GapError(f"{to} is not attached")
            self._become(Role.FOLLOWER, epoch, leader=None)

    def leave(self) -> None:
        """Stay out of it until told to lead or follow: this site may have been cut off."""
        self._become(Role.OUTSIDE, self.epoch, leader=None)

    async def write(self, write: Write, epoch: int) -> Outcome:
        """Write durably and replicate; return the outcome once it may be acknowledged.

        Raises:
            NotLeadingError: this site does not lead, or no longer with *epoch*.
            sqlite3.Error: the disk refused.
        """
        if refuses := self._trouble().refuses:
            raise sqlite3.OperationalError(refuses)
        if self.role is not Role.LEADER or epoch != self.epoch:
            raise NotLeadingError(f"{self.name} is {self.role} at epoch {self.epoch}")
        pending = _Pending(write, asyncio.get_running_loop().create_future())
        self._pending.append(pending)
        self._wanted.set()
        return await pending.done

    async def receive(self, changes: Changes) -> None:
        """Apply what the leader pushed.

        Raises:
            StaleEpochError: the sender was deposed.
            GapError: this copy has to catch up first.
        """
        if changes.epoch < max(self.epoch, self._store.fence):
            raise StaleEpochError(f"{self.name} has seen epoch {self._store.fence}")
        if not self._trouble().replicates:
            raise GapError("replication is stopped")
        if self.role is not Role.FOLLOWER or changes.epoch != self.epoch:
            raise GapError(f"{self.name} is {self.role} at epoch {self.epoch}")
        await self.ask(self._store.apply, changes)

    async def supply(self, position: Position, follower: str) -> Changes:
        """Return the next changes for *follower*; if there are none it is attached from now on.

        Raises:
            NotLeadingError: this site does not lead.
        """
        async with self._turn:
            if self.role is not Role.LEADER:
                raise NotLeadingError(f"{self.name} is {self.role}")
            if not self._trouble().replicates:
                raise NotLeadingError("replication is stopped")
            changes = await self.ask(self._store.changes_after, position, _PAGE)
            behind = changes.seq > position.seq
            if behind or changes.reset or self.role is not Role.LEADER:
                return changes
            self._attach(follower)
            return Changes(
                self.epoch, position.seq, position.seq, (), changes.history, attached=True
            )

    def catch_up(self, epoch: int) -> None:
        """The leader of *epoch* says that this copy has fallen behind.

        Raises:
            StaleEpochError: it leads no longer.
            GapError: this site does not follow that epoch (yet).
        """
        if epoch < max(self.epoch, self._store.fence):
            raise StaleEpochError(f"{self.name} has seen epoch {self._store.fence}")
        if self.role is not Role.FOLLOWER or epoch != self.epoch:
            raise GapError(f"{self.name} is {self.role} at epoch {self.epoch}")
        self._behind.set()

    def check_readable(self) -> None:
        """Do nothing if the store can be read.

        Raises:
            sqlite3.Error: the disk refuses.
        """
        trouble = self._trouble()
        if not trouble.readable:
            raise sqlite3.OperationalError(trouble.refuses)

    def troubles_changed(self) -> None:
        """Let go of the copies while replication is stopped; they catch up when it goes on."""
        if self.role is Role.LEADER and not self._trouble().replicates:
            for peer in sorted(self._attached):
                self._detach(peer, GapError("replication is stopped"))

    def _become(self, role: Role, epoch: int, *, leader: str | None) -> None:
        self.role, self.epoch, self._leader = role, epoch, leader
        self.level = False
        self._attached.clear()
        self._version += 1
        self._to_ship.clear()
        self._give_up_pending()
        self._degrading.set()
        self._changed()

    def _give_up_pending(self) -> None:
        for pending in self._pending:
            if not pending.done.done():
                pending.done.set_exception(NotLeadingError(f"{self.name} is {self.role}"))
        self._pending.clear()

    def _attach(self, peer: str) -> None:
        self._attached.add(peer)
        self._version += 1
        log.info("copy_attached", peer=peer, epoch=self.epoch)
        self._changed()

    def _detach(self, peer: str, why: BaseException) -> None:
        if peer in self._attached:
            self._attached.discard(peer)
            self._version += 1
            log.warning("copy_detached", peer=peer, why=type(why).__name__)
            self._degrading.set()
            self._changed()

    def _deposed(self) -> None:
        log.warning("deposed", epoch=self.epoch)
        self.leave()

    async def _write_groups(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            async with self._turn:
                group, self._pending = self._pending, []
                if group:
                    await self._write_group(group)

    async def _write_group(self, group: list[_Pending]) -> None:
        """Settle every write of *group*: nothing is acknowledged before it is replicated."""
        epoch = self.epoch
        failure: Exception | None = None
        outcomes: list[Outcome] = []
        try:
            outcomes, changes = await self.ask(
                self._store.commit, epoch, [pending.write for pending in group]
            )
            if changes.seq > changes.after:
                await self._replicate(changes)
        except StaleEpochError:
            self._deposed()
        except sqlite3.Error as error:
            log.error("store_failed", error=error)
            failure = error
        if failure is None and (self.role is not Role.LEADER or self.epoch != epoch):
            failure = NotLeadingError(f"{self.name} was deposed while writing")
        for number, pending in enumerate(group):
            if pending.done.done():
                continue
            if failure is not None:
                pending.done.set_exception(failure)
            else:
                pending.done.set_result(outcomes[number])

    async def _replicate(self, changes: Changes) -> None:
        if self._lag_s is None:
            await self._push(changes)
        else:
            due = asyncio.get_running_loop().time() + self._lag_s
            self._to_ship.append((due, changes))
            self._shipping.set()

    async def _push(self, changes: Changes) -> None:
        """Push to every attached copy; detach those that fail. Raises StaleEpochError."""
        for name in sorted(self._attached):
            try:
                if not self._trouble().replicates:
                    raise GapError("replication is stopped")  # noqa: TRY301 - as from a peer
                async with asyncio.timeout(ACK_TIMEOUT_S):
                    await self._peers[name].push(changes)
            except (PeerUnreachableError, GapError, TimeoutError) as error:
                self._detach(name, error)

    async def _ship(self) -> None:
        """Asynchronous replication: push each group once it is old enough."""
        loop = asyncio.get_running_loop()
        while True:
            await self._shipping.wait()
            while self._to_ship:
                due = self._to_ship[0][0]
                if due > loop.time():
                    await asyncio.sleep(due - loop.time())
                    continue  # the role may have changed, and emptied the list
                async with self._shipment:
                    if not self._to_ship:
                        break
                    try:
                        await self._push(self._to_ship.popleft()[1])
                    except StaleEpochError:
                        self._deposed()
            self._shipping.clear()

    async def _nudge_detached(self) -> None:
        """While degraded, tell missing copies to catch up: they may not know they fell behind."""
        while True:
            await self._degrading.wait()
            while self.degraded:
                await asyncio.sleep(_NUDGE_EVERY_S)
                epoch = self.epoch
                for name in sorted(set(self._peers) - self._attached):
                    try:
                        async with asyncio.timeout(ACK_TIMEOUT_S):
                            await self._peers[name].nudge(epoch)
                    except (PeerUnreachableError, GapError, TimeoutError):
                        continue
                    except StaleEpochError:
                        if self.epoch == epoch and self.role is Role.LEADER:
                            self._deposed()
                        break
            self._degrading.clear()

    async def _catch_up(self) -> None:
        while True:
            await self._behind.wait()
            self._behind.clear()
            while self.role is Role.FOLLOWER and (leader := self._leader) is not None:
                try:
                    if await self._pull_page(leader, self.epoch):
                        break
                except (PeerUnreachableError, NotLeadingError, TimeoutError):
                    await asyncio.sleep(_RETRY_S)
                except GapError:
                    # A push was faster than our pull: ask again from where we are now.
                    await asyncio.sleep(0)
                except sqlite3.Error as error:
                    log.error("catch_up_failed", error=error)
                    await asyncio.sleep(_RETRY_S)
                except StaleEpochError:
                    break  # the leader we pulled from was deposed; the edge will tell us

    async def _pull_page(self, leader: str, epoch: int) -> bool:
        """Pull and apply one page; return whether this copy is level and attached now."""
        async with asyncio.timeout(10 * ACK_TIMEOUT_S):
            changes = await self._peers[leader].pull(self._store.position, self.name)
        if changes.epoch != epoch or self.epoch != epoch or self.role is not Role.FOLLOWER:
            raise NotLeadingError(f"{leader} leads epoch {changes.epoch}, expected {epoch}")
        if changes.reset:
            log.warning("copy_reset", held=self._store.position, leader=leader)
        await self.ask(self._store.apply, changes)
        if changes.attached and self.epoch == epoch:
            self.level = True
            log.info("copy_level", leader=leader, seq=changes.seq)
            self._changed()
        return changes.attached
