"""Signing in: what every adapter does with the credentials of a profile, in one place. Pure."""

import json
from dataclasses import replace
from urllib.parse import urlencode

from harness.adapter.protocol import Request, Response, Steps
from harness.model.target import Endpoints, SignInKind


class SignedIn:
    """Puts our credentials on requests. A token is fetched when first needed and when it has ended.

    Keep one for each adapter. Nothing here remembers more than the token of now, and what came of
    asking for it: ``token_answer``, None if nobody has.
    """

    def __init__(self, endpoints: Endpoints) -> None:
        self._sign_in = endpoints.sign_in
        self._client_id = endpoints.client_id
        self._secret = endpoints.client_secret
        self._token = ""
        self.token_answer: Response | None = None
        self._headers = self._sign_in.headers(self._client_id, self._secret)

    def carry(self, request: Request) -> Steps[Response]:
        """Carry *request* as somebody who is signed in; once more if the token had ended."""
        if self._sign_in.kind is not SignInKind.OAUTH2:
            return (yield self._signed(request))
        if not self._token:
            yield from self._fetch_token()
        token = self._token
        response = yield self._signed(request)
        if response.status == 401:
            if token == self._token:  # else another journey has renewed it meanwhile
                yield from self._fetch_token()
            response = yield self._signed(request)
        return response

    def headers(self) -> Steps[dict[str, str]]:
        """Return the headers of somebody who is signed in, for a request that others will carry."""
        if self._sign_in.kind is SignInKind.OAUTH2:
            yield from self._fetch_token()
        return dict(self._headers)

    def _signed(self, request: Request) -> Request:
        return replace(request, headers={**request.headers, **self._headers})

    def _fetch_token(self) -> Steps[None]:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._client_id,
            "client_secret": self._secret,
        }
        if self._sign_in.scope:
            form["scope"] = self._sign_in.scope
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        path, body = self._sign_in.token_path, urlencode(form).encode()
        self.token_answer = response = yield Request("sign_in", "POST", path, headers, body)
        if response.status == 200:
            self._token = _token_of(response) or self._token
            self._headers = {"Authorization": f"Bearer {self._token}"}


def _token_of(response: Response) -> str:
    try:
        fields = json.loads(response.body)
    except ValueError:
        return ""
    return str(fields.get("access_token") or "") if isinstance(fields, dict) else ""
