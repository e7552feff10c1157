"""A rollback as an objective: all back in time, nobody dropped, enough people there. Pure.

It is timed from the order to the last call that still went elsewhere, as callers saw it: what the
provider says of its routing is not asked.
"""

from collections.abc import Iterator, Mapping

from harness.model.event import PhaseRun
from harness.model.handover import ROLLBACK, StepRun
from harness.model.scenario import Phase, Scenario
from harness.model.sla import Direction, Unit
from harness.model.target import Target
from harness.model.units import format_duration
from harness.model.verdict import ObjectiveResult, Status, View
from harness.verdict.evidence import Evidence
from harness.verdict.reach import Seen, unseen
from harness.verdict.words import plural


def rollback_results(run: Evidence) -> Iterator[ObjectiveResult]:
    """Yield a result for each rollback that was rehearsed."""
    steps = {step.phase: step for step in run.steps()}
    for ran in run.phases():
        phase = run.scenario.phase(ran.name)
        within_s = phase.step.back_within_s
        if within_s is not None:
            yield _result(run, phase, ran, steps.get(phase.name), within_s)


def _result(
    run: Evidence, phase: Phase, ran: PhaseRun, step: StepRun | None, within_s: float
) -> ObjectiveResult:
    in_house = run.scenario.in_house
    since_s = step.ordered_s if step is not None else ran.start_s
    calls = run.call_figures(ran.name, ran.end_s)
    rows = zip(calls.site, calls.due_s, calls.lag_s, strict=True)
    routed = [(site, due_s + lag_s) for site, due_s, lag_s in rows if site]
    astray = [started_s for site, started_s in routed if site != in_house]
    lost = Seen(unseen(run)).lost(run.lost_calls(since_s, ran.held_until_s))
    dropped = sum(call.dropped for call in lost)
    done = step is not None and step.done_s is not None
    back_s = None
    if step is not None and step.done_s is not None and routed:
        back_s = max([step.done_s, *astray]) - step.ordered_s
    short = too_few(run.scenario, run.target, phase, step.heads if step is not None else {})
    wrong = [
        f"{plural(dropped, 'caller')} dropped" if dropped else "",
        *short,
        f"not made: {step.why}" if step is not None and not done else "",
    ]
    note = "; ".join(each for each in wrong if each)
    seen = ran.held_until_s >= ran.end_s
    if back_s is None or not seen:
        status = Status.FAIL if dropped or short else Status.INCONCLUSIVE
        note = note or "the phase was not run to its end, or no call came"
    else:
        status = Status.FAIL if note or back_s > within_s else Status.PASS
    return ObjectiveResult(
        kpi=ROLLBACK,
        scope="",
        view=View.CALLERS,
        phase=ran.name,
        kind=ran.kind,
        status=status,
        goal=within_s,
        warn=within_s,
        goal_text=f"<= {format_duration(within_s)}",
        unit=Unit.SECONDS,
        direction=Direction.LESS,
        owner=run.scenario.owner,
        must_pass=True,
        decisive_here=True,
        value=back_s,
        low=None,
        high=None,
        n=len(routed),
        note=note or f"{plural(len(astray), 'call')} still went elsewhere; nobody was dropped",
    )


def too_few(
    scenario: Scenario, target: Target, phase: Phase, heads: Mapping[str, int]
) -> list[str]:
    """Return the queues for which *heads* in-house cannot carry all calls of *phase*, in words.

    Mean load against heads, the least that is needed: with fewer, the queue grows without end.
    Of a queue without a declared handle time nothing can be told.
    """
    if scenario.calls is None:
        return []
    found = []
    for queue, share in scenario.calls.mix.items():
        handle_s = target.handle_s.get(queue)
        if handle_s is None:
            continue
        busy = scenario.calls.per_hour * share * phase.load.peak * handle_s / 3600
        there = heads.get(queue, 0)
        if busy and there <= busy:
            found.append(f"{there} in-house for {queue}, whose calls keep {busy:.0f} busy")
    return found
