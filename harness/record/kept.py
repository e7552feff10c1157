"""What a history keeps of one run: its summary, its findings, and its figures as a baseline.

Functions of the record and its verdict: no file is written here.
"""

from collections.abc import Mapping
from dataclasses import replace

from harness.errors import Problem, UsageError
from harness.model.event import Ending, LineCheck
from harness.model.finding import Finding, Happening, State, What, course
from harness.model.history import (
    EXPLORED,
    JudgedObjective,
    RehearsedFault,
    RehearsedPhase,
    RunSummary,
)
from harness.model.inventory import InterfaceKind
from harness.model.sla import Baseline, BaselineValue
from harness.model.verdict import Aspect, ObjectiveResult, Status, Subject, Verdict, View
from harness.record.run_record import RunRecord
from harness.verdict.findings import passes, sightings


def summary_of(record: RunRecord, verdict: Verdict) -> RunSummary:
    """Return the run of *record* summed up, as *verdict* judged it."""
    facts, scenario = record.facts, record.scenario
    handed_over = {line for lines in scenario.lines.values() for line in lines}
    probed: dict[str, LineCheck] = {
        each.line: each for each in record.lines() if each.kind is InterfaceKind.LINE
    }
    return RunSummary(
        run=facts.run,
        scenario=scenario.name,
        scenario_sha256=facts.scenario_sha256,
        sla=verdict.sla.name,
        sla_sha256=verdict.sla.sha256,
        target=facts.target,
        about=facts.about,
        started_wall=facts.started_wall,
        speed=facts.speed,
        seed=facts.seed,
        decision=EXPLORED if verdict.explored else verdict.decision.value,
        sentence=verdict.sentence,
        ending=record.ending.value,
        control=facts.control,
        lines_probed=len(probed),
        lines_ok=sum(each.ok for each in probed.values()),
        lines_handed_over=len(handed_over),
        calls_per_hour=scenario.calls.per_hour if scenario.calls else 0.0,
        tickets_per_hour=scenario.tickets.per_hour if scenario.tickets else 0.0,
        phases=tuple(
            RehearsedPhase(each.name, each.kind, each.load.peak, each.end_s - each.start_s)
            for each in record.phases()
            if each.held_until_s >= each.end_s  # of one that was cut short nothing is proven
        ),
        faults=_faults(record, verdict),
        objectives=tuple(_judged(each) for each in verdict.results),
        waived=len({e.name for e in verdict.results if e.status is Status.WAIVED}),
        progression=verdict.sla.progression,
    )


def for_trends(summary: RunSummary) -> RunSummary:
    """Return of *summary* what a later run needs to draw its progression: a small part of it."""
    compared = {
        (each.name.removesuffix(f" {Aspect.BASELINE}"), each.phase, each.view)
        for each in summary.objectives
        if each.aspect is Aspect.BASELINE
    }
    kept = tuple(
        each
        for each in summary.objectives
        if each.aspect is Aspect.BASELINE or (each.name, each.phase, each.view) in compared
    )
    return replace(summary, objectives=kept, phases=(), faults=(), sentence="")


def in_short(finding: Finding) -> Finding:
    """Return *finding* with what moved it, what people said of it, and its last sighting alone.

    A year of nights that saw the same again is counted in it, and would be half a megabyte more.
    """
    before: State | None = None
    kept = []
    for each, state in course(finding):
        last_seen = each.what is What.SEEN and each.at == finding.last_at
        if each.by or state is not before or last_seen:
            kept.append(each)
        before = state
    return replace(finding, happened=tuple(kept))


def _faults(record: RunRecord, verdict: Verdict) -> tuple[RehearsedFault, ...]:
    recoveries = {each.fault: each for each in verdict.recoveries}
    return tuple(
        RehearsedFault(
            kind=each.kind,
            place=each.place or each.site,
            proven=each.proven,
            healed=each.healed,
            recovered_s=found.told_s if (found := recoveries.get(each.id)) else None,
            error_s=found.error_s if found else 0.0,
        )
        for each in record.faults()
    )


def _judged(result: ObjectiveResult) -> JudgedObjective:
    return JudgedObjective(
        name=result.name,
        kpi=result.kpi,
        scope=result.scope,
        view=result.view.value,
        phase=result.phase,
        kind=result.kind,
        status=result.status,
        value=result.value,
        low=result.low,
        high=result.high,
        n=result.n,
        goal=result.goal,
        unit=result.unit,
        direction=result.direction,
        owner=result.owner.name,
        must_pass=result.must_pass,
        decisive=result.decisive_here,
        threshold_s=result.threshold_s,
        restored_share=result.restored_share,
        formula=result.formula,
    )


def happenings_of(
    record: RunRecord, verdict: Verdict, known: Mapping[str, Finding]
) -> tuple[Happening, ...]:
    """Return what the run of *record* means for the issue log, of which *known* is so far.

    They carry the moment at which the run began: what a person said of a finding while it went on
    is newer than what it saw.
    """
    facts, scenario, ending = record.facts, record.scenario, record.ending
    seen = sightings(
        verdict,
        scenario=scenario.name,
        owner=scenario.owner,
        ending=ending,
        control=facts.control,
    )
    passed = passes(
        verdict,
        known.values(),
        scenario=scenario.name,
        ending=ending,
        control=facts.control,
    )
    return (
        *(
            Happening(each.id, What.SEEN, facts.started_wall, run=facts.run, sighting=each)
            for each in seen
        ),
        *(Happening(each, What.PASSED, facts.started_wall, run=facts.run) for each in passed),
    )


def baseline_of(record: RunRecord, verdict: Verdict, *, name: str) -> Baseline:
    """Return the figures of a run as the baseline *name*: all that its verdict is sure of.

    The callers' view where there is one, else the provider's. A figure of three calls has no
    interval and is not exact either: it is left out. A run that failed the contract may be a
    standard all the same: what one keeps oneself may be less than what one asks for.

    Raises:
        UsageError: the run measured nothing, was not run to its end, or is no rehearsal: its
            figures are of half a phase, or of no load that anybody planned.
    """
    if found := _no_standard(record):
        want = "a whole rehearsal: later runs are held against every phase of it"
        raise UsageError([Problem(str(record.folder), found, want)])
    measured: dict[Subject, ObjectiveResult] = {}
    for result in verdict.results:
        if result.kind is None or result.value is None or result.aspect is not Aspect.VALUE:
            continue
        if result.subject not in measured or result.view is View.CALLERS:
            measured[result.subject] = result
    values = tuple(
        BaselineValue(
            each.kpi,
            each.scope,
            each.phase,
            each.value,
            each.n,
            each.threshold_s,
            low=each.low,
            high=each.high,
            formula=each.formula,
        )
        for each in measured.values()
        if each.value is not None and not each.unsure
    )
    if not values:
        want = "a run of which something was measured"
        raise UsageError([Problem(str(record.folder), "a run without a figure", want)])
    facts = record.facts
    return Baseline(
        name=name,
        run=facts.run,
        scenario=record.scenario.name,
        scenario_sha256=facts.scenario_sha256,
        values=values,
    )


def _no_standard(record: RunRecord) -> str:
    """Return why the run of *record* cannot be a baseline; empty if it can."""
    if record.facts.control:
        return "a control run, without the scenario's faults"
    if record.facts.explored:
        return "a run that only explored"
    if record.cuts():
        return "a run in pieces, which was cut and gone on with"
    if record.ending is not Ending.COMPLETE:
        return f"a run that did not come to its end ({record.ending.value})"
    return ""


def check_same_scenario(found: Baseline, *, scenario: str, sha256: str, where: str) -> None:
    """Refuse a baseline that was taken from another scenario, or another version of this one.

    Raises:
        UsageError: their hashes differ: other load, other mix, other faults are no comparison.
    """
    if found.scenario_sha256 == sha256:
        return
    whose = (
        f"another version of {scenario}"
        if found.scenario == scenario
        else f"the scenario {found.scenario}"
    )
    raise UsageError(
        [
            Problem(
                where,
                f"the baseline {found.name}, taken from {whose} (run {found.run})",
                f"a baseline of the very same {scenario}: run it in house, then"
                f" harness findings baseline RUN --as {found.name}",
            )
        ]
    )
