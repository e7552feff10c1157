"""What stands in the way of a rehearsal on this machine, and what to do about it."""

import os
import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness import doctor
from harness.cli import app
from harness.doctor import Severity


def saying(answers: dict[str, str]):
    """Return what stands in for programs: each says what is in *answers*, or is not there."""
    return lambda *command: answers.get(command[0])


def test_every_bad_and_every_hint_says_what_to_do(tmp_path: Path):
    """A complaint without a remedy helps nobody."""
    old, none = {"prometheus": "prometheus, version 2.15.2"}, saying({})
    checks = [
        doctor.python((3, 10)),
        doctor.libraries(["locust>=2.47"], lambda name: None),
        doctor.cores(1, 0.0),
        doctor.cores(4, 9.0),
        doctor.open_files(256),
        doctor.clock(saying({"timedatectl": "no\n"})),
        doctor.program("prometheus", "harness view", saying(old), oldest=(2, 42)),
        doctor.program("prometheus", "harness view", none, oldest=(2, 42)),
        doctor.program("chromium", "tests", saying({"chromium": "nonsense"})),
    ]

    assert all(each.severity is not Severity.GOOD and each.remedy for each in checks)


def test_what_is_good_has_no_remedy():
    """Nothing to do is said by saying nothing."""
    checks = [
        doctor.python((3, 13)),
        doctor.libraries(["locust>=2.47"], lambda name: "2.100.0"),
        doctor.libraries([], lambda name: None),
        doctor.cores(2, 0.3),
        doctor.open_files(None),
        doctor.open_files(8192),
        doctor.clock(saying({"timedatectl": "yes\n"})),
        doctor.program(
            "prometheus",
            "harness view",
            saying({"prometheus": "prometheus, version 2.42.0+ds (branch)"}),
            oldest=(2, 42),
        ),
    ]

    assert all(each.severity is Severity.GOOD and not each.remedy for each in checks)


def test_only_what_prevents_a_rehearsal_is_bad():
    """Prometheus is for looking on; without it customers are called all the same."""
    missing = doctor.program("prometheus", "harness view", saying({}), oldest=(2, 42))

    assert missing.severity is Severity.HINT
    assert doctor.python((3, 9)).severity is Severity.BAD


def test_a_port_that_is_taken_is_found_by_trying(tmp_path: Path):
    """A list of who listens where is another thing on every system."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        while_taken = doctor.port_free(port, "harness view")
    after = doctor.port_free(port, "harness view")

    assert while_taken.severity is Severity.HINT
    assert after.severity is Severity.GOOD


def test_runs_that_do_not_exist_yet_are_looked_for_where_they_will_be(tmp_path: Path):
    """The first run makes the folder."""
    found = doctor.disk(tmp_path / "not" / "yet")

    assert found.severity is Severity.GOOD
    assert "GB free" in found.found


@pytest.mark.parametrize(
    ("free", "severity"), [(999, Severity.BAD), (1000, Severity.HINT), (2000, Severity.GOOD)]
)
def test_a_disk_that_a_run_would_find_full_is_told_beforehand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, severity: Severity
):
    """What a run keeps free is not free for it; to begin and end at once helps nobody."""
    monkeypatch.setattr(doctor, "free_bytes", lambda _: free * 10**6)

    assert doctor.disk(tmp_path).severity is severity


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_place_where_nothing_can_be_written_is_bad(tmp_path: Path):
    """Nothing could be kept, so nothing is begun."""
    tmp_path.chmod(0o500)

    assert doctor.disk(tmp_path / "runs").severity is Severity.BAD


def test_the_command_ends_with_a_sum_and_the_code_it_deserves():
    """On the machine of these tests a rehearsal is possible, or they could not run."""
    done = CliRunner().invoke(app, ["doctor"])

    assert done.exit_code == 0, done.output
    assert "0 in the way of a rehearsal" in done.output.splitlines()[-1]
    assert "Python" in done.output


def test_a_library_that_is_missing_or_too_old_is_named():
    """A wheel installed without what it stands on breaks in the middle of something else."""
    found = doctor.libraries(
        ["locust>=2.47", "pyyaml>=6", "rich>=13.9"], {"pyyaml": "5.4.1", "rich": "13.10"}.get
    )

    assert found.severity is Severity.BAD
    assert found.found == "locust is missing, pyyaml 5.4.1 is older than 6"


def test_of_this_very_installation_nothing_is_missing():
    """Asked of the metadata that pip wrote, so that a new dependency cannot be forgotten here."""
    check = doctor.libraries(doctor._required(), doctor._installed)

    assert check.severity is Severity.GOOD
    assert len(doctor._required()) > 10
