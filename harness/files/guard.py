"""The ``guard:`` section of a target profile: what the target has to prove before anything is sent.

Nothing is looked up and no document opened here: that is the guard's, when a run begins.
"""

import base64
import ipaddress
import re
from pathlib import Path

from harness.files import values
from harness.files.fields import Fields, fields_of, items_of, parsed
from harness.files.login import text_like
from harness.files.values import Parse
from harness.model.guard import BY_HEADER, Approver, Guarding, Level, Marker, Tenancy

EXAMPLE = "guard: {level: signed, environment: acme-uat, keys: {...}, networks: [203.0.113.0/28]}"
_SECTION = {
    "level": "level: signed, offline or tenant",
    "environment": "environment: acme-uat",
    "keys": "keys: {acme-2026: BASE64}",
    "networks": "networks: [203.0.113.0/28]",
    "also": "also: [203.0.113.9]",
    "document": "document: acme.attestation.json",
    "marker": "marker: {header: X-Environment-Id}, {field: environment} or certificate",
    "certificates": "certificates: [sha256/BASE64]",
    "heuristic_waived": "heuristic_waived: [pre-prod.acme.example]",
    "shared_front_door": "shared_front_door: yes",
    "approvers": "approvers: {jane: {key: BASE64, account: jdoe}}",
    "tenant": "tenant: {ask: /v1/account, id: t-1, id_at: account.id, sandbox_at: account.sandbox}",
}
_APPROVER = {"key": "key: BASE64", "account": "account: jdoe"}
_TENANT = {
    "ask": "ask: /v1/account",
    "id": "id: t-4711",
    "id_at": "id_at: account.id",
    "sandbox_at": "sandbox_at: account.sandbox",
}
_MARKER = {"header": "header: X-Environment-Id", "field": "field: environment"}
_KEY_BYTES = 32
_PLAIN = text_like(re.compile(r"[!-~]+"), "letters, digits and signs without a blank")
_HEADER_NAME = text_like(re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*"), "the name of a header")
_PATH = text_like(re.compile(r"/[!-~]*"), "a path on the edge")
_DECLARED = (Level.SIGNED, Level.OFFLINE, Level.TENANT)


def read_guard(fields: Fields, folder: Path) -> Guarding | None:
    """Return what *fields* say under ``guard``; None if a part of it is wrong.

    Files are named relative to *folder*.
    """
    own = fields.inner("guard", _SECTION)
    if own is None:
        return None
    level = own.value("level", values.one_of([str(each) for each in _DECLARED]))
    environment = own.value("environment", _PLAIN)
    keys, networks = _keys(own), _items(own, "networks", network)
    if level is None or environment is None:
        return None
    found = Guarding(
        Level(level),
        environment,
        keys=keys,
        networks=networks,
        also=_items(own, "also", address),
        document=str(own.file("document", folder) or "") if "document" in own else "",
        marker=_marker(own),
        certificates=_items(own, "certificates", fingerprint),
        heuristic_waived=_items(own, "heuristic_waived", _PLAIN),
        shared_front_door=bool(own.value_or("shared_front_door", values.yes_no, default=False)),
        approvers=_approvers(own),
        tenancy=_tenancy(own) if "tenant" in own else None,
        folder=str(folder.resolve()),
    )
    _check(own, found)
    return found


def _check(own: Fields, found: Guarding) -> None:
    """Tell a problem for everything that the level needs and the section lacks."""
    if found.level is Level.TENANT:
        if "tenant" not in own:
            own.problem("tenant", want=_SECTION["tenant"])
        return
    if "keys" not in own:
        own.problem("keys", want=_SECTION["keys"])
    if "networks" not in own:
        own.problem("networks", want=_SECTION["networks"])
    if found.level is Level.OFFLINE and "document" not in own:
        own.problem("document", want=_SECTION["document"])


def _keys(own: Fields) -> dict[str, str]:
    if "keys" not in own:
        return {}
    found = {
        name: parsed(entry.value, public_key, own.problems, key=name)
        for name, entry in own.table("keys").items()
    }
    return {name: key for name, key in found.items() if key}


def _items(own: Fields, key: str, parse: Parse[str]) -> tuple[str, ...]:
    entry = own.entry(key) if key in own else None
    items = items_of(entry, _SECTION[key], own.problems) if entry else ()
    found = [parsed(item, parse, own.problems) for item in items]
    return tuple(each for each in found if each)


def _marker(own: Fields) -> Marker:
    """Return what answers carry: a header unless the section says otherwise."""
    if "marker" not in own:
        return BY_HEADER
    if own.text("marker") == "certificate":
        return Marker()
    inner = own.inner("marker", _MARKER)
    if inner is None:
        return BY_HEADER
    if ("header" in inner) == ("field" in inner):
        own.problem("marker", found="not exactly one mark", want=_SECTION["marker"])
        return BY_HEADER
    if "field" in inner:
        return Marker(field=inner.value("field", _PLAIN) or "")
    return Marker(header=inner.value("header", _HEADER_NAME) or "")


def _approvers(own: Fields) -> dict[str, Approver]:
    if "approvers" not in own:
        return {}
    found: dict[str, Approver] = {}
    for name, entry in own.table("approvers").items():
        inner = fields_of(entry.value, of=name, examples=_APPROVER, problems=own.problems)
        key = inner.value("key", public_key) if inner else None
        account = inner.value("account", _PLAIN) if inner else None
        if key and account:
            found[name] = Approver(key, account)
    return found


def _tenancy(own: Fields) -> Tenancy | None:
    inner = own.inner("tenant", _TENANT)
    if inner is None:
        return None
    ask, tenant = inner.value("ask", _PATH), inner.value("id", _PLAIN)
    id_at, sandbox_at = inner.value("id_at", _PLAIN), inner.value("sandbox_at", _PLAIN)
    if not (ask and tenant and id_at and sandbox_at):
        return None
    return Tenancy(ask, tenant, id_at, sandbox_at)


# ---------------------------------------------------------------------- single values


def public_key(written: str) -> str:
    """Return an Ed25519 public key in base64."""
    return _base64(written, "an Ed25519 public key: 32 bytes in base64")


def fingerprint(written: str) -> str:
    """Return the SHA-256 of a public key in base64, without the ``sha256/`` before it."""
    return _base64(
        written.removeprefix("sha256/"), "sha256/ and the hash of a public key in base64"
    )


def network(written: str) -> str:
    """Return a network, or a single address, as CIDR."""
    try:
        return str(ipaddress.ip_network(written))
    except ValueError:
        raise ValueError("a network such as 203.0.113.0/28, no bits set beyond it") from None


def address(written: str) -> str:
    """Return a single address."""
    try:
        return str(ipaddress.ip_address(written))
    except ValueError:
        raise ValueError("an address such as 203.0.113.9") from None


def _base64(written: str, want: str) -> str:
    try:
        found = base64.b64decode(written, validate=True)
    except ValueError:
        found = b""
    if len(found) != _KEY_BYTES:
        raise ValueError(want)
    return written
