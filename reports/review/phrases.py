"""What a review says in words, wherever it is read: one phrase for each thing."""

from collections.abc import Iterator, Sequence
from datetime import date

from harness.kpi.drift import LEAST_BLOCKS
from harness.model.finding import Finding
from harness.model.review import (
    Aged,
    Counted,
    IntervalsKept,
    KpiTrend,
    Moved,
    Nights,
    OpenFinding,
    Rehearsed,
    Review,
    TrendPoint,
)
from harness.model.sla import Unit
from harness.model.units import exact_share, format_share
from harness.verdict.words import NOTHING, between, limit, plural, quantity, seconds

_MOST_DAYS = 10
MOVED_GLYPHS = {Moved.BETTER: "✓", Moved.WORSE: "✗", Moved.STEADY: "=", Moved.TOO_FEW: "?"}


def headline(review: Review) -> str:
    """Return the review in a few sentences: what ran, what moved, what is open, what is old."""
    return " ".join(_sentences(review))


def _sentences(review: Review) -> Iterator[str]:
    judged = sum(each.judged for each in review.counted)
    if not review.runs:
        yield "Nothing was run in this period."
    else:
        go, no_go, undecided = (
            sum(getattr(each, name) for each in review.counted)
            for name in ("go", "no_go", "inconclusive")
        )
        yield (
            f"{plural(judged, 'run')} with a verdict: {go} GO, {no_go} NO-GO,"
            f" {undecided} INCONCLUSIVE."
        )
    for each in review.nights:
        if each.missed:
            yield f"{nights(each)}."
    if review.trends:
        yield f"{_moves(review.trends)}."
    still = review.findings.still_open
    if still:
        blind = sum(each.finding.hinders for each in still)
        unexplained = f", {blind} of them critical without a root cause" if blind else ""
        yield f"{plural(len(still), 'finding')} open{unexplained}."
    if old := [each for each in review.aged if each.is_old]:
        days = plural(review.old_after_days, "day")
        yield f"The newest run of {plural(len(old), 'scenario')} is older than {days}."


def _moves(trends: Sequence[KpiTrend]) -> str:
    counts = {moved: sum(each.moved is moved for each in trends) for moved in Moved}
    if counts[Moved.TOO_FEW] == len(trends):
        each = f"each of the {len(trends)} figures" if len(trends) > 1 else "the one figure"
        return f"For {each} there are fewer than {LEAST_BLOCKS} alike runs, too few for a trend"
    told = [
        f"{counts[moved]} got {moved}" for moved in (Moved.WORSE, Moved.BETTER) if counts[moved]
    ] or ["none moved for certain"]
    text = f"Of {plural(len(trends), 'figure')} {', '.join(told)}"
    if few := counts[Moved.TOO_FEW]:
        text += f"; for {few} there are fewer than {LEAST_BLOCKS} alike runs, too few for a trend"
    return text


def verdicts(each: Counted) -> str:
    """Return how often a scenario was run: ``21 GO, 5 NO-GO, 2 INCONCLUSIVE``."""
    if not (each.judged or each.explored or each.controls):
        return "not run in this period"
    parts = [
        f"{count} {what}"
        for count, what in (
            (each.go, "GO"),
            (each.no_go, "NO-GO"),
            (each.inconclusive, "INCONCLUSIVE"),
            (each.explored, "explored only"),
            (each.controls, "without faults, to compare"),
        )
        if count
    ]
    return ", ".join(parts)


def nights(each: Nights) -> str:
    """Return on how many days something did not run, and which."""
    what = each.scenario or "anything"
    if not each.missed:
        looked_at = f"{plural(each.of, 'day')} looked at"
        return f"{each.scenario or 'Something'} was run every day ({looked_at})"
    subject = f"{what} was not run" if each.scenario else "Nothing was run"
    return f"{subject} on {len(each.missed)} of {plural(each.of, 'day')} ({_days(each.missed)})"


def _days(days: Sequence[date]) -> str:
    more = len(days) - _MOST_DAYS
    text = ", ".join(map(str, days[:_MOST_DAYS]))
    return f"{text} and {more} more" if more > 0 else text


def goal(each: KpiTrend) -> str:
    """Return the goal of the newest run."""
    return limit(each.last.goal, each.unit, each.direction)


def asked(each: KpiTrend) -> str:
    """Return what the progression asked of the newest run; nothing if it asked nothing."""
    if each.last.asked is None:
        return ""
    return limit(round(each.last.asked, 4), each.unit, each.direction)


def middle(value: float | None, n: int, unit: Unit) -> str:
    """Return the median of *n* runs: ``84.2 % of 21``; a dash if there were none."""
    return NOTHING if value is None else f"{quantity(value, unit)} of {n}"


def moved(each: KpiTrend) -> str:
    """Return where it went, with what the trend rests on; that few runs are few is said."""
    if each.moved is Moved.TOO_FEW:
        return f"{each.moved}: {each.looked_at} alike, a trend needs {LEAST_BLOCKS}"
    if not each.change:
        return f"{each.moved}: none over {each.looked_at} runs"
    sign = "+" if each.change > 0 else "−"
    if each.unit is Unit.SHARE:
        by = f"{sign}{abs(each.change) * 100:.1f} points"
    else:
        by = f"{sign}{quantity(abs(each.change), each.unit)}"
    return f"{each.moved}: {by} over {each.looked_at} runs"


def kept(each: KpiTrend) -> str:
    """Return in how many runs the goal was met: ``19 of 21``; how many were undecided, or waived.

    At a load that is too low to decide it, it is left open, which is nobody's failure.
    """
    if not each.judged:
        return "left open"
    undecided = f", {each.undecided} undecided" if each.undecided else ""
    waived = f", {each.waived} waived" if each.waived else ""
    return f"{each.met} of {each.judged}{undecided}{waived}"


def point(each: TrendPoint, unit: Unit) -> str:
    """Return a run's figure with its interval: ``84.2 % (82–86)``."""
    text = quantity(each.value, unit, beside=each.goal)
    return f"{text} {between(each.low, each.high, unit, value=each.value)}".rstrip()


def intervals(each: IntervalsKept) -> str:
    """Return how many intervals met their goal: ``412 of 480 (85.8 %), asked ≥ 90 %``."""
    share = format_share(each.share)
    return f"{each.met:,} of {each.of:,} ({share}), asked ≥ {exact_share(each.goal)}"


def rehearsed(each: Rehearsed) -> str:
    """Return how a kind of failure was rehearsed in the period, and how long recovery took."""
    if not each.times:
        return f"not in this period; last on {each.last}" if each.last_run else "never shown"
    parts = [f"{each.times} times" if each.times != 1 else "once"]
    parts += [
        f"{count} {what}"
        for count, what in ((each.unproven, "not proven"), (each.unhealed, "not seen healed"))
        if count
    ]
    if each.recoveries:
        worst = max(each.recoveries, key=lambda r: r.recovered_s + r.error_s)
        scaled = "" if worst.speed == 1 else f", at speed {worst.speed:g}"
        parts.append(
            f"recovered within {seconds(worst.recovered_s + worst.error_s)} at worst of"
            f" {len(each.recoveries)}{scaled}"
        )
    if each.unrecovered:
        parts.append(f"{each.unrecovered} without a recovery time")
    return "; ".join(parts)


def aged(each: Aged) -> str:
    """Return how old the newest run of a scenario is, what it said, and when it last was a GO."""
    age = f" ({plural(each.age_days, 'day')} old)" if each.age_days else ""
    if each.decision == "GO":
        return f"{each.last}{age}: GO"
    go = f"last GO {each.last_go}" if each.last_go else "never a GO"
    return f"{each.last}{age}: {each.decision}, {go}"


def cause(finding: Finding) -> str:
    """Return the root cause of *finding*, or that nobody has said one."""
    if not finding.last.source.needs_cause:
        return "ends when what it names is done"
    if not finding.cause.complete:
        return "no root cause yet"
    return f"{finding.cause.cause}; {finding.cause.correction}"


def open_finding(each: OpenFinding) -> str:
    """Return what an open finding is, for how long, whose, and whether it is explained."""
    finding = each.finding
    age = plural(each.age_days, "day")
    return f"{finding.last.title} of {finding.last.scenario}, {age} old, {finding.owner.name}"
