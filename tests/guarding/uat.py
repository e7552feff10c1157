"""A provider's test environment with TLS and names of its own, on this machine, for tests.

It is the ticket desk of ``scenarios/examples`` behind an attestation. Everything that reaches it is
written down, connections too, so that a test can say that nothing was sent.
"""

import asyncio
import base64
import datetime
import hashlib
import json
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509.oid import NameOID

from harness import preflight
from harness.files.never import read_never
from harness.guard.rules_attest import APPROVAL, ATTESTATION, stamp
from harness.guard.rules_hosts import Resolved
from harness.guard.signed import sign, written_key
from harness.guarding import SHOWN, Admission, Admitted, Armed, Ground, plan_hash
from harness.model.guard import ATTESTATION_PATH
from harness.preflight import Plan
from harness.target.remote import reached
from scenarios.examples.ticket_desk.server import Handler, Server

EDGE, SITE = "uat.acme.example", "north.uat.acme.example"
LOOKS_LIVE = "pre-prod.acme.example"
ENVIRONMENT = "acme-uat"
BUSY = 15
NOW = 1_795_000_000.0
PROVIDER, APPROVER, STRANGER = (
    Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in b"pas"
)
OPERATOR, JANE = "operator-account", "jane-account"
NEVER = """\
hosts: [api.acme.example, "*.live.acme.example"]
known: {api.acme.example: [198.51.100.7]}
networks: [198.51.100.0/24]
tenants: [t-production]
"""
SCENARIO = """\
# A GO shows that the guard lets a rehearsal on a guarded target through.
name: uat
owner: {name: Service Transition, contact: transition@client.example}
target: acme.yaml
sla: contract.yaml
seed: 2026
speed: 10
staffed_by: target
traffic: {tickets: {per_hour: 900, priorities: {P1: 10%, P2: 20%, P3: 40%, P4: 30%}}}
phases:
  - {name: full, kind: steady, load: 100%, for: 3m}
"""
CONTRACT = """\
name: uat
confidence: 90%
owner: {name: Provider Operations Lead, contact: operations@provider.example}
objectives:
  - {kpi: lost_tickets, goal: "<= 0"}
"""


@dataclass
class Uat:
    """The environment, and everything that a test may want to be different.

    ``word`` is what it serves of itself; ``marks`` is the environment in the header of each answer.
    ``names`` is what a resolver would say. ``requests`` are those that came, ``connections`` how
    many there were.
    """

    folder: Path
    url: str = ""
    site: str = ""
    key: str = ""
    payload: dict[str, Any] = field(default_factory=dict)
    guard: dict[str, Any] = field(default_factory=dict)
    profile: dict[str, Any] = field(default_factory=dict)
    names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    never: str | None = NEVER
    scenario: str = SCENARIO
    marks: str | None = ENVIRONMENT
    signer: Ed25519PrivateKey = PROVIDER
    word: Callable[[bytes], web.Response] = lambda text: web.Response(body=text)
    now: float = NOW
    account: str = OPERATOR
    armed: Armed | None = None
    approval: dict[str, Any] | None = None
    approver: Ed25519PrivateKey = APPROVER
    here: bool = False
    workers: int = 1
    requests: list[tuple[str, str]] = field(default_factory=list)
    connections: int = 0
    busy: asyncio.Event = field(default_factory=asyncio.Event)

    def attestation(self) -> bytes:
        """Return the signed document that it serves."""
        return json.dumps(sign(self.payload, self.signer, name="acme")).encode()

    def write(self) -> Path:
        """Write the files of a rehearsal on it; return the scenario's."""
        profile = {
            "name": "acme-uat",
            "adapter": "scenarios.examples.ticket_desk.adapter:TicketDesk",
            "virtual_clock": "yes",
            "edge": self.url,
            "sites": {"desk": self.site},
            "ca_file": "ca.pem",
            "offers": ["tickets"],
            "authentication": {
                "kind": "basic",
                "user": "rehearsal",
                "password": {"file": "desk.password"},
            },
            "metrics": {
                "sources": {"desk": f"{self.site}/internal/metrics"},
                "names": {"cc_speed": "desk_clock_speed"},
            },
            "guard": self.guard,
        }
        profile = {key: value for key, value in (profile | self.profile).items() if value}
        (self.folder / "acme.yaml").write_text(yaml.safe_dump(_as_written(profile)))
        (self.folder / "runbook.md").write_text("# What to do\n")
        (self.folder / "contract.yaml").write_text(CONTRACT)
        (self.folder / "desk.password").write_text("secret-of-the-desk\n")
        (self.folder / "handed_over.json").write_bytes(self.attestation())
        path = self.folder / "uat.yaml"
        path.write_text(self.scenario)
        if self.never is not None:
            (self.folder / "never.yaml").write_text(self.never)
        return path

    def ground(self) -> Ground:
        """Return what a guard stands on here: these names, this account, this time."""

        async def resolve(host: str) -> Resolved:
            return Resolved(self.names.get(host, ()), host)

        return Ground(
            resolve=resolve,
            here=lambda _: self.here,
            never=lambda folder: read_never([folder / "never.yaml"]),
            account=lambda: self.account,
            used=self.folder / "used",
            now=lambda: self.now,
            names_every_s=0.2,
            word_every_s=0.4,
            look_s=0.05,
        )

    async def plan(self) -> Plan:
        """Return the plan of a rehearsal on it."""
        return await preflight.check(self.write())

    def arm(self, plan: Plan) -> Armed:
        """Return what its operator would say on the command line."""
        if self.armed is not None:
            return self.armed
        path = None
        if self.approval is not None:
            path = self.folder / "approval.json"
            payload = {**approving(plan), **self.approval}
            path.write_text(json.dumps(sign(payload, self.approver, name="jane")))
        return Armed((plan_hash(plan)[:SHOWN],), path)

    async def admitted(self) -> Admitted:
        """Return it as the guard lets it through.

        Raises:
            Refused: the guard does not.
        """
        plan = await self.plan()
        admission = Admission(
            plan.target, plan, self.arm(plan), self.ground(), "run-1", self.workers
        )
        async with reached(plan.target) as endpoints:
            return await admission.admit(endpoints)


def approving(plan: Plan) -> dict[str, Any]:
    """Return an approval of *plan* in which all is right."""
    return {
        "schema": APPROVAL,
        "plan": plan_hash(plan),
        "environment_id": ENVIRONMENT,
        "approver": "jane",
        "account": JANE,
        "operator": OPERATOR,
        "not_before": stamp(NOW - 60),
        "not_after": stamp(NOW + 3600),
        "nonce": "n-1",
    }


@asynccontextmanager
async def uat(folder: Path) -> AsyncIterator[Uat]:
    """Serve the environment while the block lasts, everything about it in order."""
    env = Uat(folder)
    desk = Server(user="rehearsal", password="secret-of-the-desk", speed=10.0)

    @web.middleware
    async def counted(request: web.Request, handler: Handler) -> web.StreamResponse:
        env.requests.append((request.method, request.path))
        if sum(path.startswith("/rest/cases") for _, path in env.requests) >= BUSY:
            env.busy.set()
        if request.path == ATTESTATION_PATH:
            answer: web.StreamResponse = env.word(env.attestation())
        else:
            answer = await handler(request)
        if env.marks is not None:
            answer.headers["X-Environment-Id"] = env.marks
        return answer

    app = desk.app()
    app.middlewares.insert(0, counted)
    context, env.key = certified(folder)
    server = TestServer(app, host="127.0.0.1", scheme="https")
    await server.start_server(ssl=_counting(context, env))
    try:
        env.url = f"https://{EDGE}:{server.port}"
        env.site = f"https://{SITE}:{server.port}"
        env.names = {EDGE: ("127.0.0.1",), SITE: ("127.0.0.1",), "api.acme.example": ()}
        env.payload = {
            "schema": ATTESTATION,
            "environment_id": ENVIRONMENT,
            "production": False,
            "hosts": [EDGE, SITE],
            "networks": ["127.0.0.0/8"],
            "certificates": [],
            "sites": ["desk"],
            "not_before": stamp(NOW - 86400),
            "not_after": stamp(NOW + 86400),
            "faults_allowed": [],
            "data_class": "synthetic",
            "contact": "platform@provider.example",
        }
        env.guard = {
            "level": "signed",
            "environment": ENVIRONMENT,
            "keys": {"acme": written_key(PROVIDER.public_key())},
            "networks": ["127.0.0.0/8"],
            "approvers": {"jane": {"key": written_key(APPROVER.public_key()), "account": JANE}},
        }
        yield env
    finally:
        await server.close()


def _counting(context: ssl.SSLContext, env: Uat) -> ssl.SSLContext:
    def named(*_: object) -> None:
        env.connections += 1

    context.sni_callback = named  # type: ignore[assignment]
    return context


def certified(folder: Path) -> tuple[ssl.SSLContext, str]:
    """Return what serves under both names, vouched for by ``ca.pem``, and its fingerprint."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, folder.name)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(each) for each in (EDGE, SITE, LOOKS_LIVE)]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "ca.pem").write_bytes(made.public_bytes(Encoding.PEM))
    whole = folder / "server.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    whole.write_bytes(private + made.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(whole)
    told = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return context, base64.b64encode(hashlib.sha256(told).digest()).decode()


def _as_written(value: Any) -> Any:
    """Return *value* with texts where a person would write them: profiles have no other scalars."""
    if isinstance(value, Mapping):
        return {key: _as_written(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_as_written(each) for each in value]
    return str(value)
