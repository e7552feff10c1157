"""A KPI written for Prometheus, from the same expression that the exact figure is counted from.

Prometheus' ``increase()`` extrapolates to the borders of its window, so its figure wanders around
the exact one, the more the fewer scrapes there are: panels and alerts use it, gates never do. It
does not see contacts that are still waiting, nor what a killed process had counted last.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.kpi.expression import (
    Expression,
    Labels,
    Last,
    Peak,
    Quantile,
    Ratio,
    Rise,
    Share,
    Sum,
    Term,
    Total,
)

DASHBOARD_WINDOW = "$__range"
_PLAIN = re.compile(r"[A-Za-z0-9_:./ -]*")


@dataclass(frozen=True, slots=True)
class RecordingRule:
    """One recording rule: the name it records under, and what."""

    record: str
    expr: str


def promql(
    expression: Expression,
    *,
    window: str = DASHBOARD_WINDOW,
    of: Mapping[str, str] | None = None,
    by: Sequence[str] = (),
    also: str = "",
) -> str:
    """Return *expression* in PromQL.

    Args:
        expression: what to compute.
        window: the range it is computed over, such as ``5m``; a dashboard's own by default.
        of: labels that every series has to carry, such as the queue.
        by: labels to compute it for one by one.
        also: a matcher to put into every selector as it is, such as ``site=~"$site"``.
    """
    write = _Writer(window, tuple((of or {}).items()), tuple(by), also)
    match expression:
        case Share(one, other) | Ratio(one, other):
            return f"{write.operand(one)} / {write.operand(other)}"
        case Total(each):
            return write.sum_of(each)
        case Quantile(histogram, q, labels):
            inner = write.increase(f"{histogram}_bucket", labels, by=("le",))
            return f"histogram_quantile({q:g}, {inner})"
        case Peak(gauge, labels):
            return write.aggregate("max", f"max_over_time({write.over(gauge, labels)})")
        case Last(gauge, labels):
            return write.aggregate("sum", f"last_over_time({write.over(gauge, labels)})")


def recording_rule(
    name: str,
    expression: Expression,
    *,
    window: str,
    of: Mapping[str, str] | None = None,
    by: Sequence[str] = (),
) -> RecordingRule:
    """Return the rule that records *expression* as ``cc:<name>:rate5m``, by Prometheus' custom.

    The level says what it is still divided by: ``cc_queue:service_level_20s:rate5m``.
    """
    level = "_".join(["cc", *by])
    kept = re.sub(r"[^a-zA-Z0-9_]", "_", name)
    return RecordingRule(
        f"{level}:{kept}:rate{window}", promql(expression, window=window, of=of, by=by)
    )


@dataclass(frozen=True, slots=True)
class _Writer:
    window: str
    of: Labels
    by: tuple[str, ...]
    also: str

    def operand(self, each: Sum) -> str:
        text = self.sum_of(each)
        return f"({text})" if len(each.plus) + len(each.minus) > 1 else text

    def sum_of(self, each: Sum) -> str:
        text = " + ".join(map(self.term, each.plus))
        return "".join([text, *(f" - {self.term(term)}" for term in each.minus)])

    def term(self, term: Term) -> str:
        if isinstance(term, Rise):
            return self.increase(term.metric, term.labels)
        return self.increase(term.metric, (*term.labels, ("le", _edge(term.bound))))

    def increase(self, metric: str, labels: Labels, *, by: tuple[str, ...] = ()) -> str:
        return self.aggregate("sum", f"increase({self.over(metric, labels)})", by=by)

    def aggregate(self, how: str, inner: str, *, by: tuple[str, ...] = ()) -> str:
        kept = (*by, *self.by)
        return f"{how} by ({', '.join(kept)}) ({inner})" if kept else f"{how}({inner})"

    def over(self, metric: str, labels: Labels) -> str:
        matchers = [_matches(label, pattern) for label, pattern in labels]
        matchers += [f'{label}="{quoted(value)}"' for label, value in self.of]
        inside = ", ".join([*matchers, *([self.also] if self.also else [])])
        return f"{metric}{{{inside}}}[{self.window}]" if inside else f"{metric}[{self.window}]"


def _matches(label: str, pattern: str) -> str:
    if _PLAIN.fullmatch(pattern) and "." not in pattern:
        return f'{label}="{pattern}"'
    return f'{label}=~"{quoted(pattern)}"'


def _edge(bound: float) -> str:
    """Return a pattern for a bucket's edge: ``20`` by some clients, ``20.0`` by others."""
    if bound == int(bound):
        return rf"{int(bound)}(\.0)?"
    return f"{bound!r}".replace(".", "\\.")


def quoted(text: str) -> str:
    """Return *text* as it stands between the double quotes of a matcher."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
