"""Heals what a run could not: ``harness recover``, after a power cut or a killed guardian."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from harness.errors import HarnessError, Problem, UsageError
from harness.faults import leases
from harness.faults.steps import do_all


@dataclass(frozen=True, slots=True)
class Recovered:
    """What became of one open lease: ``why`` it is still open, or nothing."""

    path: Path
    title: str
    why: str = ""
    commands: tuple[str, ...] = ()

    def __str__(self) -> str:
        if not self.why:
            return f"healed: {self.title} ({self.path})"
        lines = [f"NOT HEALED: {self.title} ({self.path}): {self.why}"]
        lines += [f"    by hand: {command}" for command in self.commands]
        return "\n".join([*lines, "    then: harness recover --by-hand, to say that it is done"])


async def recovered(runs: Path, folder: Path | None = None, *, by_hand: bool) -> list[Recovered]:
    """Heal every open lease of the run in *folder*, or of all in *runs*, the last one first.

    *by_hand*: somebody has healed them; the leases are only closed.

    Raises:
        UsageError: there is no such folder.
    """
    if folder is not None and not await asyncio.to_thread(folder.is_dir):
        raise UsageError([Problem(str(folder), "no folder", "the folder of a run")])
    found = leases.open_in(folder) if folder is not None else leases.open_under(runs)
    return [await _recovered(path, by_hand=by_hand) for path in list(found)]


async def _recovered(path: Path, *, by_hand: bool) -> Recovered:
    if by_hand:
        return _closed(path, "by hand")
    try:
        lease = leases.read(path)
    except HarnessError as error:
        return Recovered(path, path.name, str(error))
    if not lease.undo:
        return Recovered(path, lease.title, "a person has to act", lease.commands)
    try:
        await do_all(lease.undo)
    except HarnessError as error:
        return Recovered(path, lease.title, str(error), lease.commands)
    return _closed(path, lease.title)


def _closed(path: Path, title: str) -> Recovered:
    """Close the lease at *path*; one that cannot be closed keeps no other fault from healing."""
    try:
        leases.close(path)
    except OSError as error:
        why = f"its lease could not be closed ({error.strerror})"
        return Recovered(path, f"{title}, healed", why)
    return Recovered(path, title)
