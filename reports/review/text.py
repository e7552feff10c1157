"""The review in a terminal: what needs a person first, what was well in a line."""

from collections.abc import Iterator

from harness.model.review import KpiTrend, Moved, Review
from harness.verdict.words import plural
from reports import release
from reports.review import phrases
from reports.words import visible


def render(review: Review) -> str:
    """Return the review, a line for each thing; the last one is the headline."""
    return "\n".join(visible(line) for line in _lines(review))


def _lines(review: Review) -> Iterator[str]:
    period = review.period
    yield f"Service review, {period.first} to {period.last} ({plural(period.days, 'day')})"
    yield ""
    yield "Runs"
    for each in review.counted:
        yield f"  {each.scenario}: {phrases.verdicts(each)}"
    for night in review.nights:
        yield f"  {phrases.nights(night)}"
    yield from _objectives(review)
    if review.intervals:
        yield ""
        yield "Intervals that met their goal by themselves"
        for kept in review.intervals:
            where = f"{kept.name} in {kept.phase} of {kept.scenario}"
            yield f"  {where}: {phrases.intervals(kept)}"
    yield from _findings(review)
    if review.rehearsed:
        yield ""
        yield "Failovers rehearsed"
        for failure in review.rehearsed:
            yield f"  {failure.kind} {failure.place}".rstrip() + f": {phrases.rehearsed(failure)}"
    yield ""
    yield f"Evidence, old after {plural(review.old_after_days, 'day')}"
    for aged in review.aged:
        yield f"{'✗' if aged.is_old else ' '} {aged.scenario}: {phrases.aged(aged)}"
    if review.release is not None:
        yield ""
        yield release.last_line(review.release)
    yield ""
    yield phrases.headline(review)


def _objectives(review: Review) -> Iterator[str]:
    """Yield the figures that failed, stayed open, were waived or moved, and how many others."""
    if not review.trends:
        return
    yield ""
    yield "Objectives"
    worth_a_line = [each for each in review.trends if _matters(each)]
    for each in worth_a_line:
        where = f"{each.name} in {each.phase} of {each.scenario}"
        yield f"{phrases.MOVED_GLYPHS[each.moved]} {where}"
        asked = f", asked by now {phrases.asked(each)}" if phrases.asked(each) else ""
        yield (
            f"    {phrases.middle(each.now, each.now_n, each.unit)}, goal"
            f" {phrases.goal(each)}{asked}; runs that met it: {phrases.kept(each)};"
            f" {phrases.moved(each)}"
        )
    rest = len(review.trends) - len(worth_a_line)
    if rest:
        more = "more" if worth_a_line else plural(rest, "figure")
        number = f"{rest} {more}" if worth_a_line else more
        yield f"  {number}: met in every run that had to decide, and no certain move"


def _matters(each: KpiTrend) -> bool:
    return bool(
        each.failed
        or each.waived
        or each.moved in (Moved.WORSE, Moved.BETTER)
        or (each.undecided and each.must_pass)
    )


def _findings(review: Review) -> Iterator[str]:
    found = review.findings
    yield ""
    yield (
        f"Findings: {len(found.opened)} opened, {len(found.came_back)} came back,"
        f" {len(found.closed)} closed, {len(found.still_open)} open"
    )
    for each in found.still_open:
        finding = each.finding
        yield (
            f"  {finding.id}  {finding.last.severity}: {phrases.open_finding(each)};"
            f" {phrases.cause(finding)}"
        )
