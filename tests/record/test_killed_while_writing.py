"""A machine that dies in the middle of a soak: what was written before is there."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from harness.record.run_record import RunRecord
from tests.fakes import FakeEvidence, answered

ROOT = Path(__file__).parents[2]
WRITER = """
import sys
from pathlib import Path
from harness.model.sample import Scrape, Series
from harness.record.run_record import RunRecord
from tests.fakes import FakeEvidence, answered, sla
record = RunRecord.create(Path(sys.argv[1]))
run = FakeEvidence()
record.put_plan(run.scenario, sla(), run.target, run.facts)
number = 0
while True:
    batch = [answered(f"peak/calls/{number + each}", due_s=float(number + each)) for each in range(7)]
    record.put_contacts(batch)
    record.put_scrape(Scrape("edge", float(number), True, {Series("cc_speed"): 1.0}))
    number += len(batch)
    print(number, flush=True)  # said only once it is kept
"""


@pytest.mark.parametrize("kills", [3, pytest.param(20, marks=pytest.mark.nightly)])
def test_nothing_that_was_acknowledged_is_lost_by_a_kill_at_any_moment(tmp_path: Path, kills: int):
    """At moments of chance: the record opens and holds at least what was said."""
    rng = Random(2026)
    for number in range(kills):
        folder = tmp_path / f"run{number}"
        folder.mkdir()
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(folder)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        ) as process:
            assert process.stdout is not None
            said = 0
            for _ in range(rng.randint(1, 120)):
                said = int(process.stdout.readline())
            os.kill(process.pid, signal.SIGKILL)
            rest = process.stdout.read().split()
        said = int(rest[-1]) if rest and rest[-1].isdigit() else said
        with RunRecord.open(folder) as record:
            kept = [call.id for call in record.calls()]
            scrapes = sum(1 for _ in record.scrapes("edge"))

            assert record.scenario.name == FakeEvidence().scenario.name
            again = tmp_path / f"again{number}"
            again.mkdir()
            with record.copied_to(again) as copy:
                copy.put_contacts([answered("later/calls/0", due_s=1e6, phase="later")])
                carried = [call.id for call in copy.calls()]
        assert kept[:said] == [f"peak/calls/{each}" for each in range(said)]
        assert len(kept) % 7 == 0, "a batch is there as a whole, or not at all"
        assert scrapes >= said // 7 - 1
        assert carried == [*kept, "later/calls/0"], "a run that goes on begins with all of it"
