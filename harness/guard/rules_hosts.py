"""Which hosts and addresses may be talked to. Pure: names are resolved elsewhere.

Hosts are compared in one form, ``normal``: lower case, no dot at the end. What two parsers could
read differently is refused rather than repaired.
"""

import ipaddress
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from harness.guard.codes import refusal
from harness.model.guard import Denied, Guarding, Level, Never

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_LONGEST_NAME = 253
_LOOKS_LIKE_PRODUCTION = re.compile(r"(?:^|[.-])(?:prod|production|prd|live|www)(?:[.-]|\d|$)")
"""A heuristic: ``pre-prod`` trips it. Waivable in the profile, for hosts that are attested."""
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Origin:
    """What a request is allowed to: scheme, host in its normal form, port."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a name was found to mean: its addresses, and the name at the end of its aliases."""

    addresses: tuple[str, ...]
    canonical: str = ""


def origin_of(url: str) -> Origin:
    """Return the origin of *url*.

    Raises:
        ValueError: it can be read in two ways, or names no host.
    """
    if "\\" in url or "@" in url or any(ord(each) <= ord(" ") for each in url):
        raise ValueError("it can be read in two ways")
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS:
        raise ValueError("it is neither http nor https")
    host = normal(parts.hostname or "")
    address = address_of(host)
    if address is None and not (_NAME.fullmatch(host) and len(host) <= _LONGEST_NAME):
        raise ValueError("its host is no plain name")
    if address is None and (host.rpartition(".")[2].isdigit() or host.startswith("0x")):
        raise ValueError("its host is an address in disguise")
    if isinstance(address, ipaddress.IPv6Address) and (address.ipv4_mapped or "%" in host):
        raise ValueError("its host is an address in disguise")
    return Origin(scheme, str(address) if address else host, parts.port or _DEFAULT_PORTS[scheme])


def normal(host: str) -> str:
    """Return *host* as it is compared: names have no case, and a dot at the end adds nothing."""
    return host.lower().removesuffix(".")


def address_of(host: str) -> Address | None:
    """Return the address that *host* is; None if it is a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def is_here(address: str) -> bool:
    """Whether *address* is this machine."""
    found = address_of(address)
    return found is not None and found.is_loopback


def origins(addresses: Mapping[str, str]) -> tuple[dict[str, Origin], list[str]]:
    """Return the origin of each of *addresses* by its name, and a refusal for each that has none.

    A whole URL is not repeated in a refusal: there may be a password in it.
    """
    found, refused = {}, []
    for name, url in addresses.items():
        try:
            found[name] = origin_of(url)
        except ValueError as error:
            refused.append(refusal("E_HOST", f"the address of {name} cannot be used: {error}"))
    return found, refused


def name_refusals(
    found: Mapping[str, Origin],
    guard: Guarding,
    never: Never,
    *,
    attested: Collection[str] | None = None,
) -> Iterator[str]:
    """Yield a refusal for every origin whose host may not be tested.

    *attested* are the hosts that an attestation names; None as long as there is none.
    """
    waived = {normal(each) for each in guard.heuristic_waived}
    for host in {origin.host: None for origin in found.values()}:
        for rule in denying_host(host, never):
            yield refusal("E_PROD_DENY", f"refusing {host!r}: it matches {_told(rule)}")
        if _LOOKS_LIKE_PRODUCTION.search(host) and (
            host not in waived or (attested is not None and host not in attested)
        ):
            yield refusal("E_PROD_NAME", f"{host!r} looks like a production host")


def transport_refusals(found: Mapping[str, Origin], here: Collection[str]) -> Iterator[str]:
    """Yield a refusal for every origin without TLS, except for hosts that are *here*."""
    for name, origin in found.items():
        if origin.scheme == "http" and origin.host not in here:
            yield refusal("E_PLAIN_HTTP", f"{name} is at {origin}")


def never_refusals(never: Never, guard: Guarding) -> Iterator[str]:
    """Yield a refusal if nobody may test at all, or nobody has said what production is."""
    if never.lever is not None:
        yield refusal("E_LEVER", f"{_told(never.lever)}")
    if not never.files:
        yield refusal("E_DENY_MISSING", "no never.yaml was found, so production is unknown")
    elif guard.level is Level.TENANT and not never.tenants:
        evidence = "no never.yaml names the production tenant under `tenants:`"
        yield refusal("E_DENY_MISSING", evidence)
    elif guard.level is not Level.TENANT and not never.hosts:
        yield refusal("E_DENY_MISSING", "no never.yaml names a production host under `hosts:`")


def address_refusals(
    host: str,
    resolved: Resolved,
    guard: Guarding,
    never: Never,
) -> Iterator[str]:
    """Yield a refusal for what *host* was *resolved* to, if that may not be talked to."""
    if not resolved.addresses:
        yield refusal("E_RESOLVE", f"{host!r} has no address")
    alias = normal(resolved.canonical)
    if alias and alias != host:
        for rule in denying_host(alias, never):
            yield refusal("E_PROD_DENY", f"{host!r} is an alias of {alias!r}: {_told(rule)}")
    for address in resolved.addresses:
        for rule in denying_network(address, never.networks):
            yield refusal("E_PROD_DENY", f"{host!r} is at {address}: {_told(rule)}")
        if guard.networks and not lies_in(address, guard.networks):
            networks = ", ".join(guard.networks)
            yield refusal("E_NETWORK", f"{host!r} is at {address}, outside {networks}")


def clashes(
    target: Mapping[str, Iterable[str]], production: Mapping[str, Iterable[str]]
) -> Iterator[str]:
    """Yield the evidence for every address that *target* shares with *production*, host by host."""
    whose = {_bare(address): host for host, found in production.items() for address in found}
    for host, addresses in target.items():
        for address in addresses:
            if theirs := whose.get(_bare(address)):
                yield f"{host!r} is at {address}, the same address as production {theirs!r}"


def certificate_refusals(
    host: str, fingerprint: str, names: Iterable[str], never: Never
) -> Iterator[str]:
    """Yield the evidence for everything that makes a certificate that of production.

    *fingerprint* is the SHA-256 of its public key in base64, *names* whom it vouches for.
    """
    for rule in never.certificates:
        if rule.what.removeprefix("sha256/") == fingerprint:
            yield f"the certificate of {host!r} has the key of production ({rule.where})"
    for name in map(normal, names):
        for rule in never.hosts if name != host else ():
            if covers(name, rule.what) or rule in denying_host(name, never):
                yield f"the certificate of {host!r} is also that of {name!r} ({_told(rule)})"


def covers(name: str, host: str) -> bool:
    """Whether a certificate's *name*, ``*.acme.example`` for one, is good for *host*."""
    host = normal(host)
    if name.startswith("*.") and not host.startswith("*."):
        return host.partition(".")[2] == name[2:]
    return name == host


def denying_host(host: str, never: Never) -> Iterator[Denied]:
    """Yield the rules of *never* that *host* matches; an address can be listed as well."""
    for rule in never.hosts:
        what = normal(rule.what)
        if host == what or (what.startswith("*.") and host.endswith(what[1:])):
            yield rule


def denying_network(address: str, networks: Iterable[Denied]) -> Iterator[Denied]:
    """Yield the rules in whose network *address* lies."""
    return (rule for rule in networks if lies_in(address, (rule.what,)))


def lies_in(address: str, networks: Iterable[str]) -> bool:
    """Whether *address* lies in one of *networks*; what cannot be read is in none."""
    found = _bare(address)
    return found is not None and any(
        found in ipaddress.ip_network(each, strict=False) for each in networks
    )


def drift(pinned: Collection[str], now: Collection[str], also: Collection[str]) -> tuple[str, ...]:
    """Return the addresses that a name has *now* and may not have."""
    return tuple(sorted(set(now) - set(pinned) - set(also)))


def _bare(address: str) -> Address | None:
    """Return the address that *address* is: IPv4 in IPv6's clothes is IPv4. None if it is none."""
    found = address_of(address)
    return getattr(found, "ipv4_mapped", None) or found


def _told(rule: Denied) -> str:
    return f"the rule {rule.what!r} ({rule.where})"
