"""Who called, and why: first attempts beside what they led to, by phase."""

from collections.abc import Mapping
from dataclasses import dataclass

from harness.model.contact import REDIALS, Why
from harness.record.run_record import RunRecord

WORDS = {
    Why.FIRST: "First attempts",
    Why.BLOCKED: "Redials, did not get in",
    Why.DROPPED: "Redials, cut off",
    Why.ABANDONED: "Redials, gave up",
    Why.REPEAT: "Repeats, not helped",
    Why.CHASE: "Asking after a ticket",
}


@dataclass(frozen=True, slots=True)
class Calls:
    """The calls of one phase and its hold, or of the whole run, by why they were placed."""

    phase: str
    made: Mapping[Why, int]

    @property
    def attempts(self) -> int:
        """All of them: what the provider saw."""
        return sum(self.made.values())

    @property
    def first(self) -> int:
        """Those that nothing came before: what the schedule planned."""
        return self.made.get(Why.FIRST, 0)

    @property
    def redials(self) -> int:
        """Those after a call that was blocked, cut off or given up."""
        return sum(self.made.get(why, 0) for why in REDIALS)

    @property
    def amplification(self) -> float | None:
        """All attempts for each first one; None without a first one."""
        return self.attempts / self.first if self.first else None


def calls_by_phase(record: RunRecord) -> list[Calls]:
    """Return the calls of each phase that had any, in order, and last those of the whole run.

    Nothing at all for a run without calls.
    """
    made = record.calls_by_cause()
    rows = [Calls(phase.name, made[phase.name]) for phase in record.phases() if phase.name in made]
    if not rows:
        return []
    total = {why: sum(row.made.get(why, 0) for row in rows) for why in Why}
    return [*rows, Calls("", {why: count for why, count in total.items() if count})]


def causes(rows: list[Calls]) -> list[Why]:
    """Return why calls were placed in *rows*, in the order in which a table shows them."""
    return [why for why in Why if any(row.made.get(why) for row in rows)]
