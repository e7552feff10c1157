"""A log in segments, written by one process while another reads it and takes away what it has.

``contacts.ndjson`` is the first segment, ``contacts.2.ndjson`` the second. A segment is whole once
the next one is there: its writer never comes back to it. So a log of days takes the room of two
segments, and whoever was killed at any moment leaves every line that is not taken in yet.
"""

import contextlib
import os
from pathlib import Path
from typing import BinaryIO

SEGMENT_BYTES = 4 * 2**20
"""So large a segment becomes before the next one is begun: some 3,000 calls."""
MOST_WAITING_BYTES = 16 * 2**20
"""Lines that a full disk does not take are kept in memory up to so many bytes."""


def segment(path: Path, number: int) -> Path:
    """Return where segment *number* of the log at *path* lies; the first is *path* itself."""
    return path if number == 1 else path.with_suffix(f".{number}{path.suffix}")


def numbers(path: Path) -> list[int]:
    """Return the numbers of the segments that are there of the log at *path*, in order."""
    found = []
    for each in path.parent.glob(f"{path.stem}.*{path.suffix}"):
        middle = each.name.removeprefix(f"{path.stem}.").removesuffix(path.suffix)
        if middle.isdecimal():
            found.append(int(middle))
    # The first is looked for last: a writer may begin the first two between these lines.
    return sorted([*found, 1] if path.exists() else found)


class SegmentedLog:
    """Appends whole lines; begins anew behind whatever segments are there.

    What the disk does not take stays in memory and is tried again with the next lines: whoever
    reads may have made room by then. ``lost`` counts lines for which there was no memory either.
    """

    def __init__(self, path: Path, *, segment_bytes: int = SEGMENT_BYTES) -> None:
        self.lost = 0
        self._path = path
        self._segment_bytes = segment_bytes
        self._number = max(numbers(path), default=0) + 1
        self._file: BinaryIO | None = segment(path, self._number).open("ab", buffering=0)
        self._size = 0
        self._waiting = bytearray()

    @property
    def closed(self) -> bool:
        """Whether nothing is written any more."""
        return self._file is None

    def write(self, lines: bytes) -> str:
        """Append whole *lines*; return why they could not be written yet, empty if they were."""
        if len(self._waiting) + len(lines) <= MOST_WAITING_BYTES:
            self._waiting += lines
        else:
            self.lost += lines.count(b"\n")
        return self._flush()

    def close(self) -> None:
        """Write what waits still, if there is room by now, and end."""
        if self._file is not None:
            self._flush()
            self.lost += self._waiting.count(b"\n")
            self._file.close()
            self._file = None

    def _flush(self) -> str:
        if self._file is None:
            raise ValueError("this log is closed")
        try:
            if self._size >= self._segment_bytes:
                self._begin_next()
            self._append(bytes(self._waiting))
        except OSError as error:
            return error.strerror or str(error)
        self._waiting.clear()
        return ""

    def _begin_next(self) -> None:
        after = segment(self._path, self._number + 1).open("ab", buffering=0)
        assert self._file is not None
        self._file.close()
        self._file, self._number, self._size = after, self._number + 1, 0

    def _append(self, lines: bytes) -> None:
        """Append all of *lines* or nothing: half a line would spoil the next one."""
        assert self._file is not None
        written = 0
        try:
            while written < len(lines):
                written += self._file.write(lines[written:])
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(self._file.fileno(), self._size)
            raise
        self._size += written
