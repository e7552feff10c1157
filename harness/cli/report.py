"""``harness report``: make the reports of a run again, also against another contract."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.app import HistoryOption, RunArgument, SlaOption, app, examples
from harness.cli.finishing import finish, shown
from harness.cli.folding import tell
from harness.cli.reporting import write_reports
from harness.errors import ExitCode, Problem, UsageError

if TYPE_CHECKING:
    from harness.model.verdict import Verdict
    from harness.record.run_record import RunRecord


@app.command(
    short_help="Make the reports of a run again.",
    epilog=examples(
        "harness report runs/20261122T104500Z-pre-cutover",
        "harness report runs/20261122T104500Z-pre-cutover --sla stricter.yaml",
        "harness report runs/20261122T104500Z-site-loss --against runs/20261122T120000Z-site-loss",
        "harness report runs/20261122T104500Z-pre-cutover --verify --key acme.pub",
    ),
)
def report(
    folder: RunArgument,
    sla: SlaOption = None,
    against: Annotated[
        Path | None, typer.Option(help="The folder of its control run, to set beside it.")
    ] = None,
    verify: Annotated[
        bool,
        typer.Option("--verify", help="Write nothing: is the evidence what was sealed at its end?"),
    ] = False,
    key: Annotated[
        str | None,
        typer.Option(
            metavar="PUBLIC",
            help="With --verify: the public key, or its file, that has to have signed it.",
        ),
    ] = None,
    history: HistoryOption = None,
) -> None:
    """Make the reports of a run again; by another SLA, into a folder of their own.

    With --against, also print each KPI with the faults, without them, and the difference. With
    --verify, name every file that is not what was sealed; the exit code is 4 then.
    """

    def work() -> ExitCode:
        _refuse_mixed(verify=verify, key=key, others={"--sla": sla, "--against": against})
        if verify:
            return _verify(folder, key)
        from harness.record.history import History
        from harness.record.run_record import RunRecord
        from harness.verdict.judge import judge

        kept = History.of(folder.resolve().parent, history)
        want = "its end: the run makes its reports then"
        with RunRecord.open_ended(folder, want=want) as record:
            other = None
            if sla is not None:
                from harness.preflight import other_sla

                other = other_sla(sla, record, kept)
            verdict = judge(record, other or record.sla, about=record.facts.about)
            target = folder
            if other is None:
                kept.take_in(record, verdict)  # of a run that broke off, nobody has yet
            else:  # the run's own reports stay as they are
                target = folder / f"by-{other.name}"
                _make(target)
            if against is not None:
                _print_against(record, verdict, against)
            return write_reports(record, verdict, target)

    finish(work)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        found = f"a place where nothing can be written ({error.strerror})"
        raise UsageError([Problem(str(folder), found, "a run's folder to write to")]) from None


def _refuse_mixed(*, verify: bool, key: str | None, others: Mapping[str, Path | None]) -> None:
    """Refuse options that mean nothing beside each other.

    Raises:
        UsageError: some do.
    """
    problems = []
    if key is not None and not verify:
        problems.append(
            Problem("--key", repr(key), "--verify too: it says whose signature to want")
        )
    if verify:
        want = "--verify alone: it looks at what is there and makes nothing"
        given = [(name, path) for name, path in others.items() if path is not None]
        problems += [Problem(name, str(path), want) for name, path in given]
    if problems:
        raise UsageError(problems)


def _verify(folder: Path, key: str | None) -> ExitCode:
    """Print all that is not as it was sealed in *folder*, and whether the evidence holds."""
    from harness.guarding.documents import read_public_key
    from harness.record import evidence
    from harness.record.run_record import RunRecord
    from harness.verdict.words import plural

    trusted = None if key is None else read_public_key(key)
    if not folder.is_dir():
        want = "the folder of a run, such as runs/20261122T104500Z-pre-cutover"
        raise UsageError([Problem(str(folder), "no folder", want)])

    def again(record: RunRecord) -> evidence.Again:
        import reports
        from harness.verdict.judge import judge

        verdict = judge(record, record.sla, about=record.facts.about)
        return evidence.Again(verdict.text, lambda name: reports.rendered(record, verdict, name))

    found = evidence.verify(folder, trusted=trusted, again=again)
    for each in found.wrong:
        tell(each)
    for each in found.notes:
        tell(f"note: {each}")
    if found.wrong or found.manifest is None:
        count = plural(len(found.wrong), "problem")
        print(f"{shown(folder)}: the evidence does NOT hold: {count}")
        return ExitCode.REFUSED
    manifest = found.manifest
    if manifest.signer and trusted is None:
        tell(f"note: signed with {manifest.signer_key}: is that their key? --key asks for one")
    elif not manifest.signer:
        tell("note: nobody signed it: whoever changed a file could have changed the sums as well")
    signed = f"signed by {manifest.signer}" if manifest.signer else "not signed"
    what = f"{manifest.decision}, {plural(len(manifest.sums), 'file')}"
    tell(f"{shown(folder)}: the evidence holds: {what}, sealed {manifest.made}, {signed}")
    return ExitCode.GO


def _print_against(record: "RunRecord", verdict: "Verdict", folder: Path) -> None:
    """Print what the faults of a run made of each KPI, by its control run in *folder*."""
    from harness.record.run_record import RunRecord
    from harness.verdict.against import differences, not_a_control, told
    from harness.verdict.judge import judge

    with RunRecord.open_ended(folder, want="a control run that is over") as control:
        problems = list(
            not_a_control(record.facts, control.facts, where=str(folder), scenario=control.scenario)
        )
        if problems:
            raise UsageError(problems)
        other = judge(control, verdict.sla, about=control.facts.about)
    for line in told(differences(verdict, other)):
        print(line)
