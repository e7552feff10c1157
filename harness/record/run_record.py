"""The run record: written while the run goes on, and read back by every report.

Here are its contacts and what KPIs need of each, worked out when the contact is written; what else
it holds is in ``documents`` and ``scrapes``, its file in ``store``, its tables in ``schema``.
"""

import json
import math
import sqlite3
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple
from itertools import chain, compress
from pathlib import Path
from typing import Any

from harness.kpi.columns import (
    AttemptColumns,
    CallColumns,
    TalkColumns,
    TicketColumns,
    TurnColumns,
)
from harness.kpi.figures import (
    End,
    Fate,
    LostCall,
    TicketWrite,
    Updates,
    call_figures,
    talk_figures,
    ticket_figures,
    turns_of,
    updates_of,
)
from harness.kpi.measure import Columns
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
    Content,
    PhaseRun,
    Reread,
    StoredTicket,
)
from harness.model.notify import Delivery
from harness.record.documents import Documents
from harness.record.scrapes import Scrapes
from harness.record.store import Access

_BATCH = 512
"""Rows that are read at a time: fewer than the 700 new objects after which Python looks for
garbage, which took a tenth of the verdict of a million contacts."""
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
SELECT id, due_s, lag_s, fate, wait_s, site_wait_s, ivr_s
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
_IDS_OF: Mapping[Columns, str] = {
    "calls": "SELECT id FROM call_figures WHERE phase = ? AND due_s < ? ORDER BY due_s, id",
    "tickets": "SELECT id FROM ticket_figures WHERE phase = ? AND due_s < ? ORDER BY due_s, id",
    "talks_ended": (
        "SELECT id FROM talk_figures WHERE ended_s >= ? AND ended_s < ? ORDER BY ended_s, id"
    ),
    "turns": ("SELECT id FROM turn_figures WHERE at_s >= ? AND at_s < ? ORDER BY at_s, id, number"),
}
"""Whose the rows of the figures are: in the order of ``_CALLS`` and the like."""
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


def _contact_row(contact: Contact) -> tuple[str, str, str, float, str]:
    return contact.id, stream_of(contact), contact.phase, contact.due_s, to_json(contact)


class RunRecord(Documents, Scrapes):
    """A run's record, open for writing or only for reading. Close it, or use it as a block."""

    def __init__(
        self, database: sqlite3.Connection, folder: Path, *, access: Access = Access.READ
    ) -> None:
        super().__init__(database, folder, access=access)
        self._calls: int | None = None
        self._figures: dict[str, CallColumns] = {}

    def copied_to(self, folder: Path, *, reserve_bytes: int = 0) -> "RunRecord":
        """Make the record of a new run in *folder* that begins with all that this one holds.

        It has not ended, has read no store and told nobody. What the stores of a target that lives
        on held then is left out: they are read again, and what is gone from them by then is lost.
        Those of a mock centre went with it. *reserve_bytes* as for ``create``.

        Raises:
            HarnessError: there is no room for it.
        """

        def begin(database: sqlite3.Connection) -> None:
            self._database.backup(database)
            database.execute("DELETE FROM meta WHERE key IN ('ending', 'halted_by', 'stores_read')")
            database.execute("DELETE FROM document WHERE kind = ?", (Delivery.__name__,))
            if self.target.mock is None:
                database.execute("DELETE FROM stored_ticket")
                database.execute("DELETE FROM reread_ticket")

        return self._made(folder, begin, reserve_bytes)

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

    def ids_of(self, columns: Columns, ran: PhaseRun, rows: "array[float]") -> Iterator[str]:
        """Yield the ids of the contacts of these *rows* of the figures of *ran*, in their order.

        *rows* are numbers that rise, of the *columns* that ``call_figures`` and the like return for
        the whole phase.
        """
        of_phase = columns in ("calls", "tickets")
        between = (ran.name, ran.end_s) if of_phase else (ran.start_s, ran.end_s)
        mask = bytearray(int(rows[-1]) + 1 if rows else 0)
        for row in rows:
            mask[int(row)] = 1
        for (id_,) in compress(self._database.execute(_IDS_OF[columns], between), mask):
            yield id_

    def acknowledged_s(self) -> Iterator[float | None]:
        """Yield when each ticket was acknowledged, by due time; None if it never was."""
        for (at_s,) in self._database.execute(_ACKNOWLEDGED):
            yield at_s

    def call_figures(self, phase: str, before_s: float) -> CallColumns:
        """Return the figures of the calls of *phase* due before *before_s*, by due time.

        What KPIs need and no more, worked out when the calls were written: the verdict of a million
        calls takes none of them apart. While nobody writes they are read once: what the verdict is
        drawn from, charts are drawn from too.
        """
        if self._access is not Access.READ:
            return CallColumns.of(self._batches(_CALLS, phase, before_s))
        if phase not in self._figures:
            self._figures[phase] = CallColumns.of(self._batches(_CALLS, phase, math.inf))
        return self._figures[phase].between(-math.inf, before_s)

    def ticket_figures(self, phase: str, before_s: float) -> TicketColumns:
        """Return the figures of the tickets of *phase* due before *before_s*, by due time."""
        return TicketColumns.of(self._batches(_TICKETS, phase, before_s))

    def talk_figures(self, start_s: float, end_s: float) -> TalkColumns:
        """Return the figures of the talks, whenever due, that ended in [start_s, end_s), by end."""
        return TalkColumns.of(self._batches(_TALKS, start_s, end_s))

    def turn_figures(self, start_s: float, end_s: float) -> TurnColumns:
        """Return the turns that tickets, whenever due, took in [start_s, end_s), by their time."""
        return TurnColumns.of(self._batches(_TURNS, start_s, end_s))

    def talks_at(self, at_s: float) -> TalkColumns:
        """Return the figures of the talks that went on at *at_s*, or that no begin is known of."""
        return TalkColumns.of(self._batches(_TALKS_AT, at_s, at_s))

    def attempts(self, since_s: float, until_s: float) -> AttemptColumns:
        """Return every attempt due in [since_s, until_s), those of a hold too, by due time."""
        # Phase after phase: the table is in this order already.
        phases = (self._batches(_ATTEMPTS, each.name, since_s, until_s) for each in self.phases())
        return AttemptColumns.of(chain.from_iterable(phases))

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

    def _batches(self, query: str, *arguments: str | float) -> Iterator[list[Any]]:
        cursor = self._database.execute(query, arguments)
        while rows := cursor.fetchmany(_BATCH):
            yield rows

    def _contacts(self, stream: Stream, phase: str | None) -> Iterator[Contact]:
        query = "SELECT json FROM contact WHERE stream = ?"
        arguments: tuple[str, ...] = (stream.value,)
        if phase is not None:
            query += " AND phase = ?"
            arguments += (phase,)
        for (line,) in self._database.execute(query + " ORDER BY due_s", arguments):
            yield from_json(line)

    def _rows(self) -> int:
        """Return how many contacts there are: none is ever taken away."""
        row = self._database.execute("SELECT max(rowid) FROM contact").fetchone()
        return row[0] or 0
