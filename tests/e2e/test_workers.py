"""Workers, on this machine or joined from elsewhere: let in, drained, missed, never bypassed."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.e2e.small_rehearsal import (
    ROOT,
    Rehearsal,
    all_gone,
    command,
    environment,
    family,
    fault,
    outcome,
    started,
    wait_for,
)
from tests.kpi.judges import free_port

pytestmark = pytest.mark.e2e

SHORT = Rehearsal(("{name: peak, kind: steady, load: 100%, for: 2m}",))
LONG = Rehearsal(("{name: peak, kind: steady, load: 100%, for: 3m}",))
TOKEN = "a-token-that-nobody-would-guess"


@contextmanager
def worker(
    at: str, *options: str, token: str = TOKEN, tree: Path = ROOT
) -> Iterator[subprocess.Popen[str]]:
    """Start a worker that joins the run *at* for the block."""
    process = subprocess.Popen(
        command("worker", "--join", at, *options),
        cwd=tree, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**environment(), "PYTHONPATH": str(tree), "HARNESS_JOIN_TOKEN": token},
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=30)


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Return how a worker ended and what it said, on one line."""
    _, said = process.communicate(timeout=60)
    return process.returncode, " ".join(said.split())


def locusts(pid: int, kind: str = "") -> list[psutil.Process]:
    """Return the Locust processes of the run *pid*, or those with *kind* in their command line."""
    return [
        each
        for each in family(pid)
        if "locust" in each.cmdline() and (not kind or kind in each.cmdline())
    ]


def of_another_version(folder: Path) -> Path:
    """Return a checkout that differs in one comment of what all workers must share."""
    for package in ("harness", "scenarios"):
        shutil.copytree(
            ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    with (folder / "scenarios" / "shard.py").open("a") as shard:
        shard.write("# patched\n")
    return folder


def test_workers_from_elsewhere_are_let_in_by_token_and_version_and_end_with_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Who may not join is told why, and neither harms the run nor delays it."""
    monkeypatch.setenv("HARNESS_JOIN_TOKEN", TOKEN)
    other = of_another_version(tmp_path / "other")
    at = f"127.0.0.1:{free_port()}"
    options = ("--workers", "2", "--listen", at)
    with started(SHORT.write(tmp_path), tmp_path, *options) as process:
        said = wait_for(process, "waiting for workers")
        with (
            worker(at, token="another-token-that-is-long") as stranger,
            worker(at, tree=other) as patched,
        ):
            refusals = ended(stranger), ended(patched)
        with worker(at) as first, worker(at) as second:
            for _ in range(2):
                said += wait_for(process, "worker joined")
            with worker(at) as late:
                too_late = ended(late)
            stdout, stderr = process.communicate(timeout=60)
            ends = ended(first), ended(second)
    run = outcome(process.returncode, stdout, said + stderr, tmp_path)

    assert (refusals[0][0], refusals[1][0], too_late[0]) == (2, 2, 2)
    assert "its token is not that of this run" in refusals[0][1]
    assert "another version: harness code" in refusals[1][1]
    assert "it came too late: all 2 workers of the run have joined" in too_late[1]
    assert [code for code, _ in ends] == [0, 0]
    assert all(told.endswith("the run is over") for _, told in ends)
    assert run.exit_code == 0, run.last_line
    assert TOKEN not in run.stderr
    health = run.result["generator"]
    assert health["notes"] == [], "every contact that was started was logged before they ended"
    assert [each["name"] for each in health["processes"]] == ["master", "worker 1", "worker 2"]
    skews = [each["skew_error_wall_s"] for each in health["processes"][1:]]
    assert all(0 < skew < 0.1 for skew in skews)


@pytest.mark.parametrize(
    "number", [signal.SIGKILL, pytest.param(signal.SIGSTOP, marks=pytest.mark.nightly)]
)
def test_a_worker_that_dies_or_stands_still_makes_the_run_inconclusive_and_is_named(
    tmp_path: Path, number: signal.Signals
):
    """Its share of the callers never came: what the others saw was an easier day."""
    with started(LONG.write(tmp_path), tmp_path, "--workers", "2") as process:
        wait_for(process, "phase began  peak")
        locusts(process.pid, "--worker")[0].send_signal(number)
        wait_for(process, "worker lost")
        stdout, stderr = process.communicate(timeout=60)
    run = outcome(process.returncode, stdout, stderr, tmp_path)

    assert run.exit_code == 3
    assert "1 of 2 workers were lost (worker " in run.last_line
    assert [each["lost"] for each in run.result["generator"]["processes"]].count(True) == 1


@pytest.mark.nightly
def test_nothing_around_a_run_can_change_or_end_its_generator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Locust reads its settings from the environment, the home and the working directory, and a
    service manager sends SIGTERM to everybody: the schedule is played to its end all the same."""
    monkeypatch.setenv("LOCUST_RUN_TIME", "1s")
    monkeypatch.setenv("LOCUST_HOST", "http://127.0.0.1:9")
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("locust.conf", ".locust.conf"):
        (tmp_path / name).write_text("run-time = 1s\nusers = 50\nloglevel = DEBUG\n")
    with started(SHORT.write(tmp_path), tmp_path, "--workers", "2") as process:
        wait_for(process, "phase began  peak")
        generator = locusts(process.pid)
        time.sleep(1.0)  # Locust takes its time to set its own handlers, and we replace them then
        for each in generator:
            each.send_signal(signal.SIGTERM)
        stdout, stderr = process.communicate(timeout=60)
        gone = all_gone(generator, within_s=5)
    run = outcome(process.returncode, stdout, stderr, tmp_path)

    assert len(generator) == 3
    assert run.exit_code == 0, run.last_line
    assert gone


@pytest.mark.nightly
def test_a_second_signal_does_not_stop_the_healing(tmp_path: Path):
    """Who presses Ctrl-C once more is impatient, not done with the target."""
    held = fault("site_hang", at="5s", lasting="9m")
    phase = f"{{name: freeze, kind: fault, load: 100%, for: 10m, faults: [{held}]}}"
    with started(Rehearsal((phase,)).write(tmp_path), tmp_path, "--workers", "2") as process:
        wait_for(process, "fault proven")
        children = family(process.pid)
        process.send_signal(signal.SIGTERM)
        said = wait_for(process, "interrupted")
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=60)
        gone = all_gone(children, within_s=5)
    run = outcome(process.returncode, stdout, said + stderr, tmp_path)

    assert run.exit_code == 130
    assert "fault healed" in run.stderr
    assert (run.folder / "report.html").stat().st_size > 0
    assert gone


def test_a_run_that_is_killed_takes_its_workers_elsewhere_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Load that nobody steers must not go on, and who waits for it has to hear why."""
    monkeypatch.setenv("HARNESS_JOIN_TOKEN", TOKEN)
    at = f"127.0.0.1:{free_port()}"
    with started(SHORT.write(tmp_path), tmp_path, "--workers", "2", "--listen", at) as process:
        wait_for(process, "waiting for workers")
        with worker(at) as only:
            wait_for(process, "worker joined")
            os.kill(process.pid, signal.SIGKILL)
            code, told = ended(only)

    assert code == 70
    assert f"the run at {at} is gone" in told


def test_without_its_workers_a_run_does_not_begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Half the load would be a rehearsal of something else."""
    monkeypatch.setenv("HARNESS_JOIN_TOKEN", TOKEN)
    at = f"127.0.0.1:{free_port()}"
    options = ("--workers", "2", "--listen", at, "--join-within", "2s")
    with started(SHORT.write(tmp_path), tmp_path, *options) as process:
        _, stderr = process.communicate(timeout=60)

    said = " ".join(stderr.split())
    assert process.returncode == 2
    assert f"0 of them joined at {at} within 2 s" in said
    assert f"harness worker --join {at}" in said
    assert "no customer was sent" in said
    assert not list((tmp_path / "runs").glob("*/logs/mock_center")), "the target was not started"


def test_a_worker_that_nobody_answers_says_so():
    """A wrong port must not look like a run that takes its time."""
    with worker("127.0.0.1:1", "--join-within", "1s") as lonely:
        code, told = ended(lonely)

    assert code == 2
    assert "nobody who answers there within 1 s" in told
    assert "harness run ... --workers N --listen" in told


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--listen", "localhost:25557"], "--listen: found 'localhost:25557'"),
        (["--listen", "25557"], "HARNESS_JOIN_TOKEN: found no token"),
        (["--listen", "192.0.2.1:25557", "--token-file", "join.token"], "cannot be listened at"),
        (["--workers", "64"], "--workers 64: found more than the"),
        (["--listen", "25557", "--join-within", "soon"], "--join-within: found 'soon'"),
    ],
)
def test_what_cannot_work_is_refused_before_anything_starts(
    tmp_path: Path, options: list[str], said: str
):
    """Each with its own words, none with a traceback."""
    (tmp_path / "join.token").write_text(TOKEN)
    brief = Rehearsal(("{name: peak, kind: steady, load: 100%, for: 1m}",)).write(tmp_path)
    done = subprocess.run(
        command("run", brief, "--runs", tmp_path / "runs", *options),
        cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=60,
    )  # fmt: skip

    assert done.returncode == 2
    assert said in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_a_worker_is_not_locusts_to_start():
    """Locust's own option would join without a token; it is refused with the right command."""
    done = subprocess.run(
        [sys.executable, "-m", "locust", "-f", "scenarios/locustfile.py", "--master", "--headless",
         "--master-bind-host", "127.0.0.1", "--master-bind-port", str(free_port())],
        cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=30,
    )  # fmt: skip

    assert done.returncode != 0
    assert "harness run --workers N" in done.stderr
