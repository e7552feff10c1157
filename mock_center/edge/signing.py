"""Signatures of webhooks, as Standard Webhooks has them. Pure but for the making of a secret."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable

_PREFIX = "whsec_"
_SECRET_BYTES = 32


def new_secret() -> str:
    """Return a secret to share with a receiver: ``whsec_`` and 32 random bytes in base64."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def signature(shared: Iterable[str], *, message: str, timestamp: int, body: bytes) -> str:
    """Return the value of ``webhook-signature``: one ``v1,<base64>`` for each *shared* secret.

    HMAC-SHA256 over ``message.timestamp.body`` with the bytes that the secret stands for; several
    are told apart by spaces, and a receiver is content with any of them.
    """
    signed = b".".join((message.encode(), str(timestamp).encode(), body))
    return " ".join(f"v1,{_sign(secret, signed)}" for secret in shared)


def _sign(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    return base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
