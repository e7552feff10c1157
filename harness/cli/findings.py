"""``harness findings``: the issue log of many runs, and the baselines that runs are compared to."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.app import RUNS, HistoryOption, RunArgument, RunsOption, app, examples
from harness.cli.finishing import day_option, finish, shown
from harness.errors import ExitCode, Problem, UsageError

if TYPE_CHECKING:
    from harness.model.finding import Happening
    from harness.record.history import History

_IdArgument = Annotated[
    str, typer.Argument(help="The id of a finding, or its first letters.", show_default=False)
]
_ByOption = Annotated[str, typer.Option(help="Who says so, by role: it is kept with the finding.")]

findings = typer.Typer(
    help="The issue log: what runs found, who owns it, why it was, and what has passed since.",
    short_help="List, explain and close what runs have found; keep baselines.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(findings, name="findings")


@findings.callback()
def _findings() -> None:
    """Keep what is known of many runs: findings, root causes, baselines."""


@findings.command(
    "list",
    short_help="List the open findings; with --all the closed ones too.",
    epilog=examples(
        "harness findings list",
        "harness findings list --all --csv > findings.csv",
        "harness findings list --scenario pre-cutover --template deploy/tracker.jsonl.j2",
        "harness findings list --since 2026-11-27 --template deploy/tracker.jsonl.j2",
    ),
)
def list_(
    every: Annotated[bool, typer.Option("--all", help="The closed ones too.")] = False,
    scenario: Annotated[
        str | None, typer.Option(help="Only those of this scenario, by its name.")
    ] = None,
    since: Annotated[
        str,
        typer.Option(
            metavar="DAY", help="Those to which something happened since, the closed ones too."
        ),
    ] = "",
    as_csv: Annotated[bool, typer.Option("--csv", help="As CSV.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    template: Annotated[
        Path | None,
        typer.Option(
            help="A Jinja2 file that writes each finding for a tracker: docs/findings.md."
        ),
    ] = None,
    runs: RunsOption = RUNS,
    history: HistoryOption = None,
) -> None:
    """List the findings, the gravest first: what was seen, who owns it, what it waits for."""

    def work() -> ExitCode:
        from harness.record.history import History
        from reports import issue_log

        asked = [name for name, on in (("--csv", as_csv), ("--json", as_json)) if on]
        asked += ["--template"] if template is not None else []
        if len(asked) > 1:
            raise UsageError([Problem("harness findings list", " and ".join(asked), "one of them")])
        found = issue_log.gravest_first(History.of(runs, history).findings().values())
        day = day_option("--since", since) if since else None
        listed = [
            each
            for each in found
            if (every or day or each.is_open)
            and scenario in (None, each.last.scenario)
            and (day is None or each.moved_on >= day)
        ]
        if as_csv:
            print(issue_log.as_csv(listed), end="")
        elif as_json:
            print(issue_log.as_json(listed))
        elif template is not None:
            print(issue_log.by_template(listed, _read(template), where=str(template)), end="")
        elif listed:
            print(issue_log.as_text(listed))
        else:
            print("no findings" if every or day else "no open findings")
        return ExitCode.GO

    finish(work)


@findings.command(
    short_help="Tell all that is known of one finding.",
    epilog=examples("harness findings show 3fa91c22"),
)
def show(finding: _IdArgument, runs: RunsOption = RUNS, history: HistoryOption = None) -> None:
    """Tell all that is known of one finding: evidence, root cause, and everything that happened."""

    def work() -> ExitCode:
        from harness.record.history import History
        from reports import issue_log

        print(issue_log.story(History.of(runs, history).finding(finding)))
        return ExitCode.GO

    finish(work)


@findings.command(
    "set",
    short_help="Say who owns a finding, why it was, and that it is fixed.",
    epilog=examples(
        'harness findings set 3fa91c22 --cause "trunks sized for one site"'
        ' --correction "200 channels each" --by "Voice Platform Lead"',
        'harness findings set 3fa91c22 --state fixed --by "Voice Platform Lead"',
        'harness findings set 3fa91c22 --owner "Voice Platform Lead"'
        ' --contact voice@client.example --by "Service Transition"',
    ),
)
def set_(
    finding: _IdArgument,
    by: _ByOption,
    owner: Annotated[str, typer.Option(help="Who answers for it from now on, by role.")] = "",
    contact: Annotated[str, typer.Option(help="How to reach the owner.")] = "",
    state: Annotated[str, typer.Option(help="open, or fixed: to be proven by a run.")] = "",
    cause: Annotated[str, typer.Option(help="Root cause: why it happened.")] = "",
    correction: Annotated[str, typer.Option(help="What was done about it.")] = "",
    regression: Annotated[
        str, typer.Option(help="The scenario that stays in the suite and would notice.")
    ] = "",
    note: Annotated[str, typer.Option(help="Anything else that is worth keeping.")] = "",
    runs: RunsOption = RUNS,
    history: HistoryOption = None,
) -> None:
    """Say who owns a finding, why it was, what was done about it. What was said before is kept."""

    def work() -> ExitCode:
        from harness.clock import wall_now
        from harness.model.finding import Happening, RootCause, State, What
        from harness.model.scenario import Owner
        from harness.record.history import History

        problems = []
        if bool(owner) != bool(contact):
            found = "one without the other"
            problems.append(
                Problem("--owner, --contact", found, "both: a role and how to reach it")
            )
        if state not in ("", State.OPEN, State.FIXED):
            want = "open, or fixed; closed is for a run to say, and then for harness findings close"
            problems.append(Problem("--state", repr(state), want))
        if not any((owner, state, cause, correction, regression, note)):
            problems.append(Problem("harness findings set", "nothing to set", "see its --help"))
        if problems:
            raise UsageError(problems)
        kept = History.of(runs, history)
        said = Happening(
            kept.finding(finding).id,
            What.SET,
            wall_now(),
            by=by.strip(),
            owner=Owner(owner, contact) if owner else None,
            state=State(state) if state else None,
            cause=RootCause(cause, correction, regression),
            note=note,
        )
        return _say(kept, said)

    finish(work)


@findings.command(
    short_help="Close a finding that a run has passed.",
    epilog=examples('harness findings close 3fa91c22 --by "Service Transition"'),
)
def close(
    finding: _IdArgument, by: _ByOption, runs: RunsOption = RUNS, history: HistoryOption = None
) -> None:
    """Close a finding: a run has to have passed it since, and its root cause has to be known."""

    def work() -> ExitCode:
        from harness.clock import wall_now
        from harness.model.finding import Happening, What
        from harness.record.history import History

        kept = History.of(runs, history)
        known = kept.finding(finding)
        problems = []
        if not known.is_open:
            problems.append(Problem(f"finding {known.id}", "closed already", "an open one"))
        elif not known.passed_by:
            want = "a later run in which it is decided and met"
            problems.append(Problem(f"finding {known.id}", "no run has passed it yet", want))
        if known.is_open and not known.cause.complete:
            want = f"harness findings set {known.id} --cause ... --correction ... --by ..."
            problems.append(Problem(f"finding {known.id}", "no root cause", want))
        if problems:
            raise UsageError(problems)
        return _say(kept, Happening(known.id, What.CLOSED, wall_now(), by=by.strip()))

    finish(work)


@findings.command(
    short_help="Keep the figures of a run as a baseline.",
    epilog=examples(
        "harness findings baseline runs/20261122T104500Z-pre-cutover --as in-house",
    ),
)
def baseline(
    folder: RunArgument,
    name: Annotated[str, typer.Option("--as", help="The name SLAs know it by.")],
    history: HistoryOption = None,
) -> None:
    """Keep the figures of a run under a name, in the history beside it."""

    def work() -> ExitCode:
        from harness.clock import wall_now
        from harness.files import values
        from harness.record.history import History
        from harness.record.kept import baseline_of
        from harness.record.run_record import RunRecord
        from harness.verdict.judge import judge

        try:
            values.name(name)
        except ValueError as error:
            raise UsageError([Problem("--as", repr(name), str(error))]) from None
        with RunRecord.open_ended(folder) as record:
            verdict = judge(record, record.sla, about=record.facts.about)
            found = baseline_of(record, verdict, name=name)
        kept = History.of(folder.resolve().parent, history)
        kept.keep_baseline(found, at=wall_now())
        print(f"{name}: {len(found.values)} figures of {found.run}, kept in {shown(kept.folder)}")
        for doubt in verdict.doubts:
            print(f"In doubt, and a standard all the same: {doubt.what}")
        return ExitCode.GO

    finish(work)


def _say(kept: "History", said: "Happening") -> ExitCode:
    """Keep what a person said of a finding, and tell where it stands now."""
    from reports import issue_log

    if not said.by:
        raise UsageError([Problem("--by", "nobody", "a role, such as Service Transition")])
    kept.keep([said])
    print(issue_log.as_text([kept.finding(said.finding)]))
    return ExitCode.GO


def _read(path: Path) -> str:
    from harness.files.bounded import read_bounded

    try:
        return read_bounded(path).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        want = "a text file, in UTF-8"
        raise UsageError([Problem(str(path), f"what cannot be read ({error})", want)]) from None
