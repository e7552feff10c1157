"""``harness check``: name every problem of a scenario at once; start nothing."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.app import RUNS, RunsOption, ScenariosArgument, SlaOption, app, examples
from harness.cli.finishing import finish
from harness.errors import ExitCode

if TYPE_CHECKING:
    from harness.preflight import Plan


@app.command(
    short_help="Name every problem of a scenario; start nothing.",
    epilog=examples(
        "harness check scenarios/pre_cutover.yaml",
        "harness check scenarios/pre_cutover.yaml --explain",
        "harness check scenarios/pre_cutover.yaml --json",
        "harness check scenarios/failover/",
    ),
)
def check(
    scenario: ScenariosArgument,
    sla: SlaOption = None,
    runs: RunsOption = RUNS,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say what the SLA asks, in plain English.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Say the scenario as it was read, in one line of JSON.")
    ] = False,
) -> None:
    """Read a scenario, its SLA and its target, and name every problem. Starts nothing.

    Of a folder, the problems of every scenario in it.
    """

    def work() -> ExitCode:
        import asyncio

        from harness import preflight

        files = preflight.scenarios_in(scenario) if scenario.is_dir() else (scenario,)
        plans = asyncio.run(preflight.check_all(files, sla=sla, runs=runs))
        for file, plan in zip(files, plans, strict=True):
            if as_json:
                print(preflight.as_json(plan))
            else:
                _print(file, plan, explain=explain, alone=len(files) == 1)
        return ExitCode.GO

    finish(work)


def _print(file: Path, plan: "Plan", *, explain: bool, alone: bool) -> None:
    """Print what is to be known of *plan*; of one among several, no more than its notes."""
    if explain:
        from harness.verdict.explain import explained

        print("\n".join(explained(plan.sla, plan.scenario, plan.target)))
    for line in (*plan.outlook, *plan.notes) if alone else plan.notes:
        print(line)
    phases = ", ".join(phase.name for phase in plan.scenario.phases)
    print(f"{file}: no problems; {len(plan.scenario.phases)} phases: {phases}")
