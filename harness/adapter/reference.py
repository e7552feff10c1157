"""The reference adapter: the API of the mock centre, and of whoever builds theirs like it."""

import json
from typing import Any
from urllib.parse import urlencode

from harness.adapter.protocol import (
    EndReason,
    NewCall,
    NewTicket,
    Notice,
    NoticeKind,
    Placed,
    Request,
    Response,
    Steps,
    Written,
)
from harness.adapter.reference_agents import ReferenceAgents, standing
from harness.model.contact import Outcome, WriteOutcome
from harness.model.event import StoredTicket
from harness.model.target import Endpoints

_PAGE = 500
_TURNED_AWAY = {"trunks-busy", "no-site"}
_NOTICES = {
    "call.menu": NoticeKind.MENU,
    "call.queued": NoticeKind.QUEUED,
    "call.answered": NoticeKind.ANSWERED,
    "call.ended": NoticeKind.ENDED,
    "ticket.replied": NoticeKind.REPLIED,
    "ticket.solved": NoticeKind.SOLVED,
    "agent.changed": NoticeKind.AGENT,
    "alive": NoticeKind.ALIVE,
}
_REASONS = {reason.value: reason for reason in EndReason}


class ReferenceAdapter(ReferenceAgents):
    """REST with a bearer token that is fetched when first needed and again when it has expired."""

    def __init__(self, endpoints: Endpoints) -> None:
        self._endpoints = endpoints
        self._token = ""

    def place_call(self, call: NewCall) -> Steps[Placed]:
        """Place *call* under its reference as the idempotency key."""
        body = {
            "reference": call.reference,
            "consumer": call.consumer,
            "line": call.line,
            "caller": call.caller,
            "customer": call.customer,
            "reason": call.reason,
        }
        response = yield from self._post("place_call", "/v1/calls", body, key=call.reference)
        if response.status == 201:
            answer = _fields(response)
            return Placed(None, answer.get("id"), answer.get("site"), answer.get("queue"))
        return Placed(_turned_away(response), error=_error(response))

    def hang_up(self, provider_id: str) -> Steps[None]:
        """Hang up; an answer of any kind will do, the event stream tells how the call ended."""
        yield from self._post("hang_up", f"/v1/calls/{provider_id}/hangup", {})

    def open_ticket(self, ticket: NewTicket) -> Steps[Written]:
        """Open *ticket* under its reference as the idempotency key."""
        body = {
            "reference": ticket.reference,
            "consumer": ticket.consumer,
            "customer": ticket.customer,
            "priority": ticket.priority,
            "subject": ticket.subject,
            "body": ticket.body,
        }
        response = yield from self._post("open_ticket", "/v1/tickets", body, key=ticket.reference)
        if response.status == 201:
            answer = _fields(response)
            return Written(WriteOutcome.ACKNOWLEDGED, answer.get("id"), answer.get("site"))
        if not response.sent:
            return Written(WriteOutcome.FAILED, error=_error(response))
        if response.status is not None and 400 <= response.status < 500:
            return Written(WriteOutcome.REFUSED, error=_error(response))
        return Written(WriteOutcome.UNKNOWN, error=_error(response))

    def read_tickets(self, site: str) -> Steps[tuple[StoredTicket, ...] | None]:
        """Read *site*'s own copy, page by page; a page that fails leaves the whole unread."""
        found: list[StoredTicket] = []
        query = {"limit": str(_PAGE), "site": site}
        while True:
            path = f"/v1/tickets?{urlencode(query)}"
            response = yield from self._authorised(Request("read_tickets", "GET", path))
            if response.status != 200:
                return None
            page = _fields(response)
            tickets = page.get("tickets")
            if tickets is None:
                return None
            found += [StoredTicket(site, t["reference"], t["id"]) for t in tickets]
            cursor = page.get("next")
            if cursor is None:
                return tuple(found)
            if str(cursor) == query.get("after"):  # it would go round for ever
                return None
            query["after"] = str(cursor)

    def listen(self, consumer: str, since: int) -> Steps[Request]:
        """Return the request for the stream, with a token that is valid now."""
        yield from self._sign_in()
        query = urlencode({"consumer": consumer, "since": str(since)})
        return Request("listen", "GET", f"/v1/events?{query}", self._bearer())

    def parse_notice(self, line: bytes) -> Notice | None:
        """Return the notice in *line*; None for one that is empty or broken."""
        fields = _object(line)
        if "type" not in fields:
            return None
        kind = _NOTICES.get(str(fields["type"]), NoticeKind.OTHER)
        reason = fields.get("reason")
        return Notice(
            kind,
            seq=fields.get("seq", 0),
            reference=fields.get("reference", ""),
            site=fields.get("site"),
            queue=fields.get("queue"),
            reason=None if reason is None else _REASONS.get(reason, EndReason.OTHER),
            queued_at=fields.get("queued_at"),
            answered_at=fields.get("answered_at"),
            standing=standing(fields) if kind is NoticeKind.AGENT else None,
        )

    def _post(self, step: str, path: str, body: object, key: str = "") -> Steps[Response]:
        return (yield from self._send(step, "POST", path, body, key))

    def _send(
        self, step: str, method: str, path: str, body: object, key: str = ""
    ) -> Steps[Response]:
        headers = {"Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        content = json.dumps(body, separators=(",", ":")).encode()
        return (yield from self._authorised(Request(step, method, path, headers, content)))

    def _authorised(self, request: Request) -> Steps[Response]:
        if not self._token:
            yield from self._sign_in()
        token = self._token
        response = yield self._signed(request)
        if response.status == 401:
            if token == self._token:  # else another journey has renewed it meanwhile
                yield from self._sign_in()
            response = yield self._signed(request)
        return response

    def _signed(self, request: Request) -> Request:
        headers = {**request.headers, **self._bearer()}
        return Request(request.step, request.method, request.path, headers, request.body)

    def _bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"}

    def _sign_in(self) -> Steps[None]:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._endpoints.client_id,
            "client_secret": self._endpoints.client_secret,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode(form).encode()
        response = yield Request("sign_in", "POST", "/v1/oauth/token", headers, body)
        if response.status == 200:
            self._token = str(_fields(response).get("access_token") or self._token)


def _turned_away(response: Response) -> Outcome:
    """Return the outcome of a call that did not get in, by what the caller can know of it."""
    if response.status == 503 and _slug(response) in _TURNED_AWAY:
        return Outcome.BLOCKED
    if not response.sent:
        return Outcome.FAILED
    if response.status is not None and 400 <= response.status < 500:
        return Outcome.REFUSED
    return Outcome.UNKNOWN


def _error(response: Response) -> str:
    if response.status is None:
        return response.error
    return f"{response.status} {_slug(response)}".strip()


def _slug(response: Response) -> str:
    """Return the last part of the problem's type; empty if it has none."""
    return str(_fields(response).get("type") or "").split("/")[-1]


def _fields(response: Response) -> dict[str, Any]:
    """Return the object in the body; an empty one if the body holds none."""
    return _object(response.body)


def _object(text: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(text)
    except ValueError:
        return {}
    return fields if isinstance(fields, dict) else {}
