"""Attestations and approvals, made and looked at by hand: what ``harness attest`` does.

A draft is made from a target profile, since both have to name the same hosts, sites and networks.
The operator of the environment reads it, corrects it, and signs it.
"""

import json
import os
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from harness.errors import Problem, UsageError
from harness.files.bounded import read_bounded
from harness.guard.rules_attest import (
    APPROVAL,
    APPROVED_S,
    ATTESTATION,
    LONGEST_S,
    SYNTHETIC,
    attestation_of,
    attestation_refusals,
    attested,
    stamp,
)
from harness.guard.rules_hosts import origins
from harness.guard.signed import Payload, key_bytes, read, sign, written_key
from harness.guarding.ground import account
from harness.guarding.plan_hash import plan_hash
from harness.model.guard import Guarding
from harness.model.target import Remote, Target
from harness.preflight import Plan

_PRIVATE = 0o600


def guard_of(target: Target, path: Path) -> tuple[Remote, Guarding]:
    """Return where *target* answers, and what its profile at *path* says under ``guard``.

    Raises:
        UsageError: it has no such section.
    """
    if target.remote is None or target.remote.guard is None:
        want = "the profile of a target with a `guard:` section (docs/guard.md)"
        raise UsageError([Problem(str(path), "a profile without one", want)])
    return target.remote, target.remote.guard


def draft(
    remote: Remote, guard: Guarding, *, contact: str, days: float, faults: Sequence[str], now: float
) -> dict[str, Any]:
    """Return what an operator would have to attest so that the target can be tested from *now* on.

    Caps are those of the profile; who signs may lower them.
    """
    found, wrong = origins(remote.addresses())
    if wrong:
        raise UsageError([Problem("the target's profile", each, "an address") for each in wrong])
    payload: dict[str, Any] = {
        "schema": ATTESTATION,
        "environment_id": guard.environment,
        "production": False,
        "hosts": sorted({each.host for each in found.values()}),
        "networks": list(guard.networks),
        "certificates": [f"sha256/{each}" for each in guard.certificates],
        "sites": list(remote.sites),
        "not_before": stamp(now),
        "not_after": stamp(now + min(days * 86400, LONGEST_S)),
        "faults_allowed": list(faults),
        "data_class": SYNTHETIC,
        "contact": contact,
    }
    caps = {
        "max_requests_per_s": remote.caps.requests_per_s,
        "max_concurrent": remote.caps.concurrent,
        "max_writes": remote.caps.writes,
    }
    payload |= {name: int(value) for name, value in caps.items() if value is not None}
    return payload


def attestation_signed(path: Path, key: Ed25519PrivateKey, *, name: str) -> dict[str, Any]:
    """Return the draft in the file *path* as a document signed by *key*.

    Raises:
        UsageError: the draft cannot be attested; nothing is signed.
    """
    want = "the draft that `harness attest new` makes"
    try:
        payload = _drafted(read_bounded(path))
    except OSError as error:
        raise UsageError(
            [Problem(str(path), f"what cannot be read ({error.strerror})", want)]
        ) from None
    except ValueError as error:
        raise UsageError([Problem(str(path), str(error), want)]) from None
    return sign(payload, key, name=name)


def _drafted(text: bytes) -> dict[str, Any]:
    payload = read(text)
    if payload.get("schema") != ATTESTATION:
        raise ValueError(f"its schema is {payload.get('schema')!r}, not {ATTESTATION!r}")
    attestation_of(payload)
    return payload


def verified(text: bytes, target: Target, path: Path, *, now: float) -> tuple[list[str], list[str]]:
    """Return what the attestation *text* says, line by line, and all that is wrong with it *now*.

    Nothing is asked of anybody: where names lead, and what certificates are shown, is looked at
    when a run begins.
    """
    remote, guard = guard_of(target, path)
    found, wrong = attested(text, guard, where="the file", sent="")
    if found is None:
        return [], wrong
    hosts, _ = origins(remote.addresses())
    wrong += attestation_refusals(
        found,
        guard,
        hosts,
        {},
        sites=tuple(remote.sites),
        certificates={},
        now=now,
        sent="",
    )
    told = [
        f"environment  {found.environment}",
        f"valid        {stamp(found.not_before)} to {stamp(found.not_after)}",
        f"hosts        {', '.join(found.hosts)}",
        f"networks     {', '.join(found.networks) or 'not bound to any'}",
        f"certificates {', '.join(found.certificates) or 'not bound to any'}",
        f"sites        {', '.join(found.sites)}",
        f"faults       {', '.join(found.faults_allowed) or 'none allowed'}",
        f"contact      {found.contact}",
    ]
    return told, wrong


def approval(
    plan: Plan,
    guard: Guarding,
    key: Ed25519PrivateKey,
    *,
    name: str,
    operator: str,
    now: float,
    lasting_s: float = APPROVED_S,
) -> dict[str, Any]:
    """Return the approval of *plan* by *name*, for the account *operator*, signed by *key*.

    Raises:
        UsageError: the profile does not know *name*, or not with this key, or it is the operator.
    """
    problems = []
    approver = guard.approvers.get(name)
    public = written_key(key.public_key())
    if approver is None:
        known = ", ".join(guard.approvers) or "none yet"
        problems.append(Problem("--name", repr(name), f"one of the `guard: approvers` ({known})"))
    elif approver.key != public:
        problems.append(Problem("--key", f"the key {public}", f"that of {name}, {approver.key}"))
    elif approver.account != account():
        want = f"the account of {name}, {approver.account!r}"
        problems.append(Problem("this account", repr(account()), want))
    if operator == account():
        want = "the account of whoever runs it: nobody approves for themselves"
        problems.append(Problem("--operator", repr(operator), want))
    if problems:
        raise UsageError(problems)
    payload = {
        "schema": APPROVAL,
        "plan": plan_hash(plan),
        "environment_id": guard.environment,
        "approver": name,
        "account": account(),
        "operator": operator,
        "not_before": stamp(now),
        "not_after": stamp(now + lasting_s),
        "nonce": secrets.token_hex(16),
    }
    return sign(payload, key, name=name)


# ---------------------------------------------------------------------- keys and files


def new_key(path: Path) -> str:
    """Write a new private key into the file *path*, for its owner alone; return the public one.

    Raises:
        UsageError: the file exists, or cannot be written.
    """
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    want = "a new file: a key is never written over"
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _PRIVATE)
    except OSError as error:
        raise UsageError([Problem(str(path), str(error.strerror), want)]) from None
    with os.fdopen(handle, "wb") as file:
        file.write(pem)
    return written_key(key.public_key())


def read_key(path: Path) -> Ed25519PrivateKey:
    """Return the private key in the file *path*.

    Raises:
        UsageError: there is none. What the file holds is in no message.
    """
    found: object = None
    with suppress(OSError, ValueError, TypeError, UnsupportedAlgorithm):
        found = load_pem_private_key(read_bounded(path), password=None)
    if not isinstance(found, Ed25519PrivateKey):
        want = "a private Ed25519 key as `harness attest key` writes it: PEM, without a password"
        raise UsageError([Problem(str(path), "none that can be read", want)])
    return found


def read_public_key(written: str) -> str:
    """Return the public key that is *written* in base64, or that the file of that name holds.

    The file may have it in base64, as `harness attest key` prints it, or in PEM.

    Raises:
        UsageError: it is neither.
    """
    text = written
    with suppress(OSError, ValueError):
        text = read_bounded(Path(written)).decode("utf-8").strip()
    with suppress(ValueError, UnsupportedAlgorithm):
        found = load_pem_public_key(text.encode())
        if isinstance(found, Ed25519PublicKey):
            return written_key(found)
    try:
        key_bytes(text)
    except ValueError:
        want = "a public Ed25519 key in base64 as `harness attest key` prints it, or its file"
        raise UsageError([Problem("--key", "none that can be read", want)]) from None
    return text


def as_text(document: Payload | Mapping[str, Any]) -> str:
    """Return *document* as people read it; its signature is over another form."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
