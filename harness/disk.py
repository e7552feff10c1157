"""The disk that a run is kept on: how much is free, and logs that stay short."""

import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from harness.errors import Problem, UsageError
from harness.model.units import format_size

KEEP_FREE_BYTES = 10**9
"""What a run leaves free, unless it is told otherwise: a machine without any is in trouble, and so
is whoever wants to see why."""
LOG_BYTES = 8 * 2**20
"""A process may log so much before the older half goes."""

Free = Callable[[Path], int]
"""How many bytes are free where a path lies."""


def free_bytes(path: Path) -> int:
    """Return how many bytes are free where *path* lies, or will lie."""
    there = next(each for each in (path, *path.absolute().parents) if each.exists())
    return shutil.disk_usage(there).free


def refuse_full(runs: Path, *, keep_free_bytes: int, free: Free = free_bytes) -> None:
    """Refuse to begin a run in *runs* if less than *keep_free_bytes* are free there already.

    Raises:
        UsageError: so it is.
    """
    there = free(runs)
    if there < keep_free_bytes:
        found = f"{format_size(there)} free for {runs}"
        want = (
            f"{format_size(keep_free_bytes)} or more, which a run leaves free: harness runs prune,"
            " another --runs, or a smaller --keep-free"
        )
        raise UsageError([Problem("disk", found, want)])


class Disk:
    """The disk under the run in *folder*, of which *keep_free_bytes* are to stay free."""

    def __init__(
        self, folder: Path, *, keep_free_bytes: int = KEEP_FREE_BYTES, free: Free = free_bytes
    ) -> None:
        self._folder = folder
        self._keep_free_bytes = keep_free_bytes
        self._free = free

    def short(self) -> str:
        """Return in words that too little is free by now; empty if there is enough."""
        free = self._free(self._folder)
        if free >= self._keep_free_bytes:
            return ""
        keep = format_size(self._keep_free_bytes)
        return f"the disk had {format_size(free)} left, under the {keep} it keeps free"

    def shorten_logs(self) -> None:
        """Have no process's log be longer than it may; half of it, the older, goes.

        Their writers append, so they go on at the new end. A line that one of them writes in the
        same moment may be lost.
        """
        for path in self._folder.glob("logs/**/*.log"):
            with suppress(OSError):  # a full disk: nothing to be done here
                if path.stat().st_size > LOG_BYTES:
                    _halve(path)


def _halve(path: Path) -> None:
    """Keep the younger half of the log at *path*, from a whole line on."""
    with path.open("r+b") as log:
        log.seek(-LOG_BYTES // 2, 2)
        kept = log.read().partition(b"\n")[2]
        log.seek(0)
        log.truncate()
    with path.open("ab") as log:
        log.write(b"... older lines were taken away\n" + kept)
