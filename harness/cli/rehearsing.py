"""One rehearsal from a checked plan to its reports: what ``harness run`` does for each scenario."""

import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from harness.cli.finishing import interruptible
from harness.cli.folding import tell
from harness.cli.reporting import write_reports
from harness.cli.telling import tell_of
from harness.errors import ExitCode, HarnessError, Problem, UsageError, worst

if TYPE_CHECKING:
    from harness.exporter.outlets import Outlets
    from harness.generator import Crew
    from harness.guarding import Armed
    from harness.model.verdict import Verdict
    from harness.preflight import Plan
    from harness.record.evidence import Signing
    from harness.record.history import History
    from harness.record.run_record import RunRecord
    from harness.resuming import Earlier
    from harness.watching import Watcher


class Manner(NamedTuple):
    """How to rehearse, whatever is rehearsed. ``as_json``: what a search found, for machines."""

    crew: "Crew"
    history: "History"
    explore: bool
    quiet: bool
    armed: "Armed"
    outlets: "Outlets"
    keep_free_bytes: int
    signing: "Signing | None" = None
    as_json: bool = False


def rehearsed(
    plan: "Plan", folder: Path, manner: Manner, earlier: "Earlier | None" = None
) -> "tuple[ExitCode, Verdict]":
    """Rehearse *plan* in *folder*, write the reports, and return the exit code and the verdict.

    If *earlier* is a run that was cut, go on with it.

    Raises:
        RuntimeError: a file could not be used. None of those is named on the command line, so it is
            no mistake of whoever wrote that.
    """
    try:
        return _rehearsed(plan, folder, manner, earlier)
    except OSError as error:
        raise RuntimeError(f"the run broke off: {error}") from error


def _rehearsed(
    plan: "Plan", folder: Path, manner: Manner, earlier: "Earlier | None"
) -> "tuple[ExitCode, Verdict]":
    from rich.console import Console

    from harness.live import watching
    from harness.memory import share_one_heap
    from harness.record.run_record import RunRecord
    from harness.verdict.judge import judge
    from harness.verdict.self_check import limits

    share_one_heap()  # a soak, or a search, may last for days
    console = Console(stderr=True)
    try:
        limit = limits(plan.scenario.generator, plan.sla)
        scenario = plan.scenario if earlier is None else earlier.scenario
        with watching(scenario, limit, console=console, quiet=manner.quiet) as watcher:
            verdict = interruptible(
                _watched(plan, folder, manner, watcher, earlier),
                saying="interrupted: healing what is broken, then writing the report",
            )
    except UsageError:
        raise
    except Exception:
        # What was measured until then is evidence still, whatever broke.
        with suppress(Exception), RunRecord.open(folder) as record:
            verdict = judge(record, record.sla, about=record.facts.about)
            _keep(record, verdict, folder, manner)
        raise
    with RunRecord.open(folder) as record:
        return _keep(record, verdict, folder, manner), verdict


async def _watched(
    plan: "Plan", folder: Path, manner: Manner, watcher: "Watcher", earlier: "Earlier | None"
) -> "Verdict":
    """Rehearse, and tell of it while it goes on wherever *manner* wants it told."""
    from harness import conductor
    from harness.disk import Disk
    from harness.exporter.figures import Figures
    from harness.watching import Watchers

    figures = Figures()
    async with manner.outlets.open(figures, watcher):
        return await conductor.rehearse(
            plan,
            folder,
            crew=manner.crew,
            explore=manner.explore,
            watcher=Watchers(watcher, figures),
            armed=manner.armed,
            earlier=earlier,
            signing=manner.signing,
            disk=Disk(folder, keep_free_bytes=manner.keep_free_bytes),
        )


def _keep(record: "RunRecord", verdict: "Verdict", folder: Path, manner: Manner) -> ExitCode:
    """Keep what the run means to later ones, write the reports, seal it all; return its code.

    What a full disk or a damaged history does not take is named, and makes the answer no GO: the
    rest is kept.
    """
    import reports

    code = ExitCode.GO
    try:
        manner.history.take_in(record, verdict)
    except HarnessError as error:  # a UsageError, too: what damaged the history came meanwhile
        code = _unkept(error)
    # Reports are there before somebody is told, and say afterwards what became of it.
    tell_of(record, manner.history, first=lambda: reports.write(record, verdict, folder=folder))
    code = worst(code, write_reports(record, verdict, folder, as_json=manner.as_json))
    try:
        _seal(verdict, folder, manner)
    except (OSError, HarnessError) as error:
        code = worst(code, _unkept(f"the evidence could not be sealed: {error}"))
    return code


def _seal(verdict: "Verdict", folder: Path, manner: Manner) -> None:
    import reports
    from harness.clock import wall_now
    from harness.record.evidence import seal

    seal(
        folder,
        decision=verdict.text,
        reports=[name for name in reports.NAMES if (folder / name).exists()],
        signing=manner.signing,
        now=wall_now(),
    )


def _unkept(why: object) -> ExitCode:
    """Say what was not kept; what cannot be shown is no evidence."""
    tell(f"harness: {why}", sys.stderr)
    return ExitCode.INCONCLUSIVE


def new_folder(runs: Path, name: str) -> Path:
    """Make and return the folder of a new run, with its ``logs/``."""
    folder = new_place(runs, name)
    (folder / "logs").mkdir()
    return folder


def new_place(runs: Path, name: str) -> Path:
    """Make and return a folder in *runs* that is told from all others by the time and *name*.

    Raises:
        UsageError: nothing can be written there.
    """
    from harness.record.folders import STAMP

    stamp = datetime.now(UTC).strftime(STAMP)
    for attempt in range(1, 100):
        folder = runs / (f"{stamp}-{name}" + (f"-{attempt}" if attempt > 1 else ""))
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            found = f"a place where nothing can be written ({error.strerror})"
            raise UsageError([Problem(f"--runs {runs}", found, "a folder to write to")]) from None
        return folder
    raise HarnessError(f"no new folder could be made under {runs}")
