"""The command line: commands, messages, exit codes. Nothing else prints or exits.

Progress goes to standard error, the result to standard output; its last line is verdict, reason and
path. What a command needs is imported inside it, so that ``--help`` starts in a blink.
"""

import io
import os
import signal
import sys
import traceback
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO, TypeVar

import typer

from harness import __version__
from harness.errors import ExitCode, HarnessError, Problem, UsageError, worst

if TYPE_CHECKING:
    import asyncio

    from harness.generator import Crew
    from harness.model.verdict import Verdict
    from harness.record.run_record import RunRecord

_T = TypeVar("_T")

app = typer.Typer(
    name="harness",
    help="Rehearse a contact-centre cutover: load, failovers, quality of service, and a verdict.",
    epilog="Exit codes: 0 GO, 1 NO-GO, 2 a file or option is wrong, 3 INCONCLUSIVE, 4 refused by"
    " the guard, 5 halted by a stop rule, 6 something could not be healed, 70 the harness itself"
    " broke, 130 interrupted.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: drawing boxes would double the time to the first letter
)

_RunArgument = Annotated[Path, typer.Argument(help="The folder of a run.", show_default=False)]
_ScenarioArgument = Annotated[Path, typer.Argument(help="The scenario's file.", show_default=False)]
_SlaOption = Annotated[
    Path | None, typer.Option("--sla", help="Judge by this SLA instead of the scenario's own.")
]
_JoinWithinOption = Annotated[
    str, typer.Option(help="How long to wait for workers, or for the run to answer one.")
]
_TokenOption = Annotated[
    Path | None,
    typer.Option(
        help="The file with the token that a run and its workers share; by default the token is in"
        " HARNESS_JOIN_TOKEN."
    ),
]


def _examples(*lines: str) -> str:
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


@app.callback(invoke_without_command=True)
def _top(
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    if version:
        print(f"harness {__version__}")
        raise typer.Exit


@app.command(
    short_help="Rehearse, and say GO, NO-GO or INCONCLUSIVE.",
    epilog=_examples(
        "harness run scenarios/pre_cutover.yaml",
        "harness run scenarios/pre_cutover.yaml --explore --runs /tmp/runs",
        "harness run my_scenario.yaml --sla stricter.yaml --workers 2",
        "harness run my_scenario.yaml --workers 3 --listen 10.1.2.3:25557 --token-file join.token",
        "harness run scenarios/pre_cutover.yaml --control",
    ),
)
def run(
    scenario: _ScenarioArgument,
    sla: _SlaOption = None,
    runs: Annotated[Path, typer.Option(help="Where runs are kept.")] = Path("runs"),
    workers: Annotated[int, typer.Option(min=1, max=64, help="Locust processes.")] = 1,
    listen: Annotated[
        str | None,
        typer.Option(
            metavar="[ADDRESS:]PORT",
            help="Start no workers, but wait here for `harness worker`; without an address on this"
            " machine alone.",
        ),
    ] = None,
    join_within: _JoinWithinOption = "60s",
    token_file: _TokenOption = None,
    explore: Annotated[
        bool, typer.Option("--explore", help="Numbers and charts only: no gates, no verdict.")
    ] = False,
    control: Annotated[
        bool, typer.Option("--control", help="The same run without its faults, to compare with.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Only the result.")] = False,
) -> None:
    """Rehearse: place the load, break things on the timeline, and say GO, NO-GO or INCONCLUSIVE."""

    def work() -> ExitCode:
        crew = _crew(workers, listen, join_within, token_file)
        return _run(scenario, sla, runs, crew, explore=explore, quiet=quiet, control=control)

    _finish(work)


@app.command(
    short_help="Generate load for a run on another machine.",
    epilog=_examples(
        "harness worker --join 127.0.0.1:25557 --token-file join.token",
        "HARNESS_JOIN_TOKEN=... harness worker --join 10.1.2.3:25557 --join-within 5m",
    ),
)
def worker(
    join: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="Where a run waits, as its --listen says.")
    ],
    join_within: _JoinWithinOption = "60s",
    token_file: _TokenOption = None,
) -> None:
    """Join a run that waits for workers, generate its part of the load, and end with it."""

    def work() -> ExitCode:
        from harness import generator

        coroutine = generator.work(
            generator.Address.to_join(join),
            token=generator.join_token(token_file),
            join_within_s=_duration("--join-within", join_within),
            tell=lambda what: print(what, file=sys.stderr),
        )
        _interruptible(coroutine, saying="interrupted: leaving the run, which is undecided now")
        return ExitCode.GO

    _finish(work)


@app.command(
    short_help="Name every problem of a scenario; start nothing.",
    epilog=_examples(
        "harness check scenarios/pre_cutover.yaml",
        "harness check scenarios/pre_cutover.yaml --explain",
        "harness check scenarios/pre_cutover.yaml --json",
    ),
)
def check(
    scenario: _ScenarioArgument,
    sla: _SlaOption = None,
    runs: Annotated[Path, typer.Option(help="Where runs and baselines are kept.")] = Path("runs"),
    explain: Annotated[
        bool, typer.Option("--explain", help="Say what the SLA asks, in plain English.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Say the scenario as it was read, in one line of JSON.")
    ] = False,
) -> None:
    """Read a scenario, its SLA and its target, and name every problem. Starts nothing."""

    def work() -> ExitCode:
        import asyncio

        from harness import preflight

        plan = asyncio.run(preflight.check(scenario, sla=sla, runs=runs))
        if as_json:
            print(preflight.as_json(plan))
            return ExitCode.GO
        if explain:
            from harness.verdict.explain import explained

            print("\n".join(explained(plan.sla, plan.scenario, plan.target)))
        for line in (*plan.outlook, *plan.notes):
            print(line)
        phases = ", ".join(phase.name for phase in plan.scenario.phases)
        print(f"{scenario}: no problems; {len(plan.scenario.phases)} phases: {phases}")
        return ExitCode.GO

    _finish(work)


@app.command(
    short_help="Tell what a run would do, and what it could decide; start nothing.",
    epilog=_examples(
        "harness plan scenarios/pre_cutover.yaml",
        "harness plan my_scenario.yaml --sla stricter.yaml",
        "harness plan scenarios/pre_cutover.yaml --json",
    ),
)
def plan(
    scenario: _ScenarioArgument,
    sla: _SlaOption = None,
    runs: Annotated[Path, typer.Option(help="Where runs and baselines are kept.")] = Path("runs"),
    as_json: Annotated[bool, typer.Option("--json", help="For machines: docs/plan.md.")] = False,
) -> None:
    """Tell what a run would do: contacts, load, staffing, trunks, faults, and what it can decide.

    Nothing is sent. Exit code 2 if it cannot be run, for the same reasons as 'harness check'.
    """
    _finish(lambda: _plan(scenario, sla, runs, as_json=as_json))


@app.command(
    short_help="Make a shape of your own from a CSV of past contacts.",
    epilog=_examples(
        "harness init my_rehearsal --calibrate january.csv",
    ),
)
def init(
    folder: Annotated[Path, typer.Argument(help="Where to write to.", show_default=False)],
    calibrate: Annotated[
        Path | None,
        typer.Option(
            help="A CSV of past contacts: 'time', and if you have them 'count' (then each row is an"
            " interval), 'queue', 'wait' in seconds, 'outcome' (answered or abandoned)."
        ),
    ] = None,
) -> None:
    """Make a shape from a CSV of past contacts, and say what volume and patience it shows.

    Nothing that exists is overwritten. To lay out a whole rehearsal is for a later version: so far
    this needs --calibrate.
    """

    def work() -> ExitCode:
        from harness import calibration

        if calibrate is None:
            want = "--calibrate CSV; to lay out a whole rehearsal is for a later version"
            raise UsageError([Problem("harness init", "no --calibrate", want)])
        found = calibration.calibrated(calibrate)
        path = calibration.write_shape(folder, found)
        for line in calibration.told(found, path):
            print(line)
        return ExitCode.GO

    _finish(work)


@app.command(
    short_help="Make the reports of a run again.",
    epilog=_examples(
        "harness report runs/20261122T104500Z-pre-cutover",
        "harness report runs/20261122T104500Z-pre-cutover --sla stricter.yaml",
        "harness report runs/20261122T104500Z-site-loss --against runs/20261122T120000Z-site-loss",
    ),
)
def report(
    folder: _RunArgument,
    sla: _SlaOption = None,
    against: Annotated[
        Path | None, typer.Option(help="The folder of its control run, to set beside it.")
    ] = None,
) -> None:
    """Make the reports of a run again; by another SLA, into a folder of their own.

    With --against, also print each KPI with the faults, without them, and the difference.
    """

    def work() -> ExitCode:
        from harness import preflight
        from harness.record.run_record import RunRecord
        from harness.verdict.judge import judge

        with RunRecord.open(folder) as record:
            other = preflight.other_sla(sla, record) if sla is not None else None
            verdict = judge(record, other or record.sla, about=record.facts.about)
            target = folder
            if other is not None:  # the run's own reports stay as they are
                target = folder / f"by-{other.name}"
                target.mkdir(exist_ok=True)
            if against is not None:
                _print_against(record, verdict, against)
            return _report(record, verdict, target)

    _finish(work)


@app.command(
    short_help="Start the mock centre alone, to try it by hand.",
    epilog=_examples(
        "harness mock",
        "harness mock scenarios/targets/mock_every_feature.yaml --speed 20",
        "harness mock my_target.yaml --scenario my_scenario.yaml --json",
    ),
)
def mock(
    target: Annotated[
        Path | None, typer.Argument(help="A target profile; by default the shipped one.")
    ] = None,
    scenario: Annotated[
        Path | None, typer.Option(help="Whose lines it answers; by default pre_cutover's.")
    ] = None,
    speed: Annotated[float, typer.Option(min=1, max=60, help="Centre seconds per second.")] = 1.0,
    seed: Annotated[str | None, typer.Option(help="Instead of the scenario's.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Say where it is in one line of JSON.")
    ] = False,
) -> None:
    """Start the mock centre alone, say where it is, and stay until Ctrl-C ends it."""

    def work() -> ExitCode:
        with suppress(KeyboardInterrupt):  # the way it is meant to end
            coroutine = _mock(target, scenario, speed=speed, seed=seed, as_json=as_json)
            _interruptible(coroutine, saying="ending the mock centre")
        return ExitCode.GO

    _finish(work)


@app.command(
    short_help="Heal what a run could not: after a power cut.",
    epilog=_examples(
        "harness recover",
        "harness recover runs/20261122T104500Z-pre-cutover",
        "harness recover runs/20261122T104500Z-pre-cutover --by-hand",
    ),
)
def recover(
    folder: Annotated[
        Path | None, typer.Argument(help="The folder of a run; by default every run.")
    ] = None,
    runs: Annotated[Path, typer.Option(help="Where runs are kept.")] = Path("runs"),
    by_hand: Annotated[
        bool, typer.Option("--by-hand", help="Somebody has healed it: only close the leases.")
    ] = False,
) -> None:
    """Heal every fault whose lease is still open, the last one first.

    Do not use it while a run goes on: it would heal that run's faults. What cannot be healed is
    named with the commands that a person can try; the exit code is then 6.
    """

    def work() -> ExitCode:
        import asyncio

        from harness.faults.recovery import recovered

        found = asyncio.run(recovered(runs, folder, by_hand=by_hand))
        for each in found:
            print(each)
        left = [each for each in found if each.why]
        print(f"{len(found) - len(left)} healed, {len(left)} left" if found else "nothing to heal")
        return ExitCode.RESIDUE if left else ExitCode.GO

    _finish(work)


findings = typer.Typer(
    help="What is kept of many runs: so far, the baselines that others are compared to.",
    short_help="Keep a run as the baseline that others are compared to.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(findings, name="findings")


@findings.callback()
def _findings() -> None:
    """Keep what is known of many runs: so far, the baselines that others are compared to."""


@findings.command(
    short_help="Keep the figures of a run as a baseline.",
    epilog=_examples(
        "harness findings baseline runs/20261122T104500Z-pre-cutover --as in-house",
    ),
)
def baseline(
    folder: _RunArgument,
    name: Annotated[str, typer.Option("--as", help="The name SLAs know it by.")],
    runs: Annotated[
        Path | None, typer.Option(help="Whose history keeps it; by default the run's folder.")
    ] = None,
) -> None:
    """Keep the figures of a run under a name, in history.json beside the runs."""

    def work() -> ExitCode:
        from harness.files import values
        from harness.record.history import baseline_of, keep_baseline
        from harness.record.run_record import RunRecord
        from harness.verdict.judge import judge

        try:
            values.name(name)
        except ValueError as error:
            raise UsageError([Problem("--as", repr(name), str(error))]) from None
        with RunRecord.open(folder) as record:
            verdict = judge(record, record.sla, about=record.facts.about)
            found = baseline_of(record, verdict, name=name)
        where = runs or folder.resolve().parent
        keep_baseline(where, found)
        print(f"{name}: {len(found.values)} figures of {found.run}, kept in {_shown(where)}")
        return ExitCode.GO

    _finish(work)


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # an ASCII terminal must not cost the verdict
    sys.stdout = _WhileRead(sys.stdout)
    app()


class _WhileRead:
    """Standard output as long as somebody reads it; what is written later goes nowhere.

    ``| head`` must neither end a rehearsal half-way nor change its exit code.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except BrokenPipeError:
            self._let_go()
            return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except BrokenPipeError:
            self._let_go()

    def _let_go(self) -> None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._stream.fileno())
        os.close(nowhere)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _finish(work: Callable[[], ExitCode]) -> None:
    """Do *work*, tell what went wrong in plain words, and exit with the code it deserves."""
    try:
        code = work()
    except UsageError as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
        count = len(error.problems)
        print(f"{count} problem{'s' if count > 1 else ''}; no customer was sent.", file=sys.stderr)
        code = error.exit_code
    except HarnessError as error:
        print(f"harness: {error}", file=sys.stderr)
        code = error.exit_code
    except KeyboardInterrupt:
        code = ExitCode.INTERRUPTED
    except Exception:  # noqa: BLE001  the last resort: told apart from every answer
        traceback.print_exc()
        print("harness: this is a mistake of the harness itself, not of yours.", file=sys.stderr)
        code = ExitCode.BROKEN
    raise typer.Exit(int(code))


def _crew(workers: int, listen: str | None, join_within: str, token_file: Path | None) -> "Crew":
    """Return who generates the load; warn when others could listen in."""
    from harness import generator

    within_s = _duration("--join-within", join_within)
    if listen is None:
        return generator.Crew(workers)
    at = generator.Address.to_listen(listen)
    token = generator.join_token(token_file)
    if not at.is_loopback:
        print(
            f"warning: workers join at {at}, over a network. The token is never sent and the"
            " target's credentials are sealed with it, but nothing else on that channel is"
            " encrypted or authenticated: use a private network, or a tunnel to a --listen on"
            " this machine alone.",
            file=sys.stderr,
        )
    return generator.Crew(workers, at, within_s, token)


def _duration(option: str, written: str) -> float:
    from harness.files import values

    try:
        return values.duration(written)
    except ValueError as error:
        raise UsageError([Problem(option, repr(written), str(error))]) from None


def _run(
    scenario: Path,
    sla: Path | None,
    runs: Path,
    crew: "Crew",
    *,
    explore: bool,
    quiet: bool,
    control: bool,
) -> ExitCode:
    import asyncio

    from rich.console import Console

    from harness import conductor, preflight
    from harness.faults.leases import refuse_residue
    from harness.live import watching
    from harness.record.run_record import RunRecord
    from harness.verdict.judge import judge
    from harness.verdict.self_check import limits

    plan = asyncio.run(preflight.check(scenario, sla=sla, runs=runs))
    preflight.check_workers(plan.scenario, crew.workers)
    if control:
        plan = preflight.without_faults(plan)
    refuse_residue(runs)
    # Absolute, because the generator and the mock work in folders of their own.
    folder = _new_folder(runs.resolve(), plan.scenario.name)
    console = Console(stderr=True)
    try:
        limit = limits(plan.scenario.generator, plan.sla)
        with watching(plan.scenario, limit, console=console, quiet=quiet) as watcher:
            verdict = _interruptible(
                conductor.rehearse(plan, folder, crew=crew, explore=explore, watcher=watcher),
                saying="interrupted: healing what is broken, then writing the report",
            )
    except UsageError:
        raise
    except Exception:
        # What was measured until then is evidence still, whatever broke.
        with suppress(Exception), RunRecord.open(folder) as record:
            _report(record, judge(record, record.sla, about=record.facts.about), folder)
        raise
    with RunRecord.open(folder) as record:
        return _report(record, verdict, folder)


def _plan(scenario: Path, sla: Path | None, runs: Path, *, as_json: bool) -> ExitCode:
    import asyncio
    import json

    from rich.console import Console

    from harness import preflight
    from harness.feasibility.as_json import plan_as_json, refused_as_json
    from harness.feasibility.page import PLAIN_WIDTH, last_line, page
    from harness.feasibility.plan import plan_of

    try:
        found, problems = asyncio.run(preflight.examine(scenario, sla=sla, runs=runs))
    except UsageError as error:
        if as_json:
            print(json.dumps(refused_as_json(error.problems), indent=1))
        raise
    told = plan_of(
        found.scenario,
        found.target,
        found.sla,
        decided=found.prospects,
        notes=found.notes,
        problems=problems,
    )
    if as_json:
        print(json.dumps(plan_as_json(told), indent=1))
    else:
        width = None if sys.stdout.isatty() else PLAIN_WIDTH
        console = Console(file=sys.stdout, width=width, highlight=False)
        with console.capture() as captured:
            console.print(page(told, width=console.width))
        print("\n".join(line.rstrip() for line in captured.get().splitlines()))
        print(last_line(told))
    if problems:
        raise UsageError(problems)
    return ExitCode.GO


def _print_against(record: "RunRecord", verdict: "Verdict", folder: Path) -> None:
    """Print what the faults of a run made of each KPI, by its control run in *folder*."""
    from harness.record.run_record import RunRecord
    from harness.verdict.against import differences, not_a_control, told
    from harness.verdict.judge import judge

    with RunRecord.open(folder) as control:
        problems = list(
            not_a_control(record.facts, control.facts, where=str(folder), scenario=control.scenario)
        )
        if problems:
            raise UsageError(problems)
        other = judge(control, verdict.sla, about=control.facts.about)
    for line in told(differences(verdict, other)):
        print(line)


def _report(record: "RunRecord", verdict: "Verdict", folder: Path) -> ExitCode:
    """Write the reports, print the last line, and return the exit code of the run."""
    import reports
    from harness.model.event import Ending
    from harness.model.verdict import Decision
    from harness.verdict.sentence import accounts

    path = reports.write(record, verdict, folder=folder)
    codes = {
        Decision.GO: ExitCode.GO,
        Decision.NO_GO: ExitCode.NO_GO,
        Decision.INCONCLUSIVE: ExitCode.INCONCLUSIVE,
    }
    code = ExitCode.GO if verdict.explored else codes[verdict.decision]
    if record.ending is Ending.HALTED:
        code = worst(code, ExitCode.HALTED)
    if record.ending is Ending.INTERRUPTED:
        code = worst(code, ExitCode.INTERRUPTED)
    # Also an order that timed out: it may have been carried out.
    for fault in record.faults():
        if not fault.healed:
            code = worst(code, ExitCode.RESIDUE)
            where = f"{fault.title} was not seen to be healed"
            by_hand = f"by hand: {fault.runbook}; its lease: {fault.lease_wall_s:g} s of wall time"
            print(f"residue: {where}. {fault.heal_proof} {by_hand}", file=sys.stderr)
    if not verdict.explored:
        print(f"about: {verdict.subject}")
        for line in accounts(verdict.results):
            print(line)
    print(f"{verdict.text} {verdict.sentence} · {_shown(path)}")
    return code


async def _mock(
    target: Path | None, scenario: Path | None, *, speed: float, seed: str | None, as_json: bool
) -> None:
    import tempfile

    from harness import by_hand
    from harness.target import mock as supervisor

    found = await by_hand.setting(
        target or by_hand.SHIPPED_TARGET,
        scenario or by_hand.SHIPPED_SCENARIO,
        speed=speed,
        seed=seed,
    )
    told = by_hand.as_json if as_json else by_hand.as_text
    with tempfile.TemporaryDirectory(prefix="harness-mock-") as logs:
        await supervisor.hold(
            found.target,
            lines=found.lines,
            speed=found.speed,
            seed=found.seed,
            logs=Path(logs),
            ready=lambda endpoints: print(told(found, endpoints), flush=True),
        )


def _interruptible(coroutine: Coroutine[Any, Any, _T], *, saying: str) -> _T:
    """Run *coroutine*; Ctrl-C, SIGTERM and a closed terminal cancel it; it may take time to heal.

    A second signal cancels again: what must not be stopped half-way is shielded, or leased.
    """
    import asyncio

    async def supervised() -> _T:
        task = asyncio.ensure_future(coroutine)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, _cancel, task, saying)
        try:
            return await task
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None

    return asyncio.run(supervised())


def _cancel(task: "asyncio.Future[Any]", saying: str) -> None:
    print(saying, file=sys.stderr)
    task.cancel()


def _new_folder(runs: Path, name: str) -> Path:
    """Make and return the folder of a new run, with its ``logs/``."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    for attempt in range(1, 100):
        folder = runs / (f"{stamp}-{name}" + (f"-{attempt}" if attempt > 1 else ""))
        try:
            (folder / "logs").mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            found = f"a place where nothing can be written ({error.strerror})"
            raise UsageError([Problem(f"--runs {runs}", found, "a folder to write to")]) from None
        return folder
    raise HarnessError(f"no new folder could be made under {runs}")


def _shown(path: Path) -> str:
    """Return *path* relative to where the user stands, if it lies below."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
