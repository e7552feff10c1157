"""The folders of runs: which there are, how large and how old, and which may go."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from harness.errors import HarnessError, UsageError
from harness.faults import leases
from harness.model.history import RunSummary
from harness.record.run_record import RunRecord
from harness.record.store import FILE_NAME, is_written

STAMP = "%Y%m%dT%H%M%SZ"
"""How the name of a run's folder begins: when it was made, in UTC; then a hyphen."""
_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class RunFolder:
    """One run's folder. ``decision`` is empty if the history does not know it.

    ``began`` is epoch seconds; ``bytes`` all that it holds; ``needed_for`` says who wants to open
    it again, empty if nobody does.
    """

    path: Path
    scenario: str
    decision: str
    began: float
    bytes: int
    needed_for: str = ""


def in_order(runs: Path) -> list[Path]:
    """Return the run folders in *runs*, the oldest first, by the moment in their names.

    Nothing is opened. One that somebody gave another name stands where it was last written to.
    """
    return sorted(
        (record.parent for record in runs.glob(f"*/{FILE_NAME}")),
        key=lambda path: (_named_after(path), path.name),
    )


def folders(
    runs: Path, known: Mapping[str, RunSummary], needed: Mapping[str, str]
) -> list[RunFolder]:
    """Return the run folders in *runs*, the oldest first; a folder without a record is none.

    *known* are the history's runs, *needed* those that a baseline or an open finding needs. A run
    that goes on is needed too, and one that may have left something broken: its folder holds what
    undoes that.
    """
    found = []
    for record in sorted(runs.glob(f"*/{FILE_NAME}")):
        path = record.parent
        summary = known.get(path.name)
        scenario, began = _of_record(path) if summary is None else _of(summary)
        size = sum(each.stat().st_size for each in path.rglob("*") if each.is_file())
        decision = summary.decision if summary is not None else ""
        needed_for = needed.get(path.name, "") or _needed_now(path)
        found.append(RunFolder(path, scenario, decision, began, size, needed_for))
    return sorted(found, key=lambda each: (each.began, each.path.name))


def to_prune(
    found: list[RunFolder],
    *,
    now: float,
    older_than_days: float | None = None,
    keep_bytes: int | None = None,
) -> list[RunFolder]:
    """Return those of *found* that may go: too old, or the oldest until the rest fits.

    One that a baseline or an open finding needs stays, whatever its age and size.
    """
    free = [each for each in found if not each.needed_for]
    gone = [
        each
        for each in free
        if older_than_days is not None and now - each.began > older_than_days * _DAY_S
    ]
    if keep_bytes is not None:
        left = sum(each.bytes for each in found) - sum(each.bytes for each in gone)
        for each in free:
            if left <= keep_bytes:
                break
            if each not in gone:
                gone.append(each)
                left -= each.bytes
    return gone


def remove(folder: RunFolder) -> None:
    """Delete *folder* with all that is in it.

    Raises:
        HarnessError: it cannot be deleted, or not wholly.
    """
    try:
        shutil.rmtree(folder.path)
    except OSError as error:
        raise HarnessError(f"{folder.path} could not be deleted: {error}") from None


def _needed_now(path: Path) -> str:
    """Return what the folder at *path* is needed for whatever it holds; empty if for nothing."""
    if is_written(path):
        return "the run goes on"
    return "harness recover: a lease is open" if any(leases.open_in(path)) else ""


def _named_after(path: Path) -> float:
    """Return when the run in *path* began, in epoch seconds, as its name has it."""
    stamp, _, _ = path.name.partition("-")
    try:
        return datetime.strptime(stamp, STAMP).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return (path / FILE_NAME).stat().st_mtime


def _of(summary: RunSummary) -> tuple[str, float]:
    return summary.scenario, summary.started_wall


def _of_record(path: Path) -> tuple[str, float]:
    """Return scenario and beginning of a run that the history does not know."""
    try:
        with RunRecord.open(path) as record:
            return record.scenario.name, record.facts.started_wall
    except UsageError:  # of another version, or killed before its plan was kept
        return "", path.stat().st_mtime
