"""Whether the runs that should come by themselves have come, and decided something. Pure."""

from collections.abc import Sequence
from itertools import takewhile

from harness.model.history import RunSummary
from harness.model.units import format_duration

UNDECIDED = "INCONCLUSIVE"
IN_A_ROW = 3
"""So often in a row a run may decide nothing before that is news of its own."""


def news(runs: Sequence[RunSummary], scenario: str, *, within_s: float, now: float) -> str:
    """Return what is wrong with how *scenario* has been run lately; empty if nothing is.

    *runs* are those of the history, in the order in which they began; one should have begun within
    the last *within_s* seconds before *now* (epoch seconds). A red run is no news here: it says so
    itself. One that never began, or decides nothing night after night, says nothing.
    """
    if missing := absence(runs, scenario, within_s=within_s, now=now):
        return missing
    mine = _of(runs, scenario)
    times = undecided_in_a_row(mine)
    if times < IN_A_ROW:
        return ""
    return f"{scenario} was {UNDECIDED} {times} times in a row: {mine[-1].sentence}"


def absence(runs: Sequence[RunSummary], scenario: str, *, within_s: float, now: float) -> str:
    """Return how long ago *scenario* last had a verdict, if longer than *within_s*; else empty.

    What no run can tell of itself. Arguments as for ``news``.
    """
    mine = _of(runs, scenario)
    if not mine:
        return f"{scenario} has never had a verdict, as far as this history knows"
    since_s = now - mine[-1].started_wall
    if since_s <= within_s:
        return ""
    ago = format_duration(round(since_s / 60) * 60.0)
    expected = f"one every {format_duration(within_s)} was expected"
    return f"{scenario} last had a verdict {ago} ago ({mine[-1].run}): {expected}"


def undecided_in_a_row(runs: Sequence[RunSummary]) -> int:
    """Return how many of *runs*, in order, decided nothing since one last did."""
    return sum(1 for _ in takewhile(lambda run: run.decision == UNDECIDED, reversed(runs)))


def _of(runs: Sequence[RunSummary], scenario: str) -> list[RunSummary]:
    return [run for run in runs if run.scenario == scenario and run.judges]
