"""Collects what is wrong, so that one run of ``harness check`` names all of it."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from harness.errors import Problem, UsageError

_QUOTED_MAX = 60


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file; lines count from 1. None: the file as a whole."""

    file: str
    line: int | None = None

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}"


class Problems:
    """Every problem found so far, over all the files of one load."""

    def __init__(self) -> None:
        self._files: list[str] = []
        self._found: list[tuple[Place, Problem]] = []

    def opening(self, file: str) -> None:
        """Take note that *file* is read next: problems are told in the order of the files."""
        self._files.append(file)

    def add(self, place: Place, *, found: str, want: str) -> None:
        """Remember one problem; the same one told twice counts once."""
        problem = Problem(where=str(place), found=found, want=want)
        if (place, problem) not in self._found:
            self._found.append((place, problem))

    def __bool__(self) -> bool:
        return bool(self._found)

    def raise_if_any(self) -> None:
        """Raise all problems in the order of files and lines; do nothing if there are none.

        Raises:
            UsageError: there is at least one problem.
        """
        ordered = sorted(self._found, key=lambda each: self._position(each[0]))
        if ordered:
            raise UsageError([problem for _, problem in ordered])

    def _position(self, place: Place) -> tuple[int, int]:
        return self._files.index(place.file), place.line or 0


def did_you_mean(text: str, options: Iterable[str]) -> str:
    """Return what would be right instead of *text*: the likeliest option first, then all."""
    known = sorted(map(str, options))
    if len(known) == 1:
        return known[0]
    likely = get_close_matches(text, known, n=1)
    if likely:
        return f"did you mean {likely[0]!r}? Known here: {', '.join(known)}"
    return f"one of {', '.join(known)}" if known else "nothing: none are known here"


def is_file(path: Path) -> bool:
    """Return whether there is a file at *path*, which may be whatever somebody wrote."""
    return os.path.isfile(path)  # noqa: PTH113  Path.is_file raises if a name is too long


def missing_file(written: str, folder: Path) -> str:
    """Return what would be right instead of *written*, a path relative to *folder* with no file.

    The file beside it that is written most alike is named, if there is one.
    """
    want = f"an existing file, its path relative to {folder}/"
    likely = file_like(folder / written)
    return f"{want}; did you mean {os.path.relpath(likely, folder)!r}?" if likely else want


def file_like(path: Path) -> Path | None:
    """Return the file in the folder of *path* whose name is most like its own; None if none is."""
    try:
        names = [entry.name for entry in os.scandir(path.parent) if entry.is_file()]
    except (OSError, ValueError):  # no such folder, or a path that cannot be one
        return None
    likely = get_close_matches(path.name, sorted(names), n=1)
    return path.parent / likely[0] if likely else None


def shortened(text: str) -> str:
    """Return *text* in quotes, on one line, cut to what a message can hold."""
    return repr(text if len(text) <= _QUOTED_MAX else text[: _QUOTED_MAX - 3] + "...")
