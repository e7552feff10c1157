"""A log in segments: what is read may go, and nothing else ever does."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from harness import segments
from harness.model.contact import Call, to_json
from harness.record.contact_log import ContactLog
from harness.record.run_record import RunRecord
from harness.segments import SegmentedLog, numbers, segment
from tests.fakes import FakeEvidence, answered, call, sla

ROOT = Path(__file__).parents[1]
WRITER = """
import sys
from pathlib import Path
from harness.model.contact import Call, Outcome, to_json
from harness.segments import SegmentedLog
def told(number):
    return to_json(Call(
        id=f"peak/calls/{number}", phase="peak", queue="billing", line="+441632960101",
        customer="customer-00001", due_s=1.0, started_s=1.0, outcome=Outcome.BLOCKED,
    ))
log = SegmentedLog(Path(sys.argv[1]), segment_bytes=4000)
number = int(sys.argv[2])
while True:
    log.write("".join(f"{told(number + each)}\n" for each in range(3)).encode())
    number += 3
    print(number, flush=True)  # said only once it is written
"""
READER = """
import sys
from pathlib import Path
from harness.record.contact_log import ContactLog
from harness.record.run_record import RunRecord
record = RunRecord.create(Path(sys.argv[2]))
log = ContactLog(Path(sys.argv[1]))
print("reading", flush=True)
while True:
    contacts = log.read()
    if contacts:
        record.put_contacts(contacts)
    if log.has_read_out and record.checkpoint():
        log.forget()
"""


def lines(*calls: Call) -> bytes:
    """Return *calls* as the generator writes them."""
    return "".join(f"{to_json(each)}\n" for each in calls).encode()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the log will be; nothing is there yet."""
    return tmp_path / "contacts.ndjson"


def drained(log: ContactLog) -> list[Call]:
    """Return all that there is to read."""
    found: list[Call] = []
    while contacts := log.read():
        found += contacts  # type: ignore[arg-type]
    return found


def test_a_log_of_any_length_takes_the_room_of_two_segments(path: Path):
    """Three days of a soak would be 30 GB; what is in the record already need not stay."""
    writer, reader = SegmentedLog(path, segment_bytes=10_000), ContactLog(path)
    seen, most, written = [], 0, 0
    for number in range(2000):
        line = lines(answered(f"peak/calls/{number}"))
        writer.write(line)
        written += len(line)
        if number % 10 == 0:
            seen += drained(reader)
            reader.forget()
        most = max(most, sum(each.stat().st_size for each in path.parent.iterdir()))
    seen += drained(reader)

    assert [each.id for each in seen] == [f"peak/calls/{number}" for number in range(2000)]
    assert most < 2 * 10_000 + 11 * len(line) < written / 10


def test_a_segment_that_is_not_read_to_its_end_stays(path: Path):
    """However far ahead the writer is."""
    writer, reader = SegmentedLog(path, segment_bytes=1), ContactLog(path)
    for number in range(3):
        writer.write(lines(call(f"{number}", due_s=1.0)))
    first = reader.read()
    reader.forget()

    assert [each.id for each in first] == ["0"]
    assert numbers(path) == [1, 2, 3]


def test_a_writer_goes_on_behind_what_another_left(path: Path):
    """A generator that was killed left half a line: to append to it would spoil the next one too."""
    left = lines(answered("a")) + lines(answered("b"))[:50]
    path.write_bytes(left)
    writer = SegmentedLog(path)
    writer.write(lines(answered("c")))

    assert [each.id for each in drained(ContactLog(path))] == ["a", "c"]
    assert path.read_bytes() == left


def test_a_reader_begins_with_the_oldest_that_is_there(path: Path):
    """Of a run that goes on, the first segments have gone long ago."""
    for number in (9, 10, 11):
        segment(path, number).write_bytes(lines(answered(str(number))))

    assert [each.id for each in drained(ContactLog(path))] == ["9", "10", "11"]


def test_a_full_disk_loses_no_line(path: Path):
    """``/dev/full`` says what a full disk says; when there is room again all of it is written."""
    writer = SegmentedLog(path)
    real = writer._file
    with Path("/dev/full").open("wb", buffering=0) as writer._file:
        why = [writer.write(lines(answered("a"))), writer.write(lines(answered("b")))]
    writer._file = real
    now = writer.write(lines(answered("c")))

    assert why == ["No space left on device"] * 2
    assert now == ""
    assert [each.id for each in drained(ContactLog(path))] == ["a", "b", "c"]


def test_half_a_line_is_taken_back(path: Path):
    """A disk takes what still fits; the rest must not be read as part of the next line."""
    done = subprocess.run(
        [
            sys.executable, "-c",
            ("import resource, sys\n"
            "from pathlib import Path\n"
            "from harness.segments import SegmentedLog\n"
            "log = SegmentedLog(Path(sys.argv[1]))\n"
            "log.write(b'x' * 60 + b'\\n')\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))\n"
            "print(log.write(b'y' * 60 + b'\\n'))\n"),
            str(path),
        ],
        capture_output=True, text=True, check=True, cwd=ROOT, timeout=60,
    )  # fmt: skip

    assert done.stdout == "File too large\n"
    assert path.read_bytes() == b"x" * 60 + b"\n"


def test_what_waits_for_room_is_bounded(path: Path, monkeypatch: pytest.MonkeyPatch):
    """A harness that is gone frees nothing: its generator must not fill the memory instead."""
    monkeypatch.setattr(segments, "MOST_WAITING_BYTES", 1000)
    writer = SegmentedLog(path)
    writer._file = Path("/dev/full").open("wb", buffering=0)  # noqa: SIM115
    for number in range(50):
        writer.write(lines(answered(f"{number}")))

    assert len(writer._waiting) <= 1000
    writer.close()
    assert writer.lost == 50


def test_nothing_that_was_written_is_lost_by_a_kill_of_both_at_any_moment(tmp_path: Path):
    """Writer and reader are killed five times: record and what is left of the log hold every line."""
    rng = Random(2026)
    for number in range(5):
        folder = tmp_path / f"run{number}"
        folder.mkdir()
        path = folder / "contacts.ndjson"
        children = [
            subprocess.Popen(
                [sys.executable, "-c", code, str(path), argument],
                stdout=subprocess.PIPE, text=True, cwd=ROOT,
            )
            for code, argument in ((WRITER, "0"), (READER, str(folder)))
        ]  # fmt: skip
        writer, reader = (child.stdout for child in children)
        assert writer is not None
        assert reader is not None
        reader.readline()
        for _ in range(rng.randint(1, 300)):
            writer.readline()
        for child in children:
            os.kill(child.pid, signal.SIGKILL)
        said = [each for each in writer.read().split("\n") if each.isdigit()]
        for child in children:
            child.communicate()
        with RunRecord.open(folder) as record:
            kept = {each.id for each in record.calls()}
        kept |= {each.id for each in drained(ContactLog(path))}

        assert {f"peak/calls/{each}" for each in range(int(said[-1]) if said else 0)} <= kept


def test_the_record_of_a_reader_has_all_that_it_forgot(tmp_path: Path):
    """To forget before the record has it would lose it with the next power cut."""
    path = tmp_path / "contacts.ndjson"
    writer, reader = SegmentedLog(path, segment_bytes=1), ContactLog(path)
    run = FakeEvidence()
    with RunRecord.create(tmp_path) as record:
        record.put_plan(run.scenario, sla(), run.target, run.facts)
        for number in range(5):
            writer.write(lines(answered(f"{number}")))
        while contacts := reader.read():
            record.put_contacts(contacts)
            reader.forget()
            there = {each.id for each in record.calls()}
            there |= {each.id for each in drained(ContactLog(path))}

            assert there == {f"{number}" for number in range(5)}
