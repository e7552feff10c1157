"""``harness calibrate``: a shape, and what else a company's own log tells."""

from pathlib import Path
from typing import Annotated

import typer

from harness.cli.app import app, examples
from harness.cli.finishing import finish
from harness.errors import ExitCode


@app.command(
    short_help="Make a shape of your own from a CSV of past contacts.",
    epilog=examples(
        "harness calibrate january.csv",
        "harness calibrate january.csv --to my_rehearsal/shapes",
    ),
)
def calibrate(
    log: Annotated[
        Path,
        typer.Argument(
            metavar="CSV",
            help="Past contacts: 'time', and if you have them 'count' (then each row is an"
            " interval), 'queue', 'wait' in seconds, 'outcome' (answered or abandoned).",
            show_default=False,
        ),
    ],
    to: Annotated[Path, typer.Option(metavar="DIR", help="Where the shape is written.")] = Path(
        "shapes"
    ),
) -> None:
    """Make a shape from a CSV of past contacts, and say what volume and patience it shows.

    A shape that exists is not overwritten.
    """

    def work() -> ExitCode:
        from harness import calibration

        found = calibration.calibrated(log)
        path = calibration.write_shape(to, found)
        for line in calibration.told(found, path):
            print(line)
        return ExitCode.GO

    finish(work)
