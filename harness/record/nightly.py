"""Whether the runs that should come by themselves have come, and decided something. Pure."""

from collections.abc import Sequence

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
    mine = [run for run in runs if run.scenario == scenario and not run.control]
    if not mine:
        return f"{scenario} has never been run, as far as this history knows"
    since_s = now - mine[-1].started_wall
    if since_s > within_s:
        ago = format_duration(round(since_s / 60) * 60.0)
        expected = f"one every {format_duration(within_s)} was expected"
        return f"{scenario} was last run {ago} ago ({mine[-1].run}): {expected}"
    lately = mine[-IN_A_ROW:]
    if len(lately) == IN_A_ROW and all(run.decision == UNDECIDED for run in lately):
        return f"{scenario} was {UNDECIDED} {IN_A_ROW} times in a row: {lately[-1].sentence}"
    return ""
