"""Before anything is started: the three files read and checked, and every problem named at once."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import islice, takewhile
from pathlib import Path

from pydantic import TypeAdapter

from harness.adapter.find import find_adapter
from harness.adapter.parts import missing_parts
from harness.adapter.protocol import AgentsHalf
from harness.errors import Note, Problem, UsageError
from harness.faults.kinds import KINDS
from harness.faults.ordered import needs_admin
from harness.feasibility import (
    of_the_day,
    on_an_average_day,
    outlook,
    prospects,
    remarks,
    undecidable,
    unmapped,
    unreachable,
    unrehearsed,
)
from harness.feasibility.prospects import Prospect
from harness.feasibility.searching import Wanted, contract_of, remarks_on, searching
from harness.files.cutover import is_cutover
from harness.files.known import FaultRule, Known, KpiRule
from harness.files.load import load, load_sla, place_of
from harness.files.problems import did_you_mean
from harness.guard.rules import is_loopback
from harness.guard.rules_hosts import Origin, origin_of, origins
from harness.kpi.catalogue import CATALOGUE
from harness.kpi.question import Formula, Question
from harness.model.contact import Stream
from harness.model.event import FileRead
from harness.model.finding import Finding
from harness.model.history import RunSummary
from harness.model.now_and_then import needed_s, with_faults_drawn
from harness.model.scenario import Phase, PhaseKind, Scenario
from harness.model.sla import Sla
from harness.model.target import Target, family
from harness.model.units import format_duration
from harness.record.history import History
from harness.record.kept import check_same_scenario, for_trends
from harness.record.run_record import RunRecord
from harness.target import mock, remote
from harness.traffic.schedule import Planned, planned
from harness.verdict.progression import stricter_than_in_house
from harness.verdict.rollback import too_few
from harness.verdict.subject import untold
from harness.verdict.words import as_asked, quantity

KNOWN = Known(
    kpis={
        kpi.name: KpiRule(
            kpi.name,
            kpi.unit,
            kpi.direction,
            needs_threshold=kpi.needs_threshold,
            scopes=kpi.scopes,
            phase_kinds=kpi.phase_kinds,
            bounds=kpi.bounds,
            by_formula=kpi.name == "service_level",
            by_short=kpi.name in ("service_level", "abandonment_net"),
            by_priority=kpi.stream is Stream.TICKETS and kpi.needs_threshold,
            two_views=kpi.callers is not None and kpi.provider is not None,
            watched=kpi.measurable and not kpi.by_verdict,
            by_callers=kpi.callers is not None,
        )
        for kpi in CATALOGUE.values()
    },
    faults={
        name: FaultRule(name, kind.parameters, kind.place, getattr(kind, "wrong", lambda _: ()))
        for name, kind in KINDS.items()
    },
)


_MOST_EARLIER = 60
"""So many runs of the past a run knows of, two months of nights."""
HISTORY = History.of(Path("runs"))
"""Where the history is looked for unless the user says otherwise."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A scenario that may be run, with its SLA and its target.

    ``outlook`` is what theory expects of it, line by line; ``prospects`` is what its contacts can
    decide; ``notes`` stand in nobody's way; ``known`` are the findings of this scenario that were
    open before it is run; ``earlier`` are runs of it, if its contract moves as time goes by;
    ``control``: its faults were left out, to compare other runs with;
    ``files`` are the three that all of it was read from.
    """

    scenario: Scenario
    sla: Sla
    target: Target
    scenario_sha256: str
    outlook: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    prospects: tuple[Prospect, ...] = ()
    known: tuple[Finding, ...] = ()
    earlier: tuple[RunSummary, ...] = ()
    control: bool = False
    files: tuple[FileRead, ...] = ()


@dataclass(frozen=True, slots=True)
class SearchFor:
    """A search for the highest load, asked for; on the target whose profile is at *target*.

    None: on the one that the scenario names.
    """

    wanted: Wanted
    target: Path | None = None


def without_faults(plan: Plan) -> Plan:
    """Return *plan* as its control: the same customers and phases, and nothing is broken."""
    phases = tuple(replace(phase, faults=(), now_and_then=None) for phase in plan.scenario.phases)
    return replace(plan, scenario=replace(plan.scenario, phases=phases), control=True)


def lasting(scenario: Scenario, soak_s: float) -> Scenario:
    """Return *scenario* with soaks of *soak_s* centre seconds in all, in the shares they had.

    What breaks in one now and then breaks when it would, as far as that still lies in it.

    Raises:
        UsageError: it has none, or nothing would break any more in one that has faults.
    """
    soaks = [phase for phase in scenario.phases if phase.kind is PhaseKind.SOAK]
    if not soaks:
        want = "a scenario with a phase of kind soak, whose length it is to be"
        raise UsageError([Problem("--for", f"{scenario.path} without a soak", want)])
    by = soak_s / sum(phase.duration_s for phase in soaks)
    phases = tuple(
        replace(phase, duration_s=phase.duration_s * by) if phase in soaks else phase
        for phase in scenario.phases
    )
    longer = with_faults_drawn(replace(scenario, phases=phases))
    idle = [
        Problem(
            "--for",
            f"{phase.name} of {format_duration(round(phase.duration_s))}, in which nothing breaks",
            f"{format_duration(needed_s(longer, phase))} or more for it by this seed",
        )
        for phase in longer.phases
        if phase.now_and_then and not phase.faults
    ]
    if idle:
        raise UsageError(idle)
    return longer


async def check(
    scenario: Path,
    *,
    history: History = HISTORY,
    sla: Path | None = None,
    today: date | None = None,
    soak_s: float | None = None,
    search: SearchFor | None = None,
) -> Plan:
    """Return the plan in *scenario*, judged by *sla* or by the one it names. Starts nothing.

    Its soaks last *soak_s* centre seconds, if that is said; with *search* it is a search for the
    highest load that meets the SLA. A baseline that the SLA starts from is
    looked up in *history*, and so are open findings. Waivers must not have ended before *today*; by
    default the day is that of the clock.

    Raises:
        UsageError: it cannot be run; carries every problem.
    """
    plan, problems = await examine(
        scenario, history=history, sla=sla, today=today, soak_s=soak_s, search=search
    )
    if problems:
        raise UsageError(problems)
    return plan


def scenarios_in(folder: Path) -> tuple[Path, ...]:
    """Return the scenarios in *folder*, not those below it, in the order of their names.

    A cutover that stands beside them is none of them.

    Raises:
        UsageError: there are none.
    """
    files = sorted(path for path in folder.glob("*.yaml") if path.is_file())
    found = tuple(path for path in files if not is_cutover(path))
    if not found:
        raise UsageError([Problem(str(folder), "a folder without scenarios", "*.yaml files in it")])
    return found


async def check_all(
    scenarios: Sequence[Path],
    *,
    history: History = HISTORY,
    sla: Path | None = None,
    soak_s: float | None = None,
) -> list[Plan]:
    """Return the plan of each of *scenarios* as ``check`` does; nothing is begun if one is wrong.

    Raises:
        UsageError: one cannot be run, or two share a name; carries every problem of all.
    """
    plans: list[Plan] = []
    problems: dict[Problem, None] = {}  # in their order; a file that several name is told once
    for path in scenarios:
        try:
            plan = await check(path, history=history, sla=sla, soak_s=soak_s)
        except UsageError as error:
            problems |= dict.fromkeys(error.problems)
            continue
        for other in plans:
            if other.scenario.name == plan.scenario.name:
                want = f"a name of its own: {other.scenario.path} has it"
                problems[Problem(str(path), f"the name {plan.scenario.name!r} again", want)] = None
        plans.append(plan)
    if problems:
        raise UsageError(list(problems))
    return plans


async def examine(
    scenario: Path,
    *,
    history: History = HISTORY,
    sla: Path | None = None,
    today: date | None = None,
    soak_s: float | None = None,
    search: SearchFor | None = None,
) -> tuple[Plan, list[Problem]]:
    """Return the plan in *scenario* with all that speaks against running it, as ``check`` has it.

    Raises:
        UsageError: the files cannot be read so far that there is a plan; carries every problem.
    """
    loaded = load(
        scenario,
        known=KNOWN,
        sla_path=sla,
        target_path=search.target if search else None,
        today=today or today_utc(),
    )
    if soak_s is not None:
        loaded = replace(loaded, scenario=lasting(loaded.scenario, soak_s))
    contract = with_baseline(
        loaded.sla, history, scenario=loaded.scenario.name, sha256=loaded.scenario_sha256
    )
    find_adapter(loaded.target.adapter)
    left_out = tuple(_not_offered(loaded.scenario, loaded.target))
    loaded = replace(loaded, scenario=offered(loaded.scenario, loaded.target))
    # What is not offered cannot be asked: the verdict lists those objectives as skipped.
    loaded = replace(loaded, sla=_askable(loaded.sla, loaded.target))
    if search is not None:
        left_out += tuple(remarks_on(loaded.scenario, loaded.target, loaded.sla))
        found = searching(loaded.scenario, loaded.target, loaded.sla, search.wanted)
        loaded = replace(loaded, scenario=found, sla=contract_of(loaded.sla))
        contract = contract_of(contract)
    average = on_an_average_day(loaded.scenario)
    problems = [
        *remote.missing(loaded.target),
        *_unknown_metrics(loaded.target),
        *unmapped(loaded.target, KINDS),
        *_other_lines(loaded.scenario, loaded.target),
        *_out_of_reach(loaded.scenario, loaded.target),
        *_without_parts(loaded.scenario, loaded.target),
        *_without_agents(loaded.scenario, loaded.target),
        *unaskable(loaded.sla),
        *undecidable(average, loaded.sla),
        *_nobody_to_take_it_back(loaded.scenario, loaded.target),
    ]
    problems += elsewhere(loaded.scenario, loaded.target)
    if search is None:  # which is there to find out what can be reached
        problems += unreachable(average, loaded.target, loaded.sla)
    if loaded.target.mock is not None:
        problems += await wrong_in_mock(
            loaded.target,
            loaded.profile,
            lines=loaded.scenario.lines,
            speed=loaded.scenario.speed,
            seed=loaded.scenario.seed,
        )
    if search is not None:
        notes = (*left_out, *_not_told(contract, loaded.target))
        known = tuple(history.open_findings(loaded.scenario.name))
        plan = Plan(
            loaded.scenario,
            contract,
            loaded.target,
            loaded.scenario_sha256,
            notes=notes,
            known=tuple(replace(each, happened=()) for each in known),
            files=loaded.files,
        )
        return plan, problems
    decided = tuple(prospects(average, loaded.target, contract))
    plan = Plan(
        loaded.scenario,
        contract,
        loaded.target,
        loaded.scenario_sha256,
        outlook(average, loaded.target, loaded.sla),
        (
            *left_out,
            *_not_told(contract, loaded.target),
            *_no_way_back(loaded.scenario, loaded.target),
            *unrehearsed(loaded.target, loaded.scenario, contract),
            *of_the_day(loaded.scenario, loaded.target),
            *remarks(average, loaded.target, contract, decided),
            *_asking_more_than_in_house(contract, loaded.scenario),
            *_overdue(loaded.scenario, today or today_utc()),
        ),
        decided,
        tuple(replace(each, happened=()) for each in history.open_findings(loaded.scenario.name)),
        _earlier(contract, loaded.scenario, history),
        files=loaded.files,
    )
    return plan, list(dict.fromkeys(problems))  # a fault that comes again is told once


async def wrong_in_mock(
    target: Target, profile: Path, *, lines: Mapping[str, tuple[str, ...]], speed: float, seed: str
) -> list[Problem]:
    """Return what the mock centre finds wrong in the *profile* of *target*, each with its line."""
    return [
        replace(each, where=place_of(each.where, profile) or f"target {target.name}: {each.where}")
        for each in await mock.check(target, lines=lines, speed=speed, seed=seed)
    ]


def _earlier(contract: Sla, scenario: Scenario, history: History) -> tuple[RunSummary, ...]:
    """Return the runs of *scenario* to draw its progression by; none if *contract* stands still."""
    if contract.progression is None:
        return ()
    return tuple(map(for_trends, history.latest(scenario.name, most=_MOST_EARLIER)))


def as_json(plan: Plan) -> str:
    """Return the scenario of *plan* as checked values in one line of JSON, and who speaks its API.

    For what needs the schedule and not the files, such as Locust standing alone.
    """
    scenario = TypeAdapter(Scenario).dump_python(plan.scenario, mode="json")
    return json.dumps({"scenario": scenario, "adapter": plan.target.adapter})


def check_workers(scenario: Scenario, workers: int) -> None:
    """Refuse more *workers* than contacts come in any stream of any phase: some would be idle.

    Raises:
        UsageError: there are.
    """
    most = max(
        sum(1 for _ in islice(_own(scenario, phase, stream), workers))
        for phase in scenario.phases
        for stream in Stream
    )
    if most < workers:
        found = f"more than the {most} contacts that the busiest phase of {scenario.name} has"
        want = f"--workers {max(most, 1)} or fewer: contacts are dealt to them one by one"
        raise UsageError([Problem(f"--workers {workers}", found, want)])


def _own(scenario: Scenario, phase: Phase, stream: Stream) -> Iterator[Planned]:
    """Yield what *stream* does in *phase*, its hold left out."""
    if phase.kind is PhaseKind.LINES:
        return iter(())
    return takewhile(lambda plan: not plan.held, planned(scenario, phase, stream))


def other_sla(path: Path, record: RunRecord, history: History) -> Sla:
    """Return the SLA at *path*, to judge the earlier run of *record* by.

    Its waivers count by the day of the run, its baseline is looked up in *history*.

    Raises:
        UsageError: the file is wrong, or asks for what the run has not; carries every problem.
    """
    facts = record.facts
    day = datetime.fromtimestamp(facts.started_wall, UTC).date()
    sla = load_sla(path, known=KNOWN, today=day, of=(record.scenario, record.target))
    if problems := list(unaskable(sla)):
        raise UsageError(problems)
    return with_baseline(
        sla,
        history,
        scenario=record.scenario.name,
        sha256=facts.scenario_sha256,
    )


def _without_parts(scenario: Scenario, target: Target) -> Iterator[Problem]:
    """Yield a problem if the adapter of *target* cannot do what the customers of *scenario* do."""
    streams = [
        stream
        for stream, traffic in (
            (Stream.CALLS, scenario.calls),
            (Stream.TICKETS, scenario.tickets),
        )
        if traffic is not None
    ]
    writers = scenario.tickets.writers if scenario.tickets is not None else None
    missing = missing_parts(find_adapter(target.adapter), streams, writers)
    if missing:
        yield Problem(
            f"target {target.name}: adapter",
            f"{target.adapter}, which has no {', '.join(missing)}",
            "an adapter that does what the scenario's customers do, or a scenario that asks less:"
            " docs/how_to_write_an_adapter.md",
        )


def _without_agents(scenario: Scenario, target: Target) -> Iterator[Problem]:
    """Yield a problem if our virtual agents are to work for a provider who has no way in."""
    if scenario.staffed_by is None or scenario.staffed_by.crew is None:
        return
    adapter = find_adapter(target.adapter)
    missing = sorted(
        name for name in dir(AgentsHalf) if name[0] != "_" and not hasattr(adapter, name)
    )
    if missing:
        yield Problem(
            f"{scenario.path}: staffed_by",
            f"harness, but the adapter {target.adapter} cannot {' or '.join(missing)}",
            "an adapter with the agents' half, or staffed_by: provider",
        )


def offered(scenario: Scenario, target: Target) -> Scenario:
    """Return *scenario* with the streams that *target* takes; who does not take calls has no lines.

    Raises:
        UsageError: nothing is left.
    """
    calls = scenario.calls if Stream.CALLS in target.offers else None
    tickets = scenario.tickets if Stream.TICKETS in target.offers else None
    if calls is None and tickets is None:
        found = f"{_streams(scenario)} alone, and target {target.name} offers none"
        want = f"traffic that it takes: {' and '.join(target.offers)}"
        raise UsageError([Problem(f"{scenario.path}: traffic", found, want)])
    lines = scenario.lines if Stream.CALLS in target.offers else {}
    return replace(scenario, calls=calls, tickets=tickets, lines=lines)


def _askable(sla: Sla, target: Target) -> Sla:
    """Return *sla* with the objectives that contacts can tell which *target* takes."""
    streams = {each.kpi: CATALOGUE[each.kpi].stream for each in sla.objectives}
    kept = tuple(o for o in sla.objectives if streams[o.kpi] in (None, *target.offers))
    return replace(sla, objectives=kept)


def _not_told(sla: Sla, target: Target) -> Iterator[Note]:
    """Yield a note if the provider's own figures, or some of them, are not to be had."""
    if target.remote is None:
        return
    metrics = target.remote.metrics
    if metrics is None:
        yield Note(
            f"target {target.name}: metrics",
            "LEFT OUT: the provider's own figures, because the profile names no 'metrics': the"
            " callers' word alone decides",
        )
    elif silent := untold(sla, target):
        yield Note(
            f"target {target.name}: metrics",
            f"LEFT OUT: the provider's own figures for {', '.join(silent)}, which none of its"
            " metrics tell",
        )
    if metrics is not None and metrics.prometheus is not None:
        yield Note(
            f"target {target.name}: metrics.prometheus",
            f"its figures may be {metrics.prometheus.scrape_every_s:g} s old, so those of a phase"
            " are blurred by as much at either end",
        )


def _unknown_metrics(target: Target) -> Iterator[Problem]:
    """Yield a problem for every metric that a profile names and that no KPI is made of."""
    metrics = target.remote.metrics if target.remote is not None else None
    if metrics is None:
        return
    series = known_series()
    inputs = metrics.prometheus.inputs if metrics.prometheus is not None else ()
    for where, names, known in (
        ("names", metrics.names or (), {family(each) for each in series}),
        ("prometheus.inputs", inputs, series),
    ):
        for name in names:
            if name not in known:
                yield Problem(
                    f"target {target.name}: metrics.{where}",
                    f"{name!r}, which no KPI is made of",
                    did_you_mean(name, known),
                )


def known_series() -> set[str]:
    """Return the whole names of all series that KPIs are made of."""
    found = {"cc_speed", "cc_site_up", "cc_calls_in_queue", "cc_calls_in_talk"}
    for kpi in CATALOGUE.values():
        found |= (
            {
                name
                for formula in Formula
                for name in kpi.metrics(
                    Question(threshold_s=kpi.bounds[-1] if kpi.bounds else None, formula=formula)
                )
            }
            if kpi.expression is not None
            else set()
        )
    return found


def _nobody_to_take_it_back(scenario: Scenario, target: Target) -> Iterator[Problem]:
    """Yield a problem for each rollback for which too few would be there, as the steps have it."""
    for phase, found in _short_in_house(scenario, target):
        if phase.step.back_within_s is not None:
            want = "enough people in-house to take everything back: 'heads' of this phase, or less"
            yield Problem(f"{scenario.path}: phases.{phase.name}.rollback", found, want)


def _no_way_back(scenario: Scenario, target: Target) -> Iterator[Note]:
    """Yield a note for each step from which in-house could not take everything back."""
    for phase, found in _short_in_house(scenario, target):
        if phase.step and phase.step.back_within_s is None:
            where = f"{scenario.path}: phases.{phase.name}"
            yield Note(where, f"no way back from this step: {found}")


def _short_in_house(scenario: Scenario, target: Target) -> Iterator[tuple[Phase, str]]:
    """Yield each phase with a queue that in-house could not carry alone, as its heads then are."""
    if not scenario.in_house:
        return
    staff = target.staffing.get(scenario.in_house, {})
    heads = {queue: number for queue, number in staff.items() if isinstance(number, int)}
    for phase in scenario.phases:
        heads |= phase.step.heads.get(scenario.in_house, {})
        for found in too_few(scenario, target, phase, heads):
            yield phase, found


def _other_lines(scenario: Scenario, target: Target) -> Iterator[Problem]:
    """Yield a problem for every line that a profile with lines does not have in that queue."""
    if target.remote is None or not target.remote.lines:
        return
    for queue, numbers in scenario.lines.items():
        for number in numbers:
            if number not in target.remote.lines.get(queue, ()):
                yield Problem(
                    f"{scenario.path}: interfaces.lines.{queue}",
                    f"{number}, which is none of the lines of target {target.name}",
                    "a number that its profile has under 'lines' for that queue",
                )


def _streams(scenario: Scenario) -> str:
    has = {Stream.CALLS: scenario.calls, Stream.TICKETS: scenario.tickets}
    return " and ".join(stream for stream, traffic in has.items() if traffic is not None)


def _not_offered(scenario: Scenario, target: Target) -> Iterator[Note]:
    """Yield a note for each stream of *scenario* that is left out, because *target* has none."""
    if scenario.calls is not None and Stream.CALLS not in target.offers:
        numbers = sum(map(len, scenario.lines.values()))
        yield Note(
            f"{scenario.path}: traffic",
            f"LEFT OUT: {scenario.calls.per_hour:g} calls an hour and the check of {numbers} lines:"
            f" target {target.name} offers no calls, so this run can say nothing of them",
        )
    if scenario.tickets is not None and Stream.TICKETS not in target.offers:
        yield Note(
            f"{scenario.path}: traffic",
            f"LEFT OUT: {scenario.tickets.per_hour:g} tickets an hour: target {target.name} offers"
            " no tickets, so this run can say nothing of them",
        )


def _out_of_reach(scenario: Scenario, target: Target) -> Iterator[Problem]:
    """Yield a problem for every fault that is ordered at an admin port which *target* has not."""
    if target.mock is not None:
        return
    for phase in scenario.phases:
        for fault in phase.may_break:
            if needs_admin(KINDS[fault.kind]):
                yield Problem(
                    f"{scenario.path}: phases.{phase.name}.faults: {fault.title}",
                    f"a fault of the mock centre, but {target.name} is run by somebody else",
                    "a fault of a provider's own environment: http, process, toxiproxy,"
                    " chaostoolkit or external (docs/faults_of_a_provider.md)",
                )


def elsewhere(scenario: Scenario, target: Target) -> Iterator[Problem]:
    """Yield a problem for every address that a fault of *scenario* may not reach.

    It may be on this machine, or one that the profile of a guarded *target* names.
    """
    remote = target.remote
    named, _ = origins(remote.addresses()) if remote is not None and remote.guard else ({}, [])
    for phase in scenario.phases:
        for fault in phase.may_break:
            addresses = getattr(KINDS[fault.kind], "addresses", lambda _: ())
            for address in addresses(fault.asked):
                if not is_loopback(address) and not _is_of(named.values(), address):
                    where = f"{scenario.path}: phases.{phase.name}.faults: {fault.title}"
                    want = (
                        "http or https to a numeric address of this machine, as in 127.0.0.1; or"
                        " one that the profile of a guarded target names, under `admin:` for one"
                    )
                    yield Problem(where, address, want)


def _is_of(origins: Collection[Origin], address: str) -> bool:
    try:
        return origin_of(address) in origins
    except ValueError:
        return False


def today_utc() -> date:
    """Return today's date, in UTC as in every record."""
    return datetime.now(UTC).date()


def with_baseline(sla: Sla, history: History, *, scenario: str, sha256: str) -> Sla:
    """Return *sla* with the baseline that its progression starts from, if it has one.

    Raises:
        UsageError: *history* has none of that name, or it is of another scenario.
    """
    if sla.progression is None:
        return sla
    found = history.baseline(sla.progression.baseline)
    where = f"{sla.path}: progression"
    check_same_scenario(found, scenario=scenario, sha256=sha256, where=where)
    return replace(sla, baseline=found)


def _asking_more_than_in_house(sla: Sla, scenario: Scenario) -> Iterator[Note]:
    if sla.baseline is None:
        return
    for name, goal, base in stricter_than_in_house(sla, sla.baseline, scenario):
        unit = CATALOGUE[name.partition("[")[0].partition(" ")[0]].unit
        yield Note(
            f"{sla.path}: {name}",
            f"the goal of {as_asked(goal, unit)} is stricter than what you kept in house,"
            f" {quantity(base, unit)} ({sla.baseline.name}): asking a provider for more than one"
            " delivered oneself is the classic mistake",
        )


def _overdue(scenario: Scenario, day: date) -> Iterator[Note]:
    for book in scenario.runbooks:
        if book.is_overdue(day) and book.review_by is not None:
            yield Note(book.path, f"was to be reviewed by {book.review_by.isoformat()}")


def unaskable(sla: Sla) -> Iterator[Problem]:
    """Yield a problem for every objective of *sla* that no run can answer, on any target.

    A KPI that is named and that nobody measures yet would simply never be judged.
    """
    for objective in sla.objectives:
        kpi = CATALOGUE[objective.kpi]
        if not kpi.measurable:
            where = f"{sla.path}: {objective.kpi}"
            yield Problem(where, kpi.unseen, "an objective that a run can answer")
