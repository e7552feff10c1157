"""Every scenario of a folder, one after the other, and one answer to all of them."""

import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli.finishing import ended, interrupting, shown
from harness.cli.folding import tell
from harness.cli.rehearsing import Manner, new_folder, new_place, rehearsed
from harness.errors import ExitCode, Problem, UsageError, worst

if TYPE_CHECKING:
    from harness.model.suite import Part
    from harness.preflight import Plan

_ENDS_ALL = (ExitCode.INTERRUPTED, ExitCode.RESIDUE, ExitCode.HALTED)
"""After these nothing else is begun: somebody wants it to end, or something is still broken."""


def run_all(plans: "Sequence[Plan]", name: str, runs: Path, manner: Manner) -> ExitCode:
    """Rehearse *plans*, and report each and all; return the exit code of all.

    Whatever ends it early, what was done so far is reported.
    """
    import reports.suite
    from harness.guarding import about, level_of
    from harness.model.guard import Level
    from harness.model.suite import Part, Suite

    place = new_place(runs, name)
    parts: list[Part] = []
    stopped = ""
    for number, plan in enumerate(plans, 1):
        scenario = plan.scenario
        if not stopped:
            _say(f"{number} of {len(plans)}: {scenario.name}", quiet=manner.quiet)
            part = _part(plan, runs, manner)
            parts.append(part)
            stopped = f"{scenario.name} ended all" if part.code in _ENDS_ALL else ""
        else:
            parts.append(Part(scenario.name, _proves(plan), why=stopped))
    levels = list(Level)
    weakest = min((level_of(plan.target) for plan in plans), key=levels.index)
    suite = Suite(name, tuple(parts), about(weakest))
    for line in reports.suite.table(suite):
        print(line)
    code, path = suite.code, place
    try:
        path = reports.suite.write(suite, place)
    except OSError as error:
        code = worst(code, ExitCode.INCONCLUSIVE)  # what cannot be shown is no evidence
        why = f"the reports of all could not be written: {error}; those of each are where it ran"
        tell(f"harness: {why}", sys.stderr)
    print(f"{suite.text} {suite.tally} · {shown(path)}")
    return code


def _part(plan: "Plan", runs: Path, manner: Manner) -> "Part":
    """Rehearse *plan* and return what became of it, however it ended."""
    from harness.faults.leases import refuse_residue
    from harness.model.suite import Part

    began = time.monotonic()
    part = Part(plan.scenario.name, _proves(plan), why="it broke off: see what it said")

    def work() -> ExitCode:
        nonlocal part
        refuse_residue(runs)  # of the run before, too: one that broke tells of it by no code
        folder = new_folder(runs, plan.scenario.name)
        part = replace(part, run=folder.name)
        code, verdict = rehearsed(plan, folder, manner)
        part = replace(part, text=verdict.text, why=verdict.sentence, explored=verdict.explored)
        return code

    with interrupting():
        code = ended(work)
    return replace(part, code=code, wall_s=time.monotonic() - began)


def _proves(plan: "Plan") -> str:
    """Return what a GO of *plan* shows: of its control not what the scenario says."""
    if plan.control:
        return "nothing of a failure: a control run, its faults were left out"
    return plan.scenario.proves


def no_folder_for(option: str) -> UsageError:
    """Return the error of an *option* that makes no sense for several scenarios."""
    return UsageError([Problem(option, "a folder of scenarios", "one scenario at a time")])


def _say(text: str, *, quiet: bool) -> None:
    if not quiet:
        print(text, file=sys.stderr)
