"""From ``staffed_by`` in a scenario to a ``Staffing``: who answers while it is run."""

from collections.abc import Collection
from dataclasses import fields, replace
from datetime import datetime

from harness.files import values
from harness.files.document import Table, Text
from harness.files.fields import A_TABLE, Fields, Key, Keys, described, parsed
from harness.files.problems import did_you_mean
from harness.files.target import TargetRead
from harness.model.scenario import FASTEST_HONEST
from harness.model.staffing import TICKETS, Crew, People, Spell, StaffedBy, Staffing
from harness.model.target import Target

MOST_AGENTS = 2000
"""Virtual agents in all: each takes about three requests a contact (``docs/virtual_agents.md``)."""

_WANT = (
    "staffed_by: harness, target or nobody, or a table with one key, provider or harness, as in"
    " {provider: {people: 12, from: 2026-12-01T09:00Z, to: 2026-12-01T11:00Z}}"
)
STAFFED_BY: Keys = {
    "provider": Key(
        "provider: {people: 12, from: 2026-12-01T09:00Z, to: 2026-12-01T11:00Z}",
        "The provider's people answer, when they have said they will.",
        A_TABLE,
        default="one of the two",
    ),
    "harness": Key(
        "harness: {heads: {north: {billing: 6, tickets: 2}}}",
        "Virtual agents answer.",
        A_TABLE,
        default="one of the two",
    ),
}


def _stamp(written: str) -> datetime:
    wanted = "a moment with its zone, as in 2026-12-01T09:00Z or 2026-12-01T09:00+01:00"
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        raise ValueError(wanted) from None
    if found.tzinfo is None:
        raise ValueError(wanted)
    return found


PEOPLE: Keys = {
    "people": Key("people: 12", "How many there are.", values.whole(1, 10_000)),
    "from": Key("from: 2026-12-01T09:00Z", "When they come.", _stamp),
    "to": Key("to: 2026-12-01T11:00Z", "When they go.", _stamp),
}
CREW: Keys = {
    "heads": Key(
        "heads: {north: {billing: 6, tickets: 2}}",
        "How many there are, by site and skill.",
        "a table: site, then skill, then a whole number",
        default="as the profile declares, less the shrinkage",
    ),
    "talk": Key(
        "talk: {mean: 150s, variation: 1.0}",
        "How long a talk takes.",
        A_TABLE,
        default="{mean: 150s, variation: 1.0}",
    ),
    "wrap_up": Key(
        "wrap_up: {mean: 30s, variation: 0.8}",
        "How long an agent is busy after each contact.",
        A_TABLE,
        default="{mean: 30s, variation: 0.8}",
    ),
    "ticket_work": Key(
        "ticket_work: {mean: 150s, variation: 1.0}",
        "How long a ticket takes until the reply that solves it.",
        A_TABLE,
        default="{mean: 150s, variation: 1.0}",
    ),
    "picks_up": Key(
        "picks_up: {mean: 2s, variation: 0.5}",
        "How long an agent takes to answer an offer.",
        A_TABLE,
        default="{mean: 2s, variation: 0.5}",
    ),
    "declined": Key(
        "declined: 1%", "The share of offers that are not taken.", values.share, default="0%"
    ),
    "away": Key(
        "away: {every: 2h, mean: 10m, variation: 0.5}", "Breaks.", A_TABLE, default="never"
    ),
}
SPELL: Keys = {
    "mean": Key("mean: 150s", "How long on average, in centre time.", values.duration),
    "variation": Key(
        "variation: 1.0",
        "How much it varies: standard deviation over mean.",
        values.number(0, 5),
        default="as in the default above",
    ),
}
AWAY: Keys = {
    "every": Key("every: 2h", "How far apart breaks lie, in centre time at work.", values.duration),
    **SPELL,
    "variation": replace(SPELL["variation"], default="0"),
}
_EVERY_S = 7200.0
_DEFAULT = {each.name: each.default for each in fields(Crew)}


def read_staffing(
    scenario: Fields, target: TargetRead, queues: Collection[str], *, speed: float | None
) -> tuple[Staffing | None, TargetRead]:
    """Return who answers by the scenario, None if it does not say, and the target so staffed.

    *queues* are those that the scenario hands over.
    """
    entry = scenario.entry("staffed_by") if "staffed_by" in scenario else None
    if entry is None:
        return None, target
    if isinstance(entry.value, Text):
        found = _by_name(scenario, target)
    elif isinstance(entry.value, Table) and len(entry.value.entries) == 1:
        found = _by_table(scenario, target, queues)
    else:
        scenario.problem("staffed_by", want=_WANT)
        found = None
    if found is None:
        return None, target
    _check_speed(found, scenario, speed)
    return found, _staffed(target, found)


def _by_name(scenario: Fields, target: TargetRead) -> Staffing | None:
    by = scenario.value("staffed_by", values.member(StaffedBy))
    if by is StaffedBy.PROVIDER:
        scenario.problem("staffed_by", want=STAFFED_BY["provider"].example)
        return None
    if by is StaffedBy.HARNESS:
        return _of_ours(_crew(scenario, None, target))
    return None if by is None else Staffing(by)


def _by_table(scenario: Fields, target: TargetRead, queues: Collection[str]) -> Staffing | None:
    staffed_by = scenario.inner("staffed_by", STAFFED_BY)
    if staffed_by is None:
        return None
    if "harness" in staffed_by:
        return _of_ours(_crew(staffed_by, staffed_by.inner("harness", CREW), target, queues))
    people = staffed_by.inner("provider", PEOPLE) if "provider" in staffed_by else None
    found = people and _people(people)
    return Staffing(StaffedBy.PROVIDER, people=found) if found else None


def _of_ours(crew: Crew | None) -> Staffing | None:
    return None if crew is None else Staffing(StaffedBy.HARNESS, crew=crew)


def _people(written: Fields) -> People | None:
    people = written.value("people", values.whole(1, 10_000))
    start, end = written.value("from", _stamp), written.value("to", _stamp)
    if start and end and end <= start:
        written.problem("to", want=f"a time after {start.isoformat()}, when they come")
    if people is None or start is None or end is None:
        return None
    return People(people, start, end)


def _crew(
    around: Fields, written: Fields | None, target: TargetRead, queues: Collection[str] = ()
) -> Crew | None:
    """Return the virtual agents; without heads of their own, as many as the profile declares."""
    if written is not None and "heads" in written:
        heads = _heads(written, target, {*queues, *(target.skills or ()), TICKETS})
    else:
        heads = _declared(around, target)
    if heads is None:
        return None
    if written is None:
        return Crew(heads)
    away, every_s = _away(written)
    return Crew(
        heads,
        talk=_spell(written, "talk"),
        wrap_up=_spell(written, "wrap_up"),
        ticket_work=_spell(written, "ticket_work"),
        picks_up=_spell(written, "picks_up"),
        declined=written.value_or("declined", values.share, default=0.0) or 0.0,
        away=away,
        away_every_s=every_s,
    )


def _heads(
    written: Fields, target: TargetRead, skills: Collection[str]
) -> dict[str, dict[str, int]] | None:
    """Return the heads by site and skill; None, and a problem, if there is no such skill."""
    found: dict[str, dict[str, int]] = {}
    sound = True
    for site, entry in written.table("heads").items():
        if target.sites is not None and site not in target.sites:
            unknown = f"heads at the unknown site {site!r}"
            written.problems.add(
                entry.key.place, found=unknown, want=did_you_mean(site, target.sites)
            )
        if not isinstance(entry.value, Table):
            shown = described(entry.value, site)
            written.problems.add(entry.key.place, found=shown, want=CREW["heads"].example)
            continue
        found[site] = {}
        for skill, each in entry.value.entries.items():
            if skill not in skills:
                want = did_you_mean(skill, skills)
                unknown = f"heads for the unknown skill {skill!r}"
                written.problems.add(each.key.place, found=unknown, want=want)
                sound = False
            heads = parsed(each.value, values.heads, written.problems, key=skill)
            found[site][skill] = heads or 0
    return _counted(written, "heads", found) if sound else None


def _declared(around: Fields, target: TargetRead) -> dict[str, dict[str, int]] | None:
    """Return the heads that the profile declares, less the shrinkage; never by times of day."""
    if target.target is None:
        return {}  # the profile has problems of its own, which are told
    key = "staffed_by" if "staffed_by" in around else "harness"
    found: dict[str, dict[str, int]] = {}
    for site, skills in target.target.staffing.items():
        found[site] = {}
        for skill, staff in skills.items():
            if not isinstance(staff, int):
                written = f"{skill} staffed by times of day at {site}"
                want = "heads of the virtual agents, as in " + STAFFED_BY["harness"].example
                around.problem(key, found=written, want=want)
                return None
            found[site][skill] = _at_work(target.target, staff)
    return _counted(around, key, found)


def _at_work(target: Target, heads: int) -> int:
    return round(heads * (1 - target.shrinkage))


def _counted(
    where: Fields, key: str, heads: dict[str, dict[str, int]]
) -> dict[str, dict[str, int]] | None:
    total = sum(number for skills in heads.values() for number in skills.values())
    if not 0 < total <= MOST_AGENTS:
        where.problem(key, found=f"{total} virtual agents", want=f"1 to {MOST_AGENTS:,} in all")
        return None
    return heads


def _spell(written: Fields, key: str) -> Spell:
    default = _DEFAULT[key]
    assert isinstance(default, Spell)
    inner = written.inner(key, SPELL) if key in written else None
    return default if inner is None else _read_spell(inner, default.variation) or default


def _read_spell(inner: Fields, variation: float) -> Spell | None:
    mean_s = inner.value("mean", values.duration)
    spread = inner.value_or("variation", values.number(0, 5), default=variation)
    return None if mean_s is None or spread is None else Spell(mean_s, spread)


def _away(written: Fields) -> tuple[Spell | None, float]:
    """Return how long breaks last, None without any, and about how far they lie apart."""
    inner = written.inner("away", AWAY) if "away" in written else None
    if inner is None:
        return None, _EVERY_S
    every_s = inner.value("every", values.duration)
    return _read_spell(inner, 0.0), every_s or 1.0


def _check_speed(found: Staffing, scenario: Fields, speed: float | None) -> None:
    if speed is None:
        return
    if found.by is StaffedBy.PROVIDER and speed != 1:
        want = "speed: 1 where the provider's people answer: nobody talks faster"
        scenario.problem("speed", want=want)
    if found.by is StaffedBy.HARNESS and speed > FASTEST_HONEST:
        want = (
            f"a speed of at most {FASTEST_HONEST} with staffed_by: harness, whose agents answer"
            " over the network, or 'staffed_by: target' if it simulates its own"
        )
        scenario.problem("speed", want=want)


def _staffed(target: TargetRead, found: Staffing) -> TargetRead:
    """Return *target* with the skills of our virtual agents, if they staff it."""
    if found.crew is None or not found.crew.heads:
        return target
    skills = {
        skill for heads in found.crew.heads.values() for skill, number in heads.items() if number
    }
    return replace(target, skills=frozenset(skills), staffed_in="under 'staffed_by'")
