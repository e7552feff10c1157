"""Bearer tokens: signed, so that checking one costs a hash and no table."""

import base64
import hashlib
import hmac
import secrets
import time

_LIFE_S = 600.0
_SIGNATURE_BYTES = 16


class TokenExpiredError(Exception):
    """The token was good, but its time is over: ask for a new one."""


class TokenInvalidError(Exception):
    """This is no token of ours."""


class Tokens:
    """Issues and checks the tokens of one client; they die with this process's key.

    *life_s*: how many wall seconds a token is good for.
    """

    def __init__(self, client_id: str, client_secret: str, life_s: float = _LIFE_S) -> None:
        self.life_s = life_s
        self._client_id = client_id
        self._client = f"{client_id}\n{client_secret}".encode()
        self._key = secrets.token_bytes(32)
        self._void_before_s = 0.0

    def expire_all(self) -> None:
        """Let every token that was issued so far be expired from now on."""
        self._void_before_s = time.monotonic()

    def knows(self, client_id: str, client_secret: str) -> bool:
        """Return whether these are the client's credentials."""
        found = f"{client_id}\n{client_secret}".encode(errors="surrogateescape")
        return hmac.compare_digest(found, self._client)

    def issue(self, expires_in_s: float | None = None) -> str:
        """Return a token of the client; it is good for *expires_in_s* wall seconds, or its life."""
        now_s = time.monotonic()
        until_s = now_s + (self.life_s if expires_in_s is None else expires_in_s)
        stamps = f"{now_s:.6f}.{until_s:.3f}"
        claim = f"{_encode(self._client_id.encode())}.{stamps}.{secrets.token_hex(4)}"
        return f"{claim}.{self._sign(claim)}"

    def check(self, token: str) -> str:
        """Return the id of the client whose *token* this is.

        Raises:
            TokenInvalidError: it was not issued here.
            TokenExpiredError: it was, too long ago, or before all were expired.
        """
        claim, _, signature = token.rpartition(".")
        # A header may hold any bytes; they come in as lone surrogates.
        found = signature.encode(errors="surrogateescape")
        if not hmac.compare_digest(found, self._sign(claim).encode()):
            raise TokenInvalidError
        client, issued, issued_part, until, until_part, _ = claim.split(".")
        too_late = time.monotonic() > float(f"{until}.{until_part}")
        if too_late or float(f"{issued}.{issued_part}") < self._void_before_s:
            raise TokenExpiredError
        return base64.urlsafe_b64decode(client + "=" * (-len(client) % 4)).decode()

    def _sign(self, text: str) -> str:
        data = text.encode(errors="surrogateescape")
        return _encode(hmac.digest(self._key, data, hashlib.sha256)[:_SIGNATURE_BYTES])


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
