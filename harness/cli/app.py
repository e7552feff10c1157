"""The command line's root, and what several commands take: each says its own examples."""

from pathlib import Path
from typing import Annotated

import typer

from harness import __version__
from harness.cli.order import InOrder
from harness.errors import ExitCode

app = typer.Typer(
    name="harness",
    help="Rehearse a contact-centre cutover: load, failovers, quality of service, and a verdict.",
    cls=InOrder,
    epilog="Exit codes: " + ", ".join(f"{code.value} {code.about}" for code in ExitCode) + ".",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: drawing boxes would double the time to the first letter
)

RunArgument = Annotated[Path, typer.Argument(help="The folder of a run.", show_default=False)]
ScenarioArgument = Annotated[Path, typer.Argument(help="The scenario's file.", show_default=False)]
ScenariosArgument = Annotated[
    Path, typer.Argument(help="The scenario's file, or a folder of them.", show_default=False)
]
SlaOption = Annotated[
    Path | None, typer.Option("--sla", help="Judge by this SLA instead of the scenario's own.")
]
SoakOption = Annotated[
    str | None,
    typer.Option(
        "--for",
        metavar="DURATION",
        help="How long the soak of the scenario lasts, in the centre's time: 5h.",
    ),
]
JoinWithinOption = Annotated[
    str, typer.Option(help="How long to wait for workers, or for the run to answer one.")
]
TokenOption = Annotated[
    Path | None,
    typer.Option(
        help="The file with the token that a run and its workers share; by default the token is in"
        " HARNESS_JOIN_TOKEN."
    ),
]
KeepFreeOption = Annotated[
    str,
    typer.Option(
        metavar="SIZE",
        help="How much of the disk stays free: a run that would take more of it heals, reports and"
        " ends.",
    ),
]
RunsOption = Annotated[Path, typer.Option(help="Where runs are kept.")]
HistoryOption = Annotated[
    Path | None,
    typer.Option(
        "--history",
        help="Where run summaries, findings and baselines are kept; by default in the folder"
        " history among the runs.",
    ),
]
RUNS = Path("runs")
_WIDTH = 76
"""Columns of an example: a terminal's eighty, less where the help has it begin."""


def examples(*lines: str) -> str:
    """Return the foot of a command's help: real commands, one a line, as a shell takes them."""
    return "\b\nExamples:\n" + "\n".join(f"  {_folded(line)}" for line in lines)


def _folded(command: str) -> str:
    """Return *command* with a backslash before an option that would be beyond the line's end."""
    lines = [""]
    for part in command.split(" --"):
        option = f" --{part}" if lines[-1] else part
        if len(lines[-1]) + len(option) > _WIDTH - 2:
            lines[-1] += " \\"
            lines.append("   ")
        lines[-1] += option
    return "\n".join(lines)


@app.callback(invoke_without_command=True)
def _top(
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    if version:
        print(f"harness {__version__}")
        raise typer.Exit
