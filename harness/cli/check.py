"""``harness check``: name every problem of a scenario at once; start nothing."""

from typing import Annotated

import typer

from harness.cli.app import (
    RUNS,
    HistoryOption,
    RunsOption,
    ScenarioArgument,
    SlaOption,
    app,
    examples,
)
from harness.cli.finishing import finish
from harness.errors import ExitCode


@app.command(
    short_help="Name every problem of a scenario; start nothing.",
    epilog=examples(
        "harness check scenarios/pre_cutover.yaml",
        "harness check scenarios/pre_cutover.yaml --explain",
        "harness check scenarios/pre_cutover.yaml --json",
    ),
)
def check(
    scenario: ScenarioArgument,
    sla: SlaOption = None,
    runs: RunsOption = RUNS,
    history: HistoryOption = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say what the SLA asks, in plain English.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Say the scenario as it was read, in one line of JSON.")
    ] = False,
) -> None:
    """Read a scenario, its SLA and its target, and name every problem. Starts nothing."""

    def work() -> ExitCode:
        import asyncio

        from harness import preflight
        from harness.record.history import History

        plan = asyncio.run(preflight.check(scenario, history=History.of(runs, history), sla=sla))
        if as_json:
            print(preflight.as_json(plan))
            return ExitCode.GO
        if explain:
            from harness.verdict.explain import explained

            print("\n".join(explained(plan.sla, plan.scenario, plan.target)))
        for line in (*plan.outlook, *plan.notes):
            print(line)
        phases = ", ".join(phase.name for phase in plan.scenario.phases)
        print(f"{scenario}: no problems; {len(plan.scenario.phases)} phases: {phases}")
        return ExitCode.GO

    finish(work)
