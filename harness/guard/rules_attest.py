"""What an attestation has to say, and an approval. Pure: the time and the account are arguments.

Both are signed documents (``signed.py``). An attestation is the provider's word that an environment
is no production; an approval a second person's word that a plan may be run.
"""

import ipaddress
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from harness.guard.codes import refusal
from harness.guard.rules_hosts import Origin, Resolved, lies_in, normal
from harness.guard.signed import Unsigned, key_bytes, opened
from harness.model.guard import Approver, Guarding, Level

ATTESTATION = "cutover-rehearsal/attestation/1"
APPROVAL = "cutover-rehearsal/approval/1"
LONGEST_S = 31 * 86400
"""Wall seconds for which an attestation may be valid: longer, and an image of it gets about."""
APPROVED_S = 24 * 3600
SYNTHETIC = "synthetic"
ONLY_ITS_WORD = "Only requests for it were sent."
"""What has been sent when an attestation is looked at."""
_STAMP = "%Y-%m-%dT%H:%M:%SZ"
_TEXTS = ("environment_id", "not_before", "not_after", "contact", "data_class")
_LISTS = ("hosts", "networks", "certificates", "sites", "faults_allowed")
_CAPS = ("max_requests_per_s", "max_concurrent", "max_writes")
_APPROVAL_TEXTS = (
    "plan", "environment_id", "approver", "account", "operator", "not_before", "not_after", "nonce",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Attestation:
    """An attestation whose form and signature are right. Times are epoch seconds.

    ``production`` is what it says, whatever that is. An empty list binds to nothing.
    """

    environment: str
    production: object
    hosts: tuple[str, ...]
    networks: tuple[str, ...]
    certificates: tuple[str, ...]
    sites: tuple[str, ...]
    not_before: float
    not_after: float
    faults_allowed: tuple[str, ...]
    data_class: str
    contact: str
    requests_per_s: float | None = None
    concurrent: int | None = None
    writes: int | None = None


@dataclass(frozen=True, slots=True)
class Approval:
    """An approval whose form and signature are right. Times are epoch seconds.

    ``account`` is the approver's own, ``operator`` that of whoever may run the plan.
    """

    plan: str
    environment: str
    approver: str
    account: str
    operator: str
    not_before: float
    not_after: float
    nonce: str


def attestation_of(payload: Mapping[str, Any]) -> Attestation:
    """Return what *payload* attests.

    Raises:
        ValueError: something in it is missing or of the wrong kind; says all of it.
    """
    wrong = list(_wrong(payload, _TEXTS, {*_TEXTS, *_LISTS, *_CAPS, "production", "schema"}))
    for key in _LISTS:
        value = payload.get(key)
        if not (isinstance(value, list) and all(isinstance(each, str) for each in value)):
            wrong.append(f"{key} is no list of texts")
    for key in _CAPS:
        value = payload.get(key, 1)
        if not (isinstance(value, int) and not isinstance(value, bool) and value > 0):
            wrong.append(f"{key} is no whole number above 0")
    if "production" not in payload:
        wrong.append("production is not there")
    if not wrong:
        wrong += _bad_networks(payload["networks"])
    if wrong:
        raise ValueError("; ".join(wrong))
    return Attestation(
        payload["environment_id"],
        payload["production"],
        tuple(map(normal, payload["hosts"])),
        tuple(payload["networks"]),
        tuple(each.removeprefix("sha256/") for each in payload["certificates"]),
        tuple(payload["sites"]),
        moment(payload["not_before"]),
        moment(payload["not_after"]),
        tuple(payload["faults_allowed"]),
        payload["data_class"],
        payload["contact"],
        payload.get("max_requests_per_s"),
        payload.get("max_concurrent"),
        payload.get("max_writes"),
    )


def attested(
    text: bytes | None, guard: Guarding, *, where: str, sent: str = ONLY_ITS_WORD
) -> tuple[Attestation | None, list[str]]:
    """Return the attestation in *text* that came from *where*, and a refusal if it is none."""
    if text is None:
        return None, [refusal("E_ATTEST_MISSING", f"nothing at {where}", sent=sent)]
    try:
        payload, _ = opened(text, guard.keys, schema=ATTESTATION)
        return attestation_of(payload), []
    except Unsigned as error:
        code = "E_ATTEST_SIG" if error.forged else "E_ATTEST_FORM"
        return None, [refusal(code, f"what is at {where}: {error}", sent=sent)]
    except ValueError as error:
        return None, [refusal("E_ATTEST_FORM", f"what is at {where}: {error}", sent=sent)]


def attestation_refusals(
    found: Attestation,
    guard: Guarding,
    origins: Mapping[str, Origin],
    resolved: Mapping[str, Resolved],
    *,
    sites: tuple[str, ...],
    certificates: Mapping[str, Collection[str]],
    now: float,
    lasting_s: float = 0.0,
    sent: str = ONLY_ITS_WORD,
) -> Iterator[str]:
    """Yield everything in *found* that keeps the target from being tested *now*.

    *resolved* are the addresses of each host, *certificates* the fingerprints of each that has any;
    the run takes *lasting_s* wall seconds; *sent* says what has been by now.
    """
    if found.production is not False:
        yield refusal("E_ATTEST_PROD", "it does not say production: false", sent=sent)
    if found.environment != guard.environment:
        evidence = f"it is of {found.environment!r}, not {guard.environment!r}"
        yield refusal("E_ATTEST_ENV", evidence, sent=sent)
    if found.data_class != SYNTHETIC:
        evidence = f"its data_class is {found.data_class!r}, not {SYNTHETIC!r}"
        yield refusal("E_ATTEST_FORM", evidence, sent=sent)
    for host in dict.fromkeys(origin.host for origin in origins.values()):
        if host not in found.hosts:
            yield refusal("E_ATTEST_HOST", f"it does not name {host!r}", sent=sent)
        yield from _unbound(host, found, guard, resolved, certificates, sent)
    for site in sites:
        if site not in found.sites:
            yield refusal("E_ATTEST_HOST", f"it does not name the site {site!r}", sent=sent)
    yield from _times(found, now, lasting_s, sent)


def _unbound(
    host: str,
    found: Attestation,
    guard: Guarding,
    resolved: Mapping[str, Resolved],
    certificates: Mapping[str, Collection[str]],
    sent: str,
) -> Iterator[str]:
    """Yield a refusal if *host* is neither at an attested address nor has an attested key."""
    shown = set(certificates.get(host, ()))
    if found.certificates and not shown <= set(found.certificates):
        yield refusal("E_ATTEST_ADDRESS", f"it has not the certificate of {host!r}", sent=sent)
    by_certificate = bool(shown) and shown <= set(found.certificates)
    known = resolved[host].addresses if host in resolved else ()
    outside = [each for each in known if not lies_in(each, found.networks)]
    if outside and (found.networks or not by_certificate):
        evidence = f"{host!r} is at {', '.join(outside)}, which it does not name"
        yield refusal("E_ATTEST_ADDRESS", evidence, sent=sent)
    if guard.level is Level.OFFLINE and not found.networks and not found.certificates:
        yield refusal("E_ATTEST_ADDRESS", "it is bound to no network or certificate", sent=sent)


def _times(found: Attestation, now: float, lasting_s: float, sent: str) -> Iterator[str]:
    if found.not_after - found.not_before > LONGEST_S:
        evidence = f"it is valid for {(found.not_after - found.not_before) / 86400:.0f} days"
        yield refusal("E_ATTEST_TTL", evidence, sent=sent)
    if now < found.not_before:
        evidence = f"it is valid from {stamp(found.not_before)} on"
        yield refusal("E_ATTEST_EXPIRED", evidence, sent=sent)
    elif now >= found.not_after:
        evidence = f"it expired {_ago(now - found.not_after)} ago"
        yield refusal("E_ATTEST_EXPIRED", evidence, sent=sent)
    elif now + lasting_s >= found.not_after:
        evidence = f"it ends at {stamp(found.not_after)}, before the run would"
        yield refusal("E_ATTEST_ENDS", evidence, sent=sent)


# ---------------------------------------------------------------------- approvals


def approval_of(
    text: bytes, approvers: Mapping[str, Approver]
) -> tuple[Approval | None, list[str]]:
    """Return the approval in *text*, signed by one of *approvers*, and a refusal if it is none."""
    keys = {name: each.key for name, each in approvers.items()}
    try:
        payload, name = opened(text, keys, schema=APPROVAL)
    except Unsigned as error:
        code = "E_APPROVAL_SIG" if error.forged else "E_APPROVAL_FORM"
        return None, [refusal(code, str(error))]
    if wrong := list(_wrong(payload, _APPROVAL_TEXTS, {*_APPROVAL_TEXTS, "schema"})):
        return None, [refusal("E_APPROVAL_FORM", "; ".join(wrong))]
    if payload["approver"] != name:
        evidence = f"{payload['approver']!r} approves, and {name!r} signed"
        return None, [refusal("E_APPROVAL_SIG", evidence)]
    return Approval(
        payload["plan"],
        payload["environment_id"],
        name,
        payload["account"],
        payload["operator"],
        moment(payload["not_before"]),
        moment(payload["not_after"]),
        payload["nonce"],
    ), []


def approval_refusals(
    found: Approval,
    guard: Guarding,
    *,
    plan: str,
    account: str,
    now: float,
    used: bool,
) -> Iterator[str]:
    """Yield everything that keeps *found* from approving *plan* (a whole hash), run by *account*.

    *used*: a run has been begun with it.
    """
    if found.plan != plan or found.environment != guard.environment:
        evidence = f"it approves {found.plan[:8]} on {found.environment!r}, this is {plan[:8]}"
        yield refusal("E_APPROVAL_PLAN", evidence)
    approver = guard.approvers[found.approver]
    same_key = any(_same_key(approver.key, each) for each in guard.keys.values())
    if account in (approver.account, found.account, found.approver) or same_key:
        evidence = f"the approver {found.approver!r} is the operator {account!r}"
        if same_key:
            evidence = f"the approver {found.approver!r} signs with the provider's key"
        yield refusal("E_APPROVAL_SELF", evidence)
    elif found.account != approver.account:
        evidence = f"it was made by {found.account!r}, not by {approver.account!r}"
        yield refusal("E_APPROVAL_SELF", evidence)
    if found.operator != account:
        evidence = f"it is for {found.operator!r}, and {account!r} runs"
        yield refusal("E_APPROVAL_OPERATOR", evidence)
    if not found.not_before <= now < found.not_after:
        yield refusal("E_APPROVAL_EXPIRED", f"it was valid until {stamp(found.not_after)}")
    elif found.not_after - found.not_before > APPROVED_S:
        yield refusal("E_APPROVAL_EXPIRED", "it is valid for more than 24 hours")
    if used:
        yield refusal("E_APPROVAL_USED", "a run was begun with it")


def _same_key(one: str, other: str) -> bool:
    return key_bytes(one) == key_bytes(other)


# ---------------------------------------------------------------------- parts of both


def moment(written: str) -> float:
    """Return the epoch seconds of *written*: UTC, as in ``2026-11-27T20:00:00Z``.

    Raises:
        ValueError: it is not written so.
    """
    return datetime.strptime(written, _STAMP).replace(tzinfo=UTC).timestamp()


def stamp(at: float) -> str:
    """Return the epoch seconds *at* as documents write them."""
    return datetime.fromtimestamp(at, UTC).strftime(_STAMP)


def _wrong(payload: Mapping[str, Any], texts: tuple[str, ...], known: set[str]) -> Iterator[str]:
    for key in sorted(set(payload) - known):
        yield f"{key} is not known"
    for key in texts:
        value = payload.get(key)
        if not isinstance(value, str) or not value:
            yield f"{key} is no text"
        elif key.startswith("not_"):
            try:
                moment(value)
            except ValueError:
                yield f"{key} is not written as 2026-11-27T20:00:00Z"


def _bad_networks(networks: list[str]) -> Iterator[str]:
    for each in networks:
        try:
            ipaddress.ip_network(each)
        except ValueError as error:
            yield f"networks: {error}"


def _ago(seconds: float) -> str:
    return f"{seconds / 86400:.0f} d" if seconds >= 86400 else f"{seconds / 60:.0f} min"
