"""The supervisor's first line, checked: a ``Centre``, or every problem of it at once.

The same document is handed to edge and sites, which parse it again: there is one schema, here.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from mock_center.chance import HandleTime
from mock_center.config import values
from mock_center.config.centre import (
    TICKETS,
    Api,
    Backup,
    Breaks,
    Callbacks,
    CallHandling,
    Centre,
    Defects,
    Experience,
    HealthCheck,
    Hours,
    Ivr,
    Media,
    OnSiteLoss,
    Opening,
    Overflow,
    QueueRule,
    Ringing,
    Shift,
    TicketClock,
    TicketHandling,
    Widening,
)
from mock_center.config.reading import ConfigError, Problem, Section
from mock_center.units import parse_share

PRIORITIES = ("P1", "P2", "P3", "P4")
CODECS = ("g711", "g711-plain", "g729")
MOST_QUEUES = 5
"""More would put a site beyond 800 time series, the most that one page should have."""
MOST_QUEUES_CALLED_BACK = 4
"""Who leaves a queue for a callback is told apart, which costs each queue 21 series more."""
MOST_SITES = 8
"""Each is a process of its own."""
MOST_HEADS = 10_000
"""At one site, for one skill and time of day: more than any site has."""
MOST_TRUNK_GROUPS = 4
_CHANNELS = values.whole(1, 100_000)
_STARTS_AT = "2026-03-02T09:00"  # a Monday
_PROCESSES = ("edge", "supervisor")  # their logs, and "edge" as a source of metrics, are taken
_CLOSED_TO_CALLS = ("break", "training", "meeting", "tech")


def parse_centre(document: object) -> Centre:
    """Return the centre that *document* describes.

    Raises:
        ConfigError: with every problem found.
    """
    problems: list[Problem] = []
    top = Section("", document, problems)
    speed = top.get("speed", "1", values.between(0.01, 1000))
    seed = top.get("seed", "0", values.text)
    folder = top.get("folder", None, values.text)
    lines = _lines(top.section("lines"))
    client = top.section("client")
    client_id, client_secret = (client.need(name, values.text) for name in ("id", "secret"))
    client.end()
    zone = top.get("time_zone", "UTC", values.zone)
    holidays = top.get("holidays", [], values.days)
    opening = _opening(top.section("opening_hours", optional=True), set(lines))
    shrinkage = top.get("shrinkage", "0%", parse_share)
    staffing = top.section("staffing")
    mock = top.section("mock", optional=True)
    top.end()

    present = mock.get("agents_present", "100%", parse_share)
    at_work = (1.0 if present is None else present) * (1 - (shrinkage or 0.0))
    sites = _staffing(staffing, set(lines), at_work)
    names = _Names(frozenset(lines), tuple(sites), lines)
    centre = Centre(
        speed=speed,
        seed=seed,
        lines=lines,
        client_id=client_id,
        client_secret=client_secret,
        folder=folder,
        hours=Hours(_starts_at(mock, zone), opening, holidays or frozenset()),
        staffing=sites,
        experience=_experience(mock.section("experience", optional=True), names),
        backup=_backup(mock, names),
        breaks=tuple(_break(section) for section in mock.sections("breaks")),
        queues=_queues(mock, names),
        calls=_call_handling(mock),
        ringing=_ringing(mock.section("ringing", optional=True)),
        trunks=_trunks(mock, names),
        ivr=_ivr(mock),
        callbacks=_callbacks(mock, len(lines)),
        media=_media(mock.section("media", optional=True)),
        tickets=_tickets(mock),
        lag_s=_lag(mock),
        split=_split(mock.section("split", optional=True), names),
        on_site_loss=OnSiteLoss(
            mock.get("on_site_loss", "drop", values.one_of(*OnSiteLoss)) or "drop"
        ),
        health_check=_health_check(mock.section("health_check", optional=True)),
        api=_api(mock.section("api", optional=True)),
        support_requests=mock.get("support_requests", "0%", parse_share),
        defects=_defects(mock.section("defects", optional=True), names),
    )
    mock.end()
    if problems:
        raise ConfigError(problems)
    return centre


@dataclass(frozen=True, slots=True)
class _Names:
    """What later sections may refer to."""

    queues: frozenset[str]
    sites: tuple[str, ...]
    lines: Mapping[str, tuple[str, ...]]

    @property
    def numbers(self) -> list[str]:
        return [number for numbers in self.lines.values() for number in numbers or ()]


def _lines(section: Section) -> dict[str, tuple[str, ...]]:
    lines = {queue: section.need(queue, values.phone_numbers) or () for queue in section.names}
    if TICKETS in lines:
        section.problem(TICKETS, "another name: 'tickets' is the skill of the ticket agents")
    section.check_names()
    taken: dict[str, str] = {}
    for queue, numbers in lines.items():
        for number in numbers:
            if number in taken:
                section.problem(queue, f"each line once; {number} also leads to {taken[number]}")
            taken[number] = queue
    if not lines and section.sound:
        section.complain("", "no queue", "at least one queue with its lines")
    if len(lines) > MOST_QUEUES:
        section.complain("", f"{len(lines)} queues", f"at most {MOST_QUEUES}")
    return lines


def _starts_at(mock: Section, zone: ZoneInfo | None) -> datetime:
    written = mock.get("starts_at", _STARTS_AT, values.moment) or values.moment(_STARTS_AT)
    begun = written.replace(tzinfo=zone or ZoneInfo("UTC"))
    if begun.astimezone(UTC).astimezone(begun.tzinfo).replace(tzinfo=None) != written:
        mock.problem("starts_at", f"a time that exists in {zone}; its clocks leap over this one")
    return begun


def _opening(section: Section, queues: set[str]) -> dict[str, tuple[Opening, ...]]:
    found = {q: section.get(q, "always", values.opening) for q in section.only(queues)}
    return {queue: hours for queue, hours in found.items() if hours is not None}


def _staffing(
    section: Section, queues: set[str], at_work: float
) -> dict[str, dict[str, tuple[Shift, ...]]]:
    section.check_names()
    for site in section.names:
        if site in _PROCESSES:
            section.complain(site, f"a site called {site}", "another name: that is a process of us")
    sites: dict[str, dict[str, tuple[Shift, ...]]] = {}
    for site in section.names:
        skills = section.section(site)
        named = skills.only(queues | {TICKETS})
        staffed = {name: _shifts(skills, name, at_work) for name in named}
        sites[site] = {skill: staffed.get(skill, ()) for skill in (*sorted(queues), TICKETS)}
    if not sites and section.sound:
        section.complain("", "no site", "at least one site with its agents")
    if len(sites) > MOST_SITES:
        section.complain("", f"{len(sites)} sites", f"at most {MOST_SITES}")
    return sites


def _shifts(skills: Section, skill: str, at_work: float) -> tuple[Shift, ...]:
    """Return the shifts of one skill: a number of heads, or heads by times of day."""
    heads = values.whole(0, MOST_HEADS)
    if not skills.is_mapping(skill):
        found = skills.get(skill, "0", heads)
        return (Shift(round((found or 0) * at_work)),) if found else ()
    by_times = skills.section(skill)
    if not by_times.names:
        skills.problem(skill, "heads by times of day, such as {'08:00-12:00': 40}, or a number")
    shifts = []
    for times in by_times.names:
        try:
            start, end = values.span(times)
        except ValueError as error:
            by_times.complain(values.shown_key(times), values.shown(times), str(error))
            start, end = time.min, time.min
        found = by_times.get(times, "0", heads)
        shifts.append(Shift(round((found or 0) * at_work), start, end))
    return tuple(shifts)


def _split(section: Section, names: _Names) -> dict[str, dict[str, float]]:
    """Return the shares by line and site: given once for all lines, or line by line."""
    if any(section.is_mapping(name) for name in section.names):
        lines = section.only(names.numbers)
        shares = {line: _shares(section.section(line), names.sites) for line in lines}
        return {line: shares.get(line, _even(names.sites)) for line in names.numbers}
    common = _shares(section, names.sites) if section.names else _even(names.sites)
    return dict.fromkeys(names.numbers, common)


def _even(sites: tuple[str, ...]) -> dict[str, float]:
    return {site: 1 / len(sites) for site in sites}


def _shares(section: Section, sites: tuple[str, ...]) -> dict[str, float]:
    named = section.only(sites)
    shares = {name: section.get(name, "0%", parse_share) or 0.0 for name in named}
    total = sum(shares.values())
    if abs(total - 1) > 1e-6 and section.sound and named == section.names:
        section.complain("", f"a sum of {100 * total:.6g}%", "shares that add up to 100%")
    return {site: shares.get(site, 0.0) for site in sites}


def _trunks(mock: Section, names: _Names) -> dict[str, dict[str, int]]:
    """Return the channels by site and trunk group; ``channels: 400`` is one group at each site."""
    channels = mock.get("channels", "400", _CHANNELS)
    groups = mock.section("trunks", optional=True)
    if not groups.names:
        return {site: {"carrier": channels} for site in names.sites}
    if mock.has("channels"):
        mock.problem("channels", "either channels or trunks, not both")
    if any(groups.is_mapping(name) for name in groups.names):
        groups.only(names.sites)
        return {site: _groups(groups.section(site)) for site in names.sites}
    common = _groups(groups)
    return dict.fromkeys(names.sites, common)


def _groups(section: Section) -> dict[str, int]:
    section.check_names()
    if not section.names and section.sound:
        section.complain(
            "", "no trunk group", "at least one with its channels, as in {carrier: 400}"
        )
    if len(section.names) > MOST_TRUNK_GROUPS:
        section.complain("", f"{len(section.names)} trunk groups", f"at most {MOST_TRUNK_GROUPS}")
    return {name: section.need(name, _CHANNELS) for name in section.names}


def _queues(mock: Section, names: _Names) -> dict[str, QueueRule]:
    transfers = mock.section("transfer", optional=True).section("to", optional=True)
    whither = _of(names.queues)
    to = {name: transfers.get(name, None, whither) for name in transfers.only(names.queues)}
    rules = mock.section("queues", optional=True)
    rules.only(names.queues)
    return {
        queue: _queue_rule(rules.section(queue, optional=True), queue, names, to.get(queue))
        for queue in names.lines
    }


def _queue_rule(section: Section, queue: str, names: _Names, transfer_to: str | None) -> QueueRule:
    others = names.queues - {queue}
    rule = QueueRule(
        head_start_s=section.get("head_start", "0s", values.pause),
        widening=tuple(_widening(each, others) for each in section.sections("widening")),
        overflow=_overflow(section, others),
        longest_s=section.get("longest_wait", None, values.duration),
        transfer_to=transfer_to,
    )
    section.end()
    return rule


def _widening(section: Section, others: frozenset[str]) -> Widening:
    after_s = section.need("after", values.duration)
    skills = section.need("to", values.names) or ()
    for skill in skills:
        if skill not in others:
            section.complain("to", values.shown(skill), _another_queue(others))
    section.end()
    return Widening(after_s, skills)


def _overflow(section: Section, others: frozenset[str]) -> Overflow | None:
    if not section.has("overflow"):
        section.known.add("overflow")
        return None
    overflow = section.section("overflow")
    found = Overflow(overflow.need("after", values.duration), overflow.need("to", _of(others)))
    overflow.end()
    return found


def _call_handling(mock: Section) -> CallHandling:
    hold = mock.section("hold", optional=True)
    transfer = mock.section("transfer", optional=True)
    transfer.known.add("to")
    return CallHandling(
        talk=_handle_time(mock.section("talk", optional=True), "150s", "1.0"),
        wrap_up=_handle_time(mock.section("wrap_up", optional=True), "30s", "0.8"),
        held=hold.get("share", "0%", parse_share),
        hold=_handle_time(hold, "45s", "1.2"),
        transferred=transfer.get("share", "0%", parse_share),
        second_talk=_handle_time(transfer, "180s", "1.0"),
        resolved=mock.get("resolved", "100%", parse_share),
    )


def _handle_time(section: Section, mean: str, variation: str) -> HandleTime:
    mean_s = section.get("mean", mean, values.duration)
    cv = section.get("variation", variation, values.between(0, 10))
    section.end()
    return HandleTime(mean_s, cv)


def _ringing(section: Section) -> Ringing:
    timeout_s = section.get("timeout", "15s", values.duration)
    away_s = section.get("away", "30s", values.duration)
    missed = section.get("missed", "0%", parse_share)
    pick_up = None
    if section.has("mean") or section.has("variation"):
        pick_up = _handle_time(section, "3s", "0.5")
    else:
        section.known |= {"mean", "variation"}
        section.end()
    return Ringing(pick_up, missed, timeout_s, away_s)


def _break(section: Section) -> Breaks:
    reason = section.get("reason", "break", values.one_of(*_CLOSED_TO_CALLS))
    every_s = section.need("every", values.duration)
    found = Breaks(reason, every_s, _handle_time(section, "15m", "0"))
    if (found.lasts.mean_s or 0.0) >= (every_s or math.inf):
        section.problem("mean", "a break shorter than the time until the next")
    return found


def _experience(section: Section, names: _Names) -> Experience:
    weeks = section.section("weeks", optional=True)
    number = values.between(0, 1040)
    found = Experience(
        weeks={site: weeks.get(site, "0", number) for site in weeks.only(names.sites)},
        slower=section.get("slower", "40%", parse_share),
        transfers=section.get("transfers", "100%", parse_share),
        unresolved=section.get("unresolved", "50%", parse_share),
        half_life_weeks=section.get("half_life_weeks", "4", values.between(0.1, 520)),
    )
    section.end()
    return found


def _backup(mock: Section, names: _Names) -> Backup | None:
    if not mock.has("backup"):
        mock.known.add("backup")
        return None
    section = mock.section("backup", optional=True)
    heads = section.section("heads")
    named = heads.only(names.queues)
    number = values.whole(0, MOST_HEADS)
    if not heads.names and heads.sound:
        section.problem("heads", "heads by queue, such as {billing: 10}")
    found = Backup(
        heads={skill: heads.get(skill, "0", number) for skill in named},
        delay_s=section.get("delay", "10m", values.pause),
        pace=section.get("pace", "1.2", values.between(0.1, 10)),
        provisioned=section.get("provisioned", "yes", values.yes_no),
        below=section.get("below", None, parse_share),
        threshold_s=section.get("within", "20s", values.duration),
        interval_s=section.get("interval", "15m", values.duration),
        intervals=section.get("intervals", "2", values.whole(1, 100)),
    )
    section.end()
    return found


def _ivr(mock: Section) -> Ivr | None:
    if not mock.has("ivr"):
        mock.known.add("ivr")
        return None
    section = mock.section("ivr", optional=True)
    contained = section.get("contained", "0%", parse_share)
    ports = section.get("ports", "1000", _CHANNELS)
    return Ivr(_handle_time(section, "60s", "0.7"), contained, ports)


def _callbacks(mock: Section, queues: int) -> Callbacks | None:
    if not mock.has("callbacks"):
        mock.known.add("callbacks")
        return None
    section = mock.section("callbacks", optional=True)
    found = Callbacks(
        within_s=section.get("within", "30m", values.duration),
        offered_at_s=section.get("offered_at", "2m", values.pause),
        reached=section.get("reached", "80%", parse_share),
        ring_s=section.get("ring", "20s", values.duration),
        attempts=section.get("attempts", "3", values.whole(1, 100)),
        retry_s=section.get("retry", "5m", values.duration),
    )
    section.end()
    if MOST_QUEUES_CALLED_BACK < queues <= MOST_QUEUES:
        want = f"at most {MOST_QUEUES_CALLED_BACK} where callers are called back"
        section.complain("", f"{queues} queues", want)
    return found


def _media(section: Section) -> Media:
    found = Media(
        codec=section.get("codec", "g711", values.one_of(*CODECS)),
        delay_ms=1000 * (section.get("delay", "60ms", values.pause) or 0.0),
        jitter_ms=1000 * (section.get("jitter", "5ms", values.pause) or 0.0),
        loss=section.get("loss", "0%", parse_share),
        varies=section.get("varies", "30%", parse_share),
    )
    section.end()
    return found


def _tickets(mock: Section) -> TicketHandling:
    section = mock.section("tickets", optional=True)
    clocks = section.section("clocks", optional=True)
    found = TicketHandling(
        work=_handle_time(mock.section("ticket_work", optional=True), "150s", "1.0"),
        pending=section.get("pending", "0%", parse_share),
        on_hold=section.get("on_hold", "0%", parse_share),
        third_party=_handle_time(section.section("third_party", optional=True), "4h", "1.0"),
        escalated=section.get("escalated", "0%", parse_share),
        silent_s=section.get("silent", "3d", values.duration),
        closes_s=section.get("closes", "4d", values.duration),
        clocks={name: _clock(clocks.section(name)) for name in clocks.only(PRIORITIES)},
    )
    section.end()
    if (found.pending or 0) + (found.on_hold or 0) + (found.escalated or 0) > 1 + 1e-9:
        section.complain("", "pending, on_hold and escalated over 100%", "a sum of 100% at most")
    return found


def _clock(section: Section) -> TicketClock:
    found = TicketClock(
        first_reply_s=section.get("first_reply", None, values.duration),
        next_reply_s=section.get("next_reply", None, values.duration),
        resolution_s=section.get("resolution", None, values.duration),
        business=section.get("business", "no", values.yes_no),
    )
    section.end()
    return found


def _lag(mock: Section) -> float | None:
    kinds = values.one_of("synchronous", "asynchronous")
    replication = mock.get("replication", "synchronous", kinds)
    lag_s = mock.get("replication_lag", "20s", values.pause)
    if replication == "synchronous" and mock.has("replication_lag"):
        mock.problem("replication_lag", "replication: asynchronous beside it, or no lag")
    return lag_s if replication == "asynchronous" else None


def _health_check(section: Section) -> HealthCheck:
    every_s = section.get("every", "2s", values.duration)
    fall = section.get("fall", "2", values.whole(1, 100))
    rise = section.get("rise", "2", values.whole(1, 100))
    section.end()
    return HealthCheck(every_s, fall, rise)


def _api(section: Section) -> Api:
    found = Api(
        token_life_wall_s=section.get("token_life", "10m", values.duration),
        per_minute=section.get("rate_limit", None, values.between(1, 100_000)),
        burst=section.get("burst", "100", values.whole(1, 100_000)),
        tls=section.get("tls", "no", values.yes_no),
        retries_wall_s=section.get("webhook_retries", ["1s", "5s", "30s", "2m"], values.durations),
    )
    section.end()
    return found


def _defects(section: Section, names: _Names) -> Defects:
    misroutes = section.section("misroutes", optional=True)
    set_by = section.section("sets_clock_by", optional=True)
    queue_of = {number: queue for queue, numbers in names.lines.items() for number in numbers}
    found = Defects(
        flatters_service_level=section.get("flatters_service_level", "0%", parse_share),
        hangs_up=section.get("hangs_up", "0%", parse_share),
        skips_agents=section.get("skips_agents", "0%", parse_share),
        slows_down_per_hour=section.get("slows_down_per_hour", "0%", parse_share),
        leaks_per_call_bytes=section.get("leaks_per_call_bytes", "0", values.whole(0, 10_000_000)),
        resets_wait=section.get("resets_wait", "no", values.yes_no),
        freezes_metrics_after_s=section.get("freezes_metrics_after", None, values.pause),
        sets_clock_after_s=section.get("sets_clock_after", None, values.pause),
        sets_clock_by={
            site: by
            for site in set_by.only(names.sites)
            if (by := set_by.get(site, "0", values.between(-86_400, 86_400)))
        },
        misroutes={
            line: misroutes.get(line, None, _of(names.queues - {queue_of[line]}))
            for line in misroutes.only(names.numbers)
        },
        forgets_tickets=section.get("forgets_tickets", "0%", parse_share),
        garbles_tickets=section.get("garbles_tickets", "0%", parse_share),
        loses_tickets_on_failover=section.get("loses_tickets_on_failover", "0%", parse_share),
        duplicates_tickets_on_failover=section.get(
            "duplicates_tickets_on_failover", "0%", parse_share
        ),
    )
    section.end()
    return found


def _of(queues: frozenset[str]) -> Callable[[Any], str]:
    """Return the parser of one of *queues*; there may be no other queue to name."""

    def parse(value: Any) -> str:
        if value not in tuple(queues):
            raise ValueError(_another_queue(queues))
        return str(value)

    return parse


def _another_queue(queues: frozenset[str]) -> str:
    return " or ".join(sorted(queues)) or "another queue, and there is none"
