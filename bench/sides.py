"""The two processes that measure the generator: it, and a provider that costs next to nothing.

They are told apart by the operating system, so what one takes is never counted as the other's.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
_END_S = 10.0


class Side:
    """A process that answers each order with one line of JSON."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.pid = process.pid
        self._process = process

    def begin(self, do: str, **order: object) -> None:
        """Send an order."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": do, **order}) + "\n")
        self._process.stdin.flush()

    def answer(self) -> Any:
        """Return what it says next, waiting for it."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "a side broke: see what it wrote above"
        return json.loads(line)

    def do(self, do: str, **order: object) -> dict[str, float]:
        """Return what came of an order."""
        self.begin(do, **order)
        told: dict[str, float] = self.answer()
        return told


@contextmanager
def provider(*, answered_after_s: float = 0.3, ended_after_s: float = 0.3) -> Iterator[Side]:
    """Run the stub of a provider for the block; what it first says is its port."""
    with _running("bench.stub_provider", str(answered_after_s), str(ended_after_s)) as side:
        yield side


@contextmanager
def generator(port: int) -> Iterator[Side]:
    """Run a generator's side against the provider at *port*, ready to be told what to do."""
    with _running("bench.generator_side", f"http://127.0.0.1:{port}") as side:
        assert side.answer() == "ready"
        yield side


@contextmanager
def _running(module: str, *arguments: str) -> Iterator[Side]:
    child = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    try:
        yield Side(child)
    finally:
        child.kill()
        child.communicate(timeout=_END_S)
