"""Ticket stores among themselves, in process: no acknowledged write lost, none written twice."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from mock_center.tickets.copies import Copies
from mock_center.tickets.desk import Step
from mock_center.tickets.node import TicketNode
from mock_center.tickets.peer import PeerUnreachableError
from mock_center.tickets.store import TicketStore
from mock_center.tickets.ticket import (
    Changes,
    GapError,
    NotLeadingError,
    Position,
    StaleEpochError,
)
from mock_center.tickets.writes import Create, Progress


def create(name: str, *, key: str | None = None, subject: str = "s") -> Create:
    return Create(key or f"key-{name}", subject, name, "w1", "c", "P2", subject, "b", 1.0)


class Wire:
    """The way from one node to another; it can be cut, and speaks the wire's form."""

    def __init__(self) -> None:
        self.node: TicketNode | None = None
        self.cut = False

    def _reach(self) -> TicketNode:
        if self.cut or self.node is None:
            raise PeerUnreachableError("cut")
        return self.node

    async def push(self, changes: Changes) -> None:
        await self._reach().receive(Changes.from_wire(changes.to_wire()))

    async def pull(self, position: Position, follower: str) -> Changes:
        return Changes.from_wire((await self._reach().supply(position, follower)).to_wire())

    async def nudge(self, epoch: int) -> None:
        self._reach().catch_up(epoch)


class Pair:
    """Two nodes, and what each has said about its changes."""

    def __init__(self, folder, lag_s: float | None) -> None:
        self.to_north, self.to_south = Wire(), Wire()
        self._news = asyncio.Event()
        self.north = self._node("north", folder, {"south": self.to_south}, lag_s)
        self.south = self._node("south", folder, {"north": self.to_north}, lag_s)
        self.to_north.node, self.to_south.node = self.north, self.south

    def _node(self, name, folder, peers, lag_s) -> TicketNode:
        store = TicketStore(folder / f"{name}.sqlite", name)
        return TicketNode(name, store, peers, lag_s=lag_s, changed=self._news.set)

    def cut(self, *, cut: bool = True) -> None:
        self.to_north.cut = self.to_south.cut = cut

    async def until(self, what) -> None:
        async with asyncio.timeout(5):
            while not what():
                self._news.clear()
                await self._news.wait()

    async def form(self) -> None:
        """North leads, south is attached."""
        await self.north.lead(1)
        await self.south.follow(1, "north")
        await self.until(lambda: "south" in self.north.attached and self.south.level)


@asynccontextmanager
async def pair(folder, lag_s: float | None = None):
    both = Pair(folder, lag_s)
    async with asyncio.TaskGroup() as group:
        runs = [group.create_task(node.run()) for node in (both.north, both.south)]
        yield both
        for run in runs:
            run.cancel()


async def held(node: TicketNode) -> list[str]:
    return [ticket.reference for ticket in await node.ask(node.store.page, 0, 1000)]


async def test_an_acknowledged_write_is_at_the_copy_and_a_repeated_key_writes_nothing(tmp_path):
    """The two promises of the ticket API: durable when acknowledged, once per key."""
    async with pair(tmp_path) as p:
        await p.form()
        first = await p.north.write(create("t1"), 1)
        again = await p.north.write(create("t1"), 1)
        other = await p.north.write(create("t1", subject="other"), 1)

        assert (first.replayed, again.replayed, other.conflict) == (False, True, True)
        assert again.ticket == first.ticket
        assert await held(p.south) == ["t1"]


async def test_the_same_key_in_one_group_is_written_once(tmp_path):
    """Group commit must not open a hole between two writes of one group."""
    async with pair(tmp_path) as p:
        await p.form()
        outcomes = await asyncio.gather(*(p.north.write(create("t1"), 1) for _ in range(20)))

        assert sum(not outcome.replayed for outcome in outcomes) == 1
        assert await held(p.north) == await held(p.south) == ["t1"]


async def test_a_deposed_leader_refuses_the_write_and_drops_out(tmp_path):
    """A leader that was cut off must not acknowledge what the new one will never see."""
    async with pair(tmp_path) as p:
        await p.form()
        await p.north.write(create("before"), 1)
        await p.south.lead(2)

        with pytest.raises(NotLeadingError):
            await p.north.write(create("late"), 1)
        assert p.north.role == "outside"
        assert await held(p.south) == ["before"]


async def test_a_deposed_leader_takes_the_new_leaders_truth_when_it_joins_again(tmp_path):
    """What it wrote and nobody acknowledged is dropped; the client's repeat is written once."""
    async with pair(tmp_path) as p:
        await p.form()
        await p.north.write(create("both"), 1)
        await p.south.lead(2)
        with pytest.raises(NotLeadingError):
            await p.north.write(create("zombie"), 1)
        before = await held(p.north)
        await p.south.write(create("new"), 2)
        repeated = await p.south.write(create("zombie"), 2)
        await p.north.follow(2, "south")
        await p.until(lambda: p.north.level)

        assert before == ["both", "zombie"], "it was in the file when it was refused"
        assert not repeated.replayed
        assert await held(p.north) == await held(p.south) == ["both", "new", "zombie"]


async def test_a_copy_that_is_cut_off_degrades_the_store_and_catches_up(tmp_path):
    """Writes go on with one copy; the other gets all of them before the store is whole again."""
    async with pair(tmp_path) as p:
        await p.form()
        p.cut()
        for n in range(3):
            await p.north.write(create(f"t{n}"), 1)
        alone = p.north.degraded
        p.cut(cut=False)
        await p.until(lambda: not p.north.degraded)

        assert alone
        assert await held(p.south) == ["t0", "t1", "t2"]


async def test_an_asynchronous_leader_loses_what_it_has_not_shipped(tmp_path):
    """The planted loss: it must not come back when the old leader does."""
    async with pair(tmp_path, lag_s=60.0) as p:
        await p.form()
        await p.north.write(create("young"), 1)
        p.cut()
        await p.south.lead(2)
        p.cut(cut=False)
        await p.south.write(create("after"), 2)
        await p.north.follow(2, "south")
        await p.until(lambda: p.north.level)

        assert await held(p.north) == await held(p.south) == ["after"]


async def test_catching_up_takes_only_what_is_missing_unless_the_copy_went_astray(tmp_path):
    """Long runs hold many tickets: a site that was only away must not start from nothing."""
    async with pair(tmp_path) as p:
        await p.form()
        for n in range(3):
            await p.north.write(create(f"t{n}"), 1)
        level = await p.north.ask(p.north.store.changes_after, Position(1, 1), 100)
        astray = await p.north.ask(p.north.store.changes_after, Position(1, 99), 100)

        assert [ticket.reference for ticket in level.tickets] == ["t1", "t2"]
        assert not level.reset
        assert astray.reset
        assert len(astray.tickets) == 3


def test_a_stale_epoch_and_a_gap_are_refused_and_change_nothing(tmp_path):
    """The fence is what keeps a woken leader harmless; it must hold at the store itself."""
    store = TicketStore(tmp_path / "s.sqlite", "south")
    store.raise_fence(3)
    ticket = TicketStore(tmp_path / "n.sqlite", "north")
    ticket.lead(1)
    _, changes = ticket.commit(1, [create("t1")])

    with pytest.raises(StaleEpochError):
        store.apply(changes)
    with pytest.raises(StaleEpochError):
        store.commit(2, [create("t1")])
    with pytest.raises(StaleEpochError):
        store.raise_fence(2)
    with pytest.raises(GapError):
        store.apply(Changes(3, 5, 6, changes.tickets, ((3, 0),)))
    assert store.page(0, 10) == []


def test_a_store_that_is_opened_again_is_where_it_was(tmp_path):
    """A killed site restarts from its file: tickets, place and fence."""
    store = TicketStore(tmp_path / "n.sqlite", "north")
    store.lead(4)
    outcomes, _ = store.commit(4, [create("t1")])
    assert outcomes[0].ticket is not None
    store.commit(4, [Progress(outcomes[0].ticket.id, Step.REPLIED, 2.0, 0)])
    again = TicketStore(tmp_path / "n.sqlite", "north")

    assert again.position == Position(4, 2)
    assert again.fence == 4
    assert [(t.reference, t.state, t.replied_at) for t in again.page(0, 10)] == [
        ("t1", "open", 2.0)
    ]


def test_a_step_is_not_taken_twice_and_not_taken_back(tmp_path):
    """After a failover two leaders' agents may finish the same ticket; the first step counts."""
    store = TicketStore(tmp_path / "n.sqlite", "north")
    store.lead(1)
    ticket = store.commit(1, [create("t1")])[0][0].ticket
    assert ticket is not None
    for replied_at, solved_at in ((2.0, 3.0), (9.0, 9.0)):
        reply = Progress(ticket.id, Step.REPLIED, replied_at, 0)
        store.commit(1, [reply, Progress(ticket.id, Step.SOLVED, solved_at, 0)])

    kept = store.get(ticket.id)
    assert kept is not None
    assert (kept.state, kept.replied_at, kept.solved_at) == ("solved", 2.0, 3.0)


async def test_a_leader_that_steps_down_has_shipped_everything_and_refuses_what_is_left(tmp_path):
    """A planned handover loses nothing, even if replication lags; writers go to the new leader."""
    async with pair(tmp_path, lag_s=3600.0) as p:
        await p.form()
        for name in ("t1", "t2"):
            await p.north.write(create(name), 1)
        lagging = await held(p.south)
        await p.north.step_down(1, "south")
        with pytest.raises(NotLeadingError):
            await p.north.write(create("t3"), 1)
        await p.south.lead(2)
        await p.north.follow(2, "south")
        await p.until(lambda: "north" in p.south.attached)
        await p.south.write(create("t4"), 2)

        assert lagging == []
        assert p.north.copies is None
        assert await held(p.south) == ["t1", "t2", "t4"]


async def test_a_leader_does_not_step_down_for_a_copy_that_lacks_something(tmp_path):
    """The lead is handed over or kept, never dropped in between."""
    async with pair(tmp_path) as p:
        await p.form()
        p.cut()
        await p.north.write(create("alone"), 1)
        with pytest.raises(GapError):
            await p.north.step_down(1, "south")
        await p.north.write(create("more"), 1)

        assert await held(p.north) == ["alone", "more"]


async def test_a_write_in_flight_while_the_leader_steps_down_is_written_once_or_refused(tmp_path):
    """The edge repeats what was refused; what was acknowledged must be at the new leader."""
    async with pair(tmp_path) as p:
        await p.form()
        writes = [asyncio.create_task(p.north.write(create(f"t{n}"), 1)) for n in range(40)]
        await asyncio.sleep(0)
        await p.north.step_down(1, "south")
        done = await asyncio.gather(*writes, return_exceptions=True)
        await p.south.lead(2)
        kept = {f"t{n}" for n, outcome in enumerate(done) if not isinstance(outcome, Exception)}

        assert {type(each) for each in done if isinstance(each, Exception)} <= {NotLeadingError}
        assert kept <= set(await held(p.south))
        assert set(await held(p.south)) == set(await held(p.north))


async def test_what_a_leader_says_of_its_copies_is_numbered_and_survives_the_wire(tmp_path):
    """Two answers may overtake each other; the older one must not bring back a lost copy."""
    async with pair(tmp_path) as p:
        await p.form()
        level = p.north.copies
        p.cut()
        await p.north.write(create("alone"), 1)
        alone = p.north.copies

        assert (level.attached, alone.attached) == (("south",), ())
        assert level < alone
        assert [Copies.read(said.written()) for said in (level, alone)] == [level, alone]
