"""``summary.md``: what matters, in about ten lines, for a step summary or a chat.

GitHub drops a step summary of more than 1 MB as a whole, and reads HTML and Markdown in whatever
it is given: tables are cut, cells are short, and text from outside cannot become markup.
"""

import re
from collections.abc import Iterator, Sequence

from harness.model.event import Ending
from harness.model.sla import Sla
from harness.model.verdict import ObjectiveResult, Status, Verdict
from harness.record.run_record import RunRecord
from harness.verdict.capacity import times
from reports import words
from reports.capacity import answer, by_load, remarks
from reports.issue_log import findings_of_run, summed_up
from reports.sections import FaultStory, ending_text, fault_stories, rejudged_text
from reports.standing import OPEN_MEANS, closest, is_open, tallies

_MOST_ROWS = 20
_MOST_LETTERS = 300
_CLOSEST = 5
_NAMED = 3
# Only what Markdown would obey where it stands: an underscore within a word, a lone ``<`` or ``&``
# are left alone, so that people can read the text in a log as well.
_MARKUP = re.compile(
    r"[\\`*\[\]|~]|(?<![^\W_])_|_(?![^\W_])|<(?=[A-Za-z/!?])|[&#](?=[\w#])|@(?=\w)|^[>+=#-]"
)
_MATTERS = (Status.FAIL, Status.INCONCLUSIVE, Status.WAIVED, Status.WARN)


def render(record: RunRecord, verdict: Verdict) -> str:
    """Return the summary as GitHub's Markdown."""
    return "\n".join(_lines(record, verdict)) + "\n"


def _lines(record: RunRecord, verdict: Verdict) -> Iterator[str]:
    glyph = "○" if verdict.explored else words.DECISION_GLYPHS[verdict.decision]
    yield f"## {glyph} {cell(verdict.text)}: {cell(record.scenario.name)}"
    yield ""
    yield _prose(words.reason(verdict), verdict)
    yield ""
    yield from _first(record, verdict)
    yield from _told(record, verdict)
    yield from _trials(verdict)
    yield from _table(verdict)
    yield ""
    run, target = code(record.facts.run), cell(record.target.name)
    speed = f"{record.facts.speed:g}"
    yield f"Run {run} on {target}, speed {speed}. In full: `report.html` beside this file."


def _first(record: RunRecord, verdict: Verdict) -> Iterator[str]:
    """Yield what everybody has to know: what it is about, what failed, what is to be done."""
    if verdict.subject:
        yield f"- About: {_prose(verdict.subject, verdict)}"
    if again := rejudged_text(record, verdict):
        yield f"- **{cell(again)}**"
    if record.ending is not Ending.COMPLETE:
        yield f"- **{ending_text(record)}**"
    failed = [each for each in verdict.results if each.status is Status.FAIL]
    if failed and not verdict.explored:
        yield f"- Failed: {_named(failed)}"
    if found := summed_up(findings_of_run(record, verdict)):
        yield f"- {cell(found)}; `harness findings list` has them"


def _told(record: RunRecord, verdict: Verdict) -> Iterator[str]:
    """Yield an item for everything else that is told beside the objectives, so many of each."""
    for doubt in verdict.doubts[:_MOST_ROWS]:
        where = f" ({cell(doubt.phase)})" if doubt.phase else ""
        yield f"- In doubt: {_prose(doubt.what, verdict)}{where}"
    yield from _more(verdict.doubts, "doubts")
    for away in verdict.interruptions[:_MOST_ROWS]:
        yield f"- Away: {_prose(words.interruption(away, record.facts.speed), verdict)}"
    yield from _more(verdict.interruptions, "times away")
    for surprise in verdict.surprises[:_MOST_ROWS]:
        yield f"- Surprise: {_prose(words.surprise(surprise), verdict)}"
    yield from _more(verdict.surprises, "surprises")
    for note in verdict.notes[:_MOST_ROWS]:
        yield f"- Note: {_prose(note, verdict)}"
    yield from _more(verdict.notes, "notes")
    stories = fault_stories(record, verdict)
    for story in stories[:_MOST_ROWS]:
        yield f"- {_fault(story, sla=verdict.sla, speed=record.facts.speed)}"
    yield from _more(stories, "faults")
    if verdict.audit is not None:
        yield f"- Tickets: {_audit(verdict)}"
    for delivery in record.deliveries():
        yield f"- {cell(str(delivery))}" if delivery.delivered else f"- **{cell(str(delivery))}**"


def _named(failed: Sequence[ObjectiveResult]) -> str:
    """Return the first of those that *failed*, each with its phase, and how many more there are."""
    named = [f"{code(each.name)} in {cell(each.phase)}" for each in failed[:_NAMED]]
    more = len(failed) - _NAMED
    return ", ".join([*named, *([f"and {more:,} more"] if more > 0 else [])])


def _trials(verdict: Verdict) -> Iterator[str]:
    """Yield what a search for the knee tried; nothing if the run was none."""
    if verdict.capacity is None:
        return
    for text in remarks(verdict.capacity):
        yield f"- Capacity: {_prose(text, verdict)}"
    yield ""
    yield "| Load | Calls/h | Tickets/h | SLA | Limiting |"
    yield "|---:|---:|---:|---|---|"
    for each in by_load(verdict.capacity):
        limits = [f"{result.name} {words.measured(result)}" for result in each.limiting]
        cells = (
            cell(times(each.multiple)),
            f"{each.calls_per_hour:,.0f}",
            f"{each.tickets_per_hour:,.0f}",
            answer(each.status),
            cell("; ".join([*limits, *([each.why] if each.why else [])])),
        )
        yield f"| {' | '.join(cells)} |"


def _more(told: Sequence[object], what: str) -> Iterator[str]:
    """Yield how many of what was *told* are left out here, if any."""
    if len(told) > _MOST_ROWS:
        yield f"- And {len(told) - _MOST_ROWS:,} more {what}, in `result.json`."


def _table(verdict: Verdict) -> Iterator[str]:
    rows = _rows(verdict)
    yield ""
    if rows:
        yield "| | Objective | Phase | View | Value | Goal | Margin | Owner |"
        yield "|---|---|---|---|---:|---:|---:|---|"
        for result in rows[:_MOST_ROWS]:
            yield _row(result)
        yield ""
    more = len(rows) - _MOST_ROWS
    if more > 0:
        yield f"{more:,} more such rows in the report."
        yield ""
    yield cell(words.tallied(tallies(verdict)))
    if any(map(is_open, verdict.results)):
        yield f"{OPEN_MEANS.capitalize()}."


def _rows(verdict: Verdict) -> list[ObjectiveResult]:
    """Return what failed, is undecided or warned; if nothing blocks, what came closest to it."""
    matters = sorted(
        (each for each in verdict.results if each.status in _MATTERS and not is_open(each)),
        key=lambda result: _MATTERS.index(result.status),
    )
    quiet = (Status.WARN, Status.WAIVED)
    if any(result.status not in quiet for result in matters):
        return matters
    return list(closest(verdict, max(_CLOSEST, len(matters))))


def _row(result: ObjectiveResult) -> str:
    needed = words.still_needed(result)
    cells = (
        f"{words.glyph(result)} {words.word(result)}",
        code(result.name),
        cell(result.phase),
        result.view.value,
        "; ".join(filter(None, (words.measured(result), words.expected(result), needed))),
        words.goal(result),
        words.margin(result),
        cell(result.owner.name),
    )
    return f"| {' | '.join(cells)} |"


def _fault(story: FaultStory, *, sla: Sla, speed: float) -> str:
    fault, recovery = story.fault, story.recovery
    parts = ["proven" if fault.proven else "NOT PROVEN"]
    if recovery is not None:
        recovered = words.recovery(recovery, sla=sla, speed=speed)
        parts.append(recovered[0].lower() + recovered[1:])
        parts.append(
            f"{len(recovery.dropped):,} dropped, {len(recovery.cut_off):,} cut off, "
            f"{len(recovery.turned_away):,} turned away"
        )
        if recovery.lost_elsewhere:
            parts.append(f"{len(recovery.lost_elsewhere):,} lost at other sites or none known")
    parts.append("healed" if fault.healed else "NOT SHOWN TO BE HEALED")
    where = f"{code(fault.kind)} at {cell(fault.place or fault.site)} in {cell(fault.phase)}"
    return f"{where}: {'; '.join(parts)}"


def _audit(verdict: Verdict) -> str:
    audit = verdict.audit
    assert audit is not None
    if not audit.complete:
        unread = cell(", ".join(audit.sites_unread)) or "any site"
        return f"nothing can be said of losses, the store of {unread} was not read"
    text = f"{len(audit.lost):,} lost of {audit.acknowledged:,} acknowledged"
    if not audit.lost and audit.could_be_lost:
        of = "" if audit.at_risk is None else f" of the {audit.at_risk:,} at risk"
        text += f" (95 % upper bound {words.upper_bound(audit.could_be_lost)}{of})"
    if audit.recovery_point_s is not None:
        text += f", back to {words.seconds(audit.recovery_point_s)} before a fault"
    rest = (
        ("duplicated", audit.duplicated),
        ("divergent", audit.divergent),
        ("resurrected", audit.resurrected),
        ("phantom", audit.phantom),
        ("wrong", audit.wrong),
        ("with lost updates", audit.lost_updates),
        ("with duplicated updates", audit.duplicated_updates),
    )
    found = "".join(f", {len(ids):,} {label}" for label, ids in rest if ids)
    return f"{text}{found}; {cell(words.reread(audit))}"


def _prose(text: str, verdict: Verdict) -> str:
    """Return *text* as ``cell`` does, with the names of objectives in it as code spans."""
    line = _line(text)
    named = map(words.visible, {each.name for each in verdict.results})
    names = sorted({name for name in named if name in line}, key=len, reverse=True)
    if not names:
        return _escaped(line)
    either = re.compile(rf"(?<!\w)({'|'.join(map(re.escape, names))})(?!\w)")
    # Split by one group: every second part is a name.
    parts = enumerate(either.split(line))
    return "".join(code(part) if i % 2 else _escaped(part) for i, part in parts)


def cell(plain: str) -> str:
    """Return *plain* on one line, short, and with nothing in it that Markdown or HTML obeys."""
    return _escaped(_line(plain))


def _line(text: str) -> str:
    return words.cut(" ".join(words.visible(text).split()), _MOST_LETTERS)


def _escaped(line: str) -> str:
    return _MARKUP.sub(r"\\\g<0>", line)


def code(plain: str) -> str:
    """Return *plain* as a code span that fits into a table's cell."""
    return f"`{_line(plain).replace('`', 'ˋ').replace('|', '¦')}`"
