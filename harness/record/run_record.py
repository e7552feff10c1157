"""The run record: one SQLite file, written while the run goes on and read back by every report.

Append and upsert only, in WAL mode: a harness that is killed leaves a record that opens. The
scrapes of a source are rows of floats in the order in which its series were first seen, zlib on
top: an hour of 1 s scrapes of 2,000 series is a few megabytes instead of 90 as text.
"""

import fcntl
import json
import math
import os
import sqlite3
import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import astuple
from enum import Enum, auto
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from pydantic import TypeAdapter

from harness.clock import RunClock
from harness.errors import HarnessError, Problem, UsageError
from harness.kpi.columns import ALL, Scope
from harness.kpi.figures import (
    Attempt,
    CallFigures,
    End,
    Fate,
    LostCall,
    TalkFigures,
    TicketFigures,
    TicketWrite,
    TurnFigures,
    Updates,
    call_figures,
    talk_figures,
    ticket_figures,
    turns_of,
    updates_of,
)
from harness.model.alarm import AlarmRun
from harness.model.contact import (
    Call,
    Contact,
    Stream,
    Ticket,
    Why,
    WriteOutcome,
    from_json,
    step_of,
    stream_of,
    to_json,
)
from harness.model.cut import Cut
from harness.model.event import (
    ClockStep,
    Content,
    Ending,
    Event,
    FaultRun,
    GeneratorHealth,
    LineCheck,
    PhaseRun,
    Reread,
    RunFacts,
    StoredTicket,
    Trial,
)
from harness.model.finding import Finding
from harness.model.handover import StepRun
from harness.model.history import RunSummary
from harness.model.notify import Delivery
from harness.model.sample import OWN, Page, Scrape, Series, Told
from harness.model.scenario import Scenario
from harness.model.sla import Sla
from harness.model.staffing import ShiftTally
from harness.model.target import Target

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
_ZEROS = 2**16
_FULL = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY)
"""Full; full by a quota or a limit that SQLite does not know; turned read-only after an error."""
_BATCH = 512
"""Rows that are read at a time: fewer than the 700 new objects after which Python looks for
garbage, which took a tenth of the verdict of a million contacts."""
_VERSION = "5"
_PRAGMAS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE document (kind TEXT, key TEXT, json TEXT NOT NULL, PRIMARY KEY (kind, key));
CREATE TABLE contact (
    id TEXT PRIMARY KEY, stream TEXT NOT NULL, phase TEXT NOT NULL, due_s REAL NOT NULL,
    json TEXT NOT NULL
);
CREATE INDEX contact_in_order ON contact (stream, due_s);
CREATE INDEX contact_of_phase ON contact (stream, phase, due_s);
CREATE INDEX contact_again ON contact (stream, phase, json_extract(json, '$.why'))
    WHERE instr(json, '"why":');
CREATE TABLE call_figures (
    phase TEXT, id TEXT, queue TEXT NOT NULL, line TEXT NOT NULL, site TEXT NOT NULL, due_s REAL,
    lag_s REAL NOT NULL, fate INTEGER NOT NULL, wait_s REAL NOT NULL, site_wait_s REAL NOT NULL,
    setup_s REAL NOT NULL, ivr_s REAL NOT NULL, api BLOB NOT NULL, PRIMARY KEY (phase, due_s, id)
) WITHOUT ROWID;
CREATE INDEX cut_off ON call_figures (fate) WHERE fate = 4;
CREATE TABLE talk_figures (
    id TEXT PRIMARY KEY, ended_s REAL NOT NULL, queue TEXT NOT NULL, line TEXT NOT NULL,
    site TEXT NOT NULL, end INTEGER NOT NULL, talk_s REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX talk_by_end ON talk_figures (ended_s, id, queue, line, site, end, talk_s);
CREATE TABLE ticket_figures (
    phase TEXT, id TEXT, priority TEXT NOT NULL, due_s REAL, lag_s REAL NOT NULL,
    first_reply_s REAL NOT NULL, resolution_s REAL NOT NULL, api BLOB NOT NULL,
    PRIMARY KEY (phase, due_s, id)
) WITHOUT ROWID;
CREATE TABLE turn_figures (
    id TEXT, number INTEGER, at_s REAL NOT NULL, priority TEXT NOT NULL, turn INTEGER NOT NULL,
    until_s REAL NOT NULL, PRIMARY KEY (id, number)
) WITHOUT ROWID;
CREATE INDEX turn_in_order ON turn_figures (at_s, id, number, priority, turn, until_s);
CREATE TABLE series (source TEXT, position INTEGER, name TEXT NOT NULL, labels TEXT NOT NULL,
    PRIMARY KEY (source, position)) WITHOUT ROWID;
CREATE TABLE scrape (at_s REAL NOT NULL, source TEXT NOT NULL, ok INTEGER NOT NULL,
    border TEXT NOT NULL, row BLOB NOT NULL);
CREATE INDEX scrape_in_order ON scrape (source, at_s);
CREATE TABLE stored_ticket (site TEXT, reference TEXT, provider_id TEXT, comments INTEGER,
    reopened INTEGER, escalated INTEGER, customer TEXT, priority TEXT, subject TEXT,
    attachments INTEGER, PRIMARY KEY (site, reference, provider_id)) WITHOUT ROWID;
CREATE TABLE reread_ticket (reference TEXT PRIMARY KEY, told INTEGER NOT NULL, customer TEXT,
    priority TEXT, subject TEXT, attachments INTEGER) WITHOUT ROWID;
"""

# Not REPLACE: what is known keeps its row, so rows count contacts, and indexes stay as they are.
_PUT_CONTACT = """
INSERT INTO contact VALUES (?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET json = excluded.json, phase = excluded.phase, due_s = excluded.due_s
"""
_PUT_CALL = "REPLACE INTO call_figures VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_PUT_TALK = "REPLACE INTO talk_figures VALUES (?, ?, ?, ?, ?, ?, ?)"
_PUT_TICKET = "REPLACE INTO ticket_figures VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_DROP_TURNS = "DELETE FROM turn_figures WHERE id = ?"
_PUT_TURN = "INSERT INTO turn_figures VALUES (?, ?, ?, ?, ?, ?)"
_PUT_STORED = "REPLACE INTO stored_ticket VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_CALLS = """
SELECT queue, line, site, due_s, lag_s, fate, wait_s, site_wait_s, setup_s, ivr_s, api
FROM call_figures WHERE phase = ? AND due_s < ? ORDER BY due_s, id
"""
_TALKS = """
SELECT ended_s, queue, line, site, end, talk_s
FROM talk_figures WHERE ended_s >= ? AND ended_s < ? ORDER BY ended_s, id
"""
_TALKS_AT = """
SELECT ended_s, queue, line, site, end, talk_s
FROM talk_figures WHERE ended_s >= ? AND ended_s - talk_s <= ? ORDER BY ended_s, id
"""
_TICKETS = """
SELECT priority, due_s, lag_s, first_reply_s, resolution_s, api
FROM ticket_figures WHERE phase = ? AND due_s < ? ORDER BY due_s, id
"""
_TURNS = """
SELECT at_s, priority, turn, until_s
FROM turn_figures WHERE at_s >= ? AND at_s < ? ORDER BY at_s, id, number
"""
_ATTEMPTS = """
SELECT id, due_s, lag_s, fate, wait_s, site_wait_s
FROM call_figures WHERE phase = ? AND due_s >= ? AND due_s < ? ORDER BY due_s, id
"""
_LOST = f"""
SELECT talk.id, talk.site, contact.due_s AS due_s, talk.ended_s AS ended_s, 1
FROM talk_figures AS talk JOIN contact ON contact.id = talk.id
WHERE talk.ended_s BETWEEN :start AND :end AND talk.end = {End.DROPPED.value}
UNION ALL
SELECT call.id, call.site, call.due_s, json_extract(contact.json, '$.ended_s') AS ended_s, 0
FROM call_figures AS call JOIN contact ON contact.id = call.id
WHERE call.fate = {Fate.CUT_OFF.value} AND ended_s BETWEEN :start AND :end
ORDER BY due_s
"""  # noqa: S608 -- the numbers are ours
_WRITES = """
SELECT id, json_extract(json, '$.outcome'), json_extract(json, '$.steps'),
    json_extract(json, '$.acknowledged_s'), json_extract(json, '$.customer'),
    json_extract(json, '$.priority'), json_extract(json, '$.subject'),
    json_extract(json, '$.attachments'), due_s
FROM contact WHERE stream = 'tickets' ORDER BY due_s
"""
_PLACED = "SELECT phase, count(*) FROM contact WHERE stream = 'calls' GROUP BY phase"
# Why is written only of a call that came after another: those have an index of their own.
_WHYS = """
SELECT phase, json_extract(json, '$.why') AS why, count(*)
FROM contact WHERE stream = 'calls' AND instr(json, '"why":') GROUP BY phase, why
"""
_WITHIN = """
(:queue IS NULL OR queue = :queue) AND (:line IS NULL OR line = :line)
AND (:site IS NULL OR site = :site)
"""
_SUSPECT_CALLS = f"""
SELECT id FROM call_figures
WHERE phase = :phase AND due_s < :before AND {_WITHIN} AND (
    fate IN (SELECT value FROM json_each(:fates))
    OR fate = {Fate.ANSWERED.value} AND wait_s > :over AND wait_s < 9e999
) ORDER BY due_s, id
"""  # noqa: S608 -- the number and the condition are ours
_SUSPECT_TALKS = f"""
SELECT id FROM talk_figures
WHERE ended_s >= :start AND ended_s < :until AND {_WITHIN}
    AND end IN (SELECT value FROM json_each(:ends))
ORDER BY ended_s, id
"""  # noqa: S608 -- the condition is ours
_SUSPECT_TICKETS = """
SELECT id, priority, first_reply_s, resolution_s
FROM ticket_figures WHERE phase = ? AND due_s < ? ORDER BY due_s, id
"""
_OF_IDS = """
SELECT json FROM contact WHERE id IN (SELECT value FROM json_each(?)) ORDER BY due_s, id
"""
_ACKNOWLEDGED = """
SELECT json_extract(json, '$.acknowledged_s') FROM contact WHERE stream = 'tickets' ORDER BY due_s
"""
_LAGS = """
SELECT lag_s FROM call_figures WHERE due_s >= :since
UNION ALL SELECT lag_s FROM ticket_figures WHERE due_s >= :since
"""

_T = TypeVar("_T")
_ADAPTERS: dict[type, TypeAdapter[Any]] = {
    kind: TypeAdapter(kind)
    for kind in (
        Scenario, Sla, Target, RunFacts, PhaseRun, FaultRun, LineCheck, StepRun, Event,
        GeneratorHealth, ShiftTally, Finding, AlarmRun, ClockStep, Cut, Delivery, RunSummary,
        Trial,
    )
}  # fmt: skip
_LABELS = TypeAdapter(tuple[tuple[str, str], ...])


def is_written(folder: Path) -> bool:
    """Whether a run goes on that writes the record in *folder*; one that was killed does not."""
    hold = _held(folder)
    if hold is not None:
        os.close(hold)
    return hold is None


def _held(folder: Path) -> int | None:
    """Return a hold on *folder*, which ends with its process; None if another has it."""
    hold = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(hold, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # another's; or a network's disk that knows no holds, where nobody is kept out
        os.close(hold)
        return None
    return hold


def _key(fault: FaultRun) -> str:
    return f"{fault.phase}/{fault.kind}/{fault.site}/{fault.injected_from_s}"


def _contact_row(contact: Contact) -> tuple[str, str, str, float, str]:
    return contact.id, stream_of(contact), contact.phase, contact.due_s, to_json(contact)


def _allocate(file: int, size: int) -> None:
    """Have *size* bytes be the file's own on the disk, not a hole in it."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file, 0, size)
        return
    for _ in range(size // _ZEROS):
        os.write(file, bytes(_ZEROS))


def _batches(cursor: sqlite3.Cursor) -> Iterator[Any]:
    while rows := cursor.fetchmany(_BATCH):
        yield rows


class Access(Enum):
    """How the file of a record is held."""

    READ = auto()
    """It is whole: what cannot be read in it is damage."""
    FOLLOW = auto()
    """Read while somebody writes it."""
    WRITE = auto()


class RunRecord:
    """A run's record, open for writing or only for reading. Close it, or use it as a block."""

    def __init__(
        self, database: sqlite3.Connection, folder: Path, *, access: Access = Access.READ
    ) -> None:
        self.folder = folder
        self._access = access
        self._database = database
        self._positions: dict[str, dict[Series, int]] = {}
        self._counts: dict[str, int] = {}
        self._clocks: list[tuple[float, RunClock]] = []
        self._hold = _held(folder) if access is Access.WRITE else None
        self._calls: int | None = None
        self._shut = False
        self.full = ""

    @classmethod
    def create(cls, folder: Path, *, reserve_bytes: int = 0) -> Self:
        """Make the record of a new run in *folder*, which must exist and hold none yet.

        *reserve_bytes* are kept for the last words of a run whose disk has become full, and for its
        reports.

        Raises:
            HarnessError: there is no room for it.
        """

        def begin(database: sqlite3.Connection) -> None:
            database.executescript(_SCHEMA)
            database.execute("INSERT INTO meta VALUES ('version', ?)", (_VERSION,))

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
        """Number series and events after those that are there already."""
        for source in (*self.sources(), OWN):
            self._positions[source] = {each: n for n, each in enumerate(self.series(source))}
        self._counts["event"] = len(self.events())

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
        if row is None or row[0] != _VERSION:
            database.close()
            found = f"a record of version {row and row[0]}"
            raise UsageError([Problem(str(path), found, f"version {_VERSION}: use that harness")])
        return cls(database, folder, access=Access.FOLLOW if goes_on else Access.READ)

    def copied_to(self, folder: Path, *, reserve_bytes: int = 0) -> "RunRecord":
        """Make the record of a new run in *folder* that begins with all that this one holds.

        It has not ended, has read no store and told nobody. *reserve_bytes* as for ``create``.

        Raises:
            HarnessError: there is no room for it.
        """

        def begin(database: sqlite3.Connection) -> None:
            self._database.backup(database)
            database.execute("DELETE FROM meta WHERE key IN ('ending', 'halted_by', 'stores_read')")
            database.execute("DELETE FROM document WHERE kind = ?", (Delivery.__name__,))

        return self._made(folder, begin, reserve_bytes)

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
        if self._access is Access.WRITE:
            self._release()
            with suppress(sqlite3.OperationalError):  # somebody reads it still: the journal stays
                self._database.execute("PRAGMA journal_mode=DELETE")
        self._database.close()
        if self._hold is not None:
            os.close(self._hold)
            self._hold = None

    def checkpoint(self) -> None:
        """Have what is written be on the disk for good, and the journal short.

        Whatever comes then, what was put before is there: after this a power cut takes none of it.
        A journal that has grown behind a long reader is cut as soon as nobody reads.
        """
        with suppress(sqlite3.OperationalError):  # a full disk: said by whoever writes next
            self._database.execute("PRAGMA busy_timeout = 0")
            long = self.journal_bytes > _WAL_BYTES
            self._database.execute(f"PRAGMA wal_checkpoint({'TRUNCATE' if long else 'PASSIVE'})")

    @property
    def journal_bytes(self) -> int:
        """How long the journal is; 0 if there is none."""
        try:
            return (self.folder / f"{FILE_NAME}-wal").stat().st_size
        except FileNotFoundError:
            return 0

    # ------------------------------------------------------------------ the plan and its facts

    def put_plan(
        self,
        scenario: Scenario,
        sla: Sla,
        target: Target,
        facts: RunFacts,
        known: Iterable[Finding] = (),
        earlier: Iterable[RunSummary] = (),
    ) -> None:
        """Keep what was planned, and what was known of it before anything is started.

        *known* are the findings of it that were open, *earlier* the runs to draw a progression by.
        """
        for document in (scenario, sla, target, facts):
            self._put(document, key="")
        for finding in known:
            self._put(finding, key=finding.id)
        for run in earlier:
            self._put(run, key=run.run)

    def earlier_runs(self) -> tuple[RunSummary, ...]:
        """Return the runs of this scenario that were known when this one began, in their order."""
        return tuple(sorted(self._all(RunSummary), key=lambda run: (run.started_wall, run.run)))

    def known_findings(self) -> tuple[Finding, ...]:
        """Return the findings of this scenario that were open when the run began."""
        return tuple(self._all(Finding))

    @property
    def scenario(self) -> Scenario:
        """The scenario as it was run."""
        return self._only(Scenario)

    @property
    def sla(self) -> Sla:
        """The SLA the run was judged against when it was made."""
        return self._only(Sla)

    @property
    def target(self) -> Target:
        """The target profile as it was used."""
        return self._only(Target)

    @property
    def facts(self) -> RunFacts:
        """Where the run's numbers come from."""
        return self._only(RunFacts)

    def put_epoch(self, epoch: float, *, from_s: float = 0.0) -> None:
        """Keep the wall time (seconds since 1970) of centre second 0, as it is from *from_s* on.

        It moves where the run was cut: the centre's clock stood still until it went on.
        """
        epochs = [*(each for each in self._epochs() if each[0] < from_s), (from_s, epoch)]
        self._put_meta("epoch", json.dumps(epochs))
        self._clocks = []

    def wall(self, at_s: float) -> float:
        """Return the wall time (seconds since 1970) at which the run was at *at_s*."""
        if not self._clocks:
            speed = self.facts.speed
            epochs = self._epochs() or [(0.0, self.facts.started_wall)]
            self._clocks = [(from_s, RunClock(epoch, speed)) for from_s, epoch in epochs]
        later = [clock for from_s, clock in self._clocks if from_s <= at_s]
        return (later or [self._clocks[0][1]])[-1].wall(at_s)

    def _epochs(self) -> list[tuple[float, float]]:
        row = self._database.execute("SELECT value FROM meta WHERE key = 'epoch'").fetchone()
        return [(from_s, epoch) for from_s, epoch in json.loads(row[0])] if row else []

    def put_ending(self, ending: Ending, why: str = "") -> None:
        """Keep how the run ended, and by which stop rule if by one."""
        self._put_meta("ending", ending.value)
        self._put_meta("halted_by", why)

    @property
    def halted_by(self) -> str:
        """By which stop rule the run was ended early, in words; empty if by none."""
        row = self._database.execute("SELECT value FROM meta WHERE key = 'halted_by'").fetchone()
        return str(row[0]) if row else ""

    @property
    def ending(self) -> Ending:
        """How the run ended; ``broken`` if it never came to say so."""
        query = "SELECT value FROM meta WHERE key = 'ending'"
        row = self._database.execute(query).fetchone()
        return Ending(row[0]) if row else Ending.BROKEN

    # ------------------------------------------------------------------ what happened

    def put_phase(self, phase: PhaseRun) -> None:
        """Keep a phase; one of the same name is replaced in its place."""
        self._put(phase, key=phase.name)

    def phases(self) -> tuple[PhaseRun, ...]:
        """Return the phases that ran, in order."""
        return tuple(sorted(self._all(PhaseRun), key=lambda phase: phase.start_s))

    def put_scenario(self, scenario: Scenario) -> None:
        """Keep what is really run, where that is decided on the way: the loads of a search."""
        self._put(scenario, key="")

    def put_trial(self, trial: Trial) -> None:
        """Keep what a search made of one load."""
        self._put(trial, key=trial.phase)

    def trials(self) -> tuple[Trial, ...]:
        """Return the loads that a search tried, in order; empty if the run was none."""
        order = {phase.name: phase.start_s for phase in self.phases()}
        return tuple(sorted(self._all(Trial), key=lambda trial: order.get(trial.phase, math.inf)))

    def put_cut(self, cut: Cut) -> None:
        """Keep where the run was cut, and leave out of it what is to be done again.

        The contacts of what is left out stay in the record; no phase has them any more.
        """
        for phase in cut.left_out:
            for kind in (PhaseRun, StepRun):
                self._drop(kind, phase.name)
        for fault in cut.faults:
            self._drop(FaultRun, _key(fault))
            self._drop(AlarmRun, fault.id)
        self._put(cut, key=f"{len(self.cuts()):04d}")

    def cuts(self) -> tuple[Cut, ...]:
        """Return where the run was cut and went on later, in order; empty for most runs."""
        return tuple(self._all(Cut))

    def put_fault(self, fault: FaultRun) -> None:
        """Keep a fault; the same kind at the same place in the same phase is replaced."""
        self._put(fault, key=_key(fault))

    def faults(self) -> tuple[FaultRun, ...]:
        """Return the faults, in the order of their injection."""
        return tuple(sorted(self._all(FaultRun), key=lambda fault: fault.injected_from_s or 0.0))

    def put_alarm(self, alarm: AlarmRun) -> None:
        """Keep what became of the alert that a fault was to raise, as it is known now."""
        self._put(alarm, key=alarm.fault)

    def alarms(self) -> tuple[AlarmRun, ...]:
        """Return what became of the alerts that faults were to raise."""
        return tuple(self._all(AlarmRun))

    def put_line(self, check: LineCheck) -> None:
        """Keep the probe of one phone number."""
        self._put(check, key=check.line)

    def lines(self) -> tuple[LineCheck, ...]:
        """Return the probes of all phone numbers."""
        return tuple(self._all(LineCheck))

    def put_step(self, step: StepRun) -> None:
        """Keep how a step of the handover was taken."""
        self._put(step, key=step.phase)

    def steps(self) -> tuple[StepRun, ...]:
        """Return the steps of the handover, in order."""
        return tuple(sorted(self._all(StepRun), key=lambda step: step.ordered_s))

    def put_health(self, health: GeneratorHealth) -> None:
        """Keep how well the generator did, replacing what was known before."""
        self._put(health, key="")

    @property
    def health(self) -> GeneratorHealth:
        """How well the generator kept its schedule; nothing started if it never reported."""
        return next(iter(self._all(GeneratorHealth)), GeneratorHealth())

    def put_staff(self, tally: ShiftTally) -> None:
        """Keep what our virtual agents of one site and skill went through."""
        self._put(tally, key=f"{tally.site}/{tally.skill}")

    def staff(self) -> tuple[ShiftTally, ...]:
        """Return what our virtual agents went through, by site and skill; empty without any."""
        return tuple(self._all(ShiftTally))

    def put_clock_step(self, step: ClockStep) -> None:
        """Keep that a clock was set."""
        self._put(step, key=f"{step.site}/{step.at_s}")

    def clock_steps(self) -> tuple[ClockStep, ...]:
        """Return the clocks that were set meanwhile, the target's and ours, by when it was seen."""
        return tuple(sorted(self._all(ClockStep), key=lambda step: step.at_s))

    def log(self, event: Event) -> None:
        """Append one event to the run's log."""
        number = self._counts["event"] = self._counts.get("event", 0) + 1
        self._put(event, key=f"{number:08d}")

    def events(self) -> tuple[Event, ...]:
        """Return the run's log, in order."""
        return tuple(self._all(Event))

    def put_contacts(self, contacts: Iterable[Contact]) -> bool:
        """Keep contacts in one transaction; what is known of the same id is replaced.

        Returns whether they are kept; they are not if the disk is full.
        """
        every = list(contacts)
        calls = [each for each in every if isinstance(each, Call)]
        tickets = [each for each in every if isinstance(each, Ticket)]
        talks = [(c, talk) for c in calls if (talk := talk_figures(c)) is not None]
        lived = {t.id: t for t in tickets if t.steps}  # of one that is told twice, the later
        write = self._database.executemany
        new_calls = 0

        def put() -> None:
            nonlocal new_calls
            before = self._rows()
            write(_PUT_CONTACT, map(_contact_row, calls))
            new_calls = self._rows() - before
            write(_PUT_CONTACT, map(_contact_row, tickets))
            write(_PUT_CALL, [(c.phase, c.id, *call_figures(c)) for c in calls])
            write(_PUT_TALK, [(c.id, *talk) for c, talk in talks])
            write(_PUT_TICKET, [(t.phase, t.id, *ticket_figures(t)) for t in tickets])
            write(_DROP_TURNS, [(id_,) for id_ in lived])
            write(
                _PUT_TURN,
                [
                    (t.id, number, *turn)
                    for t in lived.values()
                    for number, turn in enumerate(turns_of(t))
                ],
            )

        kept = self._keep(put)
        if kept and self._calls is not None:
            self._calls += new_calls
        return kept

    def calls(self, phase: str | None = None) -> Iterator[Call]:
        """Yield the calls in order of their due times: of one phase, or all. Held ones too."""
        for contact in self._contacts(Stream.CALLS, phase):
            assert isinstance(contact, Call)
            yield contact

    def tickets(self, phase: str | None = None) -> Iterator[Ticket]:
        """Yield the tickets in order of their due times: of one phase, or all. Held ones too."""
        for contact in self._contacts(Stream.TICKETS, phase):
            assert isinstance(contact, Ticket)
            yield contact

    def contacts_of(self, ids: Iterable[str]) -> Iterator[Contact]:
        """Yield the contacts of these *ids* that are known, each once, by due time."""
        wanted = json.dumps(sorted(set(ids)))
        for (line,) in self._database.execute(_OF_IDS, (wanted,)):
            yield from_json(line)

    def suspect_calls(
        self,
        phase: str,
        before_s: float,
        *,
        fates: Iterable[Fate],
        over_s: float = math.inf,
        scope: Scope = ALL,
    ) -> Iterator[str]:
        """Yield the ids of the calls of *phase* due before *before_s* that met one of *fates*.

        And of those that were answered, and waited longer than *over_s* for it. Of *scope*, by due
        time.
        """
        bad = json.dumps([fate.value for fate in fates])
        asked = {"phase": phase, "before": before_s, "fates": bad, "over": over_s}
        for (id_,) in self._database.execute(_SUSPECT_CALLS, asked | scope._asdict()):
            yield id_

    def suspect_talks(
        self, start_s: float, end_s: float, *, ends: Iterable[End], scope: Scope = ALL
    ) -> Iterator[str]:
        """Yield the ids of the calls whose talks ended in [start_s, end_s) in one of *ends*.

        Of *scope*, by when they ended.
        """
        bad = json.dumps([end.value for end in ends])
        asked = {"start": start_s, "until": end_s, "ends": bad}
        for (id_,) in self._database.execute(_SUSPECT_TALKS, asked | scope._asdict()):
            yield id_

    def suspect_tickets(
        self, phase: str, before_s: float, *, solved: bool
    ) -> Iterator[tuple[str, str, float]]:
        """Yield the tickets of *phase* due before *before_s*, by due time: id, priority, seconds.

        Those are until the first reply, or until they were *solved*; infinity if it never came.
        """
        for id_, priority, first_reply_s, resolution_s in self._database.execute(
            _SUSPECT_TICKETS, (phase, before_s)
        ):
            yield id_, priority, resolution_s if solved else first_reply_s

    def acknowledged_s(self) -> Iterator[float | None]:
        """Yield when each ticket was acknowledged, by due time; None if it never was."""
        for (at_s,) in self._database.execute(_ACKNOWLEDGED):
            yield at_s

    def call_figures(self, phase: str, before_s: float) -> Iterator[Sequence[CallFigures]]:
        """Yield the figures of the calls of *phase* due before *before_s*, by due time, in batches.

        What KPIs need and no more, worked out when the calls were written: the verdict of a million
        calls takes none of them apart.
        """
        yield from _batches(self._database.execute(_CALLS, (phase, before_s)))

    def ticket_figures(self, phase: str, before_s: float) -> Iterator[Sequence[TicketFigures]]:
        """Yield the figures of the tickets of *phase* due before *before_s*, as for calls."""
        yield from _batches(self._database.execute(_TICKETS, (phase, before_s)))

    def talk_figures(self, start_s: float, end_s: float) -> Iterator[Sequence[TalkFigures]]:
        """Yield the figures of the talks, whenever due, that ended in [start_s, end_s), by end."""
        yield from _batches(self._database.execute(_TALKS, (start_s, end_s)))

    def turn_figures(self, start_s: float, end_s: float) -> Iterator[Sequence[TurnFigures]]:
        """Yield the turns that tickets, whenever due, took in [start_s, end_s), by their time."""
        yield from _batches(self._database.execute(_TURNS, (start_s, end_s)))

    def talks_at(self, at_s: float) -> Iterator[Sequence[TalkFigures]]:
        """Yield the figures of the talks that went on at *at_s*, or that no begin is known of."""
        yield from _batches(self._database.execute(_TALKS_AT, (at_s, at_s)))

    def attempts(self, since_s: float, until_s: float) -> Iterator[Sequence[Attempt]]:
        """Yield every attempt due in [since_s, until_s), those of a hold too, by due time.

        In batches, as figures are.
        """
        for phase in self.phases():  # one after the other: the table is in this order already
            due = (phase.name, since_s, until_s)
            yield from _batches(self._database.execute(_ATTEMPTS, due))

    def calls_by_cause(self) -> dict[str, dict[Why, int]]:
        """Return how many calls were placed in each phase, its hold included, and why."""
        found: dict[str, dict[Why, int]] = {}
        for phase, count in self._database.execute(_PLACED):
            found[phase] = {Why.FIRST: count}
        for phase, why, count in self._database.execute(_WHYS):
            found[phase][Why(why)] = count
            found[phase][Why.FIRST] -= count
        return found

    def calls_placed(self) -> int:
        """Return how many calls were dialled, redials too; whoever writes counts them only once."""
        if self._calls is None or self._access is not Access.WRITE:
            row = self._database.execute("SELECT count(*) FROM contact WHERE stream = 'calls'")
            self._calls = int(row.fetchone()[0])
        return self._calls

    def lost_calls(self, start_s: float, end_s: float) -> Iterator[LostCall]:
        """Yield the calls, whenever due, that the centre lost in [start_s, end_s], by due time."""
        border = {"start": start_s, "end": end_s}
        for id_, site, due_s, ended_s, dropped in self._database.execute(_LOST, border):
            yield LostCall(id_, site, due_s, ended_s, bool(dropped))

    def ticket_writes(self) -> Iterator[TicketWrite]:
        """Yield every ticket's key and what became of its writing and updates, by due time.

        Without those whose store nobody can read any more, because the run was cut.
        """
        unread = [cut.unread_s for cut in self.cuts() if cut.unread_s is not None]
        for *row, due_s in self._database.execute(_WRITES):
            if any(start_s <= due_s < end_s for start_s, end_s in unread):
                continue
            id_, outcome, steps, acknowledged_s, customer, priority, subject, attachments = row
            updates = Updates()
            if steps is not None:
                updates = updates_of(step_of(*step) for step in json.loads(steps))
            known = None if outcome is None else WriteOutcome(outcome)
            written = Content(customer, priority, subject, attachments or 0)  # 0 goes unsaid
            yield TicketWrite(id_, known, updates, acknowledged_s, written)

    def lags_s(self, since_s: float = 0.0) -> Iterator[float]:
        """Yield by how much each contact was started too late (centre seconds), in no order.

        Of those due from *since_s* on.
        """
        for (lag_s,) in self._database.execute(_LAGS, {"since": since_s}):
            yield lag_s

    def put_stored_tickets(self, tickets: Iterable[StoredTicket]) -> bool:
        """Keep what one site's store returned for the audit; return whether it is kept."""
        rows = [
            (t.site, t.reference, t.provider_id, t.comments, t.reopened, t.escalated, *told)
            for t in tickets
            for told in (astuple(t.content or Content()),)
        ]
        return self._keep(lambda: self._database.executemany(_PUT_STORED, rows))

    def stored_tickets(self) -> Iterator[StoredTicket]:
        """Yield what the sites' stores returned for the audit."""
        for row in self._database.execute("SELECT * FROM stored_ticket"):
            site, reference, name, comments, reopened, escalated, *told = row
            known = None if escalated is None else bool(escalated)
            content = Content(*told) if any(each is not None for each in told) else None
            yield StoredTicket(site, reference, name, comments, reopened, known, content)

    def put_reread(self, ticket: Reread) -> None:
        """Keep what one ticket said when it was read by itself."""
        told = astuple(ticket.content or Content())
        row = (ticket.reference, ticket.content is not None, *told)
        put = "REPLACE INTO reread_ticket VALUES (?, ?, ?, ?, ?, ?)"
        self._keep(lambda: self._database.execute(put, row))

    def rereads(self) -> Iterator[Reread]:
        """Return the tickets that were read by themselves, by their keys."""
        query = "SELECT * FROM reread_ticket ORDER BY reference"
        for reference, told, *content in self._database.execute(query):
            yield Reread(reference, Content(*content) if told else None)

    def put_seen_late(self, references: Iterable[str]) -> None:
        """Keep which tickets a store did not return at first, and did at last."""
        self._put_meta("seen_late", json.dumps(sorted(references)))

    def seen_late(self) -> frozenset[str]:
        """Return the keys of tickets that some store did not return at first, and did at last."""
        query = "SELECT value FROM meta WHERE key = 'seen_late'"
        row = self._database.execute(query).fetchone()
        return frozenset(json.loads(row[0])) if row else frozenset()

    def put_stores_read(self, sites: Iterable[str]) -> None:
        """Keep which sites' stores were read to their end."""
        self._put_meta("stores_read", "\n".join(sites))

    @property
    def stores_read(self) -> tuple[str, ...]:
        """The sites whose stores were read to their end."""
        query = "SELECT value FROM meta WHERE key = 'stores_read'"
        row = self._database.execute(query).fetchone()
        return tuple(row[0].split("\n")) if row and row[0] else ()

    def add_delivery(self, delivery: Delivery) -> None:
        """Add what became of telling others of this run, which is over: a record that is only read.

        Raises:
            sqlite3.Error: nothing can be written there.
        """
        key = f"{len(self.deliveries()):08d}"
        text = _ADAPTERS[Delivery].dump_json(delivery).decode()
        with closing(sqlite3.connect(self.folder / FILE_NAME, isolation_level=None)) as writing:
            row = (Delivery.__name__, key, text)
            writing.execute("REPLACE INTO document VALUES (?, ?, ?)", row)

    def deliveries(self) -> tuple[Delivery, ...]:
        """Return what became of telling others of the run, each time that was tried, in order."""
        return tuple(self._all(Delivery))

    # ------------------------------------------------------------------ scrapes

    def put_scrape(self, scrape: Scrape) -> bool:
        """Keep one reading of one source's metrics page; return whether it is kept."""
        known = self._positions.setdefault(scrape.source, {})
        added = {
            series: len(known) + number
            for number, series in enumerate(each for each in scrape.values if each not in known)
        }
        values = array("d", [math.nan]) * (len(known) + len(added))
        for series, value in scrape.values.items():
            values[added[series] if series in added else known[series]] = value
        blob = zlib.compress(values.tobytes(), 1)

        def put() -> None:
            for series, position in added.items():
                labels = _LABELS.dump_json(series.labels).decode()
                row = (scrape.source, position, series.name, labels)
                self._database.execute("INSERT INTO series VALUES (?, ?, ?, ?)", row)
            self._database.execute(
                "INSERT INTO scrape VALUES (?, ?, ?, ?, ?)",
                (scrape.at_s, scrape.source, scrape.ok, scrape.border, blob),
            )

        kept = self._keep(put)
        if kept:
            known.update(added)
        return kept

    def answers(self, source: str, since_s: float = 0.0) -> Iterator[tuple[float, bool]]:
        """Yield when each scrape of *source* was made and whether it answered, by time.

        Without its values: of a night that is a tenth of a second instead of half a minute.
        """
        query = "SELECT at_s, ok FROM scrape WHERE source = ? AND at_s >= ? ORDER BY at_s, rowid"
        for at_s, ok in self._database.execute(query, (source, since_s)):
            yield at_s, bool(ok)

    def scrapes(self, source: str, since_s: float = 0.0) -> Iterator[Scrape]:
        """Yield the scrapes of *source* from *since_s* on, in order of time."""
        series = self.series(source)
        query = "SELECT at_s, ok, border, row FROM scrape WHERE source = ? AND at_s >= ?"
        rows = self._database.execute(query + " ORDER BY at_s, rowid", (source, since_s))
        for at_s, ok, border, blob in rows:
            row = array("d")
            row.frombytes(zlib.decompress(blob))
            pairs = zip(series, row, strict=False)
            values = {each: value for each, value in pairs if not math.isnan(value)}
            yield Scrape(source, at_s, bool(ok), values, border)

    def series(self, source: str) -> tuple[Series, ...]:
        """Return every series that *source* ever had, in the order of its rows."""
        query = "SELECT name, labels FROM series WHERE source = ? ORDER BY position"
        return tuple(
            Series(name, _LABELS.validate_json(labels))
            for name, labels in self._database.execute(query, (source,))
        )

    def told(self, source: str, since_s: float = 0.0) -> Told:
        """Return what *source* told from *since_s* on, as it lies: for who reads all of it."""
        return Told(self.series(source), self.rows(source, since_s))

    def rows(self, source: str, since_s: float = 0.0) -> Iterator[Page]:
        """Yield each scrape of *source* as it lies: when, whether it answered, and its values.

        They stand in the order of ``series``; NaN is what was absent, and what comes beyond the end
        of a row was not known yet. By time; for those who read one series after the other.
        """
        query = "SELECT at_s, ok, row FROM scrape WHERE source = ? AND at_s >= ?"
        rows = self._database.execute(query + " ORDER BY at_s, rowid", (source, since_s))
        for at_s, ok, blob in rows:
            row = array("d")
            row.frombytes(zlib.decompress(blob))
            yield Page(at_s, bool(ok), row)

    def scraped_until_s(self) -> float:
        """Return until when every source of the target was asked; infinity if there is none."""
        query = "SELECT max(at_s) FROM scrape WHERE source != ? GROUP BY source"
        return min((row[0] for row in self._database.execute(query, (OWN,))), default=math.inf)

    def sources(self) -> tuple[str, ...]:
        """Return the names of all sources of the target that were scraped."""
        query = "SELECT DISTINCT source FROM scrape WHERE source != ? ORDER BY source"
        rows = self._database.execute(query, (OWN,))
        return tuple(row[0] for row in rows)

    # ------------------------------------------------------------------ within

    def _contacts(self, stream: Stream, phase: str | None) -> Iterator[Contact]:
        query = "SELECT json FROM contact WHERE stream = ?"
        arguments: tuple[str, ...] = (stream.value,)
        if phase is not None:
            query += " AND phase = ?"
            arguments += (phase,)
        for (line,) in self._database.execute(query + " ORDER BY due_s", arguments):
            yield from_json(line)

    def _put(self, document: object, *, key: str) -> None:
        kind = type(document)
        text = _ADAPTERS[kind].dump_json(document).decode()
        row = (kind.__name__, key, text)
        put = "REPLACE INTO document VALUES (?, ?, ?)"
        self._keep(lambda: self._database.execute(put, row), last_words=True)

    def _put_meta(self, key: str, value: str) -> None:
        put = "REPLACE INTO meta VALUES (?, ?)"
        self._keep(lambda: self._database.execute(put, (key, value)), last_words=True)

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

    def _rows(self) -> int:
        """Return how many contacts there are: none is ever taken away."""
        row = self._database.execute("SELECT max(rowid) FROM contact").fetchone()
        return row[0] or 0

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

    def _drop(self, kind: type, key: str) -> None:
        self._database.execute(
            "DELETE FROM document WHERE kind = ? AND key = ?", (kind.__name__, key)
        )

    def _all(self, kind: type[_T]) -> list[_T]:
        query = "SELECT json FROM document WHERE kind = ? ORDER BY rowid"
        rows = self._database.execute(query, (kind.__name__,))
        return [_ADAPTERS[kind].validate_json(text) for (text,) in rows]

    def _only(self, kind: type[_T]) -> _T:
        found = self._all(kind)
        if not found:
            want = "a run that got as far as its plan"
            raise UsageError([Problem(str(self.folder), f"no {kind.__name__} in it", want)])
        return found[0]
