"""The ``traffic:`` section of a scenario: how much comes, when, and how it spreads."""

import math
from collections.abc import Iterable, Mapping

from harness.files import values
from harness.files.fields import Fields, parsed
from harness.files.problems import Place, Problems, did_you_mean
from harness.files.target import TargetRead
from harness.model.contact import PRIORITIES
from harness.model.scenario import CallTraffic, TicketTraffic
from harness.model.staffing import TICKETS
from harness.model.units import format_share

BUSY_PATIENCE_MEAN_S = 180.0
"""How long callers wait on average where lines are often busy (``notes/domain.md``)."""
SHAPES = ("flat",)

_TRAFFIC = {
    "calls": "calls: {per_hour: 1440, mix: {billing: 60%, support: 40%}, patience: busy}",
    "tickets": "tickets: {per_hour: 600, priorities: {P1: 5%, P2: 15%, P3: 60%, P4: 20%}}",
}
_CALLS = {
    "per_hour": "per_hour: 1440",
    "shape": "shape: flat",
    "mix": "mix: {billing: 60%, support: 40%}",
    "patience": "patience: busy",
}
_TICKETS = {
    "per_hour": "per_hour: 600",
    "priorities": "priorities: {P1: 5%, P2: 15%, P3: 60%, P4: 20%}",
}


def traffic_fields(fields: Fields) -> Fields | None:
    """Return the traffic section of a scenario's *fields*."""
    return fields.inner("traffic", _TRAFFIC)


def read_streams(
    traffic: Fields | None, lines: Mapping[str, object], target: TargetRead
) -> tuple[CallTraffic | None, TicketTraffic | None]:
    """Return the calls and the tickets of *traffic*, None for a stream that it does not have.

    *lines* are the queues that a mix may name; without any, that has been told already.
    """
    if traffic is None:
        return None, None
    if "calls" not in traffic and "tickets" not in traffic:
        traffic.problems.add(
            traffic.place, found="neither calls nor tickets in traffic", want="at least one of them"
        )
    calls = traffic.inner("calls", _CALLS) if "calls" in traffic else None
    tickets = traffic.inner("tickets", _TICKETS) if "tickets" in traffic else None
    if tickets:
        check_staffed(TICKETS, tickets.place, target, traffic.problems)
    return _calls(calls, lines) if calls else None, _tickets(tickets) if tickets else None


def _calls(fields: Fields, lines: Mapping[str, object]) -> CallTraffic | None:
    fields.value_or("shape", values.one_of(SHAPES), default="flat")
    per_hour = fields.value("per_hour", values.rate)
    mix = _shares(fields, "mix", lines, "queue")
    patience_mean_s = fields.value_or("patience", _patience, default=BUSY_PATIENCE_MEAN_S)
    if per_hour is None or patience_mean_s is None:
        return None
    return CallTraffic(per_hour, mix, patience_mean_s)


def _tickets(fields: Fields) -> TicketTraffic | None:
    per_hour = fields.value("per_hour", values.rate)
    priorities = _shares(fields, "priorities", PRIORITIES, "priority")
    return None if per_hour is None else TicketTraffic(per_hour, priorities)


def _patience(written: str) -> float:
    if written == "busy":
        return BUSY_PATIENCE_MEAN_S
    try:
        return values.duration(written)
    except ValueError as error:
        raise ValueError(f"busy (a mean of 3m), or {error}") from None


def _shares(fields: Fields, key: str, names: Iterable[str], noun: str) -> dict[str, float]:
    """Return the shares by name under *key*. They must add up; an unknown name is a problem.

    Without *names* nothing is known, and that has been told already.
    """
    entries, known = fields.table(key), frozenset(names)
    for name, entry in entries.items():
        if known and name not in known:
            found = f"the unknown {noun} {name!r} in {key}"
            fields.problems.add(entry.key.place, found=found, want=did_you_mean(name, known))
    shares = {
        name: parsed(entry.value, values.share, fields.problems, key=name)
        for name, entry in entries.items()
    }
    readable = {name: share for name, share in shares.items() if share is not None}
    total = math.fsum(readable.values())
    if entries and len(readable) == len(shares) and not math.isclose(total, 1, abs_tol=1e-6):
        found = f"a {key} that adds up to {format_share(total)}"
        fields.problem(key, found=found, want="100 % in all")
    return readable


def check_staffed(skill: str, place: Place, target: TargetRead, problems: Problems) -> None:
    """Add a problem if no site of *target* staffs *skill*; an unread target is not asked."""
    if target.skills is not None and skill not in target.skills:
        want = f"staffing for it at a site of the target ({did_you_mean(skill, target.skills)})"
        problems.add(place, found=f"{skill!r}, which no site staffs", want=want)
