"""``harness runs``: what runs there are, their reports, and which may go."""

import os
import shlex
import sys
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.app import RUNS, HistoryOption, app, examples
from harness.cli.finishing import duration_option, finish, shown, size_option
from harness.errors import ExitCode, Problem, UsageError
from harness.model.units import format_size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.files.load import Loaded
    from harness.model.history import RunSummary
    from harness.record.folders import RunFolder

_WhereOption = Annotated[Path, typer.Option("--runs", help="Where runs are kept.")]

runs = typer.Typer(
    help="The runs there are: their answers, sizes and ages; open their reports, prune old ones.",
    short_help="List the runs there are, open their reports; prune those that nobody needs.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(runs, name="runs")


@runs.callback()
def _runs() -> None:
    """List, open and prune the folders of runs."""


@runs.command(
    "list", short_help="List the runs, the newest last.", epilog=examples("harness runs list")
)
def list_(where: _WhereOption = RUNS, history: HistoryOption = None) -> None:
    """List the runs there are: answer, size, and what each is needed for."""

    def work() -> ExitCode:
        from harness.verdict.words import plural

        found = _folders(where, history)
        for each in found:
            print(_line(each))
        print(f"{plural(len(found), 'run')}, {format_size(sum(each.bytes for each in found))}")
        return ExitCode.GO

    finish(work)


@runs.command(
    "open",
    short_help="Open the report of the newest run, or of another, in the browser.",
    epilog=examples(
        "harness runs open",
        "harness runs open 20261122T104500Z-pre-cutover",
        "harness runs open runs/20261122T104500Z-pre-cutover",
    ),
)
def open_(
    run: Annotated[
        str,
        typer.Argument(
            help="The folder of a run, or its name; by default the newest.", show_default=False
        ),
    ] = "",
    where: _WhereOption = RUNS,
) -> None:
    """Open the report of a run in the browser, and print where it is; there may be no browser.

    Without RUN that of the newest; if it has none yet, the newest that has one is named.
    """

    def work() -> ExitCode:
        from reports import REPORT

        report = (_folder(run, where) if run else _newest(where)) / REPORT
        if not _opened(report):
            print("no browser could be opened here; the report is at:", file=sys.stderr)
        print(shown(report))
        return ExitCode.GO

    finish(work)


@runs.command(
    short_help="Say whether a scenario that should run every night does, and decides something.",
    epilog=examples(
        "harness runs expect soak --within 26h --history history/runs",
        "harness runs expect scenarios/soak.yaml --within 26h --history history/runs",
    ),
)
def expect(
    scenario: Annotated[
        str,
        typer.Argument(
            help="The scenario's name; or its file: then whom it names under `notify` is told.",
            show_default=False,
        ),
    ],
    within: Annotated[str, typer.Option(help="How long ago the last run may have begun.")] = "26h",
    where: _WhereOption = RUNS,
    history: HistoryOption = None,
) -> None:
    """Say so, with exit code 1, if a scenario was not run lately, or decided nothing three times.

    What a red run says it says itself; this is for the run that never came, of which nobody else
    can tell the webhook.
    """

    def work() -> ExitCode:
        from harness.clock import wall_now
        from harness.record.history import History
        from harness.record.nightly import news

        loaded = _loaded(Path(scenario)) if scenario.endswith((".yaml", ".yml")) else None
        name = loaded.scenario.name if loaded else scenario
        within_s, now = duration_option("--within", within), wall_now()
        kept = History.of(where, history).runs()
        found = news(kept, name, within_s=within_s, now=now)
        print(found or f"{name}: as expected")
        if loaded is not None:
            _tell_of_absence(loaded, kept, within_s=within_s, now=now)
        return ExitCode.NO_GO if found else ExitCode.GO

    finish(work)


@runs.command(
    short_help="Delete old or large runs, never one that a baseline or finding needs.",
    epilog=examples(
        "harness runs prune --older-than 30d",
        "harness runs prune --keep 2GB --yes",
    ),
)
def prune(
    where: _WhereOption = RUNS,
    history: HistoryOption = None,
    older_than: Annotated[str, typer.Option(help="Those that began longer ago than this.")] = "",
    keep: Annotated[str, typer.Option(help="The oldest, until the rest is no larger.")] = "",
    yes: Annotated[
        bool, typer.Option("--yes", help="Delete; else only say what would go.")
    ] = False,
) -> None:
    """Delete runs by age or size. What the history knows of them stays: summaries and findings.

    One that a baseline or an open finding needs, that still goes on, or that left something to heal
    to `harness recover` is never deleted.
    """

    def work() -> ExitCode:
        from harness.clock import wall_now
        from harness.record.folders import remove, to_prune
        from harness.verdict.words import plural

        if not older_than and not keep:
            want = "--older-than 30d, or --keep 2GB, or both"
            raise UsageError([Problem("harness runs prune", "no limit", want)])
        days = duration_option("--older-than", older_than) / 86_400 if older_than else None
        found = _folders(where, history)
        gone = to_prune(
            found,
            now=wall_now(),
            older_than_days=days,
            keep_bytes=size_option("--keep", keep) if keep else None,
        )
        for each in gone:
            print(_line(each))
            if yes:
                remove(each)
        kept = [each for each in found if each.needed_for]
        size = format_size(sum(each.bytes for each in gone))
        done = "deleted" if yes else "would go; --yes deletes them"
        print(f"{plural(len(gone), 'run')}, {size}, {done}; {len(kept)} are needed and stay")
        return ExitCode.GO

    finish(work)


def _folder(run: str, where: Path) -> Path:
    """Return the folder of *run*, which has its report.

    Raises:
        UsageError: it has none, or there is no such run.
    """
    folder = Path(run) if Path(run).is_dir() else where / run
    if not folder.is_dir():
        want = "the folder of a run, or its name as 'harness runs list' shows it"
        raise UsageError([Problem(run, "no such run", want)])
    if not _has_report(folder):
        raise _unreported(folder)
    return folder


def _newest(where: Path) -> Path:
    """Return the folder of the newest run in *where*, which has its report.

    Raises:
        UsageError: there is no run, or it has none: an older one must not be taken for the newest.
    """
    from harness.record.folders import in_order

    found = in_order(where)
    if not found:
        want = "--runs DIR, where a run has been kept; or harness run SCENARIO"
        raise UsageError([Problem(str(where), "no run in it", want)])
    newest = found[-1]
    if not _has_report(newest):
        older = next((each for each in reversed(found) if _has_report(each)), None)
        raise _unreported(newest, older)
    return newest


def _has_report(folder: Path) -> bool:
    from reports import REPORT

    return (folder / REPORT).is_file()


def _unreported(folder: Path, older: Path | None = None) -> UsageError:
    """Return the error of a run without a report: what makes one, and which *older* one has one."""
    from harness.record.store import is_written
    from reports import REPORT

    want = f"harness report {shlex.quote(shown(folder))}, which makes its reports anew"
    if is_written(folder):
        want = "its end: the run goes on, and makes them then"
    if older is not None:
        want += f"; or harness runs open {shlex.quote(older.name)}, the newest that has one"
    return UsageError([Problem(str(folder), f"no {REPORT} in it", want)])


def _opened(page: Path) -> bool:
    """Open *page* in a browser with windows; return whether there was one.

    On Linux without a display only those for terminals are left, which would take this one over.
    """
    screens = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    if sys.platform.startswith("linux") and not any(map(os.environ.get, screens)):
        return False
    try:
        return webbrowser.open(page.resolve().as_uri())
    except webbrowser.Error:
        return False


def _loaded(path: Path) -> "Loaded":
    from harness.files.load import load
    from harness.known import KNOWN

    return load(path, known=KNOWN)


def _tell_of_absence(
    loaded: "Loaded", kept: "Sequence[RunSummary]", *, within_s: float, now: float
) -> None:
    """Tell whom the scenario names that it was not run."""
    from harness.cli.telling import say, told
    from harness.model.news import Kind, News, Remark
    from harness.record.nightly import absence

    scenario = loaded.scenario
    why = absence(kept, scenario.name, within_s=within_s, now=now)
    if not why or scenario.notify is None:
        return
    mine = [each for each in kept if each.scenario == scenario.name and each.judges]
    news = News(
        scenario.name,
        scenario.owner,
        mine[-1] if mine else None,
        remarks=(Remark(Kind.NOT_RUN, why),),
    )
    say(told(news, scenario.notify, loaded.target, scenario.path.parent))


def _folders(where: Path, history: Path | None) -> "list[RunFolder]":
    from harness.record.folders import folders
    from harness.record.history import History

    kept = History.of(where, history)
    return folders(where, {each.run: each for each in kept.runs()}, kept.needed_runs())


def _line(each: "RunFolder") -> str:
    needed = f"  needed: {each.needed_for}" if each.needed_for else ""
    size = format_size(each.bytes)
    return f"{each.decision or 'unknown':<12}  {size:>8}  {shown(each.path)}{needed}"
