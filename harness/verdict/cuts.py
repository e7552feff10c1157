"""What a run that was cut and went on later says of its gaps."""

from collections.abc import Iterator

from harness.model.cut import Cut
from harness.model.event import Ending
from harness.model.units import format_duration
from harness.verdict.evidence import Evidence
from harness.verdict.words import listed

_WHY = {
    Ending.COMPLETE: "it had ended and was prolonged",
    Ending.INTERRUPTED: "it was interrupted",
    Ending.BROKEN: "it broke off",
    Ending.HALTED: "it was stopped early",
}


def cut_notes(run: Evidence) -> Iterator[str]:
    """Yield a remark for each gap of *run*: where, why, how long, and what it cost."""
    yield from map(cut_text, run.cuts())


def cut_text(cut: Cut) -> str:
    """Return in a sentence where a run was cut and what became of what it was in the middle of."""
    where = f" in {cut.phase}" if cut.phase else ""
    why = _WHY.get(cut.ending, "it ended") + (f": {cut.why}" if cut.why else "")
    away = format_duration(round(cut.away_wall_s))
    at = format_duration(round(cut.at_s))
    parts = [f"cut at {at}{where} ({cut.run}: {why}), and gone on with {away} later by the clock"]
    if again := listed([*(p.name for p in cut.left_out), *(f.title for f in cut.faults)]):
        parts.append(f"not over then, left out and done again: {again}")
    if cut.unread_s is not None:
        parts.append("tickets written until then are not audited, for their store is gone")
    return "; ".join(parts)
