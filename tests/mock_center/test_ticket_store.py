"""Comments, keys and support requests among the stores: what is acknowledged survives a leader."""

from dataclasses import replace

import pytest
from test_ticket_nodes import create, held, pair

from mock_center.tickets.defects import Spoils
from mock_center.tickets.desk import Step
from mock_center.tickets.node import TicketNode
from mock_center.tickets.store import TicketStore
from mock_center.tickets.ticket import Changes, NotLeadingError, Position
from mock_center.tickets.writes import Patch, Progress, Refusal, Remark, Resolve
from mock_center.tickets.writing import MOST_COMMENTS


def remark(ticket: str, key: str, text: str = "t", *, author: str = "customer") -> Remark:
    return Remark(ticket, key, text, author, text, True, 5.0)


async def comments(node: TicketNode, ticket: str) -> list[str]:
    return [comment.text for comment in await node.ask(node.store.comments, ticket)]


async def test_a_comment_and_its_key_survive_the_loss_of_the_leader(tmp_path):
    """The client that heard nothing repeats at the new leader: it must not write twice."""
    async with pair(tmp_path) as p:
        await p.form()
        ticket = (await p.north.write(create("t1"), 1)).ticket
        first = await p.north.write(remark(ticket.id, "k1"), 1)
        p.cut()
        await p.south.lead(2)
        again = await p.south.write(remark(ticket.id, "k1"), 2)
        other = await p.south.write(remark(ticket.id, "k1", "else"), 2)
        more = await p.south.write(remark(ticket.id, "k2", "more"), 2)

        assert again.replayed
        assert again.comment == first.comment
        assert other.refusal is Refusal.KEY_CONFLICT
        assert more.comment.id == f"c-2-{more.ticket.seq}"
        assert await comments(p.south, ticket.id) == ["t", "more"]


async def test_a_copy_catches_up_with_comments_and_requests_too(tmp_path):
    """A site that was away has to answer for the whole ticket when its turn to lead comes."""
    async with pair(tmp_path) as p:
        await p.form()
        p.cut()
        ticket = (await p.north.write(create("t1"), 1)).ticket
        await p.north.write(Progress(ticket.id, Step.REPLIED, 6.0, 0, text="reply"), 1)
        solved = Progress(ticket.id, Step.SOLVED, 7.0, 0, support="mend it")
        request = (await p.north.write(solved, 1)).request
        resolved = await p.north.write(Resolve(request.id, "k", "f", "done", 8.0), 1)
        p.cut(cut=False)
        await p.until(lambda: not p.north.degraded)
        p.cut()
        await p.south.lead(2)
        again = await p.south.write(Resolve(request.id, "k", "f", "done", 9.0), 2)
        twice = await p.south.write(Resolve(request.id, "k2", "f", "done", 9.0), 2)

        assert await comments(p.south, ticket.id) == ["reply"]
        assert (again.replayed, again.request) == (True, resolved.request)
        assert twice.refusal is Refusal.RESOLVED
        assert await p.south.ask(p.south.store.requests, "open", 0, 10) == []


async def test_a_deposed_leaders_comment_is_gone_when_it_joins_again(tmp_path):
    """It was refused, so the client repeats it; both must not stand there."""
    async with pair(tmp_path) as p:
        await p.form()
        ticket = (await p.north.write(create("t1"), 1)).ticket
        await p.south.lead(2)
        with pytest.raises(NotLeadingError):
            await p.north.write(remark(ticket.id, "k1", "zombie"), 1)
        await p.south.write(remark(ticket.id, "k1", "zombie"), 2)
        await p.north.follow(2, "south")
        await p.until(lambda: p.north.level)

        assert await comments(p.north, ticket.id) == ["zombie"]
        assert await p.north.ask(p.north.store.get, ticket.id) == await p.south.ask(
            p.south.store.get, ticket.id
        )


async def test_what_a_promotion_loses_is_lost_everywhere_and_what_it_doubles_is_doubled(tmp_path):
    """The planted defect must look like one store that lost data, not like two that disagree."""
    async with pair(tmp_path) as p:
        p.south._spoils = lambda: Spoils("s", since=0.0, loses=0.3, doubles=0.3)
        await p.form()
        for n in range(40):
            await p.north.write(create(f"t{n}"), 1)
        p.cut()
        await p.south.lead(2)
        p.cut(cut=False)
        await p.south.write(create("after"), 2)
        await p.north.follow(2, "south")
        await p.until(lambda: p.north.level)
        left = await held(p.south)

        assert await held(p.north) == left
        assert 0 < len({f"t{n}" for n in range(40)} - set(left)) < 40
        assert 0 < len(left) - len(set(left)) < 40
        assert left[-1] == "after"


def store_with(tmp_path, *references: str) -> tuple[TicketStore, list[str]]:
    store = TicketStore(tmp_path / "n.sqlite", "north")
    store.lead(1)
    outcomes, _ = store.commit(1, [create(reference) for reference in references])
    return store, [outcome.ticket.id for outcome in outcomes]


def test_catching_up_by_small_pages_misses_nothing_and_tears_nothing_apart(tmp_path):
    """A comment and its ticket's change share a place; a page must hold both or neither."""
    store, names = store_with(tmp_path, "a", "b", "c")
    for n, name in enumerate(names * 3):
        store.commit(1, [remark(name, f"k{n}")])
    copy = TicketStore(tmp_path / "s.sqlite", "south")
    while copy.position != store.position:
        changes = store.changes_after(copy.position, 2)
        copy.apply(Changes.from_wire(changes.to_wire()))

    assert copy.page(0, 10) == store.page(0, 10)
    assert [copy.comments(name) for name in names] == [store.comments(name) for name in names]


def test_an_export_gives_what_changes_while_it_is_read(tmp_path):
    """Incremental readers keep a copy of their own: a hole in it would never close."""
    store, names = store_with(tmp_path, "a", "b", "c")
    first = store.changed_after(Position(0, 0), 2)
    store.commit(1, [remark(names[0], "k1")])
    second = store.changed_after(Position(1, first[-1].seq), 2)

    assert [ticket.reference for ticket in first] == ["a", "b"]
    assert [ticket.reference for ticket in second] == ["c", "a"]
    assert store.changed_after(Position(1, second[-1].seq), 2) == []


def test_an_export_from_before_a_loss_has_to_begin_again(tmp_path):
    """Going on as if nothing was lost would keep tickets that the store no longer has."""
    store, _ = store_with(tmp_path, "a", "b", "c")
    read = store.position
    store.lead(2, Spoils("s", since=0.0, loses=1.0, doubles=0.0))
    store.commit(2, [create("d")])

    assert store.changed_after(read, 10) is None
    assert [ticket.reference for ticket in store.changed_after(Position(0, 0), 10)] == ["d"]


def test_a_change_needs_the_version_that_was_read(tmp_path):
    """Two people at one ticket: the second has to look again before writing over the first."""
    store, [name] = store_with(tmp_path, "a")
    read = store.get(name).etag
    patch = Patch(name, (read,), 2.0, priority="P1")
    [done], _ = store.commit(1, [patch])
    [stale], _ = store.commit(1, [patch])
    [same], changes = store.commit(1, [Patch(name, None, 3.0, priority="P1")])

    assert (done.ticket.priority, done.ticket.updated_at) == ("P1", 2.0)
    assert stale.refusal is Refusal.STALE
    assert not same.changed
    assert same.ticket.etag == done.ticket.etag
    assert changes.seq == changes.after


def test_a_ticket_takes_so_many_comments_and_no_more(tmp_path):
    """One customer's loop must not fill the store; notes of the desk do not count."""
    store, [name] = store_with(tmp_path, "a")
    outcomes, _ = store.commit(1, [remark(name, f"k{n}") for n in range(MOST_COMMENTS + 1)])

    assert [outcome.refusal for outcome in outcomes[-2:]] == [None, Refusal.FULL]


def test_what_there_is_no_ticket_for_is_refused(tmp_path):
    """A wrong id is the client's mistake, and must change nothing."""
    store, _ = store_with(tmp_path, "a")
    before = store.position
    outcomes, _ = store.commit(
        1, [remark("t-9-9", "k"), Patch("t-9-9", None, 1.0), Resolve("s-9-9", "k", "f", "n", 1.0)]
    )

    assert {outcome.refusal for outcome in outcomes} == {Refusal.MISSING}
    assert store.position == before


def test_the_backlog_is_what_nobody_has_solved(tmp_path):
    """Its age is that of the oldest tenth: a mean would hide the ones that are forgotten."""
    store = TicketStore(tmp_path / "n.sqlite", "north")
    store.lead(1)
    empty = store.backlog()
    made = [replace(create(f"t{n}"), created_at=float(n)) for n in range(20)]
    outcomes, _ = store.commit(1, made)
    store.commit(1, [Patch(outcomes[0].ticket.id, None, 50.0, state="solved")])
    store.commit(1, [Progress(outcomes[1].ticket.id, Step.ASKED, 50.0, 0, wakes_at=99.0)])
    backlog = store.backlog()

    assert (set(empty.states.values()), empty.old_since) == ({0}, None)
    assert backlog.states == {"new": 18, "open": 0, "pending": 1, "on_hold": 0}
    assert backlog.old_since == 2.0
    assert store.count_open() == 19
    assert store.wakings() == [(outcomes[1].ticket.id, 99.0)]
