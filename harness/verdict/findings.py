"""What of a verdict belongs into the issue log: what failed, stayed open, is in doubt or overdue.

And one warning: a service level that is kept by people who cannot keep it up.

Pure: the history, which knows what was found before, is handed in.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import groupby

from harness.model.event import Ending
from harness.model.finding import Finding, Severity, Sighting, Source
from harness.model.scenario import Owner
from harness.model.verdict import Away, Doubt, Interruption, ObjectiveResult, Status, Verdict
from harness.verdict.sentence import account
from harness.verdict.words import clock

_NUMBERS = re.compile(r"\d[\d.,:]*")
_OF_THE_TARGET = frozenset({Away.TARGET, Away.DOOR, Away.PROCESS})
_WORST_FIRST = (Status.FAIL, Status.WAIVED, Status.INCONCLUSIVE, Status.WARN)


def sightings(
    verdict: Verdict, *, scenario: str, owner: Owner, ending: Ending, control: bool = False
) -> tuple[Sighting, ...]:
    """Return the findings of a run that ended by *ending*, as it saw them; gravest first.

    *owner*, the scenario's, answers for what is in doubt. A run that somebody interrupted has left
    everything open, which is no news: of it only failures count. Exploring decides nothing, nor
    does a *control* run, in which what the scenario is about did not happen, nor one that the guard
    did not let begin.
    """
    if verdict.explored or control or ending is Ending.REFUSED:
        return ()
    whole = ending is not Ending.INTERRUPTED
    found = [_of_objective(scenario, results) for results in _by_title(verdict, whole=whole)]
    if whole:
        found += [_of_doubt(scenario, doubt, owner) for doubt in verdict.doubts]
        found += [_of_runbook(scenario, overdue, owner) for overdue in verdict.overdue]
        found += [_of_outage(scenario, each, owner) for each in _outages(verdict)]
    first = {each.id: each for each in reversed(found)}
    grave = list(Severity)
    return tuple(sorted(first.values(), key=lambda each: (grave.index(each.severity), each.title)))


def passes(
    verdict: Verdict,
    known: Iterable[Finding],
    *,
    scenario: str,
    ending: Ending,
    control: bool = False,
) -> tuple[str, ...]:
    """Return the ids of those of the *known* findings of *scenario* that this run has passed.

    An objective is passed if it was decided there, well, by every view that tells of it; a doubt by
    a run that came to its end without it.
    """
    if verdict.explored or control:
        return ()
    decided = {
        storable(title): all(
            each.status in (Status.PASS, Status.WARN) and not each.over_delivery for each in results
        )
        for title, results in _titled(verdict.results)
    }
    doubts = {storable(doubt_title(doubt)) for doubt in verdict.doubts}
    overdue = {storable(_review_title(each)) for each in verdict.overdue}
    outages = {storable(_NUMBERS.sub("#", each.what)) for each in _outages(verdict)}

    def passed(finding: Finding) -> bool:
        if finding.last.source is Source.RUNBOOK:
            return ending is Ending.COMPLETE and finding.last.title not in overdue
        if finding.last.source is Source.OUTAGE:
            return ending is Ending.COMPLETE and finding.last.title not in outages
        if finding.last.source is Source.DOUBT:
            return ending is Ending.COMPLETE and finding.last.title not in doubts
        return decided.get(finding.last.title, False)

    return tuple(
        each.id
        for each in known
        if each.last.scenario == scenario and each.is_open and passed(each)
    )


def objective_title(result: ObjectiveResult) -> str:
    """Return what names the finding of *result*, run after run: it has no number of this one."""
    return f"{result.name} in {result.phase if result.kind is not None else 'the whole run'}"


def doubt_title(doubt: Doubt) -> str:
    """Return what names the finding of *doubt*: its words, each number in them as ``#``."""
    return _NUMBERS.sub("#", doubt.what)


def storable(text: str) -> str:
    """Return *text* as UTF-8 can carry it: half a character, as JSON can bring, is spelled out."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _titled(results: Sequence[ObjectiveResult]) -> Iterable[tuple[str, list[ObjectiveResult]]]:
    in_order = sorted(results, key=objective_title)
    return [(title, list(group)) for title, group in groupby(in_order, key=objective_title)]


def _by_title(verdict: Verdict, *, whole: bool) -> Iterable[list[ObjectiveResult]]:
    """Yield the results of each objective that is a finding, the worst view first."""
    for _, results in _titled(verdict.results):
        bad = [each for each in results if _counts(each, whole=whole)]
        if bad:
            yield sorted(bad, key=lambda each: _WORST_FIRST.index(each.status))


def _counts(result: ObjectiveResult, *, whole: bool) -> bool:
    if result.status is Status.INCONCLUSIVE:
        return whole and result.decisive_here
    # A warning is no finding, but for this one: the day on which it fails comes after the go-live.
    return result.status in (Status.FAIL, Status.WAIVED) or result.over_delivery


def _of_objective(scenario: str, results: Sequence[ObjectiveResult]) -> Sighting:
    worst = results[0]
    return Sighting(
        scenario=scenario,
        title=storable(objective_title(worst)),
        severity=_severity(worst),
        evidence=storable(account(worst)),
        owner=worst.owner,
    )


def _severity(result: ObjectiveResult) -> Severity:
    if result.status is Status.FAIL:
        return Severity.CRITICAL if result.must_pass else Severity.MAJOR
    quiet = result.status in (Status.WAIVED, Status.WARN)
    if quiet or not result.must_pass:
        return Severity.MINOR
    return Severity.MAJOR


def _of_doubt(scenario: str, doubt: Doubt, owner: Owner) -> Sighting:
    return Sighting(
        scenario=scenario,
        title=storable(doubt_title(doubt)),
        severity=Severity.MAJOR,
        evidence=storable(doubt.what),
        owner=owner,
        source=Source.DOUBT,
    )


def _outages(verdict: Verdict) -> list[Interruption]:
    """Return what was away of the target itself: its provider has to say why."""
    return [each for each in verdict.interruptions if each.kind in _OF_THE_TARGET]


def _of_outage(scenario: str, away: Interruption, owner: Owner) -> Sighting:
    return Sighting(
        scenario=scenario,
        title=storable(_NUMBERS.sub("#", away.what)),
        severity=Severity.MAJOR,
        evidence=storable(f"{away.what}, from {clock(away.start_s)} on; nobody had planned it"),
        owner=owner,
        source=Source.OUTAGE,
    )


def _of_runbook(scenario: str, overdue: str, owner: Owner) -> Sighting:
    return Sighting(
        scenario=scenario,
        title=storable(_review_title(overdue)),
        severity=Severity.MINOR,
        evidence=storable(overdue),
        owner=owner,
        source=Source.RUNBOOK,
    )


def _review_title(overdue: str) -> str:
    return f"review of {overdue.partition(' ')[0]}"
