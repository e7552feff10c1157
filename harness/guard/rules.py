"""The rules, pure. This version has one: the target is on this machine, or nothing is sent.

Every refusal starts with a stable code and says what was found and what to do.
"""

import ipaddress
from collections.abc import Iterator
from urllib.parse import urlsplit

from harness.model.target import Endpoints


def refusals(endpoints: Endpoints) -> Iterator[str]:
    """Yield a refusal for every address of *endpoints* that is not on this machine."""
    urls = {"edge": endpoints.edge, **endpoints.sites}
    if endpoints.admin is not None:
        urls["admin"] = endpoints.admin
    for name, url in urls.items():
        if not is_loopback(url):
            yield (
                f"E_NOT_LOOPBACK: {name} is at {url}, which is not on this machine."
                " This version rehearses on the mock centre only. Nothing was sent."
            )


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
        return (
            "E_ATTEST_PROD: /.well-known/test-environment does not say production: false."
            " Only that one request was sent."
        )
    return None
