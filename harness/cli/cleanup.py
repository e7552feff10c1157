"""``harness cleanup``: take away what a run left in a provider's system."""

import sys

from harness.cli.app import RunArgument, app, examples
from harness.cli.finishing import finish
from harness.errors import ExitCode


@app.command(
    short_help="Take away the tickets that a run left at a provider.",
    epilog=examples("harness cleanup runs/20261122T104500Z-pre-cutover"),
)
def cleanup(run: RunArgument) -> None:
    """Close or delete the synthetic tickets that a run left in the provider's system.

    What cannot be taken away is listed, here and in the run's folder; the exit code is 6 then.
    """

    def work() -> ExitCode:
        import asyncio

        from harness.cleanup import Cleared, clean_up
        from harness.record.run_record import RunRecord
        from reports.left_behind import write_left
        from reports.words import visible

        async def cleared() -> list[Cleared]:
            return [each async for each in clean_up(record)]

        want = "its end: until then it works on what it opened"
        with RunRecord.open_ended(run, want=want) as record:
            if record.target.mock is not None:
                print(f"{run}: nothing to take away: the mock centre ended with its run")
                return ExitCode.GO
            found = asyncio.run(cleared())
        left = [each for each in found if each.why]
        print(f"{run}: {len(found) - len(left)} tickets taken away, {len(left)} left")
        rows = [(each.where, each.provider_id, each.reference, each.why) for each in left]
        for row in rows:  # first: where no list can be written they are known from here alone
            print(visible(f"left: {' '.join(row)}"))
        try:
            path = write_left(run, rows)
        except OSError as error:
            print(f"harness: the list could not be written: {error}", file=sys.stderr)
        else:
            if left:
                print(f"the list: {path}")
        return ExitCode.RESIDUE if left else ExitCode.GO

    finish(work)
