"""What a search for the knee found, and what of it the run's verdict rests on. Pure.

A search drives a target into failing on purpose, so a FAIL is no NO-GO by itself: only what decides
the present and the future volume is, and what holds for the whole run. The rest is shown as what
was learned on the way. A trial is judged as every phase is; INCONCLUSIVE is no pass, and of a trial
in which our own generator was not fit nothing counts, a failure least of all.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from harness.model.event import Ending, Trial
from harness.model.scenario import PhaseKind, Scenario
from harness.model.search import Search
from harness.model.verdict import (
    Capacity,
    Decision,
    Doubt,
    ObjectiveResult,
    Status,
    Tried,
    View,
    Volume,
)
from harness.verdict.evidence import Evidence
from harness.verdict.knee import (
    answer_at,
    bracket,
    confirmed,
    deciding,
    inversions,
    next_load,
)
from harness.verdict.words import listed


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, with the results and doubts that its verdict rests on."""

    capacity: Capacity
    results: tuple[ObjectiveResult, ...]
    doubts: tuple[Doubt, ...]
    left_out: frozenset[str]


def status_of_trial(results: Sequence[ObjectiveResult]) -> Status:
    """Return whether the SLA is met at a load, by all *results* of its phase.

    Whatever the loads of the other phases: each trial has to decide. INCONCLUSIVE without any.
    """
    if any(each.status is Status.FAIL for each in results):
        return Status.FAIL
    undecided = any(each.status is Status.INCONCLUSIVE and each.must_pass for each in results)
    return Status.INCONCLUSIVE if undecided or not results else Status.PASS


def counted(trial: Trial, status: Status) -> Status:
    """Return what *status* counts for: nothing with a doubt, no failure where it was not alone."""
    if trial.doubt:
        return Status.INCONCLUSIVE
    found = Status.FAIL if trial.stopped else status
    return Status.INCONCLUSIVE if found is Status.FAIL and trial.unsettled else found


def found_by(
    run: Evidence, results: Sequence[ObjectiveResult], doubts: Sequence[Doubt]
) -> Found | None:
    """Return what the search of *run* found, whose phases were judged by *results*.

    None if the run is no search.
    """
    search = run.scenario.search
    if search is None:
        return None
    tried = tuple(_tried(each, run.scenario, results, doubts) for each in run.trials())
    where = bracket(tried)
    volumes = tuple(_volume(each, tried) for each in search.volumes)
    at_the_end = [
        each for each in tried if each.multiple == where.fails and each.status is Status.FAIL
    ]
    capacity = Capacity(
        search=search,
        tried=tried,
        bracket=where,
        volumes=volumes,
        limiting=_names(at_the_end[-1]) if at_the_end else (),
        confirmed=confirmed(tried),
        inversions=tuple(_inverted(tried, results)),
        ended=_ended(run, search, tried),
    )
    decides = {each.tried.phase for each in volumes if each.tried and not _counts_for_nothing(each)}
    loaded = {each.name for each in run.phases() if each.kind is not PhaseKind.LINES}
    left_out = frozenset(loaded - decides)
    return Found(
        capacity,
        tuple(_rests_on(results, decides, left_out)),
        tuple(_open_questions(capacity, doubts, run.trials(), decides)),
        left_out,
    )


def beyond_us(trials: Sequence[Trial]) -> bool:
    """Whether a search has to end because our own generator is not fit for what it is asked.

    If that was so in two trials in a row: one may be a busy moment of the machine.
    """
    return len(trials) > 1 and all(each.doubt for each in trials[-2:])


def decision_on(capacity: Capacity, otherwise: Decision) -> Decision:
    """Return the answer of a search: *otherwise*, what results and doubts say, or a graver one."""
    if any(each.status is Status.FAIL for each in capacity.volumes):
        return Decision.NO_GO
    return otherwise


def knee_text(capacity: Capacity) -> str:
    """Return where the knee is: ``meets the SLA at 1.25 ×, fails at 1.38 ×; limiting: ...``."""
    meets, fails = capacity.bracket.meets, capacity.bracket.fails
    if meets is None and fails is None:
        return "at no load was it decided whether the SLA is met"
    parts = []
    if meets is None:
        parts.append(f"the SLA is met at no load that was tried, and fails at {times(fails)}")
    elif fails is None:
        parts.append(f"meets the SLA at {times(meets)}; no load was found that fails")
    else:
        parts.append(f"meets the SLA at {times(meets)}, fails at {times(fails)}")
    if capacity.limiting:
        parts.append(f"limiting: {listed(capacity.limiting)}")
    return "; ".join(parts)


def found_text(capacity: Capacity, decision: Decision, why: str) -> str:
    """Return in one sentence what was found; *why* else it is no GO stands at its end."""
    decided = [each for each in capacity.volumes if each.status is not Status.INCONCLUSIVE]
    text = "; ".join(filter(None, (knee_text(capacity), ", ".join(map(volume_text, decided)))))
    return text if decision is Decision.GO or not why else f"{text}; {why}"


def volume_text(volume: Volume) -> str:
    """Return whether a volume is carried: ``present volume: met``."""
    whose = (
        "present volume" if volume.multiple == 1 else f"future volume ({times(volume.multiple)})"
    )
    return f"{whose}: {MET[volume.status]}"


MET = {Status.PASS: "met", Status.FAIL: "not met", Status.INCONCLUSIVE: "not decided"}
"""What becomes of a volume, in words."""


def headroom_text(capacity: Capacity) -> str:
    """Return how far the best load lies above or below each volume; empty if there is none."""
    meets = capacity.bracket.meets
    if meets is None:
        return ""
    parts = []
    for volume in capacity.search.volumes:
        room = round((meets / volume - 1) * 100)
        whose = "present" if volume == 1 else "future"
        parts.append(f"{abs(room)} % {'over' if room >= 0 else 'short of'} the {whose} volume")
    return "; ".join(parts)


def expected_text(capacity: Capacity) -> str:
    """Return the knee that theory expects, beside what was found; empty where it cannot tell."""
    search, where = capacity.search, capacity.bracket
    if search.expected is None:
        return ""
    limit = f", then {search.expected_limit}" if search.expected_limit else ""
    text = f"theory expects the declared staffing to do up to {times(search.expected)}{limit}"
    if where.meets is not None and search.expected < where.meets - search.resolution:
        return f"{text}: more was found"
    if where.fails is not None and search.expected >= where.fails + search.resolution:
        return f"{text}: less was found"
    return f"{text}: as found" if where.meets is not None and where.fails is not None else text


def times(multiple: float | None) -> str:
    """Return a multiple of the planned volume as people read it: ``1.25 ×``."""
    return "—" if multiple is None else f"{multiple:g} ×"


# ---------------------------------------------------------------------- within


def _tried(
    trial: Trial,
    scenario: Scenario,
    results: Sequence[ObjectiveResult],
    doubts: Sequence[Doubt],
) -> Tried:
    own = [each for each in results if each.phase == trial.phase and each.kind is not None]
    status = counted(trial, status_of_trial(own))
    said = [doubt.what for doubt in doubts if doubt.phase == trial.phase]
    if said and status is Status.PASS:
        status = Status.INCONCLUSIVE
    why = [trial.doubt, trial.stopped, *said]
    if trial.unsettled:
        why.append(trial.unsettled)
    return Tried(
        phase=trial.phase,
        multiple=trial.multiple,
        purpose=trial.purpose,
        status=status,
        calls_per_hour=trial.multiple * (scenario.calls.per_hour if scenario.calls else 0.0),
        tickets_per_hour=trial.multiple * (scenario.tickets.per_hour if scenario.tickets else 0.0),
        limiting=tuple(_limiting(own)),
        why="; ".join(filter(None, why)),
    )


def _limiting(results: Sequence[ObjectiveResult]) -> list[ObjectiveResult]:
    """Return what failed; else what is open; else the one closest to failing. Each once."""
    callers_first = sorted(results, key=lambda each: each.view is not View.CALLERS)
    for status in (Status.FAIL, Status.INCONCLUSIVE):
        found = [
            each
            for each in callers_first
            if each.status is status and (each.must_pass or status is Status.FAIL)
        ]
        if found:
            return list({each.name: each for each in reversed(found)}.values())[::-1]
    decided = [each for each in callers_first if each.value is not None]
    return [min(decided, key=lambda each: each.room_left)] if decided else []


def _names(tried: Tried) -> tuple[str, ...]:
    return tuple(each.name for each in tried.limiting) or tuple(filter(None, (tried.why,)))


def _volume(multiple: float, tried: Sequence[Tried]) -> Volume:
    place = deciding(multiple, tried)
    found = None if place is None else tried[place]
    return Volume(multiple, answer_at(multiple, tried), found)


def _counts_for_nothing(volume: Volume) -> bool:
    """Return whether something failed at *volume* that leaves it open: see ``counted``."""
    limiting = volume.tried.limiting if volume.tried is not None else ()
    failed = any(each.status is Status.FAIL for each in limiting)
    return volume.status is Status.INCONCLUSIVE and failed


def _inverted(tried: Sequence[Tried], results: Sequence[ObjectiveResult]) -> Iterator[str]:
    """Yield what speaks against "more load is never easier": of the whole SLA, and of each part."""
    for low, high in inversions(tried):
        yield (
            f"failed at {times(low.multiple)} ({low.phase}) and met at {times(high.multiple)}"
            f" ({high.phase}): the lower answer counts"
        )
    by_name: dict[tuple[str, View], dict[str, ObjectiveResult]] = {}
    for each in results:
        by_name.setdefault((each.name, each.view), {})[each.phase] = each
    counts = [each for each in tried if each.status is not Status.INCONCLUSIVE]
    for (name, view), found in by_name.items():
        for low in counts:
            for high in counts:
                if low.multiple < high.multiple and _better_above(found, low, high):
                    yield (
                        f"{name} ({view}) failed at {times(low.multiple)} and is met at"
                        f" {times(high.multiple)}: something else than the load decides it"
                    )


def _better_above(found: dict[str, ObjectiveResult], low: Tried, high: Tried) -> bool:
    below, above = found.get(low.phase), found.get(high.phase)
    return (
        below is not None
        and above is not None
        and below.status is Status.FAIL
        and above.status is Status.PASS
    )


def _ended(run: Evidence, search: Search, tried: Sequence[Tried]) -> str:
    """Return why the search went no further."""
    trials = run.trials()
    if beyond_us(trials):
        return "our own generator can place no more here: the knee may lie higher"
    if run.ending is not Ending.COMPLETE:
        return "the run ended before the search did"
    if len(tried) >= search.trials and next_load(search, tried) is not None:
        return f"{search.trials} trials were allowed; more would close the bracket further"
    where = bracket(tried)
    if where.fails is None and tried:
        return f"no load beyond {times(max(each.multiple for each in tried))} was to be tried"
    return ""


def _rests_on(
    results: Sequence[ObjectiveResult], decides: set[str], left_out: frozenset[str]
) -> Iterator[ObjectiveResult]:
    for each in results:
        if each.kind is None or each.phase not in left_out:
            yield replace(each, decisive_here=True) if each.phase in decides else each


def _open_questions(
    capacity: Capacity, doubts: Sequence[Doubt], trials: Sequence[Trial], decides: set[str]
) -> Iterator[Doubt]:
    """Yield the doubts that the answer is under: of the run, and of the trials that decide it."""
    excused = {each.doubt for each in trials if each.doubt}
    for doubt in doubts:
        elsewhere = doubt.phase and doubt.phase not in decides
        if not elsewhere and not (excused and doubt.of_generator):
            yield doubt
    for volume in capacity.volumes:
        if volume.status is Status.INCONCLUSIVE:
            tried = volume.tried
            why = f": {tried.why}" if tried is not None and tried.why else ""
            yield Doubt(f"{volume_text(volume)}{why}")
