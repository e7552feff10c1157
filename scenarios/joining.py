"""How a worker joins a run: both sides know the token, and are of one version. Pure.

    worker                                   master
      join     hello, nonce         ──►
                                    ◄──      challenge   nonce
      prove    proof                ──►      token right? version the same? a place free?
                                    ◄──      admitted    proof, index    (or refused, and why)
      (proof right?)

A proof is an HMAC over who says it, the worker's id, both nonces and what the worker said of
itself: it fits nowhere else. The token never travels. A worker checks the master's proof too, or
whoever answers at an address could have it send load. What has to stay secret afterwards (the
client's credentials at the target) is sealed with a key that both derive from the token.
"""

import hashlib
import hmac
import json
import platform
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from harness import __version__

TOKEN = "HARNESS_JOIN_TOKEN"
_NONCE_BYTES = 16
_ROOT = Path(__file__).parent.parent
_SAME_CODE = ("harness/adapter", "harness/guard", "harness/model", "harness/traffic", "scenarios")
_SAME_PACKAGES = ("locust", "gevent", "geventhttpclient", "faker", "pydantic")


class Unwelcome(Exception):
    """One side will not have the other; the message says why."""


def versions() -> dict[str, str]:
    """Return everything that must be equal on all workers, or they would not play one schedule."""
    code = hashlib.sha256()
    for folder in _SAME_CODE:
        for path in sorted((_ROOT / folder).rglob("*.py")):
            code.update(path.relative_to(_ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return {
        "harness": __version__,
        "harness code": code.hexdigest()[:12],
        "python": ".".join(platform.python_version_tuple()[:2]),
        **{name: version(name) for name in _SAME_PACKAGES},
    }


def difference(theirs: Mapping[str, str], ours: Mapping[str, str]) -> str:
    """Return in which versions a worker differs from the run, in words; empty if in none."""
    return ", ".join(
        f"{name} {theirs.get(name, 'unknown')} instead of {wanted}"
        for name, wanted in ours.items()
        if theirs.get(name) != wanted
    )


@dataclass(frozen=True, slots=True)
class _Meeting:
    """What the two sides have said to each other; every proof and key is about all of it."""

    token: str
    node: str
    said: str
    nonce: str
    challenge: str

    def proof(self, side: str) -> str:
        return self._mac(f"proof of the {side}").hex()

    @property
    def key(self) -> bytes:
        return self._mac("key")

    def _mac(self, purpose: str) -> bytes:
        parts = json.dumps([purpose, self.node, self.said, self.nonce, self.challenge])
        return hmac.digest(self.token.encode(), parts.encode(), "sha256")


class Guest:
    """A worker's side of joining."""

    def __init__(self, token: str, node: str, hello: Mapping[str, Any]) -> None:
        self._token = token
        self._node = node
        self._said = json.dumps(dict(hello))
        self._nonce = secrets.token_hex(_NONCE_BYTES)
        self._meeting: _Meeting | None = None
        self.key: bytes | None = None

    def knock(self) -> dict[str, str]:
        """Return what a worker says first."""
        return {"hello": self._said, "nonce": self._nonce}

    def prove(self, challenge: Mapping[str, str]) -> dict[str, str]:
        """Return the answer to the master's *challenge*."""
        self._meeting = _Meeting(
            self._token, self._node, self._said, self._nonce, challenge["nonce"]
        )
        return {"proof": self._meeting.proof("worker")}

    def enter(self, admitted: Mapping[str, Any]) -> None:
        """Believe the master, and have a key with it.

        Raises:
            Unwelcome: it does not know the token, whoever it is.
        """
        meeting = self._meeting
        if meeting is None or not hmac.compare_digest(
            meeting.proof("master"), str(admitted["proof"])
        ):
            raise Unwelcome("whoever answers there does not know the token; nothing was accepted")
        self.key = meeting.key


@dataclass(frozen=True, slots=True)
class Admitted:
    """A worker that joined: its place in the schedule, its name, its machine."""

    node: str
    index: int
    name: str
    host: str
    key: bytes


class Door:
    """The master's side of joining: lets in as many workers as there are shards, and no more."""

    def __init__(self, token: str, *, shards: int, ours: Mapping[str, str]) -> None:
        self._token = token
        self._shards = shards
        self._ours = ours
        self._met: dict[str, _Meeting] = {}
        self.admitted: dict[str, Admitted] = {}

    @property
    def full(self) -> bool:
        """Whether every shard has its worker."""
        return len(self.admitted) == self._shards

    def challenge(self, node: str, knock: Mapping[str, str]) -> dict[str, str]:
        """Return what the worker *node* has to prove that it can answer."""
        nonce = secrets.token_hex(_NONCE_BYTES)
        self._met[node] = _Meeting(self._token, node, knock["hello"], knock["nonce"], nonce)
        return {"nonce": nonce}

    def let_in(self, node: str, answer: Mapping[str, str]) -> dict[str, Any]:
        """Return the words with which *node* is admitted.

        Raises:
            Unwelcome: it does not know the token, is of another version, or came too late.
        """
        meeting = self._met.pop(node, None)
        if meeting is None or node in self.admitted:
            raise Unwelcome("it did not knock first")
        if not hmac.compare_digest(meeting.proof("worker"), str(answer["proof"])):
            raise Unwelcome("its token is not that of this run")
        hello = json.loads(meeting.said)
        if differs := difference(hello["versions"], self._ours):
            raise Unwelcome(f"it is of another version: {differs}")
        if self.full:
            raise Unwelcome(f"it came too late: all {self._shards} workers of the run have joined")
        index = len(self.admitted)
        name = hello["name"] or f"worker {index + 1}"
        admitted = Admitted(node, index, name, hello["host"], meeting.key)
        self.admitted[node] = admitted
        return {"proof": meeting.proof("master"), "name": name}

    def host_of(self, node: str) -> str:
        """Return the machine that *node* says it is on; its id if it has said nothing."""
        meeting = self._met.get(node)
        try:
            return str(json.loads(meeting.said)["host"]) if meeting else node
        except (ValueError, KeyError, TypeError):
            return node


def sealed(key: bytes, text: str) -> bytes:
    """Return *text* so that only who has *key* can read it, or change it unnoticed."""
    nonce = secrets.token_bytes(12)
    return nonce + AESGCM(key).encrypt(nonce, text.encode(), None)


def unsealed(key: bytes, box: bytes) -> str:
    """Return the text in *box*.

    Raises:
        Unwelcome: it was not sealed with *key*.
    """
    try:
        return AESGCM(key).decrypt(box[:12], box[12:], None).decode()
    except InvalidTag:
        raise Unwelcome("what the master sent was not sealed with our key") from None
