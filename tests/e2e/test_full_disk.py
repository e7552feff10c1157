"""A disk that becomes full in the middle of a fault: healed, reported, and nothing broken."""

import shutil
import subprocess
from pathlib import Path

import pytest

from harness.model.event import Ending
from harness.record.run_record import RunRecord
from harness.record.store import RESERVE_NAME
from tests.e2e.small_rehearsal import (
    DEADLINE_S,
    Rehearsal,
    command,
    environment,
    fault,
    outcome,
    wait_for,
)

HELD = fault("site_hang", at="10s", lasting="9m")
BROKEN_FOR_LONG = Rehearsal(
    (f"{{name: freeze, kind: fault, load: 100%, for: 10m, faults: [{HELD}]}}",)
)
# A disk of 64 MB that nobody else sees. It is filled once the file `fill` is there.
SMALL_DISK = """
mount -t tmpfs -o size=64m tmpfs "$1" || exit 99
(while [ ! -e fill ]; do sleep 0.05; done; head -c "$2" /dev/zero >"$1/ballast") 2>/dev/null &
filling=$!
shift 2
"$@"
code=$?
kill $filling 2>/dev/null
rm -f runs/ballast
cp -r runs kept
exit $code
"""


def _no_small_disk() -> bool:
    """Whether this machine lets nobody mount a disk of his own."""
    unshare = shutil.which("unshare")
    if unshare is None:
        return True
    tried = [unshare, "-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(tried, capture_output=True, check=False).returncode != 0


pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(_no_small_disk(), reason="no user may mount a small disk here"),
]


@pytest.mark.parametrize(
    ("keep_free", "fill", "why"),
    [
        pytest.param("0", "1G", "the disk was full", id="really full"),
        pytest.param(
            "30MB",
            "25M",
            "left, under the 30 MB it keeps free, at ",
            id="under the limit",
            marks=pytest.mark.nightly,
        ),
    ],
)
def test_a_full_disk_heals_reports_and_exits_5(tmp_path: Path, keep_free: str, fill: str, why: str):
    """A night's soak on a machine that somebody else has filled: its first hours are still worth
    something, and the target is not left frozen."""
    scenario = BROKEN_FOR_LONG.write(tmp_path)
    runs = tmp_path / "runs"
    runs.mkdir()
    run = command("run", scenario, "--runs", runs, "--keep-free", keep_free)
    with subprocess.Popen(
        ["unshare", "-rm", "sh", "-c", SMALL_DISK, "sh", "runs", fill, *run],
        cwd=tmp_path, env=environment(), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        read = wait_for(process, "fault proven")
        (tmp_path / "fill").touch()
        stdout, stderr = process.communicate(timeout=DEADLINE_S)
    ended = outcome(process.returncode, stdout, read + stderr, tmp_path / "kept")
    folder = next((tmp_path / "kept").glob("*-small"))

    assert ended.exit_code == 5, ended.stderr
    assert "fault healed" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert stdout.splitlines()[-1].startswith("INCONCLUSIVE")
    assert why in stdout.splitlines()[-1]
    assert (folder / "report.html").stat().st_size > 0
    assert not (folder / RESERVE_NAME).exists()
    with RunRecord.open(folder) as record:
        assert record.ending is Ending.HALTED
        assert why in record.halted_by
        assert record.calls_placed() > 10
        assert all(each.healed for each in record.faults())
