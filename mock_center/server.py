"""HTTP on loopback: a port that stays ours, and a server that stops in time."""

import asyncio
import json
import resource
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from aiohttp import web

from mock_center.connection import Connection

HOST = "127.0.0.1"
BODY_LIMIT = 64 * 1024
_BACKLOG = 4096
_GRACE_S = 0.3
_FILES = 65_536


def reserve_port() -> socket.socket:
    """Return a socket that holds a free loopback port without listening on it.

    While nobody else listens, connections to it are refused; a child may ``listen_on`` it, die,
    and be replaced, and no outgoing connection of anybody can take the port in between.
    """
    holder = _socket()
    holder.bind((HOST, 0))
    return holder


def listen_on(port: int) -> socket.socket:
    """Return a socket that listens on loopback *port* (0: any), also if it is reserved."""
    listener = _socket()
    listener.bind((HOST, port))
    listener.listen(_BACKLOG)
    listener.setblocking(False)
    return listener


def port_of(bound: socket.socket) -> int:
    """Return the port that *bound* is bound to."""
    return int(bound.getsockname()[1])


def _socket() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    return made


def allow_many_files() -> int:
    """Let this process open as many files as it may, 65,536 at most; return how many that is."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(hard, _FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(ValueError, OSError):  # some kernels allow less than they say
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
    return _FILES if soft == resource.RLIM_INFINITY else soft


@asynccontextmanager
async def serving(
    app: web.Application, listener: socket.socket, *, tls: ssl.SSLContext | None = None
) -> AsyncIterator[None]:
    """Serve *app* on *listener* for the block, over HTTPS if there is a *tls* context."""
    runner = web.AppRunner(app, handle_signals=False, shutdown_timeout=_GRACE_S)
    await runner.setup()
    server = runner.server
    assert server is not None
    try:
        accepting = await asyncio.get_running_loop().create_server(
            lambda: Connection(server), sock=listener, backlog=_BACKLOG, ssl=tls
        )
        try:
            yield
        finally:
            accepting.close()
    finally:
        await runner.cleanup()


def reply(payload: object, status: int = 200, **headers: str) -> web.Response:
    """Return *payload* as a JSON response; header names are given with underscores."""
    return web.Response(
        status=status,
        body=json.dumps(payload, separators=(",", ":")).encode(),
        content_type="application/json",
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


async def read_object(request: web.Request) -> dict[str, Any]:
    """Return the JSON object in the body.

    Raises:
        ValueError: the body is not one.
    """
    found = json.loads(await request.read())
    if not isinstance(found, dict):
        raise ValueError("want a JSON object")  # noqa: TRY004 - what json raises as well
    return found
