"""A plan for people: tables that are good on a terminal of 80 columns, and better on a wider one.

It makes what ``rich`` draws and draws nothing itself; colour says nothing that words do not.
"""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from harness.feasibility.plan import AROUND_WALL_S, RunPlan
from harness.feasibility.prospects import BY, POWER, Basis, Prospect
from harness.feasibility.trunks import Trunks
from harness.model.scenario import Load, PhaseKind
from harness.model.sla import Direction
from harness.model.units import format_duration, format_size
from harness.verdict.forecast import theory
from harness.verdict.words import NOTHING, as_asked, plural, quantity, roughly

PLAIN_WIDTH = 80
"""Columns of what is piped: no terminal says how wide it is."""
_WIDE = 100
_PHASES_A_TABLE = 6


def page(plan: RunPlan, *, width: int) -> RenderableType:
    """Return everything about *plan* that a person wants to see on *width* columns."""
    parts: list[RenderableType] = [*_head(plan), *_phases(plan), *_lines(plan), *_faults(plan)]
    parts += [*_expected(plan), *_trunks(plan), *_objectives(plan, wide=width >= _WIDE)]
    parts += _doubts(plan)
    return Group(*parts)


def last_line(plan: RunPlan) -> str:
    """Return in one line whether it can be run, and what speaks against believing it."""
    if plan.problems:
        return f"{plan.scenario.path}: cannot be run, {plural(len(plan.problems), 'problem')}"
    text = f"{plan.scenario.path}: can be run"
    return f"{text}, {plural(len(plan.notes), 'doubt')} above" if plan.notes else text


def _head(plan: RunPlan) -> Iterator[RenderableType]:
    calls = round(sum(each.calls for each in plan.volumes))
    tickets = round(sum(each.tickets for each in plan.volumes))
    held = round(sum(each.held for each in plan.volumes))
    yield Text(
        f"{plan.scenario.name} on {plan.target.name}, judged by {plan.sla.name}: what a run would"
        " do. Nothing was sent.",
        "bold",
    )
    text = f"Takes about {roughly(plan.wall_s)}: {format_duration(plan.load_s)} of load"
    if plan.scenario.speed != 1:
        text += f" at speed {plan.scenario.speed:g}"
    text += f", and some {AROUND_WALL_S:.0f} s to start, call the lines and read the stores."
    if plan.longest_hold_s:
        text += (
            f" Gates that open on a pass alone may hold it {format_duration(plan.longest_hold_s)}"
            " longer."
        )
    yield Text(text)
    yield Text(
        f"Sends about {plural(calls, 'call')} and {plural(tickets, 'ticket')}, and"
        f" {held:,} more while gates are decided, which nobody judges. Keeps about"
        f" {format_size(plan.disk_bytes)} on the disk."
    )


def _table(title: str, *columns: str, left: int = 1) -> Table:
    """Return an empty table; its first *left* columns are words, the others numbers."""
    table = Table(
        box=None,
        pad_edge=False,
        padding=(0, 1, 0, 0),
        title=title,
        title_justify="left",
        title_style="bold",
        header_style="dim",
    )
    for number, column in enumerate(columns):
        words = number < left
        table.add_column(
            column,
            justify="left" if words else "right",
            no_wrap=True,
            overflow="ellipsis",
            max_width=24 if words else None,
        )
    return table


def _add(table: Table, *cells: str, style: str = "") -> None:
    """Add a row of plain texts: what is in brackets is a queue here, not a colour."""
    table.add_row(*map(Text, cells), style=style)


def _below(table: Table, remark: str = "") -> Iterator[RenderableType]:
    """Yield *table* with an empty line before it and *remark* below."""
    yield Text()
    yield table
    if remark:
        yield Text(remark, "dim")


def _phases(plan: RunPlan) -> Iterator[RenderableType]:
    table = _table(
        "Phases",
        *(
            "phase",
            "kind",
            "from",
            "for",
            "load",
            "calls",
            "tickets",
            "redials",
            "at once",
            "req/s",
        ),
        left=2,
    )
    for each in plan.volumes:
        if each.phase.kind is PhaseKind.LINES:
            calls = plural(each.probes, "line")
            _add(table, each.phase.name, "lines", *(NOTHING,) * 3, calls, *(NOTHING,) * 4)
            continue
        _add(
            table,
            each.phase.name,
            each.phase.kind.value,
            format_duration(each.start_s),
            format_duration(each.phase.duration_s),
            _load(each.phase.load),
            f"{each.calls:,.0f}",
            f"{each.tickets:,.0f}",
            NOTHING if each.redials is None else f"{each.redials:,.0f}",
            NOTHING if each.in_progress is None else f"{each.in_progress:,.0f}",
            f"{each.requests_per_s:,.1f}",
        )
    yield from _below(
        table,
        "from: since the load began, gates included. redials: set off by who hangs up or is cut off"
        " in this phase, whenever they come. at once: calls in the centre when it is"
        " busiest (Little's law). req/s: to the API per second of the clock on the wall, when it is"
        " busiest; what customers do later comes on top.",
    )


def _load(load: Load) -> str:
    start, end = f"{load.start * 100:.4g}%", f"{load.end * 100:.4g}%"
    return start if start == end else f"{start} -> {end}"


def _lines(plan: RunPlan) -> Iterator[RenderableType]:
    loaded = [each for each in plan.volumes if each.phase.kind is not PhaseKind.LINES]
    for begin in range(0, len(loaded), _PHASES_A_TABLE):
        some = loaded[begin : begin + _PHASES_A_TABLE]
        whole = len(loaded) <= _PHASES_A_TABLE
        names = [each.phase.name for each in some]
        table = _table("Contacts by line and priority", "of", *names, *(["all"] if whole else []))
        for key in some[0].by_line:
            numbers = [each.by_line.get(key, 0.0) for each in some]
            queue, line = key
            _add(table, f"{queue} {line}", *_numbers(numbers, whole=whole))
        for name in some[0].by_priority:
            numbers = [each.by_priority.get(name, 0.0) for each in some]
            _add(table, f"tickets {name}", *_numbers(numbers, whole=whole))
        yield from _below(table)


def _numbers(numbers: list[float], *, whole: bool) -> list[str]:
    return [f"{number:,.0f}" for number in (*numbers, *([sum(numbers)] if whole else []))]


def _faults(plan: RunPlan) -> Iterator[RenderableType]:
    if not plan.breakages:
        return
    table = _table("Faults", "fault", "in", "at", "for", "at, wall", "lease, wall", left=2)
    for each in plan.breakages:
        _add(
            table,
            each.plan.title,
            each.phase,
            format_duration(each.start_s),
            format_duration(each.plan.for_s),
            format_duration(round(each.start_s / plan.scenario.speed, 1)),
            format_duration(each.lease_wall_s),
        )
    yield from _below(
        table,
        "at: since the load began. lease: after it the target, or our guardian, heals the fault,"
        " unless it is external. wall: by the clock on the wall.",
    )
    books = [(each.plan.title, each.plan.runbook) for each in plan.breakages]
    for title, runbook in dict.fromkeys(books):
        yield Text(f"runbook for {title}: {runbook or 'none, so nobody is told what to do'}")


def _expected(plan: RunPlan) -> Iterator[RenderableType]:
    if not plan.expectations:
        return
    within = f"in {format_duration(plan.within_s)}"
    table = _table(
        f"Expected of the staffing declared ({theory(plan.scenario)}, each site by itself)",
        *("phase", "queue", "per hour", "Erlangs", "heads"),
        *(within, "hang up", "answer", "busy"),
        left=2,
    )
    for each in plan.expectations:
        found = each.forecast
        _add(
            table,
            each.title,
            each.scope,
            f"{found.per_hour:,.0f}",
            f"{found.erlangs:,.1f}",
            *each.cells,
            style="" if not each.lost else "yellow",
        )
    yield from _below(table, _without_expectation(plan))


def _without_expectation(plan: RunPlan) -> str:
    """Return of which phases with a load theory has nothing to say; empty if of none."""
    known = {each.phase.name for each in plan.expectations}
    missing = [
        each.phase.name
        for each in plan.volumes
        if each.calls + each.tickets > 0 and each.phase.name not in known
    ]
    return f"Theory has no value for {', '.join(missing)}." if missing else ""


def _trunks(plan: RunPlan) -> Iterator[RenderableType]:
    if not plan.trunks:
        return
    table = _table(
        f"Trunks for {plan.busiest} (Erlang B)",
        *("while", "trunks of", "Erlangs", "1 % blocked", "0.1 % blocked"),
        left=2,
    )
    for each in plan.trunks:
        _add(
            table,
            f"{each.lost} is lost" if each.lost else "all sites are up",
            each.site or "all, as one group",
            f"{each.erlangs:,.1f}",
            f"{each.percent_1:,}",
            f"{each.per_mille_1:,}",
        )
    yield from _below(table, _to_lose_a_site(plan.trunks))


def _to_lose_a_site(found: tuple[Trunks, ...]) -> str:
    """Return what each site needs so that any other may be lost: N + 1 in a sentence."""
    sites = dict.fromkeys(each.site for each in found if each.site)
    most = {
        site: max(each.percent_1 for each in found if each.site == site and each.lost)
        for site in sites
        if any(each.lost for each in found if each.site == site)
    }
    if not most:
        return "Wrap-up is counted in; a voice menu comes on top."
    needs = ", ".join(f"{number:,} at {site}" for site, number in most.items())
    return (
        f"So that any one site may be lost at 1 % blocked: {needs}. Wrap-up is counted in; a voice"
        " menu comes on top."
    )


def _objectives(plan: RunPlan, *, wide: bool) -> Iterator[RenderableType]:
    if not plan.prospects:
        return
    table = _table(
        "What the planned contacts can decide",
        *("objective", "phase", "goal", "n", "truth", "pass", "truth", "fail", "needs"),
        *(("in a phase of",) if wide else ()),
        left=2,
    )
    for each in plan.prospects:
        asked = each.asked
        sign = "≥" if asked.kpi.direction is Direction.MORE else "≤"
        goal = f"{sign} {as_asked(asked.bound.goal, asked.kpi.unit)}"
        if wide and asked.within_s is not None:
            goal += f" in {format_duration(asked.within_s)}"
        longer = each.phase_s if each.too_few else None
        _add(
            table,
            asked.name,
            asked.phase.name,
            goal,
            NOTHING if each.planned is None else f"{each.planned:,.0f}",
            _truth(each),
            _chance(each, each.good.lets_through if each.good else None),
            NOTHING if each.bad_truth is None else f"{each.bad_truth * 100:.3g} %",
            NOTHING if each.bad is None else _percent(each.bad.fails),
            _needs(each),
            *((format_duration(round(longer, -1)) if longer else "",) if wide else ()),
            style="yellow" if each.too_few or not each.reaches else "",
        )
    yield from _below(
        table,
        f"pass: how likely, were the truth as theory expects, or (*) {_points(BY)} better than the"
        f" goal; in brackets where it need not be decided. fail: how likely a truth {_points(BY)}"
        f" worse than the warn limit is caught. needs: contacts to pass without a warning"
        f" {POWER * 5:.0f} times in 5."
        " Calls are taken as independent of each other: those of one rush are not, and take more.",
    )


def _needs(each: Prospect) -> str:
    if each.enough:
        return "enough"
    if each.needed is not None:
        return f"{each.needed:,}"
    return "never" if each.too_few or not each.reaches else NOTHING


def _truth(each: Prospect) -> str:
    if each.expected is None:
        return NOTHING
    mark = "*" if each.basis is Basis.ASSUMED else ""
    return f"{quantity(round(each.expected, 4), each.asked.kpi.unit)}{mark}"


def _chance(each: Prospect, chance: float | None) -> str:
    if chance is None:
        return NOTHING
    text = _percent(chance)
    return text if each.decides and each.asked.objective.must_pass else f"({text})"


def _percent(chance: float) -> str:
    return f"{chance:.0%}"


def _points(share: float) -> str:
    return f"{share * 100:g} points"


def _doubts(plan: RunPlan) -> Iterator[RenderableType]:
    weakest = plan.weakest
    if weakest is None and not plan.notes:
        return
    yield Text()
    if weakest is not None and weakest.good is not None:
        chance = _percent(weakest.good.lets_through)
        yield Text(
            f"Were all truths as above, at most {chance} of runs would be a GO: the weakest is"
            f" {weakest.asked.name} in {weakest.asked.phase.name}."
        )
    for note in plan.notes:
        yield Text(str(note), "yellow")
