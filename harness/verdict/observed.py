"""An SLA judged on a centre that works for real, by the provider's own metrics alone.

After the go-live nobody places calls of ours: the metrics are all there is. What only a rehearsal
can tell (how long customers felt a failure, which tickets were lost) is not judged here, and named.
The limits are those of a steady phase, which hold on any day. The metrics count around the clock:
what misses a clock of business hours by that is undecided.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from harness.kpi.catalogue import CATALOGUE, Kpi
from harness.kpi.exact import OTHER, measured
from harness.kpi.expression import Last, Peak, metrics
from harness.kpi.increase import Increase
from harness.model.scenario import PhaseKind
from harness.model.sla import Each, Hours, Objective, Sla
from harness.model.verdict import Decision, Measurement, ObjectiveResult, View
from harness.verdict.asked import question
from harness.verdict.intervals import at_least
from harness.verdict.item import Item
from harness.verdict.judge import decide, judge_items
from harness.verdict.progression import against_baseline
from harness.verdict.waivers import excused

PHASE = "the time observed"
_GATES = (PhaseKind.STEADY, PhaseKind.SOAK)


@dataclass(frozen=True, slots=True)
class Observation:
    """The answer, and which objectives only a rehearsal can tell of."""

    decision: Decision
    results: tuple[ObjectiveResult, ...]
    unseen: tuple[Objective, ...]


def needed(sla: Sla) -> Mapping[str, str]:
    """Return every series name that *sla* has to be judged by, and what is wanted of it.

    ``increase`` of counters, ``max`` and ``last`` of gauges.
    """
    found: dict[str, str] = {}
    for objective in _seen(sla):
        kpi = CATALOGUE[objective.kpi]
        for scope in objective.clocks or ("",):
            asked = replace(question(objective, scope), queue=None, line=None, site=None)
            assert kpi.expression is not None
            expression = kpi.expression(asked)
            how = {Peak: "max", Last: "last"}.get(type(expression), "increase")
            found |= dict.fromkeys(metrics(expression), how)
    return found


def observed(sla: Sla, increase: Increase, *, over_s: float, day: date) -> Observation:
    """Judge *sla* on *increase*, what the provider's metrics rose by in the last *over_s* seconds.

    Waivers count by *day*, the last one that was observed.
    """
    items = [item for objective in _seen(sla) for item in _items(objective, sla, increase, over_s)]
    results = excused(judge_items(items, sla.confidence), sla, day)
    unseen = tuple(each for each in sla.objectives if each not in _seen(sla))
    return Observation(decide(results, ()), tuple(results), unseen)


def _seen(sla: Sla) -> list[Objective]:
    """Return the objectives of *sla* that a provider's metrics can tell, on any day."""
    told = [each for each in sla.objectives if CATALOGUE[each.kpi].expression is not None]
    return [each for each in told if _gate(each)]


def _gate(objective: Objective) -> PhaseKind | None:
    return next((kind for kind in _GATES if kind in objective.gates), None)


def _items(objective: Objective, sla: Sla, increase: Increase, over_s: float) -> Iterator[Item]:
    kpi, kind = CATALOGUE[objective.kpi], _gate(objective)
    assert kind is not None
    for scope in _scopes(objective, kpi, increase):
        measurement = _enough(_measured(kpi, objective, scope, increase), objective)
        if objective.clocks and objective.clocks[scope].hours is Hours.BUSINESS:
            measurement = at_least(measurement)
        item = Item(
            objective=objective,
            kpi=kpi,
            scope=scope,
            view=View.PROVIDER,
            phase=PHASE,
            kind=kind,
            duration_s=over_s,
            bound=objective.gates[kind],
            decisive_here=True,
            measurement=measurement,
            needs=max(0, objective.min_contacts - measurement.n),
        )
        yield item
        yield from _beside_the_standard(item, sla)


def _scopes(objective: Objective, kpi: Kpi, increase: Increase) -> tuple[str, ...]:
    """Return for whom *objective* is judged: by name if it says so, else whoever the metrics know.

    If they know nobody it is judged for one without a name, and found not to be measured.
    """
    if objective.clocks:
        return tuple(objective.clocks)
    if objective.each is Each.ALL:
        return ("",)
    if objective.only:
        return objective.only
    label = objective.each.value
    read = kpi.metrics(replace(question(objective, ""), queue=None, line=None, site=None))
    known = {
        series.label(label)
        for series in (*increase.by_series, *increase.last_of)
        if series.name in read
    }
    if objective.each is Each.LINE:
        known.discard(OTHER)  # many lines, and none by itself
    return tuple(sorted(each for each in known if each)) or ("",)


def _measured(kpi: Kpi, objective: Objective, scope: str, increase: Increase) -> Measurement:
    if objective.each is not Each.ALL and not scope:
        return Measurement(None, 0, note=f"the metrics for it are not kept by {objective.each}")
    asked = question(objective, scope)
    by = {"queue": asked.queue, "line": asked.line, "site": asked.site, "priority": asked.priority}
    of = {label: value for label, value in by.items() if value}
    if unknown := sorted(of.keys() - kpi.labels):
        return Measurement(None, 0, note=f"the metrics for it are not kept by {unknown[0]}")
    assert kpi.expression is not None
    return measured(kpi.expression(asked), increase, of=of)


def _enough(measurement: Measurement, objective: Objective) -> Measurement:
    if measurement.value is None or measurement.n >= objective.min_contacts:
        return measurement
    note = f"{measurement.n} of the {objective.min_contacts} contacts that the contract asks for"
    return replace(measurement, weakness=note)


def _beside_the_standard(item: Item, sla: Sla) -> Iterable[Item]:
    """Yield *item* against what the in-house standard, with its dip and progress, asks by now.

    The standard was measured in a phase of a rehearsal; the first that has this figure counts.
    """
    if sla.baseline is None:
        return
    asked = question(item.objective, item.scope)
    for base in sla.baseline.values:
        if (base.kpi, base.scope, base.threshold_s, base.formula) == (
            item.kpi.name,
            item.scope,
            asked.threshold_s,
            asked.formula,
        ):
            there = replace(item, phase=base.phase)
            yield from (replace(e, phase=PHASE) for e in against_baseline(there, sla, run=""))
            return
