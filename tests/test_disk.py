"""The disk under a run: how much is left of it, and logs that cannot fill it."""

import logging
from pathlib import Path

import pytest

from harness import disk
from harness.disk import Disk, refuse_full
from harness.errors import UsageError

GB = 10**9


def on(folder: Path, free: int) -> Disk:
    """Return a disk of which *free* bytes are left and 1 GB is to stay free."""
    return Disk(folder, keep_free_bytes=GB, free=lambda _: free)


def test_enough_says_nothing(tmp_path: Path):
    """Up to the very last byte that may be taken."""
    assert on(tmp_path, GB).short() == ""


def test_too_little_says_how_much_is_left_and_how_much_should_be(tmp_path: Path):
    """It is the reason of a run that was ended, read on the morning after."""
    assert on(tmp_path, 4 * GB // 10).short() == (
        "the disk had 400 MB left, under the 1 GB it keeps free"
    )


def test_a_run_does_not_begin_where_it_would_end_at_once(tmp_path: Path):
    """No customer was sent; the message says all that can be done."""
    with pytest.raises(UsageError, match="found 400 MB free") as refused:
        refuse_full(tmp_path, keep_free_bytes=GB, free=lambda _: 4 * GB // 10)

    assert "--keep-free" in str(refused.value)
    refuse_full(tmp_path, keep_free_bytes=0, free=lambda _: 0)


def test_what_is_free_is_asked_of_the_nearest_folder_there_is(tmp_path: Path):
    """The folder of the runs is made by the first one."""
    assert disk.free_bytes(tmp_path / "not" / "yet") > 0


def test_a_log_never_takes_more_than_it_may_and_its_writer_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A target that is gone for a night makes ten lines a second in some logs."""
    monkeypatch.setattr(disk, "LOG_BYTES", 10_000)
    place = tmp_path / "logs" / "mock_center"
    place.mkdir(parents=True)
    path = place / "edge.log"
    handler = logging.FileHandler(path, mode="a")
    most = 0
    for number in range(3000):
        handler.emit(logging.LogRecord("x", 30, "", 0, f"line {number}", None, None))
        if number % 100 == 0:
            most = max(most, path.stat().st_size)
            on(tmp_path, GB).shorten_logs()
    handler.close()
    found = path.read_text().splitlines()

    assert most < 10_000 + 100 * 12
    assert found[-1] == "line 2999"
    assert found[0] == "... older lines were taken away"
    assert found[1:] == [f"line {number}" for number in range(3001 - len(found), 3000)]


def test_short_logs_and_other_files_are_left_alone(tmp_path: Path):
    """What nobody has grown nobody need cut; contacts are no log of ours to shorten."""
    place = tmp_path / "logs"
    place.mkdir()
    contacts = place / "contacts.ndjson"
    contacts.write_bytes(b"x" * (disk.LOG_BYTES + 1))
    log = place / "locust.log"
    log.write_text("one line\n")
    on(tmp_path, GB).shorten_logs()

    assert contacts.stat().st_size == disk.LOG_BYTES + 1
    assert log.read_text() == "one line\n"
