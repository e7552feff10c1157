"""A verdict in one sentence: what was found, how sure, what was wanted, where."""

from collections.abc import Sequence

from harness.model.verdict import Aspect, Decision, Doubt, ObjectiveResult, Status, View
from harness.verdict.words import as_asked, listed, margin, measured, plural, still_needed


def finding(result: ObjectiveResult) -> str:
    """Return one result as a sentence: ``service_level[billing] 71 % (68–74) < 80 % in peak``."""
    where = f" in {result.phase}" if result.kind is not None else ""
    whose = " by the provider's own metrics" if result.view is View.PROVIDER else ""
    if result.value is None:
        return f"{result.name} could not be measured{whose}{where}"
    if result.aspect is Aspect.GAP:
        gap, most = (f"{each * 100:.3g} points" for each in (result.value, result.goal))
        return f"{result.name} {gap} {_relation(result)} {most}{where}"
    goal = as_asked(result.goal, result.unit)
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


def account(result: ObjectiveResult) -> str:
    """Return everything about one result: what was found, of how many, by how much it misses what.

    And who answers for it, and what would settle it or who waived it.
    """
    parts = [_counted(result)]
    if result.value is not None:
        parts.append(f"margin {margin(result)}, warn limit {as_asked(result.warn, result.unit)}")
    if result.more_contacts is not None and result.status is Status.INCONCLUSIVE:
        parts.append(still_needed(result))
    elif result.note and not result.note.startswith("± "):
        parts.append(result.note)
    unsaid = result.value is not None or not result.note  # else the note says what lacks
    if result.status is Status.INCONCLUSIVE and len(parts) < 3 and unsaid:
        parts.append("to settle it: a run that lasts longer, or with more contacts")
    if result.waiver:
        parts.append(result.waiver)
    parts.append(f"owner: {result.owner.name}, {result.owner.contact}")
    return f"{result.status.upper()} {'; '.join(parts)}"


def _counted(result: ObjectiveResult) -> str:
    text = finding(result)
    return f"{text}, n = {result.n:,}" if result.value is not None and result.n else text


def accounts(results: Sequence[ObjectiveResult]) -> list[str]:
    """Return the account of each result that failed, stayed open or was waived, in that order."""
    matters = [
        *(result for result in results if result.status is Status.FAIL),
        *undecided(results),
        *(result for result in results if result.status is Status.WAIVED),
    ]
    return [account(result) for result in matters]


def _once(results: Sequence[ObjectiveResult]) -> list[ObjectiveResult]:
    """Return *results* with each objective of a phase once: as callers saw it, if they did."""
    first: dict[object, ObjectiveResult] = {}
    for result in results:
        first.setdefault((result.subject, result.aspect), result)
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
