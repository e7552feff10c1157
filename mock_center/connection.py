"""One client's connection: what cannot be read as HTTP gets a problem too, and no traceback.

aiohttp would answer such bytes in plain text and log each of them with its traceback; a load test
that sends garbage on purpose must not drown the log of the centre in it.
"""

import asyncio
from http import HTTPStatus
from typing import Any

from aiohttp import web

from mock_center import log
from mock_center.problems import ProblemError

# Longer than any client here keeps an idle connection: so a request is never sent into a
# connection that the server is just closing.
_KEEP_ALIVE_S = 3600.0


class Connection(web.RequestHandler):
    """The server's end of a connection."""

    __slots__ = ()

    def __init__(self, server: web.Server) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            keepalive_timeout=_KEEP_ALIVE_S,
            access_log=None,  # type: ignore[arg-type]  # aiohttp gives it None too
        )

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - it quotes the client's bytes; they have them
    ) -> web.StreamResponse:
        """Return the answer to what never reached a handler, or broke out of all of them.

        Raises:
            ConnectionError: the client has gone, or has part of another answer already.
        """
        if isinstance(exc, ConnectionError):
            raise exc
        if request.writer.output_size > 0:
            raise ConnectionError("part of an answer has been sent")
        if status < HTTPStatus.INTERNAL_SERVER_ERROR:
            problem = ProblemError(status, "bad-request", "The request is not valid HTTP")
        else:
            log.error("answer_failed", error=repr(exc))
            problem = ProblemError(500, "internal-error", "The centre failed", "see its log")
        response = problem.response()
        response.force_close()
        return response

    def log_exception(self, *args: Any, exc_info: BaseException | None = None, **kw: Any) -> None:
        """Log what broke in the server; a client that left in the middle of a body is no news."""
        if not isinstance(exc_info, (ConnectionError, web.RequestPayloadError)):
            super().log_exception(*args, exc_info=exc_info, **kw)
