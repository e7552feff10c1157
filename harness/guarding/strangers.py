"""Whether anybody but us is served there: looked for before the first customer, and meanwhile.

What can be seen: tickets that a site's listing shows and that are not under our name, and calls
that the provider's own counter has beyond those we placed. What cannot: calls at a provider that
counts none, tickets at one that lists none, and less than what lateness may explain.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass

from harness.adapter.driver import Driver
from harness.adapter.protocol import NewTicket
from harness.errors import Refused
from harness.guard.codes import halt, refusal
from harness.inventory import consumer_of
from harness.model.contact import Stream, WriteOutcome
from harness.model.event import StoredTicket
from harness.model.inventory import PROBED
from harness.model.sample import Series
from harness.model.target import Target

CANARY = f"{PROBED}canary/"
"""How the reference of the first write goes on: nobody's, as those of the interface check."""
LISTED_AT_MOST = 5000
"""With more tickets than this in the listing it is not read again and again during a run."""
_TRIES = 20
_AGAIN_WALL_S = 0.25
_SLACK = 10
_SLACK_SHARE = 0.05
_ATTEMPTS = "cc_call_attempts_total"

Values = Mapping[str, Mapping[Series, float]]
"""What each source of metrics says, by its name."""


@dataclass(frozen=True, slots=True)
class Load:
    """How the load stands: calls that ``arrived`` by the provider's metrics, and ``ours``.

    ``arrived`` is None if it counts none. ``prefix`` is what our references begin with.
    """

    arrived: float | None
    ours: int
    prefix: str
    under_fault: bool = False


def attempts(values: Values) -> float | None:
    """Return the calls that arrived, by the first source that counts them; None if none does."""
    for source in values.values():
        found = [value for series, value in source.items() if series.name == _ATTEMPTS]
        if found:
            return sum(found)
    return None


class Arrived:
    """The calls that have arrived since it was made, whatever restarts there were. Feed it."""

    def __init__(self) -> None:
        self._last: float | None = None
        self._sum = 0.0

    def take(self, values: Values) -> float | None:
        """Return the calls that have arrived by *values*; None if nobody has ever counted any."""
        now = attempts(values)
        if now is not None:
            if self._last is not None:
                self._sum += now - self._last if now >= self._last else now
            self._last = now
        return None if self._last is None else self._sum


async def look_around(
    target: Target,
    driver: Driver,
    scrape: Callable[[], Awaitable[Values]],
    *,
    prefix: str,
    look_s: float,
) -> None:
    """Look for *look_s* wall seconds whether others are served, then write once and read it back.

    Raises:
        Refused: others are, or what was written is not to be read.
    """
    before, seen = attempts(await scrape()), await listed(target, driver)
    await asyncio.sleep(look_s)
    after, now = attempts(await scrape()), await listed(target, driver)
    sent = "Nothing was written."
    if strangers := set(now) - set(seen):
        evidence = f"{len(strangers)} tickets came while nothing was sent"
        raise Refused(refusal("E_LIVE_TRAFFIC", evidence, sent=sent))
    if before is not None and after is not None and after > before:
        evidence = f"{after - before:g} calls came while nothing was sent, by its own metrics"
        raise Refused(refusal("E_LIVE_TRAFFIC", evidence, sent=sent))
    await _canary(target, driver, prefix)


async def _canary(target: Target, driver: Driver, prefix: str) -> None:
    """Write one ticket about nobody and read it back under our name, at every site.

    Raises:
        Refused: it was not acknowledged, or is not to be found.
    """
    missing = set(_sites_with_tickets(target, driver))
    if not missing:
        return
    # New each time: a run that goes on has the prefix of the one before, whose canary is no proof.
    reference = f"{prefix}{CANARY}{secrets.token_hex(4)}"
    written = await driver.carry(
        driver.adapter.open_ticket(
            NewTicket(
                reference=reference,
                consumer=consumer_of(prefix, CANARY),
                customer="guard-canary",
                priority="P4",
                subject="Synthetic: a rehearsal is about to begin",
                body="Written by a program, about nobody. It may be deleted.",
            )
        )
    )
    sent = "One ticket was sent."
    if written.outcome is not WriteOutcome.ACKNOWLEDGED:
        evidence = f"a first ticket was {written.outcome}: {written.error}"
        raise Refused(refusal("E_CANARY", evidence, sent=sent))
    for _ in range(_TRIES):
        for site in sorted(missing):
            found = await driver.carry(driver.adapter.read_tickets(site))
            if [each.reference for each in found or ()].count(reference) == 1:
                missing.discard(site)
        if not missing:
            return
        await asyncio.sleep(_AGAIN_WALL_S)
    where = ", ".join(sorted(missing))
    raise Refused(refusal("E_CANARY", f"it is not to be read back once at {where}", sent=sent))


async def listed(target: Target, driver: Driver) -> dict[str, StoredTicket]:
    """Return every ticket that a site lists now, by the provider's id."""
    found: dict[str, StoredTicket] = {}
    for site in _sites_with_tickets(target, driver):
        some = await driver.carry(driver.adapter.read_tickets(site))
        found |= {each.provider_id: each for each in some or ()}
    return found


def others_tickets(known: Iterable[str], now: Mapping[str, StoredTicket], *, prefix: str) -> str:
    """Return why tickets that are *now* there, and were not *known*, halt the run; else empty."""
    strangers = set(now) - set(known)
    theirs = [each for each in strangers if not now[each].reference.startswith(prefix)]
    if not theirs:
        return ""
    return halt("HALT_LIVE_TRAFFIC", f"{len(theirs)} tickets came that are not ours")


def others_calls(load: Load) -> str:
    """Return why calls of others halt the run; empty as long as lateness may explain them."""
    if load.arrived is None or load.arrived - load.ours <= _SLACK + _SLACK_SHARE * load.ours:
        return ""
    evidence = f"its metrics count {load.arrived:g} calls, we placed {load.ours}"
    return halt("HALT_LIVE_TRAFFIC", evidence)


def _sites_with_tickets(target: Target, driver: Driver) -> tuple[str, ...]:
    takes = Stream.TICKETS in target.offers and hasattr(driver.adapter, "read_tickets")
    return target.sites if takes else ()
