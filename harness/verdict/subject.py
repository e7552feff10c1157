"""What a verdict is about: first of all, before any number, what was tested and what was not."""

from collections.abc import Sequence

from harness.model.contact import Stream
from harness.model.scenario import PhaseKind
from harness.model.sla import Sla
from harness.model.verdict import ObjectiveResult, Status, View
from harness.verdict.evidence import Evidence
from harness.verdict.words import listed, plural


def subject(run: Evidence, sla: Sla, results: Sequence[ObjectiveResult]) -> str:
    """Return in a line what is judged: what was waived, the target, its speed, and what was not.

    Waived objectives come first. Skipped are objectives that no phase of this scenario asks, left
    out are contacts whose clock was still running, open are results that a phase of low load need
    not decide.
    """
    facts = run.facts
    target = f"{facts.target} ({facts.about})" if facts.about else facts.target
    speed = "in real time" if facts.speed == 1 else f"at speed {facts.speed:g}"
    lacking = [f"{each} left out, which it does not offer" for each in not_offered(run)]
    parts = [_waived(results), f"{target} {speed}", *lacking, _skipped(run, sla, results)]
    still_open = sum(
        result.status is Status.INCONCLUSIVE and not result.decisive_here for result in results
    )
    left_out = sum(r.censored for r in results if r.view is View.CALLERS)
    if still_open:
        parts.append(f"{plural(still_open, 'result')} open at low load")
    if left_out:
        parts.append(f"{plural(left_out, 'contact')} left out, the clock still running")
    return "; ".join(part for part in parts if part)


def not_offered(run: Evidence) -> tuple[Stream, ...]:
    """Return the streams that the target does not take."""
    return tuple(stream for stream in Stream if stream not in run.target.offers)


def _waived(results: Sequence[ObjectiveResult]) -> str:
    found = [result for result in results if result.status is Status.WAIVED]
    if not found:
        return ""
    texts = list(dict.fromkeys(f"{each.name} in {each.phase}, {each.waiver}" for each in found))
    return f"{plural(len(texts), 'objective')} waived ({listed(texts, between='; ')})"


def _skipped(run: Evidence, sla: Sla, results: Sequence[ObjectiveResult]) -> str:
    asked = {result.kpi for result in results}
    missing = list(dict.fromkeys(o.kpi for o in sla.objectives if o.kpi not in asked))
    if not any(phase.kind is PhaseKind.LINES for phase in run.scenario.phases):
        missing.append("lines")
    return f"{plural(len(missing), 'objective')} skipped ({listed(missing)})" if missing else ""
