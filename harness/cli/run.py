"""``harness run``: rehearse, and say GO, NO-GO or INCONCLUSIVE."""

import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.app import (
    RUNS,
    HistoryOption,
    JoinWithinOption,
    ScenarioArgument,
    SlaOption,
    TokenOption,
    app,
    examples,
)
from harness.cli.finishing import duration_option, finish, interruptible
from harness.cli.reporting import write_reports
from harness.errors import ExitCode, HarnessError, Problem, UsageError

if TYPE_CHECKING:
    from harness.generator import Crew
    from harness.model.verdict import Verdict
    from harness.record.history import History
    from harness.record.run_record import RunRecord


@app.command(
    short_help="Rehearse, and say GO, NO-GO or INCONCLUSIVE.",
    epilog=examples(
        "harness run scenarios/pre_cutover.yaml",
        "harness run scenarios/pre_cutover.yaml --explore --runs /tmp/runs",
        "harness run my_scenario.yaml --sla stricter.yaml --workers 2",
        "harness run my_scenario.yaml --workers 3 --listen 10.1.2.3:25557 --token-file join.token",
        "harness run scenarios/pre_cutover.yaml --control",
    ),
)
def run(
    scenario: ScenarioArgument,
    sla: SlaOption = None,
    runs: Annotated[Path, typer.Option(help="Where runs are kept.")] = RUNS,
    history: HistoryOption = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Locust processes.")] = 1,
    listen: Annotated[
        str | None,
        typer.Option(
            metavar="[ADDRESS:]PORT",
            help="Start no workers, but wait here for `harness worker`; without an address on this"
            " machine alone.",
        ),
    ] = None,
    join_within: JoinWithinOption = "60s",
    token_file: TokenOption = None,
    explore: Annotated[
        bool, typer.Option("--explore", help="Numbers and charts only: no gates, no verdict.")
    ] = False,
    control: Annotated[
        bool, typer.Option("--control", help="The same run without its faults, to compare with.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Only the result.")] = False,
) -> None:
    """Rehearse: place the load, break things on the timeline, and say GO, NO-GO or INCONCLUSIVE."""

    def work() -> ExitCode:
        from harness.record.history import History

        crew = _crew(workers, listen, join_within, token_file)
        kept = History.of(runs, history)
        return _run(scenario, sla, runs, kept, crew, explore=explore, quiet=quiet, control=control)

    finish(work)


def _crew(workers: int, listen: str | None, join_within: str, token_file: Path | None) -> "Crew":
    """Return who generates the load; warn when others could listen in."""
    from harness import generator

    within_s = duration_option("--join-within", join_within)
    if listen is None:
        return generator.Crew(workers)
    at = generator.Address.to_listen(listen)
    token = generator.join_token(token_file)
    if not at.is_loopback:
        print(
            f"warning: workers join at {at}, over a network. The token is never sent and the"
            " target's credentials are sealed with it, but nothing else on that channel is"
            " encrypted or authenticated: use a private network, or a tunnel to a --listen on"
            " this machine alone.",
            file=sys.stderr,
        )
    return generator.Crew(workers, at, within_s, token)


def _run(
    scenario: Path,
    sla: Path | None,
    runs: Path,
    history: "History",
    crew: "Crew",
    *,
    explore: bool,
    quiet: bool,
    control: bool,
) -> ExitCode:
    import asyncio

    from rich.console import Console

    from harness import conductor, preflight
    from harness.faults.leases import refuse_residue
    from harness.live import watching
    from harness.record.run_record import RunRecord
    from harness.verdict.judge import judge
    from harness.verdict.self_check import limits

    plan = asyncio.run(preflight.check(scenario, history=history, sla=sla))
    preflight.check_workers(plan.scenario, crew.workers)
    if control:
        plan = preflight.without_faults(plan)
    refuse_residue(runs)
    # Absolute, because the generator and the mock work in folders of their own.
    folder = _new_folder(runs.resolve(), plan.scenario.name)
    console = Console(stderr=True)
    try:
        limit = limits(plan.scenario.generator, plan.sla)
        with watching(plan.scenario, limit, console=console, quiet=quiet) as watcher:
            verdict = interruptible(
                conductor.rehearse(plan, folder, crew=crew, explore=explore, watcher=watcher),
                saying="interrupted: healing what is broken, then writing the report",
            )
    except UsageError:
        raise
    except Exception:
        # What was measured until then is evidence still, whatever broke.
        with suppress(Exception), RunRecord.open(folder) as record:
            _keep(record, judge(record, record.sla, about=record.facts.about), folder, history)
        raise
    with RunRecord.open(folder) as record:
        return _keep(record, verdict, folder, history)


def _keep(record: "RunRecord", verdict: "Verdict", folder: Path, history: "History") -> ExitCode:
    """Keep in *history* what the run means to later ones, write the reports, return its code."""
    history.take_in(record, verdict)
    return write_reports(record, verdict, folder)


def _new_folder(runs: Path, name: str) -> Path:
    """Make and return the folder of a new run, with its ``logs/``."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    for attempt in range(1, 100):
        folder = runs / (f"{stamp}-{name}" + (f"-{attempt}" if attempt > 1 else ""))
        try:
            (folder / "logs").mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            found = f"a place where nothing can be written ({error.strerror})"
            raise UsageError([Problem(f"--runs {runs}", found, "a folder to write to")]) from None
        return folder
    raise HarnessError(f"no new folder could be made under {runs}")
