"""``harness doctor``: is this machine fit for a rehearsal, and what is missing?"""

from harness.cli.app import RUNS, RunsOption, app, examples
from harness.cli.finishing import finish
from harness.cli.folding import tell
from harness.errors import ExitCode


@app.command(
    short_help="Say whether this machine is fit for a rehearsal, and what to install.",
    epilog=examples("harness doctor", "harness doctor --runs /data/runs"),
)
def doctor(runs: RunsOption = RUNS) -> None:
    """Look at Python, cores, limits, disk, clock, ports and programs; say what to do about each.

    Exit code 2 if something stands in the way of a rehearsal; hints do not.
    """

    def work() -> ExitCode:
        from harness.doctor import Severity, examined

        marks = {Severity.GOOD: "✓", Severity.HINT: "!", Severity.BAD: "✗"}
        found = list(examined(runs))
        width = max(len(each.what) for each in found)
        for each in found:
            told = f"{marks[each.severity]} {each.what:<{width}}  {each.found}"
            tell(told, below=width + 4)
            if each.remedy:
                tell(f"{'':<{width + 4}}→ {each.remedy}", below=width + 6)
        bad = sum(each.severity is Severity.BAD for each in found)
        hints = sum(each.severity is Severity.HINT for each in found)
        print(f"\n{bad} in the way of a rehearsal, {hints} hints")
        return ExitCode.USAGE if bad else ExitCode.GO

    finish(work)
