"""``harness attest``: signed words on what an environment is, and on who approved a plan."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
from harness.errors import ExitCode, Problem, UsageError

if TYPE_CHECKING:
    from harness.model.target import Target

_TargetOption = Annotated[
    Path, typer.Option(help="The target's profile, with a guard.", show_default=False)
]
_KeyOption = Annotated[
    Path, typer.Option(help="The file of the private key that signs.", show_default=False)
]
_NameOption = Annotated[
    str, typer.Option(help="What the profile calls that key.", show_default=False)
]
_OutOption = Annotated[
    Path | None, typer.Option("--out", help="The file to write; by default standard output.")
]

attest = typer.Typer(
    help="Attest that an environment is no production system, and approve plans: docs/guard.md.",
    short_help="Attest that a target is no production; approve a plan.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(attest, name="attest")


@attest.callback()
def _attest() -> None:
    """Make and look at signed documents. Nothing is sent to anybody."""


@attest.command(
    short_help="Make a key pair to sign with.",
    epilog=examples("harness attest key acme.key"),
)
def key(
    path: Annotated[
        Path, typer.Argument(help="The new file of the private key.", show_default=False)
    ],
) -> None:
    """Write a new private key for its owner alone, and print the public one for the profile."""

    def work() -> ExitCode:
        from harness.guarding.documents import new_key

        print(new_key(path))
        return ExitCode.GO

    finish(work)


@attest.command(
    short_help="Draft an attestation from a target's profile.",
    epilog=examples(
        'harness attest new acme.yaml --contact "Platform, platform@acme.example"'
        " --out acme.draft.json",
        "harness attest new acme.yaml --contact platform@acme.example --days 7 --fault http",
    ),
)
def new(
    target: Annotated[Path, typer.Argument(help="The target's profile.", show_default=False)],
    contact: Annotated[
        str, typer.Option(help="Whom to call about the environment.", show_default=False)
    ],
    days: Annotated[float, typer.Option(min=0.01, max=31, help="For how long it is valid.")] = 30,
    fault: Annotated[
        list[str] | None, typer.Option(help="A kind of fault that may be injected there.")
    ] = None,
    out: _OutOption = None,
) -> None:
    """Draft what the operator of the environment is asked to read, correct and sign."""

    def work() -> ExitCode:
        from harness.clock import wall_now
        from harness.faults.kinds import KINDS
        from harness.guarding.documents import draft, guard_of

        unknown = [each for each in fault or () if each not in KINDS]
        if unknown:
            want = f"one of {', '.join(KINDS)}"
            raise UsageError([Problem("--fault", repr(each), want) for each in unknown])
        remote, guard = guard_of(_target(target), target)
        drafted = draft(
            remote, guard, contact=contact, days=days, faults=fault or (), now=wall_now()
        )
        return _put(drafted, out)

    finish(work)


@attest.command(
    short_help="Sign a draft.",
    epilog=examples(
        "harness attest sign acme.draft.json --key acme.key --name acme-2026"
        " --out acme.attestation.json"
    ),
)
def sign(
    payload: Annotated[Path, typer.Argument(help="The draft's file.", show_default=False)],
    key: _KeyOption,
    name: _NameOption,
    out: _OutOption = None,
) -> None:
    """Sign a draft: the environment's operator does this, with a key that stays with them."""

    def work() -> ExitCode:
        from harness.guarding.documents import attestation_signed, read_key

        return _put(attestation_signed(payload, read_key(key), name=name), out)

    finish(work)


@attest.command(
    short_help="Say what is wrong with an attestation, if anything.",
    epilog=examples("harness attest verify acme.attestation.json --target acme.yaml"),
)
def verify(
    document: Annotated[Path, typer.Argument(help="The document's file.", show_default=False)],
    target: _TargetOption,
) -> None:
    """Hold an attestation to a profile, as a run would. Exit code 4 if it would be refused."""

    def work() -> ExitCode:
        from harness.clock import wall_now
        from harness.files.bounded import read_bounded
        from harness.guarding.documents import verified

        try:
            text = read_bounded(document)
        except OSError as error:
            want = "the file of an attestation"
            raise UsageError([Problem(str(document), str(error.strerror), want)]) from None
        told, wrong = verified(text, _target(target), target, now=wall_now())
        for line in (*told, *wrong):
            print(line)
        print(f"{document}: {'not good for' if wrong else 'good for'} {target}")
        return ExitCode.REFUSED if wrong else ExitCode.GO

    finish(work)


@attest.command(
    short_help="Approve a plan, as a second person.",
    epilog=examples(
        "harness attest approve my_scenario.yaml --operator jdoe --key jane.key --name jane"
        " --out approval.json"
    ),
)
def approve(
    scenario: ScenarioArgument,
    operator: Annotated[
        str, typer.Option(help="The account that will run it.", show_default=False)
    ],
    key: _KeyOption,
    name: _NameOption,
    sla: SlaOption = None,
    soak: SoakOption = None,
    hours: Annotated[float, typer.Option(min=0.1, max=24, help="For how long.")] = 24,
    out: _OutOption = None,
    runs: RunsOption = RUNS,
    history: HistoryOption = None,
) -> None:
    """Approve that one account runs one plan once. Read `harness plan` before you do.

    With the same --sla and --for as the run will have: they are part of the plan.
    """

    def work() -> ExitCode:
        import asyncio

        from harness import preflight
        from harness.clock import wall_now
        from harness.guarding.documents import approval, guard_of, read_key
        from harness.record.history import History

        kept = History.of(runs, history)
        plan = asyncio.run(preflight.check(scenario, history=kept, sla=sla, soak_s=soak_s(soak)))
        _, guard = guard_of(plan.target, scenario)
        return _put(
            approval(
                plan,
                guard,
                read_key(key),
                name=name,
                operator=operator,
                now=wall_now(),
                lasting_s=hours * 3600,
            ),
            out,
        )

    finish(work)


def _target(path: Path) -> "Target":
    from harness.files.load import load_target

    return load_target(path)


def _put(document: dict[str, Any], out: Path | None) -> ExitCode:
    from harness.guarding.documents import as_text

    text = as_text(document)
    if out is None:
        print(text, end="")
        return ExitCode.GO
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError([Problem(str(out), str(error.strerror), "a file to write")]) from None
    print(out)
    return ExitCode.GO
