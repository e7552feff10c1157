"""What a provider's Prometheus has seen of a stretch of time, as the KPIs want it.

Counters by how much they rose, gauges by their highest or last value. A provider that calls things
by other names says so in a target profile, as for a rehearsal. Series of rehearsals are left out.
"""

import asyncio
from collections.abc import Iterable, Mapping

from harness.errors import Problem, UsageError
from harness.kpi.increase import Increase
from harness.model.own_metrics import RUN
from harness.model.sample import Series
from harness.model.target import Metrics, Renamed, family
from harness.scrape.prometheus import vector
from harness.scrape.queries import Queries
from harness.scrape.translation import Translation

_APART = "instance, job, pod"
"""What one counter is kept apart by that says nothing of the service."""
_OVER = {
    "increase": ("sum", "increase"),
    "max": ("max", "max_over_time"),
    "last": ("sum", "last_over_time"),
}


async def seen(
    queries: Queries,
    needed: Mapping[str, str],
    *,
    over_s: float,
    at: float,
    run: str = "",
    metrics: Metrics | None = None,
) -> Increase:
    """Return what happened in the *over_s* seconds before *at* (epoch seconds).

    Args:
        queries: the server to ask.
        needed: the series that KPIs read, and what is wanted of each.
        over_s: how far back to look.
        at: until when.
        run: whose series: empty for the real centre's, which have none.
        metrics: what the provider calls things; None: as we do.

    Raises:
        UsageError: the server does not answer, or what it says is no answer to this.
    """
    known = metrics or Metrics()
    asked = [(name, how, _query(name, how, over_s, run, known)) for name, how in needed.items()]
    answers = await asyncio.gather(*(queries.ask(query, at) for _, _, query in asked))
    rises: dict[Series, float] = {}
    peaks: dict[Series, float] = {}
    lasts: dict[Series, float] = {}
    for (name, how, query), answer in zip(asked, answers, strict=True):
        into = {"increase": rises, "max": peaks, "last": lasts}[how]
        into |= _ours(name, query, answer, known)
    # A gauge is found by its last value too; of one whose peak is wanted nothing else is known.
    return Increase(rises, peaks, {**peaks, **lasts})


def _query(name: str, how: str, over_s: float, run: str, metrics: Metrics) -> str:
    together, over = _OVER[how]
    window = f"{over_s:.0f}s"
    inputs = metrics.prometheus.inputs if metrics.prometheus is not None else {}
    if name in inputs:
        assert metrics.prometheus is not None
        step = f"{metrics.prometheus.scrape_every_s:.0f}s"
        return f"{over}(({inputs[name]})[{window}:{step}])"
    theirs = _their_name(name, metrics.names)
    return f'{together} without ({_APART}) ({over}({theirs}{{{RUN}="{run}"}}[{window}]))'


def _their_name(name: str, names: Mapping[str, Renamed] | None) -> str:
    if names is None or family(name) not in names:
        return name
    return names[family(name)].name + name.removeprefix(family(name))


def _ours(name: str, query: str, answer: object, metrics: Metrics) -> dict[Series, float]:
    inputs = metrics.prometheus.inputs if metrics.prometheus is not None else {}
    theirs = name if name in inputs else _their_name(name, metrics.names)
    values = vector(theirs, answer)
    if values is None:
        want = f"a vector of series, as Prometheus answers to {query}"
        raise UsageError([Problem("--prometheus", repr(answer)[:80], want)])
    if metrics.names is None or name in inputs:
        return values
    translated = Translation(metrics.names).ours(values)
    return {series: value for series, value in translated.items() if series.name == name}


def unknown(needed: Iterable[str], found: Increase) -> tuple[str, ...]:
    """Return those of *needed* that the server knows nothing of, in order."""
    there = {series.name for series in (*found.by_series, *found.last_of)}
    return tuple(dict.fromkeys(name for name in needed if name not in there))
