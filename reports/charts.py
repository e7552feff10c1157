"""The timeline's charts as plain data: lines, goals and bands, for the script and for the tables.

What is drawn and what stands in the table beside it are the same numbers. Colours are names of
roles that the page turns into values, so that light, dark and paper each have their own.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from harness.kpi.evidence import judged_by_stamps
from harness.model.contact import Stream
from harness.model.event import FaultRun, PhaseRun
from harness.model.sla import Each, Formula, Objective, Sla
from harness.model.units import exact_share
from harness.record.run_record import RunRecord
from harness.verdict.planned import planned_per_s
from reports.series import (
    CallSeries,
    Grid,
    Points,
    Reading,
    Threshold,
    TicketSeries,
    call_series,
    extremes,
    grid_for,
    planned,
    thinned,
    ticket_series,
    usual_gap_s,
)
from reports.words import NOTHING, visible


@dataclass(frozen=True, slots=True)
class Trace:
    """One line of a chart, and a column of its table: a value for each of the chart's windows.

    ``readings`` are drawn instead where there is more to see than a table can hold. ``x_s`` only of
    a goal, which is on no windows and in no table. One that is not ``drawn`` is a column alone.
    """

    name: str
    y: Points
    colour: str
    dash: str = "solid"
    x_s: tuple[float | None, ...] | None = None
    readings: tuple[Reading, ...] = ()
    drawn: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """One window of a chart as its table has it; None where nothing was measured."""

    start_s: float
    phase: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart of the timeline: its lines, and what it needs to be read alone."""

    id: str
    title: str
    note: str
    unit: str
    grid: Grid
    traces: tuple[Trace, ...]
    top: float | None = None
    digits: int = 1

    @property
    def measured(self) -> tuple[Trace, ...]:
        """The lines that stand in the table: all but the goals."""
        return tuple(trace for trace in self.traces if trace.x_s is None)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw."""
        return all(value is None for trace in self.measured for value in trace.y)

    def rows(self, phases: Sequence[PhaseRun]) -> Iterable[Row]:
        """Yield the table's rows: when a window begins, its phase, and the value of each line."""
        for i in range(self.grid.count):
            start_s, end_s = self.grid.span_s(i)
            middle_s = (start_s + end_s) / 2
            phase = next((p.name for p in phases if p.start_s <= middle_s < p.held_until_s), "")
            yield Row(start_s, phase, tuple(trace.y[i] for trace in self.measured))

    def cell(self, value: float | None) -> str:
        """Return *value* as the table has it, with as many digits as the chart."""
        return NOTHING if value is None else f"{value:,.{self.digits}f}"


def charts_of(record: RunRecord, sla: Sla) -> tuple[Chart, ...]:
    """Return the timeline's charts, in order; those with nothing to draw are left out."""
    end_s = max((phase.held_until_s for phase in record.phases()), default=0.0)
    if end_s <= 0:
        return ()
    grid = grid_for(end_s)
    scenario, phases = record.scenario, record.phases()
    cuts_s = [cut.at_s for cut in record.cuts()]
    want_calls, want_tickets = (
        planned(grid, phases, partial(planned_per_s, scenario, stream), cuts_s=cuts_s)
        for stream in (Stream.CALLS, Stream.TICKETS)
    )
    calls = call_series(
        grid,
        (record.call_figures(each.name, math.inf) for each in phases),
        thresholds=list(_service_levels(sla, tuple(scenario.lines))),
        expected=want_calls,
        by_site_stamps=(by_stamps := judged_by_stamps(record.facts.speed)),
    )
    tickets = ticket_series(
        grid,
        (record.ticket_figures(each.name, math.inf) for each in phases),
        acknowledged_s=record.acknowledged_s(),
        expected=want_tickets,
    )
    charts = (
        _load(grid, calls, tickets, want_calls, want_tickets),
        _service_level(grid, calls, sla, phases, by_stamps=by_stamps),
        _waits(grid, calls, by_stamps=by_stamps),
        *_queues(record, end_s),
        _tickets(grid, tickets),
        _api(grid, calls, tickets),
    )
    return tuple(chart for chart in charts if not chart.empty)


def _load(
    grid: Grid, calls: CallSeries, tickets: TicketSeries, want_calls: Points, want_tickets: Points
) -> Chart:
    traces = (
        Trace("calls planned", want_calls, "c1", "dot"),
        Trace("calls started", calls.started_per_min, "c1"),
        Trace("tickets planned", want_tickets, "c2", "dot"),
        Trace("tickets started", tickets.started_per_min, "c2"),
    )
    note = (
        "Contacts started per minute of centre time, redials and other follow-ups among them, "
        "beside the first ones, which the scenario planned."
    )
    kept = tuple(trace for trace in traces if any(trace.y))
    return Chart("load", "Load", note, "per minute", grid, kept)


def _service_level(
    grid: Grid, calls: CallSeries, sla: Sla, phases: Sequence[PhaseRun], *, by_stamps: bool
) -> Chart:
    lines = [
        Trace(
            f"{each.queue or 'all queues'} within {each.threshold_s:g} s",
            tuple(None if share is None else share * 100 for share in points),
            f"c{i % 6 + 1}",
        )
        for i, (each, points) in enumerate(calls.service_level.items())
    ]
    asked = list(_judged_by_threshold(sla))
    # The lines count as this formula does: by another a pass can lie below its own goal.
    goals = [_goal(each, phases) for each in asked if each.formula is Formula.OFFERED]
    note = (
        "Share of the calls that left the queue, answered or not, which were answered in time; by "
        f"the time a call was due, {_by_whom(by_stamps=by_stamps)}."
    )
    others = dict.fromkeys(each.formula for each in asked if each.formula is not Formula.OFFERED)
    if others:
        note += f" What is judged by another formula ({', '.join(others)}): its goal is not drawn."
    return Chart("service-level", "Service level", note, "%", grid, (*lines, *goals), top=100)


def _goal(objective: Objective, phases: Sequence[PhaseRun]) -> Trace:
    """Return an objective's goal as a line over those phases that are judged by it."""
    x: list[float | None] = []
    y: list[float | None] = []
    shares: dict[str, None] = {}
    for phase in phases:
        bound = objective.gates.get(phase.kind)
        if bound is not None:
            x += [phase.start_s, phase.end_s, None]
            y += [bound.goal * 100, bound.goal * 100, None]
            shares[exact_share(bound.goal)] = None
    return Trace(f"goal {' / '.join(shares)}", tuple(y), "goal", "dash", x_s=tuple(x))


def _by_whom(*, by_stamps: bool) -> str:
    return "by the sites' stamps" if by_stamps else "as callers saw it"


def _waits(grid: Grid, calls: CallSeries, *, by_stamps: bool) -> Chart:
    traces = (
        Trace("median", calls.wait_p50_s, "c1"),
        Trace("95th percentile", calls.wait_p95_s, "c3", "dash"),
    )
    note = (
        "How long the callers who were answered had waited, by the time their call was due, "
        f"{_by_whom(by_stamps=by_stamps)}."
    )
    return Chart("waits", "Waits", note, "s", grid, traces)


def _queues(record: RunRecord, end_s: float) -> Iterable[Chart]:
    kinds = (
        ("in-queue", "Calls in queue", "cc_calls_in_queue", "waiting"),
        ("in-talk", "Calls in talk", "cc_calls_in_talk", "talking"),
    )
    found = {
        source: _readings(record, source, [each[2] for each in kinds])
        for source in record.sources()
    }
    for id_, title, metric, doing in kinds:
        of_all = {source: by_metric[metric] for source, by_metric in found.items()}
        seen = {
            source: each for source, each in of_all.items() if any(v is not None for _, v in each)
        }
        if not seen:
            continue
        note = (
            f"The callers {doing}, all queues of a site together, each time its own metrics "
            f"({metric}) were read; a long run is thinned so that every peak and dip stays. The "
            "table has the most and the fewest of each window. A gap: the site did not answer."
        )
        yield Chart(id_, title, note, "calls", *_lines(seen, end_s), digits=0)


def _lines(seen: Mapping[str, Sequence[Reading]], end_s: float) -> tuple[Grid, tuple[Trace, ...]]:
    """Return the line of each source, and the windows of all: as wide as the rarest needs."""
    rarest = max(seen.values(), key=usual_gap_s)
    grid = grid_for(end_s, at_least_s=usual_gap_s(rarest) * 1.5)
    traces = []
    for i, (source, readings) in enumerate(seen.items()):
        lowest, highest = extremes(readings, grid)
        colour, dash = f"c{i % 6 + 1}", ("solid", "dash")[i % 2]
        traces += [
            Trace(source, highest, colour, dash, readings=thinned(readings, end_s=end_s)),
            Trace(f"{source}, fewest", lowest, colour, dash, drawn=False),
        ]
    return grid, tuple(traces)


def _readings(
    record: RunRecord, source: str, metrics: Sequence[str]
) -> Mapping[str, list[Reading]]:
    """Return what each of *metrics* was, summed over its series, whenever *source* was read."""
    named = [series.name for series in record.series(source)]
    places = {each: [i for i, name in enumerate(named) if name == each] for each in metrics}
    found: dict[str, list[Reading]] = {each: [] for each in metrics}
    for at_s, ok, row in record.rows(source):
        for metric in metrics:
            values = [row[i] for i in places[metric] if i < len(row) and not math.isnan(row[i])]
            found[metric].append((at_s, sum(values) if ok and values else None))
    return found


def _tickets(grid: Grid, tickets: TicketSeries) -> Chart:
    traces = (
        Trace("created", tickets.created_per_min, "c2"),
        Trace("first replied to", tickets.replied_per_min, "c4", "dash"),
    )
    note = "Tickets acknowledged, and tickets first replied to, per minute of centre time."
    return Chart("tickets", "Tickets", note, "per minute", grid, traces)


def _api(grid: Grid, calls: CallSeries, tickets: TicketSeries) -> Chart:
    traces = (
        Trace("calls", calls.api_p95_ms, "c1"),
        Trace("tickets", tickets.api_p95_ms, "c2", "dash"),
    )
    note = (
        "95th percentile of all requests of the contacts started in a window, in milliseconds "
        "on the wall clock; one that was never answered took as long as a client waits."
    )
    return Chart("api", "API latency", note, "ms", grid, traces)


def _judged_by_threshold(sla: Sla) -> Iterable[Objective]:
    for objective in sla.objectives:
        if objective.kpi.startswith("service_level") and objective.threshold_s is not None:
            yield objective


def _service_levels(sla: Sla, queues: Sequence[str]) -> Iterable[Threshold]:
    for objective in _judged_by_threshold(sla):
        assert objective.threshold_s is not None
        for queue in queues if objective.each is Each.QUEUE else ("",):
            yield Threshold(queue, objective.threshold_s)


# ---------------------------------------------------------------------- for the script


def picture(
    charts: Iterable[Chart], phases: Iterable[PhaseRun], faults: Iterable[FaultRun]
) -> dict[str, Any]:
    """Return what the page's script draws, ready to be dumped as JSON.

    Times are centre minutes, or hours for a run of more than four of them. Names are not escaped:
    the script does that, once it has cut them to fit.
    """
    charts, phases = tuple(charts), tuple(phases)
    end_s = max((phase.held_until_s for phase in phases), default=0.0)
    unit, size_s = ("h", 3600.0) if end_s > 4 * 3600 else ("min", 60.0)
    return {
        "unit": unit,
        "end": _number(end_s / size_s),
        "phases": [
            {"name": visible(p.name), "from": p.start_s / size_s, "to": p.held_until_s / size_s}
            for p in phases
        ],
        "faults": [
            {
                "name": visible(f"{f.title}"),
                "from": f.injected_from_s / size_s,
                "to": (end_s if f.healed_s is None else f.healed_s) / size_s,
            }
            for f in faults
            if f.injected_from_s is not None
        ],
        "charts": [_drawn(chart, size_s) for chart in charts],
    }


def _drawn(chart: Chart, size_s: float) -> Mapping[str, Any]:
    middles = [sum(chart.grid.span_s(i)) / 2 / size_s for i in range(chart.grid.count)]
    return {
        "id": chart.id,
        "title": chart.title,
        "unit": chart.unit,
        "top": chart.top,
        "digits": chart.digits,
        "x": [_number(x) for x in middles],
        "traces": [
            {
                "name": visible(trace.name),
                "colour": trace.colour,
                "dash": trace.dash,
                "goal": trace.x_s is not None,
                **_points(trace, size_s),
            }
            for trace in chart.traces
            if trace.drawn
        ],
    }


def _points(trace: Trace, size_s: float) -> Mapping[str, list[float | None] | None]:
    """Return where the line of *trace* goes; without an ``x`` it is on the chart's windows."""
    if trace.readings:
        x_s: Sequence[float | None] | None = [at_s for at_s, _ in trace.readings]
        y: Sequence[float | None] = [value for _, value in trace.readings]
    else:
        x_s, y = trace.x_s, trace.y
    x = None if x_s is None else [None if at is None else _number(at / size_s) for at in x_s]
    return {"x": x, "y": [_number(each) for each in y]}


def _number(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.6g}")
