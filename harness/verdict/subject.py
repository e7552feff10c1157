"""What a verdict is about: first of all, before any number, what was tested and what was not."""

from collections import Counter
from collections.abc import Sequence

from harness.kpi.catalogue import CATALOGUE
from harness.model.contact import Stream
from harness.model.event import RunFacts
from harness.model.scenario import PhaseKind
from harness.model.scope import names
from harness.model.sla import Each, Sla
from harness.model.target import Target
from harness.model.verdict import Aspect, ObjectiveResult, Status, View
from harness.verdict.asked import of_anybody
from harness.verdict.evidence import Evidence
from harness.verdict.words import listed, plural


def subject(run: Evidence, sla: Sla, results: Sequence[ObjectiveResult]) -> str:
    """Return in a line what is judged: what was waived, the target, its speed, and what was not.

    A control run is called one first, then come waived objectives. Skipped are objectives that no
    phase of this scenario asks, left out are contacts whose clock was still running, open are
    results that their phase need not decide.
    """
    facts = run.facts
    target = f"{facts.target} ({_proof(facts)})"
    speed = "in real time" if facts.speed == 1 else f"at speed {facts.speed:g}"
    lacking = [f"{each} left out, which it does not offer" for each in not_offered(run)]
    parts = [
        "control run: its faults were left out" if facts.control else "",
        _waived(results),
        f"{target} {speed}",
        *lacking,
        _by_callers_alone(run, sla, results),
        _skipped(run, sla, results),
    ]
    still_open = sum(
        result.status is Status.INCONCLUSIVE and not result.decisive_here for result in results
    )
    left_out = _left_out(run, results)
    if still_open:
        parts.append(f"{plural(still_open, 'result')} open in phases that need not decide")
    if left_out:
        parts.append(f"{plural(left_out, 'contact')} left out, the clock still running")
    return "; ".join(part for part in parts if part)


def _left_out(run: Evidence, results: Sequence[ObjectiveResult]) -> int:
    """Return how many contacts were left out as their clock still ran.

    The objectives of a phase leave out the same ones, again and again: those of the one that left
    out most are counted, all its queues, lines, sites or priorities together.
    """
    by_scope: Counter[tuple[str, str, str]] = Counter()
    for each in results:
        if each.censored and each.view is View.CALLERS and each.aspect is Aspect.VALUE:
            subject = (each.phase, each.kpi, each.scope)
            by_scope[subject] = max(by_scope[subject], each.censored)
    by_kpi: Counter[tuple[str, str, tuple[bool, bool, bool]]] = Counter()
    for (phase, kpi, scope), censored in by_scope.items():
        of = (bool(scope), scope in run.scenario.lines, scope in run.target.sites)
        by_kpi[phase, kpi, of] += censored
    most: Counter[tuple[str, Stream | None]] = Counter()
    for (phase, kpi, _), censored in by_kpi.items():
        stream = CATALOGUE[kpi].stream
        most[phase, stream] = max(most[phase, stream], censored)
    return most.total()


def _proof(facts: RunFacts) -> str:
    """Return how the target has proven that it is no production system."""
    if facts.about:
        named = f", named {facts.environment}" if facts.environment else ""
        return f"{facts.about}{named}"
    return f"signed by its provider to be {facts.environment}, no production"


def not_offered(run: Evidence) -> tuple[Stream, ...]:
    """Return the streams that the target does not take."""
    return tuple(stream for stream in Stream if stream not in run.target.offers)


def _waived(results: Sequence[ObjectiveResult]) -> str:
    found = [result for result in results if result.status is Status.WAIVED]
    if not found:
        return ""
    texts = list(dict.fromkeys(f"{each.name} in {each.phase}, {each.waiver}" for each in found))
    return f"{plural(len(texts), 'objective')} waived ({listed(texts, between='; ')})"


def _by_callers_alone(run: Evidence, sla: Sla, results: Sequence[ObjectiveResult]) -> str:
    """Return which KPIs the provider's metrics should tell and do not; empty if they tell all."""
    silent = untold(sla, run.target)
    if silent and not run.target.sources:
        return "no figures of the provider's own: the callers' word alone"
    silent += _among_others(run, results, silent)
    if not silent:
        return ""
    return f"no figures of the provider's own for {listed(silent)}"


def _among_others(
    run: Evidence, results: Sequence[ObjectiveResult], silent: Sequence[str]
) -> list[str]:
    """Return which KPIs the provider's page tells for some lines together, and of how many.

    Those whose metrics know lines, and that are told for none of these; *silent* ones are at all.
    """
    lines = names(Each.LINE, run.scenario, run.target)
    told = {result.subject for result in results if result.view is View.PROVIDER}
    alone: dict[str, set[str]] = {}
    for result in results:
        kpi = CATALOGUE.get(result.kpi)
        if kpi is None or kpi.expression is None or "line" not in kpi.labels:
            continue
        if result.scope in lines and result.subject not in told and kpi.name not in silent:
            alone.setdefault(kpi.name, set()).add(result.scope)
    return [f"{kpi} of {plural(len(of), 'line')}" for kpi, of in alone.items()]


def untold(sla: Sla, target: Target) -> list[str]:
    """Return the KPIs of *sla* that a provider's metrics can tell, and those of *target* do not.

    Those too that no metrics tell one by one as it asks: ``service_level by line``.
    """
    found = []
    for objective in sla.objectives:
        kpi = CATALOGUE[objective.kpi]
        if kpi.provider is None or kpi.stream not in (None, *target.offers):
            continue
        q = of_anybody(objective)
        if not all(map(target.tells, kpi.metrics(q))):
            found.append(kpi.name)
        elif not kpi.told_by_provider(q):
            found.append(f"{kpi.name} by {objective.each}")
    return list(dict.fromkeys(found))


def _skipped(run: Evidence, sla: Sla, results: Sequence[ObjectiveResult]) -> str:
    asked = {result.kpi for result in results}
    missing = list(dict.fromkeys(o.kpi for o in sla.objectives if o.kpi not in asked))
    if not any(phase.kind is PhaseKind.LINES for phase in run.scenario.phases):
        missing.append("lines")
    return f"{plural(len(missing), 'objective')} skipped ({listed(missing)})" if missing else ""
