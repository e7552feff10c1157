"""The end of a run, and of a report made again: files written, the last line, the code."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli.finishing import shown
from harness.errors import ExitCode, worst

if TYPE_CHECKING:
    from harness.model.verdict import Verdict
    from harness.record.run_record import RunRecord


def write_reports(record: "RunRecord", verdict: "Verdict", folder: Path) -> ExitCode:
    """Write the reports, print the last line, and return the exit code of the run."""
    import reports
    from harness.model.event import Ending
    from harness.model.verdict import Decision
    from harness.verdict.sentence import accounts
    from reports.annotations import annotations

    codes = {
        Decision.GO: ExitCode.GO,
        Decision.NO_GO: ExitCode.NO_GO,
        Decision.INCONCLUSIVE: ExitCode.INCONCLUSIVE,
    }
    code = ExitCode.GO if verdict.explored else codes[verdict.decision]
    try:
        path = reports.write(record, verdict, folder=folder)
    except reports.Unwritten as error:
        path = folder
        code = worst(code, ExitCode.INCONCLUSIVE)  # what cannot be shown is no evidence
        print(f"harness: {error}", file=sys.stderr)
    if record.ending is Ending.HALTED:
        code = worst(code, ExitCode.HALTED)
    if record.ending is Ending.INTERRUPTED:
        code = worst(code, ExitCode.INTERRUPTED)
    if _told_residue(record):
        code = worst(code, ExitCode.RESIDUE)
    if os.environ.get("GITHUB_ACTIONS") == "true":
        for line in annotations(verdict):
            print(line)
    if not verdict.explored:
        print(f"about: {verdict.subject}")
        for line in accounts(verdict.results):
            print(line)
        if findings := reports.issue_log.summed_up(
            reports.issue_log.findings_of_run(record, verdict)
        ):
            print(f"{findings}; harness findings list")
    print(f"{verdict.text} {verdict.sentence} · {shown(path)}")
    return code


def _told_residue(record: "RunRecord") -> bool:
    """Print what was not seen to be healed, also what an order that timed out may have broken."""
    left = [fault for fault in record.faults() if not fault.healed]
    for fault in left:
        where = f"{fault.title} was not seen to be healed"
        by_hand = f"by hand: {fault.runbook}; its lease: {fault.lease_wall_s:g} s of wall time"
        print(f"residue: {where}. {fault.heal_proof} {by_hand}", file=sys.stderr)
    return bool(left)
