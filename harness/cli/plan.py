"""``harness plan``: what a run would do and could decide, without doing it."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from harness.cli.app import (
    RUNS,
    HistoryOption,
    RunsOption,
    ScenarioArgument,
    SlaOption,
    SoakOption,
    app,
    examples,
)
from harness.cli.finishing import finish, soak_s
from harness.errors import ExitCode, UsageError


@app.command(
    short_help="Tell what a run would do, and what it could decide; start nothing.",
    epilog=examples(
        "harness plan scenarios/pre_cutover.yaml",
        "harness plan my_scenario.yaml --sla stricter.yaml",
        "harness plan scenarios/pre_cutover.yaml --json",
    ),
)
def plan(
    scenario: ScenarioArgument,
    sla: SlaOption = None,
    soak: SoakOption = None,
    runs: RunsOption = RUNS,
    history: HistoryOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines: docs/plan.md.")] = False,
) -> None:
    """Tell what a run would do: contacts, load, staffing, trunks, faults, and what it can decide.

    Nothing is sent. Exit code 2 if it cannot be run, for the same reasons as 'harness check'.
    """
    finish(lambda: _plan(scenario, sla, soak, runs, history, as_json=as_json))


def _plan(
    scenario: Path,
    sla: Path | None,
    soak: str | None,
    runs: Path,
    history: Path | None,
    *,
    as_json: bool,
) -> ExitCode:
    import asyncio
    import json

    from rich.console import Console

    from harness import preflight
    from harness.disk import KEEP_FREE_BYTES, free_bytes
    from harness.feasibility.as_json import plan_as_json, refused_as_json
    from harness.feasibility.page import PLAIN_WIDTH, last_line, page
    from harness.feasibility.plan import plan_of
    from harness.feasibility.room import short_of_room
    from harness.guarding.page import guarded
    from harness.record.history import History

    try:
        found, problems = asyncio.run(
            preflight.examine(
                scenario, history=History.of(runs, history), sla=sla, soak_s=soak_s(soak)
            )
        )
    except UsageError as error:
        if as_json:
            print(json.dumps(refused_as_json(error.problems), indent=1))
        raise
    told = plan_of(
        found.scenario,
        found.target,
        found.sla,
        decided=found.prospects,
        notes=found.notes,
        problems=problems,
    )
    short = short_of_room(told.disk_bytes, free=free_bytes(runs), keep_free=KEEP_FREE_BYTES)
    told = replace(told, notes=(*told.notes, *short))
    if as_json:
        print(json.dumps(plan_as_json(told), indent=1))
    else:
        width = None if sys.stdout.isatty() else PLAIN_WIDTH
        console = Console(file=sys.stdout, width=width, highlight=False)
        with console.capture() as captured:
            console.print(page(told, width=console.width))
        print("\n".join(line.rstrip() for line in captured.get().splitlines()))
        for line in guarded(found):
            print(line)
        print(last_line(told))
    if problems:
        raise UsageError(problems)
    return ExitCode.GO
