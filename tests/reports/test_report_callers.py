"""Who called, and why: first attempts beside what they led to."""

from pathlib import Path

import pytest

from harness.model.contact import REDIALS, Call, Why
from harness.record.run_record import RunRecord
from reports.callers import WORDS, Calls, calls_by_phase, causes
from tests.fakes import call, phase_run, ticket

PLACED = [
    *(call(f"peak/calls/{n}", due_s=n) for n in range(10)),
    *(
        call(f"peak/calls/{n}/redial-1", due_s=20.0 + n, why=Why.BLOCKED, parent=f"peak/calls/{n}")
        for n in range(4)
    ),
    call("peak/calls/0/redial-2", due_s=50.0, phase="settle", why=Why.DROPPED),
    call("settle/calls/0", due_s=51.0, phase="settle", error='they said "why":"chase"'),
    call("settle/calls/1/repeat-1", due_s=52.0, phase="settle", why=Why.REPEAT),
]


def rows(folder: Path, contacts: list[Call]) -> list[Calls]:
    with RunRecord.create(folder) as record:
        record.put_phase(phase_run("peak"))
        record.put_phase(phase_run("settle", start_s=800.0))
        record.put_contacts([*contacts, ticket("peak/tickets/0")])
        return calls_by_phase(record)


def test_attempts_are_told_apart_by_cause_and_phase(tmp_path: Path):
    """A provider is sized for attempts; a market is counted in first ones."""
    peak, settle, whole = rows(tmp_path, PLACED)

    assert (peak.attempts, peak.first, peak.redials) == (14, 10, 4)
    assert peak.amplification == pytest.approx(1.4)
    assert (settle.attempts, settle.first, settle.redials) == (3, 1, 1)
    assert (whole.phase, whole.attempts, whole.first, whole.redials) == ("", 17, 11, 5)


def test_a_text_of_the_providers_is_no_cause(tmp_path: Path):
    """An error message may hold anything, our own field names too."""
    _, settle, _ = rows(tmp_path, PLACED)

    assert Why.CHASE not in settle.made


def test_only_causes_that_occurred_take_a_column(tmp_path: Path):
    """A table of zeros hides the one that is none."""
    assert causes(rows(tmp_path, PLACED)) == [Why.FIRST, Why.BLOCKED, Why.DROPPED, Why.REPEAT]


def test_a_run_without_calls_has_nothing_to_tell(tmp_path: Path):
    """And no division by nothing."""
    assert rows(tmp_path, []) == []
    assert Calls("x", {Why.CHASE: 3}).amplification is None


def test_every_cause_has_its_words():
    """A new cause must not end a report with a KeyError."""
    assert {*WORDS} == {*Why} > REDIALS
