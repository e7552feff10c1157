"""The contact log: read while it grows, in pieces, and after a generator that was killed."""

from pathlib import Path

import pytest

from harness.model.contact import Call, Outcome, to_json
from harness.record import contact_log
from harness.record.contact_log import ContactLog


def call(number: int, **known: object) -> Call:
    """Return a call that is due, with what else is *known* of it."""
    fields = {
        "id": f"peak/calls/{number}", "phase": "peak", "queue": "billing",
        "line": "+441632960101", "customer": "customer-00001", "due_s": 1.0, "started_s": 1.0,
    }  # fmt: skip
    return Call(**{**fields, **known})


def lines(*calls: Call) -> bytes:
    """Return *calls* as the generator writes them."""
    return "".join(f"{to_json(each)}\n" for each in calls).encode()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the log will be; nothing is there yet."""
    return tmp_path / "contacts.ndjson"


def test_no_log_yet_is_nobody_yet(path: Path):
    """The harness looks before the generator has written its first line."""
    assert ContactLog(path).read() == []


def test_each_line_is_read_once_while_the_log_grows(path: Path):
    """Twice would be work for nothing; never would be a customer that nobody judged."""
    log = ContactLog(path)
    with path.open("ab", buffering=0) as writer:
        writer.write(lines(call(1)))
        first = log.read()
        writer.write(lines(call(2), call(3)))
        second = log.read()

    assert first == [call(1)]
    assert second == [call(2), call(3)]
    assert log.read() == []


def test_a_line_that_is_being_written_waits_until_it_is_whole(path: Path):
    """The writer's pages reach the file in any pieces; a killed one leaves its last line short."""
    log = ContactLog(path)
    whole = lines(call(1), call(2))
    seen = []
    for end in range(len(whole) + 1):
        path.write_bytes(whole[:end])
        seen += log.read()

    assert seen == [call(1), call(2)]


def test_the_latest_state_of_a_contact_counts(path: Path):
    """A call is told four times; the first says nothing of how it ended."""
    answered = call(1, outcome=Outcome.ANSWERED, answered_s=2.0)
    path.write_bytes(lines(call(1), answered))

    assert ContactLog(path).read() == [answered]


def test_a_long_log_is_read_in_pieces(path: Path, monkeypatch: pytest.MonkeyPatch):
    """A million contacts take 1.3 GB: as a whole that would be more than a small machine has."""
    monkeypatch.setattr(contact_log, "PIECE", 1000)
    many = [call(number) for number in range(100)]
    path.write_bytes(lines(*many))
    log = ContactLog(path)
    pieces = []
    while piece := log.read():
        pieces.append(piece)

    assert [each for piece in pieces for each in piece] == many
    assert max(map(len, pieces)) < 10


def test_a_line_longer_than_a_piece_is_read(path: Path, monkeypatch: pytest.MonkeyPatch):
    """Else the reader would come back to it for ever, and to nothing after it."""
    monkeypatch.setattr(contact_log, "PIECE", 50)
    path.write_bytes(lines(call(1), call(2)))
    log = ContactLog(path)

    assert [*log.read(), *log.read()] == [call(1), call(2)]


def test_what_is_no_contact_is_said(path: Path):
    """A log that holds something else is damaged, and a verdict from half of it would be wrong."""
    path.write_bytes(b"hello\n")

    with pytest.raises(ValueError, match="Expecting value"):
        ContactLog(path).read()
