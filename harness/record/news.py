"""What of a run is news, held against the runs before it in the history. Pure.

Of an objective only what was decided counts: a night that could not decide neither mends a failure
nor makes it a new one. A run that merely could not decide is no news, unless that goes on.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from harness.model.event import Ending
from harness.model.finding import Finding, Severity, finding_id
from harness.model.history import JudgedObjective, RunSummary
from harness.model.news import Item, Kind, News, Remark, Standing
from harness.model.scenario import Owner
from harness.model.verdict import Status
from harness.record.nightly import IN_A_ROW, UNDECIDED, undecided_in_a_row

_ENDED: Mapping[str, str] = {
    Ending.BROKEN: "the harness broke",
    Ending.HALTED: "a stop rule ended it early",
    Ending.REFUSED: "the guard did not let it begin",
    Ending.INTERRUPTED: "it was interrupted",
}
_WHOLE = "the whole run"


def news_of(
    run: str, runs: Sequence[RunSummary], findings: Mapping[str, Finding], *, owner: Owner
) -> News | None:
    """Return what *run* brings that the *runs* of the same scenario before it did not, or still do.

    *runs* are those of the history in the order in which they began, this one among them;
    *findings* its issue log, *owner* the scenario's. None if the run judged nothing: one that
    explored, or a control run.
    """
    this = next((each for each in runs if each.run == run), None)
    if this is None or not this.judges:
        return None
    of_scenario = [each for each in runs if each.scenario == this.scenario and each.judges]
    until = of_scenario[: of_scenario.index(this) + 1]
    return News(
        this.scenario, owner, this, tuple(_items(until, findings)), tuple(_remarks(this, until))
    )


def objective_titles(run: RunSummary) -> dict[str, tuple[JudgedObjective, ...]]:
    """Return what *run* judged, each objective of a phase with all its views, by its title."""

    def title(judged: JudgedObjective) -> str:
        return f"{judged.name} in {_WHOLE if judged.kind is None else judged.phase}"

    return {
        name: tuple(group) for name, group in groupby(sorted(run.objectives, key=title), key=title)
    }


def _failed(views: Sequence[JudgedObjective]) -> bool | None:
    """Return whether an objective failed, by any view; None if that was not decided."""
    if any(each.status is Status.FAIL for each in views):
        return True
    met = all(each.status in (Status.PASS, Status.WARN) for each in views)
    return False if met and views else None


def _items(until: Sequence[RunSummary], findings: Mapping[str, Finding]) -> Iterator[Item]:
    """Yield the objectives that the last run of *until* failed, and those that it was to mend."""
    told = [objective_titles(each) for each in until]
    this, ending = told[-1], until[-1].ending
    titles = dict.fromkeys([*this, *(title for each in told[:-1] for title in each)])
    for title in titles:
        views = this.get(title, ())
        before = [_failed(each.get(title, ())) for each in told[:-1]]
        times, first = _streak(before)
        standing = _standing(failed=_failed(views), times=times, ever=True in before)
        waived = any(each.status is Status.WAIVED for each in views)
        no_more_asked = not views and ending == Ending.COMPLETE
        if standing is None or (standing is Standing.UNDECIDED and (waived or no_more_asked)):
            continue
        here = until[-1] if first is None else until[first]
        last = views or next(each[title] for each in reversed(told) if title in each)
        yield _item(title, standing, times, here, views, last, findings, until[-1].scenario)


def _standing(*, failed: bool | None, times: int, ever: bool) -> Standing | None:
    """Return how an objective stands that failed *times* in a row before; None: no news."""
    if failed:
        if times:
            return Standing.STILL
        return Standing.BACK if ever else Standing.NEW
    if not times:
        return None
    return Standing.UNDECIDED if failed is None else Standing.FIXED


def _streak(before: Sequence[bool | None]) -> tuple[int, int | None]:
    """Return how many decided runs failed last, and the place of the first of them."""
    times, first = 0, None
    for number in range(len(before) - 1, -1, -1):
        if before[number] is False:
            break
        if before[number]:
            times, first = times + 1, number
    return times, first


def _item(
    title: str,
    standing: Standing,
    times: int,
    first: RunSummary,
    views: Sequence[JudgedObjective],
    last: Sequence[JudgedObjective],
    findings: Mapping[str, Finding],
    scenario: str,
) -> Item:
    """Return what is told of one objective; *last* is how it was judged last."""
    id_ = finding_id(scenario, title)
    finding = findings.get(id_)
    worst = next((each for each in last if each.status is Status.FAIL), last[0])
    grave = Severity.CRITICAL if worst.must_pass else Severity.MAJOR
    return Item(
        finding=id_,
        title=title,
        standing=standing,
        times=times + (standing in (Standing.NEW, Standing.BACK, Standing.STILL)),
        severity=grave,
        owner=finding.owner if finding else Owner(worst.owner, ""),
        first_run=finding.first_run if finding else first.run,
        first_at=finding.first_at if finding else first.started_wall,
        judged=worst if views else None,
    )


def _remarks(this: RunSummary, until: Sequence[RunSummary]) -> Iterator[Remark]:
    if why := _ENDED.get(this.ending):
        yield Remark(Kind.ENDED_EARLY, f"{this.scenario} did not come to its end: {why}")
    broken = [f"{each.kind} {each.place}".rstrip() for each in this.faults if not each.healed]
    if broken:
        what = ", ".join(broken)
        yield Remark(Kind.NOT_HEALED, f"not seen to be healed, see to it: {what}")
    if this.decision == UNDECIDED:
        times = undecided_in_a_row(until)
        if times >= IN_A_ROW:
            text = f"{this.scenario} was {UNDECIDED} {times} times in a row"
            yield Remark(Kind.UNDECIDED, text)
    elif (times := undecided_in_a_row(until[:-1])) >= IN_A_ROW:
        text = f"{this.scenario} decides again, after {times} times {UNDECIDED} in a row"
        yield Remark(Kind.DECIDED_AGAIN, text)
