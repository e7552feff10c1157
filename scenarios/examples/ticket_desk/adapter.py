"""The adapter of the ticket desk: the worked example of docs/how_to_write_an_adapter.md. Pure."""

import json
from collections.abc import Mapping
from typing import Any

from harness.adapter.protocol import (
    NewComment,
    News,
    NewTicket,
    Notice,
    NoticeKind,
    Request,
    Response,
    Steps,
    TicketRead,
    TicketState,
    Written,
)
from harness.adapter.read_back import read_back
from harness.adapter.signing import SignedIn
from harness.model.contact import WriteOutcome
from harness.model.event import Content, StoredTicket
from harness.model.target import Endpoints

_REFERENCE = 360001
"""The custom field in which a case keeps our reference."""
_URGENCY = {"P1": "critical", "P2": "high", "P3": "normal", "P4": "low"}
_STATES = {
    "open": TicketState.OPEN,
    "waiting": TicketState.PENDING,
    "done": TicketState.SOLVED,
    "closed": TicketState.CLOSED,
}
_NEWS = {
    "agent_note": NoticeKind.REPLIED,
    "second_line": NoticeKind.ESCALATED,
    "reopened": NoticeKind.REOPENED,
    "done": NoticeKind.SOLVED,
}
_STALE = 409


class TicketDesk:
    """Speaks the desk's API. It takes no calls, so there is no half for them."""

    poll_every_wall_s = 0.5

    def __init__(self, endpoints: Endpoints) -> None:
        self._signed_in = SignedIn(endpoints)

    def open_ticket(self, ticket: NewTicket) -> Steps[Written]:
        """Make the requester known, then open the case: only the second answer is a promise."""
        who = {"requester": {"external_id": ticket.customer}}
        known = yield from self._send("find_requester", "POST", "/rest/requesters", who)
        requester = _inner(known, "requester").get("id")
        if requester is None:  # nothing is opened yet, whatever became of the requester
            found = _written(known)
            refused = found.outcome is WriteOutcome.REFUSED
            outcome = WriteOutcome.REFUSED if refused else WriteOutcome.FAILED
            return Written(outcome, error=found.error or "no requester in the answer")
        body = {
            "case": {
                "requester_id": requester,
                "urgency": _URGENCY.get(ticket.priority, "normal"),
                "title": ticket.subject,
                "text": ticket.body,
                "fields": [{"id": _REFERENCE, "value": ticket.reference}],
            }
        }
        written = _written((yield from self._send("open_case", "POST", "/rest/cases", body)))
        if written.outcome is WriteOutcome.ACKNOWLEDGED and written.provider_id is None:
            return Written(WriteOutcome.UNKNOWN, error="no case in the answer")
        return written

    def read_ticket(self, provider_id: str) -> Steps[TicketRead | None]:
        """Read a case; its revision is what a change has to name."""
        case = yield from self._case(provider_id)
        if case is None:
            return None
        state = _STATES.get(str(case.get("status")), TicketState.OTHER)
        return TicketRead(state, str(case.get("rev")), _content(case))

    def comment_ticket(self, comment: NewComment) -> Steps[Written]:
        """Write a note, and look whether it is there: on a closed case it is thrown away."""
        before = yield from self._case(comment.provider_id)
        notes = _count(before, "requester_notes")
        path = f"/rest/cases/{comment.provider_id}/notes"
        answer = yield from self._send("add_note", "POST", path, {"note": {"text": comment.text}})

        def look() -> Steps[bool | None]:
            now = yield from self._case(comment.provider_id)
            count = _count(now, "requester_notes")
            return None if count is None or notes is None else count > notes

        return (yield from read_back(_written(answer), look))

    def reopen_ticket(self, provider_id: str, version: str) -> Steps[Written]:
        """Set the status, and look: the workflow lets not every case be opened again."""
        return (yield from self._change("reopen", provider_id, version, "status", "open"))

    def escalate_ticket(self, provider_id: str, version: str) -> Steps[Written]:
        """Ask for the second line, and look: it takes urgent cases alone."""
        return (yield from self._change("escalate", provider_id, version, "line", 2))

    def read_tickets(self, site: str) -> Steps[tuple[StoredTicket, ...] | None]:
        """Read every case, page by page; a page that fails leaves the whole unread."""
        found: list[StoredTicket] = []
        page: object = 1
        while page is not None:
            request = Request("list_cases", "GET", f"/rest/cases?page={page}")
            response = yield from self._signed_in.carry(request)
            body = _object(response)
            cases = body.get("cases")
            if response.status != 200 or not isinstance(cases, list):
                return None
            found += [_stored(site, case) for case in cases]
            page = body.get("next_page")
        return tuple(found)

    def remove_ticket(self, provider_id: str) -> Steps[Written]:
        """Delete a case, and look whether it is gone."""
        path = f"/rest/cases/{provider_id}"
        response = yield from self._signed_in.carry(Request("delete_case", "DELETE", path))
        if response.status == 404:
            return Written(WriteOutcome.ACKNOWLEDGED, provider_id)

        def look() -> Steps[bool | None]:
            answer = yield from self._signed_in.carry(Request("read_case", "GET", path))
            return None if answer.status not in (200, 404) else answer.status == 404

        return (yield from read_back(_written(response), look))

    def poll(self, cursor: str) -> Steps[News | None]:
        """Ask for the changes after *cursor*, for all cases at once."""
        request = Request("poll_changes", "GET", f"/rest/changes?after={cursor}")
        response = yield from self._signed_in.carry(request)
        body = _object(response)
        if response.status != 200 or "last" not in body:
            return None
        return News(tuple(map(_notice, body.get("changes", ()))), str(body["last"]))

    def _change(
        self, step: str, provider_id: str, version: str, key: str, value: object
    ) -> Steps[Written]:
        path = f"/rest/cases/{provider_id}"
        headers = {"X-Case-Revision": version}
        answer = yield from self._send(step, "PUT", path, {"case": {key: value}}, headers)

        def look() -> Steps[bool | None]:
            case = yield from self._case(provider_id)
            return None if case is None else case.get(key) == value

        return (yield from read_back(_written(answer), look))

    def _case(self, provider_id: str) -> Steps[Mapping[str, Any] | None]:
        request = Request("read_case", "GET", f"/rest/cases/{provider_id}")
        response = yield from self._signed_in.carry(request)
        return _inner(response, "case") or None if response.status == 200 else None

    def _send(
        self,
        step: str,
        method: str,
        path: str,
        body: Mapping[str, object],
        headers: Mapping[str, str] | None = None,
    ) -> Steps[Response]:
        told = {"Content-Type": "application/json", **(headers or {})}
        request = Request(step, method, path, told, json.dumps(body).encode())
        return (yield from self._signed_in.carry(request))


def _written(response: Response) -> Written:
    """Return what a write came to, by its answer alone."""
    if response.status is not None and 200 <= response.status < 300:
        number = _inner(response, "case").get("id")
        return Written(WriteOutcome.ACKNOWLEDGED, None if number is None else str(number))
    error = str(response.status or response.error)
    if not response.sent:
        return Written(WriteOutcome.FAILED, error=error)
    if response.status is not None and 400 <= response.status < 500:
        return Written(WriteOutcome.REFUSED, error=error, stale=response.status == _STALE)
    return Written(WriteOutcome.UNKNOWN, error=error)


def _notice(change: Mapping[str, Any]) -> Notice:
    kind = _NEWS.get(str(change.get("what")), NoticeKind.OTHER)
    comment = str(change.get("n")) if kind is NoticeKind.REPLIED else None
    return Notice(kind, reference=_reference(change), comment=comment)


def _stored(site: str, case: Mapping[str, Any]) -> StoredTicket:
    return StoredTicket(
        site,
        _reference(case),
        str(case.get("id")),
        comments=_count(case, "requester_notes"),
        reopened=_count(case, "times_reopened"),
        escalated=case.get("line") == 2,
        content=_content(case),
    )


def _content(case: Mapping[str, Any]) -> Content | None:
    """Return what a case says. Its urgency is not ours: P3 and P4 are both "normal" there."""
    title = case.get("title")
    return Content(subject=title) if isinstance(title, str) else None


def _reference(shown: Mapping[str, Any]) -> str:
    """Return our reference out of a case's custom fields; empty if it has none."""
    fields = shown.get("fields")
    for each in fields if isinstance(fields, list) else []:
        if isinstance(each, dict) and each.get("id") == _REFERENCE:
            return str(each.get("value"))
    return ""


def _count(case: Mapping[str, Any] | None, key: str) -> int | None:
    found = None if case is None else case.get(key)
    return found if isinstance(found, int) else None


def _inner(response: Response, key: str) -> Mapping[str, Any]:
    inner = _object(response).get(key)
    return inner if isinstance(inner, dict) else {}


def _object(response: Response) -> dict[str, Any]:
    try:
        found = json.loads(response.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
