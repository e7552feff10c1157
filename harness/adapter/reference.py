"""The reference adapter: the API of the mock centre, and of whoever builds theirs like it."""

import base64
import hmac
import json
from collections.abc import Iterable, Mapping
from sys import intern
from typing import Any
from urllib.parse import quote, urlencode

from harness.adapter.protocol import (
    EndReason,
    NewCall,
    NewCallback,
    NewComment,
    NewTicket,
    Notice,
    NoticeKind,
    Placed,
    Promised,
    Request,
    Response,
    Steps,
    Subscribed,
    TicketRead,
    TicketState,
    Written,
)
from harness.adapter.reference_agents import ReferenceAgents, standing
from harness.adapter.signing import SignedIn
from harness.model.contact import Attachment, Outcome, WriteOutcome
from harness.model.event import Content, StoredTicket
from harness.model.target import Endpoints

_PAGE = 500
_TURNED_AWAY = {"trunks-busy", "no-site"}
_NOTICES = {
    "call.menu": NoticeKind.MENU,
    "call.queued": NoticeKind.QUEUED,
    "call.answered": NoticeKind.ANSWERED,
    "call.transferred": NoticeKind.TRANSFERRED,
    "call.ended": NoticeKind.ENDED,
    "callback.answered": NoticeKind.CALLED_BACK,
    "callback.ended": NoticeKind.CALLBACK_ENDED,
    "ticket.replied": NoticeKind.REPLIED,
    "ticket.commented": NoticeKind.REPLIED,
    "ticket.pending": NoticeKind.ASKED,
    "ticket.on_hold": NoticeKind.HELD,
    "ticket.escalated": NoticeKind.ESCALATED,
    "ticket.reopened": NoticeKind.REOPENED,
    "ticket.solved": NoticeKind.SOLVED,
    "agent.changed": NoticeKind.AGENT,
    "alive": NoticeKind.ALIVE,
}
_compact = json.JSONEncoder(separators=(",", ":")).encode
"""Made once: ``json.dumps`` makes an encoder for every call that asks for separators."""
_decode = json.JSONDecoder().decode
_REASONS = {reason.value: reason for reason in EndReason}
_STATES = {state.value: state for state in TicketState}
_STALE = 412
_TRIES = 4
"""So often a change is tried of a ticket that others change too; the last read is the proof."""


class ReferenceAdapter(ReferenceAgents):
    """REST and JSON, signed in as the profile says: by default a token of OAuth2."""

    def __init__(self, endpoints: Endpoints) -> None:
        self._signed_in = SignedIn(endpoints)

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
        if call.language:
            body["language"] = call.language
        response = yield from self._post("place_call", "/v1/calls", body, key=call.reference)
        if response.status == 201:
            answer = _fields(response)
            if "id" not in answer:
                return Placed(Outcome.UNKNOWN, error="201 without an id")
            site, queue = _name(answer.get("site")), _name(answer.get("queue"))
            return Placed(None, answer["id"], site, queue)
        return Placed(_turned_away(response), error=_error(response))

    def hang_up(self, provider_id: str) -> Steps[None]:
        """Hang up; an answer of any kind will do, the event stream tells how the call ended."""
        yield from self._post("hang_up", f"/v1/calls/{provider_id}/hangup", {})

    def press(self, provider_id: str, keys: str) -> Steps[None]:
        """Press *keys*; a menu that is over does not mind."""
        yield from self._post("press", f"/v1/calls/{provider_id}/dtmf", {"digits": keys})

    def ask_for_callback(self, order: NewCallback) -> Steps[Promised]:
        """Ask whether the queue offers callbacks now, and take one if it does."""
        asked = yield from self._authorised(Request("read_queues", "GET", "/v1/queues"))
        if order.queue not in _queues_that_call_back(_fields(asked).get("queues")):
            return Promised(None, "not offered" if asked.status == 200 else _error(asked))
        body = {
            "line": order.line,
            "number": order.number,
            "customer": order.customer,
            "reason": order.reason,
            "reference": order.reference,
            "consumer": order.consumer,
            "call": order.provider_id,
        }
        key = f"{order.reference}/callback"
        response = yield from self._post("ask_for_callback", "/v1/callbacks", body, key=key)
        if response.status == 201:
            return Promised(_fields(response).get("promised_at"))
        return Promised(None, _error(response))

    def open_ticket(self, ticket: NewTicket) -> Steps[Written]:
        """Open *ticket* under its reference as the idempotency key."""
        body: dict[str, Any] = {
            "reference": ticket.reference,
            "consumer": ticket.consumer,
            "customer": ticket.customer,
            "priority": ticket.priority,
            "subject": ticket.subject,
            "body": ticket.body,
            **_attached(ticket.attachments),
        }
        response = yield from self._post("open_ticket", "/v1/tickets", body, key=ticket.reference)
        return _written(response, 201)

    def read_ticket(self, provider_id: str) -> Steps[TicketRead | None]:
        """Read a ticket with the ETag that tells this version of it from any other."""
        path = f"/v1/tickets/{provider_id}"
        response = yield from self._authorised(Request("read_ticket", "GET", path))
        version = response.headers.get("etag")
        if response.status != 200 or not version:
            return None
        ticket = _fields(response)
        state = _STATES.get(str(ticket.get("state")), TicketState.OTHER)
        return TicketRead(state, version, _content(ticket))

    def comment_ticket(self, comment: NewComment) -> Steps[Written]:
        """Write as the customer, under an idempotency key of the comment's own."""
        path = f"/v1/tickets/{comment.provider_id}/comments"
        body = {"author": "customer", "text": comment.text, **_attached(comment.attachments)}
        response = yield from self._post("comment_ticket", path, body, key=comment.key)
        return _written(response, 201)

    def reopen_ticket(self, provider_id: str, version: str) -> Steps[Written]:
        """Open it again if it is still that *version*."""
        return (yield from self._change("reopen_ticket", provider_id, version, {"state": "open"}))

    def escalate_ticket(self, provider_id: str, version: str) -> Steps[Written]:
        """Ask for the second line if it is still that *version*."""
        return (
            yield from self._change("escalate_ticket", provider_id, version, {"escalated": True})
        )

    def remove_ticket(self, provider_id: str) -> Steps[Written]:
        """Solve it, which is as much as a customer can do to be rid of a ticket here."""
        written = Written(WriteOutcome.UNKNOWN, error="it could not be read")
        for _ in range(_TRIES):
            found = yield from self.read_ticket(provider_id)
            if found is None:
                return written
            if found.state in (TicketState.SOLVED, TicketState.CLOSED):
                return Written(WriteOutcome.ACKNOWLEDGED, provider_id)
            solved = {"state": "solved"}
            written = yield from self._change("remove_ticket", provider_id, found.version, solved)
        return written

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
            if not isinstance(tickets, list) or not all(map(_is_listed, tickets)):
                return None
            found += [_stored(site, ticket) for ticket in tickets]
            cursor = page.get("next")
            if cursor is None:
                return tuple(found)
            if str(cursor) == query.get("after"):  # it would go round for ever
                return None
            query["after"] = str(cursor)

    def distribute(self, line: str, shares: Mapping[str, float]) -> Steps[str | None]:
        """Put the shares of *line*, in percent."""
        body = {"sites": {site: round(100 * share) for site, share in shares.items() if share}}
        path = f"/v1/traffic-distribution/{quote(line, safe='')}"
        response = yield from self._send("distribute", "PUT", path, body)
        return None if response.status == 200 else _error(response) or "no answer"

    def subscribe(self, url: str, events: tuple[str, ...], consumer: str) -> Steps[Subscribed]:
        """Have *events* posted, signed as Standard Webhooks has it."""
        body = {"url": url, "events": list(events), "consumer": consumer}
        response = yield from self._post("subscribe", "/v1/webhooks", body, key=f"{consumer}/hook")
        answer = _fields(response)
        if response.status != 201 or "id" not in answer:
            return Subscribed(None, error=_error(response))
        return Subscribed(str(answer["id"]), str(answer.get("secret", "")))

    def unsubscribe(self, subscription: str) -> Steps[None]:
        """End it."""
        path = f"/v1/webhooks/{subscription}"
        yield from self._authorised(Request("unsubscribe", "DELETE", path))

    def posted(self, secret: str, headers: Mapping[str, str], body: bytes) -> str | None:
        """Return the type of an event whose signature is right, by one of those it may have."""
        key = secret.removeprefix("whsec_").encode()
        id_, sent_at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        signed = f"{id_}.{sent_at}.".encode() + body
        try:
            digest = hmac.digest(base64.b64decode(key, validate=True), signed, "sha256")
        except ValueError:
            return None
        right = b"v1," + base64.b64encode(digest)
        given = headers.get("webhook-signature", "").encode().split()
        if not any(hmac.compare_digest(each, right) for each in given):
            return None
        return str(_object(body).get("type") or "") or None

    def listen(self, consumer: str, since: int) -> Steps[Request]:
        """Return the request for the stream, with a token that is valid now."""
        headers = yield from self._signed_in.headers()
        query = urlencode({"consumer": consumer, "since": str(since)})
        return Request("listen", "GET", f"/v1/events?{query}", headers)

    def parse_notice(self, line: bytes) -> Notice | None:
        """Return the notice in *line*; None for one that is empty or broken."""
        fields = _object(line)
        if "type" not in fields:
            return None
        kind = _NOTICES.get(str(fields["type"]), NoticeKind.OTHER)
        if kind is NoticeKind.REPLIED and fields.get("author") == "customer":
            kind = NoticeKind.OTHER  # our own words come back to us
        reason, resolved = fields.get("reason"), fields.get("resolved")
        return Notice(
            kind,
            seq=fields.get("seq", 0),
            reference=fields.get("reference", ""),
            site=_name(fields.get("site")),
            queue=_name(fields.get("queue")),
            reason=None if reason is None else _REASONS.get(str(reason), EndReason.OTHER),
            queued_at=fields.get("queued_at"),
            answered_at=fields.get("answered_at"),
            resolved=resolved if isinstance(resolved, bool) else None,
            comment=fields.get("comment"),
            standing=standing(fields) if kind is NoticeKind.AGENT else None,
        )

    def _change(
        self, step: str, provider_id: str, version: str, change: Mapping[str, object]
    ) -> Steps[Written]:
        headers = {"Content-Type": "application/json", "If-Match": version}
        content = json.dumps(change, separators=(",", ":")).encode()
        request = Request(step, "PATCH", f"/v1/tickets/{provider_id}", headers, content)
        return _written((yield from self._authorised(request)), 200)

    def _post(
        self, step: str, path: str, body: Mapping[str, object], key: str = ""
    ) -> Steps[Response]:
        return (yield from self._send(step, "POST", path, body, key))

    def _send(
        self, step: str, method: str, path: str, body: object, key: str = ""
    ) -> Steps[Response]:
        headers = {"Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        content = _compact(body).encode()
        return (yield from self._authorised(Request(step, method, path, headers, content)))

    def _authorised(self, request: Request) -> Steps[Response]:
        return (yield from self._signed_in.carry(request))


def _attached(attachments: Iterable[Attachment]) -> dict[str, object]:
    """Return what a body says of *attachments*; nothing if there are none."""
    told = [{"file_name": a.name, "size_bytes": a.size_bytes, "type": a.type} for a in attachments]
    return {"attachments": told} if told else {}


def _written(response: Response, done: int) -> Written:
    """Return what a write came to, that is answered with the status *done* once it is kept."""
    if response.status == done:
        answer = _fields(response)
        if "id" in answer:
            return Written(WriteOutcome.ACKNOWLEDGED, answer["id"], answer.get("site"))
        # A sign-in page of some proxy, for one: nobody promised anything.
        return Written(WriteOutcome.UNKNOWN, error=f"{done} without an id")
    error = _error(response)
    if not response.sent:
        return Written(WriteOutcome.FAILED, error=error)
    if response.status is not None and 400 <= response.status < 500:
        return Written(WriteOutcome.REFUSED, error=error, stale=response.status == _STALE)
    return Written(WriteOutcome.UNKNOWN, error=error)


def _is_listed(ticket: object) -> bool:
    """Whether *ticket*, of a listing, says which one it is: else the listing tells nothing."""
    return (
        isinstance(ticket, dict)
        and isinstance(ticket.get("id"), str)
        and isinstance(ticket.get("reference"), str)
    )


def _stored(site: str, ticket: Mapping[str, Any]) -> StoredTicket:
    """Return a ticket of *site*'s listing; counts that a provider does not give stay unknown."""
    comments, reopened = ticket.get("customer_comments"), ticket.get("reopened")
    escalated = ticket.get("escalated")
    return StoredTicket(
        site,
        ticket["reference"],
        ticket["id"],
        comments=comments if isinstance(comments, int) else None,
        reopened=reopened if isinstance(reopened, int) else None,
        escalated=escalated if isinstance(escalated, bool) else None,
        content=_content(ticket),
    )


def _content(ticket: Mapping[str, Any]) -> Content | None:
    """Return what *ticket* says, as far as it is told."""
    customer, priority, subject = (
        value if isinstance(value := ticket.get(name), str) else None
        for name in ("customer", "priority", "subject")
    )
    attached = ticket.get("attachments")
    count = len(attached) if isinstance(attached, list) else None
    return Content(customer, priority, subject, count) or None


def _turned_away(response: Response) -> Outcome:
    """Return the outcome of a call that did not get in, by what the caller can know of it."""
    if response.status == 503 and _slug(response) in _TURNED_AWAY:
        return Outcome.BLOCKED
    if not response.sent:
        return Outcome.FAILED
    if response.status is not None and 400 <= response.status < 500:
        return Outcome.REFUSED
    return Outcome.UNKNOWN


def _queues_that_call_back(queues: object) -> set[object]:
    """Return the names of those *queues* that offer callbacks now; a broken answer offers none."""
    listed = queues if isinstance(queues, list) else []
    offering = [each for each in listed if isinstance(each, dict) and each.get("callback_offered")]
    return {each.get("queue") for each in offering}


def _error(response: Response) -> str:
    if response.status is None:
        return response.error
    return f"{response.status} {_slug(response)}".strip()


def _slug(response: Response) -> str:
    """Return the last part of the problem's type; empty if it has none."""
    return str(_fields(response).get("type") or "").split("/")[-1]


def _name(name: str | None) -> str | None:
    """Return *name*, the same object each time: every call in progress holds a few of them."""
    return intern(name) if type(name) is str else None


def _fields(response: Response) -> dict[str, Any]:
    """Return the object in the body; an empty one if the body holds none."""
    return _object(response.body)


def _object(text: bytes) -> dict[str, Any]:
    try:
        fields = _decode(text.decode())
    except ValueError:
        return {}
    return fields if isinstance(fields, dict) else {}
