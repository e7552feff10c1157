"""One HTTP exchange with the target's edge: written in one piece, on a connection that is kept.

Sockets, pool and parser are geventhttpclient's. Its ``request`` is not used: it merges the headers
twice and looks at each with regular expressions, a fifth of the CPU that a request takes.
It also sends some requests twice, and whether a request left is what we need to know.
"""

from collections.abc import Mapping
from select import POLLIN
from typing import Any, cast

import gevent
import gevent.socket
from gevent.monkey import get_original
from geventhttpclient import HTTPClient
from geventhttpclient.response import HTTPSocketPoolResponse

from harness.adapter.protocol import Request, Response
from harness.guard.rules import is_loopback
from harness.guard.rules_hosts import normal
from harness.model.target import Endpoints

CONNECT_TIMEOUT_S = 2.0
_DEFAULT_PORTS = (80, 443)
_HAS_BODY = ("POST", "PUT", "PATCH")
_poll = get_original("select", "poll")


class Transport:
    """A pool of connections to the edge; each answer is waited for *answer_s* wall seconds.

    The whole of it: by itself a socket waits so long for every piece, and never gives up who
    dribbles. A timer for each request takes 1.3 µs.
    """

    def __init__(self, endpoints: Endpoints, *, answer_s: float, connections: int) -> None:
        self._answer_s = answer_s
        client = client_of(endpoints, answer_s=answer_s, connections=connections)
        self._pool = client._connection_pool  # noqa: SLF001  the pool is public, its owner's is not
        # Its own way lets everybody else in first, at every request, and takes no connection
        # beyond the 1024th for alive.
        self._pool._is_socket_alive = _is_usable  # type: ignore[method-assign,assignment]  # noqa: SLF001
        host = f"[{client.host}]" if ":" in client.host else client.host
        port = "" if client.port in _DEFAULT_PORTS else f":{client.port}"
        self._common = f"Host: {host}{port}\r\nUser-Agent: cutover-rehearsal\r\n"
        self._lines = 3
        if endpoints.watch is not None and endpoints.watch.run:  # something for them to block
            self._common += f"X-Load-Test-Run: {endpoints.watch.run}\r\n"
            self._lines = 4

    def exchange(self, request: Request) -> Response:
        """Return the answer to *request*, or why there is none. Never sends twice.

        Raises:
            TypeError: *request* is none: a body of text, for one, that is not bytes.
        """
        try:
            written = self._written(request)
        except ValueError as error:
            return Response(None, error=f"{type(error).__name__}: {error}", sent=False)
        try:
            socket = self._pool.get_socket()
            with gevent.Timeout(self._answer_s, TimeoutError("no whole answer in time")):
                try:
                    socket.sendall(written)
                except BaseException:
                    self._pool.release_socket(socket)
                    raise
                answer = HTTPSocketPoolResponse(socket, self._pool, method=request.method)
                body = answer.read()
        except ConnectionRefusedError as error:
            return Response(None, error=f"ConnectionRefusedError: {error}", sent=False)
        except Exception as error:  # noqa: BLE001  whatever the library raises, no answer came
            return Response(None, error=f"{type(error).__name__}: {error}")
        return Response(answer.status_code, cast("Mapping[str, str]", answer.info()), body)

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()

    def _written(self, request: Request) -> bytes:
        """Return *request* as it goes over the wire.

        Raises:
            ValueError: something in it would end its line: an id that we were told, for one.
            TypeError: it is no request.
        """
        head = f"{request.method} {request.path} HTTP/1.1\r\n{self._common}"
        for name, value in request.headers.items():
            head += f"{name}: {value}\r\n"
        lines = self._lines + len(request.headers)
        if request.body or request.method in _HAS_BODY:
            head += f"Content-Length: {len(request.body)}\r\n"
            lines += 1
        if not head.count("\r") == head.count("\n") == lines or " " in request.path:
            raise ValueError(f"not a line of a request: {request.path!r} {dict(request.headers)!r}")
        return head.encode("latin-1") + b"\r\n" + request.body


def client_of(endpoints: Endpoints, *, answer_s: float, connections: int = 1) -> HTTPClient:
    """Return a client of the edge that waits *answer_s* wall seconds for each piece of an answer.

    It connects to the addresses that the guard found, and looks up no name.

    Raises:
        ValueError: the guard has found none.
    """
    client = HTTPClient.from_url(
        endpoints.edge,
        concurrency=connections,
        connection_timeout=CONNECT_TIMEOUT_S,
        network_timeout=answer_s,
        ssl_options={"ca_certs": endpoints.ca_file} if endpoints.ca_file else None,
    )
    if endpoints.watch is not None and not is_loopback(endpoints.edge):
        addresses = endpoints.pins.get(normal(client.host), ())
        if not addresses:
            raise ValueError(f"{client.host!r} is no host that the guard let through")
        found = [_socket_info(address, int(client.port or 0)) for address in addresses]
        client._connection_pool._resolve = lambda: found  # type: ignore[method-assign]  # noqa: SLF001
    return client


def _socket_info(address: str, port: int) -> tuple[Any, Any, int, str, Any]:
    """Return what ``getaddrinfo`` would say of a numeric *address*."""
    where = (address, port, 0, 0) if ":" in address else (address, port)
    family = gevent.socket.AF_INET6 if ":" in address else gevent.socket.AF_INET
    return family, gevent.socket.SOCK_STREAM, gevent.socket.IPPROTO_TCP, "", where


def _is_usable(kept: gevent.socket.socket | None) -> bool:
    """Return whether a connection that was kept is still there: if so, nothing is to be read."""
    if kept is None:
        return False
    news = _poll()
    try:
        news.register(kept, POLLIN)
        return not news.poll(0)
    except (OSError, ValueError):  # it was closed on our side
        return False
