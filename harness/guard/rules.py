"""The first rule, pure: what is not on this machine is reached only if the guard let it through.

The rest is in ``rules_hosts``, ``rules_attest`` and ``rules_caps``.
"""

import ipaddress
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from harness.guard.codes import refusal
from harness.guard.rules_hosts import origin_of
from harness.model.guard import ATTESTATION_PATH
from harness.model.target import EDGE, Endpoints


def refusals(endpoints: Endpoints) -> Iterator[str]:
    """Yield a refusal for every address of *endpoints* that may not be reached.

    It is on this machine, or the guard has found out what addresses its host has.
    """
    urls = {EDGE: endpoints.edge, **endpoints.sites}
    if endpoints.admin is not None:
        urls["admin"] = endpoints.admin
    for name, url in urls.items():
        if not is_loopback(url) and not _let_through(url, endpoints.pins):
            yield refusal("E_NOT_LOOPBACK", f"{name} is at {url}, which is not on this machine")


def _let_through(url: str, pins: Mapping[str, tuple[str, ...]]) -> bool:
    try:
        return bool(pins.get(origin_of(url).host))
    except ValueError:
        return False


def is_loopback(url: str) -> bool:
    """Whether *url* is plain http or https to a numeric loopback address.

    Names are refused, ``localhost`` too: what a name means is decided elsewhere, and can change.
    """
    if "\\" in url or "@" in url:  # parsers disagree on what the host of such an address is
        return False
    try:
        parts = urlsplit(url)
        address = ipaddress.ip_address(parts.hostname or "")
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and address.is_loopback


def attestation_refusal(attestation: object) -> str | None:
    """Return why the target's own word is not enough; None if it says it is no production system.

    ``production`` must be there and be false, not merely absent: silence is not an attestation.
    """
    if not isinstance(attestation, dict) or attestation.get("production") is not False:
        evidence = f"{ATTESTATION_PATH} does not say production: false"
        return refusal("E_ATTEST_PROD", evidence, sent="Only that one request was sent.")
    return None
