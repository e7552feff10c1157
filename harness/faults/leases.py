"""Leases on disk: how each open fault is undone, from before it is injected until it is healed.

A lease is a file ``leases/001-http.open.json`` in the run's folder, flushed to the disk before the
fault is ordered. Once healed it is renamed to ``001-http.healed.json``: whatever is still ``.open``
is residue, even after a power cut.
"""

import json
import os
import shlex
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from harness.errors import Refused, TargetError
from harness.faults.steps import Step

FOLDER = "leases"
_OPEN = ".open.json"
_HEALED = ".healed.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """What undoes one fault, and until when it may last.

    ``until`` is in wall seconds since 1970. ``undo`` is done in its order; without any, a person
    has to act, as ``by_hand`` says. A step that breaks it may be at work until ``injecting_until``,
    even without us: what is undone before that may be broken after it.
    """

    fault_id: str
    title: str
    until: float
    undo: tuple[Step, ...] = ()
    by_hand: str = ""
    injecting_until: float = 0.0

    @property
    def commands(self) -> tuple[str, ...]:
        """What a person does if nothing else helps, line by line."""
        return (*(step.by_hand for step in self.undo), *([self.by_hand] if self.by_hand else []))


_LEASE = TypeAdapter(Lease)


def write(folder: Path, number: int, kind: str, lease: Lease) -> Path:
    """Keep *lease* in the run's *folder*, safe from a power cut, and return its path.

    Raises:
        OSError: it could not be kept; nothing of it stays, or it would be residue of no fault.
    """
    leases = folder / FOLDER
    leases.mkdir(exist_ok=True)
    path = leases / f"{number:03d}-{kind}{_OPEN}"
    path.touch(exist_ok=False)
    try:
        with path.open("wb") as file:
            file.write(_LEASE.dump_json(lease, indent=1) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        _flush(leases)
        _flush(folder)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path


def read(path: Path) -> Lease:
    """Return the lease at *path*.

    Raises:
        TargetError: it cannot be read; a person has to look.
    """
    try:
        return _LEASE.validate_json(path.read_bytes())
    except (OSError, ValidationError, json.JSONDecodeError):
        raise TargetError(f"{path}: this lease cannot be read; look what was broken") from None


def close(path: Path) -> None:
    """Keep that the fault of the lease at *path* is healed; twice is no mistake."""
    with suppress(FileNotFoundError):
        path.rename(path.with_name(path.name.removesuffix(_OPEN) + _HEALED))
        _flush(path.parent)


def reopen(path: Path) -> None:
    """Have the lease at *path* open again, if it was closed: its fault was broken after that."""
    with suppress(FileNotFoundError):
        path.with_name(path.name.removesuffix(_OPEN) + _HEALED).rename(path)
        _flush(path.parent)


def is_open(path: Path) -> bool:
    """Whether the lease at *path* has not been closed."""
    return path.exists()


def open_in(folder: Path) -> Iterator[Path]:
    """Yield the open leases of the run in *folder*, the last one first: the order to heal in."""
    yield from sorted((folder / FOLDER).glob(f"*{_OPEN}"), reverse=True)


def open_under(runs: Path) -> Iterator[Path]:
    """Yield the open leases of every run in *runs*, the last one first."""
    for folder in sorted({path.parent.parent for path in runs.glob(f"*/{FOLDER}/*{_OPEN}")})[::-1]:
        yield from open_in(folder)


def refuse_residue(runs: Path) -> None:
    """Let no run begin on what an earlier one left broken.

    Raises:
        Refused: a lease in *runs* is still open; the message has the remedy.
    """
    found = list(open_under(runs))
    if found:
        names = "\n".join(f"  {path}" for path in found)
        raise Refused(
            "E_RESIDUE: an earlier run left something broken, or one that still runs holds it:\n"
            f"{names}\n"
            "Nothing was sent. If no other run is going on: harness recover --runs"
            f" {shlex.quote(_shown(runs))}"
        )


def _shown(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _flush(folder: Path) -> None:
    """Have the names in *folder* reach the disk as well."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
