"""Who answers on the target: its own simulation, the provider's people, our virtual agents, nobody.

Durations are centre seconds, shares 0..1.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import StrEnum
from random import Random

from harness.model.target import Target

TICKETS = "tickets"
"""The skill of the agents who answer tickets; every other is a queue."""


class StaffedBy(StrEnum):
    """Who answers customers while a scenario is run."""

    TARGET = "target"
    PROVIDER = "provider"
    HARNESS = "harness"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Spell:
    """How long something takes: log-normal, *variation* is standard deviation / mean."""

    mean_s: float
    variation: float = 0.0

    def draw(self, rng: Random) -> float:
        """Return one length, in centre seconds."""
        if not self.variation:
            return self.mean_s
        spread = math.log(1 + self.variation**2)
        return math.exp(rng.gauss(math.log(self.mean_s) - spread / 2, math.sqrt(spread)))


@dataclass(frozen=True, slots=True)
class People:
    """So many *people* of the provider's, who will be there from *start* until *end*."""

    people: int
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Crew:
    """Our virtual agents: *heads* by site and skill, and how they work.

    An agent picks up after *picks_up*; a share *declined* of offers is not taken. *ticket_work* is
    the time until the reply, which solves the ticket; *wrap_up* follows every contact. Each is
    *away* for a while about every *away_every_s* at work; None: never.
    """

    heads: Mapping[str, Mapping[str, int]]
    talk: Spell = Spell(150.0, 1.0)
    wrap_up: Spell = Spell(30.0, 0.8)
    ticket_work: Spell = Spell(150.0, 1.0)
    picks_up: Spell = Spell(2.0, 0.5)
    declined: float = 0.0
    away: Spell | None = None
    away_every_s: float = 7200.0


@dataclass(frozen=True, slots=True)
class Staffing:
    """Who answers, with what is known of them."""

    by: StaffedBy
    people: People | None = None
    crew: Crew | None = None


def staffing_of(declared: Staffing | None, target: Target) -> Staffing:
    """Return who answers on *target*, where a scenario has *declared* so much, or nothing.

    A mock simulates its own agents. On any other target nobody answers unless somebody says so.
    """
    if declared is not None:
        return declared
    return Staffing(StaffedBy.TARGET if target.mock is not None else StaffedBy.NOBODY)


def manned(target: Target, staffing: Staffing | None) -> Target:
    """Return *target* with the heads and handle times of our own virtual agents, if they staff it.

    So all that theory expects is expected of those who really answer.
    """
    if staffing is None or staffing.crew is None:
        return target
    crew = staffing.crew
    call_s, ticket_s = (
        spell.mean_s + crew.wrap_up.mean_s for spell in (crew.talk, crew.ticket_work)
    )
    skills = {skill for heads in crew.heads.values() for skill in heads}
    return replace(
        target,
        staffing={site: dict(crew.heads.get(site, {})) for site in target.sites},
        shrinkage=0.0,
        handle_s={skill: ticket_s if skill == TICKETS else call_s for skill in sorted(skills)},
    )


def unmanned(target: Target) -> Target:
    """Return *target* with every skill it has, and nobody at work."""
    empty = {site: dict.fromkeys(skills, 0) for site, skills in target.staffing.items()}
    return replace(target, staffing=empty)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftTally:
    """What the virtual agents of one site and skill went through, by their own count.

    *heads* were to log in, *absent* never could; *failures* counts refused log-ins, *lost* the
    times the target had forgotten somebody. Of *offers*, so many were *taken*, *declined*,
    *missed* (rang out before we could take them) and *gone* (the customer, before we could);
    *handled* were brought to their end. *slow* were taken more than two centre seconds later than
    meant by our own doing, *slowest_s* is the worst of these delays. *present_s* are agent-seconds
    logged in, *away_s* those on a break, *busy_s* those in talk, at a ticket or in wrap-up.
    *wanted_s* are those for which they should have been there.
    """

    site: str
    skill: str
    heads: int = 0
    absent: int = 0
    failures: int = 0
    lost: int = 0
    offers: int = 0
    taken: int = 0
    declined: int = 0
    missed: int = 0
    gone: int = 0
    handled: int = 0
    slow: int = 0
    slowest_s: float = 0.0
    present_s: float = 0.0
    away_s: float = 0.0
    busy_s: float = 0.0
    wanted_s: float = 0.0
    first_error: str = ""

    @property
    def occupancy(self) -> float | None:
        """The share of the time at work that was taken by customers; None if nobody was there."""
        at_work_s = self.present_s - self.away_s
        return self.busy_s / at_work_s if at_work_s > 0 else None


def merged(rows: Iterable[ShiftTally]) -> tuple[ShiftTally, ...]:
    """Return one tally for each site and skill of *rows*, which may come from several workers."""
    found: dict[tuple[str, str], ShiftTally] = {}
    for row in rows:
        place = (row.site, row.skill)
        found[place] = _sum(found[place], row) if place in found else row
    return tuple(found[place] for place in sorted(found))


def _sum(one: ShiftTally, other: ShiftTally) -> ShiftTally:
    counted = {
        each.name: getattr(one, each.name) + getattr(other, each.name)
        for each in fields(ShiftTally)
        if each.name not in ("site", "skill", "slowest_s", "first_error")
    }
    return replace(
        one,
        **counted,
        slowest_s=max(one.slowest_s, other.slowest_s),
        first_error=one.first_error or other.first_error,
    )
