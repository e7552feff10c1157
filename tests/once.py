"""What is made once for all tests of a session, whichever of its processes asks for it first."""

import fcntl
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest


def shared_folder(folders: pytest.TempPathFactory) -> Path:
    """Return the folder of temporary files that all processes of this session see."""
    own = folders.getbasetemp()
    return own.parent if own.name.startswith("popen-") else own


def made_once(path: Path, make: Callable[[Path], None]) -> Path:
    """Return *path*, in the shared folder: whoever asks first has *make* put it there.

    It is there whole or not at all; what failed half-way is made anew for the next who asks.
    """
    with path.with_name(f"{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            place = path.with_name(f"{path.name}.unfinished")
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir()
            make(place / path.name)
            (place / path.name).rename(path)
            shutil.rmtree(place)
    return path
