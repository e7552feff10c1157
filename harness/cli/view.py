"""``harness view``: look at a run in Prometheus, long after it is over."""

import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.app import RunArgument, app, examples
from harness.cli.finishing import finish, interruptible
from harness.errors import ExitCode
from harness.model.own_metrics import VIEW_PORT

if TYPE_CHECKING:
    from harness.prometheus import Shown


@app.command(
    short_help="Look at a run in Prometheus, and in Grafana through it.",
    epilog=examples(
        "harness view runs/20261122T104500Z-pre-cutover",
        "harness view last-nights-artifact/20261122T021700Z-soak --port 9191",
    ),
)
def view(
    folder: RunArgument,
    port: Annotated[
        int, typer.Option(min=1, max=65535, help="Where Prometheus answers.")
    ] = VIEW_PORT,
) -> None:
    """Start a Prometheus that holds the run, print links into it, and end it on Ctrl-C.

    It runs on this machine alone, in a folder of its own that goes with it; the run stays as it is.
    Needs `prometheus` and `promtool`, 2.42 or later.
    """

    def work() -> ExitCode:
        with suppress(KeyboardInterrupt):  # the way it is meant to end
            interruptible(_view(folder, port), saying="ending Prometheus")
        return ExitCode.GO

    finish(work)


async def _view(folder: Path, port: int) -> None:
    from harness import prometheus
    from harness.record.run_record import RunRecord
    from reports.openmetrics import openmetrics

    want = "its end; --metrics-port shows one that goes on"
    with RunRecord.open_ended(folder, want=want) as record:
        print("reading the run into Prometheus", file=sys.stderr)
        shown = prometheus.Shown.of(record, port)
        async with prometheus.holding(openmetrics(record), port):
            print(_told(shown), flush=True)
            await prometheus.forever()


def _told(shown: "Shown") -> str:
    links = "\n".join(f"  {about}\n    {url}" for about, url in shown.links())
    return (
        f"{shown.run}, {shown.when}\n{links}\n"
        f"Grafana: add {shown.url} as a Prometheus data source, choose the time above.\n"
        "Ctrl-C ends it."
    )
