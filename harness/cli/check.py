"""``harness check``: name every problem of a scenario, or of an adapter, at once."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.app import (
    RUNS,
    HistoryOption,
    RunsOption,
    SlaOption,
    app,
    examples,
)
from harness.cli.finishing import finish
from harness.cli.folding import tell
from harness.errors import ExitCode, Problem, UsageError

if TYPE_CHECKING:
    from harness.adapter.clauses import Clause
    from harness.preflight import Plan


@app.command(
    short_help="Name every problem of a scenario; start nothing.",
    epilog=examples(
        "harness check scenarios/pre_cutover.yaml",
        "harness check scenarios/pre_cutover.yaml --explain",
        "harness check scenarios/pre_cutover.yaml --json",
        "harness check scenarios/failover/",
        "harness check --adapter desk.py:Desk --target targets/provider.yaml",
    ),
)
def check(
    scenario: Annotated[
        Path | None,
        typer.Argument(help="The scenario's file, or a folder of them.", show_default=False),
    ] = None,
    sla: SlaOption = None,
    runs: RunsOption = RUNS,
    history: HistoryOption = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say what the SLA asks, in plain English.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Say the scenario as it was read, in one line of JSON.")
    ] = False,
    adapter: Annotated[
        str | None,
        typer.Option(
            metavar="ADAPTER",
            help="Instead of a scenario: hold this adapter to its contract, on --target too. A file"
            " and its class, desk.py:Desk, or package.module:Class.",
        ),
    ] = None,
    target: Annotated[
        Path | None, typer.Option(help="The profile of the target that --adapter is tried on.")
    ] = None,
) -> None:
    """Read a scenario, its SLA and its target, and name every problem. Starts nothing.

    Of a folder, the problems of every scenario in it.

    With --adapter and --target, hold an adapter to its contract instead: first without its target,
    then on it, with one ticket and one call.
    """

    def work() -> ExitCode:
        import asyncio

        from harness import preflight
        from harness.record.history import History

        if adapter is not None or target is not None:
            return _check_adapter(adapter, target, scenario)
        if scenario is None:
            found = "neither a scenario nor --adapter"
            raise UsageError([Problem("harness check", found, "harness check my_scenario.yaml")])
        files = preflight.scenarios_in(scenario) if scenario.is_dir() else (scenario,)
        kept = History.of(runs, history)
        plans = asyncio.run(preflight.check_all(files, history=kept, sla=sla))
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

        for paragraph in explained(plan.sla, plan.scenario, plan.target):
            tell(f"{paragraph}\n")
    for line in plan.outlook if alone else ():
        print(line)
    for note in plan.notes:
        tell(str(note), below=8)
    phases = ", ".join(phase.name for phase in plan.scenario.phases)
    print(f"{file}: no problems; {len(plan.scenario.phases)} phases: {phases}")


def _check_adapter(adapter: str | None, target: Path | None, scenario: Path | None) -> ExitCode:
    """Hold *adapter* to its contract, print every clause, and return whether it kept all."""
    import asyncio

    from harness.adapter.clauses import Kept
    from harness.adapter_check import on_target, without_target
    from harness.files.load import load_target

    if adapter is None or target is None or scenario is not None:
        found = "--adapter or --target without the other, or with a scenario"
        want = "harness check --adapter desk.py:Desk --target targets/provider.yaml"
        raise UsageError([Problem("harness check", found, want)])
    profile = load_target(target)
    kept: list[Kept] = []

    def tell(clause: "Clause") -> None:
        kept.append(clause.kept)
        print(f"{clause.kept:<10} {clause.name}" + (f": {clause.why}" if clause.why else ""))

    for clause in without_target(adapter, profile):
        tell(clause)

    async def try_it() -> None:
        async for clause in on_target(adapter, profile):
            tell(clause)

    asyncio.run(try_it())
    broken = kept.count(Kept.BROKEN)
    untried = kept.count(Kept.UNTRIED)
    print(f"{adapter}: {len(kept)} clauses, {broken} broken, {untried} not tried")
    return ExitCode.NO_GO if broken else ExitCode.GO
