"""What an SLA asks as time goes by: the in-house standard, less a dip, then better every year.

Outsourcing practice: in the first six months quality and timeliness dip a little; by the end of the
first year the provider is where one was oneself; then the standard rises by 5 % a year. It rises on
the failure side: 80 % becomes 81 %, the misses 20 % becoming 19 %, because 80 % times 1.05 would
pass 100 % in the fifth year.
"""

from collections.abc import Iterator
from dataclasses import replace

from harness.kpi.catalogue import CATALOGUE, Kpi
from harness.model.scenario import PhaseKind, Scenario
from harness.model.sla import Baseline, Bound, Direction, Progression, Sla, Unit
from harness.model.verdict import Aspect, Measurement
from harness.verdict.asked import question
from harness.verdict.item import Item

COMPARED = frozenset({PhaseKind.STEADY, PhaseKind.SOAK})
_COMPARABLE = frozenset({Unit.SHARE, Unit.SECONDS})
_YEAR = 12


def required(base: float, progression: Progression, direction: Direction, unit: Unit) -> float:
    """Return what is required of a KPI whose in-house figure is *base*, in the figure's own unit.

    Up to ``dip_months`` since go-live the baseline less the dip (of shares and seconds alike a part
    of the figure: 80 % less 5 % is 76 %, 30 s plus 5 % is 31.5 s). From then until the first year
    is over in a straight line back to the baseline; a dip that lasts longer ends at once. After
    each full year beyond the first the failures shrink by ``yearly``. A share stays within 0..1.
    """
    worse = 1 - progression.dip if direction is Direction.MORE else 1 + progression.dip
    dipped = base * worse
    months = progression.months
    if months <= progression.dip_months:
        value = dipped
    elif months < _YEAR:
        back = (months - progression.dip_months) / (_YEAR - progression.dip_months)
        value = dipped + (base - dipped) * back
    else:
        kept = (1 - progression.yearly) ** (months // _YEAR - 1)
        value = _improved(base, kept, direction, unit)
    return min(max(value, 0.0), 1.0) if unit is Unit.SHARE else value


def _improved(base: float, kept: float, direction: Direction, unit: Unit) -> float:
    """Return *base* with the share *kept* of its failures left."""
    if direction is Direction.LESS:
        return base * kept
    return 1 - (1 - base) * kept if unit is Unit.SHARE else base / kept if kept else base


def is_compared(kpi: Kpi, kind: PhaseKind, sla: Sla) -> bool:
    """Whether *kpi* in a phase of *kind* is held against the baseline of *sla*."""
    moves = sla.progression is not None and sla.baseline is not None
    return moves and kind in COMPARED and kpi.unit in _COMPARABLE


def against_baseline(item: Item, sla: Sla) -> Iterator[Item]:
    """Yield the item of *item*'s figure against what the baseline of *sla* asks by now.

    The baseline is taken as it stands: its own uncertainty is not added. One that has no figure
    for it leaves the item open.
    """
    if item.kind is None or not is_compared(item.kpi, item.kind, sla):
        return
    assert sla.progression is not None
    assert sla.baseline is not None
    base = sla.baseline.value(
        item.kpi.name, item.scope, item.phase, question(item.objective, item.scope).threshold_s
    )
    name = sla.baseline.name
    if base is None:
        nothing = Measurement(None, 0, note=f"the baseline {name} has no figure for it")
        yield replace(item, aspect=Aspect.BASELINE, measurement=nothing, goal_text=name, needs=0)
        return
    unit, direction = item.kpi.unit, item.kpi.direction
    value = required(base.value, sla.progression, direction, unit)
    yield replace(
        item,
        aspect=Aspect.BASELINE,
        bound=Bound.around(value, unit, direction),
        goal_text=f"{name}, {sla.progression.months} months since go-live",
    )


def stricter_than_in_house(
    sla: Sla, baseline: Baseline, scenario: Scenario
) -> Iterator[tuple[str, float, float]]:
    """Yield name, goal and in-house figure of each objective that asks for more than one kept.

    Asking a supplier for more than one delivered oneself is the classic mistake. Phases of steady
    load only, each by the goal of its own kind.
    """
    kinds = {phase.name: phase.kind for phase in scenario.phases}
    for objective in sla.objectives:
        for base in baseline.values:
            same = (base.kpi, base.threshold_s) == (objective.kpi, objective.threshold_s)
            kind = kinds.get(base.phase)
            if not same or kind not in COMPARED or kind not in objective.gates:
                continue
            goal = objective.gates[kind].goal
            if not CATALOGUE[objective.kpi].direction.is_at_least(base.value, goal):
                name = f"{base.kpi}[{base.scope}]" if base.scope else base.kpi
                yield f"{name} in {base.phase}", goal, base.value
