"""``harness export``: a run's metrics, or a contract's rules, for a Prometheus of one's own."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from harness.cli.app import app, examples
from harness.cli.finishing import finish, shown
from harness.errors import ExitCode, Problem, UsageError


@app.command(
    short_help="Write a run's metrics, or a contract's rules, for a Prometheus.",
    epilog=examples(
        "harness export runs/20261122T104500Z-pre-cutover --openmetrics --output run.om",
        "promtool tsdb create-blocks-from openmetrics run.om data/",
        "harness export my_contract.yaml --rules --output rules/ --window 30m",
    ),
)
def export(
    what: Annotated[
        Path,
        typer.Argument(help="The folder of a run; for --rules a contract.", show_default=False),
    ],
    openmetrics: Annotated[
        bool, typer.Option("--openmetrics", help="All that the run scraped, as OpenMetrics text.")
    ] = False,
    rules: Annotated[
        bool, typer.Option("--rules", help="Recording and alert rules for a contract.")
    ] = False,
    window: Annotated[str, typer.Option(help="Over which time rules compute KPIs.")] = "5m",
    output: Annotated[
        Path | None,
        typer.Option(help="The file to write, else standard output; for --rules a folder."),
    ] = None,
) -> None:
    """Write everything that a run scraped, and its own figures, for `promtool` to make blocks of.

    To look at a run there and then, `harness view` does all that by itself. With --rules: a rule
    for every KPI, and an alert for every objective that a provider's metrics can tell.
    """

    def work() -> ExitCode:
        if openmetrics == rules:
            found = "two formats" if rules else "no format"
            raise UsageError([Problem("harness export", found, "--openmetrics, or --rules")])
        if rules:
            _export_rules(what, window, output)
        else:
            _export_run(what, output)
        return ExitCode.GO

    finish(work)


def _export_run(folder: Path, output: Path | None) -> None:
    from harness.record.run_record import RunRecord
    from reports.openmetrics import openmetrics

    with RunRecord.open_ended(folder) as record:
        _write(openmetrics(record), output)


def _export_rules(contract: Path, window: str, folder: Path | None) -> None:
    from harness.files.load import load_sla
    from harness.known import KNOWN
    from harness.model.units import format_duration
    from reports import rules

    if folder is None:
        want = "--output DIR, for kpis.rules.yml and alerts.rules.yml"
        raise UsageError([Problem("harness export --rules", "no folder to write to", want)])
    over = format_duration(_duration(window))
    sla = load_sla(contract, known=KNOWN)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        found = f"a place where nothing can be written ({error.strerror})"
        raise UsageError([Problem(f"--output {folder}", found, "a folder to write to")]) from None
    _write([rules.recording_file(sla, over)], folder / "kpis.rules.yml")
    _write([rules.alerts_file(sla, over)], folder / "alerts.rules.yml")


def _duration(window: str) -> float:
    from harness.cli.finishing import duration_option

    found = duration_option("--window", window)
    if found < 1 or found != round(found):
        raise UsageError([Problem("--window", repr(window), "whole seconds or more, such as 5m")])
    return found


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
    except BaseException as error:
        if output.is_file():  # and no device
            output.unlink()
        if isinstance(error, OSError):
            found = f"no room for it ({error.strerror})"
            raise UsageError([Problem(f"--output {output}", found, "a file to write")]) from None
        raise
    print(f"written to {shown(output)}", file=sys.stderr)
