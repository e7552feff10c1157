"""The tables of a ticket store, and the SQL that fills and reads them. No decisions here."""

import sqlite3
from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar

from mock_center.tickets.ticket import Comment, SupportRequest, Ticket, columns

SCHEMA = """
CREATE TABLE IF NOT EXISTS tickets (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, key TEXT NOT NULL UNIQUE,
    fingerprint TEXT NOT NULL, reference TEXT NOT NULL, consumer TEXT NOT NULL,
    customer TEXT NOT NULL, priority TEXT NOT NULL, subject TEXT NOT NULL, body TEXT NOT NULL,
    state TEXT NOT NULL, site TEXT NOT NULL, created_at REAL NOT NULL, updated_at REAL NOT NULL,
    replied_at REAL, first_solved_at REAL, solved_at REAL, solved_by TEXT, asked_at REAL,
    owed_since REAL, wakes_at REAL, escalated_at REAL, reopened INTEGER NOT NULL,
    touches INTEGER NOT NULL, replies INTEGER NOT NULL, trail TEXT NOT NULL,
    seq INTEGER NOT NULL UNIQUE, customer_comments INTEGER NOT NULL, attachments TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS at_the_desk ON tickets (number) WHERE state IN ('new', 'open');
CREATE INDEX IF NOT EXISTS unsolved ON tickets (created_at)
    WHERE state IN ('new', 'open', 'pending', 'on_hold');
CREATE TABLE IF NOT EXISTS comments (
    id TEXT PRIMARY KEY, ticket TEXT NOT NULL, author TEXT NOT NULL, text TEXT NOT NULL,
    public INTEGER NOT NULL, at REAL NOT NULL, key TEXT UNIQUE, fingerprint TEXT NOT NULL,
    seq INTEGER NOT NULL UNIQUE, attachments TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS of_ticket ON comments (ticket, seq);
CREATE TABLE IF NOT EXISTS requests (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, ticket TEXT NOT NULL,
    reference TEXT NOT NULL, consumer TEXT NOT NULL, subject TEXT NOT NULL, state TEXT NOT NULL,
    site TEXT NOT NULL, opened_at REAL NOT NULL, resolved_at REAL, note TEXT, key TEXT UNIQUE,
    fingerprint TEXT, seq INTEGER NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS place (
    one INTEGER PRIMARY KEY CHECK (one = 1), fence INTEGER NOT NULL, epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL, history TEXT NOT NULL);
INSERT OR IGNORE INTO place VALUES (1, 0, 0, 0, '[]');
"""

R = TypeVar("R", Ticket, Comment, SupportRequest)


class Table(Generic[R]):
    """The rows of one kind, in the table *name* of *db*."""

    def __init__(self, db: sqlite3.Connection, name: str, kind: Callable[..., R]) -> None:
        assert isinstance(kind, type)
        self._db = db
        self._kind = kind
        names = columns(kind)
        listed = ", ".join(names)
        places = ", ".join("?" * len(names))
        self._select = f"SELECT {listed} FROM {name}"  # noqa: S608 - names of our own
        self._upsert = f"INSERT OR REPLACE INTO {name} ({listed}) VALUES ({places})"  # noqa: S608
        self._count = f"SELECT count(*) FROM {name}"  # noqa: S608 - as above
        self._delete = f"DELETE FROM {name}"  # noqa: S608 - as above

    def put(self, rows: Iterable[R]) -> None:
        """Write *rows*; each replaces the one it is a later version of."""
        self._db.executemany(self._upsert, (row.row() for row in rows))

    def one(self, column: str, value: str) -> R | None:
        """Return the row whose *column*, unique in the table, has that *value*, or None."""
        row = self._db.execute(f"{self._select} WHERE {column} = ?", (value,)).fetchone()
        return self._kind(*row) if row else None

    def all(self, where: str, *values: Any) -> list[R]:
        """Return the rows that fit the SQL *where* clause, in its order."""
        return [self._kind(*row) for row in self._db.execute(f"{self._select} {where}", values)]

    def count(self, where: str, *values: Any) -> int:
        """Return how many rows fit the SQL *where* clause."""
        return int(self._db.execute(f"{self._count} {where}", values).fetchone()[0])

    def drop(self, where: str = "", *values: Any) -> None:
        """Delete the rows that fit *where*; all of them without one."""
        self._db.execute(f"{self._delete} {where}", values)


class Transaction:
    """A block that commits, or rolls back if it raises."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __enter__(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._db.execute("COMMIT" if kind is None else "ROLLBACK")
