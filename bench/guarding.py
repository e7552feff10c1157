"""The guard: what a request pays for it, and what its target's word costs to be looked at."""

import json
import time
from collections.abc import Callable, Iterator
from statistics import median

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench.ratio import ROUNDS, Ratio
from bench.sides import generator, provider
from harness.guard.rules_attest import ATTESTATION, attestation_refusals, attested, stamp
from harness.guard.rules_hosts import Origin, Resolved
from harness.guard.signed import sign, written_key
from harness.guard.wire import Wire, scanner_of
from harness.model.guard import Guarding, Level, Marker, Watch

PER_S, SECONDS = 800.0, 2.0
_TIMES = 20_000
_DOCUMENTS = 500
_HOST = "uat.acme.example"
_NOW = 1_795_000_000.0
_ANSWER = {"x-environment-id": "acme-uat", "content-type": "application/json"}
_MARKED = Watch(
    marker=Marker(header="X-Environment-Id"),
    environment="acme-uat",
    requests_per_s=1e6,
    concurrent=10_000,
    writes=10**9,
    scans=False,
)


def measure() -> Iterator[Ratio]:
    """Measure the guard on a request's way, beside what the request itself costs."""
    with provider() as stub, generator(stub.answer()) as side:
        told = [side.do("on_time", by="raw", per_s=PER_S, seconds=SECONDS) for _ in range(3)]
    request_s = median(each["cpu_s"] / each["done"] for each in told)
    wire_s = _each_s(_through(Wire(_MARKED)), _TIMES)
    yield Ratio(
        "tripwire and caps of a guarded request", "2 % of the request's CPU",
        wire_s / request_s / 0.02, 1, f"{wire_s * 1e6:.1f} µs of {request_s * 1e6:.0f}",
    )  # fmt: skip
    scanner = scanner_of(
        names=["Ada Sample"], customers=["customer-00001"], lines=["+441632960101"]
    )
    scanning_s = _each_s(_through(Wire(Watch(), scanner)), _TIMES)
    body = _body(0)
    parsed_s = _each_s(lambda: json.loads(body), _TIMES)
    yield Ratio(
        "looking through its body for what nobody made up", "`json.loads` of it",
        scanning_s / parsed_s, 5,
        f"{scanning_s * 1e6:.1f} µs, {scanning_s / request_s:.0%} of the request's CPU",
    )  # fmt: skip
    word_s = _each_s(_attesting(), _DOCUMENTS)
    yield Ratio(
        "checking an attestation, its signature too", "1 ms", word_s / 0.001, 1,
        f"{word_s * 1e6:.0f} µs, every 30 s",
    )  # fmt: skip


def _body(number: int) -> bytes:
    return json.dumps(
        {
            "reference": f"run/peak:calls:{number}",
            "consumer": "run-0",
            "line": "+441632960101",
            "caller": "+447700900123",
            "customer": "customer-00001",
            "reason": "a question about a bill",
        },
        separators=(",", ":"),
    ).encode()


def _through(wire: Wire) -> Callable[[], object]:
    """Return what takes one request out and its answer back; no two are alike, as in a run."""
    bodies = [_body(number) for number in range(_TIMES)]
    turn = iter(range(10**9))

    def once() -> None:
        number = next(turn)
        wire.out("POST", "/v1/calls", bodies[number % _TIMES], number / 1e5)
        wire.done()
        wire.back(201, _ANSWER, b"{}")

    return once


def _attesting() -> Callable[[], object]:
    key = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
    payload = {
        "schema": ATTESTATION,
        "environment_id": "acme-uat",
        "production": False,
        "hosts": [_HOST],
        "networks": ["203.0.113.0/28"],
        "certificates": [],
        "sites": ["north"],
        "not_before": stamp(_NOW - 60),
        "not_after": stamp(_NOW + 86400),
        "faults_allowed": [],
        "data_class": "synthetic",
        "contact": "platform@provider.example",
    }
    text = json.dumps(sign(payload, key, name="acme")).encode()
    guard = Guarding(Level.SIGNED, "acme-uat", keys={"acme": written_key(key.public_key())})

    def once() -> None:
        found, wrong = attested(text, guard, where="there")
        assert found is not None
        wrong += attestation_refusals(
            found,
            guard,
            {"edge": Origin("https", _HOST, 443)},
            {_HOST: Resolved(("203.0.113.7",))},
            sites=("north",),
            certificates={},
            now=_NOW,
        )
        assert not wrong

    return once


def _each_s(work: Callable[[], object], times: int) -> float:
    """Return CPU seconds of one *work*, the median of the rounds."""
    found = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(times):
            work()
        found.append((time.process_time() - began) / times)
    return median(found)
