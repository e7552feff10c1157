"""Where a provider's own figures are read, and what it calls them: part of its profile."""

from pathlib import Path

from harness.files import login, values
from harness.files.document import Entry, Table, Text
from harness.files.fields import A_TABLE, Fields, Key, Keys, described, fields_of, parsed
from harness.model.target import PROMETHEUS, Metrics, Prometheus, Renamed

EXAMPLE = "metrics: {sources: {edge: http://127.0.0.1:8080/metrics}}"
_series = values.text_like(r"[a-zA-Z_:][a-zA-Z0-9_:]*", "the name of a metric")
_label = values.text_like(r"[a-zA-Z_][a-zA-Z0-9_]*", "the name of a label")
METRICS: Keys = {
    "sources": Key(
        "sources: {edge: http://127.0.0.1:8080/metrics}",
        "Pages in Prometheus's format, by the name of the source.",
        "a table: source, then an address",
        default="`sources` or `prometheus`",
    ),
    "names": Key(
        "names: {cc_ticket_first_reply_seconds: desk_first_answer_seconds}",
        "What the provider calls our metrics; one that nobody names is dropped.",
        "a table: our metric, then its name there, or a table",
        default="our own names",
    ),
    "prometheus": Key(
        "prometheus: {url: http://127.0.0.1:9090, inputs: {cc_calls_queued_total: "
        "sum by (queue) (acd_offered_total)}}",
        "A Prometheus server that is asked instead.",
        A_TABLE,
        default="`sources` or `prometheus`",
    ),
    "authentication": Key(
        login.EXAMPLE, "How those sign in who read them.", A_TABLE, default="none"
    ),
}
RENAMED: Keys = {
    "name": Key(
        "name: desk_first_answer_milliseconds",
        "The provider's metric; of a histogram, without `_bucket`.",
        _series,
    ),
    "labels": Key(
        "labels: {priority: urgency}, our name first",
        "What it calls our labels.",
        "a table: our label, then theirs",
        default="",
    ),
    "values": Key(
        "values: {priority: {P1: critical}}, our value first",
        "What it calls the values of our labels.",
        "a table: our label, then our value, then theirs",
        default="",
    ),
    "added": Key(
        "added: {site: north}",
        "A label that its series lack.",
        "a table: our label, then its value",
        default="",
    ),
    "times": Key(
        "times: 0.001",
        "So many of ours is one of theirs; bounds and sums too, counts not.",
        values.number(1e-9, 1e9),
        default="1",
    ),
}
PROMETHEUS_KEYS: Keys = {
    "url": Key("url: http://127.0.0.1:9090", "Where it answers.", values.base_url),
    "inputs": Key(
        "inputs: {cc_calls_queued_total: sum by (queue) (acd_offered_total)}",
        "PromQL for each series that KPIs are made of.",
        "a table: our metric, then a query",
    ),
    "scrape_interval": Key(
        "scrape_interval: 15s",
        "How often it scrapes: a phase's figures are blurred by as much at either end.",
        values.duration,
        default="15s",
    ),
}


def read_metrics(fields: Fields, folder: Path) -> Metrics | None:
    """Return where the provider's figures are, as *fields* say under ``metrics``; None if wrong."""
    own = fields.inner("metrics", METRICS)
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
    fields = fields_of(entry.value, of=entry.key.text, keys=RENAMED, problems=own.problems)
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
        own.problems.add(entry.key.place, found=found, want=RENAMED["values"].example)
        return {}
    texts = {
        ours: parsed(each.value, values.text, own.problems, key=ours)
        for ours, each in entry.value.entries.items()
    }
    return {ours: theirs for ours, theirs in texts.items() if theirs}


def _prometheus(own: Fields) -> Prometheus | None:
    fields = own.inner("prometheus", PROMETHEUS_KEYS)
    if fields is None:
        return None
    url = fields.value("url", values.base_url)
    inputs = {
        ours: parsed(entry.value, values.text, own.problems, key=ours) or ""
        for ours, entry in fields.table("inputs").items()
    }
    every_s = fields.value_or("scrape_interval", values.duration, default=15.0)
    return Prometheus(url, inputs, every_s) if url and every_s else None
