"""What clients may send about tickets and support requests, and the headers and cursors with it."""

import re
from typing import Annotated, Literal, Self

from aiohttp import web
from pydantic import StringConstraints, model_validator

from mock_center.edge.api.bodies import Attachments, Body, LongText, Text
from mock_center.problems import ProblemError

_TAG = r'(W/)?"([\x21\x23-\x7e]*)"'
_ETAG = re.compile(_TAG)
_ETAGS = re.compile(rf"\s*{_TAG}\s*(,\s*{_TAG}\s*)*")
_POSITION = re.compile(r"([0-9]{1,9})-([0-9]{1,18})")


class TicketPatch(Body):
    """``PATCH /v1/tickets/{id}``: at least one change; a state as the customer may wish it.

    A ticket that went to the second line does not come back from it.
    """

    priority: Literal["P1", "P2", "P3", "P4"] | None = None
    subject: Text | None = None
    state: Literal["open", "solved"] | None = None
    escalated: Literal[True] | None = None

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("want at least one of priority, subject, state, escalated")
        if any(getattr(self, name) is None for name in self.model_fields_set):
            raise ValueError("null is no value; leave out what is not to change")
        return self


class CommentDraft(Body):
    """``POST /v1/tickets/{id}/comments``; only an agent's may be a note, which nobody sees."""

    author: Literal["customer", "agent"]
    text: Annotated[LongText, StringConstraints(min_length=1)]
    public: bool = True
    attachments: Attachments = []  # noqa: RUF012 - pydantic copies it

    @model_validator(mode="after")
    def _customers_write_in_public(self) -> Self:
        if self.author == "customer" and not self.public:
            raise ValueError("a customer's comment is public")
        return self


class Resolution(Body):
    """``POST /v1/support-requests/{id}/resolve``."""

    note: Annotated[Text, StringConstraints(min_length=1)]


def if_match(request: web.Request) -> list[str] | None:
    """Return the versions that the client has in mind, None if any will do (``*``).

    Raises:
        ProblemError: 428 without the header, 400 if it is not a list of entity tags.
    """
    found = request.headers.get("If-Match")
    if found is None:
        raise ProblemError(
            428,
            "if-match-required",
            "This change needs an If-Match",
            "want the ETag of the ticket as it was read",
        )
    if found.strip() == "*":
        return None
    if not _ETAGS.fullmatch(found):
        raise ProblemError(
            400, "invalid-if-match", "The If-Match is not valid", 'want * or "...", "..."'
        )
    # A weak tag never matches: this comparison is the strong one.
    return [tag for weak, tag in _ETAG.findall(found) if not weak]


def query_position(request: web.Request) -> tuple[int, int]:
    """Return the epoch and place that ``since`` names; the beginning without it, or with 0.

    Raises:
        ProblemError: 400, it is not a position that an export has given.
    """
    text = request.query.get("since", "0")
    if text == "0":
        return 0, 0
    found = _POSITION.fullmatch(text)
    if found is None:
        raise _bad_query("since", text, "0 or the next of an export")
    return int(found[1]), int(found[2])


def query_state(request: web.Request) -> str | None:
    """Return the state of support requests in the query, None if any will do.

    Raises:
        ProblemError: 400, it is something else.
    """
    text = request.query.get("state")
    if text not in (None, "open", "resolved"):
        raise _bad_query("state", text, "open or resolved")
    return text


def _bad_query(name: str, found: str, want: str) -> ProblemError:
    detail = f"{name}: found {found[:60]!r}, want {want}"
    return ProblemError(400, "invalid-query", "The query is not valid", detail)
