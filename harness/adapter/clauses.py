"""What of an adapter's contract needs no target: told made-up answers, it has to stay honest.

Whatever a provider answers, or does not, an adapter never raises, never waits for ever, and never
calls acknowledged what nobody promised. Pure: nothing is sent.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from harness.adapter.parts import missing_parts
from harness.adapter.protocol import (
    NewCall,
    NewCallback,
    NewComment,
    NewTicket,
    Placed,
    Promised,
    Request,
    Response,
    Steps,
    Written,
)
from harness.model.contact import Outcome, Stream
from harness.model.target import Endpoints

SECRET = "s3cret-of-the-contract"
"""What made-up endpoints have as a secret; it must never be where it can be seen."""
_MOST_REQUESTS = 50
_ID = "987654321"
CALL = NewCall(
    reference="contract/call-1",
    consumer="contract",
    line="+441632960101",
    caller="+447700900999",
    customer="customer-0",
    reason="contract",
)
CALLBACK = NewCallback(
    reference="contract/callback-1",
    consumer="contract",
    provider_id=_ID,
    queue="billing",
    line="+441632960101",
    number="+447700900999",
    customer="customer-0",
    reason="contract",
)
TICKET = NewTicket(
    reference="contract/ticket-1",
    consumer="contract",
    customer="customer-0",
    priority="P3",
    subject="Contract check",
    body="Written by a test, for nobody.",
)
COMMENT = NewComment(provider_id=_ID, key="contract/ticket-1/comment-1", text="For nobody.")


class Kept(StrEnum):
    """What became of a clause."""

    HELD = "held"
    BROKEN = "BROKEN"
    UNTRIED = "not tried"


@dataclass(frozen=True, slots=True)
class Clause:
    """One sentence of the contract, and whether an adapter keeps it; *why* if not."""

    name: str
    kept: Kept
    why: str = ""


class _Endless(Exception):
    """A step asked for one request after the other and never came to an end."""


Make = Callable[[Endpoints], Any]
_Step = tuple[str, Callable[[Any], Steps[Any]]]
_WRITES: tuple[_Step, ...] = (
    ("open_ticket", lambda adapter: adapter.open_ticket(TICKET)),
    ("comment_ticket", lambda adapter: adapter.comment_ticket(COMMENT)),
    ("reopen_ticket", lambda adapter: adapter.reopen_ticket(_ID, "7")),
    ("escalate_ticket", lambda adapter: adapter.escalate_ticket(_ID, "7")),
    ("remove_ticket", lambda adapter: adapter.remove_ticket(_ID)),
    ("place_call", lambda adapter: adapter.place_call(CALL)),
    ("ask_for_callback", lambda adapter: adapter.ask_for_callback(CALLBACK)),
)
_READS: tuple[_Step, ...] = (
    ("read_ticket", lambda adapter: adapter.read_ticket(_ID)),
    ("read_tickets", lambda adapter: adapter.read_tickets("north")),
    ("poll", lambda adapter: adapter.poll("7")),
)
_OTHERS: tuple[_Step, ...] = (
    ("hang_up", lambda adapter: adapter.hang_up(_ID)),
    ("press", lambda adapter: adapter.press(_ID, "1#")),
    ("listen", lambda adapter: adapter.listen("contract", 7)),
)
_LOST = Response(None, error="TimeoutError")
_NEVER_LEFT = Response(None, error="ConnectionRefusedError", sent=False)
_NONSENSE = (
    Response(200, {}, b""),
    Response(200, {}, b"<html>Sign in</html>"),
    Response(200, {}, b"[]"),
    Response(200, {}, b"null"),
    Response(200, {}, b'{"error": "none"}'),
    Response(302, {"location": "https://elsewhere.example"}, b""),
)
_ANSWERS = (
    _LOST,
    _NEVER_LEFT,
    *(Response(status, {}, b"{}") for status in (400, 401, 403, 404, 409, 412, 422, 429)),
    *(Response(status, {}, b"{}") for status in (500, 502, 503, 504)),
    *_NONSENSE,
)


def offline(make: Make, endpoints: Endpoints, streams: tuple[Stream, ...]) -> Iterator[Clause]:
    """Yield every clause that can be tried without a target, for an adapter as *make* makes it.

    *endpoints* must have ``SECRET`` as its secret. *streams* are what the target offers.
    """
    missing = missing_parts(make, streams)
    yield _clause("it has every part that its target's offers need", ", ".join(missing))
    adapter = make(endpoints)
    steps = [each for each in (*_WRITES, *_READS, *_OTHERS) if hasattr(adapter, each[0])]
    writes = [each for each in _WRITES if hasattr(adapter, each[0])]
    reads = [each for each in _READS if hasattr(adapter, each[0])]

    def tried(some: list[_Step], *answers: Response) -> Iterator[tuple[str, Response, Any]]:
        for name, step in some:
            for answer in answers:
                yield name, answer, _outcome(step(make(endpoints)), answer)

    yield _clause(
        "no answer makes it raise, or ask for ever",
        _first(
            f"{name} on {_shown(answer)}: {result!r}"
            for name, answer, result in tried(steps, *_ANSWERS)
            if isinstance(result, Exception)
        ),
    )
    for words, answers, good in (
        ("what never left has failed", (_NEVER_LEFT,), _FAILED),
        ("what was sent and not answered is unknown", (_LOST,), _UNKNOWN),
        ("an error of the server is unknown", _of(500, 502, 503, 504), _UNKNOWN),
        ("what the provider refuses is refused", _of(400, 403, 422), _REFUSED),
        ("an answer that makes no sense is no promise", _NONSENSE, _NO_PROMISE),
    ):
        yield _clause(
            words,
            _first(
                f"{name} on {_shown(answer)} came to {said}"
                for name, answer, result in tried(writes, *answers)
                if (said := _said(result)) not in good and name != "remove_ticket"
            ),
        )
    yield _clause(
        "a store that does not answer is unread, not empty",
        _first(
            f"{name} on {_shown(answer)} came to {result!r}"
            for name, answer, result in tried(reads, _LOST, _NEVER_LEFT, *_of(401, 500, 503))
            if result is not None and not isinstance(result, Exception)
        ),
    )
    yield _clause(
        "every request can be sent, and is named from a closed set",
        _requests(steps, make, endpoints),
    )
    yield _clause("its secret is in headers and bodies alone", _secret(steps, make, endpoints))
    if hasattr(adapter, "parse_notice"):
        yield _clause("a line that is no event is none", _notices(adapter))


_FAILED = frozenset({"failed"})
_UNKNOWN = frozenset({"unknown", "failed"})
"""A step that failed before the request that counts has failed: nothing can have been kept."""
_REFUSED = frozenset({"refused", "failed"})
_NO_PROMISE = frozenset({"unknown", "failed", "refused"})


def _of(*statuses: int) -> tuple[Response, ...]:
    return tuple(Response(status, {}, b"{}") for status in statuses)


def _said(result: Any) -> str:
    """Return what a step came to, in one of the words above; ``acknowledged`` if it promises."""
    said = f"{result!r}"
    match result:
        case Written(outcome=outcome):
            said = str(outcome)
        case Placed(outcome=None) | Promised(until=float()):
            said = "acknowledged"
        case Placed(outcome=Outcome.BLOCKED | Outcome.REFUSED):
            said = "refused"
        case Placed(outcome=outcome):
            said = str(outcome)
        case Promised() | Exception():
            said = "failed"
    return said


def _outcome(steps: Steps[Any], answer: Response) -> Any:
    """Return what *steps* come to if every request is given *answer*, or what they raise."""
    try:
        next(steps)
        for _ in range(_MOST_REQUESTS):
            steps.send(answer)
    except StopIteration as done:
        return done.value
    except Exception as error:  # noqa: BLE001  an adapter is somebody else's code
        return error
    return _Endless(f"more than {_MOST_REQUESTS} requests")


def _sent(steps: list[_Step], make: Make, endpoints: Endpoints) -> Iterator[tuple[str, Request]]:
    """Yield every request of every step, as long as they are answered with an empty object."""
    for name, step in steps:
        for answer in (Response(200, {"etag": "7"}, b"{}"), *_of(201, 404)):
            asked: list[Request] = []
            iterator = step(make(endpoints))
            try:
                request = next(iterator)
                while len(asked) < _MOST_REQUESTS:
                    asked.append(request)
                    request = iterator.send(answer)
            except Exception:  # noqa: BLE001, S110  another clause tells that; here requests count
                pass
            yield from ((name, request) for request in asked)


def _requests(steps: list[_Step], make: Make, endpoints: Endpoints) -> str:
    return _first(
        f"{name}: {request.method} {request.path!r} as {request.step!r}"
        + ("" if _has_bytes(request) else f", its body {type(request.body).__name__}, not bytes")
        for name, request in _sent(steps, make, endpoints)
        if not _is_fine(request)
    )


def _is_fine(request: Request) -> bool:
    plain = request.path.isascii() and request.path.isprintable() and " " not in request.path
    named = bool(request.step) and _ID not in request.step and "contract" not in request.step
    lines = all("\n" not in each and "\r" not in each for each in request.headers.values())
    return request.path.startswith("/") and plain and named and lines and _has_bytes(request)


def _has_bytes(request: Request) -> bool:
    """Return whether its body can be sent as it is: an adapter is somebody else's code."""
    return isinstance(request.body, bytes)


def _secret(steps: list[_Step], make: Make, endpoints: Endpoints) -> str:
    return _first(
        f"{name}: {request.method} {request.step}"
        for name, request in _sent(steps, make, endpoints)
        if SECRET in request.path or SECRET in request.step
    ) or (repr(make(endpoints)) if SECRET in repr(make(endpoints)) else "")


def _notices(adapter: Any) -> str:
    lines = (b"", b"\n", b"null", b"[]", b"{}", b'{"type": 3}', b"\xff\xfe", b"{")
    found = []
    for line in lines:
        try:
            notice = adapter.parse_notice(line)
        except Exception as error:  # noqa: BLE001  an adapter is somebody else's code
            found.append(f"{line!r}: {error!r}")
        else:
            if notice is not None and notice.kind != "other":
                found.append(f"{line!r} came to {notice}")
    return _first(iter(found))


def _shown(answer: Response) -> str:
    if answer.status is None:
        return "no answer" if answer.sent else "no connection"
    return f"{answer.status} {answer.body.decode()[:20]}".strip()


def _first(found: Iterator[str]) -> str:
    """Return the first of *found*, and how many more there are; empty if there is none."""
    every = list(dict.fromkeys(found))
    more = f" (and {len(every) - 1} more)" if len(every) > 1 else ""
    return f"{every[0]}{more}" if every else ""


def _clause(name: str, why: str) -> Clause:
    return Clause(name, Kept.BROKEN if why else Kept.HELD, why)
