"""The file of a run record: opened, held, written in transactions, with room for last words.

Append and upsert only, in WAL mode: a harness that is killed leaves a record that opens.
"""

import fcntl
import os
import sqlite3
import time
from collections.abc import Callable
from enum import Enum, auto
from pathlib import Path
from types import TracebackType
from typing import Self

from harness.errors import HarnessError, Problem, UsageError
from harness.record.schema import SCHEMA, VERSION

FILE_NAME = "run.sqlite"
RESERVE_NAME = "reserve"
"""A file that is there to be deleted once the disk is full: reports find room in its place."""
RESERVE_BYTES = 16 * 2**20
_LAST_WORDS_BYTES = 256 * 1024
"""Kept within the database as well, for limits that a deleted file does not move: of phases, faults
and events a kilobyte each."""
_WAL_BYTES = 16 * 2**20
"""The journal is cut to this whenever nobody reads it."""
_WRITERS_KIB = 512
"""How much of the file whoever writes it keeps in memory. A cache fills for as long as the file
grows: the usual two megabytes, slowly, in the first half hour of a soak, where they look like a
leak. Whoever reads a finished record has the usual ones."""
_READERS_LEAVE_WITHIN_S = 5.0
_LOOK_S = 0.05
_ZEROS = 2**16
_FULL = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY)
"""Full; full by a quota or a limit that SQLite does not know; turned read-only after an error."""
_PRAGMAS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"


def is_written(folder: Path) -> bool:
    """Whether a run goes on that writes the record in *folder*; one that was killed does not."""
    hold = _held(folder)
    if hold is not None:
        os.close(hold)
    return hold is None


def refuse_written(folder: Path, *, want: str) -> None:
    """Let nobody treat the run in *folder* as over before it is.

    Whoever reads it as it ends leaves its journal beside it, and so takes its evidence from it. On
    a network's disk that knows no holds nobody can tell; then nobody is kept from it.

    Raises:
        UsageError: it still goes on; *want* says what would be right.
    """
    look = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(look, fcntl.LOCK_SH | fcntl.LOCK_NB)  # beside others who look
    except BlockingIOError:
        raise UsageError([Problem(str(folder), "a run that still goes on", want)]) from None
    except OSError:
        return
    finally:
        os.close(look)


def _held(folder: Path) -> int | None:
    """Return a hold on *folder*, which ends with its process; None if another has it."""
    hold = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(hold, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # another's; or a network's disk that knows no holds, where nobody is kept out
        os.close(hold)
        return None
    return hold


def _allocate(file: int, size: int) -> None:
    """Have *size* bytes be the file's own on the disk, not a hole in it."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file, 0, size)
        return
    for _ in range(size // _ZEROS):
        os.write(file, bytes(_ZEROS))


class Access(Enum):
    """How the file of a record is held."""

    READ = auto()
    """It is whole: what cannot be read in it is damage."""
    FOLLOW = auto()
    """Read while somebody writes it."""
    WRITE = auto()


class Store:
    """One SQLite file, open for writing or only for reading. Close it, or use it as a block.

    ``full`` says in SQLite's words why nothing more is kept; empty while there is room.
    ``is_open`` until it is closed.
    """

    def __init__(
        self, database: sqlite3.Connection, folder: Path, *, access: Access = Access.READ
    ) -> None:
        self.folder = folder
        self.full = ""
        self.is_open = True
        self._access = access
        self._database = database
        self._hold = _held(folder) if access is Access.WRITE else None
        self._shut = False

    @classmethod
    def create(cls, folder: Path, *, reserve_bytes: int = 0) -> Self:
        """Make the record of a new run in *folder*, which must exist and hold none yet.

        *reserve_bytes* are kept for the last words of a run whose disk has become full, and for its
        reports.

        Raises:
            HarnessError: there is no room for it.
        """

        def begin(database: sqlite3.Connection) -> None:
            database.executescript(SCHEMA)
            database.execute("INSERT INTO meta VALUES ('version', ?)", (VERSION,))

        return cls._made(folder, begin, reserve_bytes)

    @classmethod
    def _made(
        cls, folder: Path, begin: Callable[[sqlite3.Connection], None], reserve_bytes: int
    ) -> Self:
        database = sqlite3.connect(folder / FILE_NAME, isolation_level=None)
        record = cls(database, folder, access=Access.WRITE)
        try:
            begin(database)  # first: a copy comes with a mode of its own
            database.executescript(
                f"PRAGMA journal_size_limit={_WAL_BYTES}; PRAGMA cache_size={-_WRITERS_KIB};"
                + _PRAGMAS
            )
            record._go_on()
            if reserve_bytes:
                record._reserve(reserve_bytes)
        except (sqlite3.OperationalError, OSError) as error:
            record.close()
            raise HarnessError(f"no record can be made in {folder}: {error}") from None
        return record

    def _go_on(self) -> None:
        """Number what comes after what is there already."""

    @classmethod
    def open(cls, folder: Path, *, goes_on: bool = False) -> Self:
        """Open the record of an earlier run, for reading; or of one that still *goes_on*.

        Raises:
            UsageError: *folder* holds no record, or one that this version cannot read.
        """
        path = folder / FILE_NAME
        want = "the folder of a run, such as runs/20261122T104500Z-pre-cutover"
        if not path.is_file():
            raise UsageError([Problem(str(folder), "no run.sqlite in it", want)])
        try:
            uri = f"{path.resolve().as_uri()}?mode=ro"
            database = sqlite3.connect(uri, uri=True, isolation_level=None)
            row = database.execute("SELECT value FROM meta WHERE key = 'version'").fetchone()
        except sqlite3.DatabaseError as error:
            raise UsageError([Problem(str(path), f"not a run record ({error})", want)]) from None
        if row is None or row[0] != VERSION:
            database.close()
            found = f"a record of version {row and row[0]}"
            raise UsageError([Problem(str(path), found, f"version {VERSION}: use that harness")])
        return cls(database, folder, access=Access.FOLLOW if goes_on else Access.READ)

    @classmethod
    def open_ended(cls, folder: Path, *, want: str = "its end") -> Self:
        """Open the record of a run that is over, for reading.

        Raises:
            UsageError: as ``open``; or it still goes on, and *want* says what would be right.
        """
        record = cls.open(folder)
        try:
            refuse_written(folder, want=want)
        except UsageError:
            record.close()
            raise
        return record

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
        if isinstance(error, sqlite3.DatabaseError) and self._access is Access.READ:
            path, found = self.folder / FILE_NAME, f"a record that is damaged ({str(error)[:60]})"
            raise UsageError([Problem(str(path), found, "the record as the run left it")]) from None

    def close(self) -> None:
        """Close the file; one that was written to becomes a single file, without its journal."""
        self.is_open = False
        if self._access is Access.WRITE:
            self._release()
            self._fold()
        self._database.close()
        if self._hold is not None:
            os.close(self._hold)
            self._hold = None

    def _fold(self) -> None:
        """Have the journal be no more. Whoever reads for a moment is waited for; else it stays."""
        waited_s = 0.0
        while not self._folded() and waited_s < _READERS_LEAVE_WITHIN_S:
            time.sleep(_LOOK_S)  # SQLite itself does not wait here, whatever its busy_timeout
            waited_s += _LOOK_S

    def _folded(self) -> bool:
        """Whether the journal is no more, or never will be."""
        try:
            self._database.execute("PRAGMA journal_mode=DELETE")
        except sqlite3.OperationalError as error:
            return error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY
        return True

    def checkpoint(self) -> bool:
        """Have what is written be on the disk for good, the journal short; return whether it is.

        Whatever comes then, what was put before is there: after this a power cut takes none of it.
        A journal that has grown behind a long reader is cut as soon as nobody reads.
        """
        try:
            self._database.execute("PRAGMA busy_timeout = 0")
            long = self.journal_bytes > _WAL_BYTES
            busy, pages, moved = self._database.execute(
                f"PRAGMA wal_checkpoint({'TRUNCATE' if long else 'PASSIVE'})"
            ).fetchone()
            if busy or moved < pages:
                self._sync_journal()
        except (sqlite3.OperationalError, OSError):  # a full disk: said by whoever writes next
            return False
        return True

    def _sync_journal(self) -> None:
        """Have the journal itself be on the disk: behind a reader SQLite may sync nothing of it."""
        for path in (self.folder / f"{FILE_NAME}-wal", self.folder):
            file = os.open(path, os.O_RDONLY)
            try:
                os.fsync(file)
            finally:
                os.close(file)

    @property
    def journal_bytes(self) -> int:
        """How long the journal is; 0 if there is none."""
        try:
            return (self.folder / f"{FILE_NAME}-wal").stat().st_size
        except FileNotFoundError:
            return 0

    def _keep(self, write: Callable[[], object], *, last_words: bool = False) -> bool:
        """Do *write* as one transaction; return whether it is kept.

        Once the disk is full and the file beside it gone, only *last_words* are written, into what
        is kept for them within.
        """
        while last_words or not self._shut:
            try:
                self._database.execute("BEGIN")
                write()
                self._database.execute("COMMIT")
            except sqlite3.OperationalError as error:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                if self._access is not Access.WRITE or error.sqlite_errorcode & 0xFF not in _FULL:
                    raise
                self.full = self.full or str(error)
                if not self._make_room():
                    return False
            else:
                return True
        return False

    # ------------------------------------------------------------------ room for the last words

    def _reserve(self, size: int) -> None:
        with (self.folder / RESERVE_NAME).open("wb") as file:
            _allocate(file.fileno(), size)
        self._database.execute(
            "REPLACE INTO meta VALUES ('reserve', zeroblob(?))", (_LAST_WORDS_BYTES,)
        )

    def _make_room(self) -> bool:
        """Give up what was kept for when the disk is full; return whether there was anything."""
        if self._give_up_file():
            return True
        self._shut, before = True, self._shut
        return not before and self._give_up_row()

    def _release(self) -> None:
        """Give up what was kept for a full disk: the run is over."""
        self._give_up_file()
        self._give_up_row()

    def _give_up_file(self) -> bool:
        try:
            (self.folder / RESERVE_NAME).unlink()
        except OSError:
            return False
        return True

    def _give_up_row(self) -> bool:
        try:
            gone = self._database.execute("DELETE FROM meta WHERE key = 'reserve'")
        except sqlite3.OperationalError:
            return False
        return gone.rowcount > 0
