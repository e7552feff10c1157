"""How a command ends: what went wrong in plain words, and the exit code it deserves."""

import errno
import signal
import sys
import traceback
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from harness.cli.folding import tell
from harness.errors import ExitCode, HarnessError, Problem, UsageError
from harness.files.problems import shortened

if TYPE_CHECKING:
    import asyncio

_T = TypeVar("_T")
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def finish(work: Callable[[], ExitCode]) -> None:
    """Do *work*, tell what went wrong in plain words, and exit with the code it deserves."""
    raise typer.Exit(int(ended(work)))


def ended(work: Callable[[], ExitCode]) -> ExitCode:
    """Do *work*, tell what went wrong in plain words, and return the code it deserves."""
    try:
        return work()
    except UsageError as error:
        for problem in error.problems:
            tell(str(problem), sys.stderr, below=8)
        count = len(error.problems)
        print(f"{count} problem{'s' if count > 1 else ''}; no customer was sent.", file=sys.stderr)
        return error.exit_code
    except HarnessError as error:
        tell(f"harness: {error}", sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except Exception as error:  # noqa: BLE001  the last resort: told apart from every answer
        if (misnamed := _no_such_name(error)) is not None:
            tell(str(misnamed), sys.stderr, below=8)
            return ExitCode.USAGE
        traceback.print_exc()
        print("harness: this is a mistake of the harness itself, not of yours.", file=sys.stderr)
        return ExitCode.BROKEN


def _no_such_name(error: Exception) -> Problem | None:
    """Return what is wrong with a path that leads nowhere; None if *error* tells of none.

    No file can have it, or it may not be looked at. It stands on the command line: what a run meets
    while it goes on does not come here as an OSError (``rehearsing.rehearsed``).
    """
    want = "the path of a file or a folder"
    if isinstance(error, PermissionError) and error.filename is not None:
        found = str(error.strerror).lower()
        return Problem(shortened(str(error.filename)), found, f"{want} that you may look at")
    if isinstance(error, OSError) and error.errno in (errno.ENAMETOOLONG, errno.ELOOP):
        return Problem(shortened(str(error.filename)), str(error.strerror).lower(), want)
    if isinstance(error, RuntimeError) and str(error).startswith("Symlink loop"):  # Path.resolve
        return Problem(str(error).partition(" from ")[2], "symbolic links in a circle", want)
    return None


@contextmanager
def interrupting() -> Iterator[None]:
    """Have SIGTERM and a closed terminal be a KeyboardInterrupt in the block, as Ctrl-C is.

    A closed terminal is not, under nohup.
    """

    def interrupt(_: int, __: FrameType | None) -> None:
        raise KeyboardInterrupt

    numbers = _heeded(signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, interrupt) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def interruptible(coroutine: Coroutine[Any, Any, _T], *, saying: str) -> _T:
    """Run *coroutine*; Ctrl-C, SIGTERM and a closed terminal cancel it; it may take time to heal.

    A second signal cancels again: what must not be stopped half-way is shielded, or leased.
    Under nohup a closed terminal cancels nothing. Afterwards a signal means what it meant before.
    """
    import asyncio

    before = {number: signal.getsignal(number) for number in _heeded(*_ENDING)}

    async def supervised() -> _T:
        task = asyncio.ensure_future(coroutine)
        loop = asyncio.get_running_loop()
        for number in before:
            loop.add_signal_handler(number, _cancel, task, saying)
        try:
            return await task
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None

    try:
        return asyncio.run(supervised())
    finally:  # a loop that closes leaves the system's own, which end the process at once
        for number, handler in before.items():
            signal.signal(number, handler)


def _heeded(*numbers: signal.Signals) -> tuple[signal.Signals, ...]:
    """Return *numbers*, but for that of a closed terminal under nohup: it is to go on there."""
    unheeded = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    return tuple(n for n in numbers if n is not signal.SIGHUP or not unheeded)


def _cancel(task: "asyncio.Future[Any]", saying: str) -> None:
    task.cancel()  # first: whatever becomes of the words
    print(saying, file=sys.stderr)


def duration_option(option: str, written: str) -> float:
    """Return the seconds that the duration *written* at *option* means.

    Raises:
        UsageError: it is no duration.
    """
    from harness.files import values

    try:
        return values.duration(written)
    except ValueError as error:
        raise UsageError([Problem(option, repr(written), str(error))]) from None


def size_option(option: str, written: str) -> int:
    """Return the bytes that the size *written* at *option* means.

    Raises:
        UsageError: it is no size.
    """
    from harness.model.units import parse_size

    try:
        return parse_size(written)
    except ValueError as error:
        raise UsageError([Problem(option, repr(written), str(error))]) from None


def day_option(option: str, written: str) -> date:
    """Return the day *written* at *option*.

    Raises:
        UsageError: it is none.
    """
    from harness.files import values

    try:
        return values.day(written)
    except ValueError as error:
        raise UsageError([Problem(option, repr(written), str(error))]) from None


def soak_s(written: str | None) -> float | None:
    """Return the centre seconds that ``--for`` means; None if it was not said.

    Raises:
        UsageError: it is no duration.
    """
    return None if written is None else duration_option("--for", written)


def shown(path: Path) -> str:
    """Return *path* relative to where the user stands, if it lies below."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
