"""Fixtures for the tests of ``harness.files``."""

from pathlib import Path

import pytest

from tests.files.small_rehearsal import Rehearsal, write_small_rehearsal


@pytest.fixture
def rehearsal(tmp_path: Path) -> Rehearsal:
    """Return a rehearsal on disk that has no problems yet."""
    return write_small_rehearsal(tmp_path)
