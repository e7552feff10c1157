"""``harness report``: make the reports of a run again, also against another contract."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.app import HistoryOption, RunArgument, SlaOption, app, examples
from harness.cli.finishing import finish
from harness.cli.reporting import write_reports
from harness.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from harness.model.verdict import Verdict
    from harness.record.run_record import RunRecord


@app.command(
    short_help="Make the reports of a run again.",
    epilog=examples(
        "harness report runs/20261122T104500Z-pre-cutover",
        "harness report runs/20261122T104500Z-pre-cutover --sla stricter.yaml",
        "harness report runs/20261122T104500Z-site-loss --against runs/20261122T120000Z-site-loss",
    ),
)
def report(
    folder: RunArgument,
    sla: SlaOption = None,
    against: Annotated[
        Path | None, typer.Option(help="The folder of its control run, to set beside it.")
    ] = None,
    history: HistoryOption = None,
) -> None:
    """Make the reports of a run again; by another SLA, into a folder of their own.

    With --against, also print each KPI with the faults, without them, and the difference.
    """

    def work() -> ExitCode:
        from harness import preflight
        from harness.record.history import History
        from harness.record.run_record import RunRecord
        from harness.verdict.judge import judge

        kept = History.of(folder.resolve().parent, history)
        with RunRecord.open(folder) as record:
            other = preflight.other_sla(sla, record, kept) if sla is not None else None
            verdict = judge(record, other or record.sla, about=record.facts.about)
            target = folder
            if other is None:
                kept.take_in(record, verdict)  # of a run that broke off, nobody has yet
            else:  # the run's own reports stay as they are
                target = folder / f"by-{other.name}"
                target.mkdir(exist_ok=True)
            if against is not None:
                _print_against(record, verdict, against)
            return write_reports(record, verdict, target)

    finish(work)


def _print_against(record: "RunRecord", verdict: "Verdict", folder: Path) -> None:
    """Print what the faults of a run made of each KPI, by its control run in *folder*."""
    from harness.record.run_record import RunRecord
    from harness.verdict.against import differences, not_a_control, told
    from harness.verdict.judge import judge

    with RunRecord.open(folder) as control:
        problems = list(
            not_a_control(record.facts, control.facts, where=str(folder), scenario=control.scenario)
        )
        if problems:
            raise UsageError(problems)
        other = judge(control, verdict.sla, about=control.facts.about)
    for line in told(differences(verdict, other)):
        print(line)
