"""``harness init``: the first files of a rehearsal of one's own."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from harness.cli.app import app, examples
from harness.cli.finishing import finish, shown
from harness.errors import ExitCode


@app.command(
    short_help="Lay out a rehearsal of your own, to be changed.",
    epilog=examples(
        "harness init my_rehearsal",
        "harness init my_rehearsal --all",
    ),
)
def init(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Where to write to.", show_default=False)
    ],
    everything: Annotated[
        bool,
        typer.Option(
            "--all",
            help="All that ships: failovers, growth, rollback, soaks of days, the cutover.yaml"
            " that `harness decide` reads, dashboards for Grafana, rules for Prometheus.",
        ),
    ] = False,
) -> None:
    """Write a scenario, a contract, target profiles, a shape, runbooks and CI workflows into DIR.

    They run as they are, on the mock centre; their comments say what is yours to change. Nothing
    that exists is overwritten: files that are there are named, and then nothing is written.
    """

    def work() -> ExitCode:
        from harness import layout

        pieces = list(layout.pieces(everything=everything))
        layout.write(folder, pieces)
        for each in pieces:
            print(folder / each.path)
        print(_NEXT.format(folder=shlex.quote(shown(folder))))
        return ExitCode.GO

    finish(work)


_NEXT = """
README.md there says what each file is, and how to come to your own provider.
Next:

  cd {folder}
  harness check pre_cutover.yaml
  harness run smoke.yaml           # a minute and a half, on the mock centre"""
