"""Holds a centre up from its start until it is told to stop, and ends every process of it."""

import asyncio
import contextlib
import json
import secrets
import signal
import tempfile
from pathlib import Path
from typing import Any

import aiohttp

from mock_center import log
from mock_center.config import Centre
from mock_center.control import Lines, say
from mock_center.server import HOST, listen_on, port_of, serving
from mock_center.supervisor.admin import admin_app
from mock_center.supervisor.child import StartError
from mock_center.supervisor.nursery import Nursery
from mock_center.supervisor.supervisor import EdgeGoneError, Supervisor

_OK, _BROKE = 0, 1


def hold(centre: Centre, document: dict[str, Any], rest: bytes) -> int:
    """Hold the centre that *document* (parsed: *centre*) describes; return the exit code.

    *rest* is what stdin gave after the orders. 0: ended as told. 1: a process broke.
    """
    with Nursery() as nursery:
        return asyncio.run(_hold(centre, document, rest, nursery))


async def _hold(centre: Centre, document: dict[str, Any], rest: bytes, nursery: Nursery) -> int:
    lines = Lines(rest)
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    with contextlib.ExitStack() as folders:
        folder = Path(
            centre.folder
            or folders.enter_context(tempfile.TemporaryDirectory(prefix="mock-centre-"))
        )
        folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 - nothing else runs yet
        supervisor = Supervisor(centre, document, folder, nursery)
        return await _run(supervisor, centre, lines, stopped)


async def _run(supervisor: Supervisor, centre: Centre, lines: Lines, stopped: asyncio.Event) -> int:
    """Hold the centre up until told to stop; whatever happens, end every process."""
    end = asyncio.create_task(_told_to_stop(lines, stopped))
    work = asyncio.create_task(_serve(supervisor, centre))
    try:
        await asyncio.wait({end, work}, return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            return _explain(work.exception())
        return _OK
    finally:
        work.cancel()
        end.cancel()
        await asyncio.gather(work, end, return_exceptions=True)
        await supervisor.stop()
        log.info("stopped")


def _explain(error: BaseException | None) -> int:
    group = error.exceptions if isinstance(error, BaseExceptionGroup) else (error,)
    for each in group:
        known = isinstance(each, (StartError, EdgeGoneError))
        log.error("centre_broke", error=each if known else repr(each))
    return _BROKE


async def _serve(supervisor: Supervisor, centre: Centre) -> None:
    token = secrets.token_urlsafe(24)
    listener = listen_on(0)
    admin = f"http://{HOST}:{port_of(listener)}"
    async with (
        aiohttp.ClientSession() as session,
        serving(admin_app(supervisor, token, session), listener),
    ):
        await supervisor.start()
        say(
            "ready",
            edge=supervisor.url("edge"),
            admin=admin,
            admin_token=token,
            sites={site: supervisor.url(site) for site in supervisor.sites},
            speed=centre.speed,
            **({} if supervisor.ca is None else {"ca": str(supervisor.ca)}),
        )
        await supervisor.watch()


async def _told_to_stop(lines: Lines, stopped: asyncio.Event) -> None:
    async with asyncio.TaskGroup() as waits:
        waits.create_task(_until_stop_line(lines, stopped))
        await stopped.wait()
        raise _Told from None


async def _until_stop_line(lines: Lines, stopped: asyncio.Event) -> None:
    while (line := await lines.next()) is not None:
        try:
            command = json.loads(line)["command"]
        except (ValueError, TypeError, KeyError):
            command = None
        if command == "stop":
            break
        log.warning("unknown_command", line=line[:100])
    stopped.set()


class _Told(Exception):
    """Ends the wait for either reason."""
