"""Bearer tokens: signed, so that checking one costs a hash and no table."""

import base64
import hashlib
import hmac
import secrets
import time

EXPIRES_IN_S = 600
_SIGNATURE_BYTES = 16


class TokenExpiredError(Exception):
    """The token was good, but its time is over: ask for a new one."""


class TokenInvalidError(Exception):
    """This is no token of ours."""


class Tokens:
    """Issues and checks tokens of one client; they die with this process's key."""

    def __init__(self, client_id: str, client_secret: str) -> None:
        self._client = f"{client_id}\n{client_secret}".encode()
        self._key = secrets.token_bytes(32)

    def knows(self, client_id: str, client_secret: str) -> bool:
        """Return whether these are the client's credentials."""
        return hmac.compare_digest(f"{client_id}\n{client_secret}".encode(), self._client)

    def issue(self, expires_in_s: float = EXPIRES_IN_S) -> str:
        """Return a token that is good for *expires_in_s* wall seconds."""
        until = f"{time.monotonic() + expires_in_s:.3f}.{secrets.token_hex(4)}"
        return f"{until}.{self._sign(until)}"

    def check(self, token: str) -> None:
        """Return if *token* is good.

        Raises:
            TokenInvalidError: it was not issued here.
            TokenExpiredError: it was, too long ago.
        """
        until, _, signature = token.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._sign(until).encode()):
            raise TokenInvalidError
        if time.monotonic() > float(until.rpartition(".")[0]):
            raise TokenExpiredError

    def _sign(self, text: str) -> str:
        digest = hmac.digest(self._key, text.encode(), hashlib.sha256)[:_SIGNATURE_BYTES]
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")
