"""``harness recover``: heal what a run could not, after a power cut."""

from pathlib import Path
from typing import Annotated

import typer

from harness.cli.app import RUNS, app, examples
from harness.cli.finishing import finish
from harness.cli.folding import tell
from harness.errors import ExitCode


@app.command(
    short_help="Heal what a run could not: after a power cut.",
    epilog=examples(
        "harness recover",
        "harness recover runs/20261122T104500Z-pre-cutover",
        "harness recover runs/20261122T104500Z-pre-cutover --by-hand",
    ),
)
def recover(
    folder: Annotated[
        Path | None, typer.Argument(help="The folder of a run; by default every run.")
    ] = None,
    runs: Annotated[Path, typer.Option(help="Where runs are kept.")] = RUNS,
    by_hand: Annotated[
        bool, typer.Option("--by-hand", help="Somebody has healed it: only close the leases.")
    ] = False,
) -> None:
    """Heal every fault whose lease is still open, the last one first.

    Do not use it while a run goes on: it would heal that run's faults. What cannot be healed is
    named with the commands that a person can try; the exit code is then 6.
    """

    def work() -> ExitCode:
        import asyncio

        from harness.faults.recovery import recovered

        found = asyncio.run(recovered(runs, folder, by_hand=by_hand))
        for each in found:
            tell(str(each))
        left = [each for each in found if each.why]
        print(f"{len(found) - len(left)} healed, {len(left)} left" if found else "nothing to heal")
        return ExitCode.RESIDUE if left else ExitCode.GO

    finish(work)
