"""The command line: quick to start, clear about mistakes, at home in any directory."""

import subprocess
import sys
from pathlib import Path

import pytest

import reports
from tests.e2e.small_rehearsal import ROOT, Rehearsal, command, environment, fault, run

HEAVY = ("locust", "gevent", "aiohttp", "plotly", "jinja2", "faker", "sqlite3")


def harness(
    *arguments: str | Path, cwd: Path = ROOT, **changes: str
) -> subprocess.CompletedProcess[str]:
    """Run the command, in an environment with *changes*, and return what it said."""
    return subprocess.run(
        command(*arguments), cwd=cwd, env={**environment(), **changes}, capture_output=True,
        text=True, timeout=60,
    )  # fmt: skip


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["run", "--help"]])
def test_help_loads_nothing_that_only_a_run_needs(arguments: list[str]):
    """A command that takes half a second to say how it is called feels broken."""
    script = (
        "import sys; from harness.cli import app\n"
        "try: app(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        f"print('LOADED', [name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=60,
    )  # fmt: skip

    assert "LOADED []" in done.stderr


def test_every_problem_of_a_scenario_is_named_at_once_and_nothing_is_started(tmp_path: Path):
    """One mistake a run is a morning lost; a half-started run is worse."""
    late = fault("site_down", at="4m", lasting="4m")
    phase = f"{{name: loss, kind: fault, load: 100%, for: 5m, faults: [{late}]}}"
    scenario = Rehearsal((phase,)).write(tmp_path)
    text = scenario.read_text().replace("owner:", "onwer:").replace("support: 40%", "sales: 40%")
    scenario.write_text(text)
    target = tmp_path / "target.yaml"
    target.write_text(target.read_text().replace("virtual_clock: yes", "virtual_clock: no"))

    done = harness("run", scenario, "--runs", tmp_path / "runs")

    said = done.stderr
    at = next(n for n, line in enumerate(text.splitlines(), 1) if "site_down" in line)
    assert done.returncode == 2
    assert "small.yaml:3" in said and "owner" in said, "the unknown key, with its line"
    assert "sales" in said, "the unknown line"
    assert "virtual_clock" in said or "speed" in said, "the speed that the target cannot have"
    assert f"small.yaml:{at}:" in said, "the fault that outlasts its phase"
    assert not (tmp_path / "runs").exists()


def test_a_reader_who_leaves_costs_neither_the_exit_code_nor_a_traceback():
    """``| head`` is how people read long output; it is no mistake of anybody's."""
    reading = subprocess.Popen(
        command("check", "--explain", ROOT / "scenarios" / "pre_cutover.yaml"),
        cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert reading.stdout is not None
    reading.stdout.close()
    assert reading.stderr is not None
    errors = reading.stderr.read().decode()

    assert (reading.wait(timeout=60), errors) == (0, "")


def test_a_mistake_in_the_mocks_own_section_is_named_too(tmp_path: Path):
    """The mock judges its section itself; the user should not notice the seam."""
    steady = "{name: peak, kind: steady, load: 100%, for: 1m}"
    scenario = Rehearsal((steady,), mock={"replication": "sync"}).write(tmp_path)

    done = harness("check", scenario)

    assert done.returncode == 2
    assert "replication" in done.stderr
    assert "synchronous" in done.stderr


def test_a_report_of_something_that_is_no_run_says_what_a_run_is(tmp_path: Path):
    """A traceback is not an answer."""
    done = harness("report", tmp_path)

    assert done.returncode == 2
    assert "run.sqlite" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.e2e
def test_a_run_can_be_reported_again_by_another_sla(tmp_path: Path):
    """A verdict is a function of the record and an SLA: a stricter contract, another verdict."""
    key = tmp_path / "acme.key"
    public = harness("attest", "key", key).stdout.strip()
    peak = Rehearsal(("{name: peak, kind: steady, load: 100%, for: 3m}",))
    first = run(peak, tmp_path, "--sign-with", str(key))
    impossible = tmp_path / "impossible.yaml"
    impossible.write_text(
        (tmp_path / "sla.yaml")
        .read_text()
        .replace("80/20, gates: {steady: 80%", "100/1, gates: {steady: 100%")
    )

    done = harness("report", first.folder, "--sla", impossible)
    made = {name: (first.folder / name).read_bytes() for name in reports.NAMES}
    again = harness("report", first.folder, PYTHONHASHSEED="4711", TZ="Pacific/Chatham")
    evidence = harness("report", first.folder, "--verify", "--key", public)

    assert first.exit_code == 0, first.last_line
    assert done.returncode in (1, 3)
    assert evidence.returncode == 0, evidence.stdout
    assert again.returncode == 0
    for name, text in made.items():
        assert (first.folder / name).read_bytes() == text, name
    assert (first.folder / "files" / "sla.yaml").read_bytes() == (
        tmp_path / "sla.yaml"
    ).read_bytes()
