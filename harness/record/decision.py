"""The release decision: what many runs, the issue log and the dates say about one cutover.

Pure: the runs and the findings are those of a history, the day is an argument. The newest run of a
scenario counts, never the best one: a red nightly is not outvoted by the green one before it.
"""

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import PurePath

from harness.model.cutover import (
    PROOFS,
    Answer,
    Cutover,
    Evidence,
    NamedScenario,
    Proof,
    Release,
    Required,
    Standing,
    no_run_of,
)
from harness.model.finding import Finding, Severity, Sighting, Source, findings_of
from harness.model.guard import Level
from harness.model.handover import ROLLBACK
from harness.model.history import RunSummary
from harness.model.review import Period
from harness.model.scenario import Owner, PhaseKind
from harness.model.units import exact_share, format_duration, format_share
from harness.model.verdict import Status
from harness.verdict.words import listed, plural


def decide(
    cutover: Cutover,
    runs: Sequence[RunSummary],
    findings: Mapping[str, Finding],
    *,
    day: date,
) -> Release:
    """Return whether *cutover* may go live as things stand on *day*, and why.

    What began, or was said of a finding, after that day is not looked at.

    NO-GO if a proof is missing, stale, failing or too weak, or if a critical finding of one of its
    scenarios is open without a root cause. GO with conditions if something was waived, if a run
    warned, if other findings are open or a milestone is late.
    """
    over_wall = Period(day, day).end_wall
    runs = [run for run in runs if run.started_wall < over_wall]
    findings = findings_of(
        each for finding in findings.values() for each in finding.happened if each.at < over_wall
    )
    evidence = tuple(
        each for required in cutover.required for each in _shown(required, cutover, runs, day)
    )
    ours = [each for each in findings.values() if each.last.scenario in _names(cutover)]
    reasons = [*_reasons(evidence), *_unexplained(ours)]
    conditions = [*_given_with(evidence), *_still_open(ours), *_late(cutover, day)]
    answer = Answer.WITH_CONDITIONS if conditions else Answer.GO
    if reasons:
        answer = Answer.NO_GO
    return Release(
        cutover=cutover,
        day=day,
        answer=answer,
        evidence=evidence,
        reasons=tuple(reasons),
        conditions=tuple(conditions),
        next_steps=tuple(_next_steps(cutover, evidence, ours, answer, day)),
        noted=tuple(_noted(cutover, evidence, day)),
    )


# ---------------------------------------------------------------------- the evidence


def _shown(
    required: Required, cutover: Cutover, runs: Sequence[RunSummary], day: date
) -> Iterator[Evidence]:
    """Yield how *required* stands, by each of its scenarios."""
    owner = required.owner or cutover.owner
    if required.waived_by is not None:
        what = f"waived by {required.waived_by.name}: {required.why}"
        yield Evidence(required.proof, Standing.WAIVED, "", owner, what=what)
        return
    for scenario in required.scenarios:
        same = [run for run in runs if run.scenario == scenario.name and run.judges]
        fresh = [run for run in same if run.scenario_sha256 == scenario.sha256]
        if required.proof is Proof.FAILOVER_IN_REAL_TIME:
            fresh = [run for run in fresh if run.speed == 1]
        if not fresh:
            what = _none(scenario, same)
            yield Evidence(
                required.proof,
                Standing.MISSING,
                scenario.name,
                owner,
                what=what,
                remedy=_run(scenario.path),
            )
            continue
        yield _by_run(required, cutover, scenario, max(fresh, key=_began), owner=owner, day=day)


def _run(path: str) -> str:
    """Return the command that runs the scenario, or all of the folder, at *path*."""
    return f"harness run {shlex.quote(path)}"


def _none(scenario: NamedScenario, same: Sequence[RunSummary]) -> str:
    if not same:
        return no_run_of(scenario.name)
    newest = max(same, key=_began).run
    if any(run.scenario_sha256 == scenario.sha256 for run in same):
        return f"no run of {scenario.name} at speed 1"
    return f"{scenario.path} has been changed since its last run, {newest}: a change is tested anew"


def _by_run(
    required: Required,
    cutover: Cutover,
    scenario: NamedScenario,
    run: RunSummary,
    *,
    owner: Owner,
    day: date,
) -> Evidence:
    """Return how *required* stands by *run*, the newest of its scenario."""
    standing, what = Standing.THERE, ""
    if not run.is_go:
        standing, what = Standing.FAILING, f"{run.decision}: {run.sentence}"
    elif weak := list(_weaknesses(required, cutover, run)):
        standing, what = Standing.INSUFFICIENT, listed(weak)
    elif (age := _age_days(run, day)) > required.max_age_days:
        most = plural(round(required.max_age_days), "day")
        standing, what = Standing.STALE, f"{plural(age, 'day')} old, {most} at most"
    return Evidence(
        proof=required.proof,
        standing=standing,
        scenario=scenario.name,
        owner=owner,
        run=run.run,
        what=what,
        remedy="" if standing is Standing.THERE else _run(scenario.path),
        remarks=tuple(_remarks(run)),
    )


def _weaknesses(required: Required, cutover: Cutover, run: RunSummary) -> Iterator[str]:
    """Yield what a GO of *run* does not show although *required* asks for it."""
    level = level_of(run)
    if not level.is_at_least(cutover.attested):
        yield f"on a target that is {level.value}, not {cutover.attested.value}"
    if run.sla_sha256 != cutover.sla_sha256 and required.proof in _BY_THE_CONTRACT:
        yield f"judged by {run.sla}, not by {cutover.sla_name} as it stands now"
    if run.lines_ok < run.lines_handed_over:
        yield f"{run.lines_ok} of {run.lines_handed_over} lines were reached"
    if required.proof is Proof.LINES and not run.lines_handed_over:
        yield "no line is handed over in it"
    if (highest := run.highest_load()) < required.load:
        yield f"it held {format_share(highest)} of the volume, not {exact_share(required.load)}"
    if (soaked := run.longest_s(PhaseKind.SOAK)) < required.for_s:
        lasted = format_duration(round(soaked)) if soaked else "not at all"
        yield f"it soaked {lasted}, not {format_duration(round(required.for_s))}"
    yield from _untroubled(required.proof, run)
    if any(not (fault.proven and fault.healed) for fault in run.faults):
        yield "a fault of it was not shown to have taken effect, or to be healed"


def _untroubled(proof: Proof, run: RunSummary) -> Iterator[str]:
    """Yield what did not happen in *run* although *proof* is about what then becomes of callers."""
    if proof is Proof.FAILOVER_IN_REAL_TIME and not run.faults:
        yield "nothing was broken in it"
    if proof in _OF_TROUBLE and not (run.faults or run.most_load() > _FULL):
        yield "nothing was broken in it, and no more came than usual"
    if proof is Proof.ROLLBACK and not any(o.kpi == ROLLBACK for o in run.objectives):
        yield "nothing was taken back in it"


_FULL = 1.0
_OF_TROUBLE = (Proof.FAILOVERS, Proof.BACKUP_STAFF)
"""Of these a flash crowd is one as well: it breaks nothing, and has to be survived."""
# Failovers, rollback and backup staff have acceptance values of their own, in contracts of theirs.
_BY_THE_CONTRACT = (Proof.LOAD_NOW, Proof.LOAD_FUTURE)


def level_of(run: RunSummary) -> Level:
    """Return what the target of *run* had proven of itself, as its verdict says."""
    about = run.about.removesuffix(" only")
    return Level(about) if about in set(Level) else Level.SIGNED if not about else Level.MOCK


def _remarks(run: RunSummary) -> Iterator[str]:
    warned = sorted({each.name for each in run.objectives if each.status is Status.WARN})
    if warned:
        yield f"{run.run} warned of {listed(warned)}"
    if run.waived:
        yield f"{plural(run.waived, 'objective')} waived in {run.run}"


def _age_days(run: RunSummary, day: date) -> int:
    return (day - datetime.fromtimestamp(run.started_wall, UTC).date()).days


def _began(run: RunSummary) -> tuple[float, str]:
    return run.started_wall, run.run


# ---------------------------------------------------------------------- what follows from it


def _names(cutover: Cutover) -> set[str]:
    named = {scenario.name for each in cutover.required for scenario in each.scenarios}
    return named | {cutover.name}


def _reasons(evidence: Iterable[Evidence]) -> Iterator[str]:
    """Yield why each proof is not there; scenarios that were never run are told together."""
    lacking = [each for each in evidence if each.hinders]
    for proof in Proof:
        never = [each.scenario for each in lacking if each.proof is proof and each.never_run]
        if never:
            yield f"{proof} is {Standing.MISSING}: no run of {listed(never)}"
        yield from (
            f"{each.proof} is {each.standing}: {each.what}"
            for each in lacking
            if each.proof is proof and not each.never_run
        )


def _unexplained(findings: Iterable[Finding]) -> Iterator[str]:
    for each in findings:
        if each.hinders:
            yield f"finding {each.id}, {each.last.title} of {each.last.scenario}: no root cause"


def _given_with(evidence: Iterable[Evidence]) -> list[str]:
    """Return what was waived, and what the runs were given a GO with; each once."""
    found: list[str] = []
    for each in evidence:
        if each.standing is Standing.WAIVED:
            found.append(f"{each.proof} {each.what}")
        if each.standing is Standing.THERE:
            found += each.remarks
    return list(dict.fromkeys(found))


def _still_open(findings: Iterable[Finding]) -> Iterator[str]:
    for each in findings:
        if each.is_open and not each.hinders and each.last.source.needs_cause:
            where = f"{each.last.title} of {each.last.scenario}"
            yield f"finding {each.id}, {where}, is {each.state}: {each.owner.name}"


def _late(cutover: Cutover, day: date) -> Iterator[str]:
    for each in cutover.milestones:
        if each.is_late(day):
            days = plural((day - each.due).days, "day")
            yield f"milestone {each.name!r} is {days} late: {each.owner.name}"
    if day > cutover.go_live:
        yield f"the go-live of {cutover.go_live} has passed: set a new day"


def _next_steps(
    cutover: Cutover,
    evidence: Sequence[Evidence],
    findings: Sequence[Finding],
    answer: Answer,
    day: date,
) -> Iterator[str]:
    """Yield what may, or has to, be done next, in order."""
    lines = [each for each in evidence if each.proof is Proof.LINES]
    if any(each.hinders for each in lines):
        yield "no live call is taken: a successful test of every line comes before it"
    yield from dict.fromkeys(_to_run(cutover, evidence))
    yield from (f"harness findings set {each.id} --cause ..." for each in findings if each.hinders)
    if answer is not Answer.NO_GO:
        left = (cutover.go_live - day).days
        when = f"in {plural(left, 'day')}" if left > 0 else "as soon as a day is set"
        yield (
            f"hand over the first lines on {cutover.go_live}, {when}, with a low share of the"
            " calls; each further step waits for the gate of the one before"
        )
    if answer is Answer.WITH_CONDITIONS:
        yield "each condition has an owner: ask for its end before the last step"


def _to_run(cutover: Cutover, evidence: Sequence[Evidence]) -> Iterator[str]:
    """Yield what gets each proof that lacks; a whole folder in one command."""
    for required in cutover.required:
        remedies = [each.remedy for each in evidence if each.proof is required.proof]
        if len(remedies) > 1 and all(remedies):
            yield _run(f"{PurePath(required.scenarios[0].path).parent}/")
        else:
            yield from filter(None, remedies)


def _noted(cutover: Cutover, evidence: Iterable[Evidence], day: date) -> Iterator[Sighting]:
    """Yield what of the decision belongs into the issue log: what is due by *day*, and lacks.

    A proof is due from the day on which it would still be young enough at the go-live: what is
    shown sooner has to be shown again, so until then it is a thing to do, and no issue.
    """
    due = {each.proof: each.due(cutover.go_live) for each in cutover.required}
    for milestone in cutover.milestones:
        if milestone.is_late(day):
            yield Sighting(
                cutover.name,
                f"milestone {milestone.name}",
                Severity.MAJOR,
                f"due {milestone.due}, not done on {day}",
                milestone.owner,
                Source.MILESTONE,
            )
    for each in evidence:
        if each.hinders and day >= due[each.proof]:
            yield Sighting(
                cutover.name,
                f"{each.proof} by {each.scenario}",
                Severity.MAJOR,
                f"{each.standing}: {each.what}; {PROOFS[each.proof]}",
                each.owner,
                Source.EVIDENCE,
            )
