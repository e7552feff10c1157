"""Signing in, the same for every adapter: which header, and what happens when a token ends."""

import json
from urllib.parse import parse_qs

import pytest

from harness.adapter.protocol import Request, Response
from harness.adapter.signing import SignedIn
from harness.model.target import Endpoints, SignIn, SignInKind
from tests.fakes import conversed

ASK = Request("ask", "GET", "/tickets", {"Accept": "application/json"})


def endpoints(sign_in: SignIn) -> Endpoints:
    return Endpoints(
        "http://127.0.0.1:1", {}, client_id="us", client_secret="hush", sign_in=sign_in
    )


@pytest.mark.parametrize(
    ("sign_in", "header", "value"),
    [
        (SignIn(SignInKind.BEARER), "Authorization", "Bearer hush"),
        (SignIn(SignInKind.API_KEY, "X-Api-Key"), "X-Api-Key", "hush"),
        (SignIn(SignInKind.BASIC), "Authorization", "Basic dXM6aHVzaA=="),
    ],
)
def test_a_secret_that_stays_goes_with_every_request(sign_in: SignIn, header: str, value: str):
    """No token is fetched where there is none to fetch."""
    (sent,), _ = conversed(SignedIn(endpoints(sign_in)).carry(ASK), lambda _: Response(200))

    assert sent.headers == {"Accept": "application/json", header: value}


def test_nothing_is_sent_of_us_where_nobody_asks():
    """A target without authentication is not told a secret."""
    (sent,), _ = conversed(
        SignedIn(endpoints(SignIn(SignInKind.NONE))).carry(ASK), lambda _: Response(200)
    )

    assert sent.headers == ASK.headers


def test_a_token_that_ended_is_fetched_anew_once():
    """A request that is refused with a new token as well is refused for good: no endless loop."""
    tokens = iter(("one", "two", "three"))

    def answer(request: Request) -> Response:
        if request.step == "sign_in":
            return Response(200, body=json.dumps({"access_token": next(tokens)}).encode())
        return Response(401)

    sign_in = SignIn(SignInKind.OAUTH2, token_path="/login", scope="tickets")
    sent, _ = conversed(SignedIn(endpoints(sign_in)).carry(ASK), answer)

    assert [each.path for each in sent] == ["/login", "/tickets", "/login", "/tickets"]
    assert sent[-1].headers["Authorization"] == "Bearer two"
    assert parse_qs(sent[0].body.decode()) == {
        "grant_type": ["client_credentials"],
        "client_id": ["us"],
        "client_secret": ["hush"],
        "scope": ["tickets"],
    }
