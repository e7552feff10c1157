"""Whatever a user names on a command line, the answer is a message and an exit code: no traceback."""

import errno
import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from harness.cli import app, finishing
from harness.cli.rehearsing import rehearsed
from harness.errors import ExitCode
from harness.record.run_record import RunRecord
from harness.record.store import FILE_NAME
from tests.reports.made_up_run import fill

ROOT = Path(__file__).parents[1]
SCENARIO, SLA = ROOT / "scenarios" / "pre_cutover.yaml", ROOT / "scenarios" / "sla" / "smoke.yaml"
TARGET = ROOT / "scenarios" / "targets" / "mock.yaml"


def asked(*words: object) -> Result:
    """Return what ``harness`` answers to *words*."""
    return CliRunner().invoke(app, [str(word) for word in words])


def assert_told(answer: Result, *fragments: str) -> None:
    """Assert that *answer* says where, what was found and what is wanted; and *fragments*."""
    assert answer.exit_code == ExitCode.USAGE, answer.output
    assert "Traceback" not in answer.output
    for fragment in (": found ", "wanted: ", *fragments):
        assert fragment in " ".join(answer.output.split()) or fragment in answer.output


def of_any_path(path: Path) -> list[list[object]]:
    """Return commands that are given *path*, one for each way in which paths are taken."""
    return [
        ["check", path],
        ["plan", path],
        ["run", path],
        ["decide", path],
        ["report", path],
        ["compare", path, path],
        ["review", path],
        ["notify", path],
        ["run", SCENARIO, "--runs", path],
        ["runs", "list", "--runs", path],
        ["findings", "list", "--history", path],
        ["doctor", "--runs", path],
        ["export", path, "--openmetrics"],
        ["observe", path, "--prometheus", "http://127.0.0.1:9"],
    ]


@pytest.mark.parametrize("number", range(len(of_any_path(Path()))))
def test_a_name_that_no_file_can_have_is_told(number: int):
    """A path that was pasted wrongly is a mistake like any other."""
    assert_told(asked(*of_any_path(Path("x" * 5000))[number]))


@pytest.mark.parametrize("number", range(len(of_any_path(Path()))))
def test_links_in_a_circle_are_told(number: int, tmp_path: Path):
    """They are what a mistaken ``ln -s`` leaves."""
    (tmp_path / "loop").symlink_to("loop")
    answer = asked(*of_any_path(tmp_path / "loop" / "x")[number])

    if answer.exit_code == ExitCode.GO:
        assert number in (9, 10, 11)  # a folder that is not there holds no run, and needs a disk
    else:
        assert_told(answer)


@pytest.fixture
def locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a path in a folder that one may not enter: not even root, whom no mode keeps out."""
    folder = str(tmp_path / "locked")

    def shut(real: Callable[..., object]) -> Callable[..., object]:
        def call(path: object, *rest: object, **options: object) -> object:
            if str(path).startswith(f"{folder}/"):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
            return real(path, *rest, **options)

        return call

    for module, names in ((os, ("stat", "lstat", "mkdir", "open", "scandir")), (io, ("open",))):
        for name in names:
            monkeypatch.setattr(module, name, shut(getattr(module, name)))
    return Path(folder) / "x"


@pytest.mark.parametrize("number", range(len(of_any_path(Path()))))
def test_a_folder_that_one_may_not_enter_is_told(number: int, locked: Path):
    """Somebody else's home, or what a container wrote as root."""
    assert_told(asked(*of_any_path(locked)[number]), "permission denied")


def test_a_file_that_is_denied_in_a_run_is_no_mistake_of_the_users(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """The path is none of theirs, and customers may have been sent."""

    def broken_off(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", "/a/path/of/ours")

    monkeypatch.setattr("harness.cli.rehearsing._rehearsed", broken_off)
    code = finishing.ended(lambda: rehearsed(None, Path(), None)[0])  # type: ignore[arg-type]

    assert code is ExitCode.BROKEN
    assert "/a/path/of/ours" in capsys.readouterr().err


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    """Return the folder of a run whose record begins as it should, and then does not go on so."""
    folder = tmp_path / "run"
    folder.mkdir()
    with RunRecord.create(folder) as record:
        fill(record)
    path = folder / FILE_NAME
    raw = bytearray(path.read_bytes())
    for at in range(5000, len(raw), 101):
        raw[at] ^= 0xFF
    path.write_bytes(bytes(raw))
    return folder


@pytest.mark.parametrize(
    "words",
    [
        ["report", "{run}"],
        ["compare", "{run}", "{run}"],
        ["export", "{run}", "--openmetrics"],
        ["notify", "{run}", "--show"],
        ["review", "{run}"],
        ["cleanup", "{run}"],
    ],
    ids=lambda words: words[0],
)
def test_a_damaged_record_is_told(damaged: Path, words: list[str]):
    """A disk that failed, a copy that was cut short: the record is wrong, not the harness."""
    answer = asked(*(word.format(run=damaged) for word in words))

    assert_told(answer, "damaged")


@pytest.mark.parametrize(
    "words",
    [
        ["report", "{run}"],
        ["view", "{run}"],
        ["compare", "{run}", "{run}"],
        ["export", "{run}", "--openmetrics"],
        ["notify", "{run}", "--show"],
        ["review", "{run}"],
        ["cleanup", "{run}"],
        ["findings", "baseline", "{run}", "--as", "in-house"],
    ],
    ids=lambda words: words[0],
)
def test_a_run_that_goes_on_is_left_alone(tmp_path: Path, words: list[str]):
    """Whoever reads its record as it ends leaves a journal beside it: no evidence any more."""
    with RunRecord.create(tmp_path) as record:
        fill(record)
        answer = asked(*(word.format(run=tmp_path) for word in words))

    assert_told(answer, "a run that still goes on", "its end")


def test_half_a_record_is_told(damaged: Path):
    """A download that broke off leaves the first half."""
    path = damaged / FILE_NAME
    path.write_bytes(path.read_bytes()[:5000])

    assert_told(asked("report", damaged))


@pytest.mark.parametrize("adapter", ["os:path", "json:JSONEncoder", "json:dumps"])
def test_what_is_no_adapter_is_told(adapter: str):
    """It can be imported, and then it cannot place a call."""
    answer = asked("check", "--adapter", adapter, "--target", TARGET)

    assert_told(answer, "neither places calls nor opens tickets")


@pytest.mark.parametrize("written", [["--most", "inf"], ["--growth", "nan"], ["--growth", "inf"]])
def test_a_search_without_an_end_is_told(written: list[str]):
    """`inf` is a number to whoever parses it, and no load to anybody."""
    assert_told(asked("capacity", SCENARIO, "--plan", *written), written[0])


def test_a_full_disk_costs_an_export_and_no_device(tmp_path: Path):
    """What was half written goes; what was there before and is no file stays."""
    folder = tmp_path / "run"
    folder.mkdir()
    with RunRecord.create(folder) as record:
        fill(record)
    full = tmp_path / "full"
    full.symlink_to("/dev/full")

    answer = asked("export", folder, "--openmetrics", "--output", full)

    assert_told(answer, "no room for it")
    assert full.is_symlink()


@pytest.mark.parametrize("where", ["run..example:25557", f"{'x' * 64}.example:25557"])
def test_a_name_that_no_machine_can_have_is_told(where: str, tmp_path: Path):
    """It is refused before anybody is asked for it, and in words of its own."""
    (tmp_path / "token").write_text("x" * 64)
    answer = asked("worker", "--join", where, "--token-file", tmp_path / "token")

    assert_told(answer, f"--join {where}", "a machine that is not known here (")


def test_a_device_is_no_csv():
    """It may never end."""
    assert_told(asked("calibrate", os.devnull), "something that is not a file")


def test_a_token_that_never_ends_is_told(tmp_path: Path):
    """It would have to go to every worker."""
    (tmp_path / "token").write_text("x" * 100_000)
    answer = asked("worker", "--join", "127.0.0.1:9", "--token-file", tmp_path / "token")

    assert_told(answer, "a token of more than 4,096 characters")


def ended(words: list[str], **streams: int) -> int:
    """Return the exit code of ``harness`` in a process of its own, with *streams* as given."""
    return subprocess.run(
        [sys.executable, "-m", "harness", *words], cwd=ROOT, timeout=120, check=False, **streams
    ).returncode


@pytest.mark.parametrize("lost", ["stdout", "stderr"])
@pytest.mark.parametrize(
    ("words", "code"), [(["--help"], 0), (["check", "nowhere.yaml"], 2)], ids=["help", "check"]
)
def test_a_reader_who_has_gone_changes_no_exit_code(lost: str, words: list[str], code: int):
    """`| head -1`, and `2>&1 | head -1`: what a CI job branches on is the answer all the same."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        assert ended(words, **{lost: writing}) == code
    finally:
        os.close(writing)


def test_an_export_whose_reader_has_gone_is_none_the_worse(tmp_path: Path):
    """It writes in pieces, and the first ones were read."""
    folder = tmp_path / "run"
    folder.mkdir()
    with RunRecord.create(folder) as record:
        fill(record)
    reading, writing = os.pipe()
    os.close(reading)
    try:
        assert ended(["export", str(folder), "--openmetrics"], stdout=writing) == 0
    finally:
        os.close(writing)


@pytest.mark.parametrize(
    ("lost", "words", "code"),
    [
        ("stdout", ["--version"], 2),
        ("stdout", ["findings", "list", "--csv", "--history", "nowhere"], 2),
        ("stdout", ["check", "nowhere.yaml"], 2),
        ("stderr", ["check", "nowhere.yaml"], 2),
        ("stderr", ["--version"], 0),
    ],
)
def test_a_stream_on_a_full_disk_hides_no_answer_and_makes_no_good_one(
    lost: str, words: list[str], code: int
):
    """Whoever asked for an answer in a file has none in it; what failed has failed all the same."""
    with Path("/dev/full").open("wb") as full:
        assert ended(words, **{lost: full.fileno()}) == code


def test_what_a_full_disk_did_not_take_is_told():
    """An exit code alone would be taken for that of the command."""
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "harness", "--version"], cwd=ROOT, timeout=120,
            stdout=full, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    told = " ".join(done.stderr.split())
    assert "standard output: found no room for all that was printed (No space left" in told
    assert "wanted: a place that takes it" in told
    assert "Traceback" not in told


@pytest.mark.parametrize("closed", ["1>&-", "2>&-", "1>&- 2>&-"])
def test_a_stream_that_is_closed_changes_no_exit_code(closed: str):
    """As a job that runs in the background may have it."""
    line = f'"{sys.executable}" -m harness check nowhere.yaml {closed}'

    assert subprocess.run(["/bin/sh", "-c", line], cwd=ROOT, timeout=120).returncode == 2
