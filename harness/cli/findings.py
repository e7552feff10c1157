"""``harness findings``: what is kept of many runs."""

from pathlib import Path
from typing import Annotated

import typer

from harness.cli.app import RunArgument, app, examples
from harness.cli.finishing import finish, shown
from harness.errors import ExitCode, Problem, UsageError

findings = typer.Typer(
    help="What is kept of many runs: so far, the baselines that others are compared to.",
    short_help="Keep a run as the baseline that others are compared to.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(findings, name="findings")


@findings.callback()
def _findings() -> None:
    """Keep what is known of many runs: so far, the baselines that others are compared to."""


@findings.command(
    short_help="Keep the figures of a run as a baseline.",
    epilog=examples(
        "harness findings baseline runs/20261122T104500Z-pre-cutover --as in-house",
    ),
)
def baseline(
    folder: RunArgument,
    name: Annotated[str, typer.Option("--as", help="The name SLAs know it by.")],
    runs: Annotated[
        Path | None, typer.Option(help="Whose history keeps it; by default the run's folder.")
    ] = None,
) -> None:
    """Keep the figures of a run under a name, in history.json beside the runs."""

    def work() -> ExitCode:
        from harness.files import values
        from harness.record.history import baseline_of, keep_baseline
        from harness.record.run_record import RunRecord
        from harness.verdict.judge import judge

        try:
            values.name(name)
        except ValueError as error:
            raise UsageError([Problem("--as", repr(name), str(error))]) from None
        with RunRecord.open(folder) as record:
            verdict = judge(record, record.sla, about=record.facts.about)
            found = baseline_of(record, verdict, name=name)
        where = runs or folder.resolve().parent
        keep_baseline(where, found)
        print(f"{name}: {len(found.values)} figures of {found.run}, kept in {shown(where)}")
        return ExitCode.GO

    finish(work)
