"""The run record: one SQLite file, written while the run goes on and read back by every report.

Append and upsert only, in WAL mode: a harness that is killed leaves a record that opens. The
scrapes of a source are rows of floats in the order in which its series were first seen, zlib on
top: an hour of 1 s scrapes of 2,000 series is a few megabytes instead of 90 as text.
"""

import json
import math
import sqlite3
import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from pydantic import TypeAdapter

from harness.errors import Problem, UsageError
from harness.kpi.figures import (
    Attempt,
    CallFigures,
    End,
    Fate,
    LostCall,
    SuspectCall,
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
from harness.model.event import (
    Ending,
    Event,
    FaultRun,
    GeneratorHealth,
    LineCheck,
    PhaseRun,
    RunFacts,
    StoredTicket,
)
from harness.model.finding import Finding
from harness.model.handover import StepRun
from harness.model.notify import Delivery
from harness.model.sample import OWN, Scrape, Series
from harness.model.scenario import Scenario
from harness.model.sla import Sla
from harness.model.staffing import ShiftTally
from harness.model.target import Target

FILE_NAME = "run.sqlite"
_BATCH = 512
"""Rows that are read at a time: fewer than the 700 new objects after which Python looks for
garbage, which took a tenth of the verdict of a million contacts."""
_VERSION = "4"
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
    reopened INTEGER, escalated INTEGER, PRIMARY KEY (site, reference, provider_id)) WITHOUT ROWID;
"""

_PUT_CONTACT = "REPLACE INTO contact VALUES (?, ?, ?, ?, ?)"
_PUT_CALL = "REPLACE INTO call_figures VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_PUT_TALK = "REPLACE INTO talk_figures VALUES (?, ?, ?, ?, ?, ?, ?)"
_PUT_TICKET = "REPLACE INTO ticket_figures VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_DROP_TURNS = "DELETE FROM turn_figures WHERE id = ?"
_PUT_TURN = "INSERT INTO turn_figures VALUES (?, ?, ?, ?, ?, ?)"
_CALLS = """
SELECT queue, line, site, due_s, lag_s, fate, wait_s, site_wait_s, setup_s, ivr_s, api
FROM call_figures WHERE phase = ? AND due_s < ? ORDER BY due_s, id
"""
_TALKS = """
SELECT ended_s, queue, line, site, end, talk_s
FROM talk_figures WHERE ended_s >= ? AND ended_s < ? ORDER BY ended_s, id
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
SELECT id, due_s, lag_s, fate, wait_s
FROM call_figures WHERE phase = ? AND due_s >= ? ORDER BY due_s, id
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
    json_extract(json, '$.acknowledged_s')
FROM contact WHERE stream = 'tickets' ORDER BY due_s
"""
_PLACED = "SELECT phase, count(*) FROM contact WHERE stream = 'calls' GROUP BY phase"
# Why is written only of a call that came after another: those have an index of their own.
_WHYS = """
SELECT phase, json_extract(json, '$.why') AS why, count(*)
FROM contact WHERE stream = 'calls' AND instr(json, '"why":') GROUP BY phase, why
"""
_SUSPECT_CALLS = f"""
SELECT id, queue, line, site FROM call_figures
WHERE phase = :phase AND due_s < :before AND (
    fate IN (SELECT value FROM json_each(:fates))
    OR fate = {Fate.ANSWERED.value} AND wait_s > :over AND wait_s < 9e999
) ORDER BY due_s, id
"""  # noqa: S608 -- the number is ours
_SUSPECT_TALKS = """
SELECT id, queue, line, site FROM talk_figures
WHERE ended_s >= ? AND ended_s < ? AND end IN (SELECT value FROM json_each(?))
ORDER BY ended_s, id
"""
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
_LAGS = "SELECT lag_s FROM call_figures UNION ALL SELECT lag_s FROM ticket_figures"

_T = TypeVar("_T")
_ADAPTERS: dict[type, TypeAdapter[Any]] = {
    kind: TypeAdapter(kind)
    for kind in (
        Scenario, Sla, Target, RunFacts, PhaseRun, FaultRun, LineCheck, StepRun, Event,
        GeneratorHealth, ShiftTally, Finding, AlarmRun, Delivery,
    )
}  # fmt: skip
_LABELS = TypeAdapter(tuple[tuple[str, str], ...])


def _batches(cursor: sqlite3.Cursor) -> Iterator[Any]:
    while rows := cursor.fetchmany(_BATCH):
        yield rows


class RunRecord:
    """A run's record, open for writing or only for reading. Close it, or use it as a block."""

    def __init__(
        self, database: sqlite3.Connection, folder: Path, *, writable: bool = False
    ) -> None:
        self.folder = folder
        self._writable = writable
        self._database = database
        self._positions: dict[str, dict[Series, int]] = {}
        self._counts: dict[str, int] = {}

    @classmethod
    def create(cls, folder: Path) -> Self:
        """Make the record of a new run in *folder*, which must exist and hold none yet."""
        database = sqlite3.connect(folder / FILE_NAME, isolation_level=None)
        database.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + _SCHEMA)
        database.execute("INSERT INTO meta VALUES ('version', ?)", (_VERSION,))
        return cls(database, folder, writable=True)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open the record of an earlier run, for reading.

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
        return cls(database, folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; one that was written to becomes a single file, without its journal."""
        if self._writable:
            with suppress(sqlite3.OperationalError):  # somebody reads it still: the journal stays
                self._database.execute("PRAGMA journal_mode=DELETE")
        self._database.close()

    # ------------------------------------------------------------------ the plan and its facts

    def put_plan(
        self,
        scenario: Scenario,
        sla: Sla,
        target: Target,
        facts: RunFacts,
        known: Iterable[Finding] = (),
    ) -> None:
        """Keep what was planned, and which findings of it were open, before anything is started."""
        for document in (scenario, sla, target, facts):
            self._put(document, key="")
        for finding in known:
            self._put(finding, key=finding.id)

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

    def put_epoch(self, epoch: float) -> None:
        """Keep the wall time (seconds since 1970) of centre second 0."""
        self._database.execute("REPLACE INTO meta VALUES ('epoch', ?)", (repr(epoch),))

    @property
    def epoch(self) -> float:
        """The wall time (seconds since 1970) of centre second 0; if not kept, when it began."""
        row = self._database.execute("SELECT value FROM meta WHERE key = 'epoch'").fetchone()
        return float(row[0]) if row else self.facts.started_wall

    def put_ending(self, ending: Ending, why: str = "") -> None:
        """Keep how the run ended, and by which stop rule if by one."""
        self._database.execute("REPLACE INTO meta VALUES ('ending', ?)", (ending.value,))
        self._database.execute("REPLACE INTO meta VALUES ('halted_by', ?)", (why,))

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

    def put_fault(self, fault: FaultRun) -> None:
        """Keep a fault; the same kind at the same place in the same phase is replaced."""
        self._put(fault, key=f"{fault.phase}/{fault.kind}/{fault.site}/{fault.injected_from_s}")

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

    def log(self, event: Event) -> None:
        """Append one event to the run's log."""
        number = self._counts["event"] = self._counts.get("event", 0) + 1
        self._put(event, key=f"{number:08d}")

    def events(self) -> tuple[Event, ...]:
        """Return the run's log, in order."""
        return tuple(self._all(Event))

    def put_contacts(self, contacts: Iterable[Contact]) -> None:
        """Keep contacts in one transaction; what is known of the same id is replaced."""
        every = list(contacts)
        calls = [each for each in every if isinstance(each, Call)]
        tickets = [each for each in every if isinstance(each, Ticket)]
        talks = [(c, talk) for c in calls if (talk := talk_figures(c)) is not None]
        write = self._database.executemany
        self._database.execute("BEGIN")
        write(_PUT_CONTACT, [(c.id, stream_of(c), c.phase, c.due_s, to_json(c)) for c in every])
        write(_PUT_CALL, [(c.phase, c.id, *call_figures(c)) for c in calls])
        write(_PUT_TALK, [(c.id, *talk) for c, talk in talks])
        write(_PUT_TICKET, [(t.phase, t.id, *ticket_figures(t)) for t in tickets])
        lived = {t.id: t for t in tickets if t.steps}  # of one that is told twice, the later
        write(_DROP_TURNS, [(id_,) for id_ in lived])
        write(
            _PUT_TURN,
            [
                (t.id, number, *turn)
                for t in lived.values()
                for number, turn in enumerate(turns_of(t))
            ],
        )
        self._database.execute("COMMIT")

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
        self, phase: str, before_s: float, *, fates: Iterable[Fate], over_s: float = math.inf
    ) -> Iterator[SuspectCall]:
        """Yield the calls of *phase* due before *before_s*, by due time, that met one of *fates*.

        And those that were answered, and waited longer than *over_s* for it.
        """
        bad = json.dumps([fate.value for fate in fates])
        asked = {"phase": phase, "before": before_s, "fates": bad, "over": over_s}
        yield from map(SuspectCall._make, self._database.execute(_SUSPECT_CALLS, asked))

    def suspect_talks(
        self, start_s: float, end_s: float, *, ends: Iterable[End]
    ) -> Iterator[SuspectCall]:
        """Yield the calls whose talks ended in [start_s, end_s), by that time, in one of *ends*."""
        bad = json.dumps([end.value for end in ends])
        rows = self._database.execute(_SUSPECT_TALKS, (start_s, end_s, bad))
        yield from map(SuspectCall._make, rows)

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

    def attempts(self, since_s: float) -> Iterator[Attempt]:
        """Yield every attempt due from *since_s* on, those of a hold too, by due time."""
        for phase in self.phases():  # one after the other: the table is in this order already
            yield from map(Attempt._make, self._database.execute(_ATTEMPTS, (phase.name, since_s)))

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
        """Return how many calls were dialled, redials too."""
        row = self._database.execute("SELECT count(*) FROM contact WHERE stream = 'calls'")
        return int(row.fetchone()[0])

    def lost_calls(self, start_s: float, end_s: float) -> Iterator[LostCall]:
        """Yield the calls, whenever due, that the centre lost in [start_s, end_s], by due time."""
        border = {"start": start_s, "end": end_s}
        for id_, site, due_s, ended_s, dropped in self._database.execute(_LOST, border):
            yield LostCall(id_, site, due_s, ended_s, bool(dropped))

    def ticket_writes(self) -> Iterator[TicketWrite]:
        """Yield every ticket's key and what became of its writing and updates, by due time."""
        for id_, outcome, steps, acknowledged_s in self._database.execute(_WRITES):
            updates = Updates()
            if steps is not None:
                updates = updates_of(step_of(*step) for step in json.loads(steps))
            known = None if outcome is None else WriteOutcome(outcome)
            yield TicketWrite(id_, known, updates, acknowledged_s)

    def lags_s(self) -> Iterator[float]:
        """Yield by how much each contact was started too late (centre seconds), in no order."""
        for (lag_s,) in self._database.execute(_LAGS):
            yield lag_s

    def put_stored_tickets(self, tickets: Iterable[StoredTicket]) -> None:
        """Keep what one site's store returned for the audit."""
        rows = [
            (t.site, t.reference, t.provider_id, t.comments, t.reopened, t.escalated)
            for t in tickets
        ]
        self._database.execute("BEGIN")
        self._database.executemany("REPLACE INTO stored_ticket VALUES (?, ?, ?, ?, ?, ?)", rows)
        self._database.execute("COMMIT")

    def stored_tickets(self) -> Iterator[StoredTicket]:
        """Yield what the sites' stores returned for the audit."""
        query = (
            "SELECT site, reference, provider_id, comments, reopened, escalated FROM stored_ticket"
        )
        for site, reference, name, comments, reopened, escalated in self._database.execute(query):
            known = None if escalated is None else bool(escalated)
            yield StoredTicket(site, reference, name, comments, reopened, known)

    def put_seen_late(self, references: Iterable[str]) -> None:
        """Keep which tickets a store did not return at first, and did at last."""
        value = json.dumps(sorted(references))
        self._database.execute("REPLACE INTO meta VALUES ('seen_late', ?)", (value,))

    def seen_late(self) -> frozenset[str]:
        """Return the keys of tickets that some store did not return at first, and did at last."""
        query = "SELECT value FROM meta WHERE key = 'seen_late'"
        row = self._database.execute(query).fetchone()
        return frozenset(json.loads(row[0])) if row else frozenset()

    def put_stores_read(self, sites: Iterable[str]) -> None:
        """Keep which sites' stores were read to their end."""
        value = "\n".join(sites)
        self._database.execute("REPLACE INTO meta VALUES ('stores_read', ?)", (value,))

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

    def put_scrape(self, scrape: Scrape) -> None:
        """Keep one reading of one source's metrics page."""
        positions = self._positions.setdefault(scrape.source, {})
        for series in scrape.values:
            if series not in positions:
                positions[series] = len(positions)
                labels = _LABELS.dump_json(series.labels).decode()
                row = (scrape.source, positions[series], series.name, labels)
                self._database.execute("INSERT INTO series VALUES (?, ?, ?, ?)", row)
        values = array("d", [math.nan]) * len(positions)
        for series, value in scrape.values.items():
            values[positions[series]] = value
        blob = zlib.compress(values.tobytes(), 1)
        self._database.execute(
            "INSERT INTO scrape VALUES (?, ?, ?, ?, ?)",
            (scrape.at_s, scrape.source, scrape.ok, scrape.border, blob),
        )

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

    def rows(self, source: str) -> Iterator[tuple[float, bool, "array[float]"]]:
        """Yield each scrape of *source* as it lies: when, whether it answered, and its values.

        They stand in the order of ``series``; NaN is what was absent, and what comes beyond the end
        of a row was not known yet. By time; for those who read one series after the other.
        """
        query = "SELECT at_s, ok, row FROM scrape WHERE source = ? ORDER BY at_s, rowid"
        for at_s, ok, blob in self._database.execute(query, (source,)):
            row = array("d")
            row.frombytes(zlib.decompress(blob))
            yield at_s, bool(ok), row

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
        self._database.execute("REPLACE INTO document VALUES (?, ?, ?)", row)

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
