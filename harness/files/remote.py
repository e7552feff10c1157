"""Where a target that somebody else runs answers, and what it takes: part of its profile."""

from collections.abc import Mapping
from pathlib import Path

from harness.files import guard, login, metrics, values
from harness.files.fields import Fields, items_of, parsed
from harness.files.problems import shortened
from harness.model.contact import Stream
from harness.model.target import Caps, Remote

EXAMPLES = {
    "edge": "edge: http://127.0.0.1:8080",
    "sites": "sites: {north: http://127.0.0.1:8081, south: http://127.0.0.1:8082}",
    "authentication": login.EXAMPLE,
    "offers": "offers: [calls, tickets]",
    "lines": 'lines: {billing: ["+441632960101"]}',
    "metrics": metrics.EXAMPLE,
    "caps": "caps: {requests_per_s: 50, concurrent: 200, writes: 5000, run: 2h}",
    "ca_file": "ca_file: provider_ca.pem",
    "admin": "admin: {failover: http://127.0.0.1:8090}",
    "guard": guard.EXAMPLE,
}
"""The keys of a profile that are for a target we did not start, and no other."""
_CAPS = {
    "requests_per_s": "requests_per_s: 50",
    "concurrent": "concurrent: 200",
    "writes": "writes: 5000",
    "run": "run: 2h",
}
_MOST = 1_000_000


def read_remote(fields: Fields, folder: Path) -> Remote | None:
    """Return where the target answers that *fields* describe; None if a part of it is wrong.

    Files are named relative to *folder*.
    """
    edge = fields.value("edge", values.base_url)
    sites = _named(fields, "sites")
    offers = _offers(fields)
    lines = _lines(fields)
    caps = _caps(fields)
    ca_file = fields.file("ca_file", folder) if "ca_file" in fields else Path()
    signed_in = login.read_login(fields, folder)
    guarded = guard.read_guard(fields, folder) if "guard" in fields else None
    told = metrics.read_metrics(fields, folder) if "metrics" in fields else None
    if not edge or not sites or not offers or ca_file is None or signed_in is None:
        return None
    return Remote(
        edge,
        sites,
        signed_in,
        offers=offers,
        lines=lines,
        metrics=told,
        caps=caps,
        ca_file="" if ca_file == Path() else str(ca_file),
        guard=guarded,
        admin=_named(fields, "admin") if "admin" in fields else {},
    )


def _named(fields: Fields, key: str) -> dict[str, str]:
    """Return the addresses under *key*, by name."""
    found = {
        name: parsed(entry.value, values.base_url, fields.problems, key=name)
        for name, entry in fields.table(key).items()
        if parsed(entry.key, values.name, fields.problems)
    }
    return {name: url for name, url in found.items() if url}


def _offers(fields: Fields) -> tuple[Stream, ...]:
    """Return the streams that the target takes: all unless it says which."""
    if "offers" not in fields:
        return tuple(Stream)
    items = fields.listing("offers")
    found = [parsed(item, values.member(Stream), fields.problems) for item in items]
    return tuple(stream for stream in Stream if stream in found)


def _lines(fields: Fields) -> dict[str, tuple[str, ...]]:
    """Return the numbers that reach the target, by queue; empty if it does not say."""
    if "lines" not in fields:
        return {}
    found = {}
    for queue, entry in fields.table("lines").items():
        parsed(entry.key, values.name, fields.problems)
        items = items_of(entry, EXAMPLES["lines"], fields.problems)
        numbers = [parsed(item, values.phone_number, fields.problems) for item in items]
        found[queue] = tuple(number for number in numbers if number)
    return found


def _caps(fields: Fields) -> Caps:
    own = fields.inner("caps", _CAPS) if "caps" in fields else None
    if own is None:
        return Caps()
    rate = own.value_or("requests_per_s", values.number(0.1, _MOST), default=None)
    concurrent = own.value_or("concurrent", values.number(1, _MOST), default=None)
    writes = own.value_or("writes", values.number(1, _MOST), default=None)
    return Caps(
        rate,
        None if concurrent is None else int(concurrent),
        None if writes is None else int(writes),
        own.value_or("run", values.duration, default=None),
    )


def check_sites(fields: Fields, sites: Mapping[str, str], staffed: Mapping[str, object]) -> None:
    """Tell a problem for every site that is staffed and is none of the target's *sites*."""
    for site in staffed:
        if sites and site not in sites:
            found = f"staffing of {shortened(site)}, which is not in 'sites'"
            fields.problem("staffing", found=found, want=f"one of {', '.join(sites)}")
