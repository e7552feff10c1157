"""One site's copy of the tickets: a SQLite file, written by one thread.

WAL with synchronous=NORMAL: a commit survives ``kill -9`` of the process, which is the fault we
rehearse. Only a crash of the operating system could take the last commits with it, and then both
sites of this mock are gone anyway.

Every change has a place in one sequence, and each leader's stretch of it an epoch. A copy at
(epoch, seq) is a prefix of the leader's sequence if that epoch had not ended before seq: then it
only needs what came after. Otherwise it holds writes the leader never saw, and starts over.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

from mock_center.tickets.ticket import (
    COLUMNS,
    Changes,
    Create,
    GapError,
    Outcome,
    Position,
    Progress,
    StaleEpochError,
    Ticket,
    Write,
)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS tickets (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, key TEXT NOT NULL UNIQUE,
    fingerprint TEXT NOT NULL, reference TEXT NOT NULL, consumer TEXT NOT NULL,
    customer TEXT NOT NULL, priority TEXT NOT NULL, subject TEXT NOT NULL, body TEXT NOT NULL,
    state TEXT NOT NULL, site TEXT NOT NULL, created_at REAL NOT NULL, replied_at REAL,
    solved_at REAL, seq INTEGER NOT NULL UNIQUE);
CREATE INDEX IF NOT EXISTS open_tickets ON tickets (number) WHERE state <> 'solved';
CREATE TABLE IF NOT EXISTS place (
    one INTEGER PRIMARY KEY CHECK (one = 1), fence INTEGER NOT NULL, epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL, history TEXT NOT NULL);
INSERT OR IGNORE INTO place VALUES (1, 0, 0, 0, '[]');
"""
_COLUMNS = ", ".join(COLUMNS)
_SELECT = f"SELECT {_COLUMNS} FROM tickets"  # noqa: S608 - names of our own columns
_PLACES = ", ".join("?" * len(COLUMNS))
_UPSERT = f"INSERT OR REPLACE INTO tickets ({_COLUMNS}) VALUES ({_PLACES})"  # noqa: S608 - as above


class TicketStore:
    """The tickets in the SQLite file at *path*, for the site called *site*.

    Not thread-safe and blocking: ``tickets.node`` calls it from one thread of its own.
    """

    def __init__(self, path: Path, site: str) -> None:
        self._site = site
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(_SCHEMA)
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

    def lead(self, epoch: int) -> None:
        """Begin the stretch of *epoch* at the present position: this site leads now.

        Raises:
            StaleEpochError: this store has already seen a higher epoch.
        """
        self.raise_fence(epoch)
        if self._position.epoch == epoch:
            return
        history = (*self._history, (epoch, self._position.seq))
        self._move(Position(epoch, self._position.seq), history)

    def commit(self, epoch: int, writes: Sequence[Write]) -> tuple[list[Outcome], Changes]:
        """Write a group in one transaction; return an outcome each, and what has changed.

        Raises:
            StaleEpochError: another site has been made leader; nothing was written.
        """
        self._check_epoch(epoch)
        before = self._position.seq
        outcomes: list[Outcome] = []
        changed: dict[int, Ticket] = {}
        seq = before
        with _Transaction(self._db):
            for write in writes:
                outcome = self._write(write, epoch, seq + 1)
                outcomes.append(outcome)
                if outcome.ticket is not None and outcome.ticket.seq == seq + 1:
                    seq += 1
                    changed[outcome.ticket.number] = outcome.ticket
            self._save(Position(epoch, seq), self._history)
        self._position = Position(epoch, seq)
        tickets = tuple(sorted(changed.values(), key=lambda ticket: ticket.seq))
        return outcomes, Changes(epoch, before, seq, tickets, self._history)

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
        with _Transaction(self._db):
            if changes.reset:
                self._db.execute("DELETE FROM tickets")
            self._db.executemany(_UPSERT, (ticket.row() for ticket in changes.tickets))
            self._save(position, changes.history)
        self._position, self._history = position, changes.history

    def changes_after(self, position: Position, limit: int) -> Changes:
        """Return the next *limit* changes for a copy at *position*; none if it is level.

        A ticket that changes while a copy reads moves to the end of the sequence, so reading on
        from the last ``seq`` misses nothing.
        """
        reset = not self._is_prefix(position)
        after = 0 if reset else position.seq
        rows = self._db.execute(f"{_SELECT} WHERE seq > ? ORDER BY seq LIMIT ?", (after, limit))
        tickets = tuple(Ticket(*row) for row in rows)
        seq = tickets[-1].seq if len(tickets) == limit else self._position.seq
        return Changes(self._position.epoch, after, seq, tickets, self._history, reset=reset)

    def get(self, ticket: str) -> Ticket | None:
        """Return the ticket with that id, or None."""
        return self._one("id", ticket)

    def page(self, after: int, limit: int) -> list[Ticket]:
        """Return up to *limit* tickets with a number above *after*, in order of creation."""
        rows = self._db.execute(
            f"{_SELECT} WHERE number > ? ORDER BY number LIMIT ?",
            (after, limit),
        )
        return [Ticket(*row) for row in rows]

    def open_tickets(self) -> list[Ticket]:
        """Return every ticket that is not solved, in order of creation."""
        rows = self._db.execute(f"{_SELECT} WHERE state <> 'solved' ORDER BY number")
        return [Ticket(*row) for row in rows]

    def count_open(self) -> int:
        """Return how many tickets are not solved."""
        counted = self._db.execute("SELECT count(*) FROM tickets WHERE state <> 'solved'")
        return int(counted.fetchone()[0])

    def _write(self, write: Write, epoch: int, seq: int) -> Outcome:
        if isinstance(write, Progress):
            return self._progress(write, seq)
        return self._create(write, epoch, seq)

    def _create(self, write: Create, epoch: int, seq: int) -> Outcome:
        existing = self._one("key", write.key)
        if existing is not None:
            same = existing.fingerprint == write.fingerprint
            return Outcome(existing, replayed=same, conflict=not same)
        # The epoch is part of the id: a deposed leader may have used the same number.
        ticket = Ticket(
            number=seq,
            id=f"t-{epoch}-{seq}",
            key=write.key,
            fingerprint=write.fingerprint,
            reference=write.reference,
            consumer=write.consumer,
            customer=write.customer,
            priority=write.priority,
            subject=write.subject,
            body=write.body,
            state="new",
            site=self._site,
            created_at=write.created_at,
            replied_at=None,
            solved_at=None,
            seq=seq,
        )
        self._db.execute(_UPSERT, ticket.row())
        return Outcome(ticket)

    def _progress(self, write: Progress, seq: int) -> Outcome:
        before = self._one("id", write.ticket)
        if before is None or before.state in (write.state, "solved"):
            return Outcome(before)
        column = "replied_at" if write.state == "replied" else "solved_at"
        self._db.execute(
            f"UPDATE tickets SET state = ?, {column} = ?, seq = ? WHERE id = ?",  # noqa: S608 - ours
            (write.state, write.at, seq, write.ticket),
        )
        return Outcome(self._one("id", write.ticket))

    def _one(self, column: str, value: str) -> Ticket | None:
        row = self._db.execute(f"{_SELECT} WHERE {column} = ?", (value,)).fetchone()
        return Ticket(*row) if row else None

    def _is_prefix(self, position: Position) -> bool:
        """Whether the leader's sequence begins with everything a copy at *position* holds."""
        ends = [start for epoch, start in self._history if epoch > position.epoch]
        return position.seq <= min(ends, default=self._position.seq)

    def _check_epoch(self, epoch: int) -> None:
        if epoch < self._fence:
            raise StaleEpochError(f"epoch {epoch}, but {self._fence} has been seen")

    def _move(self, position: Position, history: tuple[tuple[int, int], ...]) -> None:
        self._save(position, history)
        self._position, self._history = position, history

    def _save(self, position: Position, history: Iterable[tuple[int, int]]) -> None:
        self._db.execute(
            "UPDATE place SET epoch = ?, seq = ?, history = ?",
            (position.epoch, position.seq, json.dumps(list(history))),
        )


class _Transaction:
    """A block that commits, or rolls back if it raises."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __enter__(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._db.execute("COMMIT" if kind is None else "ROLLBACK")
