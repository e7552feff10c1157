"""A verdict in one sentence: what was found, how sure, what was wanted, where."""

from collections.abc import Sequence

from harness.model.verdict import Decision, Doubt, ObjectiveResult, Status, View
from harness.verdict.words import listed, measured, plural, quantity, still_needed


def finding(result: ObjectiveResult) -> str:
    """Return one result as a sentence: ``service_level[billing] 71 % (68–74) < 80 % in peak``."""
    where = f" in {result.phase}" if result.kind is not None else ""
    whose = " by the provider's own metrics" if result.view is View.PROVIDER else ""
    if result.value is None:
        return f"{result.name} could not be measured{whose}{where}"
    goal = quantity(result.goal, result.unit)
    return f"{result.name} {measured(result)} {_relation(result)} {goal}{whose}{where}"


def sentence(
    decision: Decision, results: Sequence[ObjectiveResult], doubts: Sequence[Doubt]
) -> str:
    """Return why the verdict is *decision*; an objective that two views tell of is named once."""
    if decision is Decision.NO_GO:
        failed = _once([result for result in results if result.status is Status.FAIL])
        why = _reasons([finding(result) + _ids(result) for result in failed])
        return f"{why} (in doubt: {doubts[0].what})" if doubts else why
    if decision is Decision.INCONCLUSIVE:
        still = sorted(_once(undecided(results)), key=lambda r: -(r.more_contacts or 0))
        return _reasons([doubt.what for doubt in doubts] + [_open(result) for result in still])
    met = len(_once([result for result in results if result.status is Status.PASS]))
    text = f"{plural(met, 'objective')} met, none failed"
    warned = [finding(r) for r in _once([r for r in results if r.status is Status.WARN])]
    return f"{text}; warned: {_reasons(warned)}" if warned else text


def undecided(results: Sequence[ObjectiveResult]) -> list[ObjectiveResult]:
    """Return those of *results* that had to be decided, where they stand, and were not."""
    return [
        result
        for result in results
        if result.status is Status.INCONCLUSIVE and result.must_pass and result.decisive_here
    ]


def _once(results: Sequence[ObjectiveResult]) -> list[ObjectiveResult]:
    """Return *results* with each objective of a phase once: as callers saw it, if they did."""
    first: dict[tuple[str, str], ObjectiveResult] = {}
    for result in results:
        first.setdefault((result.name, result.phase), result)
    return list(first.values())


def _open(result: ObjectiveResult) -> str:
    return f"{finding(result)}: {still_needed(result) or result.note or 'not decided'}"


def _reasons(parts: Sequence[str]) -> str:
    return listed(parts, between="; ", last="; and ")


def _relation(result: ObjectiveResult) -> str:
    assert result.value is not None
    if result.value == result.goal:
        return "="
    return ">" if result.value > result.goal else "<"


def _ids(result: ObjectiveResult) -> str:
    return f" ({listed(result.ids)})" if result.ids else ""
