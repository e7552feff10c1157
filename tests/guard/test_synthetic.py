"""Nothing leaves the harness that is not provably made up."""

import json

import pytest

from harness.adapter.protocol import NewCall, NewCallback, NewTicket, Response
from harness.adapter.reference import ReferenceAdapter
from harness.guard.synthetic import Kind, SyntheticOnly
from harness.model.target import Endpoints
from harness.traffic.people import POOL_SIZE, make_people
from tests.fakes import converse

PEOPLE = make_people("2026", 300)
LINE = "+441632960101"
SCANNER = SyntheticOnly(
    names=[each.name for each in PEOPLE],
    customers=[each.id for each in PEOPLE],
    lines=[LINE, "+442071838750"],
)


def kinds(**fields: object) -> list[Kind]:
    """Return what is found in a JSON body of *fields*."""
    return [each.kind for each in SCANNER.findings("/v1/x", json.dumps(fields).encode())]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("call me on +44 20 7183 9750 x", Kind.PHONE),
        ("+447911123456", Kind.PHONE),
        ("0044 7911 123456", Kind.PHONE),
        ("07911 123456", Kind.PHONE),
        ("(020) 7183 9750", Kind.PHONE),
        ("(415) 867-5309", Kind.PHONE),
        ("+1 212-555-0200", Kind.PHONE),
        ("jo.bloggs@gmail.com", Kind.MAIL),
        ("jo@test.com", Kind.MAIL),
        ("4111 1111 1111 1111", Kind.CARD),
        ("5500005555555559", Kind.CARD),
        ("378282246310005", Kind.CARD),
        ("GB82 WEST 1234 5698 7654 32", Kind.ACCOUNT),
        ("DE89370400440532013000", Kind.ACCOUNT),
        ("10 Downing Street, SW1A 2AA", Kind.POSTCODE),
    ],
)
def test_what_could_be_somebodys_is_found(text: str, kind: Kind):
    """In the middle of a text as well as alone in its field."""
    assert kinds(body=text) == [kind]
    assert kinds(deep=[{"er": f"it is {text}, thanks"}]) == [kind]


@pytest.mark.parametrize(
    "text",
    [
        "+447700900123",
        "07700 900 123",
        "+44 20 7946 0999",
        "+1 (212) 555-0123",
        "(212) 555-0199",
        "+33 1 99 00 12 34",
        "someone@customers.test",
        "a@b.example",
        "4111 1111 1111 1112",
        "GB82 WEST 1234 5698 7654 33",
        "14 Nowhere Lane, ZZ12 3AB",
        "20261122T104500Z-pre-cutover/peak/calls/17/redial-1",
        "c-1234567",
        "1795000000.123",
        LINE,
        "+442071838750",
    ],
)
def test_what_cannot_be_anybodys_passes(text: str):
    """Reserved ranges, failed checks, our references, stamps, and the lines that are dialled."""
    assert kinds(body=text) == []


def test_a_name_or_customer_that_nobody_made_up_is_found():
    """Where it is known that a field holds one."""
    assert kinds(customer="customer-99999") == [Kind.CUSTOMER]
    assert kinds(full_name="Jo Bloggs") == [Kind.NAME]
    assert kinds(customer=PEOPLE[0].id, full_name=PEOPLE[0].name, name="agent-12") == []


def test_the_path_and_a_form_are_looked_through_too():
    """A phone number in a query is as much out of the house as one in a body."""
    assert SCANNER.findings("/v1/customers?phone=%2B447911123456", b"")[0].where == "path"
    assert SCANNER.findings("/x", b"mail=jo%40gmail.com")[0].kind is Kind.MAIL
    assert SCANNER.findings("/x", b"not json, jo@gmail.com")[0].kind is Kind.MAIL


def test_what_may_be_real_is_not_copied_into_the_finding():
    """A log full of real numbers would be the leak itself."""
    (finding,) = SCANNER.findings("/x", b'{"reason": "ring 07911 123456"}')

    assert finding == (Kind.PHONE, "reason", "0791…")


def test_our_own_credentials_are_no_customers():
    """A secret may look like anything."""
    assert SCANNER.findings("/x", b"client_id=x&client_secret=DE89370400440532013000") == ()


def test_the_whole_pool_is_provably_made_up():
    """Every person that can ever be drawn, in every field that says anything of them."""
    people = make_people("another seed", POOL_SIZE)
    scanner = SyntheticOnly(names={p.name for p in people}, customers={p.id for p in people})
    bodies = [
        {"customer": p.id, "name": p.name, "phone": p.phone, "mail": p.email, "at": p.address}
        for p in people
    ]

    assert not [f for each in bodies for f in scanner.findings("/x", json.dumps(each).encode())]


def test_no_two_customers_share_a_phone_number():
    """A provider who knows callers by their number would take two people for one."""
    assert len({each.phone for each in make_people("2026", POOL_SIZE)}) == POOL_SIZE


def test_every_request_about_a_customer_passes():
    """Whatever the reference adapter can be asked to send of a person of the pool."""
    person = PEOPLE[7]
    adapter = ReferenceAdapter(
        Endpoints("http://127.0.0.1:1", {}, client_id="mock", client_secret="s")
    )
    us = {"reference": "run/peak/calls/1", "consumer": "run-0"}
    orders = [
        adapter.place_call(
            NewCall(**us, line=LINE, caller=person.phone, customer=person.id, reason="a bill")
        ),
        adapter.ask_for_callback(
            NewCallback(
                **us,
                provider_id="c-1",
                queue="billing",
                line=LINE,
                number=person.phone,
                customer=person.id,
                reason="a bill",
            )
        ),
        adapter.open_ticket(
            NewTicket(
                **us,
                customer=person.id,
                priority="P1",
                subject="a bill",
                body=f"By {person.name} <{person.email}>, {person.address}.",
            )
        ),
    ]
    token = Response(200, body=b'{"access_token": "t"}')
    offered = Response(200, body=b'{"queues": [{"queue": "billing", "callback_offered": true}]}')
    requests = [
        request
        for each in orders
        for request in converse(each, *([token] if each is orders[0] else []), offered, offered)[0]
    ]

    assert [each.step for each in requests if each.body][1:] == [
        "place_call",
        "ask_for_callback",
        "open_ticket",
    ]
    assert not [f for each in requests for f in SCANNER.findings(each.path, each.body)]
