"""Where a target that somebody else runs answers, and what it takes: part of its profile."""

from collections.abc import Callable, Mapping
from pathlib import Path

from harness.files import guard, login, metrics, values
from harness.files.fields import A_FILE, A_TABLE, Fields, Key, Keys, parsed
from harness.files.phone_numbers import numbers_by_queue
from harness.files.problems import shortened
from harness.model.contact import Stream
from harness.model.target import Caps, Remote

_MOST = 1_000_000
WITH_EDGE = "needed with `edge`"
KEYS: Keys = {
    "edge": Key(
        "edge: http://127.0.0.1:8080",
        "Where the provider's public API answers.",
        values.base_url,
        default="`mock` or `edge`",
    ),
    "sites": Key(
        "sites: {north: http://127.0.0.1:8081, south: http://127.0.0.1:8082}",
        "Its sites, and where each answers; none is called `edge`.",
        "a table: site, then an address",
        default=WITH_EDGE,
    ),
    "authentication": Key(
        login.EXAMPLE,
        "How we sign in; secrets are named, never written.",
        A_TABLE,
        default=WITH_EDGE,
    ),
    "offers": Key(
        "offers: [calls, tickets]",
        "What it takes; of what it does not offer nothing is sent.",
        "a list of `calls` and `tickets`",
        default="both",
    ),
    "lines": Key(
        'lines: {billing: ["+441632960101"]}',
        "The numbers that reach it, each once; a scenario dials no other.",
        "a table: queue, then a list of numbers",
        default="",
    ),
    "metrics": Key(
        metrics.EXAMPLE,
        "Where its own figures are, and what it calls them.",
        A_TABLE,
        default="callers alone decide",
    ),
    "caps": Key(
        "caps: {requests_per_s: 50, concurrent: 200, writes: 5000, run: 2h}",
        "What generator and probes keep to, together.",
        A_TABLE,
        default="",
    ),
    "ca_file": Key(
        "ca_file: provider_ca.pem",
        "The authority that its certificates are checked against.",
        A_FILE,
        default="those of this machine",
    ),
    "admin": Key(
        "admin: {failover: http://127.0.0.1:8090}",
        "Where faults of kind `http` may be ordered.",
        "a table: name, then an address",
        default="",
    ),
    "guard": Key(
        guard.EXAMPLE,
        "How it proves that it is no production system: [the guard](../guard.md).",
        A_TABLE,
        default="needed unless on this machine",
    ),
}
"""The keys of a profile that are for a target we did not start, and no other."""
CAPS: Keys = {
    "requests_per_s": Key(
        "requests_per_s: 50", "Requests a wall second.", values.number(0.1, _MOST), default=""
    ),
    "concurrent": Key(
        "concurrent: 200", "Requests under way at a time.", values.whole(1, _MOST), default=""
    ),
    "writes": Key(
        "writes: 5000", "Calls placed and tickets written.", values.whole(1, _MOST), default=""
    ),
    "run": Key("run: 2h", "How long a run may take, in wall time.", values.duration, default=""),
}


def read_remote(fields: Fields, folder: Path) -> Remote | None:
    """Return where the target answers that *fields* describe; None if a part of it is wrong.

    Files are named relative to *folder*.
    """
    edge = fields.value("edge", values.base_url)
    sites = _named(fields, "sites", values.site)
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


def _named(fields: Fields, key: str, name_of: Callable[[str], str] = values.name) -> dict[str, str]:
    """Return the addresses under *key*, by name."""
    found = {
        name: parsed(entry.value, values.base_url, fields.problems, key=name)
        for name, entry in fields.table(key).items()
        if parsed(entry.key, name_of, fields.problems)
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
    queues = fields.table("lines")
    for queue in queues.values():
        parsed(queue.key, values.name, fields.problems)
    return numbers_by_queue(queues, fields.problems)


def _caps(fields: Fields) -> Caps:
    own = fields.inner("caps", CAPS) if "caps" in fields else None
    if own is None:
        return Caps()
    return Caps(
        own.value_or("requests_per_s", values.number(0.1, _MOST), default=None),
        own.value_or("concurrent", values.whole(1, _MOST), default=None),
        own.value_or("writes", values.whole(1, _MOST), default=None),
        own.value_or("run", values.duration, default=None),
    )


def check_sites(fields: Fields, sites: Mapping[str, str], staffed: Mapping[str, object]) -> None:
    """Tell a problem for every site that is staffed and is none of the target's *sites*."""
    for site in staffed:
        if sites and site not in sites:
            found = f"staffing of {shortened(site)}, which is not in 'sites'"
            fields.problem("staffing", found=found, want=f"one of {', '.join(sites)}")
