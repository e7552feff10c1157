"""What a dashboard is made of, and the selectors that its queries are written with. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from harness.kpi.catalogue import CATALOGUE, Question
from harness.kpi.promql import quoted
from harness.model.sla import Formula, Sla, Unit
from harness.model.units import format_duration
from reports.rules import questions

EVERYWHERE = 'job=~"$job", instance=~"$instance", run=~"$run"'
"""What every selector of every panel carries."""
VARIABLES = ("queue", "line", "site")
"""The labels that can be chosen from at the top of a dashboard, beside run, job and instance."""
UNITS = {Unit.SHARE: "percentunit", Unit.SECONDS: "s", Unit.COUNT: "none", Unit.SCORE: "none"}
SPEED = 'scalar(max(harness_speed{job=~".+", instance=~".+", run=~"$run"}))'
"""Centre seconds per wall second: rates are divided by it, of whichever instance they are."""


class Sort(StrEnum):
    """How a panel shows its queries, by Grafana's own names."""

    LINES = "timeseries"
    TILES = "stat"
    STATES = "state-timeline"


@dataclass(frozen=True, slots=True)
class Query:
    """One query of a panel; its legend is made from the labels in double braces."""

    expr: str
    legend: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel. ``about`` is its description, ``words`` are what the values of a state mean.

    What may have nothing to show says when: ``Empty until a ticket was solved.``
    """

    title: str
    about: str
    unit: str
    queries: tuple[Query, ...]
    sort: Sort = Sort.LINES
    width: int = 8
    height: int = 8
    words: tuple[tuple[str, str], ...] = ()
    """Each a word and a colour: that of 0, of 1 and so on."""
    interval: str = ""
    """The least distance between two points; Grafana's choice if empty."""
    beyond_one: bool = False
    """Whether a share may be more than one: a process on several cores."""


@dataclass(frozen=True, slots=True)
class Row:
    """A heading and the panels below it."""

    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """One dashboard. ``one_run``: it shows one run, the newest; else what has none, or one."""

    uid: str
    title: str
    about: str
    rows: tuple[Row, ...]
    one_run: bool = True
    since: str = "now-1h"
    refresh: str = "5s"
    windows: tuple[str, ...] = ("1m", "10s", "30s", "5m", "30m", "1d")
    texts: tuple[tuple[str, str, str], ...] = field(default=())
    """Fields to fill in: name, label and default."""


YES_NO = (("no", "blue"), ("yes", "orange"))
UP_DOWN = (("down", "red"), ("up", "green"))
DECISIONS = (("none", "gray"), ("GO", "green"), ("NO-GO", "red"), ("INCONCLUSIVE", "blue"))
STATUSES = (
    ("none", "gray"),
    ("pass", "green"),
    ("waived", "gray"),
    ("warn", "yellow"),
    ("inconclusive", "blue"),
    ("fail", "red"),
)
"""The gravest last: of several that share a row the highest is shown."""


def own(metric: str, matchers: str = "") -> str:
    """Return the selector of one of our own series, and more *matchers* if there are any."""
    more = f", {matchers}" if matchers else ""
    return f"{metric}{{{EVERYWHERE}{more}}}"


def is_exactly(label: str, value: str) -> str:
    """Return the matcher for *value*, whatever it holds; Grafana takes a ``$`` for a variable."""
    return f'{label}="{quoted(value)}"'.replace("$", "\\x24")


def theirs(metric: str, labels: Sequence[str] = (), matchers: str = "") -> str:
    """Return the selector of a centre's series, narrowed by its *labels* that can be chosen."""
    chosen = "".join(f', {label}=~"${label}"' for label in labels)
    more = f", {matchers}" if matchers else ""
    return f"{metric}{{{EVERYWHERE}{chosen}{more}}}"


def rate(selector: str, *by: str) -> str:
    """Return by how much a counter rises in a second of the clock, summed by *by*."""
    how = f"sum by ({', '.join(by)})" if by else "sum"
    return f"{how} (rate({selector}[$__rate_interval]))"


def per_hour(selector: str, *by: str) -> str:
    """Return by how much a counter rises in an hour of the centre."""
    return f"{rate(selector, *by)} * 3600 / {SPEED}"


def p95(histogram: str, labels: Sequence[str] = (), *by: str) -> str:
    """Return the 95th percentile of a centre's *histogram*, by *by*."""
    inner = rate(theirs(f"{histogram}_bucket", labels), "le", *by)
    return f"histogram_quantile(0.95, {inner})"


def provider(name: str, sla: Sla, *by: str, window: str = "$window") -> Iterator[tuple[str, str]]:
    """Yield the KPI *name* as the provider's metrics tell it, in each way in which *sla* asks it.

    Beside each query stands what tells it from the others, to end its legend: `` within 15m``;
    nothing if there is but one.
    """
    kpi = CATALOGUE[name]
    chosen = "".join(f', {label}=~"${label}"' for label in VARIABLES if label in kpi.labels)
    found: dict[str, str] = {}
    for asked in questions(kpi, sla):
        text = kpi.promql(asked, window=window, by=by, also=EVERYWHERE + chosen)
        assert text is not None, name
        found.setdefault(text, _apart(asked, by))
    yield from found.items() if len(found) > 1 else ((text, "") for text in found)


def _apart(asked: Question, by: Sequence[str]) -> str:
    """Return what is particular to *asked*, each part after a blank."""
    parts = (
        asked.priority if "priority" not in by else None,
        None if asked.threshold_s is None else f"within {format_duration(asked.threshold_s)}",
        None if asked.formula is Formula.OFFERED else asked.formula.value,
    )
    return "".join(f" {part}" for part in parts if part)


def kpi_lines(name: str, sla: Sla, *by: str, width: int = 8, empty: str = "") -> Panel:
    """Return the panel of a KPI: the provider's figure, the callers' own, and the SLA's limits."""
    kpi = CATALOGUE[name]
    legend = " ".join(f"{{{{{label}}}}}" for label in by) or "all"
    queries = [Query(expr, f"provider {legend}{apart}") for expr, apart in provider(name, sla, *by)]
    if any(objective.kpi == name for objective in sla.objectives):
        of = f'kpi="{name}", aspect="value"'
        value = own("harness_kpi_value", of + ', view="callers"')
        limit = own("harness_kpi_limit", of)
        queries += [
            Query(f"max by (scope) ({value})", "callers {{scope}}"),
            Query(f"max by (scope, limit) ({limit})", "{{limit}} {{scope}}"),
        ]
    about = f"{kpi.definition} Source: {kpi.source}."
    return Panel(kpi.title, _about(about, empty), UNITS[kpi.unit], tuple(queries), width=width)


def statuses(matchers: str = "") -> str:
    """Return the status of each objective as a number: its place in ``STATUSES``.

    Of several phases or goals the gravest.
    """
    each = [
        f"{number} * " + own("harness_objective_status", _joined(f'status="{word}"', matchers))
        for number, (word, _) in enumerate(STATUSES)
        if number
    ]
    return f"max by (kpi, scope, view, aspect) ({' or '.join(each)})"


def titled(rows: Iterable[tuple[str, Iterable[Panel]]]) -> tuple[Row, ...]:
    """Return *rows* of a heading and panels each."""
    return tuple(Row(title, tuple(panels)) for title, panels in rows)


def _joined(*matchers: str) -> str:
    return ", ".join(filter(None, matchers))


def _about(about: str, empty: str) -> str:
    return f"{about} Empty {empty}." if empty else about
