"""``harness mock``: what it prints works when pasted, and so do the README's commands."""

import json
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.e2e.small_rehearsal import ROOT, all_gone, command, environment, family

TARGETS = ROOT / "scenarios" / "targets"
STRICT = 'set -eu -o pipefail\ncurl() { command curl --fail-with-body --max-time 20 "$@"; }\n'
pytestmark = pytest.mark.skipif(
    not (shutil.which("bash") and shutil.which("curl")), reason="needs bash and curl"
)


@contextmanager
def mock(*arguments: str | Path) -> Iterator[subprocess.Popen[str]]:
    """Run ``harness mock`` for the block, and see to it that nothing of it is left."""
    process = subprocess.Popen(
        command("mock", *arguments), cwd=ROOT, env=environment(), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=30)


def printed(process: subprocess.Popen[str]) -> str:
    """Return all that is printed once the centre runs."""
    assert process.stdout is not None
    said = ""
    while "Ctrl-C" not in said:
        line = process.stdout.readline()
        assert line, f"it ended: {process.communicate()[1]}"
        said += line
    return said


def bash(script: str) -> str:
    """Return what *script* prints; the first command in it that fails fails the test."""
    done = subprocess.run(
        ["bash", "-c", STRICT + script], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def to_paste(said: str) -> str:
    """Return the commands that the user is told to paste."""
    return re.search(r"^export EDGE.*?(?=^$)", said, re.MULTILINE | re.DOTALL)[0]


def readme_commands() -> str:
    """Return the commands of the README's section on trying the mock centre."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text.split("## Try the mock centre by hand")[1].split("\n## ")[0]
    return "".join(re.findall(r"^```bash\n(.*?)^```", section, re.MULTILINE | re.DOTALL))


def test_what_it_prints_and_what_the_readme_says_works_when_pasted():
    """The first minutes decide whether somebody believes the rest."""
    with mock() as process:
        said = printed(process)
        answers = bash(to_paste(said) + readme_commands())

    assert process.returncode == 0, "SIGTERM, too, is an end in good order"
    assert max(map(len, said.splitlines())) <= 80
    for answer in ('"reference":"my-call-1"', '"reference":"my-ticket-1"', '"kind":"site_down"'):
        assert answer in answers.replace(": ", ":")
    assert '"queue":"billing"' in answers.replace(": ", ":")
    assert "cc_call_attempts_total{" in answers


@pytest.mark.parametrize(
    "number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.nightly)]
)
def test_it_ends_in_good_order_with_everything_it_started(number: signal.Signals):
    """To end it is what it is told to do, not a failure; a centre left behind holds ports."""
    with mock("--json") as process:
        assert process.stdout is not None
        json.loads(process.stdout.readline())
        started = family(process.pid)
        process.send_signal(number)

        assert process.wait(timeout=30) == 0
        assert len(started) >= 4
        assert all_gone(started, within_s=10)


def test_a_mock_that_ends_by_itself_ends_the_command():
    """Else the terminal would go on promising a centre that is gone."""
    with mock("--json") as process:
        assert process.stdout is not None
        process.stdout.readline()
        (supervisor,) = psutil.Process(process.pid).children()
        supervisor.kill()

        assert process.wait(timeout=30) == 70
        assert "ended by itself" in process.stderr.read()


def test_every_feature_at_once_starts_and_tells_a_script_where_it_is():
    """One line of JSON is all that a script has to read."""
    profile = TARGETS / "mock_every_feature.yaml"
    with mock(profile, "--speed", "20", "--seed", "7", "--json") as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        healthy = bash(f"curl -s {told['edge']}/healthz")

    assert (told["speed"], told["seed"], told["client_id"]) == (20, "7", "harness")
    assert list(told["metrics"]) == ["edge", "north", "south"]
    assert told["lines"]["billing"] == ["+441632960101", "+441632960102"]
    assert json.loads(healthy)["status"] == "ok"


def test_a_wrong_profile_is_refused_with_every_problem(tmp_path: Path):
    """The same words as ``check`` has, and nothing is started."""
    profile = tmp_path / "mine.yaml"
    text = (TARGETS / "mock.yaml").read_text()
    profile.write_text(text.replace("channels: 400", "chanels: 400").replace("50%, s", "51%, s"))

    done = subprocess.run(
        command("mock", profile), cwd=ROOT, env=environment(), capture_output=True, text=True,
        timeout=60,
    )  # fmt: skip

    assert done.returncode == 2
    assert "did you mean 'channels'?" in " ".join(done.stderr.split())
    assert "a sum of 101%" in done.stderr
    assert done.stdout == ""


def test_a_mistake_of_our_own_part_of_the_profile_has_its_line(tmp_path: Path):
    """What the harness reads itself, it can point to."""
    profile = tmp_path / "mine.yaml"
    text = (TARGETS / "mock.yaml").read_text()
    profile.write_text("holidays: [Christmas]\n" + text.replace("virtual_clock: yes", ""))

    done = subprocess.run(
        command("mock", profile), cwd=ROOT, env=environment(), capture_output=True, text=True,
        timeout=60,
    )  # fmt: skip

    assert done.returncode == 2
    assert f"{profile}:1" in done.stderr


def test_a_clock_that_is_real_cannot_run_faster(tmp_path: Path):
    """The profile says what the target can; an option does not change that."""
    profile = tmp_path / "mine.yaml"
    text = (TARGETS / "mock.yaml").read_text()
    profile.write_text(text.replace("virtual_clock: yes", "virtual_clock: no"))

    done = subprocess.run(
        command("mock", profile, "--speed", "20"), cwd=ROOT, env=environment(),
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip

    assert done.returncode == 2
    assert "virtual_clock: yes" in done.stderr
