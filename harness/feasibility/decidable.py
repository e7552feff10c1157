"""Objectives that this scenario can never decide, whatever happens."""

import math
from collections.abc import Iterator

from harness.errors import Problem
from harness.faults.injector import PROOF_DEADLINE_WALL_S
from harness.faults.kinds import KINDS
from harness.faults.timeline import LONGEST_LEASE_WALL_S, lease_wall_s
from harness.kpi.catalogue import CATALOGUE, WHOLE_RUN
from harness.model.contact import Stream
from harness.model.now_and_then import FELT_S
from harness.model.scenario import Phase, PhaseKind, Scenario
from harness.model.sla import Each, Objective, Sla
from harness.model.units import format_duration
from harness.traffic.schedule import expected_contacts
from harness.verdict.recovery import GOOD_ATTEMPTS


def undecidable(scenario: Scenario, sla: Sla) -> Iterator[Problem]:
    """Yield a problem for everything in *scenario* that leaves an objective of *sla* open."""
    yield from _without_lines(scenario)
    yield from _asked_in_vain(scenario, sla)
    for objective in sla.objectives:
        where = f"{sla.path}: {objective.kpi}"
        yield from _without_traffic(objective, scenario, where)
        for phase in scenario.phases:
            if phase.kind in objective.gates and phase.kind in CATALOGUE[objective.kpi].phase_kinds:
                yield from _clock_too_long(objective, phase, scenario, where)
            yield from _too_few_after(objective, phase, scenario, where)
    yield from _silent_runbooks(scenario, sla)
    yield from _leases(scenario)
    yield from _too_short_to_prove(scenario)


def unaskable(sla: Sla) -> Iterator[Problem]:
    """Yield a problem for every objective of *sla* that no run can answer, on any target.

    A KPI that is named and that nobody measures yet would simply never be judged.
    """
    for objective in sla.objectives:
        kpi = CATALOGUE[objective.kpi]
        if not kpi.measurable:
            where = f"{sla.path}: {objective.kpi}"
            yield Problem(where, kpi.unseen, "an objective that a run can answer")


def _without_lines(scenario: Scenario) -> Iterator[Problem]:
    called = any(phase.kind is PhaseKind.LINES for phase in scenario.phases)
    if scenario.calls is not None and not called:
        yield Problem(
            f"{scenario.path}: phases",
            "no phase that calls the lines",
            "{name: lines, kind: lines} as the first: every line is tried before any customer",
        )


def not_asked(scenario: Scenario, sla: Sla) -> list[str]:
    """Return the KPIs of *sla* that no phase of *scenario* is asked, each once."""
    kinds = _kinds(scenario)
    asked = {
        objective.kpi
        for objective in sla.objectives
        if kinds & objective.gates.keys() & CATALOGUE[objective.kpi].phase_kinds
    }
    return [each for each in dict.fromkeys(o.kpi for o in _of_phases(sla)) if each not in asked]


def laxer_than_the_goal(sla: Sla) -> list[Objective]:
    """Return the objectives of *sla* whose own goal is asked of no kind of phase, only less."""
    return [each for each in _of_phases(sla) if _asks_less(each)]


def _asks_less(objective: Objective) -> bool:
    goal, gates = objective.goal, objective.gates.values()
    if goal is None or not gates:
        return False
    direction = CATALOGUE[objective.kpi].direction
    return not any(direction.is_at_least(gate.goal, goal) for gate in gates)


def _kinds(scenario: Scenario) -> set[PhaseKind]:
    """Return the kinds of phases of which something is asked; each fault of a soak is as one."""
    broken = any(phase.faults for phase in scenario.phases)
    return {phase.kind for phase in scenario.phases} | ({PhaseKind.FAULT} if broken else set())


def _of_phases(sla: Sla) -> list[Objective]:
    """Return the objectives of *sla* that are asked of phases, not of the whole run."""
    return [each for each in sla.objectives if CATALOGUE[each.kpi].phase_kinds != WHOLE_RUN]


def _asked_in_vain(scenario: Scenario, sla: Sla) -> Iterator[Problem]:
    """Yield a problem if *sla* asks something of phases, and nothing of any of *scenario*."""
    objectives = _of_phases(sla)
    if objectives and {each.kpi for each in objectives} == {*not_asked(scenario, sla)}:
        asked = sorted({kind.value for each in objectives for kind in each.gates})
        there = sorted({phase.kind.value for phase in scenario.phases})
        yield Problem(
            f"{sla.path}: objectives",
            f"gates for {', '.join(asked)} alone, and a scenario of {', '.join(there)}",
            "a gate for a kind of phase that there is, or nothing would be decided",
        )


def _without_traffic(objective: Objective, scenario: Scenario, where: str) -> Iterator[Problem]:
    kpi = CATALOGUE[objective.kpi]
    of_tickets = kpi.stream is Stream.TICKETS
    traffic = scenario.tickets if of_tickets else scenario.calls
    asked = kpi.phase_kinds == WHOLE_RUN or bool(_kinds(scenario) & objective.gates.keys())
    if traffic is None and asked and kpi.stream is not None:
        what = "tickets" if of_tickets else "calls"
        yield Problem(
            where,
            f"a scenario without {what}",
            f"{what} under traffic, or an SLA without this objective",
        )
    if objective.each is Each.QUEUE and scenario.calls is not None:
        for queue in objective.only or scenario.lines:
            if queue in scenario.lines and not scenario.calls.mix.get(queue):
                yield Problem(where, f"no calls to {queue} in the mix", f"a share for {queue}")


def _clock_too_long(
    objective: Objective, phase: Phase, scenario: Scenario, where: str
) -> Iterator[Problem]:
    """Yield a problem if no ticket of *phase* can be old enough before the run is over."""
    if objective.kpi not in ("ticket_first_reply", "ticket_next_reply", "ticket_resolution"):
        return
    if not scenario.decides(phase):
        return
    clocks = {"": objective.threshold_s} if objective.threshold_s is not None else {}
    clocks |= {name: clock.within_s for name, clock in (objective.clocks or {}).items()}
    left_s = sum(p.duration_s for p in scenario.phases[scenario.phases.index(phase) :])
    for priority, within_s in clocks.items():
        if left_s <= within_s:
            whose = f" for {priority}" if priority else ""
            yield Problem(
                where,
                f"a clock of {format_duration(within_s)}{whose} in a run that ends"
                f" {format_duration(left_s)} after {phase.name} began",
                f"longer phases, or no gate for {phase.kind}",
            )


def _too_few_after(
    objective: Objective, phase: Phase, scenario: Scenario, where: str
) -> Iterator[Problem]:
    """Yield a problem if too few calls follow a fault of *phase* to see service restored."""
    if objective.kpi != "recovery" or scenario.calls is None:
        return
    if PhaseKind.FAULT not in objective.gates:
        return
    later = scenario.phases[scenario.phases.index(phase) + 1 :]
    for fault in phase.faults:
        calls = expected_contacts(scenario, phase, Stream.CALLS, after_s=fault.at_s)
        following = [each.at_s for each in phase.faults if each.at_s >= fault.end_s]
        if phase.kind is PhaseKind.SOAK:
            following.append(fault.end_s + FELT_S)
        if following:
            # From the next one on what customers feel is put down to that; in a soak not even that.
            calls -= expected_contacts(scenario, phase, Stream.CALLS, after_s=min(following))
        else:
            calls += sum(expected_contacts(scenario, each, Stream.CALLS) for each in later)
        if calls < GOOD_ATTEMPTS:
            yield Problem(
                where,
                f"about {calls:.0f} calls after {fault.title} in {phase.name}",
                f"at least {GOOD_ATTEMPTS}, or nobody can say when service was back: longer phases",
            )


def _silent_runbooks(scenario: Scenario, sla: Sla) -> Iterator[Problem]:
    """Yield a problem for each runbook that foresees nothing where *sla* allows no surprise."""
    if all(objective.kpi != "surprises" for objective in sla.objectives):
        return
    for book in scenario.runbooks:
        if book.expects is None:
            yield Problem(
                book.path,
                "a runbook that does not say what it expects, and an objective for surprises",
                "at its top, between two lines of '---': 'expects: [dropped, cut_off]', or"
                " 'expects: nothing'",
            )


def _leases(scenario: Scenario) -> Iterator[Problem]:
    for phase in scenario.phases:
        for fault in phase.may_break:
            lease = lease_wall_s(fault, speed=scenario.speed)
            if lease > LONGEST_LEASE_WALL_S:
                yield Problem(
                    f"{scenario.path}: {phase.name}: {fault.title}",
                    f"a fault of {format_duration(lease)} of wall time, margin included",
                    f"at most {format_duration(LONGEST_LEASE_WALL_S)}: a target heals by then",
                )


def _too_short_to_prove(scenario: Scenario) -> Iterator[Problem]:
    """Yield a problem for each fault that is over before anybody can have seen it."""
    for phase in scenario.phases:
        for fault in phase.may_break:
            looks_wall_s = getattr(KINDS[fault.kind], "looks_wall_s", lambda _: 0.0)(fault)
            lasts_wall_s = max(fault.for_s / scenario.speed, PROOF_DEADLINE_WALL_S)
            if math.isfinite(looks_wall_s) and looks_wall_s >= lasts_wall_s:
                enough_wall_s = looks_wall_s + PROOF_DEADLINE_WALL_S  # what the injector waits
                yield Problem(
                    f"{scenario.path}: {phase.name}: {fault.title}",
                    f"a fault that can be proven after {format_duration(looks_wall_s)} of wall time"
                    " alone, and is over before",
                    f"for: {format_duration(math.ceil(enough_wall_s * scenario.speed))} or longer",
                )
