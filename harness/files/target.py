"""From a target profile to a ``Target``, or the problems that stand in the way.

What the ``mock:`` section says is the mock centre's to check: it goes over as texts. A profile
without it is that of a target we do not start, which says where it answers instead.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path

from harness.files import hours, remote, requirements, values
from harness.files.document import Document, Entry, Table, Text, plain
from harness.files.fields import A_TABLE, Fields, Key, Keys, described, fields_of, parsed
from harness.files.own_code import read_own_code
from harness.files.problems import Problems, did_you_mean, shortened
from harness.model.own_code import in_file
from harness.model.staffing import TICKETS
from harness.model.target import Opening, Shift, Staff, Target

REFERENCE_ADAPTER = "harness.adapter.reference:ReferenceAdapter"

PROFILE: Keys = {
    "name": Key("name: mock", "What reports call the target.", values.name),
    "adapter": Key(
        f"adapter: {REFERENCE_ADAPTER}",
        "The class that speaks the provider's API; in a file beside the profile: `desk.py:Desk`.",
        values.import_path,
        default=REFERENCE_ADAPTER,
    ),
    "virtual_clock": Key(
        "virtual_clock: yes",
        "Whether it can run faster than the wall clock.",
        values.yes_no,
        default="no",
    ),
    "staffing": Key(
        "staffing: {north: {billing: 50, tickets: 30}}",
        "Agents by site and skill, or by times of day: `{08:00-12:00: 40}`.",
        "a table: site, then skill, then heads",
        default="needed with `mock`",
    ),
    "shrinkage": Key(
        "shrinkage: 10%",
        "The share of agents who are paid but not at work.",
        values.share,
        default="0%",
    ),
    "time_zone": Key(
        "time_zone: Europe/London",
        "In which its hours and days are written.",
        hours.time_zone,
        default="UTC",
    ),
    "opening_hours": Key(
        "opening_hours: {billing: Mon-Fri 08:00-18:00}",
        "When each queue is open.",
        "a table: queue, then hours",
        default="always",
    ),
    "holidays": Key(
        "holidays: [2026-12-25]", "Days on which nobody works.", "a list of days", default=""
    ),
    "handle_time": Key(
        "handle_time: 3m, or one for each skill: {billing: 3m, tickets: 3m}",
        "What a contact takes an agent, wrap-up included; centre time.",
        "a duration, or a table by skill",
        default="as the mock's; else nothing is predicted",
    ),
    "mock": Key(
        "mock: {replication: synchronous}",
        "The mock centre, started for each run: [its keys](../mock_centre.md).",
        A_TABLE,
        default="`mock` or `edge`",
    ),
    "requirements": Key(
        requirements.EXAMPLE,
        "What the company asks for beside its contract.",
        A_TABLE,
        default="",
    ),
    **remote.KEYS,
}
_HEADS = "heads by skill, as in {billing: 50}"
_BY_TIMES = "heads, or heads by times of day, as in {08:00-12:00: 40}"
_EITHER = (
    "'mock: {}' for the mock centre that is started for each run, or 'edge: URL' of a target that"
    " somebody else runs"
)


@dataclass(frozen=True, slots=True)
class TargetRead:
    """As much of a profile as could be read; None is a part that has a problem.

    ``skills`` are those with at least one head at one site, and ``staffed_in`` is where that is
    said.
    """

    target: Target | None = None
    virtual_clock: bool | None = None
    sites: frozenset[str] | None = None
    skills: frozenset[str] | None = None
    staffed_in: str = "in the target's profile"


def read_target(document: Document, problems: Problems) -> TargetRead:
    """Return what *document* says of the target, and tell *problems* what is wrong with it."""
    fields = fields_of(document.root, of="the profile", keys=PROFILE, problems=problems)
    if fields is None:
        return TargetRead()
    name = fields.value("name", values.name)
    adapter = _adapter(fields, document.path.parent)
    virtual_clock = fields.value_or("virtual_clock", values.yes_no, default=False)
    ours = "edge" not in fields
    if not ours and "mock" in fields:
        fields.problem("mock", found="both 'mock' and 'edge' in the profile", want=_EITHER)
    staffing = _staffing(fields) if ours or "staffing" in fields else {}
    shrinkage = fields.value_or("shrinkage", values.share, default=0.0)
    time_zone = fields.value_or("time_zone", hours.time_zone, default="UTC")
    opening_hours = _opening_hours(fields, staffing)
    holidays = _holidays(fields)
    handle_s = _handle_times(fields, _skills(staffing)) if "handle_time" in fields else {}
    mock = _mock(fields) if ours else None
    elsewhere = None if ours else remote.read_remote(fields, document.path.parent)
    if elsewhere is not None:
        remote.check_sites(fields, elsewhere.sites, staffing)
    target = None
    somewhere = mock is not None or elsewhere is not None
    if name and adapter and virtual_clock is not None and somewhere:
        target = Target(
            name,
            adapter,
            virtual_clock,
            staffing,
            mock,
            shrinkage=shrinkage or 0.0,
            time_zone=time_zone or "UTC",
            opening_hours=opening_hours,
            holidays=holidays,
            handle_s=handle_s,
            remote=elsewhere,
            requirements=requirements.read_requirements(fields),
        )
    sites = elsewhere.sites if elsewhere is not None else staffing
    return TargetRead(
        target=target,
        virtual_clock=virtual_clock,
        sites=frozenset(sites) if sites else None,
        skills=_skills(staffing) if staffing else None,
    )


def _adapter(fields: Fields, folder: Path) -> str | None:
    """Return the class that speaks the target's API: by its import path, or in a file."""
    if in_file(fields.text("adapter")):
        return read_own_code(fields, "adapter", folder, example="desk.py:Desk")
    return fields.value_or("adapter", values.import_path, default=REFERENCE_ADAPTER)


def _staffing(fields: Fields) -> dict[str, dict[str, Staff]]:
    """Return the heads per site and skill.

    A number we could not read counts as one, lest its queue be called unstaffed as well.
    """
    return {
        site: _heads(entry, fields.problems)
        for site, entry in fields.table("staffing").items()
        if parsed(entry.key, values.site, fields.problems)
    }


def _heads(site: Entry, problems: Problems) -> dict[str, Staff]:
    if not isinstance(site.value, Table):
        found = described(site.value, site.key.text)
        problems.add(site.key.place, found=found, want=_HEADS)
        return {}
    return {
        skill: _staff(entry, problems)
        for skill, entry in site.value.entries.items()
        if parsed(entry.key, values.name, problems)
    }


def _staff(skill: Entry, problems: Problems) -> Staff:
    if isinstance(skill.value, Table) and skill.value.entries:
        return tuple(_shift(entry, problems) for entry in skill.value.entries.values())
    if not isinstance(skill.value, Text):
        found = described(skill.value, skill.key.text)
        problems.add(skill.key.place, found=found, want=_BY_TIMES)
        return 1
    return _number(skill, problems)


def _shift(times: Entry, problems: Problems) -> Shift:
    start, end = parsed(times.key, hours.span, problems) or (time.min, time.min)
    return Shift(_number(times, problems), start, end)


def _number(entry: Entry, problems: Problems) -> int:
    heads = parsed(entry.value, values.heads, problems, key=entry.key.text)
    return 1 if heads is None else heads


def _skills(staffing: Mapping[str, Mapping[str, Staff]]) -> frozenset[str]:
    return frozenset(
        skill
        for staffed in staffing.values()
        for skill, staff in staffed.items()
        if (staff if isinstance(staff, int) else any(shift.heads for shift in staff))
    )


def _opening_hours(
    fields: Fields, staffing: Mapping[str, Mapping[str, Staff]]
) -> dict[str, tuple[Opening, ...]]:
    """Return the hours of the queues that are not always open."""
    if "opening_hours" not in fields:
        return {}
    queues = {skill for skills in staffing.values() for skill in skills} - {TICKETS}
    found = {}
    for queue, entry in fields.table("opening_hours").items():
        if staffing and queue not in queues:
            unknown = f"opening hours of {shortened(queue)}, which no site staffs"
            fields.problems.add(entry.key.place, found=unknown, want=did_you_mean(queue, queues))
        found[queue] = parsed(entry.value, hours.opening, fields.problems, key=queue)
    return {queue: opening for queue, opening in found.items() if opening}


def _holidays(fields: Fields) -> tuple[date, ...]:
    if "holidays" not in fields:
        return ()
    days = [parsed(item, values.day, fields.problems) for item in fields.listing("holidays")]
    return tuple(day for day in days if day)


def _handle_times(fields: Fields, skills: frozenset[str]) -> dict[str, float]:
    """Return what a contact takes an agent, by skill: one time for all, or one for each of some."""
    entry = fields.entry("handle_time")
    assert entry is not None  # asked for only if it is there
    if not isinstance(entry.value, Table):
        seconds = fields.value("handle_time", values.duration)
        return {} if seconds is None else dict.fromkeys(sorted(skills), seconds)
    times = {
        skill: parsed(each.value, values.duration, fields.problems, key=skill)
        for skill, each in fields.table("handle_time").items()
        if parsed(each.key, values.one_of(skills) if skills else values.name, fields.problems)
    }
    return {skill: seconds for skill, seconds in times.items() if seconds is not None}


def _mock(fields: Fields) -> dict[str, object] | None:
    for key in remote.KEYS:
        if key in fields:
            fields.problem(key, want=f"no {key!r} without an 'edge': it is for a target elsewhere")
    if "mock" not in fields:
        fields.problem("mock", found="neither 'mock' nor 'edge' in the profile", want=_EITHER)
        return None
    entry = fields.entry("mock")
    section = plain(entry.value) if entry else None
    if not isinstance(section, dict):
        fields.problem("mock", want="a table; 'mock: {}' takes every default")
        return None
    return section
