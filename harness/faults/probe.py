"""Looks at a target from outside, as a stranger would: does this site answer, and who says so?"""

import json
import math
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

import aiohttp
from yarl import URL

from harness.http import Gate, HttpBlock, let_out
from harness.model.sample import Series
from harness.model.target import EDGE, Endpoints

PATIENCE_WALL_S = 0.5
_ALWAYS = ("/healthz", "/metrics")
_TOKENS = "/v1/oauth/token"
IN_A_ROW = 3
"""So many looks that see the same show a state; a single one may be a request that was unlucky."""


class Answer(StrEnum):
    """What a site did when it was asked for its health."""

    HEALTHY = "healthy"
    UNWELL = "unwell"
    SILENT = "silent"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a request came to: ``status`` None if nothing answered within ``wall_s``.

    Wall seconds; header names are in lower case.
    """

    status: int | None
    wall_s: float
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def fields(self) -> Mapping[str, Any]:
        """The object in the body; empty if it holds none."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def problem(self) -> str:
        """The type of the problem that the body names; empty if it names none."""
        return str(self.fields.get("type", ""))


@dataclass(frozen=True, slots=True)
class Dialled:
    """What became of a call that was dialled: the queue that it reached, or the problem."""

    status: int | None
    queue: str
    problem: str


class Probe(HttpBlock):
    """Asks sites and edge, on fresh connections, how they are. Use it as an async block.

    What it asks of edge and sites goes through the guard's *gate*, if there is one. Health checks
    and metrics do not: after a halt too it has to be seen that what was broken is whole.
    """

    def __init__(
        self,
        endpoints: Endpoints,
        read_page: Callable[[str], Mapping[Series, float]],
        *,
        gate: Gate | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Look at the target at *endpoints*; *read_page* takes a metrics page apart.

        *headers* go with every request.
        """
        super().__init__(
            ca_file=endpoints.ca_file,
            fresh=True,
            pins=None if endpoints.watch is None else endpoints.pins,
            timeout=aiohttp.ClientTimeout(total=PATIENCE_WALL_S),
            headers=headers,
        )
        self._endpoints = endpoints
        self._gate = gate
        self._read_page = read_page
        bases = (endpoints.edge, *endpoints.sites.values())
        self._guarded = {_origin(URL(base)) for base in bases}
        self._always = {
            _page(URL(url))
            for url in (
                *(base + path for base in bases for path in _ALWAYS),
                *endpoints.scrape_urls().values(),
            )
        }

    @property
    def sites(self) -> tuple[str, ...]:
        """The sites there are to look at."""
        return tuple(self._endpoints.sites)

    async def ask_site(self, site: str) -> Answer:
        """Return what *site* does when asked for its health, within half a wall second."""
        try:
            async with self._session.get(
                f"{self._endpoints.sites[site]}/healthz", allow_redirects=False
            ) as answer:
                return Answer.HEALTHY if answer.status == 200 else Answer.UNWELL
        except TimeoutError:
            return Answer.SILENT
        except aiohttp.ClientConnectorError as error:
            refused = isinstance(error.os_error, ConnectionRefusedError)
            return Answer.REFUSED if refused else Answer.UNWELL
        except aiohttp.ClientError:
            return Answer.UNWELL

    async def ask(
        self,
        path: str,
        *,
        source: str = EDGE,
        method: str = "GET",
        token: str = "",
        body: object = None,
        headers: Mapping[str, str] | None = None,
        patience_wall_s: float = PATIENCE_WALL_S,
    ) -> Seen:
        """Return what *source*, the edge or a site by its name, answers.

        Without a *token* nothing of the API is carried out: it answers 401 when it is well.
        ``status`` is None as well if the guard let it not out, or did not believe the answer.
        """
        base = self._endpoints.edge if source == EDGE else self._endpoints.sites[source]
        sent = {**(headers or {}), **({"Authorization": f"Bearer {token}"} if token else {})}
        if method == "POST":
            sent["Idempotency-Key"] = secrets.token_hex(8)
        data = b""
        if body is not None:
            data = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        return await self._sent(method, URL(base + path), data, sent, patience_wall_s)

    async def _sent(
        self,
        method: str,
        url: URL,
        data: bytes,
        headers: Mapping[str, str],
        patience_wall_s: float,
    ) -> Seen:
        gate = self._gate if self._is_guarded(url) else None
        if gate is None:
            return await self._exchanged(method, url, data, headers, patience_wall_s)
        if not await let_out(gate, method, url.raw_path_qs, data):
            return Seen(None, 0.0)
        try:
            seen = await self._exchanged(method, url, data, headers, patience_wall_s)
        finally:
            gate.done()
        believed = gate.back(seen.status, seen.headers, seen.body)
        return seen if believed else Seen(None, seen.wall_s)

    def _is_guarded(self, where: URL) -> bool:
        """Whether *where* is a page of edge or site that is neither for health nor for metrics."""
        return _origin(where) in self._guarded and _page(where) not in self._always

    async def _exchanged(
        self,
        method: str,
        url: URL,
        data: bytes,
        headers: Mapping[str, str],
        patience_wall_s: float,
    ) -> Seen:
        began = time.perf_counter()
        try:
            async with self._session.request(
                method,
                url,
                headers=headers,
                data=data or None,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=patience_wall_s),
            ) as answer:
                page = await answer.read()
                wall_s = time.perf_counter() - began
                told = {name.lower(): value for name, value in answer.headers.items()}
                return Seen(answer.status, wall_s, page, told)
        except (aiohttp.ClientError, TimeoutError):
            return Seen(None, time.perf_counter() - began)

    async def certificate_refused(self) -> str | None:
        """Return why a new connection does not accept the edge's certificate, in OpenSSL's words.

        Empty if it is accepted; None if there is no certificate, or nobody there.
        """
        if not self._endpoints.edge.startswith("https:"):
            return None
        try:
            async with self._session.get(f"{self._endpoints.edge}/healthz", allow_redirects=False):
                return ""
        except aiohttp.ClientConnectorCertificateError as error:
            why = getattr(error.certificate_error, "verify_message", "")
            return why or str(error.certificate_error)
        except (aiohttp.ClientError, TimeoutError):
            return None

    async def fetch(self, url: str) -> Seen:
        """Return what a GET of *url* comes to, an address that the scenario names."""
        try:
            where = URL(url)
        except ValueError:  # nobody can answer at a port like 99999
            return Seen(None, 0.0)
        return await self._sent("GET", where, b"", {}, PATIENCE_WALL_S)

    async def sign_in(self) -> str:
        """Return a new token of the API; empty if there is none to be had."""
        form = {
            "grant_type": "client_credentials",
            "client_id": self._endpoints.client_id,
            "client_secret": self._endpoints.client_secret,
        }
        sent = {"Content-Type": "application/x-www-form-urlencoded"}
        data, url = urlencode(form).encode(), URL(self._endpoints.edge + _TOKENS)
        seen = await self._sent("POST", url, data, sent, PATIENCE_WALL_S)
        return str(seen.fields.get("access_token", ""))

    async def told(self, source: str) -> Mapping[Series, float] | None:
        """Return all that the metrics page of *source* tells; None if there is no page.

        It is the one that the profile names, if it names any for *source*.
        """
        endpoints = self._endpoints
        if (named := endpoints.scrape_urls().get(source)) is not None:
            sent = endpoints.metrics_headers
            seen = await self._sent("GET", URL(named), b"", sent, PATIENCE_WALL_S)
        else:
            seen = await self.ask("/metrics", source=source)
        if seen.status != 200:
            return None
        try:
            return self._read_page(seen.body.decode())
        except ValueError:
            return None

    async def metric(self, source: str, name: str, **labels: str) -> float | None:
        """Return the sum of the series *name* with these *labels* on the page of *source*.

        None if there is no such series, or no page.
        """
        return sum_of(await self.told(source) or {}, name, **labels)

    async def call(self, line: str, *, consumer: str = "fault-probe") -> Dialled:
        """Dial *line* once, hang up at once, and return what became of it; *consumer* is told."""
        token = await self.sign_in()
        body = {
            "line": line,
            "caller": "+447700900000",
            "customer": "fault-probe",
            "reason": "fault probe",
            "consumer": consumer,
            "reference": f"fault-probe/{secrets.token_hex(8)}",
        }
        seen = await self.ask("/v1/calls", method="POST", token=token, body=body)
        answer = seen.fields
        if seen.status == 201 and "id" in answer:
            path = f"/v1/calls/{answer['id']}/hangup"
            await self.ask(path, method="POST", token=token, body={})
        return Dialled(seen.status, str(answer.get("queue", "")), str(answer.get("type", "")))

    async def edge_calls_it_up(self, site: str) -> bool | None:
        """Return whether the edge sends traffic to *site*, by its own health page.

        None if it does not say: an edge that does not answer has not lost the site for that.
        """
        try:
            async with self._session.get(
                f"{self._endpoints.edge}/healthz", allow_redirects=False
            ) as answer:
                page = await answer.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return None
        sites = page.get("sites") if isinstance(page, dict) else None
        state = sites.get(site) if isinstance(sites, dict) else None
        return None if state is None else state == "up"


def sum_of(values: Mapping[Series, float], name: str, **labels: str) -> float | None:
    """Return the sum of the series *name* with these *labels*; None if there is none."""
    found = [
        value
        for series, value in values.items()
        if series.name == name and all(series.label(k) == v for k, v in labels.items())
    ]
    return math.fsum(found) if found else None


def _origin(where: URL) -> tuple[str, str, int | None]:
    """Return who answers at *where*, however that is written."""
    return where.scheme, (where.host or "").removesuffix("."), where.port


def _page(where: URL) -> tuple[tuple[str, str, int | None], str]:
    """Return which page *where* is, whatever is asked of it."""
    return _origin(where), where.path


async def keeps_to(answer: Answer, site: str, probe: Probe) -> bool:
    """Return whether *site* gives the *answer* several times in a row: a slow one is not silent."""
    for _ in range(IN_A_ROW):
        if await probe.ask_site(site) is not answer:
            return False
    return True


async def healed(site: str, probe: Probe) -> str | None:
    """Return the proof that *site* is whole: it answers, and the edge sends it traffic again."""
    if await probe.ask_site(site) is Answer.HEALTHY and await probe.edge_calls_it_up(site):
        return f"{site} answers its health check and the edge sends it traffic"
    return None
