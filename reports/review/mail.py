"""The review as Markdown: for a mail, or the summary of a CI job."""

from collections.abc import Iterable, Iterator, Sequence

from harness.model.review import Moved, Review
from harness.verdict.words import plural
from reports import release
from reports.markdown import cell, code
from reports.review import phrases

_MOST_ROWS = 40


def render(review: Review) -> str:
    """Return the review as GitHub's Markdown; tables are cut, the page and the JSON are not."""
    return "\n".join(_lines(review)) + "\n"


def _lines(review: Review) -> Iterator[str]:
    period = review.period
    yield f"## Service review, {period.first} to {period.last}"
    yield ""
    yield cell(phrases.headline(review))
    yield from _table(
        "Runs",
        ("Scenario", "Verdicts", "Newest"),
        (
            (
                code(counted.scenario),
                phrases.verdicts(counted),
                cell(_newest(review, counted.scenario)),
            )
            for counted in review.counted
        ),
    )
    yield ""
    for each in review.nights:
        yield f"- {cell(phrases.nights(each))}"
    yield from _table(
        "Objectives",
        (
            "",
            "Objective",
            "Phase",
            "This period",
            "Before",
            "Goal",
            "Asked by now",
            "Met in",
            "Trend",
            "Owner",
        ),
        (
            (
                phrases.MOVED_GLYPHS[trend.moved],
                code(trend.name),
                cell(f"{trend.phase} of {trend.scenario}"),
                phrases.middle(trend.now, trend.now_n, trend.unit),
                phrases.middle(trend.before, trend.before_n, trend.unit),
                phrases.goal(trend),
                phrases.asked(trend),
                phrases.kept(trend),
                phrases.moved(trend),
                cell(trend.owner),
            )
            for trend in sorted(review.trends, key=lambda t: _ORDER.index(t.moved) - 10 * t.failed)
        ),
    )
    yield from _table(
        "Intervals that met their goal by themselves",
        ("Objective", "Phase", "Met", "Owner"),
        (
            (
                code(kept.name),
                cell(f"{kept.phase} of {kept.scenario}"),
                phrases.intervals(kept),
                cell(kept.owner),
            )
            for kept in review.intervals
        ),
    )
    yield from _findings(review)
    yield from _table(
        "Failovers rehearsed",
        ("Failure", "Place", "In this period", "Last"),
        (
            (
                code(each.kind),
                cell(each.place),
                cell(phrases.rehearsed(each)),
                str(each.last) if each.last_run else "",
            )
            for each in review.rehearsed
        ),
    )
    old = [each for each in review.aged if each.is_old]
    yield ""
    yield f"### Evidence older than {plural(review.old_after_days, 'day')}"
    yield ""
    yield from (f"- {code(each.scenario)}: {cell(phrases.aged(each))}" for each in old)
    if not old:
        yield "None."
    if review.release is not None:
        yield ""
        yield f"**{cell(release.last_line(review.release))}**"


_ORDER = (Moved.WORSE, Moved.BETTER, Moved.STEADY, Moved.TOO_FEW)


def _newest(review: Review, scenario: str) -> str:
    return next((phrases.aged(each) for each in review.aged if each.scenario == scenario), "")


def _findings(review: Review) -> Iterator[str]:
    found = review.findings
    yield from _table(
        "Findings",
        ("Id", "Severity", "What", "Age", "Root cause", "Owner"),
        (
            (
                code(each.finding.id),
                each.finding.last.severity.value,
                cell(f"{each.finding.last.title} of {each.finding.last.scenario}"),
                plural(each.age_days, "day"),
                cell(phrases.cause(each.finding)),
                cell(each.finding.owner.name),
            )
            for each in found.still_open
        ),
    )
    yield ""
    yield (
        f"{len(found.opened)} opened in this period, {len(found.came_back)} came back,"
        f" {len(found.closed)} closed, {len(found.still_open)} open at its end."
    )


def _table(heading: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield a table under its heading; nothing without rows."""
    written = [f"| {' | '.join(row)} |" for row in rows]
    if not written:
        return
    yield ""
    yield f"### {heading}"
    yield ""
    yield f"| {' | '.join(columns)} |"
    yield f"|{'---|' * len(columns)}"
    yield from written[:_MOST_ROWS]
    if len(written) > _MOST_ROWS:
        yield ""
        yield f"{len(written) - _MOST_ROWS:,} more rows stand in the page."
