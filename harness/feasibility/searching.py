"""A search for the knee, made of a scenario: its trials, how long they take, what to expect. Pure.

Each trial holds one load: the busiest interval of the scenario's shape, times the multiple, without
its faults, its variable days and its curve. It is judged by the contract's objectives for a steady
load, and lasts until a provider who is five points better than a goal passes it four times in five,
and one who is five points worse than a warn limit fails it as often.
"""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from harness.errors import Note, Problem, UsageError
from harness.feasibility.asked import Asked, asked
from harness.feasibility.prospects import POWER, bad_truth, contacts_of, good_truth
from harness.kpi.catalogue import CATALOGUE, WHOLE_RUN
from harness.kpi.search import least
from harness.model.arrivals import STEADY
from harness.model.contact import Stream
from harness.model.scenario import Load, OnGateFailure, Phase, PhaseKind, Scenario
from harness.model.search import Search
from harness.model.sla import Objective, Sla, StopRule, Unit
from harness.model.target import Target
from harness.model.units import format_duration
from harness.verdict.chances import Rule, contacts_for, contacts_to_fail
from harness.verdict.forecast import forecast
from harness.verdict.judge import settle_s, shares_of_doubt
from harness.verdict.lasting import GROWTHS

KNEE_OF = "capacity"
"""What is added to a scenario's name: a search is no rehearsal, and closes no finding of one."""
_SLOWEST = 0.25
"""However little is expected of a target, a trial has to end."""
_NOTHING = Load(0.0, 0.0)
_LEAST_TRIAL_S = 300.0
_LONGEST_TRIAL_S = 12 * 3600.0
_WHOLE_S = 60.0
_HANDLE_TIMES = 3
"""After so many mean handle times a queue has forgotten how it began, unless it is at its limit."""
_UNKNOWN_HANDLE_S = 300.0
_LONGEST_DRAIN_S = 1800.0
_FINEST = 100
"""Theory's knee is told in hundredths of the planned volume."""
_FARTHEST = 50


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of a search. ``trial_s`` None: as long as a trial has to be."""

    growth: float = 1.3
    resolution: float = 0.1
    most: float = 3.0
    trials: int = 8
    trial_s: float | None = None


@dataclass(frozen=True, slots=True)
class Needed:
    """What one objective takes of a trial: so many contacts, and so long at the full rate."""

    name: str
    contacts: int
    lasts_s: float


def searching(scenario: Scenario, target: Target, sla: Sla, wanted: Wanted) -> Scenario:
    """Return *scenario* as a search, with room for all its trials at the highest load of all.

    So whatever a guard makes of the plan, it makes of the most that may come.

    Raises:
        UsageError: it cannot be searched, or could decide nothing; carries every problem.
    """
    problems = list(_refusals(scenario, sla, wanted))
    if problems:
        raise UsageError(problems)
    kind = kind_of(sla)
    contract = contract_of(sla)
    flat = _flat(scenario)
    expected = expected_knee(flat, target, contract)
    search = Search(
        growth=wanted.growth,
        resolution=wanted.resolution,
        most=wanted.most,
        trials=wanted.trials,
        expected=expected[0] if expected else None,
        expected_limit=expected[1] if expected else "",
    )
    needs = needs_of(replace(flat, search=search), target, contract)
    longest = max(needs, key=lambda each: each.lasts_s, default=None)
    own_s = max(_LEAST_TRIAL_S, _whole(longest.lasts_s if longest else 0.0))
    trial_s = own_s if wanted.trial_s is None else wanted.trial_s
    if longest is not None:
        problems = list(_too_short(longest, trial_s, wanted))
        if problems:
            raise UsageError(problems)
    handle_s = max(
        (target.handle_s[queue] for queue in scenario.lines if queue in target.handle_s),
        default=_UNKNOWN_HANDLE_S,
    )
    warm_up_s = _whole(_HANDLE_TIMES * handle_s)
    drain_s = min(_LONGEST_DRAIN_S, max(3 * warm_up_s, 900.0))
    lines = tuple(phase for phase in scenario.phases if phase.kind is PhaseKind.LINES)[:1]
    high = Load(wanted.most, wanted.most)
    room = [
        phase
        for number in range(1, wanted.trials + 1)
        for phase in (
            Phase(f"warm-up-{number}", PhaseKind.RAMP, high, warm_up_s),
            Phase(f"trial-{number}", kind, high, trial_s),
            Phase(f"drain-{number}", PhaseKind.RAMP, _NOTHING, drain_s, drains=True),
        )
    ]
    return replace(
        flat,
        name=f"{scenario.name}-{KNEE_OF}",
        phases=(*(lines or (Phase("lines", PhaseKind.LINES),)), *room),
        on_gate_failure=OnGateFailure.CONTINUE,
        runbooks=(),
        search=search,
    )


def kind_of(sla: Sla) -> PhaseKind:
    """Return the kind of phase by whose goals a trial is judged: steady if the SLA has any."""
    has_steady = any(
        PhaseKind.STEADY in each.gates and PhaseKind.STEADY in CATALOGUE[each.kpi].phase_kinds
        for each in sla.objectives
    )
    return PhaseKind.STEADY if has_steady else PhaseKind.SOAK


def contract_of(sla: Sla) -> Sla:
    """Return what of *sla* a trial can decide: no drift, no half hours, no faults, no baseline.

    With stop rules of our own where it has none: nobody drives a broken centre any further.
    """
    kind = kind_of(sla)
    kept = [replace(each, intervals_met=None) for each in sla.objectives if _of_a_trial(each, kind)]
    kinds = frozenset({kind, PhaseKind.RAMP})
    rules = [replace(each, kinds=each.kinds | kinds) for each in sla.stop_early]
    return replace(
        sla,
        objectives=tuple(kept),
        stop_early=tuple(rules or _stop_rules(kinds)),
        progression=None,
        baseline=None,
    )


def needed(
    scenario: Scenario, target: Target, sla: Sla, trials: int, *, at: float = 1.0
) -> list[Needed]:
    """Return what each objective of *sla* takes of a trial, where that can be told beforehand.

    *at* that multiple of the planned volume, where the knee is expected and everything hangs by a
    thread; and as sure as the SLA asks over all *trials* together. Holm's rule decides what is easy
    first, and leaves each KPI to share what is left among its own queues and views.
    """
    one = replace(scenario, phases=(Phase("trial-1", kind_of(sla), Load(at, at), 3600.0),))
    every = [each for each in asked(sla, one, target) if each.views(target)]
    doubt = (1 - sla.confidence) / shares_of_doubt(trials)
    alike = Counter(each.kpi.name for each in every)
    found = [
        _needed(each, one, target, 1 - doubt / (alike[each.kpi.name] * each.views(target)))
        for each in every
    ]
    return [each for each in found if each is not None]


def needs_of(search: Scenario, target: Target, sla: Sla) -> list[Needed]:
    """Return what each objective takes of a trial of *search*, a scenario that is one."""
    assert search.search is not None
    at = min(search.search.most, max(_SLOWEST, search.search.expected or 1.0))
    return needed(search, target, sla, search.search.trials, at=at)


def expected_knee(scenario: Scenario, target: Target, sla: Sla) -> tuple[float, str] | None:
    """Return up to which multiple theory expects every goal to be met, and which fails next.

    Of the goals for which theory has a value, by the staffing declared. None if there is none, or
    none is missed at fifty times the volume; 0 if they are missed at any.
    """

    def missed(hundredths: int) -> list[str]:
        load = hundredths / _FINEST
        phase = Phase("trial-1", kind_of(sla), Load(load, load), 3600.0)
        one = replace(scenario, phases=(phase,))
        return [
            each.name
            for each in asked(sla, one, target)
            if (value := _theory(each, one, target)) is not None and not each.met_by(value)
        ]

    most = _FARTHEST * _FINEST
    first = least(lambda hundredths: bool(missed(hundredths)), most=most)
    if first is None or first > most:
        return None
    return (first - 1) / _FINEST, missed(first)[0]


def remarks_on(scenario: Scenario, target: Target, sla: Sla) -> Iterator[Note]:
    """Yield what a search of *scenario* by *sla* leaves out, and what may blur it."""
    kind = kind_of(sla)
    skipped = [each.kpi for each in sla.objectives if not _of_a_trial(each, kind)]
    if skipped:
        yield Note(f"{sla.path}", f"not asked of a trial: {', '.join(dict.fromkeys(skipped))}")
    if any(phase.faults for phase in scenario.phases):
        yield Note(f"{scenario.path}: phases", "a search breaks nothing: its faults are left out")
    shifts = [
        skill
        for skills in target.staffing.values()
        for skill, heads in skills.items()
        if not isinstance(heads, int)
    ]
    if shifts:
        yield Note(
            f"target {target.name}: staffing",
            f"{', '.join(dict.fromkeys(shifts))} by times of day: trials at other hours meet other"
            " people, and the knee is none of one staffing",
        )


# ---------------------------------------------------------------------- within


def _flat(scenario: Scenario) -> Scenario:
    """Return *scenario* with the rate of its busiest interval at all times."""
    calls, tickets = scenario.calls, scenario.tickets
    return replace(
        scenario,
        calls=calls and replace(calls, arrivals=STEADY),
        tickets=tickets and replace(tickets, arrivals=STEADY),
    )


def _refusals(scenario: Scenario, sla: Sla, wanted: Wanted) -> Iterator[Problem]:
    if not contract_of(sla).objectives or not _of_phases(contract_of(sla)):
        found = "no objective for a steady load"
        yield Problem(f"{sla.path}: objectives", found, "a gate for steady, or for soak")
    if not 1 <= wanted.growth < math.inf:
        want = "1.3 for a future volume of 130 %, or 1 for the present volume alone"
        yield Problem("--growth", f"{wanted.growth:g}", want)
    if not 0.02 <= wanted.resolution <= 1:
        found, want = f"{wanted.resolution:g}", "0.02 to 1 of the planned volume, as in 0.1"
        yield Problem("--resolution", found, want)
    if not max(1.0, wanted.growth) <= wanted.most < math.inf:
        want = f"{wanted.growth:g} at least, or the future volume would never be tried"
        yield Problem("--most", f"{wanted.most:g}", want)
    if scenario.calls is None and scenario.tickets is None:
        yield Problem(f"{scenario.path}: traffic", "none", "calls or tickets to multiply")


def _of_phases(sla: Sla) -> bool:
    return any(CATALOGUE[each.kpi].phase_kinds != WHOLE_RUN for each in sla.objectives)


def _too_short(longest: Needed, trial_s: float, wanted: Wanted) -> Iterator[Problem]:
    need = f"{format_duration(_whole(longest.lasts_s))} for {longest.name}, which takes about"
    need = f"{need} {longest.contacts:,} contacts"
    if wanted.trial_s is not None and trial_s < longest.lasts_s:
        want = f"{need}: in less, most trials would stay undecided"
        yield Problem("--trial", format_duration(trial_s), want)
    elif wanted.trial_s is None and trial_s > _LONGEST_TRIAL_S:
        want = (
            "more traffic, a lower confidence or fewer --trials; or --trial, if you have the time"
        )
        yield Problem("a trial", need, want)


def _of_a_trial(objective: Objective, kind: PhaseKind) -> bool:
    """Whether a trial, or the run it is part of, can decide *objective*."""
    kpi = CATALOGUE[objective.kpi]
    if objective.kpi in ("steadiness", *GROWTHS):
        return False
    return kpi.phase_kinds == WHOLE_RUN or (kind in objective.gates and kind in kpi.phase_kinds)


def _stop_rules(kinds: frozenset[PhaseKind]) -> tuple[StopRule, ...]:
    return (
        StopRule("blocked", 0.2, 300.0, "blocked > 20%", kinds),
        StopRule("service_level", 0.2, 600.0, "service_level < 20%", kinds, threshold_s=20.0),
    )


def _needed(each: Asked, scenario: Scenario, target: Target, confidence: float) -> Needed | None:
    """Return what *each* takes of a trial; None for what need not be, or cannot be told."""
    contacts = contacts_of(each, scenario, target)
    per_s = (contacts or 0.0) / each.phase.duration_s
    if each.kpi.unit is not Unit.SHARE or not each.objective.must_pass or not per_s:
        return None
    rule = Rule(bound=each.bound, direction=each.kpi.direction, confidence=confidence, census=False)
    counts = (
        contacts_for(good_truth(each), rule, chance=POWER),
        contacts_to_fail(bad_truth(each), rule, chance=POWER),
        each.objective.min_contacts,
    )
    n = max(count or 0 for count in counts)
    aging_s = (each.within_s or 0.0) if each.kpi.stream is Stream.TICKETS else 0.0
    return Needed(each.name, n, n / per_s + aging_s)


def _theory(each: Asked, scenario: Scenario, target: Target) -> float | None:
    found = forecast(scenario, target, each.phase, each.scope, threshold_s=each.threshold_s)
    return found.of(each.kpi.name, each.objective.formula) if found is not None else None


def _whole(seconds: float) -> float:
    """Return *seconds* rounded up to whole minutes."""
    return math.ceil(seconds / _WHOLE_S - 1e-9) * _WHOLE_S


def round_s(scenario: Scenario, sla: Sla) -> float:
    """Return the centre seconds that one trial of a search takes, its drain at its longest."""
    warm_up, trial, drain = scenario.phases[1:4]
    return warm_up.duration_s + trial.duration_s + settle_s(sla, trial.kind) + drain.duration_s
