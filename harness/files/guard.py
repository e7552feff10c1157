"""The ``guard:`` section of a target profile: what the target has to prove before anything is sent.

Nothing is looked up and no document opened here: that is the guard's, when a run begins.
"""

import base64
import ipaddress
from pathlib import Path

from harness.files import values
from harness.files.fields import A_FILE, A_TABLE, Fields, Key, Keys, fields_of, items_of, parsed
from harness.files.values import Parse
from harness.model.guard import BY_HEADER, Approver, Guarding, Level, Marker, Tenancy

EXAMPLE = "guard: {level: signed, environment: acme-uat, keys: {...}, networks: [203.0.113.0/28]}"
_PLAIN = values.text_like(r"[!-~]+", "letters, digits and signs without a blank")
SECTION: Keys = {
    "level": Key(
        "level: signed, offline or tenant",
        "How it proves that it is no production system.",
        "`signed`, `offline` or `tenant`",
    ),
    "environment": Key("environment: acme-uat", "What the attestation calls it.", _PLAIN),
    "keys": Key(
        "keys: {acme-2026: BASE64}",
        "The provider's public keys, by their names.",
        "a table: name, then an Ed25519 public key in base64",
        default="needed but of `tenant`",
    ),
    "networks": Key(
        "networks: [203.0.113.0/28]",
        "The addresses that it may have.",
        "a list of networks",
        default="needed but of `tenant`",
    ),
    "also": Key(
        "also: [203.0.113.9]", "Single addresses beside them.", "a list of addresses", default=""
    ),
    "document": Key(
        "document: acme.attestation.json",
        "The attestation, where the target cannot serve it.",
        A_FILE,
        default="needed of `offline`",
    ),
    "marker": Key(
        "marker: {header: X-Environment-Id}, {field: environment} or certificate",
        "What every answer of the target carries.",
        "`certificate`, or a table",
        default="{header: X-Environment-Id}",
    ),
    "certificates": Key(
        "certificates: [sha256/BASE64]",
        "The public keys that its certificates may have.",
        "a list of `sha256/` and a hash in base64",
        default="",
    ),
    "heuristic_waived": Key(
        "heuristic_waived: [pre-prod.acme.example]",
        "Host names that only look like production.",
        "a list of host names",
        default="",
    ),
    "shared_front_door": Key(
        "shared_front_door: yes",
        "Whether production is behind the same addresses.",
        values.yes_no,
        default="no",
    ),
    "approvers": Key(
        "approvers: {jane: {key: BASE64, account: jdoe}}",
        "Who may approve a plan as a second person.",
        "a table: name, then a table",
        default="",
    ),
    "tenant": Key(
        "tenant: {ask: /v1/account, id: t-1, id_at: account.id, sandbox_at: account.sandbox}",
        "How a tenant of a shared system says that it is a sandbox.",
        A_TABLE,
        default="needed of `tenant`",
    ),
}
_KEY_BYTES = 32


def public_key(written: str) -> str:
    """Return an Ed25519 public key in base64."""
    return _base64(written, "an Ed25519 public key: 32 bytes in base64")


def _base64(written: str, want: str) -> str:
    try:
        found = base64.b64decode(written, validate=True)
    except ValueError:
        found = b""
    if len(found) != _KEY_BYTES:
        raise ValueError(want)
    return written


APPROVER: Keys = {
    "key": Key("key: BASE64", "The public key.", public_key),
    "account": Key("account: jdoe", "The account on this machine: nobody approves alone.", _PLAIN),
}
TENANT: Keys = {
    "ask": Key("ask: /v1/account", "Where it is asked.", values.edge_path),
    "id": Key("id: t-4711", "The tenant's id.", _PLAIN),
    "id_at": Key("id_at: account.id", "Where in the answer the id is.", _PLAIN),
    "sandbox_at": Key(
        "sandbox_at: account.sandbox", "Where in the answer it says `true` for a sandbox.", _PLAIN
    ),
}
MARKER: Keys = {
    "header": Key(
        "header: X-Environment-Id",
        "A header of answers.",
        values.header_name,
        default="one of the two",
    ),
    "field": Key(
        "field: environment", "A field of JSON answers.", _PLAIN, default="one of the two"
    ),
}
_DECLARED = (Level.SIGNED, Level.OFFLINE, Level.TENANT)


def read_guard(fields: Fields, folder: Path) -> Guarding | None:
    """Return what *fields* say under ``guard``; None if a part of it is wrong.

    Files are named relative to *folder*.
    """
    own = fields.inner("guard", SECTION)
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
            own.problem("tenant", want=SECTION["tenant"].example)
        return
    if "keys" not in own:
        own.problem("keys", want=SECTION["keys"].example)
    if "networks" not in own:
        own.problem("networks", want=SECTION["networks"].example)
    if found.level is Level.OFFLINE and "document" not in own:
        own.problem("document", want=SECTION["document"].example)


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
    items = items_of(entry, SECTION[key].example, own.problems) if entry else ()
    found = [parsed(item, parse, own.problems) for item in items]
    return tuple(each for each in found if each)


def _marker(own: Fields) -> Marker:
    """Return what answers carry: a header unless the section says otherwise."""
    if "marker" not in own:
        return BY_HEADER
    if own.text("marker") == "certificate":
        return Marker()
    inner = own.inner("marker", MARKER)
    if inner is None:
        return BY_HEADER
    if ("header" in inner) == ("field" in inner):
        own.problem("marker", found="not exactly one mark", want=SECTION["marker"].example)
        return BY_HEADER
    if "field" in inner:
        return Marker(field=inner.value("field", _PLAIN) or "")
    return Marker(header=inner.value("header", values.header_name) or "")


def _approvers(own: Fields) -> dict[str, Approver]:
    if "approvers" not in own:
        return {}
    found: dict[str, Approver] = {}
    for name, entry in own.table("approvers").items():
        inner = fields_of(entry.value, of=name, keys=APPROVER, problems=own.problems)
        key = inner.value("key", public_key) if inner else None
        account = inner.value("account", _PLAIN) if inner else None
        if key and account:
            found[name] = Approver(key, account)
    return found


def _tenancy(own: Fields) -> Tenancy | None:
    inner = own.inner("tenant", TENANT)
    if inner is None:
        return None
    ask, tenant = inner.value("ask", values.edge_path), inner.value("id", _PLAIN)
    id_at, sandbox_at = inner.value("id_at", _PLAIN), inner.value("sandbox_at", _PLAIN)
    if not (ask and tenant and id_at and sandbox_at):
        return None
    return Tenancy(ask, tenant, id_at, sandbox_at)


# ---------------------------------------------------------------------- single values


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
