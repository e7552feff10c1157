"""What a profile and an organisation say of safety: how a target proves that it is no production.

Types only. What has to hold is in ``harness/guard/rules_*.py``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

ATTESTATION_PATH = "/.well-known/test-environment"
"""Where a target says what it is; signed, or on this machine a bare word."""

GENERATOR_SHARE = 0.9
"""Of every cap while a run goes on; the rest is for the harness's own probes."""


class Level(StrEnum):
    """How a target has proven that it is no production system; each is more than those before."""

    MOCK = "mock"
    LOOPBACK = "loopback"
    TENANT = "tenant"
    OFFLINE = "offline"
    SIGNED = "signed"

    def is_at_least(self, other: "Level") -> bool:
        """Whether it proves as much as *other*, or more."""
        order = list(Level)
        return order.index(self) >= order.index(other)


@dataclass(frozen=True, slots=True)
class Marker:
    """What every answer of the target carries, to be told from any other: a header, or a field.

    ``field`` is a key of the JSON object in the body. With neither, the certificate is the mark.
    """

    header: str = ""
    field: str = ""


BY_HEADER = Marker(header="X-Environment-Id")
"""The mark unless a profile says otherwise."""


@dataclass(frozen=True, slots=True)
class Approver:
    """A second person: the public *key*, and the *account* under which they work."""

    key: str
    account: str


@dataclass(frozen=True, slots=True)
class Tenancy:
    """How the API of a shared service says which tenant we are, and that it is a sandbox.

    ``ask`` is a path on the edge; ``id_at`` and ``sandbox_at`` are where in the JSON that it
    answers the tenant's id and a literal ``true`` stand, keys joined by dots.
    """

    ask: str
    id: str
    id_at: str
    sandbox_at: str


@dataclass(frozen=True, slots=True)
class Guarding:
    """The ``guard:`` section of a profile: what the target has to prove, and by what we know it.

    ``keys`` are the provider's public keys by name (Ed25519, base64). Every address has to lie in
    ``networks``; ``also`` are addresses that a name may come to have while a run lasts.
    ``document`` is the path of an attestation that was handed over. ``certificates`` are the
    SHA-256 of public keys (base64). ``heuristic_waived`` are host names that merely look like
    production. ``shared_front_door``: production is behind the same addresses by design.
    ``folder`` is the absolute path of the profile's: deny files are looked for from there upwards.
    """

    level: Level
    environment: str
    keys: Mapping[str, str] = field(default_factory=dict)
    networks: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    document: str = ""
    marker: Marker = Marker()
    certificates: tuple[str, ...] = ()
    heuristic_waived: tuple[str, ...] = ()
    shared_front_door: bool = False
    approvers: Mapping[str, Approver] = field(default_factory=dict)
    tenancy: Tenancy | None = None
    folder: str = ""


@dataclass(frozen=True, slots=True)
class Denied:
    """One rule of an organisation's deny file, and where it stands (``never.yaml:12``)."""

    what: str
    where: str


@dataclass(frozen=True, slots=True)
class Never:
    """What an organisation never lets be tested, of all its deny files together.

    ``hosts`` are names, or ``*.suffix``; ``known`` addresses of them that a resolver need not tell;
    ``networks`` CIDRs; ``certificates`` SHA-256 of public keys; ``tenants`` ids of production
    tenants. ``lever`` is why nothing at all may be tested now, empty if it may. ``files`` are those
    that were found.
    """

    hosts: tuple[Denied, ...] = ()
    known: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    networks: tuple[Denied, ...] = ()
    certificates: tuple[Denied, ...] = ()
    tenants: tuple[Denied, ...] = ()
    lever: Denied | None = None
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Watch:
    """What every request to the target is held to, on both sides of the control pipe.

    ``pins`` are the addresses that each host was found to have: no name is looked up again.
    Caps that are None do not hold; *writes* are of the whole run. ``scans``: bodies are looked
    through for what is not made up.
    """

    pins: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    marker: Marker | None = None
    environment: str = ""
    requests_per_s: float | None = None
    concurrent: int | None = None
    writes: int | None = None
    run: str = ""
    scans: bool = True

    def leaving_wall_s(self, people: int) -> float:
        """Return how long so many *people* take to leave at the generator's rate."""
        rate = self.requests_per_s
        return 0.0 if rate is None else people / (rate * GENERATOR_SHARE)
