"""Waivers: somebody answers, for a while, for an objective that is not met or not decided."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime

from harness.model.event import RunFacts
from harness.model.sla import Sla, Waiver
from harness.model.verdict import ObjectiveResult, Status

_EXCUSED = frozenset({Status.FAIL, Status.INCONCLUSIVE})


def waived(results: Iterable[ObjectiveResult], sla: Sla, facts: RunFacts) -> list[ObjectiveResult]:
    """Return *results* with those WAIVED that failed or stayed open and that *sla* excuses.

    By the day of the run, in UTC, so that judging it again next year says the same. What was met
    stays met. A waived objective is still one of those that are judged together: to excuse one
    makes no other decision surer.
    """
    return excused(results, sla, datetime.fromtimestamp(facts.started_wall, UTC).date())


def excused(results: Iterable[ObjectiveResult], sla: Sla, day: date) -> list[ObjectiveResult]:
    """Return *results* with those WAIVED that *sla* excuses on *day*."""
    return [_waived(result, sla.waivers, day) for result in results]


def _waived(result: ObjectiveResult, waivers: Iterable[Waiver], day: date) -> ObjectiveResult:
    if result.status not in _EXCUSED:
        return result
    found = next((w for w in waivers if w.covers(result.kpi, result.scope, result.kind, day)), None)
    if found is None:
        return result
    who = found.approved_by.name
    text = f"waived by {who} until {found.until.isoformat()}: {found.why}"
    note = "; ".join(filter(None, (f"otherwise {result.status.upper()}", result.note)))
    return replace(result, status=Status.WAIVED, waiver=text, note=note)
