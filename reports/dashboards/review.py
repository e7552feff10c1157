"""The service after go-live: month by month, against the contract and how it moves."""

from collections.abc import Iterator

from harness.kpi.catalogue import CATALOGUE, Kpi
from harness.model.scenario import PhaseKind
from harness.model.sla import DIP, DIP_MONTHS, YEARLY, Direction, Objective, Progression, Sla, Unit
from harness.model.units import exact_share
from harness.verdict.words import plural
from reports.dashboards.board import UNITS, Board, Panel, Query, Sort, provider, titled

USUAL = Progression("", DIP, DIP_MONTHS, YEARLY, months=0)
"""How a contract moves that does not say it."""
MONTH_S = 2_629_746
_YEAR = 12
_FIRST = ("service_level", "abandonment", "asa", "blocked", "ticket_first_reply", "aht")
_MONTHS = f"floor(vector((time() - $go_live) / {MONTH_S}))"


def review(sla: Sla) -> Board:
    """Return the dashboard of the monthly review under *sla*."""
    return Board(
        uid="harness-service-review",
        title="Service review",
        about="The provider's own metrics against the contract: so far, and month by month. Without"
        " a run (All) it shows the real centre alone; a run that is chosen is shown instead of it.",
        rows=titled(
            (
                ("In the time shown", _tiles(sla)),
                ("Month by month", _months(sla)),
            )
        ),
        one_run=False,
        since="now-180d",
        refresh="5m",
        windows=("30d", "7d", "1d"),
        texts=(("go_live", "Go-live, seconds since 1970", "1798761600"),),
    )


def required_promql(base: float, moves: Progression, direction: Direction, unit: Unit) -> str:
    """Return what is required of a KPI whose standard is *base*, as it moves from ``$go_live`` on.

    The same as ``harness.verdict.progression.required``: a dip, back in a straight line, then the
    failures shrink year by year; a dip that lasts longer than a year ends at once. Before the
    go-live the standard itself.
    """
    dip, year = moves.dip_months, max(_YEAR, moves.dip_months + 1)
    dipped = base * (1 - moves.dip if direction is Direction.MORE else 1 + moves.dip)
    kept = f"{1 - moves.yearly:.10g} ^ (floor({_MONTHS} / {_YEAR}) - 1)"
    if direction is Direction.LESS:
        later = f"{base:.10g} * {kept}"
    elif unit is Unit.SHARE:
        later = f"1 - {1 - base:.10g} * {kept}"
    else:
        later = f"{base:.10g} / ({kept})"
    parts = [
        f"({_MONTHS} < bool 0) * {base:.10g}",
        f"({_MONTHS} >= bool 0) * ({_MONTHS} <= bool {dip}) * {dipped:.10g}",
        f"({_MONTHS} >= bool {year}) * ({later})",
    ]
    if dip + 1 < year:
        back = f"(({_MONTHS} - {dip}) / {_YEAR - dip})"
        line = f"({dipped:.10g} + {base - dipped:.10g} * {back})"
        parts.insert(2, f"({_MONTHS} > bool {dip}) * ({_MONTHS} < bool {year}) * {line}")
    return " + ".join(parts)


def _reviewed(sla: Sla) -> Iterator[tuple[Kpi, Objective | None]]:
    asked = {objective.kpi: objective for objective in reversed(sla.objectives)}
    for name in dict.fromkeys((*_FIRST, *asked)):
        if CATALOGUE[name].expression is not None:
            yield CATALOGUE[name], asked.get(name)


def _tiles(sla: Sla) -> Iterator[Panel]:
    for kpi, objective in _reviewed(sla):
        goal = f" The contract: {objective.goal_text}." if objective else ""
        yield Panel(
            kpi.title,
            f"{kpi.definition}{goal}",
            UNITS[kpi.unit],
            tuple(
                Query(expr, f"{kpi.title}{apart}")
                for expr, apart in provider(kpi.name, sla, window="$__range")
            ),
            Sort.TILES,
            width=4,
            height=5,
        )


def _months(sla: Sla) -> Iterator[Panel]:
    moves = sla.progression or USUAL
    for kpi, objective in _reviewed(sla):
        by = _by(kpi)
        legend = "{{queue}}" if by else "all"
        queries = [Query(expr, f"{legend}{apart}") for expr, apart in provider(kpi.name, sla, *by)]
        limits = objective.gates if objective else {}
        usual = next((k for k in (PhaseKind.STEADY, PhaseKind.SOAK) if k in limits), None)
        if usual is not None:
            goal = limits[usual].goal
            queries += [
                Query(f"vector({goal:.10g})", "contract"),
                Query(required_promql(goal, moves, kpi.direction, kpi.unit), "required by now"),
            ]
        about = (
            f"{kpi.definition} Over the window up to each day; required by now is the contract's"
            f" figure with a dip of {exact_share(moves.dip)} in the first"
            f" {plural(moves.dip_months, 'month')}, and {exact_share(moves.yearly)} fewer failures"
            " a year after the first."
        )
        yield Panel(kpi.title, about, UNITS[kpi.unit], tuple(queries), width=12, interval="1d")


def _by(kpi: Kpi) -> tuple[str, ...]:
    return ("queue",) if "queue" in kpi.labels else ()
