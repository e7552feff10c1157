"""What the tests of a session share is made once, and is whole."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.once import made_once


def test_whoever_asks_at_the_same_time_gets_what_the_first_has_made(tmp_path: Path):
    """Two browsers that print the same report would cost what one is to save."""
    made = []

    def make(path: Path) -> None:
        made.append(path)
        path.write_text("whole")

    with ThreadPoolExecutor(8) as many:
        paths = list(many.map(lambda _: made_once(tmp_path / "it", make), range(8)))

    assert len(made) == 1
    assert [path.read_text() for path in paths] == ["whole"] * 8


def test_what_failed_half_way_is_made_anew(tmp_path: Path):
    """Half a record would fail every test that reads it, but for the one that is to blame."""

    def fails(folder: Path) -> None:
        folder.mkdir()
        (folder / "half").touch()
        raise OSError

    with pytest.raises(OSError):
        made_once(tmp_path / "it", fails)
    assert not (tmp_path / "it").exists()
    made_once(tmp_path / "it", lambda folder: folder.mkdir())

    assert list((tmp_path / "it").iterdir()) == []
