"""Two histories of a provider's pages that went through the loss of a site and its return.

One was recorded: ``tests/e2e/small_rehearsal.py`` at speed 20, cut down to the metrics that KPIs
read. The other is made up from a seed: it has every metric of the catalogue, those too that no
provider of ours shows yet.
"""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from random import Random

from harness.kpi.catalogue import TICKET_BOUNDS, WAIT_BOUNDS
from harness.kpi.increase import Increase, Window, increases
from harness.model.sample import Scrape, Series
from tests.fakes import series, told_of

_RECORDED = Path(__file__).parent / "recorded_failover.json.gz"


@dataclass(frozen=True)
class Phase:
    """A loaded phase: its name, and the stretch between its borders."""

    name: str
    window: Window


@dataclass(frozen=True)
class History:
    """What was read of every source; times in whole milliseconds, as Prometheus keeps them."""

    name: str
    phases: tuple[Phase, ...]
    sources: dict[str, tuple[Scrape, ...]]

    def exact(self) -> tuple[Increase, ...]:
        """Return the exact increase in each phase."""
        return increases(
            map(told_of, self.sources.values()), [phase.window for phase in self.phases]
        )

    def span_s(self, phase: Phase) -> tuple[float, float]:
        """Return the moments at which the last source was read for the phase's two borders."""
        return self.read_by(phase.window.start_s), self.read_by(phase.window.end_s)

    def read_by(self, border_s: float) -> float:
        """Return when the last source was read for a border."""
        at = [
            next((s.at_s for s in scrapes if s.ok and s.at_s >= border_s), border_s)
            for scrapes in self.sources.values()
        ]
        return max(at)


@cache
def recorded() -> History:
    """Return the recorded history."""
    read = json.loads(gzip.decompress(_RECORDED.read_bytes()))
    sources = {}
    for source, kept in read["sources"].items():
        names = [Series(name, tuple(map(tuple, labels))) for name, labels in kept["series"]]
        sources[source] = tuple(
            Scrape(
                source,
                at_s,
                bool(ok),
                {s: v for s, v in zip(names, row, strict=True) if v is not None},
                border,
            )
            for at_s, ok, border, row in kept["scrapes"]
        )
    phases = tuple(
        Phase(name, Window(start_s, end_s))
        for name, kind, start_s, end_s in read["phases"]
        if kind != "lines"
    )
    return _read_once_at_borders(History("recorded", phases, sources))


def _read_once_at_borders(history: History) -> History:
    """Return *history* without the readings between a border's own ones.

    A judge looks at one moment for all sources, after the last of them was read for a border: one
    that was read again by then would show it more than we count.
    """
    borders = {b for p in history.phases for b in (p.window.start_s, p.window.end_s)}
    left_out = [
        (scrape.source, scrape.at_s)
        for border_s in borders
        for scrapes in history.sources.values()
        for first_s in [next(s.at_s for s in scrapes if s.ok and s.at_s >= border_s)]
        for scrape in scrapes
        if first_s < scrape.at_s <= history.read_by(border_s)
    ]
    sources = {
        source: tuple(s for s in scrapes if (source, s.at_s) not in left_out)
        for source, scrapes in history.sources.items()
    }
    return replace(history, sources=sources)


@cache
def made_up() -> History:
    """Return the history made up from a seed."""
    phases = (
        Phase("peak", Window(60.0, 360.0)),
        Phase("site-loss", Window(360.0, 720.0)),
        Phase("settle", Window(720.0, 960.0)),
    )
    borders = {0.0, *(b for p in phases for b in (p.window.start_s, p.window.end_s))}
    times = sorted(borders | {t * 20.0 for t in range(50)})
    return History(
        "made up",
        phases,
        {
            "edge": tuple(_pages("edge", times, _EDGE, Random(1), down=(0, 0))),
            "north": tuple(_pages("north", times, _SITE, Random(2), down=(430.0, 610.0))),
            "south": tuple(_pages("south", times, _SITE, Random(3), down=(0, 0))),
        },
    )


BOTH = (recorded, made_up)

_HANDLE = (10, 20, 30, 60, 90, 120, 180, 240, 300, 420, 600, 900, 1200, 1800, 3600)
_DELAY = (0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 8, 11, 30)
_MOS = (1, 2, 2.5, 3.1, 3.6, 3.8, 4.0, 4.2, 4.34, 4.5)
_QUEUES = ({"queue": "billing"}, {"queue": "support"})
_PRIORITIES = ({"priority": "P1"}, {"priority": "P3"})


def _with(labels: tuple[dict[str, str], ...], name: str, *values: str) -> list[dict[str, str]]:
    return [{**each, name: value} for each in labels for value in values]


@dataclass(frozen=True)
class _Metric:
    name: str
    labels: tuple[dict[str, str], ...] | list[dict[str, str]]
    bounds: tuple[float, ...] = ()
    mean: float = 1.0
    gauge: bool = False
    most: int = 8


_NONE = ({},)
_SITE = (
    _Metric("cc_wait_seconds", _with(_QUEUES, "outcome", "answered", "abandoned"), WAIT_BOUNDS, 14),
    _Metric("cc_calls_queued_total", _QUEUES, most=60),
    _Metric("cc_talk_seconds", _QUEUES, _HANDLE, 120),
    _Metric("cc_hold_seconds", _NONE, _HANDLE, 30),
    _Metric("cc_wrap_up_seconds", _NONE, _HANDLE, 40),
    _Metric("cc_mos", _NONE, _MOS, 3.9),
    _Metric("cc_transfers_total", _QUEUES, most=3),
    _Metric("cc_ivr_total", _with(_NONE, "result", "entered"), most=40),
    _Metric("cc_ivr_total", _with(_NONE, "result", "contained", "left")),
    _Metric("cc_callbacks_total", _with(_NONE, "result", "kept", "late", "lost")),
    _Metric(
        "cc_agent_state_seconds_total",
        _with(({"pool": "own"},), "state", "busy", "hold", "wrap_up", "available", "break"),
    ),
    _Metric("cc_longest_wait_seconds", _QUEUES, gauge=True, mean=30),
    _Metric("cc_ticket_first_reply_seconds", _PRIORITIES, TICKET_BOUNDS, 900),
    _Metric("cc_ticket_next_reply_seconds", _PRIORITIES, TICKET_BOUNDS, 900),
    _Metric("cc_ticket_resolution_seconds", _PRIORITIES, TICKET_BOUNDS, 9000),
    _Metric("cc_ticket_reopened_total", _NONE, most=3),
    _Metric("cc_ticket_solved_total", _PRIORITIES),
    _Metric("cc_ticket_sla_total", _with(_PRIORITIES, "result", "met", "breached")),
    _Metric("cc_ticket_backlog", _with(_NONE, "state", "new", "open"), gauge=True, mean=40),
    _Metric("cc_ticket_backlog_age_seconds", _NONE, gauge=True, mean=3000),
)
_EDGE = (
    _Metric(
        "cc_call_attempts_total",
        _with(({"line": "1"},), "result", "accepted", "blocked", "refused", "failed"),
    ),
    _Metric("cc_api_requests_total", _with(({"route": "/v1/calls"},), "code", "201"), most=40),
    _Metric("cc_api_requests_total", _with(({"route": "/v1/calls"},), "code", "404")),
    _Metric("cc_api_requests_total", _with(({"route": "/v1/calls"},), "code", "503"), most=40),
    _Metric("cc_calls_lost_total", ({"site": "north"},)),
    _Metric("cc_setup_seconds", _NONE, _DELAY, 0.4),
)


def _pages(
    source: str,
    times: list[float],
    metrics: tuple[_Metric, ...],
    draw: Random,
    *,
    down: tuple[float, float],
) -> Iterator[Scrape]:
    """Yield a page at each of *times*; the process dies *down* and comes back with everything at 0."""
    own = {} if source == "edge" else {"site": source}
    at_zero = {key: 0.0 for metric in metrics for key in _series_of(metric, own)}
    values, started = dict(at_zero), 1.0
    for at_s in times:
        if down[0] <= at_s < down[1]:
            values, started = dict(at_zero), 1.0 + down[1]
            yield Scrape(source, at_s, False, {})
            continue
        for metric in metrics:
            for labels in metric.labels:
                _happen(values, metric, {**own, **labels}, draw)
        page = {**values, series("process_start_time_seconds"): started}
        yield Scrape(source, at_s, True, page)


def _series_of(metric: _Metric, own: dict[str, str]) -> Iterator[Series]:
    for labels in metric.labels:
        every = {**own, **labels}
        if not metric.bounds:
            yield series(metric.name, **every)
            continue
        for bound in (*metric.bounds, float("inf")):
            yield series(f"{metric.name}_bucket", **every, le=_le(bound))
        yield series(f"{metric.name}_count", **every)
        yield series(f"{metric.name}_sum", **every)


def _happen(
    values: dict[Series, float], metric: _Metric, labels: dict[str, str], draw: Random
) -> None:
    if metric.gauge:
        values[series(metric.name, **labels)] = round(draw.expovariate(1 / metric.mean), 3)
        return
    for _ in range(draw.randrange(metric.most)):
        if not metric.bounds:
            values[series(metric.name, **labels)] += 1
            continue
        seen = round(draw.expovariate(1 / metric.mean), 3)
        for bound in (*metric.bounds, float("inf")):
            values[series(f"{metric.name}_bucket", **labels, le=_le(bound))] += seen <= bound
        values[series(f"{metric.name}_count", **labels)] += 1
        values[series(f"{metric.name}_sum", **labels)] += seen


def _le(bound: float) -> str:
    return "+Inf" if bound == float("inf") else str(float(bound))
