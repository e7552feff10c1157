"""The clock of a site is set in the middle of a run: the report names it, when, and how far."""

import re
from pathlib import Path

import pytest

from harness.record.run_record import RunRecord
from tests.e2e.small_rehearsal import Rehearsal, run

pytestmark = pytest.mark.e2e

SET = Rehearsal(
    ("{name: peak, kind: steady, load: 100%, for: 25m}",),
    mock={"defects": "{sets_clock_after: 10m, sets_clock_by: {north: -30}}"},
    speed=30,
)


@pytest.mark.nightly
def test_a_sites_clock_that_is_set_is_named_and_its_waits_are_left_out(tmp_path: Path):
    """Waits by its stamps would be a quarter of an hour shorter than nothing."""
    ended = run(SET, tmp_path)
    with RunRecord.open(ended.folder) as record:
        (step,) = (each for each in record.clock_steps() if each.site)
        waits = [call.site_wait_s for call in record.calls() if call.site_wait_s is not None]
    told = (ended.folder / "summary.md").read_text(encoding="utf-8")

    assert (step.site, round(step.by_wall_s)) == ("north", -30)
    # Ten minutes after the centre began, which was some seconds before the run did.
    assert step.after_s < 600.0
    assert step.at_s > 480.0
    assert re.search(r"the clock of north was set back by 30\.0 s at \d+m", told)
    assert min(waits) > -900.0
    assert "the clock of south" not in told
