"""``summary.md``: what matters, in about ten lines, for a step summary or a chat.

GitHub drops a step summary of more than 1 MB as a whole, and reads HTML and Markdown in whatever
it is given: tables are cut, cells are short, and text from outside cannot become markup.
"""

import re
from collections.abc import Iterator

from harness.model.event import Ending
from harness.model.verdict import ObjectiveResult, Status, Verdict
from harness.record.run_record import RunRecord
from reports import words
from reports.sections import FaultStory, fault_stories

_MOST_ROWS = 20
_MOST_LETTERS = 300
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~!&@])")
_MATTERS = (Status.FAIL, Status.INCONCLUSIVE, Status.WARN)


def render(record: RunRecord, verdict: Verdict) -> str:
    """Return the summary as GitHub's Markdown."""
    return "\n".join(_lines(record, verdict)) + "\n"


def _lines(record: RunRecord, verdict: Verdict) -> Iterator[str]:
    glyph = "○" if verdict.explored else words.DECISION_GLYPHS[verdict.decision]
    yield f"## {glyph} {_text(verdict.text)}: {_text(record.scenario.name)}"
    yield ""
    yield _text(words.reason(verdict))
    yield ""
    if record.ending is not Ending.COMPLETE:
        yield f"- **{words.ENDINGS[record.ending]}**"
    for doubt in verdict.doubts[:_MOST_ROWS]:
        where = f" ({_text(doubt.phase)})" if doubt.phase else ""
        yield f"- In doubt: {_text(doubt.what)}{where}"
    for story in fault_stories(record, verdict)[:_MOST_ROWS]:
        yield f"- {_fault(story, speed=record.facts.speed)}"
    if verdict.audit is not None:
        yield f"- Tickets: {_audit(verdict)}"
    yield from _table(verdict)
    yield ""
    run, target = _code(record.facts.run), _text(record.target.name)
    speed = f"{record.facts.speed:g}"
    yield f"Run {run} on {target}, speed {speed}. In full: `report.html` beside this file."


def _table(verdict: Verdict) -> Iterator[str]:
    rows = sorted(
        (result for result in verdict.results if result.status in _MATTERS),
        key=lambda result: _MATTERS.index(result.status),
    )
    passed = len(verdict.results) - len(rows)
    yield ""
    if not rows:
        yield f"{words.plural(passed, 'objective')} judged, none failed or undecided."
        return
    yield "| | Objective | Phase | View | Value | Goal | Owner |"
    yield "|---|---|---|---|---:|---:|---|"
    for result in rows[:_MOST_ROWS]:
        yield _row(result)
    yield ""
    more = len(rows) - _MOST_ROWS
    if more > 0:
        yield f"{more:,} more such rows in the report."
    yield f"{words.plural(passed, 'other objective')} passed or waived."


def _row(result: ObjectiveResult) -> str:
    needed = words.still_needed(result)
    cells = (
        f"{words.GLYPHS[result.status]} {result.status.upper()}",
        _code(result.name),
        _text(result.phase),
        result.view.value,
        words.measured(result) + (f"; {needed}" if needed else ""),
        words.bound(result),
        _text(result.owner.name),
    )
    return f"| {' | '.join(cells)} |"


def _fault(story: FaultStory, *, speed: float) -> str:
    fault, recovery = story.fault, story.recovery
    parts = ["proven" if fault.proven else "NOT PROVEN"]
    if recovery is not None:
        parts.append(f"recovery {words.recovery(recovery, speed=speed)}")
        parts.append(
            f"{len(recovery.dropped):,} dropped, {len(recovery.cut_off):,} cut off, "
            f"{len(recovery.turned_away):,} turned away"
        )
    parts.append("healed" if fault.healed else "NOT SHOWN TO BE HEALED")
    where = f"{_code(fault.kind)} at {_text(fault.site)} in {_text(fault.phase)}"
    return f"{where}: {'; '.join(parts)}"


def _audit(verdict: Verdict) -> str:
    audit = verdict.audit
    assert audit is not None
    if not audit.complete:
        unread = _text(", ".join(audit.sites_unread)) or "any site"
        return f"nothing can be said of losses, the store of {unread} was not read"
    text = f"{len(audit.lost):,} lost of {audit.acknowledged:,} acknowledged"
    if not audit.lost and audit.acknowledged:
        text += f" (95 % upper bound {words.upper_bound(audit.acknowledged)})"
    rest = (("duplicated", audit.duplicated), ("divergent", audit.divergent))
    return text + "".join(f", {len(ids):,} {label}" for label, ids in rest if ids)


def _text(text: str) -> str:
    """Return *text* on one line, short, and with nothing in it that Markdown or HTML obeys."""
    line = " ".join(words.visible(text).split())
    if len(line) > _MOST_LETTERS:
        line = line[: _MOST_LETTERS - 1] + "…"
    return _MARKUP.sub(r"\\\1", line)


def _code(text: str) -> str:
    """Return *text* as a code span that fits into a table's cell."""
    line = " ".join(words.visible(text).split())[:_MOST_LETTERS]
    return f"`{line.replace('`', 'ˋ').replace('|', '¦')}`"
