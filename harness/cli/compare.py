"""``harness compare``: two runs side by side, figure by figure."""

from pathlib import Path
from typing import Annotated

import typer

from harness.cli.app import SlaOption, app, examples
from harness.cli.finishing import finish
from harness.cli.folding import tell
from harness.errors import ExitCode

_Folder = Annotated[Path, typer.Argument(show_default=False)]


@app.command(
    short_help="Two runs side by side: each figure, and whether chance may explain it.",
    epilog=examples(
        "harness compare runs/20261120T020000Z-soak runs/20261121T020000Z-soak",
        "harness compare runs/monday runs/tuesday --sla scenarios/sla/outsourced_care.yaml",
    ),
)
def compare(before: _Folder, after: _Folder, sla: SlaOption = None) -> None:
    """Print what two runs measured, both judged by the contract of the later one.

    It decides nothing: a verdict is about one run. What differs between them beside the time, such
    as the scenario's file, the seed or the speed, is said first.
    """

    def work() -> ExitCode:
        from harness import preflight
        from harness.record.history import History
        from harness.record.run_record import RunRecord
        from harness.verdict.against import differences, set_beside, unlike
        from harness.verdict.judge import judge

        with RunRecord.open_ended(before) as first, RunRecord.open_ended(after) as second:
            history = History.of(after.resolve().parent)
            contract = preflight.other_sla(sla, second, history) if sla else second.sla
            for note in unlike(first.facts, second.facts):
                tell(f"note: {note}")
            earlier, later = (
                judge(record, contract, about=record.facts.about) for record in (first, second)
            )
            for line in set_beside(differences(later, earlier)):
                tell(line)
            print("=: chance may explain the difference")
            tell(f"{first.facts.run}: {earlier.text} · {second.facts.run}: {later.text}")
        return ExitCode.GO

    finish(work)
