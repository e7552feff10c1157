"""What an SLA asks as time goes by: the in-house standard, less a dip, then better every year.

Outsourcing practice: in the first six months quality and timeliness dip a little; by the end of the
first year the provider is where one was oneself; then the standard rises by 5 % a year. It rises on
the failure side: 80 % becomes 81 %, the misses 20 % becoming 19 %, because 80 % times 1.05 would
pass 100 % in the fifth year.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from harness.kpi.catalogue import CATALOGUE, Kpi
from harness.model.scenario import PhaseKind, Scenario
from harness.model.sla import (
    Baseline,
    BaselineValue,
    Bound,
    Direction,
    Objective,
    Progression,
    Sla,
    Unit,
)
from harness.model.units import exact_share, format_share
from harness.model.verdict import Aspect, Interval, Measurement
from harness.verdict.asked import question
from harness.verdict.item import Item

COMPARED = frozenset({PhaseKind.STEADY, PhaseKind.SOAK})
_COMPARABLE = frozenset({Unit.SHARE, Unit.SECONDS})
_YEAR = 12
_NOTICED_BY_PEOPLE_S = 1.0
"""No caller notices a wait that is longer by less."""
_NOTICED_BY_CLIENTS_S = 0.02
"""No client of an API notices an answer that is later by less (wall seconds)."""


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


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a progression that is still to come: from which month on, and what it is."""

    from_month: int
    what: str


def step_of(progression: Progression) -> str:
    """Return in words where *progression* stands: ``month 3, in the dip of 5 % up to month 6``."""
    p = progression
    if p.months <= p.dip_months and p.dip:
        up_to = f"up to month {p.dip_months}"
        return f"month {p.months}, in the agreed dip of {exact_share(p.dip)} {up_to}"
    if p.months <= p.dip_months:
        return f"month {p.months}, the baseline itself"
    if p.months < _YEAR and p.dip:
        return f"month {p.months}, on the way from the dip back to the baseline at month {_YEAR}"
    return f"month {p.months}, {_after_a_year(p.months, p.yearly)}"


def next_steps(progression: Progression, *, most: int = 3) -> tuple[Step, ...]:
    """Return the next steps of *progression*, *most* at most; what is asked moves at each.

    Between the end of the dip and the end of the first year it moves every month.
    """
    p = progression
    steps: list[Step] = []
    if p.dip and p.months < p.dip_months < _YEAR:
        back = f"the dip ends; from then on it goes straight back to the baseline at month {_YEAR}"
        steps.append(Step(p.dip_months, back))
    whole = max(_YEAR, p.dip_months + 1)  # a dip that lasts longer ends at once
    if p.months < whole and (p.dip or whole > _YEAR):
        steps.append(Step(whole, _after_a_year(whole, p.yearly)))
    if p.yearly:
        year = max(2, max(p.months, steps[-1].from_month if steps else 0) // _YEAR + 1)
        steps += [
            Step(month, _after_a_year(month, p.yearly))
            for month in range(year * _YEAR, (year + most) * _YEAR, _YEAR)
        ]
    return tuple(steps[:most])


def day_of(step: Step, progression: Progression, *, today: date) -> date:
    """Return the first day of the month by which *step* is reached, seen from *today*.

    A contract says how many whole months have passed and no day: it may be a month earlier.
    """
    month = today.month - 1 + step.from_month - progression.months
    return date(today.year + month // 12, month % 12 + 1, 1)


def _after_a_year(months: int, yearly: float) -> str:
    """Return what is asked once the first year is over."""
    times = months // _YEAR - 1
    if times <= 0 or not yearly:
        return "the baseline itself"
    fewer = format_share(1 - (1 - yearly) ** times)
    return f"{fewer} fewer failures than the baseline"


def is_compared(kpi: Kpi, kind: PhaseKind, sla: Sla) -> bool:
    """Whether *kpi* in a phase of *kind* is held against the baseline of *sla*."""
    moves = sla.progression is not None and sla.baseline is not None
    return moves and kind in COMPARED and kpi.unit in _COMPARABLE


def against_baseline(item: Item, sla: Sla, *, run: str, planned_as: str = "") -> Iterator[Item]:
    """Yield the item of *item*'s figure in *run* against what the baseline of *sla* asks by now.

    The difference of the two is what is judged, with the uncertainty of both (decision 029). A run
    that is the baseline itself differs by nothing, and chance has no part in that. A baseline that
    has no figure for it leaves the item open. *planned_as* is the name of its phase in the
    scenario, if the run was cut and the item is of a piece of it.
    """
    if item.kind is None or not is_compared(item.kpi, item.kind, sla):
        return
    assert sla.progression is not None
    assert sla.baseline is not None
    base = sla.baseline.value(
        item.kpi.name,
        item.scope,
        planned_as or item.phase,
        question(item.objective, item.scope).threshold_s,
        item.objective.formula,
    )
    name = sla.baseline.name
    if base is None:
        note = (
            f"the baseline {name} has no figure for it:"
            " the SLA it was taken by did not ask, or its run left it open"
        )
        nothing = Measurement(None, 0, note=note)
        yield replace(item, aspect=Aspect.BASELINE, measurement=nothing, goal_text=name, needs=0)
        return

    def asked_now(figure: float) -> float:
        assert sla.progression is not None
        return required(figure, sla.progression, item.kpi.direction, item.kpi.unit)

    measurement = item.measurement
    if run == sla.baseline.run:
        measurement = replace(
            measurement, interval_at=None, proof_at=None, needed_at=None, note="it is the baseline"
        )
    elif base.low is not None or base.high is not None:
        around = Interval(
            -math.inf if base.low is None else asked_now(base.low),
            math.inf if base.high is None else asked_now(base.high),
        )
        measurement = _of_the_difference(measurement, asked_now(base.value), around, item.kpi.unit)
    yield replace(
        item,
        aspect=Aspect.BASELINE,
        bound=_bound(asked_now(base.value), item.kpi),
        measurement=measurement,
        goal_text=f"{name}, {sla.progression.months} months since go-live",
    )


def _bound(goal: float, kpi: Kpi) -> Bound:
    """Return *goal* with its warning range, which is never too narrow to be noticed.

    Ten per cent of a wait of 20 ms are 2 ms: no run could ever be sure of that.
    """
    bound = Bound.around(goal, kpi.unit, kpi.direction)
    if kpi.unit is not Unit.SECONDS:
        return bound
    least = _NOTICED_BY_CLIENTS_S if kpi.stream is None else _NOTICED_BY_PEOPLE_S
    if kpi.direction is Direction.LESS:
        return replace(bound, warn=max(bound.warn, goal + least))
    return replace(bound, warn=min(bound.warn, goal - least))


def _of_the_difference(
    measurement: Measurement, base: float, around: Interval, unit: Unit
) -> Measurement:
    """Return *measurement* with an interval that holds the uncertainty of *base* as well.

    The interval of a difference from the intervals of its two parts: Newcombe's hybrid for shares
    (1998, method 10), and for any other two figures (Zou and Donner 2008). What it would need to
    be decided is unknown: the baseline has all the contacts it will ever have.
    """

    def both(own: Interval) -> Interval:
        value = measurement.value or 0.0
        down = math.hypot(value - own.low, around.high - base)
        up = math.hypot(own.high - value, base - around.low)
        return Interval(max(0.0, value - down), min(most, value + up))

    most = 1.0 if unit is Unit.SHARE else math.inf
    interval_at, proof_at = measurement.interval_at, measurement.proof_at
    if measurement.value is None or interval_at is None:
        return measurement
    return replace(
        measurement,
        interval_at=lambda confidence: both(interval_at(confidence)),
        proof_at=None if proof_at is None else lambda confidence: both(proof_at(confidence)),
        needed_at=None,
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
            kind = kinds.get(base.phase)
            asked = _is_asked(base, objective)
            if not asked or kind not in COMPARED or kind not in objective.gates:
                continue
            goal = objective.gates[kind].goal
            if not CATALOGUE[objective.kpi].direction.is_at_least(base.value, goal):
                name = f"{base.kpi}[{base.scope}]" if base.scope else base.kpi
                yield f"{name} in {base.phase}", goal, base.value


def _is_asked(base: BaselineValue, objective: Objective) -> bool:
    """Whether *base* is a figure of what *objective* asks, as far as the contract alone tells."""
    named = objective.clocks or objective.only
    if base.kpi != objective.kpi or (named and base.scope not in named):
        return False
    asked = question(objective, base.scope)
    return (base.threshold_s, base.formula) == (asked.threshold_s, asked.formula)
