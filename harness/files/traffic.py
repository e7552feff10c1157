"""The ``traffic:`` section of a scenario: how much comes, when, and how it spreads."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import accumulate
from pathlib import Path
from typing import Generic, TypeVar

from harness.files import arrivals, hours, values
from harness.files.arrivals import CURVE, RunDay
from harness.files.callers import KEYS as CALLERS
from harness.files.callers import read_callers, read_patience
from harness.files.fields import A_TABLE, Fields, Key, Keys
from harness.files.problems import Place, Problems, did_you_mean
from harness.files.shares import read_shares
from harness.files.target import TargetRead
from harness.files.writers import KEYS as WRITERS
from harness.files.writers import USUAL_PRIORITIES, read_writers
from harness.model.contact import PRIORITIES
from harness.model.scenario import CallTraffic, Phase, TicketTraffic
from harness.model.staffing import TICKETS

TRAFFIC: Keys = {
    "calls": Key(
        "calls: {per_hour: 1440, mix: {billing: 60%, support: 40%}, patience: busy}",
        "The customers on the phone.",
        A_TABLE,
        default="calls, tickets or both",
    ),
    "tickets": Key(
        "tickets: {per_hour: 600, priorities: {P1: 5%, P2: 15%, P3: 60%, P4: 20%}}",
        "The customers who write.",
        A_TABLE,
        default="calls, tickets or both",
    ),
    "starts_at": Key(
        arrivals.STARTS_AT,
        "When in the week or the day the run begins.",
        hours.week_time,
        default="as the recording, the mock's calendar or the busiest interval says",
    ),
    "days": Key(
        arrivals.DAYS,
        "How days differ from each other, beyond pure chance.",
        "`exact`, `variable`, or a table",
        default="exact",
    ),
}
CALLS: Keys = {
    "per_hour": Key(
        "per_hour: 1440",
        "Calls an hour at a load of 100 %, in the busiest interval of the shape.",
        values.rate,
        default="needed without a recording",
    ),
    **CURVE,
    "mix": Key(
        "mix: {billing: 60%, support: 40%}",
        "How calls spread over the queues; 100 % in all.",
        "a table: queue, then a percentage",
        default="needed unless a recording tells",
    ),
    **CALLERS,
}
TICKET_KEYS: Keys = {
    "per_hour": Key(
        "per_hour: 600",
        "Tickets an hour at a load of 100 %, in the busiest interval of the shape.",
        values.rate,
        default="needed without a recording",
    ),
    **CURVE,
    "reread": Key(
        "reread: 20%",
        "The share of tickets that are read again at the end, one by one.",
        values.share,
        default="100% on the mock, else 20%",
    ),
    **WRITERS,
}


def traffic_fields(fields: Fields) -> Fields | None:
    """Return the traffic section of a scenario's *fields*."""
    return fields.inner("traffic", TRAFFIC)


@dataclass(frozen=True, slots=True)
class Traffic:
    """What was read: None is a stream that the scenario does not have, or that has a problem."""

    calls: CallTraffic | None = None
    tickets: TicketTraffic | None = None
    starts_at_s: float = 0.0


def read_traffic(
    traffic: Fields | None,
    lines: Mapping[str, tuple[str, ...]],
    target: TargetRead,
    phases: Sequence[Phase],
    folder: Path,
) -> Traffic:
    """Return the streams of *traffic*, and when in the week the run begins.

    *lines* are the queues that a mix may name, with their numbers; without any, that has been told
    already. Paths are relative to *folder*.
    """
    if traffic is None:
        return Traffic()
    if "calls" not in traffic and "tickets" not in traffic:
        traffic.problems.add(
            traffic.place, found="neither calls nor tickets in traffic", want="at least one of them"
        )
    calls = traffic.inner("calls", CALLS) if "calls" in traffic else None
    tickets = traffic.inner("tickets", TICKET_KEYS) if "tickets" in traffic else None
    if tickets:
        check_staffed(TICKETS, tickets.place, target, traffic.problems)
    run_s = math.fsum(phase.duration_s for phase in phases)
    day = RunDay(folder, run_s, arrivals.read_starts_at(traffic))
    of_calls = _calls(calls, lines, day, has_tickets=tickets is not None) if calls else None
    if of_calls is not None:
        day = replace(day, begun=of_calls.begun)
    of_tickets = _tickets(tickets, day, has_calls=calls is not None) if tickets else None
    if of_tickets is not None and day.begun is None:
        day = replace(day, begun=of_tickets.begun)
    streams = {
        name: read.traffic.arrivals
        for name, read in (("calls", of_calls), ("tickets", of_tickets))
        if read is not None
    }
    shapes = [each.shape for each in streams.values()]
    starts_at_s = arrivals.clock_s(day, shapes, target.target)
    starts_s = accumulate((phase.duration_s for phase in phases), initial=0.0)
    placed = zip(starts_s, phases, strict=False)
    arrivals.check_somebody_comes(traffic, streams, starts_at_s, placed)
    return Traffic(
        of_calls.traffic if of_calls else None,
        of_tickets.traffic if of_tickets else None,
        starts_at_s,
    )


T = TypeVar("T", CallTraffic, TicketTraffic)


@dataclass(frozen=True, slots=True)
class _Read(Generic[T]):
    """A stream, and the moment of its recording at which the run begins, if it has one."""

    traffic: T
    begun: datetime | None


def _calls(
    fields: Fields, lines: Mapping[str, tuple[str, ...]], day: RunDay, *, has_tickets: bool
) -> _Read[CallTraffic] | None:
    meant = {number: queue for queue, numbers in lines.items() for number in numbers}
    coming = arrivals.read_arrivals(
        fields, day, {queue: queue for queue in lines} | meant, named_by=("line", "queue")
    )
    mix = _recorded_or_written(fields, "mix", coming.shares, lines, "queue")
    patience = read_patience(fields)
    callers = read_callers(fields, day.folder, has_tickets=has_tickets)
    if coming.per_hour is None or coming.arrivals is None or patience is None:
        return None
    traffic = CallTraffic(coming.per_hour, mix, patience, coming.arrivals, callers)
    return _Read(traffic, coming.begun)


def _tickets(fields: Fields, day: RunDay, *, has_calls: bool) -> _Read[TicketTraffic] | None:
    meant = {name: name for name in PRIORITIES}
    coming = arrivals.read_arrivals(fields, day, meant, named_by=("priority",))
    priorities: Mapping[str, float] = USUAL_PRIORITIES
    if "priorities" in fields or coming.shares:
        priorities = _recorded_or_written(
            fields, "priorities", coming.shares, PRIORITIES, "priority"
        )
    writers = read_writers(fields, has_calls=has_calls)
    if coming.per_hour is None or coming.arrivals is None:
        return None
    reread = fields.value_or("reread", values.share, default=None)
    traffic = TicketTraffic(coming.per_hour, priorities, coming.arrivals, writers, reread)
    return _Read(traffic, coming.begun)


def _recorded_or_written(
    fields: Fields,
    key: str,
    recorded: Mapping[str, float] | None,
    names: Iterable[str],
    noun: str,
) -> Mapping[str, float]:
    """Return the shares under *key*, or those of a recording, which leave nothing to write."""
    if recorded is None and key not in fields:
        return {}  # the recording might have told, had it been readable
    if not recorded:
        return read_shares(fields, key, names, noun)
    if key in fields:
        fields.problem(key, want=f"no {key!r}: the recording tells the {noun} of each contact")
    return recorded


def check_staffed(skill: str, place: Place, target: TargetRead, problems: Problems) -> None:
    """Add a problem if no site of *target* staffs *skill*; an unread target is not asked."""
    if target.skills is not None and skill not in target.skills:
        want = f"heads for it at a site, {target.staffed_in} ({did_you_mean(skill, target.skills)})"
        problems.add(place, found=f"{skill!r}, which no site staffs", want=want)
