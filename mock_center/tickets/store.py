"""One site's copy of the tickets: a SQLite file, written by one thread.

WAL with synchronous=NORMAL: a commit survives ``kill -9`` of the process, which is the fault we
rehearse. Only a crash of the operating system could take the last commits with it, and then both
sites of this mock are gone anyway.

Every change has a place in one sequence, and each leader's stretch of it an epoch. A copy at
(epoch, seq) is a prefix of the leader's sequence if that epoch had not ended before seq: then it
only needs what came after. Otherwise it holds writes the leader never saw, and starts over.

A comment or a support request that comes with a change of its ticket shares its place.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from mock_center.tickets.defects import Fate, Spoils
from mock_center.tickets.rows import SCHEMA, Table, Transaction
from mock_center.tickets.ticket import (
    UNSOLVED,
    Changes,
    Comment,
    GapError,
    Position,
    StaleEpochError,
    SupportRequest,
    Ticket,
)
from mock_center.tickets.writes import Outcome, Write
from mock_center.tickets.writing import Writing

_SEQUENCE = " UNION ALL ".join(
    f"SELECT seq FROM {table} WHERE seq > ?1"  # noqa: S608 - names of our own tables
    for table in ("tickets", "comments", "requests")
)
_STRETCH = "WHERE seq > ? AND seq <= ? ORDER BY seq"
_UNSOLVED = "state IN ({})".format(", ".join(f"'{state}'" for state in UNSOLVED))
_OLD_SHARE = 0.1
_LATEST = 20_000


class Backlog(NamedTuple):
    """The tickets nobody has solved: how many in each state, and the wall stamp of an old one.

    Nine in ten were created after *old_since* or then; it is None if there is no backlog.
    """

    states: dict[str, int]
    old_since: float | None


class TicketStore:
    """The tickets in the SQLite file at *path*, for the site called *site*.

    Not thread-safe and blocking: ``tickets.node`` calls it from one thread of its own.
    """

    def __init__(self, path: Path, site: str) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(SCHEMA)
        self._tickets = Table(self._db, "tickets", Ticket)
        self._comments = Table(self._db, "comments", Comment)
        self._requests = Table(self._db, "requests", SupportRequest)
        self._writing = Writing(site, self._tickets, self._comments, self._requests)
        fence, epoch, seq, history = self._db.execute(
            "SELECT fence, epoch, seq, history FROM place"
        ).fetchone()
        self._fence: int = fence
        self._position = Position(epoch, seq)
        self._history: tuple[tuple[int, int], ...] = tuple((e, s) for e, s in json.loads(history))

    @property
    def position(self) -> Position:
        """How far this copy has come."""
        return self._position

    @property
    def fence(self) -> int:
        """The highest epoch this store has seen; it refuses writes with a lower one."""
        return self._fence

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def raise_fence(self, epoch: int) -> None:
        """From now on refuse writes with an epoch lower than *epoch*.

        Raises:
            StaleEpochError: this store has already seen a higher one.
        """
        self._check_epoch(epoch)
        self._db.execute("UPDATE place SET fence = ?", (epoch,))
        self._fence = epoch

    def lead(self, epoch: int, spoils: Spoils | None = None) -> None:
        """Begin the stretch of *epoch* at the present position: this site leads now.

        *spoils*: what a provider with that defect does to its latest tickets on this occasion.

        Raises:
            StaleEpochError: this store has already seen a higher epoch.
        """
        self.raise_fence(epoch)
        if self._position.epoch == epoch:
            return
        with Transaction(self._db):
            start, seq = self._spoil(epoch, spoils)
            position, history = Position(epoch, seq), (*self._history, (epoch, start))
            self._save(position, history)
        self._position, self._history = position, history

    def commit(self, epoch: int, writes: Sequence[Write]) -> tuple[list[Outcome], Changes]:
        """Write a group in one transaction; return an outcome each, and what has changed.

        Raises:
            StaleEpochError: another site has been made leader; nothing was written.
        """
        self._check_epoch(epoch)
        seq = before = self._position.seq
        outcomes: list[Outcome] = []
        with Transaction(self._db):
            for write in writes:
                outcome = self._writing.write(write, epoch, seq + 1)
                outcomes.append(outcome)
                seq += outcome.changed
            self._save(Position(epoch, seq), self._history)
        self._position = Position(epoch, seq)
        return outcomes, self._stretch(outcomes, before)

    def apply(self, changes: Changes) -> None:
        """Take over what the leader has changed.

        What this copy already holds is skipped, so a push that was waiting in a socket while the
        copy caught up does no harm.

        Raises:
            StaleEpochError: the sender was deposed.
            GapError: changes are missing in between.
        """
        self._check_epoch(changes.epoch)
        if not changes.reset:
            if self._position.epoch == changes.epoch and changes.seq <= self._position.seq:
                return
            if changes.after != self._position.seq:
                raise GapError(f"at {self._position.seq}, offered what follows {changes.after}")
        position = Position(changes.epoch, changes.seq)
        with Transaction(self._db):
            if changes.reset:
                self._tickets.drop()
                self._comments.drop()
                self._requests.drop()
            self._tickets.put(changes.tickets)
            self._comments.put(changes.comments)
            self._requests.put(changes.requests)
            self._save(position, changes.history)
        self._position, self._history = position, changes.history

    def changes_after(self, position: Position, limit: int) -> Changes:
        """Return about the next *limit* changes for a copy at *position*; none if it is level.

        A ticket that changes while a copy reads moves to the end of the sequence, so reading on
        from the last ``seq`` misses nothing. What shares a place is not torn apart.
        """
        reset = not self._is_prefix(position)
        after = 0 if reset else position.seq
        places = self._db.execute(f"{_SEQUENCE} ORDER BY seq LIMIT ?2", (after, limit)).fetchall()
        seq: int = places[-1][0] if len(places) == limit else self._position.seq
        return Changes(
            epoch=self._position.epoch,
            after=after,
            seq=seq,
            tickets=tuple(self._tickets.all(_STRETCH, after, seq)),
            comments=tuple(self._comments.all(_STRETCH, after, seq)),
            requests=tuple(self._requests.all(_STRETCH, after, seq)),
            history=self._history,
            reset=reset,
        )

    def get(self, ticket: str) -> Ticket | None:
        """Return the ticket with that id, or None."""
        return self._tickets.one("id", ticket)

    def comments(self, ticket: str) -> list[Comment]:
        """Return the comments on that ticket, in the order of their writing."""
        return self._comments.all("WHERE ticket = ? ORDER BY seq", ticket)

    def replies_since(self, stamp: float) -> list[tuple[Ticket, Comment]]:
        """Return each public reply of an agent since the wall *stamp*, with its ticket, in order.

        Only the latest 20,000 changes are looked at.
        """
        found = self._comments.all(
            "WHERE seq > ? AND at >= ? AND author = 'agent' AND public ORDER BY seq",
            self._position.seq - _LATEST,
            stamp,
        )
        tickets = ((self._tickets.one("id", comment.ticket), comment) for comment in found)
        return [(ticket, comment) for ticket, comment in tickets if ticket is not None]

    def page(self, after: int, limit: int) -> list[Ticket]:
        """Return up to *limit* tickets with a number above *after*, in order of creation."""
        return self._tickets.all("WHERE number > ? ORDER BY number LIMIT ?", after, limit)

    def changed_after(self, position: Position, limit: int) -> list[Ticket] | None:
        """Return the next *limit* tickets that changed after *position*, in order of change.

        None if the sequence did not go on from there: a failover has taken back what came before
        it, and the reader has to begin again.
        """
        if not self._is_prefix(position):
            return None
        return self._tickets.all("WHERE seq > ? ORDER BY seq LIMIT ?", position.seq, limit)

    def requests(self, state: str | None, after: int, limit: int) -> list[SupportRequest]:
        """Return up to *limit* support requests with a number above *after*; None: any state."""
        return self._requests.all(
            "WHERE number > ?1 AND (?2 IS NULL OR state = ?2) ORDER BY number LIMIT ?3",
            after,
            state,
            limit,
        )

    def open_tickets(self) -> list[Ticket]:
        """Return every ticket that an agent has something to do for, in order of creation."""
        return self._tickets.all("WHERE state IN ('new', 'open') ORDER BY number")

    def wakings(self) -> list[tuple[str, float]]:
        """Return the id and the waking stamp of every ticket whose state ends by itself."""
        return self._db.execute(
            "SELECT id, wakes_at FROM tickets WHERE wakes_at IS NOT NULL"
        ).fetchall()

    def count_open(self) -> int:
        """Return how many tickets are not solved."""
        return self._tickets.count(f"WHERE {_UNSOLVED}")

    def backlog(self) -> Backlog:
        """Return what is not solved."""
        states = dict.fromkeys(map(str, UNSOLVED), 0)
        states |= dict(
            self._db.execute(
                f"SELECT state, count(*) FROM tickets WHERE {_UNSOLVED} GROUP BY state"  # noqa: S608
            )
        )
        older = int(sum(states.values()) * _OLD_SHARE)
        row = self._db.execute(
            f"SELECT created_at FROM tickets WHERE {_UNSOLVED}"  # noqa: S608 - ours
            " ORDER BY created_at LIMIT 1 OFFSET ?",
            (older,),
        ).fetchone()
        return Backlog(states, row[0] if row else None)

    def _spoil(self, epoch: int, spoils: Spoils | None) -> tuple[int, int]:
        """Lose and double tickets; return where the stretch of *epoch* starts, and how far it is.

        It starts before the first ticket that was lost, so that copies which hold it start over.
        """
        start = seq = self._position.seq
        if spoils is None:
            return start, seq
        for ticket in self._tickets.all("WHERE created_at >= ? ORDER BY number", spoils.since):
            fate = spoils.fate(ticket)
            if fate is Fate.LOST:
                start = min(start, ticket.number - 1)
                for table in (self._comments, self._requests):
                    table.drop("WHERE ticket = ?", ticket.id)
                self._tickets.drop("WHERE id = ?", ticket.id)
            elif fate is Fate.DOUBLED:
                seq += 1
                # No client's key has a space in it.
                key, name = f"{ticket.key} again", f"t-{epoch}-{seq}"
                self._tickets.put([replace(ticket, number=seq, id=name, key=key, seq=seq)])
        return start, seq

    def _stretch(self, outcomes: Iterable[Outcome], after: int) -> Changes:
        """Return what *outcomes* have changed; of what was written twice, the later version."""
        tickets: dict[int, Ticket] = {}
        requests: dict[int, SupportRequest] = {}
        comments: list[Comment] = []
        for outcome in outcomes:
            if not outcome.changed:
                continue
            if outcome.ticket is not None:
                tickets[outcome.ticket.number] = outcome.ticket
            if outcome.request is not None:
                requests[outcome.request.number] = outcome.request
            if outcome.comment is not None:
                comments.append(outcome.comment)
        return Changes(
            epoch=self._position.epoch,
            after=after,
            seq=self._position.seq,
            tickets=tuple(sorted(tickets.values(), key=lambda ticket: ticket.seq)),
            comments=tuple(comments),
            requests=tuple(sorted(requests.values(), key=lambda request: request.seq)),
            history=self._history,
        )

    def _is_prefix(self, position: Position) -> bool:
        """Whether the leader's sequence begins with everything a copy at *position* holds."""
        ends = [start for epoch, start in self._history if epoch > position.epoch]
        return position.seq <= min(ends, default=self._position.seq)

    def _check_epoch(self, epoch: int) -> None:
        if epoch < self._fence:
            raise StaleEpochError(f"epoch {epoch}, but {self._fence} has been seen")

    def _save(self, position: Position, history: Iterable[tuple[int, int]]) -> None:
        self._db.execute(
            "UPDATE place SET epoch = ?, seq = ?, history = ?",
            (position.epoch, position.seq, json.dumps(list(history))),
        )
