"""``harness export``: everything a run scraped, for a Prometheus of one's own."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from harness.cli.app import RunArgument, app, examples
from harness.cli.finishing import finish, shown
from harness.errors import ExitCode, Problem, UsageError


@app.command(
    short_help="Write what a run scraped as OpenMetrics text.",
    epilog=examples(
        "harness export runs/20261122T104500Z-pre-cutover --openmetrics --output run.om",
        "promtool tsdb create-blocks-from openmetrics run.om data/",
    ),
)
def export(
    folder: RunArgument,
    openmetrics: Annotated[
        bool, typer.Option("--openmetrics", help="As OpenMetrics text; the one format there is.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option(help="The file to write; by default standard output.")
    ] = None,
) -> None:
    """Write everything that a run scraped, and its own figures, for `promtool` to make blocks of.

    To look at a run there and then, `harness view` does all that by itself.
    """

    def work() -> ExitCode:
        from harness.record.run_record import RunRecord
        from reports.openmetrics import openmetrics as text

        if not openmetrics:
            raise UsageError([Problem("harness export", "no format", "--openmetrics")])
        with RunRecord.open(folder) as record:
            _write(text(record), output)
        if output is not None:
            print(f"{shown(output)}", file=sys.stderr)
        return ExitCode.GO

    finish(work)


def _write(pieces: Iterable[str], output: Path | None) -> None:
    """Write *pieces*, or leave nothing behind.

    Raises:
        UsageError: nothing can be written there.
    """
    if output is None:
        sys.stdout.writelines(pieces)
        return
    try:
        file = output.open("w", encoding="utf-8", newline="\n")
    except OSError as error:
        found = f"a place where nothing can be written ({error.strerror})"
        raise UsageError([Problem(f"--output {output}", found, "a file to write")]) from None
    try:
        with file:
            file.writelines(pieces)
    except BaseException:
        output.unlink(missing_ok=True)
        raise
