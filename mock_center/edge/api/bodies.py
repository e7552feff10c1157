"""What clients may send: bodies, keys and query values, checked before anything happens."""

import hashlib
import json
import re
from typing import Annotated, Any, Literal, Self, TypeVar

from aiohttp import web
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from mock_center.problems import ProblemError

Name = Annotated[str, StringConstraints(min_length=1, max_length=128)]
Text = Annotated[str, StringConstraints(max_length=500)]
LongText = Annotated[str, StringConstraints(max_length=20_000)]
Url = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Language = Annotated[
    str, StringConstraints(pattern=r"^([A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*)?$", max_length=35)
]
Consumer = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]

_KEY = re.compile(r"[\x21-\x7e]{1,128}")
_CONSUMER = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_JSON = re.compile(r"application/(json|[\w.-]+\+json)")
_MOST_TOLD = 10
_MOST_FILES = 10
_LARGEST_FILE = 50_000_000
_MOST_PER_PAGE = 1000


class Body(BaseModel):
    """A JSON object with exactly these keys."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class CallOrder(Body):
    """``POST /v1/calls``. The *language* is noted, as a real centre would; agents speak all."""

    line: Name
    caller: Name
    customer: Name
    reason: Text
    reference: Name
    consumer: Consumer
    language: Language = ""


class Keys(Body):
    """``POST /v1/calls/{id}/dtmf``."""

    digits: Annotated[str, StringConstraints(pattern=r"^[0-9*#A-D]{1,32}$")]


class CallbackOrder(Body):
    """``POST /v1/callbacks``. Without a *call* that waits, the *line* says which queue."""

    line: Name
    number: Name
    customer: Name
    reason: Text
    reference: Name
    consumer: Consumer
    call: Name | None = None


class AgentLogin(Body):
    """``POST /v1/agents``. A *consumer* hears of offers, each with the agent's own *reference*."""

    name: Name
    site: Name
    skill: Name
    consumer: Consumer | None = None
    reference: Name | None = None


class AgentState(Body):
    """``PUT /v1/agents/{id}/state``."""

    state: Literal["available", "break", "training", "meeting", "tech", "offline"]


class AgentWork(Body):
    """``POST /v1/agents/{id}/accept`` and ``/decline``: a call, or a ticket."""

    call: Name | None = None
    ticket: Name | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        given = self.model_fields_set & {"call", "ticket"}
        if len(given) != 1 or (self.call is None and self.ticket is None):
            raise ValueError("want either call or ticket")
        return self


class AgentFinish(AgentWork):
    """``POST /v1/agents/{id}/finish``: the work is done, or the caller is passed on."""

    transfer_to: Name | None = None
    resolved: bool = True


def _whole(value: object) -> object:
    """Return 3 for 3.0: to JSON they are the same number."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


class Attachment(Body):
    """What is told of a file; the file itself is never sent."""

    file_name: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    size_bytes: Annotated[int, Field(ge=0, le=_LARGEST_FILE), BeforeValidator(_whole)]
    type: Annotated[str, StringConstraints(pattern=r"^[a-z]{1,20}/[a-z0-9.+-]{1,80}$")]


Attachments = Annotated[list[Attachment], Field(max_length=_MOST_FILES)]


class TicketDraft(Body):
    """``POST /v1/tickets``."""

    reference: Name
    consumer: Consumer
    customer: Name
    priority: Literal["P1", "P2", "P3", "P4"]
    subject: Text
    body: LongText
    attachments: Attachments = []


B = TypeVar("B", bound=Body)


async def read_body(request: web.Request, kind: type[B]) -> B:
    """Return the body of *request* as a *kind*.

    Raises:
        ProblemError: 415 if it does not say that it is JSON, 400 if it is not, 422 if it is, but
            not such a body.
    """
    raw = await request.read()
    if not _JSON.fullmatch(request.content_type):
        raise ProblemError(
            415,
            "unsupported-media-type",
            "The body is of the wrong type",
            f"found {request.content_type[:60]!r}, want application/json",
        )
    try:
        check_json(raw)
        return kind.model_validate_json(raw)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        not_json = found[0]["type"] == "json_invalid"
        detail = "; ".join(
            f"{'.'.join(map(str, problem['loc'])) or 'body'}: {problem['msg']}"
            for problem in found[:_MOST_TOLD]
        )
        raise _invalid_body(400 if not_json else 422, detail) from error
    except RecursionError as error:
        raise _invalid_body(400, "it is nested too deeply") from error
    except ValueError as error:
        raise _invalid_body(400, str(error)) from error


def check_json(raw: bytes) -> None:
    """Return if *raw* means the same to every reader of JSON.

    The validation that follows is lenient where readers differ: of a key that comes twice it takes
    the last, and it knows NaN.

    Raises:
        ValueError: it does not, or it is not JSON.
        RecursionError: it is nested too deeply.
    """
    json.loads(raw.decode(), parse_constant=_no_number, object_pairs_hook=_each_key_once)


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _each_key_once(pairs: list[tuple[str, Any]]) -> None:
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {twice[:60]!r} comes twice")


def _invalid_body(status: int, detail: str) -> ProblemError:
    return ProblemError(status, "invalid-body", "The body is not valid", detail)


def idempotency_key(request: web.Request) -> str:
    """Return the request's ``Idempotency-Key``.

    Raises:
        ProblemError: 400, it is missing or not 1 to 128 printable ASCII characters.
    """
    key = request.headers.get("Idempotency-Key", "")
    if not _KEY.fullmatch(key):
        raise ProblemError(
            400,
            "invalid-idempotency-key",
            "This request needs an Idempotency-Key",
            "want 1 to 128 printable ASCII characters without spaces",
        )
    return key


def fingerprint(body: Body) -> str:
    """Return what tells this body from any other."""
    canonical = json.dumps(body.model_dump(), sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def query_int(request: web.Request, name: str, default: int | None, *, most: int) -> int:
    """Return the whole number from 0 to *most* in the query.

    Raises:
        ProblemError: 400, it is something else, or missing with no *default*.
    """
    text = request.query.get(name)
    if text is None and default is not None:
        return default
    if text is None or not re.fullmatch(r"[0-9]{1,18}", text) or int(text) > most:
        raise _bad_query(name, text, f"a whole number from 0 to {most}")
    return int(text)


def query_limit(request: web.Request) -> int:
    """Return how many items a page may hold, 1 to 1000; 200 if the query does not say.

    Raises:
        ProblemError: 400, it is something else.
    """
    limit = query_int(request, "limit", 200, most=_MOST_PER_PAGE)
    if limit < 1:
        raise _bad_query("limit", str(limit), f"a whole number from 1 to {_MOST_PER_PAGE}")
    return limit


def query_consumer(request: web.Request) -> str:
    """Return the name of the consumer in the query.

    Raises:
        ProblemError: 400, it is missing or not a name.
    """
    text = request.query.get("consumer", "")
    if not _CONSUMER.fullmatch(text):
        raise _bad_query("consumer", text, "1 to 64 letters, digits and . _ : -")
    return text


def _bad_query(name: str, found: str | None, want: str) -> ProblemError:
    shown = "nothing" if found is None else repr(found[:60])
    return ProblemError(
        400, "invalid-query", "The query is not valid", f"{name}: found {shown}, want {want}"
    )
