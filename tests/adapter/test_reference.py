"""The reference adapter as a pure generator: what it asks, and what it makes of the answers."""

import json
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

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
    TicketRead,
    TicketState,
    Written,
)
from harness.adapter.reference import ReferenceAdapter
from harness.model.contact import Attachment, Outcome, WriteOutcome
from harness.model.event import StoredTicket
from harness.model.target import Endpoints
from tests.fakes import converse

ENDPOINTS = Endpoints("http://127.0.0.1:1", {}, client_id="harness", client_secret="hush & more")
CALL = NewCall(
    reference="peak/calls/7",
    consumer="run-0",
    line="+441632960101",
    caller="+447700900123",
    customer="customer-00007",
    reason="a late delivery",
)
TICKET = NewTicket(
    reference="peak/tickets/7",
    consumer="run-0",
    customer="customer-00007",
    priority="P3",
    subject="A subject",
    body="A body",
)
UNAUTHORISED = Response(401)


def answer(status: int, **fields: object) -> Response:
    return Response(status, body=json.dumps(fields).encode())


def token(name: str = "one") -> Response:
    return answer(200, access_token=name)


def signed_in() -> ReferenceAdapter:
    """Return an adapter that holds the token ``one``."""
    adapter = ReferenceAdapter(ENDPOINTS)
    converse(adapter.hang_up("C-0"), token(), answer(200))
    return adapter


def steps(requests: list[Request]) -> list[str]:
    return [request.step for request in requests]


def bearer(request: Request) -> str:
    return request.headers["Authorization"]


def test_the_first_request_fetches_a_token():
    """With the client's credentials, as a form."""
    requests, _ = converse(ReferenceAdapter(ENDPOINTS).place_call(CALL), token(), answer(201))

    assert steps(requests) == ["sign_in", "place_call"]
    assert parse_qs(requests[0].body.decode()) == {
        "grant_type": ["client_credentials"],
        "client_id": ["harness"],
        "client_secret": ["hush & more"],
    }
    assert bearer(requests[1]) == "Bearer one"


def test_the_token_is_fetched_once():
    """Not once a customer: that would be a load test of the identity provider."""
    requests, _ = converse(signed_in().place_call(CALL), answer(201))

    assert steps(requests) == ["place_call"]


def test_an_expired_token_is_renewed_and_the_request_repeated():
    """With the same key and body, or an outage would place the call twice."""
    requests, placed = converse(
        signed_in().place_call(CALL), UNAUTHORISED, token("two"), answer(201, id="C-1")
    )

    assert steps(requests) == ["place_call", "sign_in", "place_call"]
    assert [bearer(requests[0]), bearer(requests[2])] == ["Bearer one", "Bearer two"]
    assert requests[0].headers["Idempotency-Key"] == requests[2].headers["Idempotency-Key"]
    assert requests[0].body == requests[2].body
    assert placed.provider_id == "C-1"


def test_a_token_that_another_journey_has_renewed_is_used():
    """A thousand waiting requests must not fetch a thousand tokens."""
    adapter = signed_in()
    first, second = adapter.place_call(CALL), adapter.place_call(CALL)
    next(first), next(second)
    assert first.send(UNAUTHORISED).step == "sign_in"
    first.send(token("two"))
    repeated = second.send(UNAUTHORISED)

    assert (repeated.step, bearer(repeated)) == ("place_call", "Bearer two")


def test_a_token_that_is_refused_twice_is_not_asked_for_for_ever():
    """One renewal a request; after that the refusal stands."""
    requests, placed = converse(
        signed_in().place_call(CALL), UNAUTHORISED, token("two"), UNAUTHORISED
    )

    assert len(requests) == 3
    assert placed.outcome is Outcome.REFUSED


def test_a_call_says_who_calls_whom_and_why():
    """Under its reference as the idempotency key."""
    (request,), _ = converse(signed_in().place_call(CALL), answer(201))

    assert (request.method, request.path) == ("POST", "/v1/calls")
    assert request.headers["Idempotency-Key"] == "peak/calls/7"
    assert json.loads(request.body) == {
        "reference": "peak/calls/7",
        "consumer": "run-0",
        "line": "+441632960101",
        "caller": "+447700900123",
        "customer": "customer-00007",
        "reason": "a late delivery",
    }


REFUSED_CONNECTION = Response(None, error="ConnectionRefusedError", sent=False)
TIME_OUT = Response(None, error="TimeoutError")
BUSY = answer(503, type="https://mock.test/problems/trunks-busy")


@pytest.mark.parametrize(
    ("response", "outcome", "because"),
    [
        (BUSY, Outcome.BLOCKED, "every trunk is busy"),
        (answer(503, type="no-site"), Outcome.BLOCKED, "no site takes calls"),
        (answer(503, type="about:blank"), Outcome.UNKNOWN, "any other 503 may be after the fact"),
        (Response(503, body=b"<html>"), Outcome.UNKNOWN, "a proxy's page says nothing"),
        (answer(500), Outcome.UNKNOWN, "it may have been placed before it broke"),
        (answer(404, type="no-such-line"), Outcome.REFUSED, "it said no"),
        (answer(422), Outcome.REFUSED, "it said no to this call"),
        (answer(429), Outcome.REFUSED, "it said not now"),
        (REFUSED_CONNECTION, Outcome.FAILED, "the request never left"),
        (TIME_OUT, Outcome.UNKNOWN, "it left, and we know no more"),
        (Response(302), Outcome.UNKNOWN, "we follow no redirects"),
    ],
)
def test_what_becomes_of_a_call_that_did_not_get_in(response, outcome, because):
    """By what the caller can know of it: whoever cannot know says so."""
    _, placed = converse(signed_in().place_call(CALL), response)

    assert placed.outcome is outcome, because
    assert placed.error, because


def test_a_call_that_got_in_has_no_outcome_yet():
    """It waits in a queue; the event stream tells the rest."""
    _, placed = converse(
        signed_in().place_call(CALL), answer(201, id="C-1", site="north", queue="billing")
    )

    assert placed == Placed(None, "C-1", "north", "billing")


@pytest.mark.parametrize(
    ("response", "outcome", "because"),
    [
        (answer(503), WriteOutcome.UNKNOWN, "it may be stored"),
        (answer(500), WriteOutcome.UNKNOWN, "it may be stored"),
        (TIME_OUT, WriteOutcome.UNKNOWN, "it may be stored"),
        (Response(200), WriteOutcome.UNKNOWN, "not what was promised for a new ticket"),
        (answer(422), WriteOutcome.REFUSED, "it said no"),
        (REFUSED_CONNECTION, WriteOutcome.FAILED, "the request never left"),
    ],
)
def test_what_becomes_of_a_ticket_that_was_not_acknowledged(response, outcome, because):
    """Only a 201 is a promise, and only a promise can be broken."""
    _, written = converse(signed_in().open_ticket(TICKET), response)

    assert written.outcome is outcome, because


def test_an_acknowledged_ticket_has_its_number():
    """The audit compares numbers under our key."""
    requests, written = converse(
        signed_in().open_ticket(TICKET), answer(201, id="T-1", site="south")
    )

    assert written == Written(WriteOutcome.ACKNOWLEDGED, "T-1", "south")
    assert requests[0].headers["Idempotency-Key"] == "peak/tickets/7"


def test_hanging_up_takes_any_answer():
    """The call may be over already; the event stream tells how it ended."""
    requests, result = converse(signed_in().hang_up("C-1"), answer(404))

    assert requests[0].path == "/v1/calls/C-1/hangup"
    assert result is None


def test_a_store_is_read_page_by_page():
    """To the last one: an audit of the first page would find most tickets lost."""
    requests, found = converse(
        signed_in().read_tickets("north"),
        answer(200, tickets=[{"reference": "a", "id": "T-1"}], next="c 1"),
        answer(200, tickets=[{"reference": "b", "id": "T-2"}], next=None),
    )
    queries = [parse_qs(urlsplit(request.path).query) for request in requests]

    assert found == (StoredTicket("north", "a", "T-1"), StoredTicket("north", "b", "T-2"))
    assert [query.get("after") for query in queries] == [None, ["c 1"]]
    assert all(query["site"] == ["north"] for query in queries)


def test_an_empty_store_was_read():
    """No tickets is an answer."""
    _, found = converse(signed_in().read_tickets("north"), answer(200, tickets=[], next=None))

    assert found == ()


@pytest.mark.parametrize("failed", [answer(503), TIME_OUT, REFUSED_CONNECTION])
def test_a_page_that_fails_leaves_the_whole_store_unread(failed: Response):
    """Half a store would make the other half look lost."""
    first = answer(200, tickets=[{"reference": "a", "id": "T-1"}], next="1")
    _, found = converse(signed_in().read_tickets("north"), first, failed)

    assert found is None


@pytest.mark.parametrize(
    "page",
    [
        Response(200, body=b"<html>"),
        answer(200),
        answer(200, tickets=7),
        answer(200, tickets={"T-1": {}}),
        answer(200, tickets=[{"id": "T-1"}]),
        answer(200, tickets=[{"id": "T-1", "reference": None}]),
        answer(200, tickets=["T-1"]),
    ],
)
def test_a_page_that_cannot_be_read_leaves_the_store_unread(page: Response):
    """A broken store is a finding about the provider, not a crash of the harness."""
    _, found = converse(signed_in().read_tickets("north"), page)

    assert found is None


def test_a_notice_with_a_strange_reason_is_one_all_the_same():
    """One odd line must not end the stream on which all customers hear of their calls."""
    notice = signed_in().parse_notice(b'{"type": "call.ended", "seq": 3, "reason": ["agent"]}')

    assert notice == Notice(NoticeKind.ENDED, seq=3, reason=EndReason.OTHER)


@pytest.mark.parametrize("kind", [None, 7])
def test_a_problem_with_a_strange_type_is_unknown(kind: object):
    """A provider's odd error page must not break the journey of a customer."""
    _, placed = converse(signed_in().place_call(CALL), answer(503, type=kind))

    assert placed.outcome is Outcome.UNKNOWN


def test_a_sign_in_without_a_token_is_a_refusal_not_a_crash():
    """Every journey signs in: each of them would break by what is a provider's mistake."""
    _, placed = converse(
        ReferenceAdapter(ENDPOINTS).place_call(CALL),
        answer(200),
        UNAUTHORISED,
        answer(200),
        UNAUTHORISED,
    )

    assert placed.outcome is Outcome.REFUSED


def test_the_event_stream_is_opened_after_the_last_number_seen():
    """Signed with a token that is valid now: the stream may have to be reopened hours later."""
    requests, opened = converse(signed_in().listen("run-0", 41), token("two"))

    assert steps(requests) == ["sign_in"]
    assert (opened.step, bearer(opened)) == ("listen", "Bearer two")
    assert parse_qs(urlsplit(opened.path).query) == {"consumer": ["run-0"], "since": ["41"]}


LINES = [
    (
        {
            "type": "call.queued", "seq": 1, "reference": "r", "site": "north",
            "queue": "billing", "queued_at": 5.5,
        },
        Notice(NoticeKind.QUEUED, 1, "r", "north", "billing", queued_at=5.5),
    ),
    (
        {"type": "call.answered", "seq": 2, "reference": "r", "queued_at": 5.5, "answered_at": 9},
        Notice(NoticeKind.ANSWERED, 2, "r", queued_at=5.5, answered_at=9),
    ),
    (
        {"type": "call.ended", "seq": 3, "reference": "r", "reason": "site-loss"},
        Notice(NoticeKind.ENDED, 3, "r", reason=EndReason.SITE_LOSS),
    ),
    (
        {"type": "call.ended", "seq": 3, "reference": "r", "reason": "gremlins"},
        Notice(NoticeKind.ENDED, 3, "r", reason=EndReason.OTHER),
    ),
    ({"type": "ticket.replied", "seq": 4, "reference": "t"}, Notice(NoticeKind.REPLIED, 4, "t")),
    ({"type": "ticket.solved", "seq": 5, "reference": "t"}, Notice(NoticeKind.SOLVED, 5, "t")),
    (
        {"type": "ticket.commented", "seq": 6, "reference": "t", "author": "agent", "comment": "c"},
        Notice(NoticeKind.REPLIED, 6, "t", comment="c"),
    ),
    (
        {"type": "ticket.commented", "seq": 6, "reference": "t", "author": "customer"},
        Notice(NoticeKind.OTHER, 6, "t"),
    ),
    ({"type": "ticket.pending", "seq": 7, "reference": "t"}, Notice(NoticeKind.ASKED, 7, "t")),
    ({"type": "ticket.on_hold", "seq": 7, "reference": "t"}, Notice(NoticeKind.HELD, 7, "t")),
    ({"type": "ticket.escalated", "seq": 7, "reference": "t"}, Notice(NoticeKind.ESCALATED, 7, "t")),
    ({"type": "ticket.reopened", "seq": 8, "reference": "t"}, Notice(NoticeKind.REOPENED, 8, "t")),
    ({"type": "alive"}, Notice(NoticeKind.ALIVE)),
    ({"type": "agent.promoted", "seq": 9}, Notice(NoticeKind.OTHER, 9)),
]  # fmt: skip


@pytest.mark.parametrize(("line", "notice"), LINES)
def test_a_line_of_the_event_stream_is_a_notice(line: dict[str, object], notice: Notice):
    """One line each; an unknown reason is still an end, and an unknown kind has its number."""
    assert signed_in().parse_notice(json.dumps(line).encode() + b"\n") == notice


@pytest.mark.parametrize("line", [b"", b"\n", b"{", b"[]\n"])
def test_what_is_no_event_is_ignored(line: bytes):
    """An empty line keeps a connection alive; half a line is the end of a stream that was cut."""
    assert signed_in().parse_notice(line) is None


def test_the_callers_language_is_told_where_the_scenario_knows_it():
    """A provider that does not know the field need not see it."""
    (plain,), _ = converse(signed_in().place_call(CALL), answer(201))
    (told,), _ = converse(signed_in().place_call(replace(CALL, language="cy")), answer(201))

    assert "language" not in json.loads(plain.body)
    assert json.loads(told.body)["language"] == "cy"


def test_a_key_is_pressed_on_the_call():
    """Whatever the answer: the menu may be over by then."""
    (request,), result = converse(signed_in().press("C-9", "0"), answer(409))

    assert (request.path, json.loads(request.body)) == ("/v1/calls/C-9/dtmf", {"digits": "0"})
    assert result is None


ORDER = NewCallback(
    reference="peak/calls/7",
    consumer="run-0",
    provider_id="C-9",
    queue="billing",
    line="+441632960101",
    number="+447700900123",
    customer="customer-00007",
    reason="a late delivery",
)


def queues(**offered: bool) -> Response:
    rows = [{"queue": name, "callback_offered": each} for name, each in offered.items()]
    return answer(200, queues=rows)


def test_a_callback_takes_the_place_of_the_call_where_it_is_offered():
    """Under a key of its own: the call's is taken."""
    (asked, ordered), promised = converse(
        signed_in().ask_for_callback(ORDER),
        queues(billing=True),
        answer(201, id="b-1", promised_at=1900.5),
    )

    assert (asked.path, ordered.path) == ("/v1/queues", "/v1/callbacks")
    assert json.loads(ordered.body)["call"] == "C-9"
    assert ordered.headers["Idempotency-Key"] == "peak/calls/7/callback"
    assert promised == Promised(1900.5)


@pytest.mark.parametrize(
    ("offered", "error"),
    [
        (queues(billing=False, support=True), "not offered"),
        (answer(200, queues="none"), "not offered"),
        (answer(200, queues=[1, {}]), "not offered"),
        (answer(503), "503"),
        (Response(None, error="TimeoutError"), "TimeoutError"),
    ],
)
def test_nobody_asks_for_a_callback_that_is_not_offered(offered: Response, error: str):
    """The caller waits on, and hears why."""
    requests, promised = converse(signed_in().ask_for_callback(ORDER), offered)

    assert (steps(requests), promised) == (["read_queues"], Promised(None, error))


def test_a_callback_that_is_refused_leaves_the_caller_in_the_queue():
    """An agent may have answered in that very moment."""
    problem = answer(409, type="/problems/wrong-state")
    _, promised = converse(signed_in().ask_for_callback(ORDER), queues(billing=True), problem)

    assert promised == Promised(None, "409 wrong-state")


@pytest.mark.parametrize(("said", "resolved"), [(True, True), (False, False), ("yes", None)])
def test_whether_the_customer_was_helped_is_the_providers_word(said: object, resolved: bool | None):
    """Only a clear one."""
    line = json.dumps({"type": "call.ended", "reason": "agent", "resolved": said}).encode()
    notice = signed_in().parse_notice(line)

    assert notice is not None
    assert notice.resolved is resolved


@pytest.mark.parametrize(
    ("type_", "kind"),
    [
        ("call.transferred", NoticeKind.TRANSFERRED),
        ("callback.answered", NoticeKind.CALLED_BACK),
        ("callback.ended", NoticeKind.CALLBACK_ENDED),
        ("callback.tried", NoticeKind.OTHER),
    ],
)
def test_what_happens_to_a_callback_is_told_apart_from_the_call(type_: str, kind: NoticeKind):
    """Both come under our one reference."""
    notice = signed_in().parse_notice(json.dumps({"type": type_, "seq": 4}).encode())

    assert notice is not None
    assert (notice.kind, notice.seq) == (kind, 4)


COMMENT = NewComment(provider_id="T-1", key="peak/tickets/7/comment-1", text="And?")
FILE = Attachment("synthetic-log-1.txt", 20_000, "text/plain")


def test_of_an_attachment_the_name_the_size_and_the_type_are_sent():
    """With a ticket and with a comment; without any, the bodies are as they always were."""
    (opened,), _ = converse(
        signed_in().open_ticket(replace(TICKET, attachments=(FILE,))), answer(201, id="T-1")
    )
    (commented,), _ = converse(
        signed_in().comment_ticket(replace(COMMENT, attachments=(FILE,))), answer(201, id="C-1")
    )
    (plain,), _ = converse(signed_in().open_ticket(TICKET), answer(201, id="T-1"))
    told = [{"file_name": "synthetic-log-1.txt", "size_bytes": 20_000, "type": "text/plain"}]

    assert json.loads(opened.body)["attachments"] == told
    assert json.loads(commented.body)["attachments"] == told
    assert "attachments" not in json.loads(plain.body)


def test_a_ticket_is_read_with_the_version_that_a_change_has_to_name():
    """Its ETag as it came, quotes and all."""
    response = Response(200, {"etag": '"v7"'}, b'{"state": "on_hold"}')
    (request,), found = converse(signed_in().read_ticket("T-1"), response)

    assert (request.method, request.path) == ("GET", "/v1/tickets/T-1")
    assert found == TicketRead(TicketState.ON_HOLD, '"v7"')


@pytest.mark.parametrize(
    ("response", "found"),
    [
        (answer(404), None),
        (TIME_OUT, None),
        (answer(200, state="open"), None),
        (Response(200, {"etag": '"v"'}, b'{"state": "parked"}'),
         TicketRead(TicketState.OTHER, '"v"')),
        (Response(200, {"etag": '"v"'}, b"<html>"), TicketRead(TicketState.OTHER, '"v"')),
    ],
)  # fmt: skip
def test_a_ticket_that_cannot_be_read_is_not_changed(response: Response, found: TicketRead | None):
    """Without a version there is nothing to name; a strange state is none of those we know."""
    assert converse(signed_in().read_ticket("T-1"), response)[1] == found


def test_a_customer_comments_under_the_comments_own_key():
    """A repeat of it would be the same comment."""
    (request,), written = converse(signed_in().comment_ticket(COMMENT), answer(201, id="C-1"))

    assert (request.method, request.path) == ("POST", "/v1/tickets/T-1/comments")
    assert request.headers["Idempotency-Key"] == COMMENT.key
    assert json.loads(request.body) == {"author": "customer", "text": "And?"}
    assert written.outcome is WriteOutcome.ACKNOWLEDGED


CHANGES = [
    ("reopen_ticket", {"state": "open"}),
    ("escalate_ticket", {"escalated": True}),
]


@pytest.mark.parametrize(("step", "body"), CHANGES)
def test_a_change_names_the_version_that_was_read(step: str, body: dict[str, object]):
    """So that an agent's work of the last second is not undone unseen."""
    (request,), written = converse(
        getattr(signed_in(), step)("T-1", '"v7"'), answer(200, id="T-1", site="north")
    )

    assert (request.step, request.method, request.path) == (step, "PATCH", "/v1/tickets/T-1")
    assert request.headers["If-Match"] == '"v7"'
    assert json.loads(request.body) == body
    assert written == Written(WriteOutcome.ACKNOWLEDGED, "T-1", "north")


@pytest.mark.parametrize(("step", "_"), CHANGES)
@pytest.mark.parametrize(
    ("response", "outcome", "stale"),
    [
        (answer(412, type="etag-mismatch"), WriteOutcome.REFUSED, True),
        (answer(409, type="ticket-closed"), WriteOutcome.REFUSED, False),
        (answer(503), WriteOutcome.UNKNOWN, False),
        (TIME_OUT, WriteOutcome.UNKNOWN, False),
        (REFUSED_CONNECTION, WriteOutcome.FAILED, False),
    ],
)
def test_what_becomes_of_a_change(
    step: str, _: object, response: Response, outcome: WriteOutcome, stale: bool
):
    """Only a version that is out of date is worth another look."""
    _, written = converse(getattr(signed_in(), step)("T-1", '"v"'), response)

    assert (written.outcome, written.stale) == (outcome, stale)


def test_a_listing_tells_the_counts_it_has():
    """What a provider does not count is not known, and not zero."""
    whole = {"reference": "a", "id": "T-1", "customer_comments": 2, "reopened": 1}
    bare = {"reference": "b", "id": "T-2", "customer_comments": "many"}
    _, found = converse(
        signed_in().read_tickets("north"),
        answer(200, tickets=[{**whole, "escalated": True}, bare], next=None),
    )
    first, second = found

    assert (first.comments, first.reopened, first.escalated) == (2, 1, True)
    assert (second.comments, second.reopened, second.escalated) == (None, None, None)
