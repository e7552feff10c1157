"""A disk that is full: what was acknowledged stays, and the run can still say how it ended."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from harness.model.event import Ending, Event
from harness.model.sample import Scrape, Series
from harness.record import store
from harness.record.run_record import RunRecord
from harness.record.store import FILE_NAME, RESERVE_NAME
from tests.fakes import FakeEvidence, answered, fault_run, sla

ROOT = Path(__file__).parents[2]
KIB = 1024
CHILD = """
import resource, signal, sys
from pathlib import Path
from harness.model.event import Ending
from harness.record.run_record import RunRecord
from tests.fakes import FakeEvidence, answered, sla
record = RunRecord.create(Path(sys.argv[1]), reserve_bytes=65536)
run = FakeEvidence()
record.put_plan(run.scenario, sla(), run.target, run.facts)
resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, resource.RLIM_INFINITY))
number = 0
while True:
    batch = [answered(f"peak/calls/{number + each}", due_s=float(number + each)) for each in range(50)]
    if not record.put_contacts(batch):
        break
    number += len(batch)
print(number, record.full)
record.put_ending(Ending.HALTED, "the disk was full")
record.close()
"""


def planned(folder: Path) -> RunRecord:
    """Return the record of a run whose plan is kept, with room for last words."""
    record = RunRecord.create(folder, reserve_bytes=64 * KIB)
    run = FakeEvidence()
    record.put_plan(run.scenario, sla(), run.target, run.facts)
    return record


def fill(record: RunRecord, *, more_pages: int = 60) -> int:
    """Let SQLite have so many pages more, and write calls until it refuses; return how many.

    ``SQLITE_FULL`` is what a full disk is to it, too.
    """
    database = record._database
    (pages,) = database.execute("PRAGMA page_count").fetchone()
    database.execute(f"PRAGMA max_page_count = {pages + more_pages}")
    number = 0
    while record.put_contacts([answered(f"peak/calls/{number}", due_s=float(number))]):
        number += 1
    return number


def test_what_was_kept_before_the_disk_was_full_is_there(tmp_path: Path):
    """Hours of a soak are not to be lost because their last second found no room."""
    record = planned(tmp_path)
    kept = fill(record)
    why = record.full
    record.close()

    with RunRecord.open(tmp_path) as read:
        assert [call.id for call in read.calls()] == [f"peak/calls/{each}" for each in range(kept)]
        assert read.calls_placed() == kept > 10
    assert why == "database or disk is full"


def test_the_last_words_find_room(tmp_path: Path):
    """Without them nobody would know that it was the disk, nor whether the fault was healed."""
    record = planned(tmp_path)
    fill(record)
    record.put_fault(fault_run())
    for number in range(40):
        record.log(Event(float(number), "stopped_early", (("why", "the disk was full"),)))
    record.put_ending(Ending.HALTED, "the disk was full")
    record.close()

    with RunRecord.open(tmp_path) as read:
        assert (read.ending, read.halted_by) == (Ending.HALTED, "the disk was full")
        assert len(read.events()) == 40
        assert len(read.faults()) == 1


def test_the_file_that_keeps_room_is_given_up_first(tmp_path: Path):
    """On a disk that is really full it is what the rest of the run, and its reports, fit into."""
    record = planned(tmp_path)
    assert (tmp_path / RESERVE_NAME).stat().st_blocks * 512 >= 64 * KIB, "it is no hole"
    fill(record)

    assert not (tmp_path / RESERVE_NAME).exists()
    record.close()


def test_a_run_that_ends_well_leaves_no_reserve(tmp_path: Path):
    """Whoever keeps a hundred runs would keep a hundred reserves."""
    planned(tmp_path).close()

    assert [each.name for each in tmp_path.iterdir()] == [FILE_NAME]
    with RunRecord.open(tmp_path) as read:
        row = read._database.execute("SELECT 1 FROM meta WHERE key = 'reserve'").fetchone()
    assert row is None


def test_readings_go_on_after_one_was_refused_as_if_it_had_never_been(tmp_path: Path):
    """A series that was not kept must be kept with the next reading, or all rows are shifted."""
    record = planned(tmp_path)
    first, second = Series("cc_one"), Series("cc_two")
    record.put_scrape(Scrape("edge", 1.0, True, {first: 1.0}))
    database = record._database
    (pages,) = database.execute("PRAGMA page_count").fetchone()
    database.execute(f"PRAGMA max_page_count = {pages}")
    many = {Series(f"cc_many_{number}" + "x" * 900): float(number) for number in range(50)}
    refused = record.put_scrape(Scrape("edge", 2.0, True, {first: 2.0} | many))
    database.execute("PRAGMA max_page_count = 100000")
    record._shut = False
    record.put_scrape(Scrape("edge", 3.0, True, {second: 5.0, first: 3.0}))

    assert refused is False
    assert [dict(each.values) for each in record.scrapes("edge")] == [
        {first: 1.0},
        {first: 3.0, second: 5.0},
    ]
    record.close()


def test_a_limit_on_the_size_of_files_is_a_full_disk(tmp_path: Path):
    """A quota answers otherwise than a full disk does: SQLite calls that an I/O error."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(tmp_path)],
        capture_output=True, text=True, check=False, cwd=ROOT, timeout=120,
    )  # fmt: skip
    said, _, why = done.stdout.strip().partition(" ")

    assert (done.returncode, done.stderr) == (0, "")
    assert why
    with RunRecord.open(tmp_path) as read:
        assert read.ending is Ending.HALTED
        assert [call.id for call in read.calls()] == [
            f"peak/calls/{each}" for each in range(int(said))
        ]


def test_no_room_for_a_record_at_all_is_said(tmp_path: Path):
    """Before anything is started, and in words."""
    done = subprocess.run(
        [
            sys.executable, "-c",
            ("import resource, sys\n"
            "from pathlib import Path\n"
            "from harness.record.run_record import RunRecord\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (8192, resource.RLIM_INFINITY))\n"
            "RunRecord.create(Path(sys.argv[1]), reserve_bytes=1)\n"),
            str(tmp_path),
        ],
        capture_output=True, text=True, check=False, cwd=ROOT, timeout=60,
    )  # fmt: skip

    assert "HarnessError: no record can be made in" in done.stderr


def test_any_other_mistake_of_the_database_is_not_taken_for_a_full_disk(tmp_path: Path):
    """A run that went on without its record would be worth nothing, and would not say so."""
    record = planned(tmp_path)
    record._database.execute("DROP TABLE scrape")

    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        record.put_scrape(Scrape("edge", 1.0, True, {}))
    record.close()


# ---------------------------------------------------------------------- bounds


def test_the_journal_stays_short_while_somebody_reads_in_between(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The judge reads every few seconds, on a connection of its own, while the run is written."""
    monkeypatch.setattr(store, "_WAL_BYTES", 256 * KIB)
    longest = 0
    with planned(tmp_path) as record, RunRecord.open(tmp_path) as reader:
        for number in range(60):
            record.put_contacts(
                answered(f"peak/calls/{number * 200 + each}", due_s=float(number))
                for each in range(200)
            )
            reader.call_figures("peak", float(number))
            record.checkpoint()
            longest = max(longest, record.journal_bytes)
        size = (tmp_path / FILE_NAME).stat().st_size

        assert longest < 2_000_000 < size


def test_a_journal_that_grew_behind_a_long_reader_is_cut_when_it_has_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """While one statement reads, SQLite cannot begin its journal anew; afterwards it must."""
    monkeypatch.setattr(store, "_WAL_BYTES", 256 * KIB)
    with planned(tmp_path) as record, RunRecord.open(tmp_path) as reader:
        record.put_contacts([answered(f"a{each}", due_s=float(each)) for each in range(2000)])
        reading = reader.calls("peak")
        next(reading)
        for number in range(200):
            record.put_contacts([answered(f"{number}/{each}", due_s=1.0) for each in range(20)])
            record.checkpoint()
        grown = record.journal_bytes
        list(reading)
        record.checkpoint()

        assert grown > 2_000_000
        assert record.journal_bytes == 0


@pytest.mark.parametrize(("fails", "safe"), [(False, True), (True, False)])
def test_behind_a_reader_the_journal_itself_is_put_on_the_disk(
    fails: bool, safe: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """SQLite syncs nothing there, and the log that held the same contacts is deleted next."""
    synced: list[str] = []

    def fsync(file: int) -> None:
        synced.append(Path(f"/dev/fd/{file}").resolve().name)
        if fails:
            raise OSError("a disk that breaks")

    monkeypatch.setattr(os, "fsync", fsync)
    with planned(tmp_path) as record, RunRecord.open(tmp_path) as reader:
        record.put_contacts([answered(f"a{each}", due_s=float(each)) for each in range(500)])
        reading = reader.calls("peak")
        next(reading)
        record.put_contacts([answered(f"b{each}", due_s=1.0) for each in range(500)])
        kept = record.checkpoint()
        reading.close()

    assert kept is safe
    assert synced[0] == f"{FILE_NAME}-wal"


def test_calls_are_counted_once_and_then_kept_count_of(tmp_path: Path):
    """The guard asks every ten seconds: to count a million rows each time is a pause each time."""
    asked: list[str] = []
    with planned(tmp_path) as record:
        record.put_contacts([answered("a", due_s=1.0)])
        assert record.calls_placed() == 1
        record._database.set_trace_callback(asked.append)
        for _ in range(3):
            record.put_contacts([answered("a", due_s=1.0), answered("b", due_s=2.0)])
            record.put_contacts([answered("c", due_s=3.0)])
        placed = record.calls_placed()

    assert placed == 3
    assert not [each for each in asked if "count(" in each]
