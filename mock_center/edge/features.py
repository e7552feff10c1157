"""What a centre has been told to do, in words: its features, and its defects. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import NamedTuple

from mock_center.config import Centre
from mock_center.config.centre import Defects, Media, OnSiteLoss, QueueRule


class Feature(NamedTuple):
    """One thing that is on, and how."""

    name: str
    how: str


def features(centre: Centre) -> list[Feature]:
    """Return what is on, beside what every centre does."""
    return [Feature(name, how) for name, how in _features(centre)]


def defects(centre: Centre) -> list[Feature]:
    """Return what this centre does wrong on purpose; nothing for an honest one."""
    honest = Defects()
    return [
        Feature(_words(each.name), _value(each.name, found))
        for each in fields(Defects)
        if (found := getattr(centre.defects, each.name)) != getattr(honest, each.name)
    ]


def _features(centre: Centre) -> Iterator[tuple[str, str]]:
    yield from _hours(centre)
    yield from _calls(centre)
    yield from _people(centre)
    yield from _tickets(centre)
    yield from _carrier(centre)
    if centre.on_site_loss is OnSiteLoss.REQUEUE:
        yield "Site loss", "calls of a lost site are queued again at another"
    if centre.api.per_minute is not None:
        per_minute, burst = centre.api.per_minute, centre.api.burst
        yield "Rate limit", f"{per_minute:g} requests a minute, {burst} at once"
    if centre.api.tls:
        yield "TLS", "with a private certificate authority"


def _hours(centre: Centre) -> Iterator[tuple[str, str]]:
    if centre.hours.opening:
        yield "Opening hours", ", ".join(sorted(centre.hours.opening))
    if centre.hours.holidays:
        yield "Holidays", ", ".join(str(day) for day in sorted(centre.hours.holidays))


def _calls(centre: Centre) -> Iterator[tuple[str, str]]:
    if centre.ivr is not None:
        yield "Voice menu", f"{centre.ivr.contained:.0%} stay in it, {centre.ivr.ports} ports"
    if centre.callbacks is not None:
        yield "Callbacks", f"within {_span(centre.callbacks.within_s)}"
    for queue, rule in centre.queues.items():
        how = ", ".join(_rule(rule))
        if how:
            yield f"Queue {queue}", how
    calls = centre.calls
    if calls.held:
        yield "Hold", f"{calls.held:.0%} of calls"
    if calls.transferred:
        yield "Transfers", f"{calls.transferred:.0%} of calls"
    if calls.resolved < 1:
        yield "Resolution", f"{calls.resolved:.0%} of callers need not call again"
    if centre.support_requests:
        yield "Support requests", f"after {centre.support_requests:.0%} of solved tickets"


def _rule(rule: QueueRule) -> Iterator[str]:
    if rule.head_start_s:
        yield f"{_span(rule.head_start_s)} ahead of others"
    for step in rule.widening:
        yield f"agents of {' and '.join(step.skills)} after {_span(step.after_s)}"
    if rule.overflow is not None:
        yield f"overflows to {rule.overflow.to} after {_span(rule.overflow.after_s)}"
    if rule.longest_s is not None:
        yield f"disconnects after {_span(rule.longest_s)}"
    if rule.transfer_to is not None:
        yield f"transfers to {rule.transfer_to}"


def _people(centre: Centre) -> Iterator[tuple[str, str]]:
    if centre.ringing.pick_up is not None or centre.ringing.missed:
        yield "Ringing", f"{centre.ringing.missed:.0%} of offers are missed"
    for each in centre.breaks:
        yield "Breaks", f"{each.reason}, every {_span(each.every_s)}"
    if centre.experience.weeks:
        weeks = centre.experience.weeks.items()
        yield "New agents", ", ".join(f"{site} {found:g} weeks" for site, found in weeks)
    if centre.backup is not None:
        heads = ", ".join(f"{skill} {found}" for skill, found in centre.backup.heads.items())
        access = "" if centre.backup.provisioned else ", without access"
        yield "Backup pool", f"{heads}; there after {_span(centre.backup.delay_s)}{access}"


def _tickets(centre: Centre) -> Iterator[tuple[str, str]]:
    lag = "synchronous" if centre.lag_s is None else f"asynchronous, {_span(centre.lag_s)} behind"
    yield "Ticket replication", lag
    tickets = centre.tickets
    shares = {
        "pending": tickets.pending,
        "on hold": tickets.on_hold,
        "passed on": tickets.escalated,
    }
    how = ", ".join(f"{share:.0%} {name}" for name, share in shares.items() if share)
    if how:
        yield "Ticket life", how
    if tickets.clocks:
        yield "Ticket clocks", ", ".join(sorted(tickets.clocks))


def _carrier(centre: Centre) -> Iterator[tuple[str, str]]:
    trunks = {
        site: ", ".join(f"{name} {found}" for name, found in groups.items())
        for site, groups in centre.trunks.items()
        if len(groups) > 1
    }
    yield from _alike("Trunks", trunks, len(centre.trunks))
    shares = {
        line: ", ".join(f"{share:.0%} {site}" for site, share in shares.items())
        for line, shares in centre.split.items()
        if len(set(shares.values())) > 1
    }
    yield from _alike("Split at the start", shares, len(centre.split))
    media = centre.media
    if media != Media():
        network = (
            f"{media.delay_ms:g} ms, jitter {media.jitter_ms:g} ms, loss {100 * media.loss:g}%"
        )
        yield "Media", f"{media.codec}, {network}"


def _alike(name: str, hows: Mapping[str, str], of: int) -> Iterator[tuple[str, str]]:
    """Yield one feature if all *of* them have it, and in the same way; else one for each."""
    if len(hows) == of and len(set(hows.values())) == 1:
        yield name, next(iter(hows.values()))
    else:
        for where, how in hows.items():
            yield f"{name}, {where}", how


def _words(name: str) -> str:
    for unit in ("_s", "_bytes", "_per_hour"):
        name = name.removesuffix(unit)
    return name.replace("_", " ").capitalize()


def _value(name: str, found: object) -> str:
    if isinstance(found, Mapping):
        return ", ".join(f"{key} to {value}" for key, value in found.items())
    if found is True:
        return "yes"
    if name.endswith("_bytes"):
        return f"{found} bytes"
    if name.endswith("_s"):
        return _span(float(str(found)))
    return f"{float(str(found)):.3g}" if name.endswith("_hour") else f"{float(str(found)):.0%}"


def _span(seconds: float) -> str:
    """Return centre seconds as people write them: ``90 s``, ``10 min``, ``4 h``, ``3 d``."""
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} s"
