"""The end of a run, and of a report made again: files written, the last line, the code."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli.finishing import shown
from harness.cli.folding import tell
from harness.errors import ExitCode, worst

if TYPE_CHECKING:
    from harness.model.verdict import Verdict
    from harness.record.run_record import RunRecord


def write_reports(
    record: "RunRecord", verdict: "Verdict", folder: Path, *, as_json: bool = False
) -> ExitCode:
    """Write the reports, print the last line, and return the exit code of the run.

    *as_json*: print what a search found as JSON on standard output, and all else beside it.
    """
    import json

    import reports
    import reports.capacity

    code = _code(record, verdict)
    try:
        path = reports.write(record, verdict, folder=folder)
    except reports.Unwritten as error:
        path = folder
        code = worst(code, ExitCode.INCONCLUSIVE)  # what cannot be shown is no evidence
        tell(f"harness: {error}", sys.stderr)
    if _told_residue(record):
        code = worst(code, ExitCode.RESIDUE)
    out = sys.stderr if as_json else sys.stdout
    for line in _annotated(verdict):
        print(line, file=out)
    for line in _before_the_last(record, verdict):
        tell(line, out)
    if as_json and verdict.capacity is not None:
        print(json.dumps(reports.capacity.as_json(verdict.capacity), indent=1))
    tell(f"{verdict.text} {verdict.sentence} · {shown(path)}", out)
    return code


def _code(record: "RunRecord", verdict: "Verdict") -> ExitCode:
    """Return the exit code of a run that left nothing broken."""
    from harness.model.event import Ending
    from harness.model.verdict import Decision

    codes = {
        Decision.GO: ExitCode.GO,
        Decision.NO_GO: ExitCode.NO_GO,
        Decision.INCONCLUSIVE: ExitCode.INCONCLUSIVE,
    }
    code = ExitCode.GO if verdict.explored else codes[verdict.decision]
    if record.ending is Ending.HALTED:
        code = worst(code, ExitCode.HALTED)
    if record.ending is Ending.INTERRUPTED:
        code = worst(code, ExitCode.INTERRUPTED)
    return code


def _annotated(verdict: "Verdict") -> Iterator[str]:
    """Yield what a CI job is told in its own words: each a line that must stay whole."""
    from reports.annotations import annotations

    if os.environ.get("GITHUB_ACTIONS") == "true":
        yield from annotations(verdict)


def _before_the_last(record: "RunRecord", verdict: "Verdict") -> Iterator[str]:
    """Yield what is said before the last line."""
    import reports.capacity
    from harness.verdict.sentence import accounts

    if verdict.capacity is not None:
        yield from reports.capacity.table(verdict.capacity)
    if verdict.explored:
        return
    yield f"about: {verdict.subject}"
    yield from accounts(verdict.results)
    found = reports.issue_log.findings_of_run(record, verdict)
    if findings := reports.issue_log.summed_up(found):
        yield f"{findings}; harness findings list"


def _told_residue(record: "RunRecord") -> bool:
    """Print what was not seen to be healed, also what an order that timed out may have broken."""
    left = [fault for fault in record.faults() if not fault.healed]
    for fault in left:
        where = f"{fault.title} was not seen to be healed"
        by_hand = f"by hand: {fault.runbook}; its lease: {fault.lease_wall_s:g} s of wall time"
        tell(f"residue: {where}. {fault.heal_proof} {by_hand}", sys.stderr)
    return bool(left)
