"""Where each result stands: decided, undecided where it had to be decided, or only left open.

A phase below the highest load of its kind can refute an objective, not prove it (decision 002), nor
can the shorter piece of a soak: an INCONCLUSIVE result there hinders nobody, and no report may show
it as if it did.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.model.verdict import ObjectiveResult, Status, Verdict
from harness.record.run_record import RunRecord

WHOLE_RUN = "the whole run"
OPEN_MEANS = (
    "open: too few contacts here; it is decided where the load is highest, in the longest piece"
)
_DECIDED = (Status.PASS, Status.WARN, Status.FAIL)


def is_open(result: ObjectiveResult) -> bool:
    """Whether *result* is undecided in a phase that need not decide it."""
    return result.status is Status.INCONCLUSIVE and not result.decisive_here


def is_undecided(result: ObjectiveResult) -> bool:
    """Whether *result* is undecided where it stands to be decided."""
    return result.status is Status.INCONCLUSIVE and result.decisive_here


def is_decided(result: ObjectiveResult) -> bool:
    """Whether *result* is an answer, whichever."""
    return result.status in _DECIDED


@dataclass(frozen=True, slots=True)
class Tally:
    """How many objectives of a phase are decided, undecided and open, whoever's view they are."""

    phase: str
    decided: int = 0
    undecided: int = 0
    open: int = 0


def tallies(verdict: Verdict) -> tuple[Tally, ...]:
    """Return the tally of each phase that has results, in their order; that of the run is last.

    An objective that two views tell of counts once, as in the verdict's sentence: as failed if
    either failed, else as undecided if either is.
    """
    by_phase: dict[str, dict[object, list[ObjectiveResult]]] = {}
    for result in sorted(verdict.results, key=lambda result: result.kind is None):
        phase = WHOLE_RUN if result.kind is None else result.phase
        asked = result.subject, result.aspect
        by_phase.setdefault(phase, {}).setdefault(asked, []).append(result)
    return tuple(_tally(phase, views.values()) for phase, views in by_phase.items())


def _tally(phase: str, objectives: Iterable[Sequence[ObjectiveResult]]) -> Tally:
    decided = undecided = still_open = 0
    for views in objectives:
        failed = any(view.status is Status.FAIL for view in views)
        if not failed and any(map(is_undecided, views)):
            undecided += 1
        elif any(map(is_decided, views)):
            decided += 1
        elif any(map(is_open, views)):
            still_open += 1
    return Tally(phase, decided, undecided, still_open)


def deciding_phases(record: RunRecord, result: ObjectiveResult) -> tuple[str, ...]:
    """Return the planned phases of the result's kind in which it has to be decided."""
    scenario = record.scenario
    alike = [phase for phase in scenario.phases if phase.kind is result.kind]
    return tuple(phase.name for phase in alike if scenario.decides(phase))


def decided_there(record: RunRecord, verdict: Verdict, result: ObjectiveResult) -> bool:
    """Whether the same objective, by the same view, is decided in all phases that have to."""
    decided = {
        each.phase
        for each in verdict.results
        if _wherever(each) == _wherever(result) and is_decided(each)
    }
    return decided.issuperset(deciding_phases(record, result))


def _wherever(result: ObjectiveResult) -> tuple[object, ...]:
    """Return what was asked and by which view it is told, the same in every phase of a kind."""
    *asked, _ = result.subject
    return (*asked, result.aspect, result.view, result.kind)


def closest(verdict: Verdict, most: int) -> tuple[ObjectiveResult, ...]:
    """Return the *most* decided results nearest to their goals or beyond, the worst first.

    An objective that two views tell of is there once, by the view that is worse for it.
    """
    first: dict[object, ObjectiveResult] = {}
    for result in sorted(filter(is_decided, verdict.results), key=lambda each: each.room_left):
        first.setdefault((result.subject, result.aspect), result)
    return tuple(first.values())[:most]
