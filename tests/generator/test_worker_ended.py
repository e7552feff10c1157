"""Why a worker's process ended before its run did: told apart, because the remedies differ."""

import asyncio
import sys
from pathlib import Path

import pytest

from harness.generator.crew import Address
from harness.generator.worker import ended_early

AT = Address("127.0.0.1", 25557)


@pytest.mark.parametrize(
    ("does", "log", "says"),
    [
        ("pass", "", "the run at 127.0.0.1:25557 is gone"),
        ("raise SystemExit(1)", "", "the run at 127.0.0.1:25557 is gone"),
        ("pass", "out of descriptors\n", "ended by itself; its last words: out of descriptors"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "", "it said nothing"),
    ],
)
async def test_a_process_that_was_let_go_did_not_break(
    does: str, log: str, says: str, tmp_path: Path
):
    """A run that is killed is in a hurry: its word of parting may be lost on the way."""
    if log:
        (tmp_path / "locust-worker.log").write_text(log)
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", does)

    assert says in str(await ended_early(child, AT, tmp_path))
