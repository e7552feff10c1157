"""Signed documents: one JSON object, canonical, with an Ed25519 signature beside it. Pure.

``{"payload": {...}, "signature": {"key": "provider-2026", "ed25519": "base64"}}``. What is signed
is the schema's name, a line end, and the payload as canonical JSON (RFC 8785): keys sorted, no
blanks, UTF-8. To leave no room for two readings, keys are ASCII, numbers are whole and below 2^53,
and no key comes twice. The schema's name in front keeps one kind of document from being taken for
another. ``docs/guard.md`` shows the same with openssl.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

MOST_BYTES = 64 * 1024
"""A document that is longer is none."""
_LARGEST = 2**53
_KEY_BYTES = 32

Payload = Mapping[str, Any]


class Unsigned(ValueError):
    """It is no signed document, or its signature is not of a known key. Says why.

    ``forged``: it has the form, and the signature is wrong.
    """

    def __init__(self, why: str, *, forged: bool = False) -> None:
        super().__init__(why)
        self.forged = forged


def canonical(payload: Payload) -> bytes:
    """Return *payload* as it is signed and hashed.

    Raises:
        ValueError: something in it has no canonical form.
    """
    _check(payload)
    return json.dumps(
        payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def signed_bytes(payload: Payload) -> bytes:
    """Return what the signature of *payload* is over."""
    return f"{payload.get('schema')}\n".encode() + canonical(payload)


def sign(payload: Payload, key: Ed25519PrivateKey, *, name: str) -> dict[str, Any]:
    """Return *payload* as a document signed by *key*, which verifiers know as *name*."""
    signature = base64.b64encode(key.sign(signed_bytes(payload))).decode()
    return {"payload": dict(payload), "signature": {"key": name, "ed25519": signature}}


def opened(
    text: bytes, keys: Mapping[str, str], *, schema: str, most_bytes: int = MOST_BYTES
) -> tuple[dict[str, Any], str]:
    """Return the payload of the document *text*, and the name of the key of *keys* that signed it.

    Raises:
        Unsigned: it is no such document, or none of *keys* signed it.
    """
    payload, name, signature = _parts(text, most_bytes)
    if payload.get("schema") != schema:
        raise Unsigned(f"its schema is {payload.get('schema')!r}, not {schema!r}")
    if name not in keys:
        raise Unsigned(f"it is signed by {name!r}, which is no key that is known", forged=True)
    try:
        key = Ed25519PublicKey.from_public_bytes(key_bytes(keys[name]))
        key.verify(signature, signed_bytes(payload))
    except InvalidSignature:
        raise Unsigned(f"its signature is not that of {name!r} over it", forged=True) from None
    except ValueError as error:
        raise Unsigned(str(error)) from None
    return payload, name


def read(text: bytes, *, most_bytes: int = MOST_BYTES) -> dict[str, Any]:
    """Return the JSON object in *text*.

    Raises:
        ValueError: it is none, or can be read in two ways.
    """
    if len(text) > most_bytes:
        raise Unsigned(f"it is longer than {most_bytes} bytes")
    try:
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except RecursionError:
        raise Unsigned("it is nested too deeply") from None
    if not isinstance(found, dict):
        raise Unsigned("it is no JSON object")
    return found


def digest(payload: Payload) -> str:
    """Return the SHA-256 of *payload*, in hex."""
    return hashlib.sha256(canonical(payload)).hexdigest()


def key_bytes(written: str) -> bytes:
    """Return the public key that is *written* in base64.

    Raises:
        ValueError: it is none.
    """
    try:
        found = base64.b64decode(written, validate=True)
    except ValueError:
        found = b""
    if len(found) != _KEY_BYTES:
        raise ValueError("a public key has 32 bytes in base64")
    return found


def written_key(key: Ed25519PublicKey) -> str:
    """Return *key* as a profile writes it."""
    return base64.b64encode(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def _parts(text: bytes, most_bytes: int) -> tuple[dict[str, Any], str, bytes]:
    try:
        document = read(text, most_bytes=most_bytes)
    except Unsigned:
        raise
    except ValueError as error:
        raise Unsigned(f"it is no JSON: {error}") from None
    payload, signature = document.get("payload"), document.get("signature")
    if set(document) != {"payload", "signature"} or not isinstance(payload, dict):
        raise Unsigned("it is not an object of 'payload' and 'signature'")
    if not isinstance(signature, dict) or set(signature) != {"key", "ed25519"}:
        raise Unsigned("its signature is not an object of 'key' and 'ed25519'")
    try:
        return (
            payload,
            str(signature["key"]),
            base64.b64decode(str(signature["ed25519"]), validate=True),
        )
    except ValueError:
        raise Unsigned("its signature is no base64") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key comes twice")
    return found


def _no_number(written: str) -> object:
    raise ValueError(f"{written} is no number")


def _check(value: object) -> None:
    """Refuse what has more than one way of being written.

    Raises:
        ValueError: it has.
    """
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if not (isinstance(key, str) and key.isascii()):
                raise ValueError(f"the key {key!r} is not plain ASCII")
            _check(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _check(inner)
    elif isinstance(value, str):
        value.encode()  # a lone surrogate has no UTF-8
    elif not (value is None or isinstance(value, bool | int)):
        raise ValueError(f"{value!r} is no whole number, text, list or object")
    elif isinstance(value, int) and not isinstance(value, bool) and abs(value) >= _LARGEST:
        raise ValueError(f"{value} is too large to be read the same everywhere")
