"""Whoever wants a command to end it ends, however they say so and whatever is left to tell them."""

import asyncio
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from harness.cli.finishing import interruptible, interrupting

pytestmark = pytest.mark.usefixtures("not_under_nohup")

ROOT = Path(__file__).parents[1]
ON_A_TERMINAL = """
import asyncio, sys
from harness.cli import entry, finishing
async def run():
    print("begun", flush=True)
    try:
        await asyncio.sleep(60)
    finally:
        print("said", file=sys.stderr, flush=True)
        print("healed", flush=True)
sys.stderr = entry._fit(sys.stderr)
try:
    finishing.interruptible(run(), saying="interrupted: healing what is broken")
except KeyboardInterrupt:
    print("cancelled", flush=True)
"""


def test_a_terminal_that_was_closed_cancels_what_ran_on_it():
    """Nothing can be written to it any more, and what was to be said must not stand in the way."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", ON_A_TERMINAL], cwd=ROOT, text=True, start_new_session=True,
        stdin=theirs, stdout=subprocess.PIPE, stderr=theirs,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        begun = process.stdout.readline()
        os.close(theirs)
        os.close(ours)
        process.send_signal(signal.SIGHUP)
        rest, _ = process.communicate(timeout=30)

    assert begun == "begun\n"
    assert rest == "healed\ncancelled\n"
    assert process.returncode == 0


def test_under_nohup_a_closed_terminal_cancels_nothing():
    async def closed() -> str:
        os.kill(os.getpid(), signal.SIGHUP)
        await asyncio.sleep(0.05)
        return "went on"

    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interrupting():
            assert interruptible(closed(), saying="") == "went on"
            os.kill(os.getpid(), signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_means_the_same_after_a_run_as_before_it(number: signal.Signals):
    """While the reports of one scenario of a folder are written, and its webhook is told."""

    async def nothing() -> None:
        pass

    before = signal.getsignal(number)
    with interrupting(), pytest.raises(KeyboardInterrupt):
        interruptible(nothing(), saying="")
        assert signal.getsignal(number) not in (signal.SIG_DFL, before), "it would end us"
        os.kill(os.getpid(), number)

    assert signal.getsignal(number) is before
