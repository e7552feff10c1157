"""``harness worker``: load from another machine, for a run that listens."""

import sys
from typing import Annotated

import typer

from harness.cli.app import JoinWithinOption, TokenOption, app, examples
from harness.cli.finishing import duration_option, finish, interruptible
from harness.errors import ExitCode


@app.command(
    short_help="Generate load for a run on another machine.",
    epilog=examples(
        "harness worker --join 127.0.0.1:25557 --token-file join.token",
        "HARNESS_JOIN_TOKEN=... harness worker --join 10.1.2.3:25557 --join-within 5m",
    ),
)
def worker(
    join: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="Where a run waits, as its --listen says.")
    ],
    join_within: JoinWithinOption = "60s",
    token_file: TokenOption = None,
) -> None:
    """Join a run that waits for workers, generate its part of the load, and end with it."""

    def work() -> ExitCode:
        from harness import generator

        coroutine = generator.work(
            generator.Address.to_join(join),
            token=generator.join_token(token_file),
            join_within_s=duration_option("--join-within", join_within),
            tell=lambda what: print(what, file=sys.stderr),
        )
        interruptible(coroutine, saying="interrupted: leaving the run, which is undecided now")
        return ExitCode.GO

    finish(work)
