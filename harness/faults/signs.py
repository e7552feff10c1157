"""Signs: what a scenario says shows a fault from outside, as data, and how it is looked for.

``{get: URL, status: 503}``, ``{metric: NAME, source: north, below: 1}``, ``{site: north, is:
refused}``. Only faults of a target that we did not start need them: a kind of the mock's knows its
own proof.
"""

import asyncio
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from harness.faults.contract import Wrong
from harness.faults.probe import IN_A_ROW, Answer, Probe, sum_of
from harness.model.fault import Names, Parameter, Value, Written
from harness.model.scenario import FaultPlan
from harness.model.target import EDGE

PROOF = Parameter(
    name="proof",
    written=Written.TABLE,
    about="What shows from outside that it took effect; without it the fault is never proven.",
    example="proof: {site: north, is: refused}",
    optional=True,
)
HEALED = Parameter(
    name="healed",
    written=Written.TABLE,
    about="What shows from outside that all is whole; by default every site answers its health"
    " check and nothing shows the proof.",
    example="healed: {get: 'http://127.0.0.1:8080/healthz', status: 200}",
    optional=True,
)
SIGNS = (PROOF, HEALED)
_WAYS = (
    "{get: URL, status: 503}, {metric: NAME, source: edge, below: 1} or {site: north, is: refused}"
)


@dataclass(frozen=True, slots=True)
class Page:
    """A page answers with *status*."""

    url: str
    status: int
    apart_wall_s: ClassVar[float] = 0.0

    async def look(self, probe: Probe) -> str | None:
        """Return in words that it is so; empty if it is not, None if nothing answered."""
        status = (await probe.fetch(self.url)).status
        if status is None:
            return None
        return f"{self.url} answers {status}" if status == self.status else ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A metric of a source is below or above a bound; one that is not there is neither."""

    metric: str
    source: str
    below: float
    above: float
    apart_wall_s: ClassVar[float] = 0.5
    """What is brought up to date once a second has changed by the last look."""

    async def look(self, probe: Probe) -> str | None:
        """Return in words that it is so; empty if it is not, None if there was no page."""
        known = self.source in (EDGE, *probe.sites)
        page = await probe.told(self.source) if known else None
        if page is None:
            return None
        value = sum_of(page, self.metric)
        if value is None or not self.above < value < self.below:
            return ""
        return f"{self.metric} of {self.source} is {value:g}"


@dataclass(frozen=True, slots=True)
class Site:
    """A site does this when it is asked for its health; its silence says something too."""

    site: str
    answer: Answer
    apart_wall_s: ClassVar[float] = 0.0

    async def look(self, probe: Probe) -> str | None:
        """Return in words that it is so; empty if it is not, None if there is no such site."""
        if self.site not in probe.sites:
            return None
        answer = await probe.ask_site(self.site)
        return f"{self.site} is {answer}" if answer is self.answer else ""


Sign = Page | Figure | Site


async def seen(sign: Sign, probe: Probe) -> str | None:
    """Return in words what several looks in a row have seen; None as soon as one has not."""
    told = None
    for number in range(IN_A_ROW):
        if number:
            await asyncio.sleep(sign.apart_wall_s)
        told = await sign.look(probe)
        if not told:
            return None
    return told


def sign(written: str) -> Sign:
    """Return the sign that the JSON *written* stands for.

    Raises:
        ValueError: it stands for none; says what would be right.
    """
    fields = json.loads(written)
    keys = frozenset(fields)
    try:
        if keys == {"get", "status"}:
            return Page(str(fields["get"]), int(fields["status"]))
        if keys == {"site", "is"}:
            return Site(str(fields["site"]), Answer(fields["is"]))
        if {"metric", "source"} < keys <= {"metric", "source", "below", "above"}:
            below = float(fields.get("below", math.inf))
            return Figure(
                fields["metric"], fields["source"], below, float(fields.get("above", -math.inf))
            )
    except (ValueError, TypeError):
        if "is" in keys:
            raise ValueError(f"is: one of {', '.join(Answer)}") from None
        raise ValueError(f"a number, as in {_WAYS}") from None
    raise ValueError(f"one of {_WAYS}")


def wrong_signs(asked: Mapping[str, Value], names: Names) -> Iterator[Wrong]:
    """Yield what is wrong with the signs in *asked*, also if there is no site of that name."""
    for name in ("proof", "healed"):
        if name not in asked:
            continue
        try:
            found = sign(str(asked[name]))
        except ValueError as error:
            yield Wrong(name, f"{name}: {asked[name]}", str(error))
            continue
        if isinstance(found, Site) and (want := names.instead_of(Written.SITE, found.site)):
            yield Wrong(name, f"site: {found.site} in {name}", want)
        if isinstance(found, Figure) and (want := names.instead_of(Written.SOURCE, found.source)):
            yield Wrong(name, f"source: {found.source} in {name}", want)


def addresses_of_signs(asked: Mapping[str, Value]) -> Iterator[str]:
    """Yield the addresses that are asked for the signs in *asked*."""
    for name in ("proof", "healed"):
        if name in asked and isinstance(found := sign(str(asked[name])), Page):
            yield found.url


class BySigns:
    """The proofs of a kind whose scenario says what they are."""

    async def proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return the proof that the scenario names; None without one."""
        if "proof" not in plan.asked:
            return None
        return await seen(sign(str(plan.asked["proof"])), probe)

    async def heal_proof(self, plan: FaultPlan, probe: Probe) -> str | None:
        """Return the proof: the scenario's own sign, or all sites' health; and no sign of a fault.

        A sign that is there all the time would prove nothing, and no answer does not show that it
        is gone: after a halt the API is not asked.
        """
        if "proof" in plan.asked and await sign(str(plan.asked["proof"])).look(probe) != "":
            return None
        if "healed" in plan.asked:
            return await seen(sign(str(plan.asked["healed"])), probe)
        for site in probe.sites:
            if await probe.ask_site(site) is not Answer.HEALTHY:
                return None
        return "every site answers its health check"
