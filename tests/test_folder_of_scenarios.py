"""``harness run FOLDER`` and ``harness check FOLDER``: every scenario, and one answer."""

import asyncio
import errno
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness import preflight
from harness.cli import app, folder
from harness.cli.rehearsing import Manner
from harness.errors import ExitCode, Refused, UsageError
from harness.exporter.outlets import Outlets
from harness.faults import leases
from harness.faults.leases import Lease
from harness.generator import Crew
from harness.guarding import NOT_ARMED
from harness.model.verdict import Decision, Verdict
from harness.preflight import Plan
from harness.record.history import History
from tests.e2e.small_rehearsal import Rehearsal, fault
from tests.fakes import sla

PHASES = ("{name: peak, kind: steady, load: 100%, for: 10m}",)
Ends = dict[str, ExitCode | BaseException]
RunAll = Callable[..., ExitCode]


def written(place: Path, *names: str) -> Path:
    """Write a small scenario of each of *names* into *place*, and return it."""
    scenario = Rehearsal(PHASES).write(place).read_text()
    scenarios = place / "scenarios"
    scenarios.mkdir()
    (place / "small.yaml").unlink()
    for name in names:
        text = scenario.replace("name: small", f"name: {name}")
        text = text.replace("target.yaml", "../target.yaml").replace("sla.yaml", "../sla.yaml")
        (scenarios / f"{name}.yaml").write_text(text)
    return scenarios


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> list[Plan]:
    """Return three small scenarios, checked."""
    place = written(tmp_path_factory.mktemp("plans"), "a", "b", "c")
    return asyncio.run(preflight.check_all(preflight.scenarios_in(place)))


@pytest.fixture
def run_all(plans: list[Plan], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunAll:
    """Return what runs the three, each ending as it is told to; as control runs if asked.

    Those *leaving* something broken leave its lease.
    """

    def run(ends: Ends, *, control: bool = False, leaving: tuple[str, ...] = ()) -> ExitCode:
        def rehearsed(plan: Plan, run: Path, __: Manner) -> tuple[ExitCode, Verdict]:
            end = ends.get(plan.scenario.name, ExitCode.GO)
            if plan.scenario.name in leaving:
                leases.write(run, 1, "process", Lease(fault_id="x", title="t", until=0.0))
            if isinstance(end, BaseException):
                raise end
            decision = Decision.NO_GO if end is ExitCode.NO_GO else Decision.GO
            return end, Verdict(decision, "mock only", "as told", sla(), ())

        monkeypatch.setattr(folder, "rehearsed", rehearsed)
        history = History.of(tmp_path / "runs", None)
        manner = Manner(
            Crew(1),
            history,
            explore=False,
            quiet=True,
            armed=NOT_ARMED,
            outlets=Outlets.asked(None),
            keep_free_bytes=0,
        )
        asked = [preflight.without_faults(plan) for plan in plans] if control else plans
        return folder.run_all(asked, "all-three", tmp_path / "runs", manner)

    return run


def told(tmp_path: Path) -> list[tuple[str, int | None]]:
    (result,) = (tmp_path / "runs").glob("*-all-three/result.json")
    found = json.loads(result.read_text())["scenarios"]
    return [(each["scenario"], each["exit_code"]) for each in found]


def test_all_are_run_in_the_order_of_their_names_whatever_one_says(run_all: RunAll, tmp_path: Path):
    """A NO-GO of the first must not hide what the others have to say."""
    code = run_all({"a": ExitCode.NO_GO})

    assert code is ExitCode.NO_GO
    assert told(tmp_path) == [("a", 1), ("b", 0), ("c", 0)]


@pytest.mark.parametrize("end", [ExitCode.INTERRUPTED, ExitCode.HALTED, ExitCode.RESIDUE])
def test_nothing_is_begun_after_somebody_ended_one_or_one_left_something_broken(
    run_all: RunAll, tmp_path: Path, end: ExitCode
):
    """Ctrl-C means all of it; and nobody rehearses on residue."""
    code = run_all({"b": end})

    assert code is end
    assert told(tmp_path) == [("a", 0), ("b", int(end)), ("c", None)]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (KeyboardInterrupt(), ExitCode.INTERRUPTED),
        (Refused("E_HOST: no"), ExitCode.REFUSED),
        (RuntimeError("a mistake of ours"), ExitCode.BROKEN),
    ],
)
def test_one_that_breaks_off_is_reported_as_what_it_is(
    run_all: RunAll, tmp_path: Path, error: BaseException, code: ExitCode
):
    """Evidence of the others is evidence still."""
    ended = run_all({"b": error})

    assert ended is code
    assert told(tmp_path)[:2] == [("a", 0), ("b", int(code))]
    assert told(tmp_path)[2] == ("c", None if code is ExitCode.INTERRUPTED else 0)


def test_nothing_is_begun_on_what_one_that_broke_left_broken(
    run_all: RunAll, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """Its code says that it broke, and nothing of what else it did."""
    code = run_all({"a": RuntimeError("a mistake of ours")}, leaving=("a",))

    assert code is ExitCode.BROKEN
    assert told(tmp_path) == [("a", 70), ("b", 4), ("c", 4)]
    assert "E_RESIDUE" in capsys.readouterr().err


def test_the_last_line_is_the_answer_to_all(run_all: RunAll, capsys: pytest.CaptureFixture[str]):
    """Verdict, tally, path: as after a single run."""
    run_all({"c": ExitCode.NO_GO})

    *table, last = capsys.readouterr().out.splitlines()
    assert last.startswith("NO-GO (mock only) 2 GO, 1 NO-GO of 3 scenarios · ")
    assert last.endswith("summary.md")
    assert [line.split()[:2] for line in table][-3:] == [["GO", "a"], ["GO", "b"], ["NO-GO", "c"]]


@pytest.mark.parametrize(
    ("ends", "code"),
    [({}, ExitCode.INCONCLUSIVE), ({"c": ExitCode.NO_GO}, ExitCode.NO_GO)],
    ids=["go", "no-go"],
)
def test_a_full_disk_costs_the_reports_of_all_and_not_the_answer(
    run_all: RunAll, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    ends: Ends, code: ExitCode,
):  # fmt: skip
    """After hours of runs; what cannot be shown is no GO."""

    def full(*_: object) -> Path:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("reports.suite.write", full)
    ended = run_all(ends)
    told = capsys.readouterr()
    *table, last = told.out.splitlines()

    assert ended is code
    assert [line.split()[1] for line in table][-3:] == ["a", "b", "c"]
    assert "of 3 scenarios · " in last
    assert "the reports of all could not be written" in told.err
    assert "No space left" in told.err


def test_control_runs_are_not_said_to_show_what_their_scenarios_are_about(
    run_all: RunAll, plans: list[Plan], tmp_path: Path
):
    """Nothing was broken in them: a GO says nothing of what happens when something is."""
    run_all({}, control=True)
    (summary,) = (tmp_path / "runs").glob("*-all-three/summary.md")

    assert plans[0].scenario.proves not in summary.read_text()
    assert (
        "- a: nothing of a failure: a control run, its faults were left out" in summary.read_text()
    )


def test_every_broken_file_is_named_before_anything_starts(tmp_path: Path):
    """After an hour nobody wants to hear of a slip in the last file."""
    scenarios = written(tmp_path, "a", "b", "c")
    for name in ("a", "c"):
        path = scenarios / f"{name}.yaml"
        path.write_text(path.read_text().replace("seed: 2026", f"sede-{name}: 2026"))

    done = CliRunner().invoke(app, ["run", str(scenarios), "--runs", str(tmp_path / "runs")])

    assert done.exit_code == 2
    assert "a.yaml" in done.stderr
    assert "c.yaml" in done.stderr
    assert not (tmp_path / "runs").exists()


async def test_what_is_wrong_in_a_shared_file_is_told_once(tmp_path: Path):
    """Eighteen scenarios with one SLA would otherwise tell one slip eighteen times."""
    scenarios = written(tmp_path, "a", "b")
    contract = tmp_path / "sla.yaml"
    contract.write_text(contract.read_text().replace("confidence: 90%", "confidence: 9"))

    with pytest.raises(UsageError) as raised:
        await preflight.check_all(preflight.scenarios_in(scenarios))

    assert len([each for each in raised.value.problems if "confidence" in each.found]) <= 2


async def test_two_scenarios_of_one_name_are_refused(tmp_path: Path):
    """Their runs and their cases in CI could not be told apart."""
    scenarios = written(tmp_path, "a", "b")
    second = scenarios / "b.yaml"
    second.write_text(second.read_text().replace("name: b", "name: a"))

    with pytest.raises(UsageError, match="the name 'a' again"):
        await preflight.check_all(preflight.scenarios_in(scenarios))


@pytest.mark.parametrize("command", ["run", "check"])
def test_a_folder_without_scenarios_is_a_mistake(tmp_path: Path, command: str):
    """Nothing run is no GO."""
    done = CliRunner().invoke(app, [command, str(tmp_path)])

    assert done.exit_code == 2
    assert "a folder without scenarios" in " ".join(done.stderr.split())


def test_check_names_each_scenario_of_a_folder(tmp_path: Path):
    """Who checks a folder sees that none was passed over."""
    done = CliRunner().invoke(app, ["check", str(written(tmp_path, "a", "b"))])

    assert done.exit_code == 0, done.stderr
    assert [name in done.stdout for name in ("a.yaml: no problems", "b.yaml: no problems")] == [
        True, True,
    ]  # fmt: skip


def test_workers_from_elsewhere_join_one_run_not_a_folder_of_them(tmp_path: Path):
    """They leave with the first run, and the second would wait for ever."""
    done = CliRunner().invoke(app, ["run", str(tmp_path), "--listen", "127.0.0.1:0"])

    assert done.exit_code == 2
    assert "one scenario at a time" in done.stderr


def test_an_sla_without_surprises_wants_runbooks_that_say_what_they_expect(tmp_path: Path):
    """What nobody foresees in writing cannot be judged, and must not pass for foreseen."""
    down = fault("site_down", at="1m", lasting="2m")
    phase = f"{{name: loss, kind: fault, load: 100%, for: 6m, faults: [{down}]}}"
    rehearsal = Rehearsal((phase,), objectives=('{kpi: surprises, goal: "<= 0"}',))

    done = CliRunner().invoke(app, ["check", str(rehearsal.write(tmp_path))])

    assert done.exit_code == 2
    assert "does not say what it expects" in " ".join(done.stderr.split())
