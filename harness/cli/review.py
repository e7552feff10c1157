"""``harness review``: what the runs of a month say together, to those who answer for them."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.app import RUNS, HistoryOption, RunsOption, app, examples
from harness.cli.finishing import day_option, finish, shown
from harness.cli.folding import tell
from harness.errors import ExitCode, Problem, UsageError

if TYPE_CHECKING:
    from harness.model.cutover import Release
    from harness.model.finding import Finding
    from harness.model.history import RunSummary
    from harness.model.review import Period

_DAYS = 31
_Known = tuple["Sequence[RunSummary]", "Mapping[str, Finding]"]


@app.command(
    short_help="The monthly service review: many runs together, as a page, a mail and JSON.",
    epilog=examples(
        "harness review",
        "harness review --from 2026-11-01 --to 2026-11-30 --nightly soak --history history",
        "harness review --cutover scenarios/cutover.yaml",
        "harness review runs/20261120T020000Z-soak runs/20261121T020000Z-soak",
    ),
)
def review(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[RUNS]...",
            help="Folders of runs; without any, the history.",
            show_default=False,
        ),
    ] = None,
    from_: Annotated[
        str, typer.Option("--from", metavar="DAY", help="The first day, such as 2026-11-01.")
    ] = "",
    to: Annotated[str, typer.Option("--to", metavar="DAY", help="The last day; else today.")] = "",
    nightly: Annotated[
        list[str] | None,
        typer.Option(metavar="SCENARIO", help="One that should run every day; more than once."),
    ] = None,
    old_after: Annotated[
        int, typer.Option(metavar="DAYS", min=1, help="From what age on evidence is called old.")
    ] = 7,
    cutover: Annotated[
        Path | None, typer.Option(help="Also say how this cutover stands on the last day.")
    ] = None,
    into: Annotated[
        Path | None, typer.Option(help="Where to write it; else a new folder among the runs.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
    runs: RunsOption = RUNS,
    history: HistoryOption = None,
) -> None:
    """Sum up many runs: verdicts, trends, intervals, findings, failovers, old evidence.

    Starts nothing and decides nothing: the exit code is 0 whatever it says. Without --from the last
    31 days are reviewed, or from the first of the RUNS on. Writes review.html, review.md for a mail
    or a CI job's summary, and review.json.
    """

    def work() -> ExitCode:
        from harness.record.review import review as summed_up
        from reports.review import as_json as for_programs
        from reports.review import files, text

        known, findings = _of_folders(folders) if folders else _of_history(runs, history)
        period = _period(known, from_, to, of_folders=bool(folders))
        found = summed_up(
            known,
            findings,
            period,
            nightly=nightly or (),
            old_after_days=old_after,
            release=_decided(cutover, known, findings, period.last) if cutover else None,
        )
        place = into or _beside(folders, runs) / f"review-{period.first}-{period.last}"
        try:
            place.mkdir(parents=True, exist_ok=True)
            page = files.write(found, place)
        except OSError as error:
            why = f"a place where nothing can be written ({error.strerror})"
            raise UsageError([Problem(f"--into {place}", why, "a folder to write to")]) from None
        if as_json:
            print(for_programs.render(found).rstrip())
        else:
            tell(text.render(found))
            print(f"written to {shown(page)}")
        return ExitCode.GO

    finish(work)


def _of_history(runs: Path, history: Path | None) -> _Known:
    from harness.record.history import History

    kept = History.of(runs, history)
    known = kept.runs()
    if not known:
        want = "one in which harness run has kept something, or the folders of runs"
        raise UsageError([Problem(str(kept.folder), "no run in this history", want)])
    return known, kept.findings()


def _of_folders(folders: Sequence[Path]) -> _Known:
    """Return the runs in *folders*, each judged anew, with what they knew and found."""
    from harness.model.finding import findings_of
    from harness.record.kept import happenings_of, summary_of
    from harness.record.run_record import RunRecord
    from harness.verdict.judge import judge

    problems: list[Problem] = []
    known, happened = [], []
    for folder in dict.fromkeys(each.resolve() for each in folders):
        try:
            with RunRecord.open_ended(folder) as record:
                verdict = judge(record, record.sla, about=record.facts.about)
                known.append(summary_of(record, verdict))
                before = {each.id: each for each in record.known_findings()}
                happened += [each for finding in before.values() for each in finding.happened]
                happened += happenings_of(record, verdict, before)
        except UsageError as error:
            problems += error.problems
    if problems:
        raise UsageError(problems)
    return known, findings_of(dict.fromkeys(happened))


def _period(known: "Sequence[RunSummary]", from_: str, to: str, *, of_folders: bool) -> "Period":
    """Return the days that are asked about.

    Raises:
        UsageError: the last day is before the first, or before every run.
    """
    from harness.clock import today_utc
    from harness.model.review import Period, day_of

    began = sorted(day_of(each.started_wall) for each in known)
    last = day_option("--to", to) if to else began[-1] if of_folders else today_utc()
    first = began[0] if of_folders else last - timedelta(days=_DAYS - 1)
    first = day_option("--from", from_) if from_ else min(first, last)
    if last < first:
        raise UsageError([Problem("--from, --to", f"{first} to {last}", "a first day, and a last")])
    if last < began[0]:
        found = f"{last}, before the first run that is known"
        raise UsageError([Problem("--to", found, f"{began[0]}, or later")])
    return Period(first, last)


def _decided(
    cutover: Path, known: "Sequence[RunSummary]", findings: "Mapping[str, Finding]", day: date
) -> "Release":
    from harness.files.cutover import load_cutover
    from harness.known import KNOWN
    from harness.record.decision import decide

    asked = load_cutover(cutover, kpis=KNOWN.kpis, today=day)
    return decide(asked, known, findings, day=day)


def _beside(folders: Sequence[Path] | None, runs: Path) -> Path:
    return folders[0].resolve().parent if folders else runs
