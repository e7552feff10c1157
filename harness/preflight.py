"""Before anything is started: the three files read and checked, and every problem named at once."""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import islice, takewhile
from pathlib import Path

from pydantic import TypeAdapter

from harness.adapter.find import find_adapter
from harness.clock import today_utc
from harness.errors import Note, Problem, UsageError
from harness.faults.kinds import KINDS
from harness.faults.ordered import asked_of, is_ordered
from harness.feasibility import (
    askable,
    lacking,
    no_way_back,
    nobody_to_take_it_back,
    not_offered,
    not_told,
    of_the_day,
    offered,
    on_an_average_day,
    outlook,
    prospects,
    remarks,
    unaskable,
    undecidable,
    unmapped,
    unreachable,
    unrehearsed,
)
from harness.feasibility.prospects import Prospect
from harness.feasibility.searching import Wanted, contract_of, remarks_on, searching
from harness.files.cutover import is_cutover
from harness.files.load import load, load_sla, place_of
from harness.known import KNOWN
from harness.kpi.catalogue import CATALOGUE
from harness.model.contact import Stream
from harness.model.event import FileRead
from harness.model.fault import Value
from harness.model.finding import Finding
from harness.model.history import RunSummary
from harness.model.now_and_then import needed_s, with_faults_drawn
from harness.model.scenario import Phase, PhaseKind, Scenario
from harness.model.sla import Sla
from harness.model.target import Target
from harness.model.units import format_duration
from harness.record.history import History
from harness.record.kept import check_same_scenario, for_trends, in_short
from harness.record.run_record import RunRecord
from harness.target import mock, remote
from harness.traffic.schedule import Planned, planned
from harness.verdict.progression import stricter_than_in_house
from harness.verdict.words import as_asked, quantity

_OF_FAULT = re.compile(r"faults\[(\d+)\](.*)")
_MOST_EARLIER = 60
"""So many runs of the past a run knows of, two months of nights."""
HISTORY = History.of(Path("runs"))
"""Where the history is looked for unless the user says otherwise."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A scenario that may be run, with its SLA and its target.

    ``outlook`` is what theory expects of it, line by line; ``prospects`` is what its contacts can
    decide; ``notes`` stand in nobody's way; ``known`` are the findings of this scenario before it
    is run, the closed ones too; ``earlier`` are runs of it, if its contract moves as time goes by;
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
    soaks = soaks_of(scenario)
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


def soaks_of(scenario: Scenario) -> list[Phase]:
    """Return the phases of *scenario* that ``--for`` is about.

    Raises:
        UsageError: it has none.
    """
    soaks = [phase for phase in scenario.phases if phase.kind is PhaseKind.SOAK]
    if not soaks:
        want = "a scenario with a phase of kind soak, whose length it is to be"
        raise UsageError([Problem("--for", f"{scenario.path} without a soak", want)])
    return soaks


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
    looked up in *history*, and so are its findings. Waivers must not have ended before *today*; by
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
    adapter = find_adapter(loaded.target.adapter)
    left_out = tuple(not_offered(loaded.scenario, loaded.target))
    loaded = replace(loaded, scenario=offered(loaded.scenario, loaded.target))
    # What is not offered cannot be asked: the verdict lists those objectives as skipped.
    loaded = replace(loaded, sla=askable(loaded.sla, loaded.target))
    if search is not None:
        left_out += tuple(remarks_on(loaded.scenario, loaded.target, loaded.sla))
        found = searching(loaded.scenario, loaded.target, loaded.sla, search.wanted)
        loaded = replace(loaded, scenario=found, sla=contract_of(loaded.sla))
        contract = contract_of(contract)
    average = on_an_average_day(loaded.scenario)
    problems = [
        *remote.missing(loaded.target),
        *unmapped(loaded.target, KINDS),
        *lacking(loaded.scenario, loaded.target, adapter),
        *unaskable(loaded.sla),
        *undecidable(average, loaded.sla),
        *nobody_to_take_it_back(loaded.scenario, loaded.target),
    ]
    if search is None:  # which is there to find out what can be reached
        problems += unreachable(average, loaded.target, loaded.sla)
    if loaded.target.mock is not None:
        problems += await wrong_in_mock(
            loaded.target,
            loaded.profile,
            lines=loaded.scenario.lines,
            speed=loaded.scenario.speed,
            seed=loaded.scenario.seed,
            scenario=loaded.scenario,
        )
    plan = Plan(
        loaded.scenario,
        contract,
        loaded.target,
        loaded.scenario_sha256,
        notes=(*left_out, *not_told(contract, loaded.target)),
        known=tuple(map(in_short, history.findings_of(loaded.scenario.name))),
        files=loaded.files,
    )
    if search is None:
        refused = {each.where for each in problems}
        plan = _foreseen(plan, loaded.sla, average, history, today or today_utc(), refused)
    return plan, list(dict.fromkeys(problems))  # a fault that comes again is told once


def _foreseen(
    plan: Plan, sla: Sla, average: Scenario, history: History, day: date, refused: Collection[str]
) -> Plan:
    """Return *plan* with what theory expects of it on an *average* day, and what it can decide.

    No remark is made on an objective that is *refused*: its problem says more.
    """
    scenario, target, contract = plan.scenario, plan.target, plan.sla
    decided = tuple(prospects(average, target, contract))
    open_yet = [each for each in decided if each.asked.where(contract) not in refused]
    return replace(
        plan,
        outlook=outlook(average, target, sla),
        notes=(
            *plan.notes,
            *no_way_back(scenario, target),
            *unrehearsed(target, scenario, contract),
            *of_the_day(scenario, target),
            *remarks(average, target, contract, open_yet),
            *_asking_more_than_in_house(contract, scenario),
            *_overdue(scenario, day),
        ),
        prospects=decided,
        earlier=_earlier(contract, scenario, history),
    )


async def wrong_in_mock(
    target: Target,
    profile: Path,
    *,
    lines: Mapping[str, tuple[str, ...]],
    speed: float,
    seed: str,
    scenario: Scenario | None = None,
) -> list[Problem]:
    """Return what the mock centre finds wrong in the *profile* of *target*, each with its line.

    And in what the faults of *scenario* will order of it.
    """
    orders = dict(_orders(scenario)) if scenario is not None else {}
    wrong = await mock.check(
        target, lines=lines, speed=speed, seed=seed, faults=list(orders.values())
    )
    problems = []
    for each in wrong:
        part, file = each.where, profile
        if (of_fault := _OF_FAULT.fullmatch(part)) and scenario is not None:
            part, file = f"{list(orders)[int(of_fault[1])]}{of_fault[2]}", scenario.path
        where = place_of(part, file) or f"target {target.name}: {each.where}"
        problems.append(replace(each, where=where))
    return problems


def _orders(scenario: Scenario) -> Iterator[tuple[str, dict[str, Value]]]:
    """Yield what each fault that the admin port is asked for will ask, by its path in the file."""
    for at, phase in enumerate(scenario.phases):
        inner = "faults" if phase.now_and_then is None else "now_and_then.faults"
        for number, fault in enumerate(phase.may_break):
            if is_ordered(KINDS[fault.kind]):
                path = f"phases[{at}].{inner}[{number}]"
                yield path, {"kind": fault.kind, **asked_of(fault)}


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
