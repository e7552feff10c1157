"""``harness decide``: one answer over all evidence, for the day on which lines are switched."""

import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from harness.cli.app import RUNS, HistoryOption, RunsOption, app, examples
from harness.cli.finishing import day_option, ended, finish, shown
from harness.cli.folding import tell
from harness.errors import ExitCode, HarnessError, Problem, UsageError, worst


@app.command(
    short_help="Decide about a cutover: GO, GO with conditions or NO-GO, over many runs.",
    epilog=examples(
        "harness decide scenarios/cutover.yaml",
        "harness decide my_cutover.yaml --markdown decision.md",
        "harness decide my_cutover.yaml --on 2027-02-22 --json",
    ),
)
def decide(
    cutover: Annotated[Path, typer.Argument(help="The cutover's file.", show_default=False)],
    on: Annotated[
        str, typer.Option("--on", help="Decide as of this day, such as 2027-02-22; else today.")
    ] = "",
    markdown: Annotated[
        Path | None, typer.Option(help="Also write it as a page for the meeting, to sign.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    runs: RunsOption = RUNS,
    history: HistoryOption = None,
) -> None:
    """Say whether a cutover may go live: which proofs are there, stale, missing or failing.

    Reads the history; starts nothing. Exit code 0 for GO, with conditions too, 1 for NO-GO. What is
    late is kept in the issue log, unless --on asks about another day: milestones, and proofs that
    lack so near to the go-live that a run of today would still count on its day. If that cannot be
    kept, the exit code of a GO is 3.
    """

    def work() -> ExitCode:
        from harness.clock import today_utc, wall_now
        from harness.files.cutover import load_cutover
        from harness.known import KNOWN
        from harness.model.cutover import Answer
        from harness.record.decision import decide as decided
        from harness.record.history import History
        from reports import release

        day = day_option("--on", on) if on else today_utc()
        asked = load_cutover(cutover, kpis=KNOWN.kpis, today=day)
        kept = History.of(runs, history)
        findings = kept.findings()
        found = decided(asked, kept.runs(), findings, day=day)
        code = ExitCode.NO_GO if found.answer is Answer.NO_GO else ExitCode.GO
        if as_json:
            print(release.as_json(found))
        else:
            tell(release.as_text(found))
        if not on:
            try:
                kept.note(found.noted, scenario=asked.name, known=findings, at=wall_now())
            except HarnessError as error:
                tell(f"harness: {error}", sys.stderr)
                code = worst(code, ExitCode.INCONCLUSIVE)
        if markdown is not None:
            written = ended(partial(_write, markdown, release.as_markdown(found)))
            if written is ExitCode.GO and not as_json:
                print(f"written to {shown(markdown)}")
            code = worst(code, written)
        return code

    finish(work)


def _write(path: Path, text: str) -> ExitCode:
    try:
        path.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        found = f"a place where nothing can be written ({error.strerror})"
        raise UsageError([Problem(f"--markdown {path}", found, "a file to write to")]) from None
    return ExitCode.GO
