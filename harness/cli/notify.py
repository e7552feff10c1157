"""``harness notify``: tell again what is news of a run, or show what would be told."""

from typing import Annotated

import typer

from harness.cli.app import HistoryOption, RunArgument, app, examples
from harness.cli.finishing import finish
from harness.errors import ExitCode, Problem, UsageError


@app.command(
    short_help="Tell a webhook what is news of a run, or show what would be told.",
    epilog=examples(
        "harness notify runs/20261128T021700Z-soak --show",
        "harness notify runs/20261128T021700Z-soak --history history/runs",
    ),
)
def notify(
    run: RunArgument,
    history: HistoryOption = None,
    show: Annotated[bool, typer.Option("--show", help="Send nothing: print the message.")] = False,
) -> None:
    """Tell the webhook that the run's scenario names under `notify` what is news of it.

    `harness run` does so by itself; this is for a message that did not arrive, under the same key.
    Exit code 1 if it was not taken.
    """

    def work() -> ExitCode:
        from harness.cli.telling import is_told, news_of_run, say, told
        from harness.clock import wall_now
        from harness.files.notify import EXAMPLE
        from harness.record.history import History
        from harness.record.run_record import RunRecord
        from reports.news import message

        with RunRecord.open_ended(run) as record:
            where = record.scenario.notify
            if where is None and not show:
                found = f"a run of {record.scenario.name}, which tells nobody"
                raise UsageError([Problem(str(run), found, f"in its scenario '{EXAMPLE}'")])
            news = news_of_run(record, History.of(run.resolve().parent, history))
            if news is None:
                found = "a run that the history does not know, or that judged nothing"
                want = "--history with the history that it was kept in"
                raise UsageError([Problem(str(run), found, want)])
            if show:
                print(message(news, ci_url="", now=wall_now())[0])
                return ExitCode.GO
            assert where is not None
            if not is_told(news, where):
                print("no news")
                return ExitCode.GO
            delivery = told(news, where, record.target, record.scenario.path.parent)
        say(delivery)
        return ExitCode.GO if delivery.delivered else ExitCode.NO_GO

    finish(work)
