"""Writes that happen once: the Idempotency-Key of any POST whose answer the edge keeps itself."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from mock_center.edge.api.bodies import Body, fingerprint, idempotency_key
from mock_center.edge.api.problems import key_conflict
from mock_center.edge.api.route import idempotent_replayed
from mock_center.edge.once import KeyConflictError, Once
from mock_center.server import reply

Answers = Once[dict[str, Any]]


async def answer_once(
    answers: Answers,
    request: web.Request,
    body: Body | None,
    work: Callable[[], Awaitable[dict[str, Any]]],
    *,
    status: int = 201,
) -> web.Response:
    """Return what *work* answers, or what it answered to the same key and *body* on this path.

    The path is part of the key: a client may use the same key for different things. A failure
    frees the key.

    Raises:
        ProblemError: 400, there is no Idempotency-Key; 422, it was used with another body.
    """
    key = f"{request.path} {idempotency_key(request)}"
    try:
        answer, replayed = await answers.do(key, "" if body is None else fingerprint(body), work)
    except KeyConflictError as error:
        raise key_conflict() from error
    return reply(answer, status, **idempotent_replayed(replayed))
