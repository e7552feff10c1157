"""The contract of adapters: the shipped ones keep it, and each way to break it is found."""

from collections.abc import Callable
from typing import Any

import pytest

from harness.adapter.clauses import SECRET, Kept, offline
from harness.adapter.protocol import Request, Response, Steps, Written
from harness.adapter.read_back import read_back
from harness.adapter.reference import ReferenceAdapter
from harness.model.contact import Stream, WriteOutcome
from harness.model.target import Endpoints, SignIn, SignInKind
from scenarios.examples.ticket_desk.adapter import TicketDesk

BOTH = tuple(Stream)
ENDPOINTS = Endpoints("http://127.0.0.1:1", {}, client_id="us", client_secret=SECRET)
BASIC = Endpoints(
    "http://127.0.0.1:1", {}, client_id="us", client_secret=SECRET, sign_in=SignIn(SignInKind.BASIC)
)


class Hopeful(ReferenceAdapter):
    """Takes every answer for a promise."""

    def open_ticket(self, ticket) -> Steps[Written]:
        yield Request("open_ticket", "POST", "/v1/tickets")
        return Written(WriteOutcome.ACKNOWLEDGED, "1")


class Sure(ReferenceAdapter):
    """Takes a lost answer for a refusal."""

    def open_ticket(self, ticket) -> Steps[Written]:
        response = yield Request("open_ticket", "POST", "/v1/tickets")
        if response.status is None and response.sent:
            return Written(WriteOutcome.REFUSED)
        return (yield from super().open_ticket(ticket))


class Trusting(ReferenceAdapter):
    """Takes every body for what it should be."""

    def read_ticket(self, provider_id) -> Steps[Any]:
        response = yield Request("read_ticket", "GET", "/v1/tickets/1")
        return response.headers["etag"]


class Endless(ReferenceAdapter):
    """Tries again until it works."""

    def open_ticket(self, ticket) -> Steps[Written]:
        while True:
            yield Request("open_ticket", "POST", "/v1/tickets")


class Empty(ReferenceAdapter):
    """Takes a store that does not answer for one that is empty: every ticket would be lost."""

    def read_tickets(self, site) -> Steps[Any]:
        yield Request("read_tickets", "GET", "/v1/tickets")
        return ()


class Talkative(ReferenceAdapter):
    """Puts its secret where every log has it."""

    def read_ticket(self, provider_id) -> Steps[None]:
        yield Request("read_ticket", "GET", f"/v1/tickets?key={SECRET}")


class Named(ReferenceAdapter):
    """Names its requests by what they are about: statistics would grow without end."""

    def read_ticket(self, provider_id) -> Steps[None]:
        yield Request(f"read_{provider_id}", "GET", "/v1/tickets")


class Textual(ReferenceAdapter):
    """Has bodies of text: one driver would encode them, the load's cannot send them."""

    def read_ticket(self, provider_id) -> Steps[None]:
        yield Request("read_ticket", "POST", "/v1/tickets", body="{}")  # type: ignore[arg-type]


class NoTickets:
    """Has one half."""

    def __init__(self, endpoints: Endpoints) -> None:
        pass

    place_call = ReferenceAdapter.place_call
    hang_up = ReferenceAdapter.hang_up
    press = ReferenceAdapter.press
    ask_for_callback = ReferenceAdapter.ask_for_callback
    listen = ReferenceAdapter.listen


def broken(make: Callable[[Endpoints], Any], endpoints: Endpoints = ENDPOINTS) -> list[str]:
    return [each.name for each in offline(make, endpoints, BOTH) if each.kept is Kept.BROKEN]


def test_the_reference_adapter_keeps_the_contract():
    """It is the one that others are copied from."""
    assert broken(ReferenceAdapter) == []


def test_the_worked_example_keeps_the_contract():
    """A provider with an API of its own, whose adapter is the template's example."""
    clauses = list(offline(TicketDesk, BASIC, (Stream.TICKETS,)))

    assert [each for each in clauses if each.kept is not Kept.HELD] == []


@pytest.mark.parametrize(
    ("make", "clause"),
    [
        (Hopeful, "an error of the server is unknown"),
        (Hopeful, "what the provider refuses is refused"),
        (Hopeful, "an answer that makes no sense is no promise"),
        (Hopeful, "what never left has failed"),
        (Sure, "what was sent and not answered is unknown"),
        (Trusting, "no answer makes it raise, or ask for ever"),
        (Endless, "no answer makes it raise, or ask for ever"),
        (Empty, "a store that does not answer is unread, not empty"),
        (Talkative, "its secret is in headers and bodies alone"),
        (Named, "every request can be sent, and is named from a closed set"),
        (Textual, "every request can be sent, and is named from a closed set"),
    ],
)
def test_a_broken_adapter_is_found(make: type, clause: str):
    """Each clause can fail: one that cannot would be no check."""
    assert clause in broken(make)


def test_a_missing_half_is_named():
    """Before any customer: a run would break on the first of them."""
    first = next(iter(offline(NoTickets, ENDPOINTS, BOTH)))

    assert first.kept is Kept.BROKEN
    assert "open_ticket" in first.why
    assert "parse_notice" in first.why


def finished(steps: Steps[Any]) -> Any:
    """Return what *steps* come to, which ask nothing that matters here."""
    try:
        next(steps)
        while True:
            steps.send(Response(200))
    except StopIteration as done:
        return done.value


@pytest.mark.parametrize(
    ("seen", "outcome"),
    [
        ([True], WriteOutcome.ACKNOWLEDGED),
        ([False, None, True], WriteOutcome.ACKNOWLEDGED),
        ([False, False, False], WriteOutcome.REFUSED),
        ([None, None, None], WriteOutcome.UNKNOWN),
    ],
)
def test_only_what_can_be_seen_is_acknowledged(seen: list[bool | None], outcome: WriteOutcome):
    """A 204 is a politeness: what was kept is what can be read."""
    looks = iter(seen)

    def look() -> Steps[bool | None]:
        yield Request("read", "GET", "/")
        return next(looks)

    written = finished(read_back(Written(WriteOutcome.ACKNOWLEDGED, "7"), look))

    assert written.outcome is outcome
    assert written.provider_id == "7"


def test_nobody_looks_for_what_was_refused():
    """It costs a request, and could only make a refusal look like something else."""
    refused = Written(WriteOutcome.REFUSED)

    assert finished(read_back(refused, lambda: pytest.fail("looked"))) is refused
