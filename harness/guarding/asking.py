"""What is asked of a resolver, of certificates and of the target itself, at the start and again.

Nothing here decides when: ``admission`` asks before a run, ``lookout`` while it lasts.
"""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.adapter.driver import Driver
from harness.adapter.protocol import Request, Response, Steps
from harness.adapter.signing import SignedIn
from harness.guard.checks import Answer, Certificate, asked, certificate
from harness.guard.codes import refusal
from harness.guard.rules_attest import Attestation, attestation_refusals, attested
from harness.guard.rules_hosts import (
    Origin,
    Resolved,
    address_of,
    address_refusals,
    certificate_refusals,
    clashes,
    name_refusals,
    normal,
)
from harness.guarding.ground import Ground
from harness.guarding.level import front_door_is_shared
from harness.model.guard import ATTESTATION_PATH, Guarding, Level, Never
from harness.model.target import Endpoints, Remote

Place = tuple[Origin, str]
"""Where a certificate is shown: an origin, whose host may have others, at one of its addresses."""

_ONLY_THAT = "Only that was asked."


@dataclass(slots=True)
class Asking:
    """One guarded target, and what is known of it so far.

    ``origins`` are by what they are, ``resolved`` by host. ``attestation`` is the last one found,
    ``shown`` the certificate that each place showed last.
    """

    remote: Remote
    guard: Guarding
    ground: Ground
    endpoints: Endpoints
    origins: Mapping[str, Origin]
    resolved: Mapping[str, Resolved] = field(default_factory=dict)
    attestation: Attestation | None = None
    shown: dict[Place, Certificate] = field(default_factory=dict)

    @property
    def pins(self) -> dict[str, tuple[str, ...]]:
        """The addresses of every host, as they were found."""
        return {host: found.addresses for host, found in self.resolved.items()}

    def never(self) -> Never:
        """Return what the organisation forbids now.

        Raises:
            UsageError: its files cannot be read.
        """
        return self.ground.never(Path(self.guard.folder))

    # ------------------------------------------------------------------ names

    async def resolve(self) -> dict[str, Resolved]:
        """Return what every host means now."""
        hosts = list(dict.fromkeys(origin.host for origin in self.origins.values()))
        found = await asyncio.gather(*map(self.ground.resolve, hosts))
        return dict(zip(hosts, found, strict=True))

    async def production(self, never: Never) -> dict[str, tuple[str, ...]]:
        """Return the addresses of production, by host: asked of the resolver, never of production.

        A host without any is one of which nobody knows where it is. What is known counts whatever
        rule names its host: a domain's rule cannot be resolved.
        """
        named = [normal(each.what) for each in never.hosts if not each.what.startswith("*.")]
        hosts = list(dict.fromkeys([*named, *map(normal, never.known)]))
        found = await asyncio.gather(*map(self.ground.resolve, hosts))
        production = {host: each.addresses for host, each in zip(hosts, found, strict=True)}
        for host, addresses in never.known.items():
            production[normal(host)] += addresses
        return production

    async def wrong_addresses(self, never: Never) -> list[str]:
        """Return everything that is wrong with where the hosts were found to be."""
        wrong: list[str] = []
        for host, found in self.resolved.items():
            wrong += address_refusals(host, found, self.guard, never)
            if address_of(host) is None and any(map(self.ground.here, found.addresses)):
                wrong.append(refusal("E_RESOLVE", f"{host!r} means this machine"))
        if self.guard.level is not Level.TENANT:  # whose production is another tenant there
            production = await self.production(never)
            unknown = [host for host, addresses in production.items() if not addresses]
            wrong += [
                refusal("E_PROD_UNRESOLVED", f"nobody knows where {host!r} is") for host in unknown
            ]
            wrong += [refusal("E_PROD_CLASH", each) for each in self.clashes(production)]
        return wrong

    def clashes(self, production: Mapping[str, tuple[str, ...]]) -> list[str]:
        """Return the evidence for every address that is production's too, unless by design."""
        return [] if front_door_is_shared(self.guard) else list(clashes(self.pins, production))

    # ------------------------------------------------------------------ certificates

    async def certificates(self) -> dict[Place, Certificate | None]:
        """Return the certificate of every place with TLS; None if it shows none that is trusted."""
        places = [
            (origin, address)
            for origin in dict.fromkeys(self.origins.values())
            if origin.scheme == "https"
            for address in self.pins[origin.host]
        ]
        ca_file = self.endpoints.ca_file
        found = await asyncio.gather(*(certificate(*place, ca_file) for place in places))
        now = dict(zip(places, found, strict=True))
        self.shown |= trusted(now)
        return now

    def wrong_certificates(
        self, never: Never, shown: Mapping[Place, Certificate | None]
    ) -> list[str]:
        """Return everything that is wrong with the certificates that were *shown*.

        An address may be out of our reach, as IPv6 often is; of every origin one has to be there.
        """
        wrong = [
            refusal("E_CERTIFICATE", f"{origin} shows none that is trusted")
            for origin in unseen(shown)
        ]
        known = self.guard.certificates
        by_design = self.guard.level is Level.TENANT or front_door_is_shared(self.guard)
        for (origin, address), found in trusted(shown).items():
            if known and found.fingerprint not in known:
                evidence = (
                    f"{origin} at {address} shows sha256/{found.fingerprint},"
                    " which the profile has not"
                )
                wrong.append(refusal("E_CERTIFICATE", evidence))
            if not by_design:
                evidences = certificate_refusals(origin.host, found.fingerprint, found.names, never)
                where = f"{address}, port {origin.port}"
                wrong += [refusal("E_PROD_CLASH", f"{each}, at {where}") for each in evidences]
        return wrong

    # ------------------------------------------------------------------ its word

    async def words(self) -> dict[str, Answer]:
        """Return what edge and sites answer when asked what they are, by address."""
        bases = dict.fromkeys([self.remote.edge, *self.remote.sites.values()])
        urls = [f"{base}{ATTESTATION_PATH}" for base in bases]
        pins, ca_file = self.pins, self.endpoints.ca_file
        answers = await asyncio.gather(*(asked(url, pins=pins, ca_file=ca_file) for url in urls))
        return dict(zip(urls, answers, strict=True))

    async def wrong_words(
        self,
        never: Never,
        answers: Mapping[str, Answer],
        *,
        lasting_s: float = 0.0,
    ) -> list[str]:
        """Return everything that is wrong with what is attested, wherever it was found.

        *answers* are those of ``words``; a document that was handed over is read instead.
        """
        fingerprints: dict[str, set[str]] = {}
        for (origin, _), each in self.shown.items():
            fingerprints.setdefault(origin.host, set()).add(each.fingerprint)
        wrong = list(self._unmarked(answers))
        texts = {url: each.body if each.status == 200 else None for url, each in answers.items()}
        if self.guard.level is Level.OFFLINE:
            texts = {self.guard.document: await asyncio.to_thread(_content, self.guard.document)}
        for where, text in texts.items():
            found, reasons = attested(text, self.guard, where=where)
            wrong += reasons
            if found is None:
                continue
            self.attestation = found
            wrong += attestation_refusals(
                found,
                self.guard,
                self.origins,
                self.resolved,
                sites=tuple(self.remote.sites),
                certificates=fingerprints,
                now=self.ground.now(),
                lasting_s=lasting_s,
            )
            wrong += name_refusals(self.origins, self.guard, never, attested=found.hosts)
        return list(dict.fromkeys(wrong))

    def _unmarked(self, answers: Mapping[str, Answer]) -> list[str]:
        """Return a refusal for every word that does not itself carry the mark of the target."""
        header, want = self.guard.marker.header, self.guard.environment
        return [
            refusal(
                "E_MARKER",
                f"{url} carries {each.headers.get(header.lower())!r} as {header}, not {want!r}",
                sent=_ONLY_THAT,
            )
            for url, each in answers.items()
            if header and each.status == 200 and each.headers.get(header.lower()) != want
        ]

    async def wrong_tenant(self) -> tuple[list[str], bool]:
        """Return why we are not signed in as the sandbox that the profile names.

        And whether that is only because nobody well answered.
        """
        tenancy = self.guard.tenancy
        assert tenancy is not None
        signed_in = SignedIn(self.endpoints)

        def ask() -> Steps[Response]:
            return (yield from signed_in.carry(Request("ask_tenant", "GET", tenancy.ask)))

        async with Driver(_NoAdapter(), self.endpoints) as driver:  # type: ignore[arg-type]
            answer = await driver.carry(ask())
        token = signed_in.token_answer
        if answer.status != 200 and token is not None and _is_gone(token):
            return [f"{self.endpoints.sign_in.token_path} answers {_said(token)}"], True
        if _is_gone(answer):
            return [f"{tenancy.ask} answers {_said(answer)}"], True
        told = _json(answer.body)
        tenant, sandbox = _at(told, tenancy.id_at), _at(told, tenancy.sandbox_at)
        wrong = []
        if answer.status != 200 or tenant is None or str(tenant) != tenancy.id:
            wrong.append(f"we are signed in as {tenant!r} ({answer.status}), not {tenancy.id!r}")
        if sandbox is not True:
            wrong.append(f"{tenancy.sandbox_at} is {sandbox!r}, not true")
        return wrong, False


def trusted(shown: Mapping[Place, Certificate | None]) -> dict[Place, Certificate]:
    """Return what was *shown* without the places that showed nothing."""
    return {place: each for place, each in shown.items() if each is not None}


def unseen(shown: Mapping[Place, Certificate | None]) -> list[Origin]:
    """Return the origins of which no address has *shown* a certificate."""
    seen = {origin for origin, _ in trusted(shown)}
    return [origin for origin in dict.fromkeys(origin for origin, _ in shown) if origin not in seen]


class _NoAdapter:
    """Stands where an adapter would; only one request of ours is carried."""


def _is_gone(answer: Response) -> bool:
    """Whether nobody who is well answered: that says nothing of as whom we are signed in."""
    return answer.status is None or answer.status == 429 or answer.status >= 500


def _said(answer: Response) -> str:
    return str(answer.status or answer.error)


def _content(path: str) -> bytes | None:
    try:
        return Path(path).read_bytes()
    except OSError:
        return None


def _json(body: bytes) -> Any:
    with suppress(ValueError):
        return json.loads(body)
    return None


def _at(value: Any, path: str) -> Any:
    """Return what stands in *value* at *path*, keys joined by dots; None if nothing does."""
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value
