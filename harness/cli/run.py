"""``harness run``: rehearse, and say GO, NO-GO or INCONCLUSIVE."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.app import (
    RUNS,
    HistoryOption,
    JoinWithinOption,
    KeepFreeOption,
    ScenariosArgument,
    SlaOption,
    SoakOption,
    TokenOption,
    app,
    examples,
)
from harness.cli.finishing import duration_option, finish, size_option, soak_s
from harness.cli.folder import no_folder_for, run_all
from harness.cli.folding import tell
from harness.cli.rehearsing import Manner, new_folder, rehearsed
from harness.errors import ExitCode, Problem, UsageError

if TYPE_CHECKING:
    from harness.generator import Crew
    from harness.record.evidence import Signing


@app.command(
    short_help="Rehearse, and say GO, NO-GO or INCONCLUSIVE.",
    epilog=examples(
        "harness run scenarios/pre_cutover.yaml",
        "harness run scenarios/pre_cutover.yaml --explore --runs /tmp/runs",
        "harness run my_scenario.yaml --sla stricter.yaml --workers 2",
        "harness run my_scenario.yaml --workers 3 --listen 10.1.2.3:25557 --token-file join.token",
        "harness run scenarios/pre_cutover.yaml --control",
        "harness run scenarios/pre_cutover.yaml --metrics-port 9464",
        "harness run scenarios/failover/",
        "harness run scenarios/soak.yaml --for 5h",
        "harness run scenarios/soak.yaml --resume runs/20261122T021700Z-soak",
        "harness run my_scenario.yaml --arm 5f0c2a9e --approval approval.json",
        "harness run my_scenario.yaml --sign-with acme.key",
    ),
)
def run(
    scenario: ScenariosArgument,
    sla: SlaOption = None,
    runs: Annotated[Path, typer.Option(help="Where runs are kept.")] = RUNS,
    history: HistoryOption = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Locust processes.")] = 1,
    listen: Annotated[
        str | None,
        typer.Option(
            metavar="[ADDRESS:]PORT",
            help="Start no workers, but wait here for `harness worker`; without an address on this"
            " machine alone.",
        ),
    ] = None,
    join_within: JoinWithinOption = "60s",
    token_file: TokenOption = None,
    metrics_port: Annotated[
        str | None,
        typer.Option(
            metavar="[ADDRESS:]PORT",
            help="Tell Prometheus of the run while it goes on, here under /metrics; without an"
            " address on this machine alone.",
        ),
    ] = None,
    remote_write: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Send the run's metrics there while it goes on, as Prometheus would; the value of"
            " an Authorization header is in HARNESS_REMOTE_WRITE_AUTHORIZATION.",
        ),
    ] = None,
    explore: Annotated[
        bool, typer.Option("--explore", help="Numbers and charts only: no gates, no verdict.")
    ] = False,
    control: Annotated[
        bool, typer.Option("--control", help="The same run without its faults, to compare with.")
    ] = False,
    soak: SoakOption = None,
    resume: Annotated[
        Path | None,
        typer.Option(
            metavar="RUN",
            help="Go on with a run that was cut: with its soak where it ended, or for as long as"
            " --for says.",
        ),
    ] = None,
    arm: Annotated[
        list[str] | None,
        typer.Option(
            metavar="HASH",
            help="The plan that is to be run, as `harness plan` names it; wanted where the target's"
            " profile has a guard.",
        ),
    ] = None,
    approval: Annotated[
        Path | None,
        typer.Option(help="A second person's approval, made by `harness attest approve`."),
    ] = None,
    sign_with: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            envvar="HARNESS_SIGN_WITH",
            help="The private key that signs the evidence, made by `harness attest key`.",
        ),
    ] = None,
    sign_as: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="What those who check call that key; by default as its file is called.",
        ),
    ] = None,
    keep_free: KeepFreeOption = "1GB",
    quiet: Annotated[bool, typer.Option("--quiet", help="Only the result.")] = False,
) -> None:
    """Rehearse: place the load, break things on the timeline, and say GO, NO-GO or INCONCLUSIVE.

    Of a folder, every scenario is rehearsed, one after the other, and one verdict is given on all.
    """

    def work() -> ExitCode:
        from harness.exporter.outlets import Outlets
        from harness.guarding import Armed
        from harness.record.history import History

        for option, said in (("--listen", listen), ("--resume", resume)):
            if said is not None and scenario.is_dir():
                raise no_folder_for(f"{option} {said}")
        crew = _crew(workers, listen, join_within, token_file)
        outlets = Outlets.asked(metrics_port, remote_write)
        armed = Armed(tuple(arm or ()), approval)
        signing, kept = _signing(sign_with, sign_as), History.of(runs, history)
        free = size_option("--keep-free", keep_free)
        manner = Manner(crew, kept, explore, quiet, armed, outlets, free, signing)
        return _run(scenario, sla, runs, manner, control=control, soak=soak, resume=resume)

    finish(work)


def _signing(path: Path | None, name: str | None) -> "Signing | None":
    """Return who signs the evidence; None if nobody does."""
    from harness.guarding.documents import read_key
    from harness.record.evidence import Signing

    if path is None:
        if name is not None:
            want = "--sign-with too: the file of the key"
            raise UsageError([Problem("--sign-as", repr(name), want)])
        return None
    return Signing(name or path.stem, read_key(path))


def _crew(workers: int, listen: str | None, join_within: str, token_file: Path | None) -> "Crew":
    """Return who generates the load; warn when others could listen in."""
    from harness import generator

    within_s = duration_option("--join-within", join_within)
    if listen is None:
        return generator.Crew(workers)
    at = generator.Address.to_listen(listen)
    token = generator.join_token(token_file)
    if not at.is_loopback:
        tell(
            f"warning: workers join at {at}, over a network. The token is never sent and the"
            " target's credentials are sealed with it, but nothing else on that channel is"
            " encrypted or authenticated: use a private network, or a tunnel to a --listen on"
            " this machine alone.",
            sys.stderr,
        )
    return generator.Crew(workers, at, within_s, token)


def _run(
    scenario: Path,
    sla: Path | None,
    runs: Path,
    manner: Manner,
    *,
    control: bool,
    soak: str | None,
    resume: Path | None,
) -> ExitCode:
    import asyncio

    from harness import preflight, resuming
    from harness.disk import refuse_full
    from harness.faults.leases import refuse_residue
    from harness.notify import check as check_webhook

    whole = scenario.is_dir()
    files = preflight.scenarios_in(scenario) if whole else (scenario,)
    for_s = soak_s(soak)
    plans = asyncio.run(
        preflight.check_all(
            files, history=manner.history, sla=sla, soak_s=None if resume else for_s
        )
    )
    for plan in plans:
        preflight.check_workers(plan.scenario, manner.crew.workers)
        check_webhook(plan.scenario.notify, plan.target)
    if control:
        plans = [preflight.without_faults(plan) for plan in plans]
    refuse_residue(runs)
    refuse_full(runs, keep_free_bytes=manner.keep_free_bytes)
    # Absolute, because the generator and the mock work in folders of their own.
    kept = runs.resolve()
    if whole:
        return run_all(plans, scenario.resolve().name, kept, manner)
    (plan,) = plans
    earlier = None if resume is None else resuming.taken_up(resume, plan, more_s=for_s)
    code, _ = rehearsed(plan, new_folder(kept, plan.scenario.name), manner, earlier)
    return code
