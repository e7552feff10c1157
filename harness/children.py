"""Child processes: the environment they get, and how they are ended whatever happens."""

import asyncio
import contextlib
import os
import signal
import sys
import sysconfig
from asyncio.subprocess import Process
from collections.abc import Sequence
from pathlib import Path

from harness.clock import same_clock

Child = Process
GRACE_S = 5.0
"""Wall seconds a child has to end by itself once its pipe is closed."""
_SOURCES = Path(__file__).parent.parent
_OF_OURS = ("LOCUST_", "HARNESS_")
_OF_PROXIES = "_proxy"
KEPT_BACK = (
    f"names that begin with {' or '.join(sorted(_OF_OURS))}, or end in {_OF_PROXIES},"
    " are not handed on"
)
"""Which variables of ours a child does not get, in words."""


def child_environment(**extra: str) -> dict[str, str]:
    """Return the environment for a child: ours, less what would change a run behind our back.

    ``LOCUST_*`` variables and proxies are left out, and what is the harness's own (the token of its
    workers is none of the target's business). A checkout that is not installed puts itself
    on the import path, before what the user has there; the working directory never is on it
    (``python -P``), so a stranger's ``reports/`` or ``scenarios/`` there cannot shadow ours. Its
    clock is ours.
    """
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_OF_OURS) and not name.lower().endswith(_OF_PROXIES)
    }
    if str(_SOURCES) not in (sysconfig.get_path("purelib"), sysconfig.get_path("platlib")):
        theirs = environment.get("PYTHONPATH")
        environment["PYTHONPATH"] = os.pathsep.join([str(_SOURCES), *([theirs] if theirs else [])])
    environment["PYTHONUNBUFFERED"] = "1"
    return environment | same_clock() | extra


async def ended(children: Sequence[Child]) -> None:
    """Close the children's pipes, wait for them to end, and kill those that do not.

    The pipe's end is their signal to leave politely; the first child is told first.
    """
    for child in children:
        if child.stdin is not None:
            child.stdin.close()
    for child in children:
        try:
            async with asyncio.timeout(GRACE_S):
                await child.wait()
        except TimeoutError:
            _kill_group(child)
            await child.wait()


def _kill_group(child: Child) -> None:
    """Kill *child* and all that it started; each child leads a session of its own."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)


PYTHON = (sys.executable, "-P", "-m")
"""How a child of ours is started: this interpreter, without the working directory on its path."""
