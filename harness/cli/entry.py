"""Where the ``harness`` command begins: its streams are made fit for any reader."""

import errno
import io
import os
import sys
from collections.abc import Iterable
from typing import Any, TextIO, cast

from harness.cli.app import app
from harness.cli.folding import tell
from harness.errors import ExitCode, Problem, worst

_GONE = (errno.EPIPE, errno.EIO)
"""Nobody reads it any more: a pipe's reader, a terminal that was closed."""


def main() -> None:
    """Run the command line; what it was to print and nothing took is told, and is no GO."""
    out, err = _fit(sys.stdout), _fit(sys.stderr)
    sys.stdout, sys.stderr = cast(TextIO, out), cast(TextIO, err)
    try:
        app()
    except SystemExit as end:
        out.flush()
        if not out.lost:
            raise
        found = f"no room for all that was printed ({out.lost})"
        tell(str(Problem("standard output", found, "a place that takes it")), sys.stderr)
        raise SystemExit(int(worst(ExitCode(int(end.code or 0)), ExitCode.USAGE))) from None


def _fit(stream: TextIO | None) -> "_WhileRead":
    """Return *stream*, written to as long as it takes anything; nowhere if it was closed before."""
    if stream is None:  # `>&-`
        stream = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115  for good
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")  # an ASCII terminal must not cost the verdict
    return _WhileRead(stream)


class _WhileRead:
    """A standard stream as long as it takes what is written; what comes later goes nowhere.

    ``| head``, a terminal that was closed and a log on a full disk must neither end a rehearsal
    half-way nor hide what it found. ``lost`` says why somebody lacks what they wanted to read;
    empty if nobody does.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.lost = ""

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except OSError as error:
            self._let_go(error)
            return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError as error:
            self._let_go(error)

    def _let_go(self, why: OSError) -> None:
        if why.errno not in _GONE:
            self.lost = str(why.strerror)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._stream.fileno())
        os.close(nowhere)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
