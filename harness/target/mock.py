"""Starts the mock centre for the length of a block, and ends it with everything it started.

The mock is a stranger's system to us: we know its command line, what it prints, and its HTTP ports.
Its standard input is the life line: when it closes, even because we were killed, the supervisor
heals every fault and ends its edge and sites.
"""

import asyncio
import json
import secrets
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from harness.children import PYTHON, Child, child_environment, ended
from harness.errors import Problem, TargetError, UsageError
from harness.model.fault import Value
from harness.model.staffing import unmanned
from harness.model.target import Endpoints, Target
from harness.shielding import to_the_end

_START_S = 30.0
_CLIENT = "harness"


@asynccontextmanager
async def running(
    target: Target,
    *,
    lines: Mapping[str, tuple[str, ...]],
    speed: float,
    seed: str,
    logs: Path,
    manned: bool = True,
) -> AsyncIterator[Endpoints]:
    """Run the mock centre for the block and yield where it answers.

    *manned*: it simulates the agents of its profile. Else nobody answers there by itself.

    Its logs and its ticket stores stay in *logs*, for whoever has to explain what happened.

    Raises:
        UsageError: the profile's ``mock:`` section is wrong.
        TargetError: the mock did not start.
    """
    target = target if manned else unmanned(target)
    started = _started(target, lines=lines, speed=speed, seed=seed, logs=logs)
    async with started as (endpoints, _):
        yield endpoints


async def hold(
    target: Target,
    *,
    lines: Mapping[str, tuple[str, ...]],
    speed: float,
    seed: str,
    logs: Path,
    ready: Callable[[Endpoints], None],
) -> None:
    """Run the mock centre until cancelled; tell *ready* where it answers as soon as it does.

    Raises:
        UsageError: the profile's ``mock:`` section is wrong.
        TargetError: the mock did not start, or ended by itself.
    """
    started = _started(target, lines=lines, speed=speed, seed=seed, logs=logs)
    async with started as (endpoints, child):
        ready(endpoints)
        code = await child.wait()
        raise TargetError(f"the mock centre ended by itself ({code}); {_last_words(logs)}")


@asynccontextmanager
async def _started(
    target: Target,
    *,
    lines: Mapping[str, tuple[str, ...]],
    speed: float,
    seed: str,
    logs: Path,
) -> AsyncIterator[tuple[Endpoints, Child]]:
    secret = secrets.token_urlsafe(24)
    folder = logs / "mock_center"
    folder.mkdir()
    config = _config(target, lines=lines, speed=speed, seed=seed, secret=secret, folder=str(folder))
    child = await _start(config, folder / "supervisor.log")
    try:
        yield _endpoints(await _first_line(child, target, folder), secret), child
    finally:
        await to_the_end(ended([child]))


async def check(
    target: Target,
    *,
    lines: Mapping[str, tuple[str, ...]],
    speed: float,
    seed: str,
    faults: Sequence[Mapping[str, Value]] = (),
) -> list[Problem]:
    """Return what is wrong in the profile's ``mock:`` section, by the mock's own word.

    Each is told by its path in the profile, as in ``mock.talk.mean``. If nothing is, what is wrong
    in orders of *faults* by theirs, as in ``faults[0].delay``.
    """
    config = _config(
        target,
        lines=lines,
        speed=speed,
        seed=seed,
        secret="unused",
        folder=tempfile.gettempdir(),
    )
    config["faults"] = faults
    child = await asyncio.create_subprocess_exec(
        *PYTHON,
        "mock_center",
        "--check",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=child_environment(),
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(_START_S):
            output, _ = await child.communicate(json.dumps(config).encode() + b"\n")
    except TimeoutError:
        child.kill()
        raise TargetError("the mock centre did not answer when asked to check itself") from None
    if child.returncode != 0:
        raise TargetError(f"the mock centre could not check its section ({child.returncode})")
    return _problems(json.loads(output))


def _config(
    target: Target,
    *,
    lines: Mapping[str, tuple[str, ...]],
    speed: float,
    seed: str,
    secret: str,
    folder: str,
) -> dict[str, Any]:
    return {
        "speed": speed,
        "seed": seed,
        "lines": lines,
        **target.staffing_and_hours(),
        "client": {"id": _CLIENT, "secret": secret},
        "folder": folder,
        "mock": target.mock or {},
    }


async def _start(config: dict[str, Any], log: Path) -> Child:
    with log.open("ab") as errors:
        child = await asyncio.create_subprocess_exec(
            *PYTHON,
            "mock_center",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            env=child_environment(),
            start_new_session=True,
        )
    assert child.stdin is not None
    child.stdin.write(json.dumps(config).encode() + b"\n")
    await child.stdin.drain()
    return child


async def _first_line(child: Child, target: Target, folder: Path) -> dict[str, Any]:
    assert child.stdout is not None
    try:
        async with asyncio.timeout(_START_S):
            line = await child.stdout.readline()
    except TimeoutError:
        raise TargetError(f"the mock centre was not ready after {_START_S:g} s") from None
    if not line:
        raise TargetError(f"the mock centre ended before it was ready; see {folder}")
    answer: dict[str, Any] = json.loads(line)
    if answer["event"] == "refused":
        raise UsageError(_problems(answer, of=f"target {target.name}: "))
    return answer


def _last_words(logs: Path) -> str:
    said = (logs / "mock_center" / "supervisor.log").read_text(encoding="utf-8").splitlines()
    return f"its last words: {said[-1]}" if said else "it said nothing"


def _endpoints(ready: dict[str, Any], secret: str) -> Endpoints:
    return Endpoints(
        edge=ready["edge"],
        sites=ready["sites"],
        admin=ready["admin"],
        admin_token=ready["admin_token"],
        client_id=_CLIENT,
        client_secret=secret,
        ca_file=ready.get("ca", ""),
    )


def _problems(answer: dict[str, Any], *, of: str = "") -> list[Problem]:
    return [
        Problem(f"{of}{each['where']}", each["found"], each["want"]) for each in answer["problems"]
    ]
