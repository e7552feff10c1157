"""A run can be looked at in Prometheus, and what stands in the way is said in a sentence."""

import json
import os
import signal
import socket
import subprocess
from pathlib import Path
from urllib.parse import quote
from urllib.request import urlopen

import pytest
from typer.testing import CliRunner

from harness.cli import app
from harness.clock import wall_now
from harness.model.sample import Series
from harness.record.store import FILE_NAME
from tests import fakes
from tests.e2e.small_rehearsal import command, environment
from tests.exporter.watched import kept_record, watched
from tests.kpi.judges import free_port, needs

IN_QUEUE = Series("cc_calls_in_queue", (("queue", "billing"), ("site", "north")))


def run_in(folder: Path) -> Path:
    """Return the folder of a small run: a phase, and a minute of one site's pages."""
    with kept_record(folder) as record:
        record.put_epoch(wall_now() - 86_400)
        record.put_phase(fakes.phase_run(end_s=1200.0, held_s=0.0))
        for second in range(60):
            record.put_scrape(
                fakes.scrape(second * 20.0, {IN_QUEUE: float(second)}, source="north")
            )
        watched(record)
    return folder


def told(*arguments: str | Path, path: str | None = None) -> tuple[int, str]:
    """Return exit code and output of ``harness`` with *arguments*; *path* is where programs are."""
    env = {} if path is None else {"PATH": path}
    done = CliRunner().invoke(app, list(map(str, arguments)), env=env)
    return done.exit_code, done.output


def test_a_run_is_held_by_prometheus_until_ctrl_c(tmp_path: Path):
    """What was scraped is answered as it was; nothing is left, and the record is as it was."""
    needs("prometheus", "promtool")
    folder, port = run_in(tmp_path / "run"), free_port()
    before = (folder / FILE_NAME).read_bytes()
    process = subprocess.Popen(
        command("view", folder, "--port", str(port)), env=environment() | {"TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        heading = process.stdout.readline()
        query = quote('last_over_time(cc_calls_in_queue{run=~".+"}[2d])')
        with urlopen(f"http://127.0.0.1:{port}/api/v1/query?query={query}", timeout=20) as answer:
            (series,) = json.load(answer)["data"]["result"]
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
        process.wait(30)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    assert "20261122T104500Z-small" in heading
    assert series["value"][1] == "59"
    assert f"http://127.0.0.1:{port}/graph?" in rest
    assert process.returncode == 0
    assert not list(tmp_path.glob("harness-view-*"))
    assert (folder / FILE_NAME).read_bytes() == before
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))  # nobody listens there any more


def test_a_port_that_is_taken_is_named(tmp_path: Path):
    """Prometheus itself would say so in a page of log."""
    needs("prometheus", "promtool")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        code, said = told("view", run_in(tmp_path / "run"), "--port", port)

    assert code == 2
    assert f"--port {port}" in said


def test_without_prometheus_it_says_what_to_install(tmp_path: Path):
    """Most people do not have it."""
    (tmp_path / "bin").mkdir()
    code, said = told("view", run_in(tmp_path / "run"), path=str(tmp_path / "bin"))

    assert code == 2
    assert "no prometheus and no promtool" in said
    assert "apt install prometheus" in said


def test_a_prometheus_that_is_too_old_is_named_with_its_version(tmp_path: Path):
    """It would refuse an option, or read the export wrongly."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("prometheus", "promtool"):
        (programs / name).write_text("#!/bin/sh\necho 'prometheus, version 2.15.2'\n")
        (programs / name).chmod(0o755)
    code, said = told("view", run_in(tmp_path / "run"), path=f"{programs}:{os.environ['PATH']}")

    assert code == 2
    assert "2.15" in said
    assert "2.42 or later" in said


@pytest.mark.parametrize("verb", [("view",), ("export", "--openmetrics")])
def test_a_folder_that_is_no_run_is_named(verb: tuple[str, ...], tmp_path: Path):
    """Somebody gave the folder above, or mistyped it."""
    code, said = told(verb[0], tmp_path / "nothing", *verb[1:])

    assert code == 2
    assert "run.sqlite" in said


@pytest.mark.parametrize("verb", [("view",), ("export", "--openmetrics")])
@pytest.mark.parametrize("left", [0.0, 0.3, 0.9])
def test_half_a_record_is_told_and_left_as_it_is(
    verb: tuple[str, ...], left: float, tmp_path: Path
):
    """A download that broke off, a full disk: no traceback, and nothing is made worse."""
    needs("prometheus", "promtool")
    folder = run_in(tmp_path / "run")
    whole = (folder / FILE_NAME).read_bytes()
    half = whole[: int(len(whole) * left)]
    (folder / FILE_NAME).write_bytes(half)
    out = tmp_path / "run.om"
    more = ("--output", out) if verb[0] == "export" else ("--port", str(free_port()))
    code, said = told(*verb, folder, *more)

    assert code == 2, said
    assert "run.sqlite" in said
    assert "Traceback" not in said
    assert not out.exists()
    assert (folder / FILE_NAME).read_bytes() == half


def test_an_export_goes_to_a_file_or_to_standard_output(tmp_path: Path):
    """In a pipe to promtool, or kept beside the run."""
    folder, out = run_in(tmp_path / "run"), tmp_path / "run.om"
    printed = told("export", folder, "--openmetrics")
    written = told("export", folder, "--openmetrics", "--output", out)

    assert printed[0] == written[0] == 0
    assert printed[1] == out.read_text()
    assert out.read_text().endswith("# EOF\n")


@pytest.mark.parametrize("formats", [(), ("--openmetrics", "--rules")])
def test_an_export_without_one_format_says_which_there_are(
    formats: tuple[str, ...], tmp_path: Path
):
    """Nobody can guess it."""
    code, said = told("export", run_in(tmp_path / "run"), *formats)

    assert code == 2
    assert "--openmetrics, or --rules" in said


def test_a_contract_of_one_s_own_gets_its_own_rules(tmp_path: Path):
    """With its own owners, thresholds and window; the shipped ones are of the shipped contract."""
    needs("promtool")
    contract = tmp_path / "sla.yaml"
    contract.write_text(
        "name: mine\nconfidence: 95%\nowner: {name: Me, contact: me@client.example}\n"
        "objectives:\n  - {kpi: service_level, goal: 90/30}\n"
    )
    code, said = told(
        "export", contract, "--rules", "--window", "30m", "--output", tmp_path / "out"
    )
    alerts = tmp_path / "out" / "alerts.rules.yml"
    checked = subprocess.run(
        ["promtool", "check", "rules", alerts, tmp_path / "out" / "kpis.rules.yml"],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip

    assert code == 0, said
    assert checked.returncode == 0, checked.stderr
    assert "cc_run:service_level_30s:rate30m < 0.88" in alerts.read_text()
    assert "owner: Me" in alerts.read_text()


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (("--output", "out", "--window", "soon"), "--window"),
        (("--output", "out", "--window", "400ms"), "--window"),
        ((), "--output"),
    ],
)
def test_rules_that_cannot_be_written_are_told_why(
    options: tuple[str, ...], what: str, tmp_path: Path, monkeypatch
):
    """Before anything is."""
    monkeypatch.chdir(tmp_path)
    Path("sla.yaml").write_text("name: mine\n")
    code, said = told("export", "sla.yaml", "--rules", *options)

    assert code == 2
    assert what in said
    assert not Path("out").exists()
