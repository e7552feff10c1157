"""Where the ``harness`` command begins: its streams are made fit for any reader."""

import io
import os
import sys
from collections.abc import Iterable
from typing import Any, TextIO, cast

from harness.cli.app import app


def main() -> None:
    """Run the command line."""
    sys.stdout, sys.stderr = _fit(sys.stdout), _fit(sys.stderr)
    app()


def _fit(stream: TextIO | None) -> TextIO:
    """Return *stream*, written to as long as somebody reads it; nowhere if it was closed before."""
    if stream is None:  # `>&-`
        stream = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115  for good
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")  # an ASCII terminal must not cost the verdict
    return cast(TextIO, _WhileRead(stream))


class _WhileRead:
    """A standard stream as long as somebody reads it; what is written later goes nowhere.

    ``| head`` must neither end a rehearsal half-way nor change its exit code.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except BrokenPipeError:
            self._let_go()
            return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except BrokenPipeError:
            self._let_go()

    def _let_go(self) -> None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._stream.fileno())
        os.close(nowhere)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
