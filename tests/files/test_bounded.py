"""A file that a user names is read whole, and never without end."""

import os
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.files.bounded import read_bounded
from harness.guarding.documents import attestation_signed, new_key, read_key


def test_what_is_read_is_all_that_is_there(tmp_path: Path):
    """Up to the last byte that it may have."""
    path = tmp_path / "document"
    path.write_bytes(b"12345")

    assert read_bounded(path, most_bytes=5) == b"12345"


def test_a_byte_too_many_is_an_error_not_a_part(tmp_path: Path):
    """Half a document must never be taken for one."""
    path = tmp_path / "document"
    path.write_bytes(b"123456")

    with pytest.raises(OSError, match="more than 5 bytes"):
        read_bounded(path, most_bytes=5)


def test_a_key_may_come_through_a_pipe(tmp_path: Path):
    """``--sign-with <(vault read ...)`` keeps a key off the disk."""
    new_key(tmp_path / "own.key")
    ours, theirs = os.pipe()
    os.write(theirs, (tmp_path / "own.key").read_bytes())
    os.close(theirs)
    try:
        found = read_key(Path(f"/dev/fd/{ours}"))
    finally:
        os.close(ours)

    assert found.public_key() == read_key(tmp_path / "own.key").public_key()


def test_a_key_and_a_draft_without_end_are_refused(tmp_path: Path):
    """A device that never ends would take all the memory there is."""
    new_key(tmp_path / "own.key")

    with pytest.raises(UsageError, match="none that can be read"):
        read_key(Path("/dev/zero"))
    with pytest.raises(UsageError, match="more than 1,000,000 bytes"):
        attestation_signed(Path("/dev/zero"), read_key(tmp_path / "own.key"), name="a")
