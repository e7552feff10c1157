"""``harness capacity``: up to which load a target meets its contract."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.app import (
    RUNS,
    HistoryOption,
    KeepFreeOption,
    RunsOption,
    ScenarioArgument,
    SlaOption,
    app,
    examples,
)
from harness.cli.finishing import duration_option, finish, size_option
from harness.cli.folding import tell
from harness.cli.rehearsing import Manner, new_folder, rehearsed
from harness.errors import ExitCode

if TYPE_CHECKING:
    from harness.preflight import Plan, SearchFor


@app.command(
    short_help="Search the highest load that still meets the SLA.",
    epilog=examples(
        "harness capacity scenarios/pre_cutover.yaml --plan",
        "harness capacity scenarios/pre_cutover.yaml",
        "harness capacity my_scenario.yaml --target uat.yaml --growth 1.5 --resolution 0.05",
        "harness capacity my_scenario.yaml --growth 1 --most 2 --json",
    ),
)
def capacity(
    scenario: ScenarioArgument,
    sla: SlaOption = None,
    target: Annotated[
        Path | None, typer.Option(help="A target profile, instead of the scenario's own.")
    ] = None,
    growth: Annotated[
        float, typer.Option(help="The future volume, as a multiple of the planned one.")
    ] = 1.3,
    resolution: Annotated[
        float, typer.Option(help="How close the knee is to be told, in the same multiples.")
    ] = 0.1,
    most: Annotated[float, typer.Option(help="No load above this multiple is tried.")] = 3.0,
    trials: Annotated[
        int, typer.Option(min=2, max=30, help="No more loads than this are tried.")
    ] = 8,
    trial: Annotated[
        str | None,
        typer.Option(
            metavar="DURATION",
            help="How long each load is judged, in the centre's time; by default as long as it has"
            " to be.",
        ),
    ] = None,
    plan_only: Annotated[
        bool, typer.Option("--plan", help="Tell what would be done and how long it takes; no more.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="What was found, for machines: docs/capacity.md.")
    ] = False,
    runs: RunsOption = RUNS,
    history: HistoryOption = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Locust processes.")] = 1,
    arm: Annotated[
        list[str] | None,
        typer.Option(
            metavar="HASH",
            help="The plan that is to be run, as --plan names it; wanted where the target's profile"
            " has a guard.",
        ),
    ] = None,
    approval: Annotated[
        Path | None,
        typer.Option(help="A second person's approval, made by `harness attest approve`."),
    ] = None,
    keep_free: KeepFreeOption = "1GB",
    quiet: Annotated[bool, typer.Option("--quiet", help="Only the result.")] = False,
) -> None:
    """Search the highest load that still meets the SLA: the knee, and the headroom below it.

    Load after load is held for long enough to be judged, as multiples of the planned volume. GO if
    the present volume and the future one are both met; NO-GO if one is not.
    """

    def work() -> ExitCode:
        from harness.disk import refuse_full
        from harness.exporter.outlets import Outlets
        from harness.faults.leases import refuse_residue
        from harness.feasibility.searching import Wanted
        from harness.generator import Crew
        from harness.guarding import Armed
        from harness.preflight import SearchFor
        from harness.record.history import History

        trial_s = None if trial is None else duration_option("--trial", trial)
        asked = SearchFor(Wanted(growth, resolution, most, trials, trial_s), target)
        manner = Manner(
            Crew(workers),
            History.of(runs, history),
            explore=False,
            quiet=quiet,
            armed=Armed(tuple(arm or ()), approval),
            outlets=Outlets.asked(None, None),
            keep_free_bytes=size_option("--keep-free", keep_free),
            as_json=as_json,
        )
        plan = _checked(scenario, sla, asked, manner)
        if plan_only:
            return _told(plan, as_json=as_json)
        refuse_residue(runs)
        refuse_full(runs, keep_free_bytes=manner.keep_free_bytes)
        code, _ = rehearsed(plan, new_folder(runs.resolve(), plan.scenario.name), manner)
        return code

    finish(work)


def _checked(scenario: Path, sla: Path | None, asked: "SearchFor", manner: Manner) -> "Plan":
    """Return the plan of the search that is *asked* for.

    Raises:
        UsageError: it cannot be made, or could decide nothing; carries every problem.
    """
    import asyncio

    from harness import preflight
    from harness.notify import check as check_webhook

    plan = asyncio.run(preflight.check(scenario, history=manner.history, sla=sla, search=asked))
    preflight.check_workers(plan.scenario, manner.crew.workers)
    check_webhook(plan.scenario.notify, plan.target)
    return plan


def _told(plan: "Plan", *, as_json: bool) -> ExitCode:
    """Print what a search would do, without doing it."""
    import json

    from harness.feasibility.search_page import search_as_json, search_page
    from harness.guarding.page import guarded

    if as_json:
        print(json.dumps(search_as_json(plan.scenario, plan.target, plan.sla), indent=1))
        return ExitCode.GO
    for line in search_page(plan.scenario, plan.target, plan.sla, plan.notes):
        tell(line, below=8)
    for line in guarded(plan):
        print(line)
    return ExitCode.GO
