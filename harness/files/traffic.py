"""The ``traffic:`` section of a scenario: how much comes, when, and how it spreads."""

from collections.abc import Mapping
from pathlib import Path

from harness.files import values
from harness.files.callers import EXAMPLES as CALLERS
from harness.files.callers import read_callers, read_patience
from harness.files.fields import Fields
from harness.files.problems import Place, Problems, did_you_mean
from harness.files.shares import read_shares
from harness.files.target import TICKETS, TargetRead
from harness.files.writers import EXAMPLES as WRITERS
from harness.files.writers import read_priorities, read_writers
from harness.model.scenario import CallTraffic, TicketTraffic

SHAPES = ("flat",)

_TRAFFIC = {
    "calls": "calls: {per_hour: 1440, mix: {billing: 60%, support: 40%}, patience: busy}",
    "tickets": "tickets: {per_hour: 600, priorities: {P1: 5%, P2: 15%, P3: 60%, P4: 20%}}",
}
_CALLS = {
    "per_hour": "per_hour: 1440",
    "shape": "shape: flat",
    "mix": "mix: {billing: 60%, support: 40%}",
    **CALLERS,
}
_TICKETS = {"per_hour": "per_hour: 600", **WRITERS}


def traffic_fields(fields: Fields) -> Fields | None:
    """Return the traffic section of a scenario's *fields*."""
    return fields.inner("traffic", _TRAFFIC)


def read_streams(
    traffic: Fields | None, lines: Mapping[str, object], target: TargetRead, folder: Path
) -> tuple[CallTraffic | None, TicketTraffic | None]:
    """Return the calls and the tickets of *traffic*, None for a stream that it does not have.

    *lines* are the queues that a mix may name; without any, that has been told already. Paths are
    relative to *folder*.
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
    return (
        _calls(calls, lines, folder, has_tickets=tickets is not None) if calls else None,
        _tickets(tickets, has_calls=calls is not None) if tickets else None,
    )


def _calls(
    fields: Fields, lines: Mapping[str, object], folder: Path, *, has_tickets: bool
) -> CallTraffic | None:
    fields.value_or("shape", values.one_of(SHAPES), default="flat")
    per_hour = fields.value("per_hour", values.rate)
    mix = read_shares(fields, "mix", lines, "queue")
    patience = read_patience(fields)
    callers = read_callers(fields, folder, has_tickets=has_tickets)
    if per_hour is None or patience is None:
        return None
    return CallTraffic(per_hour, mix, patience, callers=callers)


def _tickets(fields: Fields, *, has_calls: bool) -> TicketTraffic | None:
    per_hour = fields.value("per_hour", values.rate)
    priorities = read_priorities(fields)
    writers = read_writers(fields, has_calls=has_calls)
    return None if per_hour is None else TicketTraffic(per_hour, priorities, writers=writers)


def check_staffed(skill: str, place: Place, target: TargetRead, problems: Problems) -> None:
    """Add a problem if no site of *target* staffs *skill*; an unread target is not asked."""
    if target.skills is not None and skill not in target.skills:
        want = f"staffing for it at a site of the target ({did_you_mean(skill, target.skills)})"
        problems.add(place, found=f"{skill!r}, which no site staffs", want=want)
