"""``harness mock``: the mock centre alone, to try it by hand."""

from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from harness.cli.app import app, examples
from harness.cli.finishing import finish, interruptible
from harness.errors import ExitCode


@app.command(
    short_help="Start the mock centre alone, to try it by hand.",
    epilog=examples(
        "harness mock",
        "harness mock scenarios/targets/mock_every_feature.yaml --speed 20",
        "harness mock my_target.yaml --scenario my_scenario.yaml --json",
    ),
)
def mock(
    target: Annotated[
        Path | None, typer.Argument(help="A target profile; by default the shipped one.")
    ] = None,
    scenario: Annotated[
        Path | None, typer.Option(help="Whose lines it answers; by default pre_cutover's.")
    ] = None,
    speed: Annotated[float, typer.Option(min=1, max=60, help="Centre seconds per second.")] = 1.0,
    seed: Annotated[str | None, typer.Option(help="Instead of the scenario's.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Say where it is in one line of JSON.")
    ] = False,
) -> None:
    """Start the mock centre alone, say where it is, and stay until Ctrl-C ends it."""

    def work() -> ExitCode:
        with suppress(KeyboardInterrupt):  # the way it is meant to end
            coroutine = _mock(target, scenario, speed=speed, seed=seed, as_json=as_json)
            interruptible(coroutine, saying="ending the mock centre")
        return ExitCode.GO

    finish(work)


async def _mock(
    target: Path | None, scenario: Path | None, *, speed: float, seed: str | None, as_json: bool
) -> None:
    import tempfile

    from harness import by_hand
    from harness.target import mock as supervisor

    found = await by_hand.setting(
        target or by_hand.SHIPPED_TARGET,
        scenario or by_hand.SHIPPED_SCENARIO,
        speed=speed,
        seed=seed,
    )
    told = by_hand.as_json if as_json else by_hand.as_text
    with tempfile.TemporaryDirectory(prefix="harness-mock-") as logs:
        await supervisor.hold(
            found.target,
            lines=found.lines,
            speed=found.speed,
            seed=found.seed,
            logs=Path(logs),
            ready=lambda endpoints: print(told(found, endpoints), flush=True),
        )
