"""Where a provider's own figures are read, and what it calls them: part of its profile."""

import re
from pathlib import Path

from harness.files import login, values
from harness.files.document import Entry, Table, Text
from harness.files.fields import Fields, described, fields_of, parsed
from harness.model.target import PROMETHEUS, Metrics, Prometheus, Renamed

EXAMPLE = "metrics: {sources: {edge: http://127.0.0.1:8080/metrics}}"
_METRICS = {
    "sources": "sources: {edge: http://127.0.0.1:8080/metrics}",
    "names": "names: {cc_ticket_first_reply_seconds: desk_first_answer_seconds}",
    "prometheus": "prometheus: {url: http://127.0.0.1:9090, inputs: {cc_calls_queued_total: "
    "sum by (queue) (acd_offered_total)}}",
    "authentication": login.EXAMPLE,
}
_RENAMED = {
    "name": "name: desk_first_answer_milliseconds",
    "labels": "labels: {priority: urgency}, our name first",
    "values": "values: {priority: {P1: critical}}, our value first",
    "added": "added: {site: north}",
    "times": "times: 0.001",
}
_PROMETHEUS = {
    "url": "url: http://127.0.0.1:9090",
    "inputs": "inputs: {cc_calls_queued_total: sum by (queue) (acd_offered_total)}",
    "scrape_interval": "scrape_interval: 15s",
}
_SERIES = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_series = login.text_like(_SERIES, "the name of a metric")
_label = login.text_like(_LABEL, "the name of a label")


def read_metrics(fields: Fields, folder: Path) -> Metrics | None:
    """Return where the provider's figures are, as *fields* say under ``metrics``; None if wrong."""
    own = fields.inner("metrics", _METRICS)
    if own is None:
        return None
    if "sources" not in own and "prometheus" not in own:
        want = "pages to read under 'sources', a server under 'prometheus', or no 'metrics' at all"
        fields.problem("metrics", found="metrics without a source", want=want)
    sources = _sources(own) if "sources" in own else {}
    return Metrics(
        sources,
        _names(own) if "names" in own else None,
        _prometheus(own) if "prometheus" in own else None,
        login.read_login(own, folder) if "authentication" in own else None,
    )


def _sources(own: Fields) -> dict[str, str]:
    found = {}
    for source, entry in own.table("sources").items():
        if source == PROMETHEUS:
            want = "another name: this one is the Prometheus server's"
            own.problems.add(entry.key.place, found=f"a source called {PROMETHEUS}", want=want)
        parsed(entry.key, values.name, own.problems)
        found[source] = parsed(entry.value, values.base_url, own.problems, key=source)
    return {source: url for source, url in found.items() if url}


def _names(own: Fields) -> dict[str, Renamed]:
    found = {ours: _renamed(entry, own) for ours, entry in own.table("names").items()}
    return {ours: renamed for ours, renamed in found.items() if renamed}


def _renamed(entry: Entry, own: Fields) -> Renamed | None:
    """Return what stands for one of our metrics: a name alone, or a table."""
    if isinstance(entry.value, Text):
        name = parsed(entry.value, _series, own.problems, key=entry.key.text)
        return Renamed(name) if name else None
    fields = fields_of(entry.value, of=entry.key.text, examples=_RENAMED, problems=own.problems)
    if fields is None:
        return None
    name = fields.value("name", _series)
    times = fields.value_or("times", values.number(1e-9, 1e9), default=1.0)
    values_of = {}
    if "values" in fields:
        values_of = {label: _texts(each, own) for label, each in fields.table("values").items()}
    return Renamed(
        name or "",
        _labels(fields, "labels"),
        values_of,
        _labels(fields, "added", of_names=False),
        times or 1.0,
    )


def _labels(fields: Fields, key: str, *, of_names: bool = True) -> dict[str, str]:
    if key not in fields:
        return {}
    found = {}
    for ours, entry in fields.table(key).items():
        parsed(entry.key, _label, fields.problems)
        parse = _label if of_names else values.text
        found[ours] = parsed(entry.value, parse, fields.problems, key=ours) or ""
    return found


def _texts(entry: Entry, own: Fields) -> dict[str, str]:
    if not isinstance(entry.value, Table):
        found = described(entry.value, entry.key.text)
        own.problems.add(entry.key.place, found=found, want=_RENAMED["values"])
        return {}
    texts = {
        ours: parsed(each.value, values.text, own.problems, key=ours)
        for ours, each in entry.value.entries.items()
    }
    return {ours: theirs for ours, theirs in texts.items() if theirs}


def _prometheus(own: Fields) -> Prometheus | None:
    fields = own.inner("prometheus", _PROMETHEUS)
    if fields is None:
        return None
    url = fields.value("url", values.base_url)
    inputs = {
        ours: parsed(entry.value, values.text, own.problems, key=ours) or ""
        for ours, entry in fields.table("inputs").items()
    }
    every_s = fields.value_or("scrape_interval", values.duration, default=15.0)
    return Prometheus(url, inputs, every_s) if url and every_s else None
