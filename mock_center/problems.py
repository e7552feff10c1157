"""Problems on the wire: ``application/problem+json`` (RFC 9457) for whatever goes wrong.

ProblemError            raised by a handler: the client is told its type, title and detail
aiohttp's HTTPException an unknown path, a wrong method, a body over the limit
anything else           500 ``internal-error``, logged with its traceback, never its text
"""

import json
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from mock_center import log

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_SLUGS = {
    400: ("bad-request", "The request cannot be read"),
    404: ("not-found", "There is nothing here"),
    405: ("method-not-allowed", "This path does not take that method"),
    413: ("body-too-large", "The body is larger than 64 kB"),
}


class ProblemError(Exception):
    """An answer that is not a success.

    *type* is a slug that programs may rely on; *title* is the same for each of a type; *detail*
    says what was found this time, and what would be right.
    """

    def __init__(
        self,
        status: int,
        type: str,  # noqa: A002 - RFC 9457's word
        title: str,
        detail: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{type}: {detail or title}")
        self.status = status
        self.type = type
        self.title = title
        self.detail = detail
        self.headers = headers or {}

    def response(self) -> web.Response:
        """Return the response that says so."""
        body = {"type": self.type, "title": self.title, "status": self.status}
        if self.detail:
            body["detail"] = self.detail
        return web.Response(
            status=self.status,
            body=json.dumps(body).encode(),
            content_type="application/problem+json",
            headers=self.headers,
        )


@web.middleware
async def problems_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer every failure with problem+json; the outermost middleware of each server here."""
    try:
        return await handler(request)
    except ProblemError as problem:
        return problem.response()
    except web.HTTPException as error:
        slug, title = _SLUGS.get(error.status, ("http-error", error.reason or "Failed"))
        headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else None
        return ProblemError(error.status, slug, title, request.path, headers).response()
    except ConnectionError:
        raise  # the client has gone: there is nobody to answer
    except web.RequestPayloadError:
        title = "The body does not arrive as its headers say"
        return ProblemError(400, "bad-request", title).response()
    except Exception:  # noqa: BLE001 - a client gets an answer whatever broke
        log.error("request_failed", method=request.method, path=request.path)
        return ProblemError(500, "internal-error", "The centre failed", "see its log").response()


def no_such(what: str, name: str) -> ProblemError:
    """Return the 404 for a *what* called *name*."""
    return ProblemError(404, "not-found", f"There is no such {what}", f"found {name!r}")
