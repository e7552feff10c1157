"""``harness init``: the first files of a rehearsal of one's own."""

from pathlib import Path
from typing import Annotated

import typer

from harness.cli.app import app, examples
from harness.cli.finishing import finish
from harness.errors import ExitCode, Problem, UsageError


@app.command(
    short_help="Make a shape of your own from a CSV of past contacts.",
    epilog=examples(
        "harness init my_rehearsal --calibrate january.csv",
    ),
)
def init(
    folder: Annotated[Path, typer.Argument(help="Where to write to.", show_default=False)],
    calibrate: Annotated[
        Path | None,
        typer.Option(
            help="A CSV of past contacts: 'time', and if you have them 'count' (then each row is an"
            " interval), 'queue', 'wait' in seconds, 'outcome' (answered or abandoned)."
        ),
    ] = None,
) -> None:
    """Make a shape from a CSV of past contacts, and say what volume and patience it shows.

    Nothing that exists is overwritten. To lay out a whole rehearsal is for a later version: so far
    this needs --calibrate.
    """

    def work() -> ExitCode:
        from harness import calibration

        if calibrate is None:
            want = "--calibrate CSV; to lay out a whole rehearsal is for a later version"
            raise UsageError([Problem("harness init", "no --calibrate", want)])
        found = calibration.calibrated(calibrate)
        path = calibration.write_shape(folder, found)
        for line in calibration.told(found, path):
            print(line)
        return ExitCode.GO

    finish(work)
